# SPDX-License-Identifier: GPL-3.0-or-later
"""Records 50 updates of plain LoRA on a tiny random Qwen3-VL with transformers' Trainer and PEFT, in fp32 on the CPU.

Made with transformers 5.23.0, peft 0.21.2, accelerate 1.15.0, torch 2.15.0, safetensors 0.8.0 (the script refuses others
but torch and safetensors). Run:  python make_fixture.py   -> writes model/, adapter_start/, adapter_final/,
samples.safetensors and run.json beside itself. Every number comes from a seed; a second run writes the same files.

13 samples, 9 with one picture, 2 with two, 2 without; batch 2, accumulation 2: 7 micro-batches an epoch (the last holds
one sample), groups of 2, 2, 2 and 1. Linear schedule with 5 warm-up updates, weight decay 0.05, clipping at 0.5 (active
in most updates). LoRA r 8 on q, k, v, o and the vision blocks' qkv, B not zero at the start so that every tensor moves.
"""
import json
import pathlib
import shutil
import tempfile

import accelerate
import peft
import torch
import transformers
from peft import LoraConfig, get_peft_model
from safetensors.torch import save_file
from transformers import Qwen3VLConfig, Qwen3VLForConditionalGeneration, Trainer, TrainingArguments

HERE = pathlib.Path(__file__).resolve().parent
PINNED = {"transformers": "5.23.0", "peft": "0.21.2", "accelerate": "1.15.0"}
IMAGE, VIDEO, START, END, PAD = 250, 251, 252, 253, 0
UPDATES, SEED = 50, 42


def check_versions():
    for module in (transformers, peft, accelerate):
        if module.__version__ != PINNED[module.__name__]:
            raise SystemExit(f"{module.__name__} {PINNED[module.__name__]} is asked for, {module.__version__} is here")


def make_model():
    torch.manual_seed(7)
    config = Qwen3VLConfig(
        text_config=dict(vocab_size=256, hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=4,
                         num_key_value_heads=2, head_dim=16, max_position_embeddings=512, rms_norm_eps=1e-6,
                         rope_parameters={"rope_type": "default", "rope_theta": 10000.0, "mrope_section": [4, 2, 2],
                                          "mrope_interleaved": True}, tie_word_embeddings=True),
        vision_config=dict(depth=2, hidden_size=16, intermediate_size=24, num_heads=2, out_hidden_size=32, patch_size=8,
                           temporal_patch_size=2, spatial_merge_size=2, num_position_embeddings=16,
                           deepstack_visual_indexes=[0], in_channels=3),
        image_token_id=IMAGE, video_token_id=VIDEO, vision_start_token_id=START, vision_end_token_id=END,
        tie_word_embeddings=True)
    config._attn_implementation = "sdpa"
    model = Qwen3VLForConditionalGeneration(config).float().eval()
    generator = torch.Generator().manual_seed(8)
    with torch.no_grad():  # weights of a trained model's size, so that losses and gradients are not flat
        for name, p in sorted(model.named_parameters()):
            noise = torch.randn(p.shape, generator=generator)
            if "norm" in name and name.endswith("weight"):
                p.copy_(1 + 0.1 * noise)
            elif p.dim() == 1:
                p.copy_(0.05 * noise)
            elif "embed_tokens" in name:
                p.copy_(0.6 * noise)
            else:
                p.copy_(noise * p[0].numel() ** -0.5)
    return model


