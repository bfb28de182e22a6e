// SPDX-License-Identifier: GPL-3.0-or-later
// The arithmetic around the products of a mixture of LoRA experts, for kernels and host alike. The
// formulas stand in backend_api.h; slow twin: moe_lora_reference in core/ops/moe_lora.h.
#pragma once

#include "core/ops/cuda/host_device.h"

namespace moelora::cuda {

constexpr int most_lane_rows = 4;  // up to here a warp makes one column of y; beyond, tiles do

inline bool servable(const MoeloraExperts& x) {
    if (x.experts < 1 || x.experts > moelora_most_experts || x.first[0] != 0) return false;
    for (int e = 0; e < x.experts; ++e)
        if (x.first[e + 1] <= x.first[e]) return false;
    return true;
}
MOELORA_HD std::int32_t width(const MoeloraExperts& x) {
    return x.first[x.experts];
}
MOELORA_HD std::int32_t expert_of(const MoeloraExperts& x, std::int32_t column) {
    std::int32_t expert = 0;
    for (std::int32_t e = 1; e < x.experts; ++e) expert += column >= x.first[e] ? 1 : 0;
    return expert;
}
MOELORA_HD float factor(const MoeloraExperts& x, std::int64_t row, std::int32_t expert) {
    return x.w == nullptr ? x.scales[expert] : mul(x.w[row * x.experts + expert], x.scales[expert]);
}
// (h ⊙ repeat(w · scales))[row, column]
MOELORA_HD float weighed(const MoeloraExperts& x, const float* h, std::int64_t row,
                         std::int32_t column) {
    return mul(h[row * width(x) + column], factor(x, row, expert_of(x, column)));
}
template <class T>
MOELORA_HD T finished(const MoeloraExperts& x, T base, float sum) {
    return round_to<T>(fma(x.last, sum, to_float(base)));
}

// What one lane adds to an element of the product, where rows are few.
MOELORA_HD float lane_sum(const MoeloraExperts& x, const float* h, const float* b, std::int64_t row,
                          std::int64_t out, int lane) {
    float sum = 0;
    for (std::int32_t j = lane; j < width(x); j += lanes)
        sum = fma(weighed(x, h, row, j), b[out * width(x) + j], sum);
    return sum;
}

struct ExpertsBackward {
    const float *dg, *h, *mask;
    float *dh, *g;
};
// One lane's share of one block of one row: writes dh and g, returns what it adds to dw / scale.
MOELORA_HD float lane_backward(const MoeloraExperts& x, const ExpertsBackward& t, std::int64_t row,
                               std::int32_t expert, int lane) {
    const float by = factor(x, row, expert);
    float sum = 0;
    for (std::int32_t j = x.first[expert] + lane; j < x.first[expert + 1]; j += lanes) {
        const std::int64_t at = row * width(x) + j;
        if (t.g != nullptr) t.g[at] = mul(mul(t.h[at], by), x.last);
        if (t.dg == nullptr) continue;
        const float dg = mul(t.dg[at], x.last);
        sum = fma(dg, t.h[at], sum);
        const float dh = mul(dg, by);
        if (t.dh != nullptr) t.dh[at] = t.mask == nullptr ? dh : mul(dh, t.mask[at]);
    }
    return sum;
}
inline bool servable(const ExpertsBackward& t, const float* dw) {
    return t.h != nullptr && (t.dg != nullptr || (t.dh == nullptr && dw == nullptr));
}

}  // namespace moelora::cuda
