# SPDX-License-Identifier: GPL-3.0-or-later
"""Adapter folders in the layouts of other programs, and the logits they must give.

    python make_import_fixtures.py

Writes imports/<scheme>/ (adapter_config.json, adapter_model.safetensors) and imports.safetensors with one tensor of
logits for each, on the tiny model and batch of make_peft_fixture.py. `ia3`, `dora` and `rslora` are made and run by PEFT
0.21.2; the mixtures are written in the key schemes of their published code (adapters.md 14) and run by the equations of
adapters.md 7, 9 and 10, expert by expert. Every number comes from a seed.
"""
import json
import pathlib
import shutil

import torch
from peft import IA3Config, LoraConfig, get_peft_model
from safetensors.torch import save_file

from make_peft_fixture import HERE, inputs, load_model, run

OUT = HERE / "imports"
SITES = ["self_attn.q_proj", "mlp.down_proj"]
EXPERTS, RANK, ALPHA, TASKS, WIDTH = 4, 2, 8.0, 3, 5
TASK_OF_ROW = [[1, 3], [2, 0]]  # lists of ids, 0 pads


def drawn(shape, generator, size=0.3):
    return torch.randn(shape, generator=generator) * size


def write(name, config, tensors):
    folder = OUT / name
    folder.mkdir(parents=True)
    save_file({k: v.contiguous() for k, v in sorted(tensors.items())}, folder / "adapter_model.safetensors",
              metadata={"format": "pt"})
    (folder / "adapter_config.json").write_text(json.dumps(config, indent=2, sort_keys=True) + "\n")


def by_peft(name, config, generator):
    model = get_peft_model(load_model(), config).eval()
    with torch.no_grad():
        for key, p in sorted(model.named_parameters()):
            if "ia3_l" in key or "magnitude" in key:
                p.mul_(1 + drawn(p.shape, generator, 0.2))
            elif "lora_" in key:
                p.copy_(drawn(p.shape, generator, 0.1))
        logits = run(model, inputs()).logits
    model.peft_config["default"].base_model_name_or_path = "tests/golden/qwen3vl/right_padded_batch"
    model.save_pretrained(OUT / name)
    written = json.loads((OUT / name / "adapter_config.json").read_text())
    written["target_modules"].sort()  # PEFT writes a set, in another order each time
    (OUT / name / "adapter_config.json").write_text(json.dumps(written, indent=2, sort_keys=True) + "\n")
    (OUT / name / "README.md").unlink(missing_ok=True)
    return logits


class Mixture(torch.nn.Module):
    """y = base(x) + Σ w_e s_e B_e A_e x, expert by expert."""

    def __init__(self, base, generator, shared_a=False, experts=EXPERTS, rank=RANK):
        super().__init__()
        self.base = base
        self.a = [drawn((rank, base.in_features), generator) for _ in range(1 if shared_a else experts)]
        self.a *= experts // len(self.a)
        self.b = [drawn((base.out_features, rank), generator) for _ in range(experts)]
        self.router = drawn((experts, base.in_features), generator)
        self.weights, self.scale = None, ALPHA / rank
        own = torch.Generator().manual_seed(base.in_features)
        self.threshold = drawn((1, base.in_features), own), drawn((1,), own)

    def forward(self, x):
        y, w = self.base(x), self.weights(self, x)
        for e in range(len(self.b)):
            y = y + w[..., e:e + 1] * self.scale * (x @ self.a[e].T @ self.b[e].T)
        return y


def above_threshold(site, x):
    """AdaMoLE: relu(p - τ) over its sum, τ = σ(W x + b) / E."""
    weight, bias = site.threshold
    above = torch.relu(soft(site, x) - torch.sigmoid(x @ weight.T + bias) / EXPERTS)
    return above / above.sum(-1, keepdim=True).clamp_min(1e-30)


def soft(site, x):
    return torch.softmax(x @ site.router.T, -1)


def top_two(site, x):
    value, index = torch.topk(soft(site, x), 2, dim=-1)
    return torch.zeros(x.shape[:-1] + (len(site.router),)).scatter(-1, index, value / value.sum(-1, keepdim=True))


def task_gate(embedding, gate):
    ids = torch.tensor(TASK_OF_ROW)
    used = (ids > 0).float().unsqueeze(2)
    mean = (embedding[ids] * used).sum(1) / used.sum(1)
    weights = torch.softmax(mean @ gate.T, -1)
    return lambda site, x: weights.unsqueeze(1).expand(-1, x.shape[1], -1)


def mixture(generator, weights, scale=None, shared_a=False, by_layer=((EXPERTS, RANK),)):
    """The model with a mixture at every site of SITES, and its sites by path. by_layer: experts and ranks, in turn."""
    model, sites = load_model(), {}
    for number, layer in enumerate(model.model.language_model.layers):
        for path in SITES:
            parent, name = path.split(".")
            site = Mixture(getattr(getattr(layer, parent), name), generator, shared_a, *by_layer[number % len(by_layer)])
            site.weights, site.scale = weights, scale or site.scale
            setattr(getattr(layer, parent), name, site)
            sites[f"model.language_model.layers.{number}.{path}"] = site
    with torch.no_grad():
        return run(model, inputs()).logits, sites


