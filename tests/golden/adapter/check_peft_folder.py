# SPDX-License-Identifier: GPL-3.0-or-later
"""Loads an adapter folder that this program wrote with PeftModel.from_pretrained and compares logits.

    python check_peft_folder.py ADAPTER_FOLDER LOGITS.safetensors
LOGITS.safetensors holds `logits` of the program for the inputs of make_peft_fixture.py. Exits 1 when PEFT warns of
missing or unexpected keys or when a logit differs by more than 1e-5.
"""
import sys
import warnings

import torch
from peft import PeftModel
from safetensors.torch import load_file

from make_peft_fixture import inputs, load_model, run


def main(folder, logits):
    warnings.filterwarnings("error", message=r".*\b(missing|unexpected)\b.*")
    model = PeftModel.from_pretrained(load_model(), folder).eval()
    with torch.no_grad():
        got = run(model, inputs()).logits
        with model.disable_adapter():
            base = run(model, inputs()).logits
    mask = inputs()["attention_mask"].bool()
    difference = (got - load_file(logits)["logits"])[mask].abs().max().item()
    change = (got - base)[mask].abs().max().item()
    print(f"largest difference {difference:.3g}, adapter changes logits by {change:.3g}")
    return 0 if difference <= 1e-5 and change > 1e-3 else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
