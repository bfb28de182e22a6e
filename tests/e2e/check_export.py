# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs an exported adapter in transformers and compares with the logits of `moelora forward`; called by every-preset.

    python check_export.py NAME FOLDER      FOLDER: model/, adapter/, forward.safetensors, run/metrics.jsonl, perhaps merged/ and
    merged.safetensors (ours on it)
Prints one row of a table. The rule: logits of both programs differ by at most 1e-5 of the largest logit, or 1e-5 where all are
below 1 (f32 has seven digits: of logits near 20 the last is 2e-6, and a hundred layers' sums come before it). Whose rounding a
difference is: the same model is run in f64, too, and both programs are held against that. Exits 1 where the rule is broken or
the loss does not fall.
"""
import json
import math
import pathlib
import sys

import torch
from safetensors.torch import load_file
from transformers import AutoModelForImageTextToText
from transformers.models.qwen3_vl import modeling_qwen3_vl as qwen3vl

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "packaging" / "python"))
from moelora_adapter import load_adapter  # noqa: E402


def norm(self, x):
    """RMS norm in the type of its input; transformers' rounds f64 to f32."""
    return self.weight * x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + self.variance_epsilon)


def exact_logits(folder, inputs, adapter=None, tasks=None):
    """Of the same model in f64; attention by sdpa, which rounds nothing on the way."""
    plain = qwen3vl.Qwen3VLTextRMSNorm.forward
    qwen3vl.Qwen3VLTextRMSNorm.forward = norm
    try:
        model = AutoModelForImageTextToText.from_pretrained(folder, dtype=torch.float64, attn_implementation="sdpa").eval()
        if adapter:
            serve(model, adapter, tasks)
        return model(**dict(inputs, pixel_values=inputs["pixel_values"].double())).logits
    finally:
        qwen3vl.Qwen3VLTextRMSNorm.forward = plain


def serve(model, folder, tasks):
    adapter = load_adapter(model, folder)
    if adapter.tasks:
        adapter.set_tasks(tasks)
    return adapter


class Compared:
    """Logits of both programs and of f64."""

    def __init__(self, ours, theirs, exact):
        self.difference = (ours - theirs).abs().max().item()
        self.ours, self.theirs = ((x - exact).abs().max().item() for x in (ours, theirs))
        self.size = max(1.0, exact.abs().max().item())
        self.good = self.difference <= 1e-5 * self.size

    def __str__(self):
        return f"{self.difference:.1e} ({self.ours:.1e}, {self.theirs:.1e}){'' if self.good else ' **too much**'}"


def main(name, folder):
    folder = pathlib.Path(folder)
    records = [json.loads(line) for line in (folder / "run" / "metrics.jsonl").read_text().splitlines()]
    losses = [r["loss"] for r in records if r["type"] == "step"]
    given = load_file(folder / "forward.safetensors")
    ids, ours = given["input_ids"], given["logits"]
    model = AutoModelForImageTextToText.from_pretrained(folder / "model", dtype=torch.float32).eval()
    image = model.config.image_token_id
    inputs = dict(input_ids=ids, attention_mask=torch.ones_like(ids), pixel_values=given["pixel_values"],
                  image_grid_thw=given["image_grid_thw"], mm_token_type_ids=(ids == image).long())
    with torch.no_grad():
        adapter = serve(model, folder / "adapter", ["count"])
        adapted = model(**inputs).logits
        adapter.enabled = False
        base = model(**inputs).logits
        served = Compared(ours, adapted, exact_logits(folder / "model", inputs, folder / "adapter", ["count"]))
        merged = None
        if (folder / "merged").exists():
            alone = AutoModelForImageTextToText.from_pretrained(folder / "merged", dtype=torch.float32).eval()
            # Against what our program computes with the merged folder; its weights are rounded sums.
            own = load_file(folder / "merged.safetensors")["logits"]
            theirs = alone(**inputs).logits
            merged = Compared(own, theirs, exact_logits(folder / "merged", inputs))
            folded = (theirs - ours).abs().max().item()
    moved = (adapted - base).abs().max().item()
    falls = all(math.isfinite(x) for x in losses) and losses[-1] < losses[0]
    good = served.good and (merged is None or (merged.good and folded <= 3e-5 * served.size)) and falls
    print(f"| `{name}` | {losses[0]:.3f} {losses[-1]:.3f}{'' if falls else ' **does not fall**'} | {served} | {merged or '-'} | "
          f"{'-' if merged is None else f'{folded:.1e}'} | {moved:.3f} | {served.size:.1f} |", flush=True)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
