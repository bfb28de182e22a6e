# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes adapter_model.bin in a PEFT folder out of its adapter_model.safetensors, which it removes; with MARK a pickle that
would write the file MARK if its code ran.

    python make_pickle.py FOLDER [MARK]
"""
import pathlib
import sys

import torch
from safetensors.torch import load_file


class Code:
    def __init__(self, mark):
        self.mark = mark

    def __reduce__(self):
        return open, (self.mark, "w")


folder = pathlib.Path(sys.argv[1])
weights = folder / "adapter_model.safetensors"
tensors = dict(load_file(weights)) if len(sys.argv) == 2 else {"a": Code(sys.argv[2])}
torch.save(tensors, folder / "adapter_model.bin")
weights.unlink()
