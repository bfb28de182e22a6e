#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Prints the ten largest files of core, ui and app, and the ten longest functions (brace matching, good for ranking)."""
import pathlib
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]


def functions(lines):
    start = None
    for i, line in enumerate(lines):
        if re.match(r"^(?!namespace|struct|class|enum|extern|template|#|//|\s|\}|using|static const)[\w:<>,&*~\[\] ]+.*\(.*", line):
            start = i
        if line.startswith("}") and start is not None:
            yield i - start + 1, start + 1, lines[start].strip()
            start = None


def main():
    names = subprocess.run(["git", "ls-files", "core", "ui", "app"], cwd=ROOT, capture_output=True, text=True, check=True)
    sizes, longest = [], []
    for name in names.stdout.split():
        if not name.endswith((".cpp", ".h", ".cu")):
            continue
        lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
        sizes.append((len(lines), name))
        longest += [(n, f"{name}:{at}: {head[:90]}") for n, at, head in functions(lines)]
    for title, rows in (("largest files", sizes), ("longest functions", longest)):
        print(title)
        for count, name in sorted(rows, reverse=True)[:10]:
            print(f"  {count:5d}  {name}")


if __name__ == "__main__":
    main()
