// SPDX-License-Identifier: GPL-3.0-or-later
// The samples that a run began with, in their order, in RUN/samples.jsonl. A picture that is gone
// or damaged when the run is resumed is left out by the import, which would move all samples behind
// it; with the list the run goes on with the same order, part by part, and the sample is left out
// where its turn comes. Torch-free; blocking; any thread.
#pragma once

#include <string>
#include <vector>

#include "core/data/dataset.h"

namespace moelora {

// A line with version, fingerprint, tasks and sample types, then one a sample.
inline constexpr const char* samples_file = "samples.jsonl";

// The file's text for a data set as it was opened, before a part was taken out.
[[nodiscard]] std::string sample_list_of(const Dataset& dataset, const std::string& fingerprint);

// A warning (ImageChanged) for each picture of the list that has another size now; one that is gone
// is no change.
[[nodiscard]] std::vector<Issue> pictures_changed_since(const std::string& run,
                                                        const Dataset& dataset);

// Brings `dataset` into the order of the run's list. A sample that is missing because a picture of
// it cannot be used becomes one that names this picture and nothing else; where every other sample
// is there and none differs the fingerprint of the list is given. "", and nothing changed, for
// other data, and where there is no list.
[[nodiscard]] std::string restore_samples(const std::string& run, Dataset& dataset);

}  // namespace moelora
