// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/adapter/router.h"

#include "core/base/assert.h"
#include "core/ops/cast_linear.h"

namespace moelora {

TokenRouter::TokenRouter(at::Tensor weight, at::Tensor bias)
    : weight_(std::move(weight)), bias_(std::move(bias)) {}

at::Tensor TokenRouter::logits(const at::Tensor& x) const {
    return cast_linear(x, weight_, bias_);
}

std::unique_ptr<Router> make_router(const SiteSpec& site, const AdapterOptions& options,
                                    const SiteTensors& tensors) {
    if (!site.routed) return nullptr;
    MOELORA_ASSERT(options.router == RouterKind::Token, "a routed site needs a router kind");
    return std::make_unique<TokenRouter>(tensors.router_weight, tensors.router_bias);
}

}  // namespace moelora
