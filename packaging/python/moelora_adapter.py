# SPDX-License-Identifier: GPL-3.0-or-later
"""Serves an adapter of MoE-LoRA Workbench on a transformers model: one file, no build, torch and safetensors only.

    from moelora_adapter import load_adapter
    adapter = load_adapter(model, "my-run/adapter")      # model: AutoModelForImageTextToText.from_pretrained(...)
    adapter.set_tasks(["count"])                         # only for adapters that route by task: one entry a batch row
    adapter.prompt_mask = mask                           # only for adapters with the router `instance`: [B, T], 1 at the tokens
                                                         # of the prompt, 0 at padding and answers; None counts every token
    adapter.enabled = False                              # the base again
    adapter.remove()

The folder is the native form: adapter.json names every axis and every layer, adapter.safetensors holds <path>.expert_a
[E, r, in], <path>.expert_b [E, out, r] (or [R, in], [out, R] with unequal ranks), <path>.expert_magnitude [E, out],
<path>.expert_vector [E, width], <path>.router.weight, <path>.router.bias, <path>.task.embedding, <path>.task.gate, and
task.* for a gate that all layers share; <path>.expert_a [r, in] where all experts share it, <path>.shared_vector [out] and
<path>.shared_gate [1] of a modulation, <path>.threshold.weight [1, in] and <path>.threshold.bias [1] of a learnt threshold,
<path>.start_a and <path>.start_b of a start that is taken off again. Qwen3-VL, and the text models llama, mistral, qwen2 and qwen3. Evaluation only: no
dropout, no noise, no balance loss.
"""
import json
import pathlib

import torch
from safetensors.torch import load_file


def _up(x):
    """What an adapter computes in: at least f32."""
    return x.to(torch.promote_types(x.dtype, torch.float32))


def _likeliest(p, k):
    order = torch.sort(p, dim=-1, descending=True, stable=True).indices[..., :k]
    return torch.zeros_like(p).scatter(-1, order, 1.0)


def _shares(w):
    total = w.sum(-1, keepdim=True)
    return w / total.masked_fill(total == 0, 1.0)


def _gate(logits, axes, top_k, level=None):
    """Mixing weights; folders of older programs know softmax and topk only. `level`: a learnt threshold."""
    kind, level = axes["gate"], axes.get("gate_level", 0.5) if level is None else level
    p = torch.softmax(_up(logits) / axes.get("gate_temperature", 1), -1)
    if kind == "topk" and 0 < top_k < p.shape[-1]:
        w = p * _likeliest(p, top_k)
        return _shares(w) if axes["gate_renormalise"] else w
    if kind == "straight_through":
        return _likeliest(p, 1)
    if kind == "top_p" and level < 1:
        ordered, order = torch.sort(p, dim=-1, descending=True, stable=True)
        w = p * torch.zeros_like(p).scatter(-1, order, (ordered.cumsum(-1) - ordered <= level).to(p.dtype))
        return _shares(w) if axes["gate_renormalise"] else w
    if kind == "threshold":
        return _shares(p * (p >= level))
    if kind == "threshold_shifted":
        return _shares(torch.relu(p - level))
    if kind == "normalised_sigmoid":
        w = torch.sigmoid(_up(logits) / axes.get("gate_temperature", 1))
        return w / (w.sum(-1, keepdim=True) + 1e-12)
    if kind in ("relative", "soft_topk"):
        largest, k, softness = p.amax(-1, keepdim=True), axes["top_k"], axes["gate_softness"]
        if softness == 0:
            return _shares(p * _likeliest(p, 2 * k) * (p >= level * largest))
        ranked = torch.sort(p, dim=-1, descending=True).values[..., min(k, p.shape[-1]) - 1, None]
        w = p * torch.sigmoid((p - (ranked if kind == "soft_topk" else level * largest)) / softness)
        return w / (w.sum(-1, keepdim=True) + 1e-9)
    return p


