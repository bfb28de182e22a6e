// SPDX-License-Identifier: GPL-3.0-or-later
// From a collated batch to a forward pass and its loss: the one place where a model's inputs are
// moved to its device and an adapter is told of them. Engine thread only.
#pragma once

#include "core/adapter/adapter.h"
#include "core/data/batch.h"
#include "core/train/batch_pack.h"

namespace moelora {

// `adapter`: attached, or nullptr. `pack`: that of a packed batch. The inputs borrow nothing.
[[nodiscard]] ModelInputs begin_batch(Qwen3VL& model, Adapter* adapter, const Batch& batch,
                                      bool training = false, const Pack& pack = {});

// Shifted cross-entropy of a batch, mean over its targets, fp32 softmax; states and logits are
// formed only where a label is. Undefined loss without targets (nothing is run then).
struct BatchLoss {
    at::Tensor loss;   // []
    at::Tensor extra;  // sum of the layers' balance terms, undefined = none
    std::int64_t targets = 0;
};
[[nodiscard]] BatchLoss batch_loss(Qwen3VL& model, Adapter* adapter, const Batch& batch,
                                   bool training = false);

// What batch_loss gives of each micro-batch of a pack, [micro-batches]; each has targets.
struct PackLoss {
    at::Tensor losses;
    at::Tensor extra;  // undefined = none
};
[[nodiscard]] PackLoss pack_loss(Qwen3VL& model, Adapter* adapter, const PackedBatch& packed,
                                 bool training = false);

}  // namespace moelora
