// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/adapter/expert_bank.h"

#include <numeric>

#include "core/adapter/dora_bank.h"
#include "core/adapter/modulation_bank.h"
#include "core/ops/moe_lora.h"

namespace moelora {

LoraBank::LoraBank(const SiteSpec& site, const AdapterOptions& options, const SiteTensors& tensors)
    : a_(tensors.a),
      b_(tensors.b),
      start_a_(tensors.start_a),
      start_b_(tensors.start_b),
      start_share_(site.start_share),
      ranks_(site.ranks),
      scales_(site.scales),
      dropout_(options.dropout),
      site_(options.dropout_site),
      draw_(options.dropout_draw) {}

std::vector<double> LoraBank::scales() const {
    std::vector<double> scaled = scales_;
    if (factor_ != 1)
        for (double& s : scaled) s *= factor_;
    return scaled;
}

// What the start adds is formed as the update is, and taken off before the base is added: as long
// as nothing was learnt the two are equal in every bit, and so the output is the base's.
at::Tensor LoraBank::mix(const at::Tensor& base, const at::Tensor& x, const at::Tensor& weights,
                         Noise* noise) const {
    if (!start_a_.defined()) return mixed(base, x, weights, noise);
    const at::Tensor none = at::zeros(base.sizes(), a_.options().requires_grad(false));
    std::vector<double> taken = scales();
    for (double& s : taken) s *= start_share_;
    const at::Tensor start = moe_lora(none, x, start_a_, start_b_, {}, {ranks_, taken});
    return (base + (mixed(none, x, weights, noise) - start)).to(base.scalar_type());
}

at::Tensor LoraBank::mixed(const at::Tensor& base, const at::Tensor& x, const at::Tensor& weights,
                           Noise* noise) const {
    const ExpertBlocks blocks{ranks_, scales()};
    if (!noise || dropout_ == 0) return moe_lora(base, x, a_, b_, weights, blocks);
    if (site_ == DropoutSite::Rank)
        return moe_lora(base, x, a_, b_, weights, blocks,
                        noise->factors({x.size(0), b_.size(1)}, b_.options(), dropout_));
    if (draw_ == DropoutDraw::PerExpert && ranks_.size() > 1)
        return mix_with_own_draws(base, x, weights, *noise);
    return moe_lora(base, noise->drop(x, dropout_), a_, b_, weights, blocks);
}

at::Tensor LoraBank::mix_with_own_draws(const at::Tensor& base, const at::Tensor& x,
                                        const at::Tensor& weights, Noise& noise) const {
    at::Tensor y = base.to(a_.scalar_type());  // rounded once, after the last expert
    for (std::size_t e = 0; e < ranks_.size(); ++e) {
        const auto column = static_cast<std::int64_t>(e);
        const at::Tensor w = weights.defined() ? weights.narrow(1, column, 1) : weights;
        y = with_expert(e, y, x, w, &noise, {});
    }
    return y.to(base.scalar_type());
}

at::Tensor LoraBank::with_expert(std::size_t e, const at::Tensor& base, const at::Tensor& x,
                                 const at::Tensor& weight, Noise* noise,
                                 const at::Tensor& mask) const {
    const auto place = ranks_.begin() + static_cast<std::ptrdiff_t>(e);
    const std::int64_t first = std::accumulate(ranks_.begin(), place, std::int64_t{0}), r = *place;
    const bool shared = a_.size(0) != b_.size(1);  // one A for all
    const at::Tensor a = shared ? a_ : a_.narrow(0, first, r), b = b_.narrow(1, first, r);
    const ExpertBlocks block{{r}, {scales_[e] * factor_}};
    if (!noise || dropout_ == 0) return moe_lora(base, x, a, b, weight, block);
    if (site_ == DropoutSite::Rank)
        return moe_lora(base, x, a, b, weight, block,
                        noise->factors({x.size(0), r}, a.options(), dropout_));
    return moe_lora(base, mask.defined() ? x * mask : noise->drop(x, dropout_), a, b, weight,
                    block);
}

at::Tensor LoraBank::shared_draw(const at::Tensor& x, Noise* noise) const {
    const bool shared = site_ == DropoutSite::Input && draw_ == DropoutDraw::Shared;
    if (!noise || dropout_ == 0 || !shared) return {};
    return noise->factors(x.sizes(), x.options(), dropout_);
}

VectorBank::VectorBank(const SiteSpec& site, const SiteTensors& tensors)
    : vectors_(tensors.vector), heads_(site.heads()), scales_input_(site.scales_input) {}

at::Tensor VectorBank::times_mixed(const at::Tensor& rows, const at::Tensor& weights) const {
    at::Tensor mixed;
    if (!weights.defined()) {
        mixed = vectors_;  // [1, width]
    } else if (heads_ == 1) {
        mixed = weights.to(vectors_.scalar_type()).mm(vectors_);
    } else {
        const std::int64_t experts = vectors_.size(0), head = vectors_.size(1) / heads_;
        const at::Tensor by_head = weights.to(vectors_.scalar_type())
                                       .view({rows.size(0), heads_, experts})
                                       .transpose(0, 1);
        const at::Tensor of_head = vectors_.view({experts, heads_, head}).transpose(0, 1);
        mixed = by_head.bmm(of_head).transpose(0, 1).reshape(rows.sizes());
    }
    if (factor_ != 1) mixed = 1 + (mixed - 1) * factor_;
    return rows * mixed.to(rows.scalar_type());
}

at::Tensor VectorBank::mix(const at::Tensor& base, const at::Tensor&, const at::Tensor& weights,
                           Noise*) const {
    return scales_input_ ? base : times_mixed(base, weights);
}

at::Tensor VectorBank::scaled_input(const at::Tensor& x, const at::Tensor& weights) const {
    return scales_input_ ? times_mixed(x, weights) : x;
}

std::unique_ptr<ExpertBank> make_bank(const SiteSpec& site, const AdapterOptions& options,
                                      const SiteTensors& tensors, const FrozenLinear* layer) {
    if (site.bank == BankKind::Vector) return std::make_unique<VectorBank>(site, tensors);
    if (site.bank == BankKind::Modulation)
        return std::make_unique<ModulationBank>(site, options, tensors);
    if (site.bank == BankKind::Dora)
        return std::make_unique<DoraBank>(site, options, tensors, layer);
    return std::make_unique<LoraBank>(site, options, tensors);
}

}  // namespace moelora
