// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/ops/moe_lora.h"

namespace moelora {

at::Tensor moe_lora_reference(const at::Tensor& base, const at::Tensor& x, const at::Tensor& a,
                              const at::Tensor& b, const at::Tensor& w, const ExpertBlocks& blocks,
                              const at::Tensor& rank_mask) {
    at::Tensor y = base.to(a.scalar_type());
    const at::Tensor input = x.to(a.scalar_type());
    const bool shared = a.size(0) != b.size(1);  // one A for all
    std::int64_t first = 0;
    for (std::size_t e = 0; e < blocks.ranks.size(); ++e) {
        const std::int64_t r = blocks.ranks[e];
        at::Tensor h = at::matmul(input, a.narrow(0, shared ? 0 : first, r).t());
        if (rank_mask.defined()) h = h * rank_mask.narrow(1, first, r);
        at::Tensor delta = at::matmul(h, b.narrow(1, first, r).t()) * blocks.scales[e];
        if (w.defined()) delta = delta * w.select(1, static_cast<std::int64_t>(e)).unsqueeze(1);
        y = y + delta;
        first += r;
    }
    return y.to(base.scalar_type());
}

}  // namespace moelora
