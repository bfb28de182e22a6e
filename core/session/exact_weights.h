// SPDX-License-Identifier: GPL-3.0-or-later
// Weights of a model's files as floating-point tensors, beside a loaded model that may hold them
// quantised.
#pragma once

#include "core/adapter/adapter.h"
#include "core/io/safetensors.h"

namespace moelora {

// The type of a file's entry that can be computed with; none for other types.
[[nodiscard]] std::optional<at::ScalarType> float_type(Dtype dtype);
[[nodiscard]] Dtype file_type(at::ScalarType type);  // of those that float_type() gives
// f32 on the CPU, of an entry with such a type.
[[nodiscard]] at::Tensor read_float(const SafetensorsFile& file, const TensorEntry& entry);

// From the model's folder; the files are opened at the first question. Errors: those of
// SafetensorsFolder::open; OptionInvalid where the files hold no such weight.
[[nodiscard]] ExactWeights exact_weights(const std::string& folder);

}  // namespace moelora
