// SPDX-License-Identifier: GPL-3.0-or-later
// DoraBank: weight-decomposed low-rank experts (Liu et al., arXiv 2402.09353; equal to PEFT's
// DoRA). Expert e changes its layer by δ_e(x) = m_e ⊙ (W + s B_e A_e) x / n_e - W x, where n_e are
// the lengths of the rows of W + s B_e A_e, taken as constants by the gradient; y = base + Σ w_e
// δ_e. Engine thread only. Tensors are shared with the adapter; the layer is borrowed.
#pragma once

#include "core/adapter/expert_bank.h"

namespace moelora {

// [E, out] in the type of a: lengths of the rows of W + s B_e A_e. a [R, in], b [out, R] as in
// SiteTensors, on the layer's device. W is not copied: ‖W‖² + 2 s B·(W Aᵀ) + s² B·(B A Aᵀ), summed
// in f64.
[[nodiscard]] at::Tensor row_norms(const FrozenLinear& layer, const SiteSpec& site,
                                   const at::Tensor& a, const at::Tensor& b);

// Dropout as LoraBank; where x itself is dropped, W x inside δ is that of the dropped x (as PEFT),
// one more product with W. The lengths are computed anew after every update, R more rows through W.
class DoraBank final : public SingleExperts {
  public:
    DoraBank(const SiteSpec& site, const AdapterOptions& options, const SiteTensors& tensors,
             const FrozenLinear* layer);
    [[nodiscard]] at::Tensor mix(const at::Tensor& base, const at::Tensor& x,
                                 const at::Tensor& weights, Noise* noise) const override;
    void set_scale(double factor) override { factor_ = factor; }
    // Where x itself is dropped, one more product with W for each expert.
    [[nodiscard]] at::Tensor with_expert(std::size_t e, const at::Tensor& base, const at::Tensor& x,
                                         const at::Tensor& weight, Noise* noise,
                                         const at::Tensor& mask) const override;
    [[nodiscard]] at::Tensor shared_draw(const at::Tensor& x, Noise* noise) const override;
    [[nodiscard]] bool looks_at_base() const override { return true; }

  private:
    // w_e δ_e(x) of one expert; plain: W x without bias, rank_mask [N, r_e] or undefined.
    [[nodiscard]] at::Tensor delta(std::size_t e, const at::Tensor& plain, const at::Tensor& x,
                                   const at::Tensor& weight, const at::Tensor& rank_mask) const;
    // Σ w_e δ_e(x) over experts [first, last); rank_mask [N, R] or undefined.
    [[nodiscard]] at::Tensor deltas(const at::Tensor& plain, const at::Tensor& x,
                                    const at::Tensor& weights, const at::Tensor& rank_mask,
                                    std::size_t first, std::size_t last) const;
    [[nodiscard]] at::Tensor without_bias(const at::Tensor& y) const;
    [[nodiscard]] const at::Tensor& norms() const;

    SiteSpec site_;
    SiteTensors tensors_;
    const FrozenLinear& layer_;
    double factor_ = 1, dropout_;
    DropoutSite dropout_site_;
    DropoutDraw draw_;
    // Of the tensors' versions below.
    mutable at::Tensor norms_, squared_;
    mutable std::int64_t version_a_ = -1, version_b_ = -1;
};

}  // namespace moelora
