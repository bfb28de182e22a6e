// SPDX-License-Identifier: GPL-3.0-or-later
// Caption data sets: an index of samples read from any accepted form, with issues instead of
// crashes. Torch-free.
#pragma once

#include <string>
#include <vector>

#include "core/base/issue.h"
#include "core/options/options.h"
#include "core/record/records.h"
#include "core/text/chat.h"

namespace moelora {

struct DatasetSample {
    std::string id;             // stable: record number or image id, unique
    std::string image_id;       // groups captions of one picture (split by it)
    Conversation conversation;  // with the answer; absolute image paths
    std::string task;
    std::string file;       // where it stands
    std::int64_t line = 0;  // 1 = first
};

struct Dataset {
    std::string path, root, format, evidence;  // format: "coco", "messages", "sidecar"
    std::vector<DatasetSample> samples;
    std::vector<Issue> issues;       // everything that was left out, and why
    std::vector<std::string> tasks;  // sorted names; index = task id
    std::int64_t images = 0;
};

// `data.path` is a file, or a folder whose form is found by content. Headers of all pictures are
// checked (decoding comes later). Errors: FileMissing, DatasetUnrecognised, JsonInvalid;
// DatasetEmpty is left to the caller.
[[nodiscard]] Result<Dataset> open_dataset(const DataOptions& data, std::int64_t seed = 42);

// Moves the validation part out of `dataset` by image id with the seed; no picture is on both
// sides.
[[nodiscard]] Dataset split_validation(Dataset& dataset, double validation, std::int64_t seed);

// Data order of an epoch: torch.randperm(n) of a generator seeded with seed + epoch
// (training_semantics.md 10).
[[nodiscard]] std::vector<std::int64_t> epoch_order(std::int64_t n, std::int64_t seed,
                                                    std::int64_t epoch);

// The caption task of a sample: first picture, the user's text, the answers as references.
[[nodiscard]] CaptionSample caption_sample(const DatasetSample& sample);
// All samples with the same picture, prompt and task become one, with several references.
[[nodiscard]] std::vector<CaptionSample> caption_samples(const Dataset& dataset);

}  // namespace moelora
