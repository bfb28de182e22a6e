# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes cases.safetensors, layers.safetensors and forms.safetensors: what bitsandbytes 0.50.2 (CPU, torch 2.15.0) makes of small weights.

    python make_quant_fixture.py        # needs torch, numpy, safetensors and bitsandbytes of ../requirements.txt

Every case is named <format>[-dq].<type>.<rows>x<columns>. `value` is table * scale in fp32 by the package's generic code:
its AVX-512 code answers wrongly where the width is no multiple of the block.
"""
import os
import pathlib

os.environ["TORCHDYNAMO_DISABLE"] = "1"  # the package compiles its generic code, which takes minutes here

import torch
from bitsandbytes import functional as F
from bitsandbytes import nn
from bitsandbytes.backends.default.ops import _dequantize_4bit_compute
from safetensors.torch import save_file

HERE = pathlib.Path(__file__).parent
TYPES = {"f32": torch.float32, "bf16": torch.bfloat16, "f16": torch.float16}
SHAPES = [(33, 71), (24, 96), (8, 256)]


def weight(rows, columns, dtype, seed):
    g = torch.Generator().manual_seed(seed)
    w = torch.randn(rows, columns, generator=g) * 0.05
    w[rows // 2, columns // 3] = 1.7  # an outlier
    w.view(-1)[128:192] = 0  # a block of zeros
    w.view(-1)[:6] = torch.tensor([11 / 128, -11 / 128, 0.0, -0.0, 1e-4, -1e-4])
    return w.to(dtype)


def four_bit(out, name, w, kind, nested, blocksize=64):
    codes, state = F.quantize_4bit(w, blocksize=blocksize, quant_type=kind, compress_statistics=nested)
    scales = state.absmax
    if nested:
        scales = F.dequantize_blockwise(state.absmax, state.state2) + state.offset
        out[f"{name}.nested_absmax"] = state.state2.absmax
        out[f"{name}.nested_map"] = state.state2.code
        out[f"{name}.offset"] = state.offset.reshape(1)
    value = _dequantize_4bit_compute(codes.reshape(-1), scales, state.code, blocksize, w.shape, torch.float32)
    out.update({f"{name}.w": w, f"{name}.codes": codes, f"{name}.absmax": state.absmax, f"{name}.map": state.code,
                f"{name}.scales": scales, f"{name}.value": value})


def cases():
    out = {}
    seed = 0
    for kind in ("nf4", "fp4"):
        for nested in (False, True):
            for type_name, dtype in TYPES.items():
                rows, columns = SHAPES[seed % 3]
                seed += 1
                mark = "-dq" if nested else ""
                four_bit(out, f"{kind}{mark}.{type_name}.{rows}x{columns}", weight(rows, columns, dtype, seed), kind, nested)
    four_bit(out, "nf4-dq.bf16.130x130", weight(130, 130, torch.bfloat16, 90), "nf4", True)
    for type_name, dtype in TYPES.items():
        w = weight(12, 70, dtype, 50)
        w[5] = 0
        codes, scales, _ = F.int8_vectorwise_quant(w.to(torch.float16))
        value = codes.to(torch.float32).mul_(scales.unsqueeze(1).mul(1.0 / 127.0))
        scales[5], codes[5], value[5] = 0, 0, 0
        name = f"int8.{type_name}.12x70"
        out.update({f"{name}.w": w, f"{name}.codes": codes, f"{name}.scales": scales, f"{name}.value": value})
    return out


def layers():
    """State dictionaries of quantised layers, as files hold them."""
    out = {}
    for name, kind, nested in (("a", "nf4", True), ("b", "fp4", False)):
        torch.manual_seed(7)
        layer = nn.Linear4bit(96, 10, compute_dtype=torch.float32, quant_type=kind, compress_statistics=nested)
        layer.weight = nn.Params4bit(torch.randn(10, 96).to(torch.bfloat16), requires_grad=False, quant_type=kind,
                                     compress_statistics=nested)
        layer = layer.to("cpu")
        x = torch.randn(3, 96, requires_grad=True)
        w = _dequantize_4bit_compute(layer.weight.data.reshape(-1), F.dequantize_blockwise(
            layer.weight.quant_state.absmax, layer.weight.quant_state.state2) + layer.weight.quant_state.offset
            if nested else layer.weight.quant_state.absmax, layer.weight.quant_state.code, 64, (10, 96), torch.float32)
        y = torch.nn.functional.linear(x, w, layer.bias)
        g = torch.randn(3, 10)
        y.backward(g)
        out.update({f"{name}.{key}": value for key, value in layer.state_dict().items()})
        out.update({f"{name}.x": x.detach(), f"{name}.y": y.detach(), f"{name}.dy": g, f"{name}.dx": x.grad})
    return out


def forms():
    """Layers as the package's files hold them, each from the same weight, which stands beside them."""
    torch.manual_seed(11)
    w = torch.randn(10, 96).to(torch.bfloat16)
    out = {"w": w}
    for name, kind, nested, storage in (("nf4", "nf4", False, torch.uint8), ("nf4-dq", "nf4", True, torch.uint8),
                                        ("fp4", "fp4", False, torch.uint8), ("fp4-dq", "fp4", True, torch.uint8),
                                        ("nf4-dq-in-bf16", "nf4", True, torch.bfloat16)):
        layer = nn.Linear4bit(96, 10, bias=False, compute_dtype=torch.float32, quant_type=kind, compress_statistics=nested,
                              quant_storage=storage)
        layer.weight = nn.Params4bit(w.clone(), requires_grad=False, quant_type=kind, compress_statistics=nested, quant_storage=storage)
        out.update({f"{name}.{key}": value for key, value in layer.to("cpu").state_dict().items()})
    layer = nn.Linear8bitLt(96, 10, bias=False, has_fp16_weights=False)
    layer.weight = nn.Int8Params(w.to(torch.float16), requires_grad=False, has_fp16_weights=False)
    out.update({f"int8.{key}": value for key, value in layer.to("cpu").state_dict().items()})
    return out


if __name__ == "__main__":
    torch.set_num_threads(1)
    for file, tensors in (("cases", cases()), ("layers", layers()), ("forms", forms())):
        save_file({k: v.detach().contiguous().clone() for k, v in tensors.items()}, HERE / f"{file}.safetensors",
                  metadata={"format": "pt"})
