// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/adapter/moe_lora_linear.h"

namespace moelora {

MoeLoraLinear::MoeLoraLinear(const SiteSpec& site, std::size_t number,
                             const AdapterOptions& options, SiteTensors tensors,
                             RoutingContext& context)
    : number_(number),
      tensors_(std::move(tensors)),
      context_(context),
      router_(make_router(site, options, tensors_)),
      gate_(make_gate(site, options)),
      bank_(make_bank(site, options, tensors_)) {}

at::Tensor MoeLoraLinear::forward(const FrozenLinear& base, const at::Tensor& x) {
    const at::Tensor y = base.base(x);
    if (!context_.enabled) return y;
    if (!context_.paired()) return adapted(y, x);
    const auto inputs = x.chunk(2), outputs = y.chunk(2);
    return at::cat({outputs[0], adapted(outputs[1], inputs[1])});
}

at::Tensor MoeLoraLinear::adapted(const at::Tensor& y, const at::Tensor& x) {
    const at::Tensor rows = x.reshape({-1, x.size(-1)});
    at::Tensor weights;
    if (router_) {
        const Routed routed = gate_->route(router_->logits(rows), context_.noise());
        context_.record(number_, routed, x.sizes().slice(0, static_cast<std::size_t>(x.dim()) - 1));
        weights = routed.weights;
    }
    return bank_->mix(y.view({-1, y.size(-1)}), rows, weights, context_.noise()).view_as(y);
}

}  // namespace moelora
