// SPDX-License-Identifier: GPL-3.0-or-later
// Stable numbers for tasks and sample types. Internal to core/data.
#pragma once

#include "core/data/dataset.h"

namespace moelora {

// Fills dataset.tasks and dataset.sample_types: names listed in data.tasks or, without them, in a
// task_dataset.json ({"str2id": {name: number}}) beside `record_file` keep their place; others
// follow, whole numbers by value before names. Errors: JsonInvalid, TableInvalid for such a file
// whose numbers are not 1, 2, ...
[[nodiscard]] Status number_names(Dataset& dataset, const DataOptions& data,
                                  const std::string& record_file);

}  // namespace moelora
