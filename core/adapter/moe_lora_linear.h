// SPDX-License-Identifier: GPL-3.0-or-later
// MoeLoraLinear: one adapted linear layer, composed of the parts its plan names - expert bank,
// router, gate - and returning nothing but y; its routing goes to the context. Engine thread only.
#pragma once

#include <memory>

#include "core/adapter/gate.h"
#include "core/adapter/lora_bank.h"
#include "core/adapter/router.h"
#include "core/adapter/routing_context.h"
#include "core/model/attachment.h"

namespace moelora {

class MoeLoraLinear final : public SiteAdapter {
  public:
    // `number` is the site's place in the context's list; the context outlives the site.
    MoeLoraLinear(const SiteSpec& site, std::size_t number, const AdapterOptions& options,
                  SiteTensors tensors, RoutingContext& context);
    // x [..., in] -> [..., out] in the base's type.
    at::Tensor forward(const FrozenLinear& base, const at::Tensor& x) override;
    void set_scale(double factor) { bank_->set_scale(factor); }
    [[nodiscard]] const SiteTensors& tensors() const { return tensors_; }

  private:
    // y: the base's output for x.
    [[nodiscard]] at::Tensor adapted(const at::Tensor& y, const at::Tensor& x);
    std::size_t number_;
    SiteTensors tensors_;
    RoutingContext& context_;
    std::unique_ptr<Router> router_;
    std::unique_ptr<Gate> gate_;
    std::unique_ptr<ExpertBank> bank_;
};

}  // namespace moelora
