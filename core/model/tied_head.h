// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/model/tensor_lookup.h"

namespace moelora {

// Whether a head in the file is the tied one after all, byte for byte the embedding: then it is
// neither held nor counted a second time. Cost: reads both tensors, up to the first difference.
[[nodiscard]] bool head_repeats_embedding(const SafetensorsFolder& folder,
                                          const ModelConfig& config);

}  // namespace moelora
