# SPDX-License-Identifier: GPL-3.0-or-later
"""Trains the published recipe on a model of the 4B shapes within a budget of memory, and holds what the process took against what
`moelora estimate` had predicted.

    python train_4b.py --program BUILD/app/cli/moelora --model FOLDER [--updates 20] [--budget 6GiB] [--measure] [-- OPTIONS of train]

FOLDER: of write_4b.py, quantised by `moelora quantize --to nf4-dq`. Data: the bundled demo's, with the recipe's 280 x 280 pictures and
8 micro-batches an update. Prints one row of a table; exits 1 where the private memory (RssAnon) passed the budget or lay more
than a tenth above the prediction. Linux. Needs no package.
"""
import argparse
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]


def private_bytes(pid):
    """Of a process that runs; 0 of one that has ended."""
    try:
        return 1024 * int(re.search(r"^RssAnon:\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text(), re.M)[1])
    except (OSError, TypeError):
        return 0


def watch(command, log):
    """Runs it; the largest private memory on the way, and that once training began (before, whole files are mapped and read)."""
    whole = 0
    with open(log, "w") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out)
        while process.poll() is None:
            whole = max(whole, private_bytes(process.pid))
            time.sleep(0.2)
    if process.returncode != 0:
        sys.exit(pathlib.Path(log).read_text()[-2000:])
    return whole


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True)
    parser.add_argument("--model", required=True)
    parser.add_argument("--updates", type=int, default=20)
    parser.add_argument("--budget", default="6GiB")
    parser.add_argument("--measure", action="store_true", help="also `estimate --measure`: two updates, what their tensors need")
    parser.add_argument("rest", nargs="*")
    options = parser.parse_args()
    common = ["--model", options.model, "--data", str(ROOT / "resources/demo/data/data.jsonl"), "--preset", "qwen3vl-moe-lora",
              "--set", "train.gradient_accumulation=8", "--memory-budget", options.budget, *options.rest]
    estimate = json.loads(subprocess.run([options.program, "estimate", "--json", *(["--measure"] if options.measure else []), *common],
                                         check=True, capture_output=True).stdout)
    predicted, budget = estimate["predicted_peak_bytes"], estimate["budget_bytes"]
    with tempfile.TemporaryDirectory() as folder:
        run = pathlib.Path(folder) / "run"
        private = watch([options.program, "train", *common, "--set", f"train.max_steps={options.updates}", "--set", "train.probe_images=0",
                         "--out", str(run)], pathlib.Path(folder) / "log")
        steps = [r for r in map(json.loads, (run / "metrics.jsonl").read_text().splitlines()) if r["type"] == "step"]
    seconds = sorted(r["step_ms"] for r in steps)[len(steps) // 2] / 1000
    print("| updates | tokens in a pass | predicted | private memory | budget | seconds an update (median) | loss, first and last |")
    print("|---|---|---|---|---|---|---|")
    print(f"| {len(steps)} | {estimate['sample']['tokens']} | {predicted / 1e9:.2f} GB | {private / 1e9:.2f} GB | {budget / 1e9:.2f} GB | {seconds:.1f} | "
          f"{steps[0]['loss']:.3f} {steps[-1]['loss']:.3f} |")
    if options.measure:
        print(f"tensors alone, measured over two updates: {estimate['measured_peak_bytes'] / 1e9:.2f} GB")
    return 0 if private <= min(budget, 1.1 * predicted) else 1


if __name__ == "__main__":
    sys.exit(main())
