# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes adamw8bit.safetensors: four updates of bitsandbytes 0.50.2's AdamW8bit (CPU, torch 2.15.0).

    python make_adamw8bit_fixture.py        # needs torch, safetensors and bitsandbytes of ../requirements.txt

`large` has its moments in 8 bits, `small` (below 4096 values) in fp32. <name>.p0 is the start; <name>.g<t>, .p<t>, .m<t>, .v<t>
are gradient, weights and moments of update t, for `large` with the scales .ms<t>, .vs<t>. `map1` and `map2` are the code maps.
"""
import os
import pathlib

os.environ["TORCHDYNAMO_DISABLE"] = "1"

import bitsandbytes as bnb
import torch
from safetensors.torch import save_file

HERE = pathlib.Path(__file__).parent
SETTINGS = {"lr": 0.01, "betas": (0.9, 0.999), "eps": 1e-8, "weight_decay": 0.1}


def gradient(shape, t):
    g = torch.Generator().manual_seed(100 + t)
    out = torch.randn(shape, generator=g) * 10.0 ** (torch.rand(shape, generator=g) * 4 - 5)
    flat = out.view(-1)
    flat[: min(300, flat.numel() // 2)] = 0  # more than a block in which nothing ever moves
    flat[-1] = 3.0  # an outlier in the last, partial block
    return out


def main():
    torch.set_num_threads(1)
    shapes = {"large": (12, 358), "small": (7, 9)}  # 16 blocks of 256 and 200 values
    out = {}
    weights = {}
    for i, (name, shape) in enumerate(shapes.items()):
        start = torch.randn(shape, generator=torch.Generator().manual_seed(i)) * 0.1
        out[f"{name}.p0"] = start
        weights[name] = torch.nn.Parameter(start.clone())
    optimizer = bnb.optim.AdamW8bit(weights.values(), **SETTINGS)
    for t in range(1, 5):
        for name, p in weights.items():
            out[f"{name}.g{t}"] = gradient(p.shape, t)
            p.grad = out[f"{name}.g{t}"].clone()
        optimizer.step()
        for name, p in weights.items():
            state = optimizer.state[p]
            out[f"{name}.p{t}"] = p.detach().clone()
            out[f"{name}.m{t}"] = state["state1"].clone()
            out[f"{name}.v{t}"] = state["state2"].clone()
            if "absmax1" in state:
                out[f"{name}.ms{t}"] = state["absmax1"].clone()
                out[f"{name}.vs{t}"] = state["absmax2"].clone()
                out["map1"], out["map2"] = state["qmap1"].clone(), state["qmap2"].clone()
    save_file({name: tensor.contiguous() for name, tensor in out.items()}, HERE / "adamw8bit.safetensors")


if __name__ == "__main__":
    main()
