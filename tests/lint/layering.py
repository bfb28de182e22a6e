#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Holds every #include against the table of allowed includes (core/README.md). Prints what breaks it; exits 1."""
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
CORE = ["base", "options", "record", "io", "text", "image", "data", "ops", "quant", "model", "adapter",
        "train", "infer", "eval", "session"]
# folder: (core folders it may include, third-party prefixes, torch headers: "" none, "cpp" in .cpp only, "tensor" also
# ATen/core/Tensor.h in headers)
TABLE = {
    "base": ("", "fmt/ spdlog/ tl/ nlohmann/", ""),
    "options": ("base", "nlohmann/ CLI/", ""),
    "record": ("base options", "nlohmann/", ""),
    "io": ("base", "nlohmann/ openssl/ archive", ""),
    "text": ("base io", "pcre2.h utf8proc.h sentencepiece nlohmann/", ""),
    "image": ("base options io", "opencv2/", ""),
    "data": ("base options record io text image", "", "tensor"),
    "ops": ("base", "cuda", "tensor"),
    "quant": ("base ops", "cuda", "tensor"),
    "model": ("base options record io ops quant image", "nlohmann/", "tensor"),
    "adapter": ("base options record io ops quant model", "nlohmann/", "tensor"),
    "train": ("base options record io data ops quant model adapter", "", "tensor"),
    "infer": ("base options record text image data ops model adapter", "", "tensor"),
    "eval": ("base record text", "utf8proc.h", ""),
    "session": (" ".join(CORE[:-1]), "nlohmann/ fmt/ spdlog/", "cpp"),
}
SESSION_HEADER = {"base", "options", "record", "eval", "session"}  # what the facade's public header may include
UI_CORE = {"base", "options", "record", "eval", "session"}
UI_HEADERS = {"core/train/schedule.h"}  # pure and torch-free: the preview of the learning rate
TORCH = re.compile(r"(torch|ATen|c10)/")
THIRD = re.compile(r"(fmt|spdlog|tl|nlohmann|openssl|opencv2|CLI|google|cuda)[/_]|^(pcre2|utf8proc|sentencepiece|cuda|archive)")
QT = re.compile(r"Q[A-Z]\w*$|Qt\w*/")
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^">]+)[">]')


def files():
    names = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.h", "*.cpp", "*.cu", "*.cuh"],
                           cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\n")
    return [n for n in names if n and (ROOT / n).exists()]


def check_core(name, folder, target, problems):
    allowed, third, torch = TABLE[folder]
    if target.startswith(("ui/", "app/")) or QT.match(target):
        problems.append("core knows neither window nor Qt")
    if target.startswith("core/"):
        layer = target.split("/")[1]
        if layer != folder and "/" in target[5:] and layer not in allowed.split():
            problems.append(f"core/{folder} may not include core/{layer}")
        if name == "core/session/session.h" and layer not in SESSION_HEADER:
            problems.append("the facade's header is torch-free")
    elif TORCH.match(target):
        header = not name.endswith(".cpp")
        if torch == "" or (torch == "cpp" and header) or (header and target != "ATen/core/Tensor.h"):
            problems.append("torch headers stand in .cpp files; headers may take ATen/core/Tensor.h where the table says so")
        if name.endswith((".cu", ".cuh")):
            problems.append("CUDA files take raw pointers, no torch header")
    elif THIRD.match(target) and not any(target.startswith(p) for p in third.split()):
        problems.append(f"core/{folder} may not include {target}")


def check_outer(name, target, problems):
    part = name.split("/")[0]
    if TORCH.match(target) or target.startswith("opencv2/"):
        problems.append("only core sees torch and OpenCV")
    if target.startswith("core/") and part in ("ui", "app") and target.split("/")[1] not in UI_CORE and target not in UI_HEADERS:
        problems.append("ui and app see core/{base,options,record,eval,session} only")
    if part == "app" and name.startswith("app/cli/") and (QT.match(target) or target.startswith("ui/")):
        problems.append("the command line has no Qt")
    if part == "ui" and target.startswith("app/"):
        problems.append("ui does not know app")
    if "QtCharts" in target or re.match(r"Q(Chart|LineSeries|ValueAxis|LogValueAxis|ScatterSeries)", target):
        if not name.startswith("ui/widgets/metric_chart"):
            problems.append("Qt Charts stand in ui/widgets/metric_chart* only")


def problems_of(name, target):
    parts = name.split("/")
    problems = []
    if parts[0] == "core" and len(parts) > 2 and parts[1] in TABLE:
        check_core(name, parts[1], target, problems)
    elif parts[0] in ("ui", "app"):
        check_outer(name, target, problems)
    return problems


def main():
    failed = 0
    for name in files():
        if name.split("/")[0] not in ("core", "ui", "app"):
            continue
        for number, line in enumerate((ROOT / name).read_text(encoding="utf-8").splitlines(), 1):
            found = INCLUDE.match(line)
            if not found:
                continue
            target = found.group(2)
            for problem in problems_of(name, target):
                print(f"{name}:{number}: {target}: {problem}")
                failed += 1
    print(f"layering: {failed} forbidden includes" if failed else "layering: every include is allowed by the table")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
