# SPDX-License-Identifier: GPL-3.0-or-later
"""What each way of holding the frozen weights costs in exactness: drift of logits, and captions judged, beside fp32.

    python tests/bench/drift.py --program build/ci/app/cli/moelora [--model resources/demo/model] [--adapter RUN] [--limit 120]

Standard library only. The last columns need an adapter that was trained on the fp32 base.
"""
import argparse
import array
import json
import math
import pathlib
import statistics
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
FORMATS = [("fp32", "none"), ("bf16", "none"), ("fp32", "int8"), ("fp32", "nf4"), ("fp32", "nf4-dq"), ("fp32", "fp4"), ("fp32", "fp4-dq")]


def read_logits(path):
    """[positions][vocabulary] of a file that `moelora forward` wrote."""
    data = path.read_bytes()
    head = int.from_bytes(data[:8], "little")
    entry = json.loads(data[8:8 + head])["logits"]
    assert entry["dtype"] == "F32", entry
    start, end = entry["data_offsets"]
    values = array.array("f", data[8 + head + start:8 + head + end])
    width = entry["shape"][-1]
    return [values[i:i + width] for i in range(0, len(values), width)]


def log_softmax(row):
    top = max(row)
    total = top + math.log(sum(math.exp(v - top) for v in row))
    return [v - total for v in row]


def drift(reference, other):
    """Mean |difference|, mean KL(reference || other) in nats, share of positions with the same likeliest token."""
    differences, divergences, same = [], [], 0
    for a, b in zip(reference, other):
        differences.append(sum(abs(x - y) for x, y in zip(a, b)) / len(a))
        p, q = log_softmax(a), log_softmax(b)
        divergences.append(sum(math.exp(x) * (x - y) for x, y in zip(p, q)))
        same += max(range(len(a)), key=a.__getitem__) == max(range(len(b)), key=b.__getitem__)
    return statistics.mean(differences), statistics.mean(divergences), same / len(reference)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True)
    parser.add_argument("--model", type=pathlib.Path, default=ROOT / "resources/demo/model")
    parser.add_argument("--data", type=pathlib.Path, default=ROOT / "resources/demo/held_out")
    parser.add_argument("--adapter", help="a run or adapter folder, trained on the fp32 base")
    parser.add_argument("--limit", type=int, default=120, help="samples that are captioned")
    parser.add_argument("--conversations", type=int, default=8, help="of which the logits are compared")
    options = parser.parse_args()

    def moelora(*words):
        return subprocess.run([options.program, *map(str, words)], check=True, capture_output=True, text=True).stdout

    def evaluated(data, dtype, held, adapter=None):
        found = json.loads(moelora("evaluate", options.model, "--data", options.data / data, "--limit", options.limit, "--dtype", dtype,
                                   "--quantization", held, "--json", *(["--adapter", adapter] if adapter else [])))
        return found["loss"], found["exact_match"]

    records = [json.loads(line) for line in (options.data / "base.jsonl").read_text().splitlines()[:options.conversations]]
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        files = []
        for i, record in enumerate(records):
            record["images"] = [str(options.data / image) for image in record["images"]]
            files.append(folder / f"{i}.json")
            files[-1].write_text(json.dumps(record))

        def logits(dtype, held):
            out = []
            for file in files:
                result = file.with_suffix(".safetensors")
                moelora("forward", options.model, "--conversation", file, "--out", result, "--force", "--dtype", dtype, "--quantization", held)
                out += read_logits(result)
            return out

        reference = logits("fp32", "none")
        print("| weights | mean drift of a logit | KL, nats | same likeliest token | loss | exact | loss, adapted | exact, adapted |\n"
              "|---|---|---|---|---|---|---|---|", flush=True)
        for dtype, held in FORMATS:
            mean, kl, same = drift(reference, logits(dtype, held))
            loss, exact = evaluated("base.jsonl", dtype, held)
            adapted = evaluated("data.jsonl", dtype, held, options.adapter) if options.adapter else ("", "")
            cells = [f"{loss:.4f}", f"{exact:.1%}"] + ([f"{adapted[0]:.4f}", f"{adapted[1]:.1%}"] if options.adapter else ["", ""])
            print(f"| {held if held != 'none' else dtype} | {mean:.4f} | {kl:.2e} | {same:.1%} | " + " | ".join(cells) + " |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
