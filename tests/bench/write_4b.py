# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes a Qwen3-VL folder of the published 4B shapes with random bf16 weights (8.3 GiB), to measure memory and speed without the
published weights.

    python write_4b.py OUT --tokenizer FOLDER     FOLDER: tokenizer.json (or .gz) and tokenizer_config.json of Qwen3

Needs torch and transformers (their class gives names and shapes). Tensors are drawn one after the other; one shard is in memory.
"""
import argparse
import gzip
import json
import pathlib
import shutil

import torch
from safetensors.torch import save_file
from transformers import Qwen3VLConfig, Qwen3VLForConditionalGeneration

SHARD_BYTES = 2 << 30
PREPROCESSOR = dict(do_convert_rgb=True, do_normalize=True, do_rescale=True, do_resize=True, image_mean=[0.5] * 3, image_std=[0.5] * 3,
                    image_processor_type="Qwen2VLImageProcessorFast", merge_size=2, patch_size=16, resample=3,
                    rescale_factor=1 / 255, temporal_patch_size=2, size=dict(shortest_edge=65536, longest_edge=16777216))


def config():
    return Qwen3VLConfig(
        text_config=dict(vocab_size=151936, hidden_size=2560, intermediate_size=9728, num_hidden_layers=36, num_attention_heads=32,
                         num_key_value_heads=8, head_dim=128, max_position_embeddings=262144, rms_norm_eps=1e-6,
                         tie_word_embeddings=True,
                         rope_parameters={"rope_type": "default", "rope_theta": 5000000.0, "mrope_section": [24, 20, 20],
                                          "mrope_interleaved": True}),
        vision_config=dict(depth=24, hidden_size=1024, intermediate_size=4096, num_heads=16, out_hidden_size=2560, patch_size=16,
                           temporal_patch_size=2, spatial_merge_size=2, num_position_embeddings=2304,
                           deepstack_visual_indexes=[5, 11, 17], in_channels=3),
        image_token_id=151655, video_token_id=151656, vision_start_token_id=151652, vision_end_token_id=151653,
        tie_word_embeddings=True, dtype="bfloat16")


def copy_tokenizer(source, out):
    shutil.copy(source / "tokenizer_config.json", out)
    if (source / "tokenizer.json").exists():
        shutil.copy(source / "tokenizer.json", out)
    else:
        (out / "tokenizer.json").write_bytes(gzip.decompress((source / "tokenizer.json.gz").read_bytes()))


def shards(shapes):
    shard, size = [], 0
    for name, shape in shapes.items():
        nbytes = 2 * shape.numel()
        if shard and size + nbytes > SHARD_BYTES:
            yield shard
            shard, size = [], 0
        shard.append(name)
        size += nbytes
    yield shard


def write_weights(out, settings):
    with torch.device("meta"):
        model = Qwen3VLForConditionalGeneration(settings)
    shapes = {name: p.shape for name, p in model.named_parameters()}  # a tied head is no parameter of its own
    generator = torch.Generator().manual_seed(1)
    parts = list(shards(shapes))
    index = dict(metadata=dict(total_size=sum(2 * s.numel() for s in shapes.values())), weight_map={})
    for i, names in enumerate(parts, 1):
        file = f"model-{i:05}-of-{len(parts):05}.safetensors"
        tensors = {}
        for name in names:
            if "norm" in name:
                value = torch.zeros(shapes[name]) if name.endswith("bias") else torch.ones(shapes[name])
            else:
                value = torch.randn(shapes[name], generator=generator) * settings.text_config.initializer_range
            tensors[name] = value.to(torch.bfloat16)
            index["weight_map"][name] = file
        save_file(tensors, out / file, metadata=dict(format="pt"))
        print(file, flush=True)
    (out / "model.safetensors.index.json").write_text(json.dumps(index, indent=1))


def write_inputs(out):
    """A picture of 280 x 280 (288 x 288 to the tower) in a prompt of 16 tokens, and an answer of 16: what bench.py trains on."""
    g = torch.Generator().manual_seed(2)
    text = torch.randint(0, 150000, (32,), generator=g)
    ids = torch.cat([text[:8], torch.tensor([151652]), torch.full((81,), 151655), torch.tensor([151653]), text[8:]]).unsqueeze(0)
    labels = torch.full_like(ids, -100)
    labels[:, -16:] = ids[:, -16:]
    save_file(dict(input_ids=ids, labels=labels, pixel_values=torch.rand(324, 1536, generator=g) * 2 - 1,
                   grid_thw=torch.tensor([[1, 18, 18]]), cotangent=torch.randn(1, ids.shape[1], 2560, generator=g) / 1000),
              out / "inputs.safetensors")


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("out", type=pathlib.Path)
    arguments.add_argument("--tokenizer", type=pathlib.Path, required=True)
    a = arguments.parse_args()
    a.out.mkdir(parents=True)
    settings = config()
    settings.architectures = ["Qwen3VLForConditionalGeneration"]
    settings.save_pretrained(a.out)
    copy_tokenizer(a.tokenizer, a.out)
    (a.out / "preprocessor_config.json").write_text(json.dumps(PREPROCESSOR, indent=1))
    (a.out / "generation_config.json").write_text(json.dumps(dict(eos_token_id=[151645, 151643], do_sample=False), indent=1))
    write_inputs(a.out)
    write_weights(a.out, settings)


if __name__ == "__main__":
    main()
