#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Records what torchvision's, Pillow's and transformers' own code make of small random pictures. Run with:
    pip install torch==2.15.0 torchvision==0.29.2 pillow==13.0.0 transformers==5.23.0 safetensors numpy
    python make_image_fixture.py
Writes image_cases.safetensors beside itself. Pillow up to 12 is Pillow 13 with the passes called one by one, width
first: each pass alone is the same code in both."""
from pathlib import Path

import numpy as np
import PIL
import torch
import torchvision
import torchvision.transforms.v2.functional as tvf
import transformers
from PIL import Image
from safetensors.numpy import save_file
from transformers import Qwen2VLImageProcessor, Qwen2VLImageProcessorPil
from transformers.models.qwen2_vl.image_processing_qwen2_vl import smart_resize

assert PIL.__version__ == "13.0.0" and transformers.__version__ == "5.23.0", (PIL.__version__, transformers.__version__)
HERE = Path(__file__).parent
RNG = np.random.default_rng(3)
# (height, width) -> (height, width)
SIZES = [((40, 52), (20, 24)), ((20, 24), (40, 52)), ((33, 40), (33, 20)), ((33, 40), (16, 40)), ((30, 30), (30, 30)),
         ((90, 12), (20, 30)), ((64, 20), (16, 16)), ((12, 90), (24, 30)), ((200, 6), (32, 32)), ((1, 1), (32, 32)),
         ((50, 47), (48, 45)), ((37, 35), (36, 34)), ((150, 40), (3, 5)), ((2, 3), (31, 29)), ((40, 40), (39, 80))]


def picture(height, width, kind):
    if kind == 0:  # noise
        return RNG.integers(0, 256, (height, width, 3), dtype=np.uint8)
    if kind == 1:  # black and white
        return (RNG.integers(0, 2, (height, width, 3)) * 255).astype(np.uint8)
    y, x = np.mgrid[0:height, 0:width]
    waves = [128 + 100 * np.sin(x / 3 + c) * np.cos(y / 5 - c) + RNG.normal(0, 6, (height, width)) for c in range(3)]
    return np.clip(np.stack(waves, -1), 0, 255).astype(np.uint8)


def resize_cases(out):
    n = 0
    for (src, dst) in SIZES:
        for kind in range(3):
            image = picture(*src, kind)
            name = f"resize.{n}."
            tensor = torch.from_numpy(image).permute(2, 0, 1)
            result = tvf.resize(tensor, list(dst), interpolation=tvf.InterpolationMode.BICUBIC, antialias=True)
            pil = Image.fromarray(image)
            out[name + "in"] = image
            out[name + "torchvision"] = result.permute(1, 2, 0).contiguous().numpy()
            out[name + "pillow13"] = np.asarray(pil.resize(dst[::-1], Image.BICUBIC))
            width_first = pil.resize((dst[1], src[0]), Image.BICUBIC).resize(dst[::-1], Image.BICUBIC)
            out[name + "pillow12"] = np.asarray(width_first)
            n += 1
    return n


def patch_cases(out):
    common = {"patch_size": 16, "temporal_patch_size": 2, "merge_size": 2, "image_mean": [0.5, 0.4, 0.6],
              "image_std": [0.5, 0.3, 0.25], "size": {"shortest_edge": 1024, "longest_edge": 4096}}
    plain = {**common, "image_mean": [0.5] * 3, "image_std": [0.5] * 3}
    cases = [((40, 60), plain), ((32, 64), plain), ((300, 200), plain), ((20, 31), common), ((64, 64), common)]
    for n, (size, config) in enumerate(cases):
        image = picture(*size, 2)
        name = f"patch.{n}."
        out[name + "in"] = image
        out[name + "mean_std"] = np.array([config["image_mean"], config["image_std"]], dtype=np.float64)
        fast = Qwen2VLImageProcessor(**config)(images=[Image.fromarray(image)], return_tensors="pt")
        assert type(Qwen2VLImageProcessor(**config)).__mro__[1].__name__ == "TorchvisionBackend"
        out[name + "torchvision"] = fast["pixel_values"].numpy()
        out[name + "grid"] = fast["image_grid_thw"].numpy()
        if n in (1, 4):  # no pass or one: the order of Pillow's passes plays no part
            slow = Qwen2VLImageProcessorPil(**config)(images=[Image.fromarray(image)], return_tensors="np")
            out[name + "pillow"] = np.asarray(slow["pixel_values"])
    return len(cases)


def size_cases(out):
    rows = []
    for _ in range(700):
        height, width = (int(v) for v in RNG.integers(1, 3000, 2))
        if max(height, width) > 200 * min(height, width):
            continue
        low = int(RNG.integers(1, 200000))
        high = low + int(RNG.integers(4000, 4000000))
        try:
            rows.append([height, width, low, high, *smart_resize(height, width, 32, low, high)])
        except ValueError:
            pass
    out["sizes"] = np.array(rows, dtype=np.int64)


def main():
    out = {}
    counts = resize_cases(out), patch_cases(out)
    size_cases(out)
    out = {name: np.ascontiguousarray(value) for name, value in out.items()}
    save_file(out, HERE / "image_cases.safetensors", metadata={
        "pillow": PIL.__version__, "torchvision": torchvision.__version__.split("+")[0],
        "transformers": transformers.__version__, "torch": torch.__version__.split("+")[0]})
    print(*counts, len(out["sizes"]))


main()
