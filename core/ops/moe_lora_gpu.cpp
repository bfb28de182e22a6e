// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/ops/moe_lora_gpu.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "core/ops/cuda_kernels.h"

namespace moelora {
namespace {

// A scale that all share is applied to sums, as on the way through ATen.
MoeloraExperts described(const ExpertBlocks& blocks, const at::Tensor& w) {
    MoeloraExperts out{};
    const auto& scales = blocks.scales;
    const bool common =
        std::all_of(scales.begin(), scales.end(), [&](double s) { return s == scales[0]; });
    out.w = w.defined() ? w.const_data_ptr<float>() : nullptr;
    out.experts = static_cast<std::int32_t>(scales.size());
    out.last = common ? static_cast<float>(scales[0]) : 1.0F;
    for (std::size_t e = 0; e < scales.size(); ++e) {
        out.first[e + 1] = out.first[e] + static_cast<std::int32_t>(blocks.ranks[e]);
        out.scales[e] = common ? 1.0F : static_cast<float>(scales[e]);
    }
    return out;
}

at::Tensor whole(const at::Tensor& t) {
    return t.defined() ? t.contiguous() : t;
}
const float* values(const at::Tensor& t) {
    return t.defined() ? t.const_data_ptr<float>() : nullptr;
}
float* room(const at::Tensor& t) {
    return t.defined() ? t.mutable_data_ptr<float>() : nullptr;
}

}  // namespace

bool gpu_moe_lora_serves(const at::Tensor& base, const at::Tensor& a, const ExpertBlocks& blocks) {
    return cuda::kernels_for(a) != nullptr && cuda::kernels_for(base) != nullptr &&
           a.scalar_type() == at::kFloat && cuda::type_of(base.scalar_type()) &&
           blocks.ranks.size() <= moelora_most_experts;
}

at::Tensor gpu_add_experts(const at::Tensor& base, const at::Tensor& h, const at::Tensor& b,
                           const at::Tensor& w, const ExpertBlocks& blocks) {
    const at::Tensor from = base.contiguous(), sums = h.contiguous(), up = b.contiguous(),
                     weights = whole(w);
    at::Tensor y = at::empty(from.sizes(), from.options());
    if (y.numel() == 0) return y;
    const MoeloraExperts experts = described(blocks, weights);
    cuda::launch("moe_lora", from, [&](const MoeloraCudaTable& kernels, MoeloraQueue queue) {
        return kernels.add_experts(from.const_data_ptr(), values(sums), values(up), from.size(0),
                                   from.size(1), &experts, *cuda::type_of(from.scalar_type()),
                                   y.mutable_data_ptr(), queue);
    });
    return y;
}

ExpertGradients gpu_experts_backward(const at::Tensor& dg, const at::Tensor& h, const at::Tensor& w,
                                     const at::Tensor& rank_mask, const ExpertBlocks& blocks,
                                     const WantedExperts& wanted) {
    const at::Tensor sums = h.contiguous(), weights = whole(w), mask = whole(rank_mask);
    ExpertGradients out;
    out.dh = whole(dg);
    if (wanted.dw) out.dw = at::empty(weights.sizes(), weights.options());
    if (wanted.g) out.g = at::empty(sums.sizes(), sums.options());
    const MoeloraExperts experts = described(blocks, weights);
    cuda::launch("moe_lora", sums, [&](const MoeloraCudaTable& kernels, MoeloraQueue queue) {
        return kernels.experts_backward(values(out.dh), values(sums), values(mask), sums.size(0),
                                        &experts, room(out.dh), room(out.dw), room(out.g), queue);
    });
    return out;
}

}  // namespace moelora
