#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Seeds of the fuzz targets: a small valid input of each kind, fixtures of the repository, and the shared broken files where
they are there.

    make_seeds.py FOLDER [SHARED_DATA]      writes FOLDER/TARGET/NAME
"""
import json
import pathlib
import struct
import sys
import zlib

ROOT = pathlib.Path(__file__).resolve().parents[2]
MOST = 16384  # longer inputs only slow a fuzzer down
CAPTION, QUESTION = "A red kite above a field.", "Describe the bird."


def safetensors(header, data):
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


def tensors():
    header = {"__metadata__": {"format": "pt"}, "a": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]},
              "b": {"dtype": "BF16", "shape": [4], "data_offsets": [24, 32]}}
    return {"two": safetensors(header, bytes(32)), "none": safetensors({}, b"")}


def configs():
    text = {"vocab_size": 512, "hidden_size": 64, "intermediate_size": 96, "num_hidden_layers": 2, "num_attention_heads": 4,
            "num_key_value_heads": 2, "head_dim": 16, "hidden_act": "silu", "max_position_embeddings": 512,
            "rms_norm_eps": 1e-6, "rope_theta": 10000.0}
    vision = {"depth": 2, "hidden_size": 32, "hidden_act": "gelu_pytorch_tanh", "intermediate_size": 48, "num_heads": 2,
              "in_channels": 3, "patch_size": 16, "spatial_merge_size": 2, "temporal_patch_size": 2, "out_hidden_size": 64,
              "num_position_embeddings": 64, "deepstack_visual_indexes": [0]}
    rope = {"rope_type": "default", "mrope_section": [3, 3, 2], "mrope_interleaved": True}
    qwen = {"model_type": "qwen3_vl", "image_token_id": 500, "video_token_id": 501, "vision_start_token_id": 502,
            "vision_end_token_id": 503, "tie_word_embeddings": True, "vision_config": vision,
            "text_config": {**text, "rope_scaling": rope}}
    llama3 = {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
              "original_max_position_embeddings": 128}
    llama = {"model_type": "llama", **text, "rope_scaling": llama3, "attention_bias": False}
    processor = {"patch_size": 16, "temporal_patch_size": 2, "merge_size": 2, "image_mean": [0.5] * 3, "image_std": [0.5] * 3,
                 "size": {"shortest_edge": 65536, "longest_edge": 16777216}, "rescale_factor": 0.00392156862745098}
    run = {"version": 1, "data": {"resize": [280, 280], "captions_per_image": "random", "columns": ["image=file"]},
           "adapter": {"preset": "soft", "targets": ["q_proj"], "layer_experts": [4, 2]}, "train": {"learning_rate": 1e-4}}
    out = {"qwen": qwen, "llama": llama, "qwen3": {**llama, "model_type": "qwen3"}, "processor": processor, "run": run}
    out["mistral"] = {**llama, "model_type": "mistral", "sliding_window": 64, "rope_scaling": None}
    found = {name: json.dumps(value).encode() for name, value in out.items()}
    for preset in (ROOT / "resources/presets").glob("*.json"):
        found[preset.stem] = preset.read_bytes()
    return found


def records():
    user, answer = {"role": "user", "content": "<image>" + QUESTION}, {"role": "assistant", "content": CAPTION}
    parts = [{"type": "image", "image": "a.png"}, {"type": "text", "text": QUESTION}]
    turns = [{"from": "human", "value": "<image>\n" + QUESTION}, {"from": "gpt", "value": CAPTION}]
    inline = [{"from": "user", "value": "COCO Yes: <|vision_start|>images/b.png<|vision_end|>"}, turns[1]]
    coco = {"images": [{"id": 7, "file_name": "a.png", "height": 1, "width": 1}, {"id": 8, "file_name": "b.png"}],
            "annotations": [{"id": 1, "image_id": 7, "caption": CAPTION}, {"id": 2, "image_id": 8, "caption": "四个方块"}]}
    messages = [{"messages": [user, answer], "images": ["a.png"], "task": "caption", "split": "train"},
                {"messages": [{"role": "user", "content": parts}, answer], "task": ["vqa", "count"], "sample_type": 1}]
    alpaca = [{"instruction": QUESTION, "input": "now", "output": CAPTION, "images": ["a.png"], "history": [["a", "b"]]}]
    lists = {"messages": messages, "sharegpt": [{"id": "1", "image": "a.png", "conversations": turns, "system": "s"}],
             "inline": [{"id": "identity_1", "conversations": inline}], "alpaca": alpaca,
             "turns": [{"image": ["a.png"], "conversation": [{"human": QUESTION, "assistant": CAPTION}]}]}
    out = {"coco": json.dumps(coco).encode()}
    for name, value in lists.items():
        out[name] = json.dumps(value, ensure_ascii=False).encode()
        out[name + "_lines"] = "\n".join(json.dumps(one) for one in value).encode()
    return out


def tables():
    rows = 'image_path,caption,task,split\na.png,"A cat, asleep.",caption,train\nimages/b.png,"two\nlines ""quoted""",short,val\n'
    return {"comma": rows.encode(), "semicolon": rows.replace(",", ";").encode(), "tab": rows.replace(",", "\t").encode(),
            "mark": b"\xef\xbb\xbf" + rows.replace("\n", "\r\n").encode(), "utf16": rows.encode("utf-16")}