def make_samples():
    generator = torch.Generator().manual_seed(9)
    grids = [[(1, 2, 2)], [(1, 4, 2)], [(1, 2, 6)], [(1, 4, 4)], [(1, 2, 2), (1, 2, 4)], [], [(1, 4, 2)], [(1, 2, 4)],
             [(1, 2, 2)], [(1, 4, 4)], [], [(1, 4, 2), (1, 2, 2)], [(1, 2, 2)]]
    samples = []
    for pictures in grids:
        ids = torch.randint(1, 240, (3,), generator=generator).tolist()
        for t, h, w in pictures:
            ids += [START] + [IMAGE] * (t * h * w // 4) + [END]
        ids += torch.randint(1, 240, (2,), generator=generator).tolist()
        answer = torch.randint(1, 240, (int(torch.randint(2, 10, (1,), generator=generator)),), generator=generator).tolist()
        labels = [-100] * len(ids) + answer
        rows = sum(t * h * w for t, h, w in pictures)
        # Multiples of 1/64: exact in any dtype, and they compress in git.
        pixels = torch.randint(-64, 65, (rows, 3 * 2 * 8 * 8), generator=generator) / 64
        samples.append(dict(input_ids=ids + answer, labels=labels, pixel_values=pixels,
                            grid=torch.tensor(pictures, dtype=torch.int64).reshape(-1, 3)))
    return samples


def collate(batch, order):
    order.append([b["number"] for b in batch])
    length = max(len(b["input_ids"]) for b in batch)

    def padded(rows, value):
        return torch.tensor([list(r) + [value] * (length - len(r)) for r in rows])

    ids = padded([b["input_ids"] for b in batch], PAD)
    out = dict(input_ids=ids, labels=padded([b["labels"] for b in batch], -100),
               attention_mask=padded([[1] * len(b["input_ids"]) for b in batch], 0),
               mm_token_type_ids=(ids == IMAGE).long())
    if sum(len(b["pixel_values"]) for b in batch):
        out["pixel_values"] = torch.cat([b["pixel_values"] for b in batch])
        out["image_grid_thw"] = torch.cat([b["grid"] for b in batch])
    return out


def add_lora(model):
    lora = get_peft_model(model, LoraConfig(r=8, lora_alpha=16, lora_dropout=0.0, bias="none", task_type="CAUSAL_LM",
                                            target_modules=["q_proj", "k_proj", "v_proj", "o_proj", "qkv"]))
    generator = torch.Generator().manual_seed(10)
    with torch.no_grad():
        for name, p in sorted(lora.named_parameters()):
            if p.requires_grad:
                scale = p.shape[1] ** -0.5 if "lora_A" in name else 0.05
                p.copy_(scale * torch.randn(p.shape, generator=generator))
    return lora


def save_adapter(lora, folder):
    shutil.rmtree(folder, ignore_errors=True)
    lora.save_pretrained(folder)
    (folder / "README.md").unlink(missing_ok=True)
    path = folder / "adapter_config.json"
    config = json.loads(path.read_text())
    config["base_model_name_or_path"] = "model"
    config["target_modules"] = sorted(config["target_modules"])
    path.write_text(json.dumps(config, indent=1, sort_keys=True) + "\n")


def write_samples(samples):
    tensors = {}
    for number, s in enumerate(samples):
        tensors[f"{number}.input_ids"] = torch.tensor(s["input_ids"])
        tensors[f"{number}.labels"] = torch.tensor(s["labels"])
        if len(s["grid"]):
            tensors[f"{number}.pixel_values"] = s["pixel_values"].to(torch.float32).contiguous()
            tensors[f"{number}.grid_thw"] = s["grid"]
    save_file(tensors, HERE / "samples.safetensors")


def main():
    check_versions()
    torch.set_num_threads(1)
    model = make_model()
    shutil.rmtree(HERE / "model", ignore_errors=True)
    model.save_pretrained(HERE / "model")
    samples = make_samples()
    write_samples(samples)
    lora = add_lora(model)
    save_adapter(lora, HERE / "adapter_start")
    order = []
    arguments = TrainingArguments(
        output_dir=tempfile.mkdtemp(), per_device_train_batch_size=2, gradient_accumulation_steps=2,
        max_steps=UPDATES, learning_rate=5e-3, lr_scheduler_type="linear", warmup_steps=5, weight_decay=0.05,
        max_grad_norm=0.5, logging_steps=1, save_strategy="no", seed=SEED, use_cpu=True, report_to=[],
        remove_unused_columns=False, disable_tqdm=True, dataloader_num_workers=0)
    trainer = Trainer(model=lora, args=arguments, train_dataset=[dict(s, number=i) for i, s in enumerate(samples)],
                      data_collator=lambda batch: collate(batch, order))
    trainer.train()
    save_adapter(lora, HERE / "adapter_final")
    log = [entry for entry in trainer.state.log_history if "loss" in entry]
    record = dict(made_with={**PINNED, "torch": torch.__version__}, seed=SEED, batch_size=2, gradient_accumulation=2,
                  max_steps=UPDATES, learning_rate=5e-3, schedule="linear", warmup_steps=5, weight_decay=0.05,
                  max_grad_norm=0.5, micro_batches=order, micro_batches_per_epoch=7, loss=[e["loss"] for e in log],
                  grad_norm=[float(e["grad_norm"]) for e in log], learning_rates=[e["learning_rate"] for e in log],
                  epoch=[e["epoch"] for e in log])
    (HERE / "run.json").write_text(json.dumps(record) + "\n")


if __name__ == "__main__":
    main()
