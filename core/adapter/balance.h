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
    at::Tensor sample_of_token;  // [N] i64, for terms by sample
    at::Tensor sample_types;     // [B] i64, -1 = none; undefined = none has one
    at::Tensor logits{};         // [N, E], for terms that look at them
    at::Tensor level{};          // [N, 1] of a learnt threshold
    std::int64_t samples{};      // of sample_of_token, where that is defined
};

class BalanceTerm {
  public:
    virtual ~BalanceTerm() = default;
    // `active`: experts a token uses (k, or E without top-k); 0 = that varies, so their mean is
    // meant. The value is 0 when no token counts.
    [[nodiscard]] virtual at::Tensor value(const BalanceInput& input, std::int64_t active) const;
    // A term of means over tokens is formed of sums [C] over the tokens that count: of their
    // probabilities [E], of what was selected [E], of `extra`, and their number. Sums of several
    // sites add up to those of all their tokens.
    [[nodiscard]] virtual at::Tensor sums(const BalanceInput& input) const;
    [[nodiscard]] virtual at::Tensor of_sums(const at::Tensor& sums, std::int64_t experts,
                                             std::int64_t active) const = 0;
    // [N, X] beside them, or undefined.
    [[nodiscard]] virtual at::Tensor extra(const BalanceInput&) const { return {}; }
};

// E · Σ_e (f_e / k) · p̄_e, balanced value 1 (or k without the division). f_e, the share of tokens
// that use e, has no gradient.
class SwitchBalance final : public BalanceTerm {
  public:
    explicit SwitchBalance(bool divide_by_k) : divide_by_k_(divide_by_k) {}
    [[nodiscard]] at::Tensor of_sums(const at::Tensor& sums, std::int64_t experts,
                                     std::int64_t active) const override;

  private:
    bool divide_by_k_;
};

// LoRAMoE's localized balancing (adapters.md 9.2): the dispersion of Q ∘ I over samples and
// experts, Q the sums of the probabilities over a sample's tokens (by_length: their means), I = 1 +
// delta for the half that the sample's type favours (type 1 the first), else 1 - delta. Samples
// without a type do not count.
class LocalizedBalance final : public BalanceTerm {
  public:
    LocalizedBalance(double delta, LocalizedForm form, bool by_length)
        : delta_(delta), form_(form), by_length_(by_length) {}
    [[nodiscard]] at::Tensor value(const BalanceInput& input, std::int64_t active) const override;
    // Never: it looks at samples.
    [[nodiscard]] at::Tensor of_sums(const at::Tensor& sums, std::int64_t experts,
                                     std::int64_t active) const override;

  private:
    double delta_;
    LocalizedForm form_;
    bool by_length_;
};

// The dispersion of the mean probabilities p̄ over the experts: Var / mean², the variance unbiased
// (CV² of the importance) or not (SCV, E · Σ_e p̄_e² − 1). Balanced value 0.
class ImportanceBalance final : public BalanceTerm {
  public:
    explicit ImportanceBalance(bool unbiased) : unbiased_(unbiased) {}
    [[nodiscard]] at::Tensor of_sums(const at::Tensor& sums, std::int64_t experts,
                                     std::int64_t active) const override;

  private:
    bool unbiased_;
};

// Σ_e p̄_e (ln p̄_e + ln E), balanced value 0.
class UniformDivergence final : public BalanceTerm {
  public:
    [[nodiscard]] at::Tensor of_sums(const at::Tensor& sums, std::int64_t experts,
                                     std::int64_t active) const override;
};

// Mean over tokens of logsumexp(z)²: no balance, but small logits.
class LogitPenalty final : public BalanceTerm {
  public:
    [[nodiscard]] at::Tensor of_sums(const at::Tensor& sums, std::int64_t experts,
                                     std::int64_t active) const override;
    [[nodiscard]] at::Tensor extra(const BalanceInput& input) const override;
};

// AdaMoLE: E · Σ_e f_e · mean(p_e - τ), τ the threshold, of the option or learnt.
class ThresholdBalance final : public BalanceTerm {
  public:
    explicit ThresholdBalance(double level) : level_(level) {}
    [[nodiscard]] at::Tensor of_sums(const at::Tensor& sums, std::int64_t experts,
                                     std::int64_t active) const override;
    [[nodiscard]] at::Tensor extra(const BalanceInput& input) const override;

  private:
    double level_;
};

// HydraLoRA for LLaVA: the mean over samples of Σ_e p̄_e · f̄_e, p̄ and f̄ means over the sample's
// tokens of the probabilities and of being the likeliest expert (of a dense gate, too, where all
// are selected). f̄ has no gradient. Balanced value 1 / E. Samples of which no token counts are
// none.
class SampleBalance final : public BalanceTerm {
  public:
    // [samples * (2 E + 1)]
    [[nodiscard]] at::Tensor sums(const BalanceInput& input) const override;
    [[nodiscard]] at::Tensor of_sums(const at::Tensor& sums, std::int64_t experts,
                                     std::int64_t active) const override;
};

// A term, and so much of UniformDivergence.
class WithDivergence final : public BalanceTerm {
  public:
    WithDivergence(std::unique_ptr<BalanceTerm> term, double share)
        : term_(std::move(term)), share_(share) {}
    [[nodiscard]] at::Tensor value(const BalanceInput& input, std::int64_t active) const override;
    [[nodiscard]] at::Tensor of_sums(const at::Tensor& sums, std::int64_t experts,
                                     std::int64_t active) const override;
    [[nodiscard]] at::Tensor extra(const BalanceInput& input) const override;

  private:
    std::unique_ptr<BalanceTerm> term_;
    double share_;
};

// nullptr for BalanceKind::None or a coefficient of 0.
[[nodiscard]] std::unique_ptr<BalanceTerm> make_balance(const AdapterOptions& options);

// The inputs one after the other, as if all were tokens of one site.
[[nodiscard]] BalanceInput concatenate(const std::vector<BalanceInput>& inputs);

}  // namespace moelora
