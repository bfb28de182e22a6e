// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/adapter/modulation_bank.h"

#include "core/ops/moe_lora.h"

namespace moelora {

ModulationBank::ModulationBank(const SiteSpec& site, const AdapterOptions& options,
                               const SiteTensors& tensors)
    : tensors_(tensors),
      rank_(site.ranks.front()),
      scale_(site.scales.front()),
      dropout_(options.dropout),
      site_(options.dropout_site) {}

at::Tensor ModulationBank::update(const at::Tensor& x, Noise* noise) const {
    const at::Tensor &a = tensors_.a, &b = tensors_.b;
    const at::Tensor none = at::zeros({x.size(0), b.size(0)}, b.options().requires_grad(false));
    const ExpertBlocks blocks{{rank_}, {scale_ * factor_}};
    if (!noise || dropout_ == 0) return moe_lora(none, x, a, b, {}, blocks);
    if (site_ == DropoutSite::Rank)
        return moe_lora(none, x, a, b, {}, blocks,
                        noise->factors({x.size(0), rank_}, a.options(), dropout_));
    return moe_lora(none, noise->drop(x, dropout_), a, b, {}, blocks);
}

at::Tensor ModulationBank::with_update(const at::Tensor& base, const at::Tensor& d,
                                       const at::Tensor& weights) const {
    const at::Tensor& vectors = tensors_.vector;
    at::Tensor mixed = weights.defined() ? weights.to(vectors.scalar_type()).mm(vectors) : vectors;
    if (tensors_.shared_vector.defined())
        mixed = mixed + tensors_.shared_vector * tensors_.shared_gate;
    return (base + d * mixed).to(base.scalar_type());
}

at::Tensor ModulationBank::mix(const at::Tensor& base, const at::Tensor& x,
                               const at::Tensor& weights, Noise* noise) const {
    return with_update(base, update(x, noise), weights);
}

}  // namespace moelora
