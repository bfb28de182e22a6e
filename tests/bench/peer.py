# SPDX-License-Identifier: GPL-3.0-or-later
"""The peers' side of the benchmark: transformers + PEFT (lora), or transformers with a per-expert loop (moe, preset).

Answers the same commands as moelora_bench, one line of JSON each. With --write it makes the model folder and the inputs.
"""
import argparse
import json
import pathlib
import sys
import time

import torch
from safetensors.torch import load_file, save_file
from transformers import Qwen3VLConfig, Qwen3VLForConditionalGeneration

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "packaging" / "python"))
from moelora_adapter import _gate as gate_weights  # noqa: E402

ATTENTION = ("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.o_proj")
ALL = ATTENTION + ("mlp.gate_proj", "mlp.up_proj", "mlp.down_proj")
EXPERTS, RANK, ALPHA, TOKENS, LABELS = 4, 8, 16, 345, 16


def config():
    """Two decoder layers at the widths of Qwen3-VL-4B; a vision tower as small as it can be (the inputs are text)."""
    return Qwen3VLConfig(
        text_config=dict(vocab_size=151936, hidden_size=2560, intermediate_size=9728, num_hidden_layers=2,
                         num_attention_heads=32, num_key_value_heads=8, head_dim=128, max_position_embeddings=4096,
                         rms_norm_eps=1e-6, tie_word_embeddings=True,
                         rope_parameters={"rope_type": "default", "rope_theta": 5000000.0,
                                          "mrope_section": [24, 20, 20], "mrope_interleaved": True}),
        vision_config=dict(depth=1, hidden_size=16, intermediate_size=16, num_heads=2, out_hidden_size=2560,
                           patch_size=16, temporal_patch_size=2, spatial_merge_size=2, num_position_embeddings=16,
                           deepstack_visual_indexes=[], in_channels=3),
        image_token_id=151655, video_token_id=151656, vision_start_token_id=151652, vision_end_token_id=151653,
        tie_word_embeddings=True)


def write(folder, dtype):
    torch.manual_seed(1)
    model = Qwen3VLForConditionalGeneration(config())  # its own initialisation: normal, std 0.02
    model.to(dtype).save_pretrained(folder)
    generator = torch.Generator().manual_seed(2)
    ids = torch.randint(0, 151000, (1, TOKENS), generator=generator)
    labels = torch.full_like(ids, -100)
    labels[:, -LABELS:] = ids[:, -LABELS:]
    cotangent = torch.randn(1, TOKENS, 2560, generator=generator) / 1000
    save_file(dict(input_ids=ids, labels=labels, cotangent=cotangent), pathlib.Path(folder) / "inputs.safetensors")


class ExpertLoop(torch.nn.Module):
    """A frozen linear with a softmax router over experts, one after the other."""

    off = False  # of all: the base alone

    def __init__(self, base, a, b, router):
        super().__init__()
        self.base = base
        self.a = torch.nn.ParameterList(a.chunk(EXPERTS, 0))
        self.b = torch.nn.ParameterList(part.contiguous() for part in b.chunk(EXPERTS, 1))
        self.router = torch.nn.Parameter(router)

    def forward(self, x):
        y = self.base(x)
        if ExpertLoop.off:
            return y
        wide = x.to(self.router.dtype)
        weights = torch.softmax(torch.nn.functional.linear(wide, self.router), dim=-1)
        for e in range(EXPERTS):
            update = torch.nn.functional.linear(torch.nn.functional.linear(wide, self.a[e]), self.b[e])
            y = y + (weights[..., e:e + 1] * update * (ALPHA / RANK)).to(y.dtype)
        return y


def add_lora(model, tensors, sites):
    from peft import LoraConfig, get_peft_model
    lora = get_peft_model(model, LoraConfig(r=RANK, lora_alpha=ALPHA, lora_dropout=0.0, bias="none",
                                            target_modules=r".*language_model.*\.(" + "|".join(sites).replace(".", r"\.") + ")"))
    with torch.no_grad():
        for name, p in lora.named_parameters():
            if p.requires_grad:
                path, kind = name.removeprefix("base_model.model.").split(".lora_")
                p.copy_(tensors[f"{path}.expert_{'a' if kind.startswith('A') else 'b'}"])
    return lora, lora.base_model.model


