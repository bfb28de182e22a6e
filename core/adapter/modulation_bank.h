// SPDX-License-Identifier: GPL-3.0-or-later
// ModulationBank: one low-rank update d = s B A x for all experts, whose channels each expert
// multiplies by a vector of its own (LiME, adapters.md 11.5): y = base + d ⊙ Σ w_e m_e (+ g d ⊙
// m_shared). Engine thread only. Tensors are shared with the adapter.
#pragma once

#include "core/adapter/expert_bank.h"

namespace moelora {

// One dropout draw, as there is one update.
class ModulationBank final : public ExpertBank {
  public:
    ModulationBank(const SiteSpec& site, const AdapterOptions& options, const SiteTensors& tensors);
    [[nodiscard]] at::Tensor mix(const at::Tensor& base, const at::Tensor& x,
                                 const at::Tensor& weights, Noise* noise) const override;
    [[nodiscard]] at::Tensor update(const at::Tensor& x, Noise* noise) const override;
    [[nodiscard]] at::Tensor with_update(const at::Tensor& base, const at::Tensor& d,
                                         const at::Tensor& weights) const override;
    void set_scale(double factor) override { factor_ = factor; }

  private:
    SiteTensors tensors_;
    std::int64_t rank_;
    double scale_, factor_ = 1, dropout_;
    DropoutSite site_;
};

}  // namespace moelora
