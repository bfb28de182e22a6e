// SPDX-License-Identifier: GPL-3.0-or-later
// Router: from what a site sees to one logit for each token and expert (adapters.md 4). Later
// routers (task, instance, per head) are further members of this family. Engine thread only.
#pragma once

#include <ATen/core/Tensor.h>

#include <memory>

#include "core/adapter/plan.h"
#include "core/adapter/site_tensors.h"

namespace moelora {

class Router {
  public:
    virtual ~Router() = default;
    // x [N, in] of any float type, before adapter dropout -> [N, E] in the router's own type, f32
    // (f64 in checks): routing is never decided in half precision.
    [[nodiscard]] virtual at::Tensor logits(const at::Tensor& x) const = 0;
};

// z = x Wᵀ (+ bias), W [E, in].
class TokenRouter final : public Router {
  public:
    TokenRouter(at::Tensor weight, at::Tensor bias);
    [[nodiscard]] at::Tensor logits(const at::Tensor& x) const override;

  private:
    at::Tensor weight_, bias_;
};

// nullptr for a site without router.
[[nodiscard]] std::unique_ptr<Router> make_router(const SiteSpec& site,
                                                  const AdapterOptions& options,
                                                  const SiteTensors& tensors);

}  // namespace moelora
