# SPDX-License-Identifier: GPL-3.0-or-later
"""Records what the logits processors of transformers make of random scores.

Made with transformers 5.23.0, torch 2.15.0. Writes sampler.json beside this file:
    python make_sampler_fixtures.py
Each case: scores in, ids seen, settings, scores out (null = minus infinity).
"""
import json
import math
import pathlib

import torch
import transformers
from transformers import (
    RepetitionPenaltyLogitsProcessor,
    TemperatureLogitsWarper,
    TopKLogitsWarper,
    TopPLogitsWarper,
)

CASES = [  # repetition penalty, temperature, top_k, top_p, scale of the scores, ties
    (1.3, 1.0, 0, 1.0, 1.0, False),
    (1.0, 0.7, 0, 1.0, 1.0, False),
    (1.0, 1.0, 5, 1.0, 1.0, False),
    (1.0, 1.0, 5, 1.0, 1.0, True),
    (1.0, 1.0, 100, 1.0, 1.0, False),
    (1.0, 1.0, 0, 0.8, 2.0, False),
    (1.0, 1.0, 0, 0.01, 2.0, False),
    (1.2, 0.7, 20, 0.8, 3.0, False),
    (0.8, 1.5, 7, 0.95, 3.0, False),
]


def main():
    assert transformers.__version__ == "5.23.0", transformers.__version__
    generator = torch.Generator().manual_seed(20)
    rows = []
    for penalty, temperature, top_k, top_p, scale, ties in CASES:
        scores = torch.randn(1, 32, generator=generator) * scale
        if ties:
            scores[0, :10] = scores.max()
        seen = torch.randint(0, 32, (1, 9), generator=generator)
        out = scores.clone()
        if penalty != 1.0:
            out = RepetitionPenaltyLogitsProcessor(penalty)(seen, out)
        if temperature != 1.0:
            out = TemperatureLogitsWarper(temperature)(seen, out)
        if top_k:
            out = TopKLogitsWarper(top_k)(seen, out)
        if top_p < 1.0:
            out = TopPLogitsWarper(top_p)(seen, out)
        rows.append({
            "repetition_penalty": penalty, "temperature": temperature, "top_k": top_k, "top_p": top_p,
            "scores": scores[0].tolist(), "seen": seen[0].tolist(),
            "expected": [None if math.isinf(v) else v for v in out[0].tolist()],
        })
    path = pathlib.Path(__file__).with_name("sampler.json")
    path.write_text(json.dumps({"transformers": transformers.__version__, "cases": rows}) + "\n")


if __name__ == "__main__":
    main()
