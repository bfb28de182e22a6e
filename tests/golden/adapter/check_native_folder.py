# SPDX-License-Identifier: GPL-3.0-or-later
"""Loads a native adapter with packaging/python/moelora_adapter.py and compares logits.

    python check_native_folder.py ADAPTER_FOLDER LOGITS.safetensors [--model TEXT_MODEL] [TASK...]
LOGITS.safetensors holds `logits` of the program for the inputs of make_peft_fixture.py, or for those recorded in a folder of
../text_models; the tasks one for each row. Exits 1 when a logit differs by more than 1e-5.
"""
import argparse
import pathlib
import sys

import torch
from safetensors.torch import load_file

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[2] / "packaging" / "python"))
from moelora_adapter import load_adapter  # noqa: E402


def vision_model():
    from make_peft_fixture import inputs, load_model, run
    return load_model(), lambda model: run(model, inputs()).logits, inputs()["attention_mask"]


def text_model(folder):
    from transformers import AutoModelForCausalLM
    recorded = load_file(pathlib.Path(folder) / "recorded.safetensors")
    ids, mask = recorded["input_ids"], recorded["attention_mask"]
    places = (mask.cumsum(-1) - 1).clamp_min(0)
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()
    return model, lambda m: m(input_ids=ids, attention_mask=mask, position_ids=places).logits, mask


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("logits")
    parser.add_argument("tasks", nargs="*")
    parser.add_argument("--model")
    args = parser.parse_args()
    model, run, mask = text_model(args.model) if args.model else vision_model()
    with torch.no_grad():
        base = run(model)
        adapter = load_adapter(model, args.folder)
        if args.tasks:
            adapter.set_tasks(args.tasks)
        if adapter.axes["router"] == "instance":
            adapter.prompt_mask = mask * (load_file(HERE / "peft_lora.safetensors")["labels"] == -100)
        got = run(model)
        adapter.enabled = False
        off = run(model)
        adapter.remove()
        removed = run(model)
    mask = mask.bool()
    difference = (got - load_file(args.logits)["logits"])[mask].abs().max().item()
    change = (got - base)[mask].abs().max().item()
    print(f"largest difference {difference:.3g}, adapter changes logits by {change:.3g}")
    same = torch.equal(off, base) and torch.equal(removed, base)
    return 0 if difference <= 1e-5 and change > 1e-3 and same else 1


if __name__ == "__main__":
    sys.exit(main())
