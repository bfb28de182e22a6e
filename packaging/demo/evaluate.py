# SPDX-License-Identifier: GPL-3.0-or-later
"""Exact match of the written model folder with unpatched transformers: stock processor, stock generation."""

import argparse
import io
import json
import math
import pathlib

import numpy as np
import torch
from PIL import Image
from transformers import AutoProcessor, Qwen3VLForConditionalGeneration

from demo_scene import render, sample_scene
from demo_text import BASE_PROMPTS, base_caption
from write_data import QUALITY, SIDE


def fresh_pictures(count, seed):
    """[(picture as it would be stored, prompt, caption)]"""
    r, found = np.random.default_rng(seed), []
    for _ in range(count):
        scene, buffer = sample_scene(r), io.BytesIO()
        render(r, scene, SIDE).save(buffer, "WEBP", quality=QUALITY, method=4)
        found.append((Image.open(buffer).convert("RGB"), BASE_PROMPTS[0], base_caption(scene)))
    return found


def read_rows(path):
    path, found = pathlib.Path(path), []
    for line in path.read_text(encoding="utf-8").splitlines():
        r = json.loads(line)
        picture = Image.open(path.parent / r["images"][0]).convert("RGB")
        found.append((picture, r["messages"][0]["content"].removeprefix("<image>"), r["messages"][1]["content"]))
    return found


def captions(model, processor, items, batch=25):
    said = []
    for i in range(0, len(items), batch):
        talks = [[dict(role="user", content=[dict(type="image", image=p), dict(type="text", text=q)])]
                 for p, q, _ in items[i:i + batch]]
        x = processor.apply_chat_template(
            talks, tokenize=True, add_generation_prompt=True, return_dict=True, return_tensors="pt",
            processor_kwargs=dict(padding=True, padding_side="left"))
        out = model.generate(**x, max_new_tokens=40, do_sample=False)
        said += processor.batch_decode(out[:, x["input_ids"].shape[1]:], skip_special_tokens=True)
    return said


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("model")
    p.add_argument("--rows", help="a JSONL of the bundle instead of fresh pictures")
    p.add_argument("--count", type=int, default=500)
    p.add_argument("--seed", type=int, default=987654)
    p.add_argument("--least", type=float, default=0.0, help="fail below this share")
    a = p.parse_args()
    torch.set_num_threads(2)
    processor = AutoProcessor.from_pretrained(a.model)
    model = Qwen3VLForConditionalGeneration.from_pretrained(a.model, dtype=torch.float32).eval()
    items = read_rows(a.rows) if a.rows else fresh_pictures(a.count, a.seed)
    said = captions(model, processor, items)
    good = [s == c for s, (_, _, c) in zip(said, items)]
    for s, (_, q, c) in list(zip(said, items))[:5]:
        print(f"{q}  ->  {s}" + ("" if s == c else f"   (should be: {c})"))
    share, n = sum(good) / len(good), len(good)
    print(f"exact match {sum(good)}/{n} = {share:.3f} +- {1.96 * math.sqrt(share * (1 - share) / n):.3f} (95 %)")
    raise SystemExit(share < a.least)


if __name__ == "__main__":
    main()
