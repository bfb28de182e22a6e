// SPDX-License-Identifier: GPL-3.0-or-later
// Chooses the next token from a row of logits, in the order of transformers' generate: repetition
// penalty, temperature, top-k, top-p, draw. Engine thread only.
#pragma once

#include <ATen/core/Tensor.h>

#include <random>

#include "core/options/options.h"
#include "core/text/tokenizer.h"

namespace moelora {

class Sampler {
  public:
    // `stream` tells rows apart, so that a row draws the same in every batch and order of rows.
    Sampler(const GenerateOptions& options, std::uint64_t stream);
    // scores [V] f32 on the CPU, changed in place. `seen`: prompt and generated ids so far.
    [[nodiscard]] TokenId next(at::Tensor& scores, const std::vector<TokenId>& seen);

  private:
    [[nodiscard]] TokenId draw(const at::Tensor& scores);
    const GenerateOptions& options_;
    std::mt19937_64 random_;  // its sequence is fixed by the C++ standard
};

}  // namespace moelora