def add_experts(model, tensors, sites):
    for p in model.parameters():
        p.requires_grad_(False)
    for index, layer in enumerate(model.model.language_model.layers):
        for site in sites:
            path = f"model.language_model.layers.{index}.{site}"
            block, name = layer.get_submodule(site.partition(".")[0]), site.partition(".")[2]
            setattr(block, name, ExpertLoop(getattr(block, name), tensors[f"{path}.expert_a"],
                                            tensors[f"{path}.expert_b"], tensors[f"{path}.router.weight"]))
    return model, model


def parts(tensor, spec, dim):
    """One tensor for each expert, from the stacked form or from experts of unequal ranks side by side."""
    split = tensor.unbind(0) if tensor.dim() == 3 else tensor.split(spec["ranks"], dim)
    return torch.nn.ParameterList(torch.nn.Parameter(p.contiguous()) for p in split)


class PresetSite(torch.nn.Module):
    """A frozen linear with the experts of a native adapter folder, one after the other, as published code has them."""

    def __init__(self, base, spec, axes, tensors, shared):
        super().__init__()
        self.base, self.spec, self.axes, self.shared = base, spec, axes, shared
        self.vectors = self.a = self.b = self.start = None
        self.modulated, self.shared_a = spec["bank"] == "modulation", spec["bank"] == "lora_shared_a"
        if "expert_vector" in tensors:
            self.vectors = torch.nn.ParameterList(torch.nn.Parameter(v) for v in tensors["expert_vector"])
        if "expert_a" in tensors:
            one = self.shared_a or self.modulated  # of all experts
            self.a = parts(tensors["expert_a"].reshape(1, -1, base.in_features) if one else tensors["expert_a"], spec, 0)
            self.b = parts(tensors["expert_b"].reshape(1, base.out_features, -1) if self.modulated else tensors["expert_b"], spec, 1)
        if "start_a" in tensors:
            self.start = [[p.detach() for p in parts(tensors[f"start_{m}"], spec, d)] for m, d in (("a", 0), ("b", 1))]
        for name in ("expert_magnitude", "router.weight", "router.bias", "task.embedding", "task.gate", "shared_vector",
                     "shared_gate", "threshold.weight", "threshold.bias"):
            value = tensors.get(name)
            setattr(self, name.replace(".", "_"), None if value is None else torch.nn.Parameter(value))
        self.heads = spec["heads"] if spec["router"] == "per_head" and not spec["scales_input"] else 1
        self.activation = spec["router"] in ("per_head", "token_activation")
        self.gate_branch = None

    def logits(self, tokens, update=None):
        if self.spec["router"] == "zero_param":
            parts_, mix = [v[..., :self.spec["experts"]] for v in (tokens, update)], self.axes["router_mix"]
            whole = self.axes["router_norm"] == "whole_slice"
            h, d = (v / (v.abs().max() if whole else v.abs().amax(-1, keepdim=True)).clamp_min(1e-6) for v in parts_)
            return (1 - mix) * h + mix * d
        if self.spec["router"] == "task":
            table, gate = (self.task_embedding, self.task_gate) if self.task_gate is not None else self.shared
            return (table[1:2] @ gate.T).unsqueeze(1).expand(-1, tokens.shape[1], -1)  # task 0; row 0 stands for none
        wide = tokens.to(self.router_weight.dtype)
        if self.heads > 1:
            wide = wide.unflatten(-1, (self.heads, -1))
        if self.spec["router"] == "low_rank":
            wide = torch.nn.functional.linear(wide, self.a[0])
        return torch.nn.functional.linear(wide, self.router_weight, self.router_bias)

    def weights(self, tokens, update=None):
        if "router_of" in self.spec:  # the site whose routing this one takes has just run
            return self.routing[self.spec["router_of"]]
        level = None
        if self.threshold_weight is not None:
            level = torch.sigmoid(torch.nn.functional.linear(tokens, self.threshold_weight, self.threshold_bias))
            level = level * (self.axes["gate_level"] or 1 / self.spec["experts"])
        w = self.routing[self.spec["path"]] = gate_weights(self.logits(tokens, update), self.axes, self.spec["top_k"], level)
        return w

    def update(self, x, e):
        """s B_e A_e x."""
        a = self.a[0] if self.shared_a or self.modulated else self.a[e]
        return self.spec["scales"][e] * torch.nn.functional.linear(torch.nn.functional.linear(x, a), self.b[e])

    def scaled(self, y, tokens):
        """y times its vectors, expert by expert."""
        if not self.spec["routed"]:
            return y * self.vectors[0]
        w, sum_ = self.weights(tokens), 0
        for e, vector in enumerate(self.vectors):
            if self.heads > 1:
                sum_ = sum_ + (w[..., e:e + 1] * vector.unflatten(-1, (self.heads, -1))).flatten(-2)
            else:
                sum_ = sum_ + w[..., e:e + 1] * vector
        return y * sum_

    def forward(self, x):
        if self.modulated:
            y, d = self.base(x), self.update(x, 0)
            mixed, w = 0, self.weights(y if self.spec["router"] == "zero_param" else x, d)
            for e, vector in enumerate(self.vectors):
                mixed = mixed + w[..., e:e + 1] * vector
            if self.shared_vector is not None:
                mixed = mixed + self.shared_gate * self.shared_vector
            return y + d * mixed
        if self.vectors is not None and self.spec["scales_input"]:
            return self.base(self.scaled(x, self.gate_branch if self.activation else x))
        y = self.base(x)
        if self.vectors is not None:
            return self.scaled(y, y if self.activation else x)
        w = self.weights(x) if self.spec["routed"] else None
        plain = y
        for e, scale in enumerate(self.spec["scales"]):
            update = self.update(x, e)
            if self.start is not None:  # what all added at the start is taken off again
                a, b = (part[e] for part in self.start)
                y = y - self.spec["start_share"] * scale * torch.nn.functional.linear(torch.nn.functional.linear(x, a), b)
            if self.expert_magnitude is not None:
                weight = self.base.weight
                norm = torch.linalg.norm(weight + scale * self.b[e].detach() @ self.a[e].detach(), dim=1)
                update = self.expert_magnitude[e] / norm * (plain + update) - plain
            y = y + (update if w is None else w[..., e:e + 1] * update)
        return y


