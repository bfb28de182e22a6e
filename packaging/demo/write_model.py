# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the trained base as a Hugging Face Qwen3-VL folder (bf16)."""

import argparse
import json
import pathlib

import torch
from tokenizers import normalizers

import demo_model as dm
from demo_text import BASE_PROMPTS

HERE = pathlib.Path(__file__).parent
README = f"""# Demo model

A small Qwen3-VL-architecture captioner, trained from nothing by `packaging/demo/make-demo` on pictures drawn by
scripts of this project. It answers "{BASE_PROMPTS[0]}" with a sentence such as "A strawberry above two turtles on
the beach." No weight, token or text of a published model is in it.

Licence: GPL-3.0-or-later, as the rest of this project. The pictures it was trained on are composed of Noto Color
Emoji pictograms (SIL Open Font License 1.1, see `../OFL.txt`).
"""


def write_json(path, value):
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def write_weights(weights, tokenizer, out):
    model = dm.make_model(tokenizer)
    if weights:
        model.load_state_dict(torch.load(weights, weights_only=True))
    ident = tokenizer.token_to_id
    g = model.generation_config
    g.eos_token_id = [ident("<|im_end|>"), ident("<|endoftext|>")]
    g.pad_token_id, g.bos_token_id, g.do_sample, g.max_new_tokens = ident("<|endoftext|>"), None, False, 48
    model.to(torch.bfloat16).save_pretrained(out)


def write_tokenizer(tokenizer, out):
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.save(str(out / "tokenizer.json"))
    ident = tokenizer.token_to_id
    added = {str(ident(s)): dict(content=s, lstrip=False, normalized=False, rstrip=False, single_word=False, special=True)
             for s in dm.SPECIALS}
    write_json(out / "tokenizer_config.json", dict(
        add_prefix_space=False, added_tokens_decoder=added, additional_special_tokens=dm.SPECIALS[1:], bos_token=None,
        clean_up_tokenization_spaces=False, eos_token="<|im_end|>", errors="replace", model_max_length=2048,
        pad_token="<|endoftext|>", split_special_tokens=False, tokenizer_class="Qwen2Tokenizer", unk_token=None))
    (out / "chat_template.jinja").write_text((HERE / "chat_template.jinja").read_text(encoding="utf-8"), encoding="utf-8")


def write_processor(out):
    common = dict(patch_size=dm.PATCH, temporal_patch_size=2, merge_size=2, image_mean=[0.5] * 3, image_std=[0.5] * 3,
                  processor_class="Qwen3VLProcessor")
    write_json(out / "preprocessor_config.json", dict(
        size=dict(longest_edge=dm.PIXELS ** 2, shortest_edge=32 * 32), **common,
        image_processor_type="Qwen2VLImageProcessorFast"))
    write_json(out / "video_preprocessor_config.json", dict(
        size=dict(longest_edge=dm.PIXELS ** 2 * 4, shortest_edge=32 * 32), **common,
        video_processor_type="Qwen3VLVideoProcessor"))


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("weights", help="base.pt of train_base.py; '' writes random weights")
    p.add_argument("out", type=pathlib.Path)
    a = p.parse_args()
    a.out.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(0)
    tokenizer = dm.make_tokenizer()
    write_weights(a.weights, tokenizer, a.out)
    write_tokenizer(tokenizer, a.out)
    write_processor(a.out)
    (a.out / "README.md").write_text(README, encoding="utf-8")


if __name__ == "__main__":
    main()
