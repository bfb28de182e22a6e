// SPDX-License-Identifier: GPL-3.0-or-later
// Where the tensors of a configuration stand in a folder: published names, or the same without the
// leading "model." (both load in transformers). Torch-free.
#pragma once

#include "core/io/safetensors.h"
#include "core/model/config.h"

namespace moelora {

// nullptrs when absent under either name.
[[nodiscard]] SafetensorsFolder::Located locate_tensor(const SafetensorsFolder& folder,
                                                       const std::string& name);

// Empty when the entry is present, of the right shape and of a float type that can be converted.
// Errors: ModelTensorMissing, ModelTensorShape, SafetensorsInvalid (type).
[[nodiscard]] Status check_tensor(const SafetensorsFolder& folder, const std::string& folder_path,
                                  const TensorShape& wanted);

// An lm_head.weight in the file is used whatever the flags say: copies of merged models keep the
// flag and have their own head.
[[nodiscard]] bool has_own_head(const SafetensorsFolder& folder);

}  // namespace moelora