def mix_blocks(block, gate, up, down):
    """Experts that are whole feed-forward blocks, one after the other; the frozen ways in are common to all."""
    def forward(x):
        w, y, g, u = gate.weights(x), 0, gate.base(x), up.base(x)
        for e in range(gate.spec["experts"]):
            h = block.act_fn(g + gate.update(x, e)) * (u + up.update(x, e))
            y = y + w[..., e:e + 1] * (down.base(h) + down.update(h, e))
        return y
    block.forward = forward


def add_preset(model, folder):
    """Reads the folder that our side wrote (--save-folder)."""
    folder = pathlib.Path(folder)
    card, tensors = json.loads((folder / "adapter.json").read_text()), load_file(folder / "adapter.safetensors")
    for p in model.parameters():
        p.requires_grad_(False)
    shared = None
    if "task.gate" in tensors:
        shared = torch.nn.Parameter(tensors["task.embedding"]), torch.nn.Parameter(tensors["task.gate"])
        model.register_parameter("task_embedding", shared[0])
        model.register_parameter("task_gate", shared[1])
    modules, routing, sites = dict(model.named_modules()), {}, {}
    for spec in card["sites"]:
        path = spec["path"]
        parent, name = path.rpartition(".")[::2]
        own = {k[len(path) + 1:]: v for k, v in tensors.items() if k.startswith(path + ".")}
        site = PresetSite(modules[path], spec, card["adapter"], own, shared)
        site.routing, sites[path] = routing, site
        setattr(modules[parent], name, site)
        if site.activation and name == "down_proj":
            modules[parent].act_fn.register_forward_hook(
                lambda module, inputs, output, site=site: setattr(site, "gate_branch", output))
    for path, site in sites.items():
        if site.spec.get("in_block") and "router_of" not in site.spec:
            block = path.rpartition(".")[0]
            mix_blocks(modules[block], *(sites[f"{block}.{name}_proj"] for name in ("gate", "up", "down")))
    return model, model


