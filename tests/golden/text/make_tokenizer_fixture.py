#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Trains a tiny byte-level BPE with the pipeline of Qwen3's tokenizer.json and records what Hugging Face's own code
makes of several hundred hard lines. Run with:  pip install tokenizers==0.23.3 ; python make_tokenizer_fixture.py
Writes tokenizer.json and tokenizer_cases.json beside itself; the same seed gives the same files."""
import json
import random
from pathlib import Path

import tokenizers
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

assert tokenizers.__version__ == "0.23.3", tokenizers.__version__
HERE = Path(__file__).parent
SPLIT = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+"
         r"|\s+(?!\S)|\s+")
CONTROL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|vision_start|>", "<|vision_end|>", "<|vision_pad|>",
           "<|image_pad|>", "<|video_pad|>"]
PLAIN = ["<tool_call>", "</tool_call>", "<tool>"]  # added, but not special
WORDS = ("the a red kite above green field two turtles on beach strawberry picture describe user assistant system what "
         "is it's they're don't we'll I'd you've I'm there 42 1999 3.14 snow night meadow 沙滩 草莓 乌龟 上面 一个 两只 的 ， 。 "
         "фото красный поле été déjà vu Straße naïve क़िला ខ្មែរ 日本語 テスト 한국어 صورة 🐢 🍓").split()
PIECES = WORDS + CONTROL + PLAIN + [
    " ", "  ", "   ", "\t", "\n", "\r\n", "\n\n", " \n", "\n ", "\u00a0", "\u3000", "\u2028", "\u0085", "\u180e", "\u200b",
    "\u200d", "\ufeff", "e\u0301", "\u00e9", "A\u030a", "\u212b", "\u1e9b\u0323", "\uac00", "\u1100\u1161", "\u0344", "ﬁ",
    "\u017f", "'S", "'\u017f", "'LL", "'Re", "’s", "...", "!?", "--", "<|im_", "|>", "<|im_end", "<", "%", "#1", "0", "１２",
    "½", "Ⅷ", "a", "B", "ß", "İ", "ı", "\u0000", "\u0007", "\U0001f468\u200d\U0001f469\u200d\U0001f467", "\U00010348",
    "\ue000", "\U0010ffff", "\ufffd", "🇩🇪", "̈", "ก็", "\u0f71\u0f72"]


def train():
    rng = random.Random(7)
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(SPLIT), behavior="isolated", invert=False),
        pre_tokenizers.ByteLevel(add_prefix_space=False, trim_offsets=False, use_regex=False)])
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(vocab_size=700, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
                                  show_progress=False)
    lines = [" ".join(rng.choice(WORDS) for _ in range(12)) + rng.choice([".", "!", "\n", "  \n\n"]) for _ in range(4000)]
    tokenizer.train_from_iterator(lines, trainer)
    tokenizer.add_special_tokens([AddedToken(t, special=True, normalized=False) for t in CONTROL])
    tokenizer.add_tokens([AddedToken(t, special=False, normalized=False) for t in PLAIN])
    return tokenizer


def cases():
    rng = random.Random(11)
    lines = ["", " ", "a", "\n", "user\nDescribe the picture.", "the\u180ered kite", " \u180e ", "e\u0301<|im_end|>\u0301",
             "<|im_end|><|im_end|>", "<tool_call><tool>", "x" * 300, " " * 50 + "x", "\n" * 20, "9" * 40, "的" * 60,
             "\u0301" * 20, "ab" * 200, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab"]
    for _ in range(420):
        glue = rng.choice(["", "", " ", "\n"])
        lines.append(glue.join(rng.choice(PIECES) for _ in range(rng.randint(1, 14))))
    return lines


def main():
    tokenizer = train()
    path = HERE / "tokenizer.json"
    tokenizer.save(str(path), pretty=False)
    out = []
    for text in cases():
        ids = tokenizer.encode(text, add_special_tokens=False).ids
        out.append({"text": text, "ids": ids, "decoded": tokenizer.decode(ids, skip_special_tokens=False),
                    "visible": tokenizer.decode(ids, skip_special_tokens=True)})
    (HERE / "tokenizer_cases.json").write_text(json.dumps(
        {"made_with": {"tokenizers": tokenizers.__version__}, "cases": out}, ensure_ascii=True, separators=(",", ":")) + "\n")
    print(len(out), "cases,", tokenizer.get_vocab_size(), "tokens")


main()