class Updated(torch.nn.Module):
    """(W + s B_e A_e) x, for one expert at a time."""

    def __init__(self, base, generator, experts, scale):
        super().__init__()
        self.base, self.scale, self.expert = base, scale, 0
        self.a = [drawn((RANK, base.in_features), generator) for _ in range(experts)]
        self.b = [drawn((base.out_features, RANK), generator) for _ in range(experts)]

    def forward(self, x):
        return self.base(x) + self.scale * (x @ self.a[self.expert].T @ self.b[self.expert].T)


class MixedBlock(torch.nn.Module):
    """adapters.md 11.1: Σ w_e F_e(x), F_e the whole feed-forward block with the updates of expert e."""

    def __init__(self, block, router):
        super().__init__()
        self.block, self.router = block, router

    def forward(self, x):
        w, y = top_two(self, x), 0
        for e in range(EXPERTS):
            for part in (self.block.gate_proj, self.block.up_proj, self.block.down_proj):
                part.expert = e
            y = y + w[..., e:e + 1] * self.block(x)
        return y


def mixlora(generator):
    """Logits, the sites by path (attention's with one expert), and the routers by path of their block."""
    model, sites, blocks = load_model(), {}, {}
    for number, layer in enumerate(model.model.language_model.layers):
        path = f"model.language_model.layers.{number}."
        for name in ("q_proj", "o_proj"):
            sites[path + "self_attn." + name] = site = Updated(getattr(layer.self_attn, name), generator, 1, ALPHA / RANK)
            setattr(layer.self_attn, name, site)
        for name in ("gate_proj", "up_proj", "down_proj"):
            sites[path + "mlp." + name] = site = Updated(getattr(layer.mlp, name), generator, EXPERTS, ALPHA / 2 / RANK)
            setattr(layer.mlp, name, site)
        router = drawn((EXPERTS, layer.mlp.gate_proj.base.in_features), generator)
        blocks[f"layers.{number}.mlp"] = router
        layer.mlp = MixedBlock(layer.mlp, router)
    with torch.no_grad():
        return run(model, inputs()).logits, sites, blocks


def named(sites, a, b, router=None, prefix="base_model.model.", root=""):
    out = {}
    for path, site in sites.items():
        p = prefix + path.removeprefix(root)
        for e in range(len(site.b)):
            out[a.format(p=p, e=e)] = site.a[e]
            out[b.format(p=p, e=e)] = site.b[e]
        if router:
            out[router.format(p=p)] = site.router
    return out


