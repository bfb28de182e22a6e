# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes tiny random Qwen3-VL folders with what transformers computes from them.

Made with transformers 5.23.0 and torch 2.15.0 (fp32, CPU, eager attention):
    python make_fixtures.py
Each folder holds config.json, model.safetensors and recorded.safetensors (input_ids, attention_mask, pixel_values,
image_grid_thw, position_ids, logits, greedy). Weights are randn / sqrt(fan in), norms 1 + 0.2 randn, biases 0.1 randn, so
that every path matters. From a seed: a second run gives the same files.
"""
import json
import math
import pathlib

import torch
import transformers
from safetensors.torch import save_file
from transformers import Qwen3VLForConditionalGeneration

VOCAB, VISION_START, VISION_END, IMAGE, VIDEO = 96, 91, 92, 93, 94
PICTURE = lambda tokens: [VISION_START] + [IMAGE] * tokens + [VISION_END]

# name: text, vision, tied, spelling of RoPE, rows (ints = text tokens, (h, w) = a picture in patches), side of padding
CASES = {
    "gqa_one_image": dict(heads=4, kv=2, head_dim=8, layers=2, section=[2, 1, 1], theta=1e4, tied=True, new_spelling=False,
                          depth=2, deepstack=[0], positions=36, patch=4, rows=[[3, (4, 4), 4]], side="right"),
    "head_dim_two_images": dict(heads=4, kv=1, head_dim=16, layers=2, section=[4, 2, 2], theta=5e6, tied=False,
                                new_spelling=False, depth=2, deepstack=[0, 1], positions=16, patch=4,
                                rows=[[2, (4, 6), 1, (6, 4), 5]], side="right"),
    "mha_no_image": dict(heads=4, kv=4, head_dim=8, layers=3, section=[1, 1, 2], theta=5e5, tied=True, new_spelling=True,
                         depth=1, deepstack=[0], positions=4, patch=4, rows=[[17], [17]], side="right"),
    "odd_sizes_untied": dict(heads=6, kv=3, head_dim=12, layers=2, section=[2, 2, 2], theta=1e4, tied=False,
                             new_spelling=True, depth=3, deepstack=[1], positions=25, patch=4,
                             rows=[[1, (2, 10), 2, (14, 2), 3, (6, 6), 2]], side="right"),
    "left_padded_batch": dict(heads=4, kv=2, head_dim=12, layers=3, section=[2, 2, 2], theta=1e4, tied=True,
                              new_spelling=False, depth=4, deepstack=[1, 3], positions=49, patch=2,
                              rows=[[4, (4, 4), 5, (2, 6), 3], [9], [2, (6, 8), 1]], side="left"),
    "right_padded_batch": dict(heads=2, kv=2, head_dim=24, layers=2, section=[6, 3, 3], theta=1e6, tied=False,
                               new_spelling=True, depth=2, deepstack=[0, 1], positions=9, patch=4,
                               rows=[[3, (4, 2), 2], [6, (2, 2), 1, (4, 8), 4]], side="right"),
}


def config_of(case):
    rope = {"rope_type": "default", "mrope_section": case["section"], "mrope_interleaved": True}
    text = {
        "model_type": "qwen3_vl_text", "vocab_size": VOCAB, "hidden_size": 32, "intermediate_size": 40,
        "num_hidden_layers": case["layers"], "num_attention_heads": case["heads"], "num_key_value_heads": case["kv"],
        "head_dim": case["head_dim"], "hidden_act": "silu", "max_position_embeddings": 4096, "rms_norm_eps": 1e-6,
        "attention_bias": False, "attention_dropout": 0.0, "tie_word_embeddings": case["tied"],
    }
    if case["new_spelling"]:
        text["rope_parameters"] = {"rope_theta": case["theta"], **rope}
    else:
        text |= {"rope_theta": case["theta"], "rope_scaling": rope}
    vision = {
        "model_type": "qwen3_vl", "depth": case["depth"], "hidden_size": 16, "hidden_act": "gelu_pytorch_tanh",
        "intermediate_size": 24, "num_heads": 2, "in_channels": 3, "patch_size": case["patch"], "spatial_merge_size": 2,
        "temporal_patch_size": 2, "out_hidden_size": 32, "num_position_embeddings": case["positions"],
        "deepstack_visual_indexes": case["deepstack"],
    }
    return {
        "architectures": ["Qwen3VLForConditionalGeneration"], "model_type": "qwen3_vl",
        "tie_word_embeddings": case["tied"], "image_token_id": IMAGE, "video_token_id": VIDEO,
        "vision_start_token_id": VISION_START, "vision_end_token_id": VISION_END, "text_config": text,
        "vision_config": vision,
    }


def randomise(model, generator):
    for name, parameter in model.named_parameters():
        noise = torch.randn(parameter.shape, generator=generator)
        if "norm" in name:
            parameter.data = (0.1 if name.endswith("bias") else 0.2) * noise + (0 if name.endswith("bias") else 1)
        elif name.endswith("bias"):
            parameter.data = 0.1 * noise
        elif "embed" in name:
            parameter.data = noise * (0.5 if "pos_embed" in name else 0.3)
        else:
            parameter.data = noise / math.sqrt(parameter[0].numel())


def inputs_of(case, generator):
    rows, grids = [], []
    for row in case["rows"]:
        ids = []
        for part in row:
            if isinstance(part, int):
                ids += torch.randint(1, VISION_START, (part,), generator=generator).tolist()
            else:
                grids.append([1, *part])
                ids += PICTURE(part[0] * part[1] // 4)
        rows.append(ids)
    width = max(map(len, rows))
    pad = [[0] * (width - len(ids)) for ids in rows]
    left = case["side"] == "left"
    out = {
        "input_ids": torch.tensor([p + ids if left else ids + p for p, ids in zip(pad, rows)]),
        "attention_mask": torch.tensor([p + [1] * len(ids) if left else [1] * len(ids) + p for p, ids in zip(pad, rows)]),
    }
    if grids:
        patches = sum(h * w for _, h, w in grids)
        out["pixel_values"] = torch.randn(patches, 3 * 2 * case["patch"] ** 2, generator=generator)
        out["image_grid_thw"] = torch.tensor(grids)
    return out


def record(folder, case, seed):
    generator = torch.Generator().manual_seed(seed)
    folder.mkdir(exist_ok=True)
    config = config_of(case)
    (folder / "config.json").write_text(json.dumps(config, indent=1) + "\n")
    model = Qwen3VLForConditionalGeneration(transformers.AutoConfig.from_pretrained(folder))
    randomise(model, generator)
    tensors = {name: t.detach().contiguous() for name, t in model.state_dict().items() if not (case["tied"] and name == "lm_head.weight")}
    save_file(tensors, folder / "model.safetensors", {"format": "pt"})
    model = Qwen3VLForConditionalGeneration.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()

    inputs = inputs_of(case, generator)
    types = (inputs["input_ids"] == IMAGE).int()
    with torch.no_grad():
        positions, _ = model.model.get_rope_index(
            inputs["input_ids"], mm_token_type_ids=types, image_grid_thw=inputs.get("image_grid_thw"),
            attention_mask=inputs["attention_mask"])
        logits = model(**inputs, mm_token_type_ids=types, position_ids=positions).logits
        recorded = {**inputs, "position_ids": positions.long(), "logits": logits}
        if case["side"] == "left" or len(set(map(str, inputs["attention_mask"].sum(1).tolist()))) == 1:
            out = model.generate(**inputs, mm_token_type_ids=types, max_new_tokens=5, do_sample=False, eos_token_id=None,
                                 pad_token_id=0)
            recorded["greedy"] = out[:, inputs["input_ids"].shape[1]:]
    save_file({k: v.contiguous() for k, v in recorded.items()}, folder / "recorded.safetensors")
    size = sum(f.stat().st_size for f in folder.iterdir())
    print(f"{folder.name}: {sum(t.numel() for t in tensors.values())} parameters, {size} bytes, logit std {logits.std():.3f}")
    return size


def main():
    assert transformers.__version__ == "5.23.0", transformers.__version__
    torch.set_num_threads(1)
    here = pathlib.Path(__file__).parent
    total = sum(record(here / name, case, 100 + n) for n, (name, case) in enumerate(CASES.items()))
    print(f"total {total} bytes")


if __name__ == "__main__":
    main()
