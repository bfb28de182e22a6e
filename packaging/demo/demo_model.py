# SPDX-License-Identifier: GPL-3.0-or-later
"""Tokenizer, model configuration, batching and exact match of the demo.

Training batches hold pictures of one size only, so they are built without the processor; what the published
processor does with the bundled files is measured by evaluate.py.
"""

import math

import numpy as np
import torch
import torch.nn.functional as F
import transformers.models.qwen3_vl.modeling_qwen3_vl as qwen
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import Qwen3VLConfig, Qwen3VLForConditionalGeneration

from demo_scene import sample_scene
from demo_text import (ANSWERS, BASE_PROMPTS, KINDS, NOUN_PROMPT, PLACES, TASK_PROMPTS, answer, capital, dictionary)

VOCABULARY = 704
SPECIALS = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|vision_start|>", "<|vision_end|>",
            "<|vision_pad|>", "<|image_pad|>", "<|video_pad|>"]
SPLIT = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*"
         r"|\s*[\r\n]+|\s+(?!\S)|\s+")

PIXELS, PATCH = 128, 16
GRID = PIXELS // PATCH  # patches a side
CELLS = GRID // 2  # merged tokens a side
IMAGE_TOKENS = CELLS * CELLS
VISION_WIDTH, TEXT_WIDTH, TEXT_LAYERS, VISION_LAYERS = 128, 192, 4, 4
DEEPSTACK = [1, 2]

# Words that prompts of users are made of; they fill the vocabulary and are met in `Copy:` lines only.
EXTRA_WORDS = """answer short sentence image photo please word words number name list English Chinese what where which
who how many much this that these there left right below behind beside between under over small large big red green
blue yellow orange brown grey white black animal fruit plant sky sun moon star sea sand grass tree cloud day show
tell say give count first second three four five six""".split()


def make_tokenizer(seed=0):
    """Byte-level BPE over the demo's language; Chinese words are given one by one so no merge crosses a word."""
    r = np.random.default_rng(seed)
    corpus = [answer(sample_scene(r), t) for _ in range(2000) for t in ("base", "tags", "count")]
    for k in KINDS:
        corpus += [k.name, k.plural, " " + k.name, " " + k.plural, capital(k.name)] * 60
    for p in BASE_PROMPTS + [NOUN_PROMPT, TASK_PROMPTS["tags"], TASK_PROMPTS["count"], "Translate: ", "Copy: "]:
        corpus += [p] * 300
    corpus += [" " + w for w in EXTRA_WORDS] * 20
    words = [k.chinese for k in KINDS] + [k.measure_word for k in KINDS] + [p.chinese for p in PLACES]
    words += list("一两在的有，。") + ["左边", "上面", "用中文", "描述", "图片"]
    corpus += words * 120 + list("一两在的有，。") * 3000
    corpus += ["user\nassistant\nsystem\nYou are a helpful assistant."] * 50
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(SPLIT), "isolated"),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator(corpus, trainers.BpeTrainer(
        vocab_size=VOCABULARY - len(SPECIALS), initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        special_tokens=[], min_frequency=2, show_progress=False))
    tokenizer.add_special_tokens([AddedToken(s, special=True, normalized=False) for s in SPECIALS])
    return tokenizer


def make_config(tokenizer):
    ident = tokenizer.token_to_id
    text = dict(
        vocab_size=tokenizer.get_vocab_size(), hidden_size=TEXT_WIDTH, intermediate_size=384,
        num_hidden_layers=TEXT_LAYERS, num_attention_heads=6, num_key_value_heads=2, head_dim=32,
        max_position_embeddings=2048, tie_word_embeddings=True, bos_token_id=ident("<|endoftext|>"),
        eos_token_id=ident("<|im_end|>"), rope_parameters=dict(
            rope_type="default", rope_theta=10000.0, mrope_section=[6, 5, 5], mrope_interleaved=True))
    vision = dict(
        hidden_size=VISION_WIDTH, depth=VISION_LAYERS, intermediate_size=384, num_heads=4, out_hidden_size=TEXT_WIDTH,
        patch_size=PATCH, temporal_patch_size=2, spatial_merge_size=2, num_position_embeddings=144,
        deepstack_visual_indexes=DEEPSTACK)
    return Qwen3VLConfig(
        text_config=text, vision_config=vision, image_token_id=ident("<|image_pad|>"),
        video_token_id=ident("<|video_pad|>"), vision_start_token_id=ident("<|vision_start|>"),
        vision_end_token_id=ident("<|vision_end|>"), tie_word_embeddings=True)


