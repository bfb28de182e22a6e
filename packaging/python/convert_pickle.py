# SPDX-License-Identifier: GPL-3.0-or-later
"""Turns a pickled adapter (adapter_model.bin) into adapter_model.safetensors, which the program can open.

    python convert_pickle.py FOLDER [OUT_FOLDER]

The program itself never opens a pickle. Here torch reads it with weights_only=True: tensors, dicts and numbers, no code.
Tensors that stand in the file under two names are written once for each name. adapter_config.json is copied.
"""
import pathlib
import shutil
import sys

import torch
from safetensors.torch import save_file


def main(folder, out=None):
    source, target = pathlib.Path(folder), pathlib.Path(out or folder)
    weights = source / "adapter_model.bin"
    if not weights.exists():
        sys.exit(f"{weights} does not exist")
    if (target / "adapter_model.safetensors").exists():
        sys.exit(f"{target / 'adapter_model.safetensors'} exists already")
    tensors = torch.load(weights, map_location="cpu", weights_only=True)
    tensors = {k: v.detach().clone().contiguous() for k, v in tensors.items() if isinstance(v, torch.Tensor)}
    if not tensors:
        sys.exit(f"{weights} holds no tensors")
    target.mkdir(parents=True, exist_ok=True)
    save_file(tensors, target / "adapter_model.safetensors", metadata={"format": "pt"})
    if target != source and (source / "adapter_config.json").exists():
        shutil.copyfile(source / "adapter_config.json", target / "adapter_config.json")
    print(f"{len(tensors)} tensors written to {target / 'adapter_model.safetensors'}")


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    main(*sys.argv[1:])