def byte_level():
    """A tokenizer.json of the 256 bytes, one merge and one control token."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    letters = [chr(b) for b in printable] + [chr(256 + i) for i in range(256 - len(printable))]
    vocab = {letter: i for i, letter in enumerate([*letters, "th"])}
    split = {"type": "Split", "pattern": {"Regex": "\\p{L}+|\\s+|."}, "behavior": "Isolated", "invert": False}
    level = {"type": "ByteLevel", "add_prefix_space": False, "use_regex": False}
    added = [{"id": 300, "content": "<|im_end|>", "special": True, "normalized": False}]
    return {"added_tokens": added, "normalizer": {"type": "NFC"}, "model": {"type": "BPE", "vocab": vocab, "merges": ["t h"]},
            "pre_tokenizer": {"type": "Sequence", "pretokenizers": [split, level]}}


def field(number, value):
    """One field of a protocol buffer: bytes, a whole number, or a float."""
    if isinstance(value, bytes):
        return bytes([number << 3 | 2, len(value)]) + value
    if isinstance(value, float):
        return bytes([number << 3 | 5]) + struct.pack("<f", value)
    return bytes([number << 3, value])


def pieces(kind):
    """A SentencePiece model: 1 = unigram, 2 = BPE."""
    words = [("<unk>", 0.0, 2), ("<s>", 0.0, 3), ("</s>", 0.0, 3), ("<0x0A>", 0.0, 6), ("\u2581", -1.0, 1), ("a", -2.0, 1),
             ("\u2581a", -1.5, 1), ("red", -3.0, 1), ("r", -4.0, 1), ("e", -4.5, 1), ("d", -5.0, 1)]
    out = b"".join(field(1, field(1, w.encode()) + field(2, score) + field(3, t)) for w, score, t in words)
    return out + field(2, field(3, kind)) + field(3, field(1, b"identity") + field(3, 1))


def tokenizers():
    out = {"bytes": json.dumps(byte_level()).encode(), "unigram": pieces(1), "bpe": pieces(2)}
    golden = ROOT / "tests/golden/text"
    for path in golden.glob("**/*"):
        if path.name in ("tokenizer.json", "tokenizer.model") and path.stat().st_size <= MOST:
            out[f"golden_{path.parent.name}_{path.name}"] = path.read_bytes()
    return out


def png(width, height, colour, depth, body):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    head = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(body)) + chunk(b"IEND", b"")


def pictures():
    rows = b"".join(b"\0" + bytes(range(y, y + 12)) for y in range(4))
    bmp = b"BM" + struct.pack("<IHHI", 54 + 48, 0, 0, 54) + struct.pack("<IiiHHIIiiII", 40, 4, 4, 1, 24, 0, 48, 0, 0, 0, 0)
    entries = [(256, 3, 4), (257, 3, 4), (258, 3, 8), (259, 3, 1), (262, 3, 1), (273, 4, 122), (277, 3, 1), (278, 3, 4),
               (279, 4, 16)]
    tags = b"".join(struct.pack("<HHIHH" if kind == 3 else "<HHII", tag, kind, 1, *((value, 0) if kind == 3 else (value,)))
                    for tag, kind, value in entries)
    tiff = b"II*\0" + struct.pack("<IH", 8, len(entries)) + tags + bytes(4) + bytes(16)
    lossless = b"VP8L" + struct.pack("<I", 14) + b"\x2f" + struct.pack("<I", 3 | 3 << 14) + bytes([0x07, 0x10] + [0] * 7)
    webp = b"RIFF" + struct.pack("<I", 4 + len(lossless)) + b"WEBP" + lossless
    return {"rgb.png": png(4, 4, 2, 8, rows), "grey16.png": png(4, 4, 0, 16, b"".join(b"\0" + bytes(8) for _ in range(4))),
            "alpha.png": png(2, 2, 6, 8, (b"\0" + bytes(8)) * 2), "a.bmp": bmp + bytes(48), "a.tif": tiff, "a.webp": webp}


SEEDS = {"safetensors": tensors, "config": configs, "dataset": records, "csv": tables, "tokenizer": tokenizers,
         "image": pictures}
# Of the shared broken files: folder, endings.
SHARED = {"safetensors": ("safetensors", ""), "config": ("config", ".json"), "dataset": ("datasets", ".json .jsonl"),
          "csv": ("datasets", ".csv .tsv"), "tokenizer": ("tokenizers", ""), "image": ("images", "")}


def main():
    out = pathlib.Path(sys.argv[1])
    shared = pathlib.Path(sys.argv[2]) / "bad" if len(sys.argv) > 2 else out / "none"
    for target, make in SEEDS.items():
        seeds = make()
        folder, endings = SHARED[target]
        for path in sorted((shared / folder).glob("**/*")):
            fits = path.is_file() and path.stat().st_size <= MOST and (not endings or path.suffix in endings.split())
            if fits:
                seeds["_".join(path.relative_to(shared).parts)] = path.read_bytes()
        (out / target).mkdir(parents=True, exist_ok=True)
        for name, content in seeds.items():
            (out / target / name).write_bytes(content)


if __name__ == "__main__":
    main()
