// SPDX-License-Identifier: GPL-3.0-or-later
// Balance terms (adapters.md 5.1): a scalar of one set of tokens, here the tokens of a site, or of
// all sites of a layer one after the other. Pure; thread-safe.
#pragma once

#include <ATen/core/Tensor.h>

#include <memory>

#include "core/options/options.h"

namespace moelora {

// What a term looks at, [N, E] and [N].
struct BalanceInput {
    at::Tensor probabilities;
    at::Tensor selected;  // 0 or 1
    at::Tensor mask;      // [N] 0 or 1 in the probabilities' type; undefined = every token counts
};

class BalanceTerm {
  public:
    virtual ~BalanceTerm() = default;
    // `active`: experts a token uses (k, or E without top-k). 0 when no token counts.
    [[nodiscard]] virtual at::Tensor value(const BalanceInput& input,
                                           std::int64_t active) const = 0;
};

// E · Σ_e (f_e / k) · p̄_e, balanced value 1 (or k without the division). f_e, the share of tokens
// that use e, has no gradient.
class SwitchBalance final : public BalanceTerm {
  public:
    explicit SwitchBalance(bool divide_by_k) : divide_by_k_(divide_by_k) {}
    [[nodiscard]] at::Tensor value(const BalanceInput& input, std::int64_t active) const override;

  private:
    bool divide_by_k_;
};

// nullptr for BalanceKind::None or a coefficient of 0.
[[nodiscard]] std::unique_ptr<BalanceTerm> make_balance(const AdapterOptions& options);

// The inputs one after the other, as if all were tokens of one site.
[[nodiscard]] BalanceInput concatenate(const std::vector<BalanceInput>& inputs);

}  // namespace moelora
