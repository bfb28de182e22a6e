// SPDX-License-Identifier: GPL-3.0-or-later
// From a collated batch to a forward pass: the one place where a model's inputs are moved to its
// device and an adapter is told of them. Engine thread only.
#pragma once

#include "core/adapter/adapter.h"
#include "core/data/batch.h"

namespace moelora {

// `adapter`: attached, or nullptr. The inputs borrow nothing.
[[nodiscard]] ModelInputs begin_batch(Qwen3VL& model, Adapter* adapter, const Batch& batch,
                                      bool training = false);

}  // namespace moelora
