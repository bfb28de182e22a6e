// SPDX-License-Identifier: GPL-3.0-or-later
// What an adapter needs of its data, as far as a summary of them tells: before anything is loaded.
// Torch-free and pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/issue.h"
#include "core/options/options.h"
#include "core/record/records.h"

namespace moelora {

// A balance loss that data with so many pictures and sample types leave at zero: the localized one
// parts the experts between two types, and one of image tokens needs pictures. A warning.
[[nodiscard]] std::optional<Issue> doubt_of_balance(const AdapterOptions& adapter,
                                                    std::int64_t images, std::int64_t sample_types);

// Names of tasks in a sentence: "count, tags"; "-" where there are none.
[[nodiscard]] std::string listed_tasks(const std::vector<std::string>& names);

// TaskMissing, an error, where a router by task meets samples without one; and the doubt above.
[[nodiscard]] std::vector<Issue> unmet_needs(const AdapterOptions& adapter,
                                             const DatasetSummary& data);

}  // namespace moelora
