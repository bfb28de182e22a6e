// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/adapter/balance.h"

#include <cmath>

#include "core/base/assert.h"

namespace moelora {
namespace {

// Means [E] and [E] and [X] of the sums over tokens.
struct Means {
    at::Tensor probabilities, selected, extra;
    Means(const at::Tensor& sums, std::int64_t experts) {
        const at::Tensor means = sums / sums[-1].detach().clamp_min(1);
        probabilities = means.narrow(0, 0, experts);
        selected = means.narrow(0, experts, experts);
        extra = means.narrow(0, 2 * experts, means.size(0) - 2 * experts - 1);
    }
};

}  // namespace

at::Tensor BalanceTerm::sums(const BalanceInput& input) const {
    const at::Tensor& p = input.probabilities;
    std::vector<at::Tensor> columns = {p, input.selected};
    if (const at::Tensor more = extra(input); more.defined()) columns.push_back(more);
    const at::Tensor mask =
        input.mask.defined() ? input.mask : at::ones({p.size(0)}, p.options().requires_grad(false));
    return at::cat({at::mv(at::cat(columns, 1).t(), mask), mask.sum().unsqueeze(0)});
}

at::Tensor BalanceTerm::value(const BalanceInput& input, std::int64_t active) const {
    return of_sums(sums(input), input.probabilities.size(1), active);
}

at::Tensor SwitchBalance::of_sums(const at::Tensor& sums, std::int64_t experts,
                                  std::int64_t active) const {
    const Means mean(sums, experts);
    const at::Tensor product = (mean.selected * mean.probabilities).sum() * experts;
    if (!divide_by_k_) return product;
    if (active == 0) return product / mean.selected.sum().clamp_min(1e-30);
    return product / active;
}

at::Tensor ImportanceBalance::of_sums(const at::Tensor& sums, std::int64_t experts,
                                      std::int64_t) const {
    // The mean over the experts is 1 / E.
    return Means(sums, experts).probabilities.var(unbiased_) * (experts * experts);
}

at::Tensor UniformDivergence::of_sums(const at::Tensor& sums, std::int64_t experts,
                                      std::int64_t) const {
    const at::Tensor mean = Means(sums, experts).probabilities;
    // Without any token the mean is 0, where the logarithm has no gradient.
    return (mean * (mean.clamp_min(1e-30).log() + std::log(static_cast<double>(experts)))).sum();
}

at::Tensor LogitPenalty::extra(const BalanceInput& input) const {
    const at::Tensor sums = at::logsumexp(input.logits, 1, true);
    return sums * sums;
}

at::Tensor LogitPenalty::of_sums(const at::Tensor& sums, std::int64_t experts, std::int64_t) const {
    return Means(sums, experts).extra.sum();
}

at::Tensor ThresholdBalance::extra(const BalanceInput& input) const {
    if (input.level.defined()) return input.probabilities - input.level;
    return input.probabilities - level_;
}

at::Tensor ThresholdBalance::of_sums(const at::Tensor& sums, std::int64_t experts,
                                     std::int64_t) const {
    const Means mean(sums, experts);
    return (mean.selected * mean.extra).sum() * experts;
}

at::Tensor SampleBalance::sums(const BalanceInput& input) const {
    const at::Tensor& p = input.probabilities;
    const at::TensorOptions plain = p.options().requires_grad(false);
    const at::Tensor fixed = p.detach();
    // The first of equals, as the gates choose.
    const at::Tensor order = std::get<1>(at::sort(fixed, /*stable=*/true, 1, /*descending=*/true));
    const at::Tensor likeliest = at::zeros_like(fixed).scatter_(1, order.narrow(1, 0, 1), 1.0);
    at::Tensor columns = at::cat({p, likeliest, at::ones({p.size(0), 1}, plain)}, 1);
    if (input.mask.defined()) columns = columns * input.mask.unsqueeze(1);
    return at::zeros({input.samples, columns.size(1)}, plain)
        .index_add(0, input.sample_of_token, columns)
        .flatten();
}

at::Tensor SampleBalance::of_sums(const at::Tensor& sums, std::int64_t experts,
                                  std::int64_t) const {
    const at::Tensor rows = sums.view({-1, 2 * experts + 1});
    const at::Tensor tokens = rows.narrow(1, 2 * experts, 1).detach();
    const at::Tensor means = rows / tokens.clamp_min(1);
    const at::Tensor products =
        (means.narrow(1, 0, experts) * means.narrow(1, experts, experts).detach()).sum(1);
    return products.sum() / (tokens > 0).sum().clamp_min(1);
}

at::Tensor WithDivergence::extra(const BalanceInput& input) const {
    return term_->extra(input);
}

at::Tensor WithDivergence::value(const BalanceInput& input, std::int64_t active) const {
    return term_->value(input, active) + UniformDivergence().value(input, active) * share_;
}

at::Tensor WithDivergence::of_sums(const at::Tensor& sums, std::int64_t experts,
                                   std::int64_t active) const {
    return term_->of_sums(sums, experts, active) +
           UniformDivergence().of_sums(sums, experts, active) * share_;
}

at::Tensor LocalizedBalance::of_sums(const at::Tensor&, std::int64_t, std::int64_t) const {
    MOELORA_ASSERT(false, "the localized balance loss looks at samples");
    return {};
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

namespace {

std::unique_ptr<BalanceTerm> main_term(const AdapterOptions& options) {
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
        case BalanceKind::SwitchThreshold:
            return std::make_unique<ThresholdBalance>(options.gate_level);
        case BalanceKind::SwitchBySample:
            return std::make_unique<SampleBalance>();
        case BalanceKind::None:
        case BalanceKind::Switch:
            break;
    }
    return std::make_unique<SwitchBalance>(options.balance_divide_by_k);
}

}  // namespace

std::unique_ptr<BalanceTerm> make_balance(const AdapterOptions& options) {
    if (options.balance == BalanceKind::None || options.balance_coef == 0) return nullptr;
    std::unique_ptr<BalanceTerm> term = main_term(options);
    if (options.balance_kl == 0) return term;
    return std::make_unique<WithDivergence>(std::move(term), options.balance_kl);
}

BalanceInput concatenate(const std::vector<BalanceInput>& inputs) {
    std::vector<at::Tensor> probabilities, selected, masks, logits, levels, samples;
    for (const auto& input : inputs) {
        probabilities.push_back(input.probabilities);
        selected.push_back(input.selected);
        logits.push_back(input.logits);
        if (input.level.defined()) levels.push_back(input.level);
        if (input.sample_of_token.defined()) samples.push_back(input.sample_of_token);
        masks.push_back(input.mask.defined()
                            ? input.mask
                            : at::ones({input.selected.size(0)}, input.selected.options()));
    }
    return {at::cat(probabilities),
            at::cat(selected),
            at::cat(masks),
            samples.empty() ? at::Tensor() : at::cat(samples),
            {},
            at::cat(logits),
            levels.empty() ? at::Tensor() : at::cat(levels),
            inputs.front().samples};
}

}  // namespace moelora
