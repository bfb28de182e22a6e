// SPDX-License-Identifier: GPL-3.0-or-later
// The loop behind generate(): one left-padded batch through prefill and one-token steps. Engine
// thread only.
#pragma once

#include "core/infer/generator.h"

namespace moelora {

struct DecodeBatch {
    ModelInputs inputs;                         // left-padded
    std::vector<std::vector<TokenId>> prompts;  // [B] ids without padding
    std::size_t first_row = 0;                  // number of row 0, for its random stream
    bool paired = false;  // the second half repeats the first: same numbers, see ForwardInfo
    const VisionFeatures* features = nullptr;  // see ModelInputs
    std::vector<std::int64_t> end_ids;
    at::Tensor task_ids, patches;    // see ForwardInfo
    DecodeGraphs* graphs = nullptr;  // for the steps behind the prompts; nullptr = launched each
};
using BeforePass = std::function<void(const ForwardInfo&)>;

// on_token gets the row of the batch. Sets `cancelled` when on_token asked to stop.
[[nodiscard]] std::vector<Generation> decode(Qwen3VL& model, const DecodeBatch& batch,
                                             const GenerateOptions& options,
                                             const BeforePass& before_pass, const OnToken& on_token,
                                             bool& cancelled);

}  // namespace moelora
