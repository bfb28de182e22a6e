// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/adapter/gate.h"

#include <algorithm>

#include "core/base/assert.h"

namespace moelora {

namespace {

// 1 for the k likeliest of each row. A stable sort, because topk leaves the order of equal values
// to the device.
at::Tensor likeliest(const at::Tensor& fixed, std::int64_t k) {
    const at::Tensor order = std::get<1>(at::sort(fixed, /*stable=*/true, 1, /*descending=*/true));
    return at::zeros_like(fixed).scatter_(1, order.narrow(1, 0, std::min(k, fixed.size(1))), 1.0);
}

// Rows of zeros stay so.
at::Tensor shares(const at::Tensor& weights) {
    const at::Tensor sum = weights.sum(1, true);
    return weights / sum.masked_fill(sum == 0, 1.0);
}

}  // namespace

Routed Gate::route(const at::Tensor& logits, Noise* noise, const at::Tensor& level,
                   const at::Tensor& samples) const {
    at::Tensor z = logits;
    if (noise && relaxed_) z = z + noise->logistic(z, samples);
    if (noise && jitter_ > 0) z = noise->jitter(z, jitter_);
    if (temperature_ != 1) z = z / temperature_;
    const bool drops = noise != nullptr && dropout_ > 0;
    const bool on_logits = dropout_on_ == GateDropoutOn::Logits;
    if (drops && on_logits) z = noise->drop(z, dropout_);
    const at::Tensor probabilities = at::softmax(z, 1);
    const bool dropped = drops && !on_logits;
    const at::Tensor left = dropped ? noise->drop(probabilities, dropout_) : probabilities;
    Choice choice = choose_of_logits(z);
    if (!choice.weights.defined())
        choice = level.defined() ? choose_above(left, level) : choose(left, dropped);
    return {std::move(choice.weights), probabilities, std::move(choice.selected), z, level};
}

Gate::Choice Gate::choose_above(const at::Tensor& probabilities, const at::Tensor&) const {
    return choose(probabilities, false);
}

Gate::Choice SoftmaxGate::choose(const at::Tensor& probabilities, bool) const {
    return {probabilities, at::ones_like(probabilities.detach())};
}

Gate::Choice TopKGate::choose(const at::Tensor& p, bool dropped) const {
    const at::Tensor fixed = p.detach();
    if (k_ >= p.size(1) && !(renormalise_ && dropped)) return {p, at::ones_like(fixed)};
    const at::Tensor selected = likeliest(fixed, k_);
    if (renormalise_ && k_ == 1) return {selected + p * 0, selected};
    const at::Tensor weights = p * selected;
    return {renormalise_ ? shares(weights) : weights, selected};
}

Gate::Choice StraightThroughGate::choose(const at::Tensor& p, bool) const {
    const at::Tensor fixed = p.detach(), selected = likeliest(fixed, 1);
    return {selected + (p - fixed), selected};
}

Gate::Choice TopPGate::choose(const at::Tensor& p, bool) const {
    const at::Tensor fixed = p.detach();
    at::Tensor selected = at::ones_like(fixed);
    if (level_ < 1) {
        const auto [sorted, order] = at::sort(fixed, /*stable=*/true, 1, /*descending=*/true);
        const at::Tensor before = sorted.cumsum(1) - sorted;
        selected.scatter_(1, order, (before <= level_).to(fixed.scalar_type()));
    }
    const at::Tensor weights = p * selected;
    return {renormalise_ ? shares(weights) : weights, selected};
}

Gate::Choice ThresholdGate::choose(const at::Tensor& p, bool) const {
    const at::Tensor fixed = p.detach();
    const at::Tensor selected =
        (shifted_ ? fixed > level_ : fixed >= level_).to(fixed.scalar_type());
    return {shares(shifted_ ? at::relu(p - level_) : p * selected), selected};
}

Gate::Choice ThresholdGate::choose_above(const at::Tensor& p, const at::Tensor& level) const {
    const at::Tensor above = at::relu(p - level);
    return {shares(above), (above.detach() > 0).to(p.scalar_type())};
}

double highest_level(const AdapterOptions& options, std::int64_t experts) {
    return options.gate_level > 0 ? options.gate_level : 1 / static_cast<double>(experts);
}

Gate::Choice RelativeGate::choose(const at::Tensor& p, bool) const {
    const at::Tensor fixed = p.detach();
    if (softness_ == 0) {
        const at::Tensor near = fixed >= level_ * fixed.amax(1, true);
        const at::Tensor selected = likeliest(fixed, 2 * k_) * near;
        return {shares(p * selected), selected};
    }
    const auto ranked = [&] {
        const at::Tensor sorted = std::get<0>(at::sort(p, /*stable=*/true, 1, /*descending=*/true));
        return sorted.narrow(1, std::min(k_, p.size(1)) - 1, 1);
    };
    const at::Tensor level = by_rank_ ? ranked() : level_ * p.amax(1, true);
    const at::Tensor weights = p * at::sigmoid((p - level) / softness_);
    return {weights / (weights.sum(1, true) + 1e-9), at::ones_like(fixed)};
}

Gate::Choice SigmoidGate::choose(const at::Tensor& p, bool) const {
    return {p, at::ones_like(p.detach())};  // never asked: the logits decide
}

Gate::Choice SigmoidGate::choose_of_logits(const at::Tensor& logits) const {
    const at::Tensor open = at::sigmoid(logits);
    return {open / (open.sum(1, true) + 1e-12), at::ones_like(logits.detach())};
}

std::unique_ptr<Gate> make_gate(const SiteSpec& site, const AdapterOptions& options) {
    if (!site.routes()) return nullptr;
    switch (options.gate) {
        case GateKind::TopK:
            return std::make_unique<TopKGate>(options, site.top_k);
        case GateKind::StraightThrough:
            return std::make_unique<StraightThroughGate>(options);
        case GateKind::TopP:
            return std::make_unique<TopPGate>(options);
        case GateKind::Threshold:
        case GateKind::ThresholdShifted:
            return std::make_unique<ThresholdGate>(options);
        case GateKind::Relative:
        case GateKind::SoftTopK:
            return std::make_unique<RelativeGate>(options);
        case GateKind::NormalisedSigmoid:
            return std::make_unique<SigmoidGate>(options);
        case GateKind::None:
        case GateKind::Softmax:
            break;
    }
    MOELORA_ASSERT(options.gate == GateKind::Softmax, "a routed site needs a gate kind");
    return std::make_unique<SoftmaxGate>(options);
}

}  // namespace moelora
