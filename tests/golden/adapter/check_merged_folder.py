# SPDX-License-Identifier: GPL-3.0-or-later
"""Loads a whole model folder that this program wrote, with an adapter folded in, and compares logits.

    python check_merged_folder.py MODEL_FOLDER LOGITS.safetensors
LOGITS.safetensors holds `logits` of the program for the inputs of make_peft_fixture.py. Exits 1 when a logit differs by more
than 1e-5, or when the folder gives what the base gives.
"""
import sys

import torch
from safetensors.torch import load_file
from transformers import Qwen3VLForConditionalGeneration

from make_peft_fixture import inputs, load_model, run


def main(folder, logits):
    merged = Qwen3VLForConditionalGeneration.from_pretrained(folder, dtype=torch.float32)
    merged.config._attn_implementation = "sdpa"
    with torch.no_grad():
        got, base = run(merged.eval(), inputs()).logits, run(load_model(), inputs()).logits
    mask = inputs()["attention_mask"].bool()
    difference = (got - load_file(logits)["logits"])[mask].abs().max().item()
    change = (got - base)[mask].abs().max().item()
    print(f"largest difference {difference:.3g}, adapter changes logits by {change:.3g}")
    return 0 if difference <= 1e-5 and change > 1e-3 else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
