# SPDX-License-Identifier: GPL-3.0-or-later
"""Trains the demo's base model from nothing: vision with temporary label heads, then both together.

One process per core, one thread each, gradients averaged: small matrices use two cores better this way than with
two threads. Resumes from its checkpoint; the same seed and number of processes give the same pictures.
"""

import argparse
import json
import math
import os
import random
import tempfile
import time

import numpy as np
import torch
import torch.distributed as dist
import torch.multiprocessing as mp
import torch.nn as nn
import torch.nn.functional as F

import demo_model as dm
from demo_scene import render, sample_scene
from demo_text import BASE_PROMPTS, NOUN_PROMPT, base_caption, dictionary, noun
from fast_scenes import NOTHING, SceneBank

CHECK_PICTURES = 200
TEXT_ROWS = 0.35  # text-only rows per picture
NOUN_SHARE = 0.4  # of pictures with one group


class LabelHeads(nn.Module):
    """Temporary: kind per patch, kind per merged cell, place per picture."""

    def __init__(self):
        super().__init__()
        self.patch = nn.Linear(dm.VISION_WIDTH, NOTHING + 1)
        self.cell = nn.Linear(dm.TEXT_WIDTH, NOTHING + 1)
        self.place = nn.Linear(dm.TEXT_WIDTH, 4)
        weight = torch.ones(NOTHING + 1)
        weight[NOTHING] = 0.3
        self.register_buffer("weight", weight, persistent=False)

    def loss(self, seen, patches, cells, places):
        mean = seen.pooler_output.view(len(places), -1, dm.TEXT_WIDTH).mean(1)
        return (F.cross_entropy(self.patch(seen.last_hidden_state), patches, weight=self.weight)
                + F.cross_entropy(self.cell(seen.pooler_output), cells, weight=self.weight)
                + 0.3 * F.cross_entropy(self.place(mean), places))


def learning_rate(a, step):
    """Warm-up, constant, cosine to 2 % over the last `decay` steps."""
    total = a.vision_steps + a.joint_steps
    into = max(0, step - (total - a.decay_steps)) / a.decay_steps
    return a.learning_rate * min(1, (step + 1) / 60) * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * into)))


def label_weight(a, step):
    """Weight of the label heads' loss: 1 while vision learns alone, then falling to 0.05."""
    if step < a.vision_steps:
        return 1.0
    return max(0.05, 0.5 * (1 - (step - a.vision_steps) / 1200))


