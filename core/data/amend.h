// SPDX-License-Identifier: GPL-3.0-or-later
// What a user changes of a data set without touching its files: samples that are left out
// (data.exclude) and captions that stand in for others (data.edits). Torch-free, no state.
#pragma once

#include <map>
#include <string>

#include "core/data/dataset.h"

namespace moelora {

struct CaptionEdit {
    std::string was, now;  // an edit of another caption than `was` is not used
    bool operator==(const CaptionEdit&) const = default;
};
using CaptionEdits = std::map<std::string, CaptionEdit>;  // by sample id

// {"version": 1, "captions": {"ID": {"was": "...", "now": "..."}}}. Errors: FileMissing,
// FileUnreadable, JsonInvalid.
[[nodiscard]] Result<CaptionEdits> read_caption_edits(const std::string& file);
[[nodiscard]] Status write_caption_edits(const std::string& file, const CaptionEdits& edits);

// Puts corrected captions in place, then leaves out what data.exclude names: the sample of that id,
// else every sample with a picture of that id, path or file name. What does not fit is an issue.
[[nodiscard]] Status amend(Dataset& dataset, const DataOptions& data);

}  // namespace moelora
