# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs an exported adapter in transformers and compares with the logits of `moelora forward`; called by every-preset.

    python check_export.py NAME FOLDER      FOLDER: model/, adapter/, forward.safetensors, run/metrics.jsonl, perhaps merged/
Prints one row of a table. Exits 1 when a logit differs by more than 3e-5 or the loss is not finite.
"""
import json
import math
import pathlib
import sys

import torch
from safetensors.torch import load_file
from transformers import AutoModelForImageTextToText

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "packaging" / "python"))
from moelora_adapter import load_adapter  # noqa: E402


def main(name, folder):
    folder = pathlib.Path(folder)
    records = [json.loads(line) for line in (folder / "run" / "metrics.jsonl").read_text().splitlines()]
    losses = [r["loss"] for r in records if r["type"] == "step"]
    given = load_file(folder / "forward.safetensors")
    ids = given["input_ids"]
    model = AutoModelForImageTextToText.from_pretrained(folder / "model", dtype=torch.float32).eval()
    image = model.config.image_token_id
    inputs = dict(input_ids=ids, attention_mask=torch.ones_like(ids), pixel_values=given["pixel_values"],
                  image_grid_thw=given["image_grid_thw"], mm_token_type_ids=(ids == image).long())
    with torch.no_grad():
        adapter = load_adapter(model, folder / "adapter")
        if adapter.tasks:
            adapter.set_tasks(["count"])
        adapted = model(**inputs).logits
        adapter.enabled = False
        base = model(**inputs).logits
        merged = None
        if (folder / "merged").exists():
            alone = AutoModelForImageTextToText.from_pretrained(folder / "merged", dtype=torch.float32).eval()
            merged = (alone(**inputs).logits - given["logits"]).abs().max().item()
    difference = (adapted - given["logits"]).abs().max().item()
    moved = (adapted - base).abs().max().item()
    good = max(difference, merged or 0) <= 3e-5 and all(math.isfinite(x) for x in losses)
    print(f"| `{name}` | {losses[0]:.3f} {losses[-1]:.3f} | {difference:.1e}{'' if good else ' **too much**'} | "
          f"{'-' if merged is None else f'{merged:.1e}'} | {moved:.3f} |",
          flush=True)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