class Slice:
    def __init__(self, folder, adapter, adapter_file, dtype, accumulate=1, unpacked=False):
        given = load_file(pathlib.Path(folder) / "inputs.safetensors")
        self.cotangent = given.pop("cotangent").to(dtype)
        model = Qwen3VLForConditionalGeneration.from_pretrained(folder, dtype=dtype, attn_implementation="sdpa")
        if unpacked:
            model = model.dequantize(dtype=dtype).to(dtype)
        self.inputs = dict(given, attention_mask=torch.ones_like(given["input_ids"]),
                           mm_token_type_ids=(given["input_ids"] == model.config.image_token_id).long())
        if "grid_thw" in given:
            self.inputs["image_grid_thw"] = self.inputs.pop("grid_thw")
        if adapter == "preset":
            self.model, inner = add_preset(model, adapter_file)
        else:
            add = add_lora if adapter.startswith("lora") else add_experts
            self.model, inner = add(model, load_file(adapter_file), ALL if adapter.endswith("-all") else ATTENTION)
        # The sample, and again without its first, second, ... token.
        self.micro_batches = [{name: t[:, m:] if name in ("input_ids", "labels", "attention_mask", "mm_token_type_ids") else t
                               for name, t in self.inputs.items()} for m in range(accumulate)]
        self.text = inner.model.language_model
        self.model.train()
        self.trainable = [p for p in self.model.parameters() if p.requires_grad]
        self.optimizer = torch.optim.AdamW(self.trainable, lr=1e-4, weight_decay=0.0)

    def accumulate(self):
        """Gradients of an update; its loss."""
        total = 0.0
        for inputs in self.micro_batches:
            loss = self.model(**inputs).loss / len(self.micro_batches)
            loss.backward()
            total += loss.item()
        return total

    def step(self):
        start, processor = time.perf_counter(), time.process_time()
        loss = self.accumulate()
        norm = torch.nn.utils.clip_grad_norm_(self.trainable, 1.0)
        self.optimizer.step()
        self.optimizer.zero_grad()
        norm = norm.item()
        return dict(seconds=time.perf_counter() - start, cpu_seconds=time.process_time() - processor, loss=loss,
                    grad_norm=norm)

    def compare(self, file):
        """Cosine of every gradient with that of our side; the smallest, and whose it is."""
        self.accumulate()
        ours, worst = load_file(file), (2.0, "")
        own = gradients(self.model)
        for name, gradient in own.items():
            a, b = gradient.flatten().double(), ours[name].flatten().double()
            if max(a.norm(), b.norm()) > 0:  # top-k leaves some experts without any token
                worst = min(worst, (torch.nn.functional.cosine_similarity(a, b, 0).item(), name))
        self.optimizer.zero_grad()
        return dict(cosine=worst[0], tensor=worst[1], tensors=len(own))

    def decode(self, kind, steps, file=None):
        """As our side: given tokens behind the sample; the cosine of all logits with those of a file."""
        ExpertLoop.off = kind == "base"
        given = {name: t for name, t in self.inputs.items() if name != "labels"}
        seconds = processor = 0.0
        logits = []
        with torch.inference_mode():
            out = self.model(**given, use_cache=True, logits_to_keep=1)
            deltas = self.model.model.rope_deltas  # None without a picture
            next_position = given["input_ids"].shape[1] + (0 if deltas is None else int(deltas.item()))
            for i in range(int(steps)):
                start, busy = time.perf_counter(), time.process_time()
                out = self.model(input_ids=torch.tensor([[1000 + 37 * i]]), position_ids=torch.full((3, 1, 1), next_position + i),
                                 past_key_values=out.past_key_values, use_cache=True, logits_to_keep=1)
                logits.append(out.logits[0, -1].float())
                logits[-1].argmax().item()
                seconds, processor = seconds + time.perf_counter() - start, processor + time.process_time() - busy
        ExpertLoop.off = False
        answer = dict(seconds=seconds, cpu_seconds=processor)
        if file:
            theirs = load_file(file)["logits"]
            answer["cosine"] = torch.nn.functional.cosine_similarity(torch.stack(logits), theirs, dim=-1).min().item()
        return answer

    def layers(self):
        start, processor = time.perf_counter(), time.process_time()
        states = self.text(input_ids=self.inputs["input_ids"], attention_mask=self.inputs["attention_mask"],
                           use_cache=False).last_hidden_state
        states.backward(self.cotangent)
        seconds, processor = time.perf_counter() - start, time.process_time() - processor
        self.optimizer.zero_grad()
        return dict(seconds=seconds, cpu_seconds=processor, loss=(states.detach() * self.cotangent).sum().item(), grad_norm=0.0)