class Worker:
    def __init__(self, a, rank):
        self.a, self.rank = a, rank
        torch.manual_seed(a.seed)
        tokenizer = dm.make_tokenizer()
        self.encoder = dm.Encoder(tokenizer)
        self.model, self.heads = dm.make_model(tokenizer), LabelHeads()
        self.bank = SceneBank(a.seed * 2 + rank + 1)
        scenes = np.random.default_rng(a.seed + 500)
        self.tokens = dm.answer_tokens(self.encoder, [sample_scene(scenes) for _ in range(1500)])
        self.pairs = dictionary()
        self.parameters = list(self.model.parameters()) + list(self.heads.parameters())
        self.optimizer = torch.optim.AdamW(
            [dict(params=[p for p in self.parameters if p.ndim >= 2], weight_decay=0.03),
             dict(params=[p for p in self.parameters if p.ndim < 2], weight_decay=0.0)],
            lr=a.learning_rate, betas=(0.9, 0.98))
        self.step, self.losses = 0, {}
        self.checkpoint = os.path.join(a.out, "checkpoint.pt")
        if os.path.exists(self.checkpoint):
            self.load()

    def load(self):
        state = torch.load(self.checkpoint, weights_only=True)
        self.model.load_state_dict(state["model"])
        self.heads.load_state_dict(state["heads"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.step = state["step"]

    def save(self):
        state = dict(model=self.model.state_dict(), heads=self.heads.state_dict(),
                     optimizer=self.optimizer.state_dict(), step=self.step)
        torch.save(state, self.checkpoint + ".new")
        os.replace(self.checkpoint + ".new", self.checkpoint)

    def picture_row(self, rnd, scene):
        if len(scene["groups"]) == 1 and rnd.random() < NOUN_SHARE:
            return self.encoder.row(NOUN_PROMPT, noun(scene))
        return self.encoder.row(rnd.choice(BASE_PROMPTS), base_caption(scene))

    def loss(self):
        """Everything random comes from (seed, step, rank), so a resumed run goes on as it would have."""
        seed = [self.a.seed, self.step, self.rank]
        r, rnd = np.random.default_rng(seed), random.Random(str(seed))
        scenes = [sample_scene(r) for _ in range(self.a.batch)]
        drawn = [self.bank.render(r, s) for s in scenes]
        seen = dm.see(self.model, dm.patchify(np.stack([d[0] for d in drawn])))
        patches = torch.from_numpy(dm.block_order(np.stack([d[1] for d in drawn]))).reshape(-1)
        cells = torch.from_numpy(np.stack([d[2] for d in drawn])).reshape(-1)
        places = torch.tensor([s["place"] for s in scenes])
        labels = self.heads.loss(seen, patches, cells, places)
        parts = dict(labels=labels)
        total = labels * label_weight(self.a, self.step)
        if self.step >= self.a.vision_steps:
            logits, targets, _ = dm.answer_logits(
                self.model, *self.encoder.batch([self.picture_row(rnd, s) for s in scenes]), seen)
            rows = [dm.text_row(self.encoder, rnd, self.pairs, self.tokens)
                    for _ in range(round(TEXT_ROWS * self.a.batch))]
            text_logits, text_targets, _ = dm.answer_logits(self.model, *self.encoder.batch(rows, image=False))
            parts["caption"] = F.cross_entropy(logits, targets)
            parts["text"] = F.cross_entropy(text_logits, text_targets)
            total = total + parts["caption"] + 0.3 * parts["text"]
        for name, value in parts.items():
            self.losses.setdefault(name, []).append(value.item())
        return total

    def share_gradients(self):
        grads = [p.grad if p.grad is not None else torch.zeros_like(p) for p in self.parameters]
        flat = torch.cat([g.reshape(-1) for g in grads])
        dist.all_reduce(flat)
        flat /= dist.get_world_size()
        for p, g in zip(self.parameters, flat.split([p.numel() for p in self.parameters])):
            p.grad = g.view_as(p)

    def train_step(self):
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate(self.a, self.step)
        self.model.model.visual.deepstack_visual_indexes = dm.DEEPSTACK if self.step >= self.a.vision_steps else []
        self.optimizer.zero_grad()
        self.loss().backward()
        self.share_gradients()
        nn.utils.clip_grad_norm_(self.parameters, 1.0)
        self.optimizer.step()
        self.step += 1


def check_set(encoder, count, seed):
    """Full-quality pictures shrunk to the model's size, and their base rows."""
    r = np.random.default_rng(seed)
    scenes = [sample_scene(r) for _ in range(count)]
    pictures = [render(r, s, 256).resize((dm.PIXELS, dm.PIXELS), 3) for s in scenes]
    pixels = dm.patchify(np.stack([np.asarray(p).astype(np.float32) / 255 for p in pictures]))
    rows = [encoder.row(BASE_PROMPTS[0], base_caption(s)) for s in scenes]
    return pixels.view(count, dm.GRID * dm.GRID, -1), rows


def work(rank, a, meeting):
    torch.set_num_threads(1)
    os.environ.setdefault("GLOO_SOCKET_IFNAME", "lo")
    dist.init_process_group("gloo", init_method="file://" + meeting, rank=rank, world_size=a.processes)
    dm.use_batched_vision()
    w = Worker(a, rank)
    pixels, rows = check_set(w.encoder, CHECK_PICTURES, a.seed + 777)
    mine = slice(rank, None, a.processes)
    pixels, rows = pixels[mine], rows[mine]
    start, first = time.time(), w.step
    with open(os.path.join(a.out, "progress.jsonl"), "a") as log:
        while w.step < a.vision_steps + a.joint_steps:
            w.train_step()
            if w.step % 50 and w.step != a.vision_steps + a.joint_steps:
                continue
            good = torch.zeros(1)
            if w.step > a.vision_steps:
                good += sum(dm.exact_matches(w.model, w.encoder, pixels, rows))
            dist.all_reduce(good)
            if rank == 0:
                w.save()
                line = dict(step=w.step, seconds=round(time.time() - start),
                            pictures_per_second=round((w.step - first) * a.batch * a.processes / (time.time() - start), 1),
                            learning_rate=learning_rate(a, w.step), exact=good.item() / CHECK_PICTURES,
                            **{k: round(float(np.mean(v[-50:])), 4) for k, v in w.losses.items()})
                log.write(json.dumps(line) + "\n")
                log.flush()
                print(line, flush=True)
    if rank == 0:
        torch.save(w.model.state_dict(), os.path.join(a.out, "base.pt"))
    dist.destroy_process_group()


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("out", help="work folder")
    p.add_argument("--seed", type=int, default=7)
    p.add_argument("--processes", type=int, default=2)
    p.add_argument("--batch", type=int, default=20, help="pictures per process and step")
    p.add_argument("--vision-steps", type=int, default=300)
    p.add_argument("--joint-steps", type=int, default=2000)
    p.add_argument("--decay-steps", type=int, default=700)
    p.add_argument("--learning-rate", type=float, default=1.5e-3)
    a = p.parse_args()
    os.makedirs(a.out, exist_ok=True)
    with tempfile.TemporaryDirectory() as meeting:
        mp.spawn(work, (a, os.path.join(meeting, "meet")), nprocs=a.processes)


if __name__ == "__main__":
    main()
