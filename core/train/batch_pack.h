// SPDX-License-Identifier: GPL-3.0-or-later
// Micro-batches of one update as one pass: their samples one behind the other in one row, so that
// the frozen weights are walked through once for all of them. Thread-safe; no state.
#pragma once

#include <span>
#include <vector>

#include "core/data/batch.h"
#include "core/model/attachment.h"

namespace moelora {

struct PackedBatch {
    Batch batch;  // [1, N]; task_ids, sample_types, patches, sample_ids by sample
    Pack pack;
    std::vector<std::int64_t> targets;  // of each micro-batch
};

// In reading order. `keep_padding`: what pads a sample stays behind it, for an adapter that counts
// padding (micro-batches are padded on the right); else it is left out. Copies; `batches` is not
// empty.
[[nodiscard]] PackedBatch pack_of(std::span<const Batch* const> batches, bool keep_padding);
// False for an adapter whose samples depend on what else is in the pass.
[[nodiscard]] bool can_pack(const AdapterOptions& adapter);
// Of a micro-batch in a pack.
[[nodiscard]] std::int64_t packed_tokens(const Batch& batch, bool keep_padding);

}  // namespace moelora
