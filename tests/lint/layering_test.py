#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each rule of layering.py refuses what it is there for, and lets through what stands beside it."""
import sys

sys.dont_write_bytecode = True
from layering import problems_of

REFUSED = [
    ("core/base/error.cpp", "core/io/files.h"),  # an arrow upwards
    ("core/model/qwen3vl.cpp", "core/adapter/adapter.h"),
    ("core/data/loader.cpp", "QString"),
    ("core/session/session.cpp", "ui/pages/page.h"),
    ("core/session/session.h", "core/train/trainer.h"),  # the facade is torch-free
    ("core/train/trainer.h", "ATen/ATen.h"),  # heavy headers stand in .cpp
    ("core/text/chat.cpp", "ATen/core/Tensor.h"),
    ("core/ops/cuda/experts.cu", "ATen/ATen.h"),
    ("core/data/loader.cpp", "opencv2/imgcodecs.hpp"),
    ("core/record/records.cpp", "archive.h"),
    ("ui/pages/page.cpp", "torch/torch.h"),
    ("ui/pages/page.cpp", "opencv2/core.hpp"),
    ("ui/pages/page.cpp", "core/train/trainer.h"),
    ("ui/pages/page.cpp", "app/gui/main.h"),
    ("ui/pages/page.cpp", "QChart"),
    ("app/cli/main.cpp", "QCoreApplication"),
    ("app/cli/main.cpp", "core/io/files.h"),
]
ALLOWED = [
    ("core/model/qwen3vl.cpp", "core/ops/rope.h"),
    ("core/model/qwen3vl.h", "ATen/core/Tensor.h"),
    ("core/model/qwen3vl.cpp", "ATen/ATen.h"),
    ("core/io/zip.cpp", "archive.h"),
    ("ui/pages/page.cpp", "core/train/schedule.h"),
    ("ui/pages/page.cpp", "core/session/session.h"),
    ("app/gui/main.cpp", "QApplication"),
    ("app/cli/main.cpp", "CLI/CLI.hpp"),
]
wrong = [f"{name} may include {target}" for name, target in REFUSED if not problems_of(name, target)]
wrong += [f"{name} may not include {target}" for name, target in ALLOWED if problems_of(name, target)]
print("\n".join(wrong) or f"layering: {len(REFUSED)} forbidden includes are noticed, {len(ALLOWED)} others are not")
sys.exit(bool(wrong))
