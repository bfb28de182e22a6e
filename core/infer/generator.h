// SPDX-License-Identifier: GPL-3.0-or-later
// Generation with a KV cache: batched prompts of different lengths (left-padded), greedy or
// sampled, cancellable. Rules and order of the logits processors: qwen3vl.md section 11 (as
// transformers' generate). Engine thread only.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "core/adapter/adapter.h"
#include "core/data/batch.h"
#include "core/model/qwen3vl.h"

namespace moelora {

// One row of a step: called on the engine thread for every new token, in row order. true = go on,
// false = stop the whole generation after this step (cancel).
using OnToken = std::function<bool(std::size_t row, TokenId id)>;

struct Generation {
    std::vector<TokenId> ids;  // without the end token
    StopReason stop_reason = StopReason::EndToken;
};

// `prompts`: encoded without answers. `adapter`: attached or nullptr. End ids: the model's, plus
// `extra_end` if >= 0. The same seed gives the same draw for prompt number `first_number` + row,
// whatever the batch and the thread count. Errors: UsageInvalid for no prompts.
[[nodiscard]] Result<std::vector<Generation>> generate(Qwen3VL& model, Adapter* adapter,
                                                       const std::vector<EncodedSample>& prompts,
                                                       const GenerateOptions& options,
                                                       TokenId extra_end = -1,
                                                       const OnToken& on_token = {},
                                                       std::size_t first_number = 0);

// The base's answers and then the adapter's, [2 * prompts]: both decoded in one batch of twice the
// rows over the same weights, the vision tower run once where it is not adapted. on_token's rows
// count the same way. `adapter`: attached and enabled.
[[nodiscard]] Result<std::vector<Generation>> generate_pairs(
    Qwen3VL& model, Adapter& adapter, const std::vector<EncodedSample>& prompts,
    const GenerateOptions& options, TokenId extra_end = -1, const OnToken& on_token = {},
    std::size_t first_number = 0);

// The processors one by one, in place on [V] f32 scores (for tests and for the sampler).
void apply_repetition_penalty(at::Tensor& scores, const std::vector<TokenId>& seen, double penalty);
void apply_top_k(at::Tensor& scores, std::int64_t k);
void apply_top_p(at::Tensor& scores, double p);

}  // namespace moelora
