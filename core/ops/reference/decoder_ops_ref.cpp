// SPDX-License-Identifier: GPL-3.0-or-later
// The slow twins in plain ATen, differentiated by autograd; also the path of dtypes and devices
// without a kernel of their own.
#include <ATen/ATen.h>

#include "core/ops/rms_norm.h"
#include "core/ops/rope.h"
#include "core/ops/swiglu.h"

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

}  // namespace moelora
