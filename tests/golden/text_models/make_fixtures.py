# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes tiny random folders of the text-only families with what transformers computes from them.

Made with transformers 5.23.0 and torch 2.15.0 (fp32, CPU, eager attention):
    python make_fixtures.py
Each folder holds config.json, model.safetensors and recorded.safetensors (input_ids, attention_mask, logits, loss,
gradient of layer 0's q_proj, greedy). Weights are randn / sqrt(fan in), norms 1 + 0.2 randn, biases 0.1 randn, so that
every path matters. From a seed: a second run gives the same files.
"""
import json
import math
import pathlib

import torch
import transformers
from safetensors.torch import save_file
from transformers import AutoConfig, AutoModelForCausalLM

VOCAB = 96
LLAMA3 = {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
          "original_max_position_embeddings": 16}

# name: model_type, heads, kv heads, extra keys of config.json, lengths of the rows, side of padding
CASES = {
    "llama_tied_gqa": ("llama", 4, 2, {"rope_theta": 1e4, "rms_norm_eps": 1e-5, "tie_word_embeddings": True}, [17, 17], "right"),
    "llama3_rope_and_biases": ("llama", 4, 4, {"rope_theta": 5e5, "rope_scaling": LLAMA3, "attention_bias": True,
                                               "mlp_bias": True, "head_dim": 12}, [23, 9], "left"),
    "llama_linear_rope": ("llama", 4, 1, {"rope_parameters": {"rope_type": "linear", "factor": 4.0, "rope_theta": 1e4}},
                          [12, 20, 5], "right"),
    "mistral_window": ("mistral", 4, 2, {"rope_theta": 1e6, "sliding_window": 5}, [19, 8], "left"),
    "qwen2_biases": ("qwen2", 4, 2, {"rope_theta": 1e6, "use_sliding_window": False, "sliding_window": 4,
                                     "max_window_layers": 1, "tie_word_embeddings": True}, [14, 6], "left"),
    "qwen2_window_in_upper_layers": ("qwen2", 6, 3, {"rope_theta": 1e6, "use_sliding_window": True, "sliding_window": 4,
                                                     "max_window_layers": 1}, [18], "right"),
    "qwen3_head_norms": ("qwen3", 4, 2, {"rope_theta": 1e6, "head_dim": 12, "tie_word_embeddings": True}, [13, 21], "left"),
    "qwen3_biases_window": ("qwen3", 4, 2, {"rope_theta": 1e4, "head_dim": 8, "attention_bias": True,
                                            "use_sliding_window": True, "sliding_window": 6,
                                            "layer_types": ["sliding_attention", "full_attention"]}, [16, 16], "right"),
}


def config_of(case):
    family, heads, kv, extra, _, _ = case
    config = {
        "model_type": family, "vocab_size": VOCAB, "hidden_size": 48 if heads == 6 else 32, "intermediate_size": 40,
        "num_hidden_layers": 2, "num_attention_heads": heads, "num_key_value_heads": kv, "hidden_act": "silu",
        "max_position_embeddings": 4096, "rms_norm_eps": 1e-6, "attention_dropout": 0.0, "tie_word_embeddings": False,
    }
    return config | extra


def randomise(model, generator):
    for name, parameter in model.named_parameters():
        noise = torch.randn(parameter.shape, generator=generator)
        if "norm" in name:
            parameter.data = 1 + 0.2 * noise
        elif name.endswith("bias"):
            parameter.data = 0.1 * noise
        elif "embed" in name:
            parameter.data = 0.3 * noise
        else:
            parameter.data = noise / math.sqrt(parameter[0].numel())


def inputs_of(lengths, left, generator):
    width = max(lengths)
    ids, mask = torch.zeros(len(lengths), width, dtype=torch.long), torch.zeros(len(lengths), width, dtype=torch.long)
    for b, n in enumerate(lengths):
        place = slice(width - n, width) if left else slice(0, n)
        ids[b, place] = torch.randint(3, VOCAB, (n,), generator=generator)
        mask[b, place] = 1
    return {"input_ids": ids, "attention_mask": mask}


def record(folder, case, seed):
    generator = torch.Generator().manual_seed(seed)
    folder.mkdir(exist_ok=True)
    config = config_of(case)
    (folder / "config.json").write_text(json.dumps(config, indent=1) + "\n")
    model = AutoModelForCausalLM.from_config(AutoConfig.from_pretrained(folder))
    randomise(model, generator)
    tensors = {name: t.detach().contiguous() for name, t in model.state_dict().items()
               if not (config["tie_word_embeddings"] and name == "lm_head.weight")}
    save_file(tensors, folder / "model.safetensors", {"format": "pt"})
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()

    left = case[5] == "left"
    inputs = inputs_of(case[4], left, generator)
    positions = (inputs["attention_mask"].cumsum(-1) - 1).clamp_min(0)
    labels = inputs["input_ids"].masked_fill(inputs["attention_mask"] == 0, -100)
    if left:  # a padded slot predicts nothing, so the first real token is no target either
        first = inputs["attention_mask"].argmax(-1)
        labels[torch.arange(len(first)), first] = -100
    out = model(**inputs, position_ids=positions)
    loss = torch.nn.functional.cross_entropy(out.logits[:, :-1].flatten(0, 1), labels[:, 1:].flatten())
    loss.backward()
    recorded = {**inputs, "labels": labels, "logits": out.logits.detach(), "loss": loss.detach(),
                "grad_q_proj0": model.model.layers[0].self_attn.q_proj.weight.grad}
    if left or len(set(case[4])) == 1:
        with torch.no_grad():
            tokens = model.generate(**inputs, max_new_tokens=8, do_sample=False, eos_token_id=None, pad_token_id=0)
        recorded["greedy"] = tokens[:, inputs["input_ids"].shape[1]:]
    save_file({k: v.contiguous() for k, v in recorded.items()}, folder / "recorded.safetensors")
    size = sum(f.stat().st_size for f in folder.iterdir())
    print(f"{folder.name}: {sum(t.numel() for t in tensors.values())} parameters, {size} bytes, "
          f"logit std {out.logits.std():.3f}, loss {loss:.4f}")
    return size


def main():
    assert transformers.__version__ == "5.23.0", transformers.__version__
    torch.set_num_threads(1)
    here = pathlib.Path(__file__).parent
    total = sum(record(here / name, case, 300 + n) for n, (name, case) in enumerate(CASES.items()))
    print(f"total {total} bytes")


if __name__ == "__main__":
    main()
