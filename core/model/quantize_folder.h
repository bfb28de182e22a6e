// SPDX-License-Identifier: GPL-3.0-or-later
// A model folder whose linear layers are quantised, in the layout of bitsandbytes, so that
// transformers loads it too. Engine thread or any other; torch-free header.
#pragma once

#include <functional>
#include <string>

#include "core/base/result.h"

namespace moelora {

struct QuantOptions;  // core/model/quantized_load.h

// Whether a file of this name holds weights, of whatever program: it is stale beside others.
[[nodiscard]] bool holds_weights(const std::string& name);

struct QuantizedFolder {
    std::int64_t bytes_before = 0, bytes_after = 0;  // of the safetensors files
};
// Linears of `source` take `formats`; every other tensor and file is copied as it is,
// but for pickles. Holds the quantised tensors in memory until they are written. `target` appears
// whole or not at all; `replace` lets it take the place of what is there. Errors: everything of
// load_model_config and SafetensorsFolder::open, QuantizationInvalid (quantised already, 4 and 8
// bits mixed, values not finite), those of writing.
[[nodiscard]] Result<QuantizedFolder> quantize_folder(
    const std::string& source, const std::string& target, const QuantOptions& formats,
    bool replace = false, const std::function<void(std::int64_t, std::int64_t)>& progress = {});

}  // namespace moelora
