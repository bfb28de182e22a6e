// SPDX-License-Identifier: GPL-3.0-or-later
// Captions as files: those of an evaluation, and the results file of the COCO caption challenge.
// Torch-free.
#pragma once

#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/record/records.h"

namespace moelora {

inline constexpr const char* evaluation_mark = "evaluation.json";

// [{"image_id": ..., "caption": ...}]: the form that pycocotools' loadRes reads. Image ids are
// numbers where they are whole numbers, else texts; without an id of the data set the digits at
// the end of the picture's name count, as in COCO's own names, else the name. One entry a picture:
// of several prompts the first.
[[nodiscard]] std::string coco_results(const std::vector<EvaluatedSample>& captions);

// evaluation.json, captions.csv, coco_results.json into an existing folder (the caller makes it
// atomic).
[[nodiscard]] Status write_evaluation(const Evaluation& evaluation, const std::string& folder);

}  // namespace moelora