class _Site:
    """One adapted linear layer: replaces its forward."""

    def __init__(self, adapter, module, spec, tensors):
        self.adapter, self.module, self.spec, self.base = adapter, module, spec, module.forward
        self.t = {k: v.to(module.weight.device, _up(module.weight[:0]).dtype) for k, v in tensors.items()}
        self.gate_branch = None  # for a way down whose router sees the activated gate branch
        self.after_norm = (spec["bank"] == "ia3" and spec["module"] == "k_proj"
                           and adapter.axes["vector_place"] == "after_norm")
        module.forward = self.forward

    def heads(self):
        return self.spec["heads"] if self.spec["router"] == "per_head" and not self.spec["scales_input"] else 1

    def weights(self, tokens, update=None):
        """[..., E] (or [..., heads, E]), None without a router."""
        spec, axes, level = self.spec, self.adapter.axes, None
        if not spec["routed"]:
            return None
        if "router_of" in spec:  # the site whose routing this one takes has just run
            return self.adapter.routing[spec["router_of"]]
        if spec["router"] == "task":
            own = "task.gate" in self.t
            table, gate = (self.t if own else self.adapter.shared)["task.embedding"], \
                (self.t if own else self.adapter.shared)["task.gate"]
            ids = self.adapter.task_ids.to(table.device)
            used = (ids > 0).to(table.dtype).unsqueeze(-1)
            mean = (table[ids] * used).sum(1) / used.sum(1)
            logits = mean @ gate.T
            if spec["vision"]:  # [N, width]: patches in the order of the pictures, or merged groups of them
                patches = self.adapter.patches.to(table.device)
                counts = patches * tokens.shape[0] // patches.sum()
                logits = logits.repeat_interleave(counts, 0)
            else:
                logits = logits.unsqueeze(1).expand(-1, tokens.shape[1], -1)
        elif spec["router"] == "zero_param":
            parts = [_up(v[..., :spec["experts"]]) for v in (tokens, update)]
            whole = axes["router_norm"] == "whole_slice"
            sizes = [(p.abs().max() if whole else p.abs().amax(-1, keepdim=True)).clamp_min(1e-6) for p in parts]
            mix = axes["router_mix"]
            logits = (1 - mix) * parts[0] / sizes[0] + mix * parts[1] / sizes[1]
        else:
            x = _up(tokens)
            if self.heads() > 1:
                x = x.unflatten(-1, (self.heads(), -1))
            if spec["router"] == "low_rank":
                x = x @ self.t["expert_a"].T
            if spec["router"] == "instance":
                x = self.prompt_mean(x)
            logits = x @ self.t["router.weight"].T
            if "router.bias" in self.t:
                logits = logits + self.t["router.bias"]
            if "threshold.weight" in self.t:
                highest = axes["gate_level"] or 1 / spec["experts"]
                level = highest * torch.sigmoid(x @ self.t["threshold.weight"].T + self.t["threshold.bias"])
        w = _gate(logits, axes, spec["top_k"], level)
        self.adapter.routing[spec["path"]] = w
        return w

    def prompt_mean(self, x):
        """[B, T, width] of one mean a sample, kept for the tokens that are generated one by one."""
        if x.shape[1] > 1:
            mask = self.adapter.prompt_mask
            mask = torch.ones(x.shape[:2], device=x.device) if mask is None else mask.to(x.device, x.dtype)
            self.mean = (x * mask.unsqueeze(-1)).sum(1) / mask.sum(1, keepdim=True).clamp_min(1)
        return self.mean.unsqueeze(1).expand(-1, x.shape[1], -1)

    def vector(self, w, like):
        v = self.t["expert_vector"]
        if w is None:
            return v[0].to(like.dtype)
        if self.heads() > 1:
            v = v.unflatten(-1, (self.heads(), -1))
            return torch.einsum("...he,ehd->...hd", w, v).flatten(-2).to(like.dtype)
        return (w @ v).to(like.dtype)

    def forward(self, x, *args, **kwargs):
        if not self.adapter.enabled or self.after_norm:
            self.input = x
            return self.base(x, *args, **kwargs)
        spec = self.spec
        activation = spec["router"] in ("per_head", "token_activation")
        if spec["bank"] == "ia3" and spec["scales_input"]:
            seen = self.gate_branch if activation and self.gate_branch is not None else x
            return self.base(x * self.vector(self.weights(seen), x), *args, **kwargs)
        y = self.base(x, *args, **kwargs)
        if spec["bank"] == "ia3":
            return y * self.vector(self.weights(y if activation else x), y)
        if spec["bank"] == "modulation":
            return self.add_modulated(y, x)
        return self.add_dora(y, x) if spec["bank"] == "dora" else self.add_lora(y, x)

    def add_modulated(self, y, x):
        """One update, each of whose channels the experts multiply."""
        update = _up(x) @ self.t["expert_a"].T @ self.t["expert_b"].T * self.spec["scales"][0]
        w = self.weights(y if self.spec["router"] == "zero_param" else x, update)
        factor = self.t["expert_vector"][0] if w is None else w @ self.t["expert_vector"]
        if "shared_vector" in self.t:
            factor = factor + self.t["shared_gate"] * self.t["shared_vector"]
        return (_up(y) + update * factor).to(y.dtype)

    def add_dora(self, y, x):
        """y + sum of w_e (m_e / n_e * (W + s B_e A_e) x - W x), n_e the row lengths of W + s B_e A_e."""
        w, wide, out = self.weights(x), _up(y), _up(y)
        for e in range(self.spec["experts"]):
            delta = self.of_expert(wide, _up(x), e) - wide
            out = out + (delta if w is None else w[..., e:e + 1] * delta)
        return out.to(y.dtype)

    def add_lora(self, y, x):
        spec = self.spec
        a, b = self.flat("expert")
        h = _up(x) @ a.T
        if spec["bank"] == "lora_shared_a":
            h = h.tile(spec["experts"])
        w = self.weights(x)
        scale = torch.tensor(spec["scales"], device=h.device, dtype=h.dtype)
        factor = scale if w is None else w * scale
        ranks = torch.tensor(spec["ranks"], device=h.device)
        h = h * factor.repeat_interleave(ranks, dim=-1)
        out = _up(y) + h @ b.T
        if "start_a" in self.t:
            a, b = self.flat("start")
            out = out - (_up(x) @ a.T * (scale * spec["start_share"]).repeat_interleave(ranks)) @ b.T
        return out.to(y.dtype)

    def of_expert(self, y, x, e):
        """The layer with expert e alone: y + s B_e A_e x, or DoRA's of it; y is what the frozen layer makes of x."""
        first, rank, scale = sum(self.spec["ranks"][:e]), self.spec["ranks"][e], self.spec["scales"][e]
        a, b = self.flat("expert")
        a = a if self.spec["bank"] == "lora_shared_a" else a[first:first + rank]
        b = b[:, first:first + rank]
        changed = y + scale * (x @ a.T @ b.T)
        if self.spec["bank"] != "dora":
            return changed
        length = self.t["expert_magnitude"][e] / torch.linalg.norm(_up(self.module.weight) + scale * b @ a, dim=1)
        bias = 0 if self.module.bias is None else _up(self.module.bias)
        return length * (changed - bias) + bias

    def flat(self, which):
        """All experts' A by rows, and their B side by side."""
        a, b = self.t[which + "_a"], self.t[which + "_b"]
        return a.flatten(0, 1) if a.dim() == 3 else a, b.permute(1, 0, 2).flatten(1) if b.dim() == 3 else b

    def scale_keys(self, keys):
        """[..., heads, head_dim] behind the norm of the keys."""
        flat = keys.flatten(-2)
        activation = self.spec["router"] in ("per_head", "token_activation")
        return (flat * self.vector(self.weights(flat if activation else self.input), flat)).view_as(keys)


