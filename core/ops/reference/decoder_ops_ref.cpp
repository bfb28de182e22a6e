// SPDX-License-Identifier: GPL-3.0-or-later
// The slow twins in plain ATen, differentiated by autograd; also the path of dtypes and devices
// without a kernel of their own.
#include <ATen/ATen.h>

#include "core/ops/rms_norm.h"
#include "core/ops/rope.h"
#include "core/ops/swiglu.h"
#include "core/ops/varlen_attention.h"

namespace moelora {

at::Tensor rms_norm_reference(const at::Tensor& x, const at::Tensor& weight, double eps) {
    const auto wide = x.scalar_type() == at::kDouble ? at::kDouble : at::kFloat;
    const at::Tensor xf = x.to(wide);
    return weight * (xf * at::rsqrt(xf.pow(2).mean(-1, true) + eps)).to(x.scalar_type());
}

at::Tensor swiglu_reference(const at::Tensor& gate, const at::Tensor& up) {
    return at::silu(gate) * up;
}

at::Tensor rope_reference(const at::Tensor& x, const at::Tensor& cos, const at::Tensor& sin) {
    const at::Tensor c = at::cat({cos, cos}, -1).unsqueeze(2);
    const at::Tensor s = at::cat({sin, sin}, -1).unsqueeze(2);
    const at::Tensor wide = x.to(cos.scalar_type());
    const auto halves = wide.chunk(2, -1);
    return (wide * c + at::cat({-halves[1], halves[0]}, -1) * s).to(x.scalar_type());
}

at::Tensor varlen_attention_reference(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                                      const std::vector<std::int64_t>& lengths, bool causal,
                                      std::int64_t window) {
    const std::int64_t group = q.size(1) / k.size(1);
    const double scale = 1 / std::sqrt(static_cast<double>(q.size(2)));
    std::vector<at::Tensor> parts;
    std::int64_t begin = 0;
    for (const std::int64_t length : lengths) {
        const auto heads = [&](const at::Tensor& rows, std::int64_t times) {  // [heads, n, D]
            return rows.narrow(0, begin, length).repeat_interleave(times, 1).transpose(0, 1);
        };
        const at::Tensor places = at::arange(length, q.options().dtype(at::kLong));
        const at::Tensor back = places.unsqueeze(1) - places.unsqueeze(0);  // query - key
        at::Tensor seen = causal ? back >= 0 : at::ones_like(back, at::kBool);
        if (window > 0) seen = seen.logical_and(back < window);
        const at::Tensor scores =
            (at::matmul(heads(q, 1), heads(k, group).transpose(1, 2)) * scale)
                .masked_fill(seen.logical_not(), -std::numeric_limits<double>::infinity());
        parts.push_back(at::matmul(at::softmax(scores, 2), heads(v, group)).transpose(0, 1));
        begin += length;
    }
    return at::cat(parts);
}

}  // namespace moelora
