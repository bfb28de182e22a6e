// SPDX-License-Identifier: GPL-3.0-or-later
// ExpertBank: the experts of one site and how they change its layer (adapters.md 3.1). LoraBank
// adds low-rank updates, VectorBank multiplies channels, DoraBank (dora_bank.h) does both;
// ModulationBank (modulation_bank.h) multiplies one update. Engine thread only. Tensors are shared
// with the adapter.
#pragma once

#include <ATen/core/Tensor.h>

#include <memory>

#include "core/adapter/noise.h"
#include "core/adapter/plan.h"
#include "core/adapter/site_tensors.h"
#include "core/model/attachment.h"

namespace moelora {

class ExpertBank {
  public:
    virtual ~ExpertBank() = default;
    // base [N, out], x [N, in], weights [N, E] ([N * heads, E] where heads are routed apart) or
    // undefined (one unrouted expert) -> [N, out]. `noise` nullptr: no dropout.
    [[nodiscard]] virtual at::Tensor mix(const at::Tensor& base, const at::Tensor& x,
                                         const at::Tensor& weights, Noise* noise) const = 0;
    // What the frozen layer is given instead of x [N, in], for a bank that scales its input.
    [[nodiscard]] virtual at::Tensor scaled_input(const at::Tensor& x, const at::Tensor&) const {
        return x;
    }
    // The update before experts change it [N, out], and the output made of it, for a router that
    // looks at it. Undefined of a bank without such a thing.
    [[nodiscard]] virtual at::Tensor update(const at::Tensor& /*x*/, Noise* /*noise*/) const {
        return {};
    }
    [[nodiscard]] virtual at::Tensor with_update(const at::Tensor& base, const at::Tensor& /*d*/,
                                                 const at::Tensor& /*weights*/) const {
        return base;
    }
    virtual void set_scale(double factor) = 0;  // times the experts' effect, 1 = as trained
};

// A bank whose experts can stand alone, as parts of those of a whole feed-forward block (FfnBlock).
class SingleExperts : public ExpertBank {
  public:
    // base + w δ_e(x) of expert `e` alone in base's type; weight [N, 1], or undefined for w = 1.
    // `mask`: what shared_draw returned for this pass.
    [[nodiscard]] virtual at::Tensor with_expert(std::size_t e, const at::Tensor& base,
                                                 const at::Tensor& x, const at::Tensor& weight,
                                                 Noise* noise, const at::Tensor& mask) const = 0;
    // Factors for x that all experts share; undefined where each draws its own, or none is drawn.
    [[nodiscard]] virtual at::Tensor shared_draw(const at::Tensor& x, Noise* noise) const = 0;
    // Whether δ_e looks at base, which must then be what the frozen layer makes of this x.
    [[nodiscard]] virtual bool looks_at_base() const = 0;
};

// Dropout on x: one draw for all experts (one pass of the op), or one for each (the op once an
// expert). Dropout between A and B is drawn for every rank column, so each expert has its own.
class LoraBank final : public SingleExperts {
  public:
    LoraBank(const SiteSpec& site, const AdapterOptions& options, const SiteTensors& tensors);
    [[nodiscard]] at::Tensor mix(const at::Tensor& base, const at::Tensor& x,
                                 const at::Tensor& weights, Noise* noise) const override;
    void set_scale(double factor) override { factor_ = factor; }
    [[nodiscard]] at::Tensor with_expert(std::size_t e, const at::Tensor& base, const at::Tensor& x,
                                         const at::Tensor& weight, Noise* noise,
                                         const at::Tensor& mask) const override;
    [[nodiscard]] at::Tensor shared_draw(const at::Tensor& x, Noise* noise) const override;
    [[nodiscard]] bool looks_at_base() const override { return false; }

  private:
    [[nodiscard]] at::Tensor mixed(const at::Tensor& base, const at::Tensor& x,
                                   const at::Tensor& weights, Noise* noise) const;
    [[nodiscard]] at::Tensor mix_with_own_draws(const at::Tensor& base, const at::Tensor& x,
                                                const at::Tensor& weights, Noise& noise) const;
    [[nodiscard]] std::vector<double> scales() const;

    at::Tensor a_, b_;              // one A where all experts share it
    at::Tensor start_a_, start_b_;  // what is taken off again, or undefined
    double start_share_ = 0;
    std::vector<std::int64_t> ranks_;
    std::vector<double> scales_;
    double factor_ = 1, dropout_;
    DropoutSite site_;
    DropoutDraw draw_;
};

// IA3 and MoV: y = base ⊙ Σ w_e v_e, or base(x ⊙ Σ w_e v_e). The vectors are mixed first, then
// there is one product (the papers' own economy). No dropout.
class VectorBank final : public ExpertBank {
  public:
    VectorBank(const SiteSpec& site, const SiteTensors& tensors);
    [[nodiscard]] at::Tensor mix(const at::Tensor& base, const at::Tensor& x,
                                 const at::Tensor& weights, Noise* noise) const override;
    [[nodiscard]] at::Tensor scaled_input(const at::Tensor& x,
                                          const at::Tensor& weights) const override;
    void set_scale(double factor) override { factor_ = factor; }

  private:
    [[nodiscard]] at::Tensor times_mixed(const at::Tensor& rows, const at::Tensor& weights) const;

    at::Tensor vectors_;  // [E, width]
    std::int64_t heads_;
    bool scales_input_;
    double factor_ = 1;
};

// `layer`: the frozen layer of the site, borrowed; only DoRA asks for it.
[[nodiscard]] std::unique_ptr<ExpertBank> make_bank(const SiteSpec& site,
                                                    const AdapterOptions& options,
                                                    const SiteTensors& tensors,
                                                    const FrozenLinear* layer);

}  // namespace moelora
