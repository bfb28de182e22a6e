# SPDX-License-Identifier: GPL-3.0-or-later
"""Loads a native adapter with packaging/python/moelora_adapter.py and compares logits.

    python check_native_folder.py ADAPTER_FOLDER LOGITS.safetensors [TASK...]
LOGITS.safetensors holds `logits` of the program for the inputs of make_peft_fixture.py, the tasks one for each row. Exits 1
when a logit differs by more than 1e-5.
"""
import sys

import torch
from safetensors.torch import load_file

from make_peft_fixture import HERE, inputs, load_model, run

sys.path.insert(0, str(HERE.parents[2] / "packaging" / "python"))
from moelora_adapter import load_adapter  # noqa: E402


def main(folder, logits, *tasks):
    model = load_model()
    with torch.no_grad():
        base = run(model, inputs()).logits
        adapter = load_adapter(model, folder)
        if tasks:
            adapter.set_tasks(list(tasks))
        got = run(model, inputs()).logits
        adapter.enabled = False
        off = run(model, inputs()).logits
    mask = inputs()["attention_mask"].bool()
    difference = (got - load_file(logits)["logits"])[mask].abs().max().item()
    change = (got - base)[mask].abs().max().item()
    print(f"largest difference {difference:.3g}, adapter changes logits by {change:.3g}")
    return 0 if difference <= 1e-5 and change > 1e-3 and torch.equal(off, base) else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
