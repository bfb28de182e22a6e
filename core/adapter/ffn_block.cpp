// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/adapter/ffn_block.h"

#include "core/ops/swiglu.h"

namespace moelora {

at::Tensor FfnBlock::mix(const FrozenLinear& down, const at::Tensor& gate, const at::Tensor& up,
                         const at::Tensor& x, const at::Tensor& weights, Noise* noise) const {
    const auto experts = static_cast<std::size_t>(weights.size(1));
    const auto weight_of = [&](std::size_t e) {
        return weights.narrow(1, static_cast<std::int64_t>(e), 1);
    };
    const at::Tensor gate_mask = gate_.shared_draw(x, noise), up_mask = up_.shared_draw(x, noise);
    std::vector<at::Tensor> inner;  // [N, ff] of each expert, before its way down
    at::Tensor mixed;
    for (std::size_t e = 0; e < experts; ++e) {
        inner.push_back(swiglu(gate_.with_expert(e, gate, x, {}, noise, gate_mask),
                               up_.with_expert(e, up, x, {}, noise, up_mask)));
        const at::Tensor share = weight_of(e) * inner.back();
        mixed = mixed.defined() ? mixed + share : share;
    }
    const at::Tensor base = down.base(mixed.to(x.scalar_type()));
    const at::Tensor down_mask = down_.shared_draw(inner.front(), noise);
    at::Tensor y = base.to(weights.scalar_type());  // rounded once, after the last expert
    for (std::size_t e = 0; e < experts; ++e)
        y = down_.with_expert(e, y, inner[e], weight_of(e), noise, down_mask);
    return y.to(base.scalar_type());
}

}  // namespace moelora
