# SPDX-License-Identifier: GPL-3.0-or-later
"""Does transformers read a folder that `moelora quantize` wrote as we do?

    python check_quantized_folder.py QUANTISED_FOLDER FORWARD.safetensors

FORWARD.safetensors is what `moelora forward QUANTISED_FOLDER --conversation ... --dtype fp32 --out` wrote. Prints the largest
difference of logits; exits 1 above 1e-3. Needs the packages of ../requirements.txt and accelerate.
"""
import os
import sys

os.environ["TORCHDYNAMO_DISABLE"] = "1"

import torch
from safetensors.torch import load_file
from transformers import AutoModelForImageTextToText


def main():
    folder, forward = sys.argv[1:]
    ours = load_file(forward)
    model = AutoModelForImageTextToText.from_pretrained(folder, dtype=torch.float32, device_map="cpu").eval()
    quantised = sorted({type(m).__name__ for m in model.modules() if type(m).__module__.startswith("bitsandbytes")})
    count = sum(type(m).__name__ in quantised for m in model.modules())
    inputs = {k: ours[k] for k in ("input_ids", "pixel_values", "image_grid_thw") if k in ours}
    if "pixel_values" in inputs:
        image = model.config.image_token_id
        inputs["mm_token_type_ids"] = (inputs["input_ids"] == image).long()
    with torch.no_grad():
        logits = model(**inputs).logits
    difference = (logits - ours["logits"]).abs().max().item()
    print(f"{count} layers of {quantised}; largest difference of logits {difference:.3g} at magnitude {logits.abs().max():.3g}")
    return difference > 1e-3 or count == 0


if __name__ == "__main__":
    sys.exit(main())