def main():
    shutil.rmtree(OUT, ignore_errors=True)
    generator = torch.Generator().manual_seed(7)
    logits = {
        "ia3": by_peft("ia3", IA3Config(task_type="CAUSAL_LM", target_modules=["k_proj", "v_proj", "down_proj"],
                                        feedforward_modules=["down_proj"]), generator)}

    # A stream of its own: what was drawn before it stays as it was. attn.qkv has a bias.
    logits["dora"] = by_peft("dora", LoraConfig(task_type="CAUSAL_LM", use_dora=True, r=4, lora_alpha=6, lora_dropout=0.1,
                                                rank_pattern={"down_proj": 2}, alpha_pattern={"q_proj": 3},
                                                target_modules=["q_proj", "down_proj", "qkv"]),
                             torch.Generator().manual_seed(8))

    logits["rslora"] = by_peft("rslora", LoraConfig(task_type="CAUSAL_LM", use_rslora=True, r=4, lora_alpha=6,
                                                    rank_pattern={"down_proj": 2}, alpha_pattern={"q_proj": 3},
                                                    target_modules=["q_proj", "down_proj", "qkv"]),
                               torch.Generator().manual_seed(9))

    logits["loramoe"], sites = mixture(generator, soft)
    config = {"peft_type": "LORA", "r": RANK, "lora_alpha": ALPHA, "lora_nums": EXPERTS, "lora_dropout": 0.0,
              "blc_alpha": 0.0, "blc_weight": 0.0, "target_modules": ["q_proj", "down_proj"]}
    write("loramoe", config, named(sites, "{p}.lora_A{e}.weight", "{p}.lora_B{e}.weight", "{p}.lora_route.weight"))
    write("moe-peft-loramoe", {"peft_type": "LORAMOE", "r": RANK, "lora_alpha": ALPHA, "num_experts": EXPERTS},
          named(sites, "{p}.experts.{e}.lora_A.weight", "{p}.experts.{e}.lora_B.weight", "{p}.moe_gate.weight",
                "loramoe.", "model.language_model."))
    logits["moe-peft-loramoe"] = logits["loramoe"]

    logits["mola"], sites = mixture(generator, top_two)
    write("mola", {"peft_type": "LORA", "r": [RANK] * 2, "lora_alpha": ALPHA},
          named(sites, "{p}.lora_A_{e}.weight", "{p}.lora_B_{e}.weight", "{p}.router.router.weight"))
    write("moe-peft-mola", {"peft_type": "MOLA", "r": RANK, "lora_alpha": ALPHA, "num_experts": EXPERTS, "top_k": 2},
          named(sites, "{p}.experts.{e}.lora_A.weight", "{p}.experts.{e}.lora_B.weight", "{p}.moe_gate.weight", "mola.",
                "model.language_model."))
    logits["moe-peft-mola"] = logits["mola"]

    embedding, gate = drawn((TASKS + 1, WIDTH), generator, 1.0), drawn((EXPERTS, WIDTH), generator, 1.0)
    logits["moelora"], sites = mixture(generator, task_gate(embedding, gate), ALPHA / (RANK * EXPERTS))
    tensors = named(sites, "{p}.lora_A.loraA.{e}.mlp.weight", "{p}.lora_B.loraB.{e}.mlp.weight")
    tensors |= {k.replace(".mlp.weight", ".weight"): v.clone() for k, v in list(tensors.items())}  # upstream's aliases
    for path in sites:  # unused by the shared gate, yet stored
        tensors[f"base_model.model.{path}.lora_task_embedding.weight"] = drawn((TASKS + 1, WIDTH), generator)
        tensors[f"base_model.model.{path}.lora_gate.GateL.weight"] = drawn((EXPERTS, WIDTH), generator)
    tensors |= {"lora_task_embedding.weight": embedding, "lora_gate.GateL.weight": gate}
    write("moelora", {"peft_type": "MMOELORAS", "r": RANK * EXPERTS, "lora_alpha": ALPHA, "expert_num": EXPERTS,
                      "task_num": TASKS, "task_embedding_dim": WIDTH, "lora_dropout": 0.0}, tensors)

    # Streams of their own. One A for all experts of a site.
    logits["hydralora"], sites = mixture(torch.Generator().manual_seed(10), soft, shared_a=True)
    tensors = named(sites, "{p}.lora_A.weight", "{p}.lora_B{e}.weight", "{p}.lora_route.weight")
    write("hydralora", {"peft_type": "LORA", "r": RANK, "lora_alpha": ALPHA, "lora_nums": EXPERTS, "lora_dropout": 0.0}, tensors)

    generator = torch.Generator().manual_seed(11)
    logits["adamole"], sites = mixture(generator, above_threshold)
    tensors = named(sites, "{p}.lora_A.{e}.weight", "{p}.lora_B.{e}.weight", "{p}.lora_gating.weight")
    for key in list(tensors):  # upstream's aliases
        if ".lora_A.0." in key:
            tensors[key.replace("lora_A.0", "moe_layer.experts.0.lora_A")] = tensors[key].clone()
    for path, site in sites.items():
        tensors[f"base_model.model.{path}.lora_threshold.weight"], tensors[f"base_model.model.{path}.lora_threshold.bias"] = site.threshold
    write("adamole", {"peft_type": "ADAMOLE", "r": RANK * EXPERTS, "lora_alpha": ALPHA, "num_experts": EXPERTS, "lora_dropout": 0.0},
          tensors)

    # What the scheme is for: experts by layer, here with ranks of their own, too.
    by_layer = (2, RANK), (5, RANK + 1)
    logits["mola-by-layer"], sites = mixture(torch.Generator().manual_seed(13), top_two, by_layer=by_layer)
    write("mola-by-layer", {"peft_type": "LORA", "r": [r for _, r in by_layer], "lora_alpha": ALPHA, "top_k": 2},
          named(sites, "{p}.lora_A_{e}.weight", "{p}.lora_B_{e}.weight", "{p}.router.router.weight"))

    logits["mixlora"], sites, blocks = mixlora(torch.Generator().manual_seed(12))
    tensors = named({p: s for p, s in sites.items() if len(s.a) > 1}, "{p}.experts.{e}.lora_A.weight",
                    "{p}.experts.{e}.lora_B.weight", None, "mixlora.", "model.language_model.")
    for path, site in sites.items():
        if len(site.a) == 1:
            p = "mixlora." + path.removeprefix("model.language_model.")
            tensors |= {f"{p}.lora_A.weight": site.a[0], f"{p}.lora_B.weight": site.b[0]}
    tensors |= {f"mixlora.{p}.moe_gate.weight": router for p, router in blocks.items()}
    write("mixlora", {"peft_type": "MIXLORA", "r": RANK, "lora_alpha": ALPHA, "lora_dropout": 0.05, "num_experts": EXPERTS,
                      "top_k": 2, "routing_strategy": "mixlora", "expert_lora": {"r": RANK, "lora_alpha": ALPHA / 2}}, tensors)

    save_file({name: value.clone() for name, value in logits.items()}, HERE / "imports.safetensors",
              metadata={"format": "pt"})


if __name__ == "__main__":
    main()
