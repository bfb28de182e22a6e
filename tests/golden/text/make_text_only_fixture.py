#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Records what the text-only families' tokenizers and chat templates give. Run with:
    pip install transformers==5.23.0 tokenizers==0.23.3 sentencepiece==0.2.3
    python make_text_only_fixture.py SHARED_DATA
Writes beside itself: bpe_gpt2.json, bpe_llama3.json, bpe_smollm2.json (tiny vocabularies with those pre-tokenizers) and
text_only_cases.json (their ids; a few ids of SHARED_DATA/tokenizers/llama2; renderings of our wording of the ChatML and
Llama-2 templates). The same seed gives the same files."""
import json
import random
import sys
from pathlib import Path

import sentencepiece
import tokenizers
import transformers
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from transformers import PreTrainedTokenizerFast

assert tokenizers.__version__ == "0.23.3", tokenizers.__version__
assert transformers.__version__ == "5.23.0", transformers.__version__
assert sentencepiece.__version__ == "0.2.3", sentencepiece.__version__
HERE = Path(__file__).parent
LLAMA3 = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+"
          r"|\s+(?!\S)|\s+")
WORDS = "the a red kite it's they're I'LL 42 1999 123456 3.14 2024½ été 沙滩 фото 日本語 🐢 naïve don't we've".split()
GLUE = [" ", "  ", "\n", "\n\n", "\t", "", " \r\n", "   \n ", "\u00a0", "... ", "!? ", "-- "]
CHATML = """{%- if messages[0].role != 'system' -%}{{ '<|im_start|>system\\nYou are a small test model.<|im_end|>\\n' }}{%- endif -%}
{%- for m in messages -%}{{ '<|im_start|>' + m.role + '\\n' + m.content + '<|im_end|>\\n' }}{%- endfor -%}
{%- if add_generation_prompt -%}{{ '<|im_start|>assistant\\n' }}{%- endif -%}"""
LLAMA2 = """{%- set head = '' -%}{%- set rest = messages -%}
{%- if messages[0].role == 'system' -%}
{%- set head = '<<SYS>>\\n' + messages[0].content + '\\n<</SYS>>\\n\\n' -%}{%- set rest = messages[1:] -%}
{%- endif -%}
{%- for m in rest -%}
{%- if m.role == 'user' -%}
{{- '<s>[INST] ' + ((head if loop.first else '') + m.content).strip() + ' [/INST]' -}}
{%- else -%}{{- ' ' + m.content.strip() + ' </s>' -}}{%- endif -%}
{%- endfor -%}"""


def lines(rng, n):
    return ["".join(rng.choice(WORDS) + rng.choice(GLUE) for _ in range(rng.randint(1, 12))) for _ in range(n)]


def bpe(name, pre_tokenizer, added, post=None, ignore_merges=False):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizer
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(vocab_size=340, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False)
    tokenizer.train_from_iterator(lines(random.Random(3), 600), trainer)
    tokenizer.add_special_tokens([AddedToken(t, special=True, normalized=False) for t in added])
    data = json.loads(tokenizer.to_str())
    data["model"]["ignore_merges"] = ignore_merges
    if post:
        data["post_processor"] = json.loads(processors.TemplateProcessing(
            single=f"{post} $A", pair=f"{post} $A {post} $B",
            special_tokens=[(post, tokenizer.token_to_id(post))]).__getstate__())
    path = HERE / f"bpe_{name}.json"
    path.write_text(json.dumps(data, ensure_ascii=True, separators=(",", ":")) + "\n")
    tokenizer = Tokenizer.from_file(str(path))
    cases = ["", " ", "x", "1234567890", "a  b", "\n\n x"] + lines(random.Random(5), 80)
    return {"file": path.name, "bos": post or "", "cases": [
        {"text": t, "ids": tokenizer.encode(t, add_special_tokens=False).ids} for t in cases]}


def bare_pieces(path, texts):
    """Pieces of a text that goes on behind a control token: a line break, which no piece crosses, takes the blank."""
    model = sentencepiece.SentencePieceProcessor(model_file=str(path))
    front = model.encode("\n")
    assert len(front) == 2 and all(model.encode("\n" + t)[:2] == front for t in texts)
    return [model.encode("\n" + t)[2:] for t in texts]


def chats(template):
    tokenizer = PreTrainedTokenizerFast(tokenizer_file=str(HERE / "tokenizer.json"))
    tokenizer.chat_template = template
    rng = random.Random(9)
    texts = ["Describe it.", " two\nlines ", "é", "What? ", "no", "a b  c"]
    for n in range(24):
        messages = [{"role": "system", "content": rng.choice(texts)}] if n % 3 == 0 else []
        for _ in range(rng.randint(1, 3)):
            messages += [{"role": "user", "content": rng.choice(texts)}, {"role": "assistant", "content": rng.choice(texts)}]
        prompt = n % 2 == 0
        messages = messages[:-1] if prompt else messages
        yield {"messages": messages, "add_generation_prompt": prompt, "rendered": tokenizer.apply_chat_template(
            messages, add_generation_prompt=prompt, tokenize=False)}


def main():
    shared = Path(sys.argv[1]) / "tokenizers"
    byte_level = lambda **k: pre_tokenizers.ByteLevel(add_prefix_space=False, **k)
    some = ["[INST] Hi [/INST]", "a", " a", "two  blanks", "\n x", "é 🐢", "1 2"]
    out = {
        "bpe": [
            bpe("gpt2", byte_level(use_regex=True), ["<|endoftext|>"]),
            bpe("llama3", pre_tokenizers.Sequence([pre_tokenizers.Split(Regex(LLAMA3), behavior="isolated", invert=False),
                                                   byte_level(use_regex=False)]),
                ["<|begin_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"], "<|begin_of_text|>", True),
            bpe("smollm2", pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True), byte_level(use_regex=True)]),
                ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]),
        ],
        "llama2_bare": [{"text": t, "ids": i} for t, i in zip(some, bare_pieces(shared / "llama2/tokenizer.model", some))],
        "chatml": list(chats(CHATML)), "chatml_template": CHATML,
        "llama2": list(chats(LLAMA2)), "llama2_template": LLAMA2,
    }
    (HERE / "text_only_cases.json").write_text(json.dumps(out, ensure_ascii=True, separators=(",", ":")) + "\n")


main()