def make_model(tokenizer):
    """A fresh model; linears start at fan-in scale, those that end a residual branch smaller."""
    model = Qwen3VLForConditionalGeneration(make_config(tokenizer))
    for name, p in model.named_parameters():
        if p.ndim == 2 and "embed" not in name:
            ends = name.endswith(("o_proj.weight", "down_proj.weight", "attn.proj.weight", "linear_fc2.weight"))
            torch.nn.init.normal_(p, std=0.8 / math.sqrt(p.shape[1]) * (1 / math.sqrt(8) if ends else 1))
    return model


def _same_size_attention(self, hidden_states, cu_seqlens=None, position_embeddings=None, max_seqlen=None, **_):
    """The tower's attention for pictures of one size: one batched call instead of one per picture."""
    rows, pictures = hidden_states.shape[0], cu_seqlens.numel() - 1
    q, k, v = self.qkv(hidden_states).reshape(rows, 3, self.num_heads, -1).permute(1, 0, 2, 3).unbind(0)
    q, k = qwen.apply_rotary_pos_emb_vision(q, k, *position_embeddings)
    q, k, v = (t.reshape(pictures, rows // pictures, self.num_heads, -1).transpose(1, 2) for t in (q, k, v))
    out = F.scaled_dot_product_attention(q, k, v)
    return self.proj(out.transpose(1, 2).reshape(rows, -1))


def use_batched_vision():
    qwen.Qwen3VLVisionAttention.forward = _same_size_attention


def patchify(pictures):
    """(B, PIXELS, PIXELS, 3) in 0..1 -> (B * GRID^2, 3 * 2 * 16 * 16) in the processor's block order, in -1..1."""
    x = torch.as_tensor(pictures)
    x, b = (x - 0.5) / 0.5, x.shape[0]
    x = x.permute(0, 3, 1, 2).reshape(b, 3, CELLS, 2, PATCH, CELLS, 2, PATCH).permute(0, 2, 5, 3, 6, 1, 4, 7)
    x = x.unsqueeze(6).expand(-1, -1, -1, -1, -1, -1, 2, -1, -1)
    return x.reshape(b * GRID * GRID, 3 * 2 * PATCH * PATCH)


def block_order(labels):
    """(B, GRID, GRID) labels of patches -> (B, GRID^2) in the processor's block order."""
    b = labels.shape[0]
    return labels.reshape(b, CELLS, 2, CELLS, 2).transpose(0, 1, 3, 2, 4).reshape(b, -1)


class Encoder:
    """Conversations -> ids, labels and positions, with a cache of encoded strings."""

    def __init__(self, tokenizer):
        self.tokenizer, self.cache = tokenizer, {}
        self.before = self.ids("<|im_start|>user\n<|vision_start|>")
        self.after = self.ids("<|vision_end|>")
        self.text_only = self.ids("<|im_start|>user\n")
        self.middle = self.ids("<|im_end|>\n<|im_start|>assistant\n")
        self.end = self.ids("<|im_end|>")
        self.image = tokenizer.token_to_id("<|image_pad|>")
        self.pad = tokenizer.token_to_id("<|endoftext|>")

    def ids(self, text):
        if text not in self.cache:
            self.cache[text] = self.tokenizer.encode(text, add_special_tokens=False).ids
        return self.cache[text]

    def row(self, prompt, said, image=True):
        """(ids, labels) of one turn; prompt and answer are strings or lists of ids."""
        prompt, said = (self.ids(t) if isinstance(t, str) else t for t in (prompt, said))
        head = self.before + [self.image] * IMAGE_TOKENS + self.after if image else self.text_only
        head = head + prompt + self.middle
        return head + said + self.end, [-100] * len(head) + said + self.end

    def batch(self, rows, image=True):
        """Right-padded ids (B, L), labels (B, L), M-RoPE positions (3, B, L)."""
        length = max(len(ids) for ids, _ in rows)
        ids = torch.full((len(rows), length), self.pad)
        labels = torch.full((len(rows), length), -100)
        for i, (a, b) in enumerate(rows):
            ids[i, :len(a)], labels[i, :len(b)] = torch.tensor(a), torch.tensor(b)
        positions = torch.arange(length).view(1, 1, -1).expand(3, len(rows), length).clone()
        if image:
            k, n = len(self.before), torch.arange(IMAGE_TOKENS)
            positions[0, :, k:k + IMAGE_TOKENS] = k
            positions[1, :, k:k + IMAGE_TOKENS] = k + n // CELLS
            positions[2, :, k:k + IMAGE_TOKENS] = k + n % CELLS
            positions[:, :, k + IMAGE_TOKENS:] = torch.arange(length - k - IMAGE_TOKENS) + k + CELLS
        return ids, labels, positions


def see(model, pixels):
    pictures = pixels.shape[0] // (GRID * GRID)
    return model.model.visual(pixels, torch.tensor([[1, GRID, GRID]] * pictures))


def answer_logits(model, ids, labels, positions, seen=None):
    """(logits at labelled positions, their targets, their row). Right padding and the causal mask need no other."""
    embedded, mask, deep = model.model.language_model.embed_tokens(ids), None, None
    if seen is not None:
        mask = ids == model.config.image_token_id
        embedded = embedded.masked_scatter(mask[..., None], seen.pooler_output)
        deep = seen.deepstack_features
    hidden = model.model.language_model(
        inputs_embeds=embedded, position_ids=positions, visual_pos_masks=mask, deepstack_visual_embeds=deep,
        use_cache=False).last_hidden_state
    at = labels[:, 1:] != -100
    return model.lm_head(hidden[:, :-1][at]), labels[:, 1:][at], at.nonzero()[:, 0]


@torch.no_grad()
def exact_matches(model, encoder, pixels, rows, batch=50):
    """Per row: does greedy decoding give exactly the reference? pixels: (rows, GRID^2, 1536).

    Checked at every answer position given the reference so far; all positions right is the same statement.
    """
    was_training = model.training
    model.eval()
    good = []
    for i in range(0, len(rows), batch):
        part = rows[i:i + batch]
        ids, labels, positions = encoder.batch(part)
        seen = see(model, pixels[i:i + batch].reshape(-1, pixels.shape[-1]))
        logits, targets, row = answer_logits(model, ids, labels, positions, seen)
        wrong = torch.zeros(len(part)).index_add_(0, row, (logits.argmax(-1) != targets).float())
        good += (wrong == 0).tolist()
    model.train(was_training)
    return good


def answer_tokens(encoder, scenes):
    """Ids that occur in any answer or task prompt: what `Copy:` lines are made of."""
    found = {i for s in scenes for t in ANSWERS for i in encoder.ids(answer(s, t))}
    for p in list(TASK_PROMPTS.values()) + [" " + w for w in EXTRA_WORDS]:
        found |= set(encoder.ids(p))
    return sorted(found)


def text_row(encoder, rnd, pairs, tokens):
    """A dictionary line or a line to copy, without picture."""
    if rnd.random() < 0.5:
        a, b = rnd.choice(pairs)
        if rnd.random() < 0.5:
            a, b = b, a
        return encoder.row("Translate: " + a, b, image=False)
    some = [rnd.choice(tokens) for _ in range(rnd.randint(3, 7))]
    return encoder.row(encoder.ids("Copy: ") + some, some, image=False)
