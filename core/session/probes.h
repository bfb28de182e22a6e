// SPDX-License-Identifier: GPL-3.0-or-later
// The probes of a run: the few samples that are captioned while it trains, and asked again by
// comparisons and exports of its adapter. They are chosen once and kept in RUN/probes.json.
// Torch-free; blocking; any thread.
#pragma once

#include <string>
#include <vector>

#include "core/data/dataset.h"

namespace moelora {

inline constexpr const char* probes_file = "probes.json";  // {"version": 1, "samples": [...]}

// What data.probes names, in its order, of either part; without names `wanted` samples of different
// pictures, spread over `validation` (over `train` where that is empty). Errors: OptionInvalid for
// a name that is none of a sample, a picture or its file, with near matches.
[[nodiscard]] Result<std::vector<CaptionSample>> choose_probes(
    const std::vector<std::string>& names, std::int64_t wanted, const Dataset& train,
    const Dataset& validation);

// Errors: FileUnwritable, DiskFull.
[[nodiscard]] Status write_probes(const std::string& run, const std::vector<CaptionSample>& probes);
// Errors: FileMissing; RunInvalid, RecordInvalid for a file that is not of this form.
[[nodiscard]] Result<std::vector<CaptionSample>> read_probes(const std::string& run);
// The same without samples whose pictures are gone; none for "" and for a run that kept none.
[[nodiscard]] std::vector<CaptionSample> usable_probes(const std::string& run);

// The run in whose folder, or in a checkpoint of which, an adapter lies; "" without one.
[[nodiscard]] std::string run_of_adapter(const std::string& adapter);

}  // namespace moelora
