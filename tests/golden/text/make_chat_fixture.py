#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Records what transformers' apply_chat_template makes of conversations with chat_template.jinja (our wording of the
Qwen3-VL format) and the tokenizer of make_tokenizer_fixture.py. Run with:
    pip install transformers==5.23.0 tokenizers==0.23.3 ; python make_chat_fixture.py
Writes chat_cases.json beside itself."""
import json
import random
from pathlib import Path

import transformers
from transformers import PreTrainedTokenizerFast

assert transformers.__version__ == "5.23.0", transformers.__version__
HERE = Path(__file__).parent
IMAGE = {"type": "image", "image": "a.jpg"}
TEXTS = ["Describe the picture.", "COCO Yes:", "", " leading", "trailing ", "\nnewline", "é e\u0301", "两只乌龟", "a\n\nb",
         "What is it?\n", "3 things: 1 strawberry + 2 turtles", "\u0301mark first"]


def text(value):
    return {"type": "text", "text": value}


def user(*parts):
    return {"role": "user", "content": list(parts)}


def assistant(value):
    return {"role": "assistant", "content": [text(value)]}


def conversations():
    yes = [user(IMAGE, text("COCO Yes:"))]
    yield yes, True
    yield yes, False
    yield [{"role": "system", "content": "S"}, *yes, assistant("A cat"), user(IMAGE, text("q"))], False
    yield [{"role": "user", "content": "Describe the picture."}, {"role": "assistant", "content": ""}], False
    yield [{"role": "system", "content": [text("S"), text("T")]}, user(text("a"), text("b"), IMAGE, IMAGE, text("c"))], True
    yield [user(IMAGE), {"role": "system", "content": "dropped"}, assistant("x")], False
    yield [user({"image": "a.jpg"}, {"text": "no type"}), assistant("ok")], False
    rng = random.Random(5)
    for _ in range(120):
        messages = [{"role": "system", "content": rng.choice(TEXTS)}] if rng.random() < 0.3 else []
        for _ in range(rng.randint(1, 3)):
            parts = [IMAGE if rng.random() < 0.4 else text(rng.choice(TEXTS)) for _ in range(rng.randint(1, 4))]
            messages += [user(*parts), assistant(rng.choice(TEXTS))]
        prompt = rng.random() < 0.4
        yield (messages[:-1] if prompt else messages), prompt


def main():
    tokenizer = PreTrainedTokenizerFast(tokenizer_file=str(HERE / "tokenizer.json"))
    tokenizer.chat_template = (HERE / "chat_template.jinja").read_text()
    out = []
    for messages, prompt in conversations():
        rendered = tokenizer.apply_chat_template(messages, add_generation_prompt=prompt, tokenize=False)
        out.append({"messages": messages, "add_generation_prompt": prompt, "rendered": rendered,
                    "ids": tokenizer(rendered, add_special_tokens=False)["input_ids"]})
    (HERE / "chat_cases.json").write_text(json.dumps(
        {"made_with": {"transformers": transformers.__version__}, "cases": out}, ensure_ascii=True,
        separators=(",", ":")) + "\n")
    print(len(out), "conversations")


main()
