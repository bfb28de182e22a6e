// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/adapter/router.h"

#include "core/base/assert.h"

namespace moelora {

TokenRouter::TokenRouter(at::Tensor weight, at::Tensor bias)
    : weight_(std::move(weight)), bias_(std::move(bias)) {}

at::Tensor TokenRouter::logits(const at::Tensor& x) const {
    return at::linear(x.to(weight_.scalar_type()), weight_, bias_);
}

std::unique_ptr<Router> make_router(const SiteSpec& site, const AdapterOptions& options,
                                    const SiteTensors& tensors) {
    if (!site.routed) return nullptr;
    MOELORA_ASSERT(options.router == RouterKind::Token, "a routed site needs a router kind");
    return std::make_unique<TokenRouter>(tensors.router_weight, tensors.router_bias);
}

}  // namespace moelora
