# SPDX-License-Identifier: GPL-3.0-or-later
"""Records logits, loss and gradients of a PEFT LoRA on a tiny model of ../qwen3vl, in fp32 on the CPU.

Made with transformers 5.23.0, peft 0.21.2, torch 2.15.0, safetensors 0.8.0. Run:
    python make_peft_fixture.py
Writes peft_lora/ (adapter_config.json, adapter_model.safetensors; B not zero, two ranks, two alphas, text and vision
targets) and peft_lora.safetensors: input_ids, attention_mask, labels, pixel_values, grid_thw, logits, loss and
"grad.<tensor name>" for every LoRA tensor. Every number comes from a seed; a second run writes the same files.
"""
import json
import pathlib
import shutil
import tempfile

import peft
import torch
import transformers
from peft import LoraConfig, get_peft_model
from safetensors.torch import load_file, save_file
from transformers import Qwen3VLForConditionalGeneration

HERE = pathlib.Path(__file__).resolve().parent
PINNED = {transformers: "5.23.0", peft: "0.21.2"}
MODEL = HERE.parent / "qwen3vl" / "right_padded_batch"  # two rows, three pictures, logits below 4
TARGETS = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj", "attn.qkv",
           "merger.linear_fc1"]


def load_model():
    model = Qwen3VLForConditionalGeneration.from_pretrained(MODEL, dtype=torch.float32)
    model.config._attn_implementation = "sdpa"
    return model.eval()


def inputs():
    recorded = load_file(MODEL / "recorded.safetensors")
    ids, mask = recorded["input_ids"], recorded["attention_mask"]
    labels = torch.where((mask == 1) & (torch.arange(ids.shape[1]) >= 6), ids, -100)
    return {"input_ids": ids, "attention_mask": mask, "labels": labels, "pixel_values": recorded["pixel_values"],
            "grid_thw": recorded["image_grid_thw"]}


def run(model, batch):
    types = (batch["input_ids"] == model.config.image_token_id).int()
    return model(input_ids=batch["input_ids"], attention_mask=batch["attention_mask"], labels=batch["labels"],
                 pixel_values=batch["pixel_values"], image_grid_thw=batch["grid_thw"], mm_token_type_ids=types)


def main():
    for module, version in PINNED.items():
        assert module.__version__ == version, (module.__name__, module.__version__)
    first = "model.language_model.layers.1."
    config = LoraConfig(r=4, lora_alpha=8, lora_dropout=0.0, target_modules=TARGETS, bias="none", task_type="CAUSAL_LM",
                        rank_pattern={first + "self_attn.q_proj": 6},
                        alpha_pattern={first + "self_attn.q_proj": 9, first + "mlp.down_proj": 5})
    model = get_peft_model(load_model(), config)
    generator = torch.Generator().manual_seed(32)
    trainable = [(n, p) for n, p in sorted(model.named_parameters()) if p.requires_grad]
    with torch.no_grad():
        for _, p in trainable:
            p.copy_(0.1 * torch.randn(p.shape, generator=generator))
    batch = inputs()
    out = run(model, batch)
    out.loss.backward()
    tensors = dict(batch, logits=out.logits.detach(), loss=out.loss.detach())
    for name, p in trainable:
        tensors["grad." + name.replace(".default", "")] = p.grad.clone()
    save_file({k: v.contiguous() for k, v in tensors.items()}, HERE / "peft_lora.safetensors")
    with tempfile.TemporaryDirectory() as folder:
        model.peft_config["default"].base_model_name_or_path = "tests/golden/qwen3vl/right_padded_batch"
        model.save_pretrained(folder)
        target = HERE / "peft_lora"
        target.mkdir(exist_ok=True)
        written = json.loads((pathlib.Path(folder) / "adapter_config.json").read_text())
        written["target_modules"].sort()  # PEFT writes a set, in another order each time
        (target / "adapter_config.json").write_text(json.dumps(written, indent=2, sort_keys=True))
        shutil.copyfile(pathlib.Path(folder) / "adapter_model.safetensors", target / "adapter_model.safetensors")
    print(len(trainable), "tensors; loss", out.loss.item())


if __name__ == "__main__":
    main()