def gradients(model):
    """Gradients of the adapter under our names; experts side by side, as our side holds them."""
    out = {}
    for path, module in model.named_modules():
        path = path.removeprefix("base_model.model.")
        if hasattr(module, "lora_A"):
            out[path + ".expert_a"] = module.lora_A["default"].weight.grad
            out[path + ".expert_b"] = module.lora_B["default"].weight.grad
        if not isinstance(module, (ExpertLoop, PresetSite)):
            continue
        if module.a is not None:
            out[path + ".expert_a"] = torch.cat([p.grad for p in module.a], 0)
            out[path + ".expert_b"] = torch.cat([p.grad for p in module.b], 1)
        if isinstance(module, ExpertLoop):
            out[path + ".router.weight"] = module.router.grad
            continue
        if module.vectors is not None:
            out[path + ".expert_vector"] = torch.stack([p.grad for p in module.vectors])
        for name in ("expert_magnitude", "router_weight", "router_bias", "shared_vector", "shared_gate", "threshold_weight",
                     "threshold_bias"):
            if getattr(module, name) is not None:
                ours = name.replace("router_", "router.").replace("threshold_", "threshold.")
                out[f"{path}.{ours}"] = getattr(module, name).grad
    return out


def peak_kib():
    for line in pathlib.Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1])
    return 0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", required=True)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--adapter", choices=["lora", "moe", "lora-all", "moe-all", "preset"])
    parser.add_argument("--adapter-file", help="for preset the native folder")
    parser.add_argument("--dtype", choices=["fp32", "bf16"], default="fp32")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--accumulate", type=int, default=1)
    parser.add_argument("--unpacked", action="store_true", help="of a quantised folder: weights in the dtype instead")
    options = parser.parse_args()
    dtype = torch.bfloat16 if options.dtype == "bf16" else torch.float32
    torch.set_num_threads(options.threads)
    if options.write:
        write(options.model, dtype)
        return
    side = Slice(options.model, options.adapter, options.adapter_file, dtype, options.accumulate, options.unpacked)
    print(json.dumps(dict(ready=True)), flush=True)
    for line in sys.stdin:
        command = line.strip()
        if command == "quit":
            break
        if command == "reset_memory":
            pathlib.Path("/proc/self/clear_refs").write_text("5")
        if command in ("memory", "reset_memory"):
            answer = dict(kib=peak_kib())
        else:
            word, *rest = command.split()
            answer = {"compare": side.compare, "decode": side.decode, "step": side.step, "layers": side.layers}[word](*rest)
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
