#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Writes the sample of the newest run, adapter and configuration version with a built program. Samples of older versions stay
# as they were written: run it only for a version that has none yet.
#   tests/golden/formats/make_samples.sh MOELORA VERSION      MOELORA: the command line, e.g. build/ci/app/cli/moelora
set -euo pipefail
moelora=$(readlink -f "$1") version=$2
here=$(cd "$(dirname "$0")" && pwd)
source=$(cd "$here/../../.." && pwd)
config=$here/config-$version.json run=$here/run-$version
place=/tmp/moelora-sample  # whose paths stand in the files, and which the test replaces by its own
ln -sfn "$source" "$place"
trap 'rm "$place"' EXIT
cat > "$config" <<JSON
{"version": $version,
 "model": {"compute_dtype": "fp32"},
 "data": {"probes": ["1", "3"]},
 "adapter": {"preset": "soft", "num_experts": 2, "rank": 1, "targets": ["layers.0.self_attn.q_proj"]},
 "train": {"max_steps": 2, "batch_size": 1, "gradient_accumulation": 1, "save_every": 2, "keep_last": 1, "probe_every": 2},
 "generate": {"max_new_tokens": 4}}
JSON
"$moelora" train --model "$place/resources/demo/model" --data "$place/resources/demo/data/data.jsonl" --config "$config" \
  --set device.name=cpu --set device.threads=1 --out "$place/tests/golden/formats/run-$version" --force
rm -rf "$run"/{lock,tensorboard,metrics.csv}
