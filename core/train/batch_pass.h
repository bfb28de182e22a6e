// SPDX-License-Identifier: GPL-3.0-or-later
// From a collated batch to a forward pass and its loss: the one place where a model's inputs are
// moved to its device and an adapter is told of them. Engine thread only.
#pragma once

#include "core/adapter/adapter.h"
#include "core/data/batch.h"

namespace moelora {

// `adapter`: attached, or nullptr. The inputs borrow nothing.
[[nodiscard]] ModelInputs begin_batch(Qwen3VL& model, Adapter* adapter, const Batch& batch,
                                      bool training = false);

// Shifted cross-entropy of a batch, mean over its targets, fp32 softmax; states and logits are
// formed only where a label is. Undefined loss without targets (nothing is run then).
struct BatchLoss {
    at::Tensor loss;   // []
    at::Tensor extra;  // sum of the layers' balance terms, undefined = none
    std::int64_t targets = 0;
};
[[nodiscard]] BatchLoss batch_loss(Qwen3VL& model, Adapter* adapter, const Batch& batch,
                                   bool training = false);

}  // namespace moelora
