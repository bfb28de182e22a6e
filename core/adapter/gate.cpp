// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/adapter/gate.h"

#include <algorithm>

#include "core/base/assert.h"

namespace moelora {

Routed Gate::route(const at::Tensor& logits, Noise* noise) const {
    const bool drops = noise != nullptr && dropout_ > 0;
    const bool on_logits = dropout_on_ == GateDropoutOn::Logits;
    const at::Tensor probabilities =
        at::softmax(drops && on_logits ? noise->drop(logits, dropout_) : logits, 1);
    const bool dropped = drops && !on_logits;
    Choice choice = choose(dropped ? noise->drop(probabilities, dropout_) : probabilities, dropped);
    return {std::move(choice.weights), probabilities, std::move(choice.selected)};
}

Gate::Choice SoftmaxGate::choose(const at::Tensor& probabilities, bool) const {
    return {probabilities, at::ones_like(probabilities.detach())};
}

Gate::Choice TopKGate::choose(const at::Tensor& p, bool dropped) const {
    const at::Tensor fixed = p.detach();
    if (k_ >= p.size(1) && !(renormalise_ && dropped)) return {p, at::ones_like(fixed)};
    // A stable sort, because topk leaves the order of equal values to the device.
    const at::Tensor order = std::get<1>(at::sort(fixed, /*stable=*/true, 1, /*descending=*/true));
    const at::Tensor selected =
        at::zeros_like(fixed).scatter_(1, order.narrow(1, 0, std::min(k_, p.size(1))), 1.0);
    if (renormalise_ && k_ == 1) return {selected + p * 0, selected};
    at::Tensor weights = p * selected;
    if (renormalise_) {
        const at::Tensor sum = weights.sum(1, true);
        weights = weights / sum.masked_fill(sum == 0, 1.0);
    }
    return {weights, selected};
}

std::unique_ptr<Gate> make_gate(const SiteSpec& site, const AdapterOptions& options) {
    if (!site.routed) return nullptr;
    if (options.gate == GateKind::TopK) return std::make_unique<TopKGate>(options, site.top_k);
    MOELORA_ASSERT(options.gate == GateKind::Softmax, "a routed site needs a gate kind");
    return std::make_unique<SoftmaxGate>(options);
}

}  // namespace moelora
