# SPDX-License-Identifier: GPL-3.0-or-later
"""Quick check in Python that the bundle can be learnt: MoE-LoRA (token router, softmax over all experts) as in the
preset `soft`, with the options of train.json. The product's own trainer is what counts; this only chooses numbers."""

import argparse
import json
import math
import pathlib
import random
import time

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from PIL import Image
from tokenizers import Tokenizer
from transformers import AutoImageProcessor, Qwen3VLForConditionalGeneration

import demo_model as dm

TEXT_LINEARS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")


class MoeLora(nn.Module):
    """y = W x + alpha / r * sum_e p_e(x) B_e A_e x, with all experts in two matrices."""

    def __init__(self, linear, experts, rank, alpha):
        super().__init__()
        self.linear, self.experts, self.scale = linear, experts, alpha / rank
        self.a = nn.Parameter(torch.empty(experts * rank, linear.in_features))
        nn.init.uniform_(self.a, -1 / math.sqrt(linear.in_features), 1 / math.sqrt(linear.in_features))
        self.b = nn.Parameter(torch.zeros(linear.out_features, experts * rank))
        self.router = nn.Linear(linear.in_features, experts, bias=False)

    def forward(self, x):
        p = self.router(x).softmax(-1)
        u = F.linear(x, self.a).unflatten(-1, (self.experts, -1)) * p[..., None]
        return self.linear(x) + self.scale * F.linear(u.flatten(-2), self.b)


def wrap(model, experts, rank, alpha, merger):
    for p in model.parameters():
        p.requires_grad_(False)
    for name, module in list(model.named_modules()):
        for child, linear in list(module.named_children()):
            in_merger = merger and ".merger" in "." + name and child.startswith("linear_fc")
            if child in TEXT_LINEARS or in_merger:
                setattr(module, child, MoeLora(linear, experts, rank, alpha))
    return [p for p in model.parameters() if p.requires_grad]


class Rows:
    """Rows of one JSONL: `pixels(i)` (GRID^2, 1536), `rows[i]` (ids, labels), `tasks[i]`."""

    def __init__(self, path, encoder, processor, share=1.0):
        path = pathlib.Path(path)
        records = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        if share < 1:
            names = sorted({r["images"][0] for r in records})
            kept = set(names[:round(share * len(names))])
            records = [r for r in records if r["images"][0] in kept]
        seen, self.at, self.rows, self.tasks, pictures = {}, [], [], [], []
        for r in records:
            name = r["images"][0]
            if name not in seen:
                seen[name] = len(pictures)
                pictures.append(Image.open(path.parent / name).convert("RGB"))
            self.at.append(seen[name])
            self.rows.append(encoder.row(r["messages"][0]["content"].removeprefix("<image>"), r["messages"][1]["content"]))
            self.tasks.append(r["task"])
        self.pictures = processor(images=pictures, return_tensors="pt")["pixel_values"].view(len(pictures), dm.GRID ** 2, -1)

    def batch(self, indices):
        return self.pictures[[self.at[i] for i in indices]], [self.rows[i] for i in indices]


def measure(model, encoder, sets):
    good = {}
    for s in sets:
        pixels, rows = s.batch(range(len(s.rows)))
        for task, ok in zip(s.tasks, dm.exact_matches(model, encoder, pixels, rows)):
            good.setdefault(task, []).append(ok)
    return {t: round(float(np.mean(v)), 3) for t, v in good.items()}


def train(model, encoder, data, trained, a):
    optimizer = torch.optim.AdamW(trained, lr=a.learning_rate, betas=(0.9, a.beta2), weight_decay=0.0)
    rnd, order, losses, start = random.Random(a.seed), [], [], time.time()
    for step in range(a.steps):
        falling = 0.5 * (1 + math.cos(math.pi * step / a.steps)) if a.schedule == "cosine" else 1 - step / a.steps
        for g in optimizer.param_groups:
            g["lr"] = a.learning_rate * min(1, (step + 1) / a.warmup) * falling
        if len(order) < a.batch:
            order = rnd.sample(range(len(data.rows)), len(data.rows))
        pixels, rows = data.batch([order.pop() for _ in range(a.batch)])
        ids, labels, positions = encoder.batch(rows)
        with torch.set_grad_enabled(a.merger):
            seen = dm.see(model, pixels.reshape(-1, pixels.shape[-1]))
        logits, targets, _ = dm.answer_logits(model, ids, labels, positions, seen)
        loss = F.cross_entropy(logits, targets)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()
        losses.append(loss.item())
        if (step + 1) % 100 == 0:
            print(f"step {step + 1} loss {np.mean(losses[-50:]):.4f} {(step + 1) * a.batch / (time.time() - start):.0f} samples/s",
                  flush=True)


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("bundle", type=pathlib.Path)
    p.add_argument("--experts", type=int, default=4)
    p.add_argument("--rank", type=int, default=8)
    p.add_argument("--alpha", type=float, default=16)
    p.add_argument("--learning-rate", type=float, default=5e-3)
    p.add_argument("--schedule", choices=("cosine", "linear"), default="cosine")
    p.add_argument("--warmup", type=int, default=20)
    p.add_argument("--beta2", type=float, default=0.999)
    p.add_argument("--steps", type=int, default=450)
    p.add_argument("--batch", type=int, default=24)
    p.add_argument("--share", type=float, default=1.0, help="share of the training pictures")
    p.add_argument("--merger", action="store_true", help="adapt the vision mergers too")
    p.add_argument("--threads", type=int, default=2)
    p.add_argument("--seed", type=int, default=1)
    a = p.parse_args()
    torch.set_num_threads(a.threads)
    torch.manual_seed(a.seed)
    dm.use_batched_vision()
    encoder = dm.Encoder(Tokenizer.from_file(str(a.bundle / "model" / "tokenizer.json")))
    processor = AutoImageProcessor.from_pretrained(a.bundle / "model")
    model = Qwen3VLForConditionalGeneration.from_pretrained(a.bundle / "model", dtype=torch.float32)
    held_out = [Rows(a.bundle / "held_out" / f, encoder, processor) for f in ("data.jsonl", "base.jsonl")]
    data = Rows(a.bundle / "data" / "data.jsonl", encoder, processor, a.share)
    print("before", measure(model, encoder, held_out), flush=True)
    trained = wrap(model, a.experts, a.rank, a.alpha, a.merger)
    print(f"{sum(p.numel() for p in trained)} parameters, {len(data.rows)} rows", flush=True)
    train(model, encoder, data, trained, a)
    after = measure(model, encoder, held_out)
    tasks = [v for t, v in after.items() if t != "base"]
    print("after", after, f"mean of tasks {np.mean(tasks):.3f}", flush=True)


if __name__ == "__main__":
    main()
