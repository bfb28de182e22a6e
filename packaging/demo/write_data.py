# SPDX-License-Identifier: GPL-3.0-or-later
"""Draws the fine-tuning set and the held-out set: WebP pictures and messages JSONL with a task per row."""

import argparse
import json
import pathlib

import numpy as np

from demo_scene import render, sample_scene
from demo_text import BASE_PROMPTS, TASK_PROMPTS, TASKS, answer

SIDE, QUALITY = 256, 70


def row(scene, picture, task, prompt):
    return dict(task=task, messages=[dict(role="user", content="<image>" + prompt),
                                     dict(role="assistant", content=answer(scene, task))], images=[picture])


def draw(out, count, seed):
    """Writes the pictures; [(scene, path relative to `out`)]."""
    r = np.random.default_rng(seed)
    (out / "images").mkdir(parents=True, exist_ok=True)
    drawn = []
    for i in range(count):
        scene, name = sample_scene(r), f"images/{i:04d}.webp"
        render(r, scene, SIDE).save(out / name, quality=QUALITY, method=6)
        drawn.append((scene, name))
    return drawn


def write_rows(path, rows):
    with open(path, "w", encoding="utf-8") as f:
        for r in rows:
            f.write(json.dumps(r, ensure_ascii=False) + "\n")


def write_training(out, count, base_share, seed):
    """Every picture in all tasks; base-style rows (all base prompts in turn) for the first pictures, so that
    they are `base_share` of all rows and the base style survives."""
    drawn = draw(out, count, seed)
    rows = [row(s, p, t, TASK_PROMPTS[t]) for s, p in drawn for t in TASKS]
    base = round(len(rows) * base_share / (1 - base_share))
    if base > count:
        raise SystemExit("base share too large for one base row per picture")
    rows += [row(s, p, "base", BASE_PROMPTS[i % len(BASE_PROMPTS)]) for i, (s, p) in enumerate(drawn[:base])]
    write_rows(out / "data.jsonl", sorted(rows, key=lambda r: r["images"]))


def write_held_out(out, count, seed):
    drawn = draw(out, count, seed)
    write_rows(out / "data.jsonl", [row(s, p, t, TASK_PROMPTS[t]) for s, p in drawn for t in TASKS])
    write_rows(out / "base.jsonl", [row(s, p, "base", BASE_PROMPTS[0]) for s, p in drawn])


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("out", type=pathlib.Path)
    p.add_argument("--pictures", type=int, default=500)
    p.add_argument("--held-out", type=int, default=300)
    p.add_argument("--base-share", type=float, default=0.2)
    p.add_argument("--seed", type=int, default=20)
    a = p.parse_args()
    write_training(a.out / "data", a.pictures, a.base_share, a.seed)
    write_held_out(a.out / "held_out", a.held_out, a.seed + 1)


if __name__ == "__main__":
    main()
