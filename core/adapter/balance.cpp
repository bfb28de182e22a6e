// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/adapter/balance.h"

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
    const double factor = static_cast<double>(input.probabilities.size(1)) /
                          (divide_by_k_ ? static_cast<double>(active) : 1.0);
    return (share * mean).sum() * factor;
}

std::unique_ptr<BalanceTerm> make_balance(const AdapterOptions& options) {
    if (options.balance == BalanceKind::None || options.balance_coef == 0) return nullptr;
    return std::make_unique<SwitchBalance>(options.balance_divide_by_k);
}

BalanceInput concatenate(const std::vector<BalanceInput>& inputs) {
    std::vector<at::Tensor> probabilities, selected, masks;
    for (const auto& input : inputs) {
        probabilities.push_back(input.probabilities);
        selected.push_back(input.selected);
        masks.push_back(input.mask.defined()
                            ? input.mask
                            : at::ones({input.selected.size(0)}, input.selected.options()));
    }
    return {at::cat(probabilities), at::cat(selected), at::cat(masks)};
}

}  // namespace moelora
