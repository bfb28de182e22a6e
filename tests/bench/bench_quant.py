# SPDX-License-Identifier: GPL-3.0-or-later
"""A linear layer in NF4 with nested scales: ours against bitsandbytes on this CPU, interleaved, parity first.

    python bench_quant.py --program BUILD/tests/bench/moelora_bench_quant [--rounds 7] [--threads 2] [--dtype fp32|bf16]

Prints a ratio (theirs / ours, median of paired rounds with a bootstrap 95 % interval) only for results that agree.
"""
import argparse
import os
import pathlib
import random
import statistics
import subprocess
import tempfile
import time

os.environ["TORCHDYNAMO_DISABLE"] = "1"

import bitsandbytes as bnb
import torch
from bitsandbytes import functional as F
from safetensors.torch import load_file, save_file

ROWS, COLUMNS = 9728, 2560  # gate_proj and up_proj of the 4B model
COPIES = 3  # more than the last-level cache holds
DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16}
# Largest error of a product, in mean magnitudes; bf16: a rounding of the largest values, and one of the weights.
AGREES = {"fp32": 2e-4, "bf16": 0.05}


class Peer:
    def __init__(self, folder, batches, dtype):
        g = torch.Generator().manual_seed(1)
        self.layers, self.next, out = [], 0, {}
        for i in range(COPIES):
            w = (torch.randn(ROWS, COLUMNS, generator=g) * 0.02).to(dtype)
            q, s = F.quantize_4bit(w, quant_type="nf4", compress_statistics=True)
            self.layers.append((q, s))
            out |= {f"codes.{i}": q, f"absmax.{i}": s.absmax, f"map.{i}": s.code, f"nested_absmax.{i}": s.state2.absmax,
                    f"nested_map.{i}": s.state2.code, f"offset.{i}": s.offset.reshape(1)}
        self.x = {m: torch.randn(m, COLUMNS, generator=g).to(dtype) for m in batches}
        self.dy = {m: torch.randn(m, ROWS, generator=g).to(dtype) for m in batches}
        out |= {f"x.{m}": v for m, v in self.x.items()} | {f"dy.{m}": v for m, v in self.dy.items()}
        save_file({k: v.contiguous().clone() for k, v in out.items()}, folder / "case.safetensors")

    def call(self, op, m):
        q, s = self.layers[self.next % COPIES]
        self.next += 1
        if op == "dequantize":
            start = clocks()
            return F.dequantize_4bit(q, s), start
        x = self.x[m].clone().requires_grad_(op == "backward")
        start = clocks()
        y = bnb.matmul_4bit(x, q.t(), s)
        if op == "forward":
            return y, start
        start = clocks()
        return torch.autograd.grad(y, x, self.dy[m])[0], start

    def run(self, op, m):
        _, start = self.call(op, m)
        return [b - a for a, b in zip(start, clocks())]


class Ours:
    def __init__(self, program, folder, threads):
        self.process = subprocess.Popen([program, folder / "case.safetensors", str(threads)], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        self.isa = self.process.stdout.readline().strip()

    def ask(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().split()

    def run(self, op, m):
        return [float(v) for v in self.ask(f"run {op} {m}")]


def clocks():
    return time.perf_counter(), time.process_time()


def agrees(ours, peer, op, m, folder, dtype):
    peer.next = 0
    ours.ask(f"save {op} {m} {folder / 'out.safetensors'}")
    got = load_file(folder / "out.safetensors")["out"]
    want = peer.call(op, m)[0].detach()
    got, want = got.float(), want.float()
    scale = want.abs().mean()
    error = ((got - want).abs().max() / scale).item()
    return error < (1e-7 if op == "dequantize" else AGREES[dtype]), error


def interval(values):
    draws = sorted(statistics.median(random.choices(values, k=len(values))) for _ in range(2000))
    return draws[50], draws[1949]


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--program", required=True)
    arguments.add_argument("--rounds", type=int, default=7)
    arguments.add_argument("--threads", type=int, default=2)
    arguments.add_argument("--batches", type=int, nargs="+", default=[1, 4, 64, 345])
    arguments.add_argument("--dtype", choices=DTYPES, default="fp32", help="of the activations")
    a = arguments.parse_args()
    torch.set_num_threads(a.threads)
    random.seed(1)
    with tempfile.TemporaryDirectory() as temp:
        folder = pathlib.Path(temp)
        peer = Peer(folder, a.batches, DTYPES[a.dtype])
        ours = Ours(a.program, folder, a.threads)
        print(f"bitsandbytes {bnb.__version__}, torch {torch.__version__} ({torch.backends.cpu.get_cpu_capability()}), "
              f"ours: {ours.isa}; {a.threads} threads, {a.dtype}, {ROWS} x {COLUMNS}, load {os.getloadavg()[0]:.1f}")
        print("| operation | rows | clock | ours, ms | bitsandbytes, ms | ratio [95 %] |\n|---|---|---|---|---|---|")
        # Ours unpacks to f32 only.
        unpack = [("dequantize", a.batches[0])] if a.dtype == "fp32" else []
        for op, m in unpack + [(op, m) for op in ("forward", "backward") for m in a.batches]:
            good, error = agrees(ours, peer, op, m, folder, a.dtype)
            if not good:
                print(f"| {op} | {m} | results differ: {error:.2g} of the mean magnitude; no ratio |")
                continue
            rounds = [(ours.run(op, m), peer.run(op, m)) for _ in range(a.rounds + 1)][1:]
            for clock, name in enumerate(("wall", "processor")):
                mine, theirs = [r[0][clock] for r in rounds], [r[1][clock] for r in rounds]
                ratios = [t / o for o, t in zip(mine, theirs)]
                low, high = interval(ratios)
                print(f"| {op} | {'' if op == 'dequantize' else m} | {name} | {statistics.median(mine) * 1e3:.1f} | "
                      f"{statistics.median(theirs) * 1e3:.1f} | {statistics.median(ratios):.2f} [{low:.2f}, {high:.2f}] |",
                      flush=True)


if __name__ == "__main__":
    main()
