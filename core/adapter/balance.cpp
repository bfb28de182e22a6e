// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/adapter/balance.h"

#include <cmath>

namespace moelora {
namespace {

// Mean over the tokens that count, [E].
at::Tensor masked_mean(const at::Tensor& rows, const at::Tensor& mask) {
    if (!mask.defined()) return rows.sum(0) / std::max<std::int64_t>(rows.size(0), 1);
    return at::mv(rows.t(), mask) / mask.sum().clamp_min(1);
}

}  // namespace

at::Tensor SwitchBalance::value(const BalanceInput& input, std::int64_t active) const {
    const at::Tensor share = masked_mean(input.selected, input.mask);
    const at::Tensor mean = masked_mean(input.probabilities, input.mask);
    const auto experts = static_cast<double>(input.probabilities.size(1));
    if (divide_by_k_ && active == 0)
        return (share * mean).sum() * experts / share.sum().clamp_min(1e-30);
    return (share * mean).sum() * (experts / (divide_by_k_ ? static_cast<double>(active) : 1.0));
}

at::Tensor ImportanceBalance::value(const BalanceInput& input, std::int64_t) const {
    const at::Tensor mean = masked_mean(input.probabilities, input.mask);
    const auto experts = static_cast<double>(mean.size(0));
    return mean.var(unbiased_) * (experts * experts);  // the mean over the experts is 1 / E
}

at::Tensor UniformDivergence::value(const BalanceInput& input, std::int64_t) const {
    const at::Tensor mean = masked_mean(input.probabilities, input.mask);
    // Without any token the mean is 0, where the logarithm has no gradient.
    return (mean * (mean.clamp_min(1e-30).log() + std::log(static_cast<double>(mean.size(0)))))
        .sum();
}

at::Tensor LogitPenalty::value(const BalanceInput& input, std::int64_t) const {
    const at::Tensor sums = at::logsumexp(input.logits, 1, true);
    return masked_mean(sums * sums, input.mask).sum();
}

at::Tensor LocalizedBalance::value(const BalanceInput& input, std::int64_t) const {
    const at::Tensor& p = input.probabilities;
    const at::Tensor none = p.sum() * 0;
    if (!input.sample_types.defined()) return none;
    const std::int64_t samples = input.sample_types.size(0), experts = p.size(1);
    const at::Tensor counted =
        input.mask.defined() ? input.mask.unsqueeze(1) : at::ones({p.size(0), 1}, p.options());
    at::Tensor sums =
        at::zeros({samples, experts}, p.options()).index_add(0, input.sample_of_token, p * counted);
    if (by_length_)
        sums = sums / at::zeros({samples, 1}, p.options())
                          .index_add(0, input.sample_of_token, counted.detach())
                          .clamp_min(1);
    const at::Tensor types = input.sample_types.unsqueeze(1);
    const at::Tensor first = at::arange(experts, types.options()) < experts / 2;
    const at::Tensor favoured =
        (types == 1).logical_and(first).logical_or((types == 0).logical_and(first.logical_not()));
    const at::Tensor factor = favoured.to(p.scalar_type()) * (2 * delta_) + (1 - delta_);
    const at::Tensor z =
        (sums * factor).index_select(0, (input.sample_types >= 0).nonzero().squeeze(1)).flatten();
    if (z.numel() < 2) return none;
    const at::Tensor mean = z.mean();
    return z.var(true) / (form_ == LocalizedForm::Cv2 ? mean * mean + 1e-10 : mean);
}

std::unique_ptr<BalanceTerm> make_balance(const AdapterOptions& options) {
    if (options.balance == BalanceKind::None || options.balance_coef == 0) return nullptr;
    switch (options.balance) {
        case BalanceKind::Localized:
            return std::make_unique<LocalizedBalance>(options.balance_delta, options.balance_form,
                                                      options.balance_by_length);
        case BalanceKind::ImportanceCv2:
        case BalanceKind::ImportanceScv:
            return std::make_unique<ImportanceBalance>(options.balance ==
                                                       BalanceKind::ImportanceCv2);
        case BalanceKind::KlUniform:
            return std::make_unique<UniformDivergence>();
        case BalanceKind::ZLoss:
            return std::make_unique<LogitPenalty>();
        case BalanceKind::None:
        case BalanceKind::Switch:
            break;
    }
    return std::make_unique<SwitchBalance>(options.balance_divide_by_k);
}

BalanceInput concatenate(const std::vector<BalanceInput>& inputs) {
    std::vector<at::Tensor> probabilities, selected, masks, logits;
    for (const auto& input : inputs) {
        probabilities.push_back(input.probabilities);
        selected.push_back(input.selected);
        logits.push_back(input.logits);
        masks.push_back(input.mask.defined()
                            ? input.mask
                            : at::ones({input.selected.size(0)}, input.selected.options()));
    }
    return {at::cat(probabilities), at::cat(selected), at::cat(masks), {}, {}, at::cat(logits)};
}

}  // namespace moelora
