// SPDX-License-Identifier: GPL-3.0-or-later
// All samples of a data set for the window's Data page. Torch-free, blocking, any thread.
#pragma once

#include <vector>

#include "core/base/result.h"
#include "core/options/options.h"
#include "core/record/records.h"

namespace moelora {

// One entry a picture, prompt and task, with its captions as references, in the order of the data.
// Reads records and headers of pictures, decodes nothing. Errors: those of open_dataset.
[[nodiscard]] Result<std::vector<CaptionSample>> list_samples(const DataOptions& data);

}  // namespace moelora