class _Block:
    """A feed-forward block whose experts are whole blocks: sum of w_e F_e(x), F_e with the updates of expert e."""

    def __init__(self, adapter, module, gate, up, down):
        self.adapter, self.module, self.parts, self.base = adapter, module, (gate, up, down), module.forward
        module.forward = self.forward

    def forward(self, x):
        if not self.adapter.enabled:
            return self.base(x)
        gate, up, down = self.parts
        w, x32 = gate.weights(x), _up(x)
        g, u = _up(gate.base(x)), _up(up.base(x))
        inner = [self.module.act_fn(gate.of_expert(g, x32, e)) * up.of_expert(u, x32, e)
                 for e in range(gate.spec["experts"])]
        if down.spec["bank"] == "dora":  # scales what the frozen layer makes of each expert's own input
            return sum(w[..., e:e + 1] * down.of_expert(_up(down.base(h.to(x.dtype))), h, e)
                       for e, h in enumerate(inner)).to(x.dtype)
        y = _up(down.base(sum(w[..., e:e + 1] * h for e, h in enumerate(inner)).to(x.dtype)))
        for e, h in enumerate(inner):
            y = y + w[..., e:e + 1] * down.of_expert(torch.zeros_like(y), h, e)
        return y.to(x.dtype)


class Adapter:
    def __init__(self, model, folder):
        folder = pathlib.Path(folder)
        card = json.loads((folder / "adapter.json").read_text())
        assert card["format"] == "moelora-adapter" and card["format_version"] == 1, "not a native adapter, version 1"
        self.axes, self.tasks, self.enabled = card["adapter"], card["tasks"], True
        self.task_ids, self.patches, self.hooks, self.routing = None, None, [], {}
        self.prompt_mask = None  # [B, T] 1 where a prompt's tokens stand, for a router of samples; None = everywhere
        tensors = load_file(folder / "adapter.safetensors")
        like = _up(next(model.parameters()).flatten()[:0])
        self.shared = {k: v.to(like) for k, v in tensors.items() if k in ("task.embedding", "task.gate")}
        modules, used, self.sites = dict(model.named_modules()), set(self.shared), []
        for spec in card["sites"]:
            path = spec["path"] + "."
            own = {k[len(path):]: v for k, v in tensors.items() if k.startswith(path)}
            used |= {path + k for k in own}
            site = _Site(self, modules[spec["path"]], spec, own)
            self.sites.append(site)
            self.watch(modules, site)
        by_path = {site.spec["path"]: site for site in self.sites}
        self.blocks = [_Block(self, modules[p], *(by_path[f"{p}.{part}_proj"] for part in ("gate", "up", "down")))
                       for p in (path.rpartition(".")[0] for path, site in by_path.items()
                                 if site.spec.get("in_block") and "router_of" not in site.spec)]
        assert used == set(tensors), f"unused tensors: {sorted(set(tensors) - used)}"
        if any(s["router"] == "task" and s["vision"] and s["routed"] for s in card["sites"]):
            self.hooks.append(model.register_forward_pre_hook(self.count_patches, with_kwargs=True))

    def count_patches(self, model, args, kwargs):
        """How many vision patches each row of the batch has: whose they are is what a task gate there asks."""
        ids = kwargs.get("input_ids", args[0] if args else None)
        if ids is not None and kwargs.get("pixel_values") is not None:
            merged = (ids == model.config.image_token_id).sum(1)
            self.patches = merged * model.config.vision_config.spatial_merge_size ** 2

    def watch(self, modules, site):
        """Hooks on the neighbours that a site looks at."""
        parent = site.spec["path"].rpartition(".")[0]
        if site.spec["router"] in ("per_head", "token_activation") and site.spec["module"] == "down_proj":
            def keep(module, inputs, output):
                site.gate_branch = output
            self.hooks.append(modules[parent].act_fn.register_forward_hook(keep))
        norm = modules.get(parent + ".k_norm")  # llama and qwen2 have none: there k_proj's output is scaled
        site.after_norm = site.after_norm and norm is not None
        if site.after_norm:
            def scale(module, inputs, output):
                return site.scale_keys(output) if self.enabled else None
            self.hooks.append(norm.register_forward_hook(scale))

    def set_tasks(self, rows):
        """One entry a row of the batch: the name of a task, or several as a list."""
        rows = [[r] if isinstance(r, str) else list(r) for r in rows]
        width = max(len(r) for r in rows)
        self.task_ids = torch.tensor([[self.tasks.index(t) + 1 for t in r] + [0] * (width - len(r)) for r in rows])

    def remove(self):
        for hook in self.hooks:
            hook.remove()
        for replaced in self.blocks + self.sites:
            replaced.module.forward = replaced.base


def load_adapter(model, folder):
    return Adapter(model, folder)
