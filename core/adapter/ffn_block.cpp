// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/adapter/ffn_block.h"

#include "core/ops/swiglu.h"

namespace moelora {

namespace {

at::Tensor weight_of(const at::Tensor& weights, std::size_t e) {
    return weights.narrow(1, static_cast<std::int64_t>(e), 1);
}

}  // namespace

at::Tensor FfnBlock::mix(const FrozenLinear& down, const at::Tensor& gate, const at::Tensor& up,
                         const at::Tensor& x, const at::Tensor& weights, Noise* noise) const {
    const at::Tensor gate_mask = gate_.shared_draw(x, noise), up_mask = up_.shared_draw(x, noise);
    std::vector<at::Tensor> inner;  // [N, ff] of each expert, before its way down
    for (std::size_t e = 0; e < static_cast<std::size_t>(weights.size(1)); ++e)
        inner.push_back(swiglu(gate_.with_expert(e, gate, x, {}, noise, gate_mask),
                               up_.with_expert(e, up, x, {}, noise, up_mask)));
    return way_down(down, inner, weights, noise).to(x.scalar_type());
}

at::Tensor FfnBlock::way_down(const FrozenLinear& down, const std::vector<at::Tensor>& inner,
                              const at::Tensor& weights, Noise* noise) const {
    const at::Tensor mask = down_.shared_draw(inner.front(), noise);
    at::Tensor y;  // in the weights' type: rounded once, after the last expert
    if (down_.looks_at_base()) {
        for (std::size_t e = 0; e < inner.size(); ++e) {
            const at::Tensor out =
                down_.with_expert(e, down.base(inner[e]), inner[e], {}, noise, mask);
            const at::Tensor share = weight_of(weights, e) * out.to(weights.scalar_type());
            y = y.defined() ? y + share : share;
        }
        return y;
    }
    at::Tensor mixed;
    for (std::size_t e = 0; e < inner.size(); ++e) {
        const at::Tensor share = weight_of(weights, e) * inner[e];
        mixed = mixed.defined() ? mixed + share : share;
    }
    y = down.base(mixed.to(inner.front().scalar_type())).to(weights.scalar_type());
    for (std::size_t e = 0; e < inner.size(); ++e)
        y = down_.with_expert(e, y, inner[e], weight_of(weights, e), noise, mask);
    return y;
}

}  // namespace moelora
