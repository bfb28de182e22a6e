// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/adapter/dora_bank.h"

#include "core/base/assert.h"
#include "core/ops/moe_lora.h"

namespace moelora {
namespace {

// [out] f64
at::Tensor squared_rows(const FrozenLinear& layer) {
    return at::linalg_vector_norm(layer.dense_weight(), 2, 1, false, at::kDouble).square();
}

// Ranks of the experts before e.
std::int64_t first_column(const SiteSpec& site, std::size_t e) {
    std::int64_t first = 0;
    for (std::size_t before = 0; before < e; ++before) first += site.ranks[before];
    return first;
}

at::Tensor norms_of(const FrozenLinear& layer, const SiteSpec& site, const at::Tensor& a,
                    const at::Tensor& b, const at::Tensor& squared) {
    const at::NoGradGuard no_graph;
    FrozenLinear plain = layer;  // without bias and adapter; the tensors are shared
    plain.bias = at::Tensor();
    const auto type = layer.quantized ? at::kFloat : layer.weight.scalar_type();
    const at::Tensor wa = plain.base(a.to(type)).t().to(at::kDouble);  // [out, R]
    const at::Tensor a64 = a.to(at::kDouble), b64 = b.to(at::kDouble);
    std::vector<at::Tensor> all;
    for (std::size_t e = 0; e < site.ranks.size(); ++e) {
        const std::int64_t first = first_column(site, e), r = site.ranks[e];
        const double s = site.scales[e];
        const at::Tensor be = b64.narrow(1, first, r), ae = a64.narrow(0, first, r);
        const at::Tensor across = (be * wa.narrow(1, first, r)).sum(1);
        const at::Tensor own = (at::mm(be, at::mm(ae, ae.t())) * be).sum(1);
        all.push_back((squared + 2 * s * across + s * s * own).clamp_min(0).sqrt());
    }
    return at::stack(all).to(a.scalar_type());
}

}  // namespace

at::Tensor row_norms(const FrozenLinear& layer, const SiteSpec& site, const at::Tensor& a,
                     const at::Tensor& b) {
    const at::NoGradGuard no_graph;
    return norms_of(layer, site, a.detach(), b.detach(), squared_rows(layer));
}

DoraBank::DoraBank(const SiteSpec& site, const AdapterOptions& options, const SiteTensors& tensors,
                   const FrozenLinear* layer)
    : site_(site),
      tensors_(tensors),
      layer_(*layer),
      dropout_(options.dropout),
      dropout_site_(options.dropout_site),
      draw_(options.dropout_draw) {
    MOELORA_ASSERT(layer, "a DoRA site needs its layer");
}

const at::Tensor& DoraBank::norms() const {
    const at::Tensor &a = tensors_.a, &b = tensors_.b;
    const auto now_a = a._version(), now_b = b._version();
    if (norms_.defined() && now_a == version_a_ && now_b == version_b_) return norms_;
    if (!squared_.defined()) {
        const at::NoGradGuard no_graph;
        squared_ = squared_rows(layer_);
    }
    norms_ = norms_of(layer_, site_, a.detach(), b.detach(), squared_);
    version_a_ = now_a;
    version_b_ = now_b;
    return norms_;
}

at::Tensor DoraBank::without_bias(const at::Tensor& y) const {
    return layer_.bias.defined() ? y - layer_.bias : y;
}

at::Tensor DoraBank::delta(std::size_t e, const at::Tensor& plain, const at::Tensor& x,
                           const at::Tensor& weight, const at::Tensor& rank_mask) const {
    const std::int64_t column = first_column(site_, e), r = site_.ranks[e];
    const auto row = static_cast<std::int64_t>(e);
    const at::Tensor z =
        moe_lora(plain, x, tensors_.a.narrow(0, column, r), tensors_.b.narrow(1, column, r), {},
                 {{r}, {site_.scales[e]}}, rank_mask);
    const at::Tensor length = tensors_.magnitude[row] / norms()[row];
    const at::Tensor part = z * length.to(z.scalar_type()) - plain;
    return weight.defined() ? part * weight.to(part.scalar_type()) : part;
}

at::Tensor DoraBank::deltas(const at::Tensor& plain, const at::Tensor& x, const at::Tensor& weights,
                            const at::Tensor& rank_mask, std::size_t first,
                            std::size_t last) const {
    at::Tensor sum;
    for (std::size_t e = first; e < last; ++e) {
        const auto row = static_cast<std::int64_t>(e);
        const at::Tensor mask =
            rank_mask.defined()
                ? rank_mask.narrow(1, first_column(site_, e), site_.ranks[e]).contiguous()
                : rank_mask;
        const at::Tensor part =
            delta(e, plain, x, weights.defined() ? weights.narrow(1, row, 1) : weights, mask);
        sum = sum.defined() ? sum + part : part;
    }
    return factor_ == 1 ? sum : sum * factor_;
}

at::Tensor DoraBank::with_expert(std::size_t e, const at::Tensor& base, const at::Tensor& x,
                                 const at::Tensor& weight, Noise* noise,
                                 const at::Tensor& mask) const {
    at::Tensor input = x, plain = without_bias(base), rank_mask;
    if (noise && dropout_ > 0 && dropout_site_ == DropoutSite::Rank) {
        rank_mask = noise->factors({x.size(0), site_.ranks[e]}, tensors_.a.options(), dropout_);
    } else if (noise && dropout_ > 0) {
        input = mask.defined() ? x * mask : noise->drop(x, dropout_);
        plain = without_bias(layer_.base(input));
    }
    const at::Tensor part = delta(e, plain, input, weight, rank_mask);
    return base + (factor_ == 1 ? part : part * factor_);
}

at::Tensor DoraBank::shared_draw(const at::Tensor& x, Noise* noise) const {
    const bool shared = dropout_site_ == DropoutSite::Input && draw_ == DropoutDraw::Shared;
    if (!noise || dropout_ == 0 || !shared) return {};
    return noise->factors(x.sizes(), x.options(), dropout_);
}

at::Tensor DoraBank::mix(const at::Tensor& base, const at::Tensor& x, const at::Tensor& weights,
                         Noise* noise) const {
    const std::size_t experts = site_.ranks.size();
    const bool dropped = noise && dropout_ > 0;
    if (!dropped || dropout_site_ == DropoutSite::Rank) {
        const at::Tensor mask = dropped ? noise->factors({x.size(0), tensors_.a.size(0)},
                                                         tensors_.a.options(), dropout_)
                                        : at::Tensor();
        return base + deltas(without_bias(base), x, weights, mask, 0, experts);
    }
    const bool own = draw_ == DropoutDraw::PerExpert;
    at::Tensor y = base;
    for (std::size_t e = 0; e < (own ? experts : 1); ++e) {
        const at::Tensor input = noise->drop(x, dropout_);
        const at::Tensor plain = without_bias(layer_.base(input));
        y = y + deltas(plain, input, weights, {}, own ? e : 0, own ? e + 1 : experts);
    }
    return y;
}

}  // namespace moelora
