// SPDX-License-Identifier: GPL-3.0-or-later
// Data sets for whoever asks and does not learn.
#pragma once

#include "core/data/dataset.h"

namespace moelora {

// As open_dataset, and what lacks an answer is a sample without one: a record that ends in a
// question or in an empty answer, a picture without a caption, a folder of nothing but pictures
// (format "pictures"; asked data.prompt). Record files beside those that are in no known form are
// named. Errors: those of open_dataset.
[[nodiscard]] Result<Dataset> open_dataset_to_ask(const DataOptions& data);

}  // namespace moelora
