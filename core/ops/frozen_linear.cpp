// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/ops/frozen_linear.h"

#include <torch/csrc/autograd/custom_function.h>

#include "core/ops/openblas.h"

namespace moelora {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// Each thread computes whole columns of c, so every element is summed in one order whatever the
// number of threads. A multiple of the widest register block keeps the parts' edges whole.
constexpr std::int64_t column_block = 64;

void multiply(const OpenBlas& blas, bool transpose_b, const at::Tensor& a, const at::Tensor& b,
              float beta, const at::Tensor& c) {
    const std::int64_t m = c.size(0), n = c.size(1), k = a.size(1), ldb = b.size(1);
    const float *left = a.const_data_ptr<float>(), *right = b.const_data_ptr<float>();
    float* const out = c.data_ptr<float>();
    const std::int64_t blocks = (n + column_block - 1) / column_block;
    const std::int64_t threads = at::get_num_threads();
    at::parallel_for(
        0, blocks, (blocks + threads - 1) / threads, [&](std::int64_t begin, std::int64_t end) {
            const std::int64_t first = begin * column_block;
            const std::int64_t count = std::min(n, end * column_block) - first;
            const float* part = right + (transpose_b ? first * ldb : first);
            blas.gemm(transpose_b, m, count, k, left, k, part, ldb, beta, out + first, n);
        });
}

// The library is one of the process: backward asks for the same one.
class FrozenMultiply : public torch::autograd::Function<FrozenMultiply> {
  public:
    static at::Tensor forward(AutogradContext* ctx, const at::Tensor& x, const at::Tensor& weight,
                              const std::optional<at::Tensor>& bias) {
        ctx->save_for_backward({weight});
        const at::Tensor y = bias ? bias->expand({x.size(0), weight.size(0)}).contiguous()
                                  : at::empty({x.size(0), weight.size(0)}, x.options());
        multiply(*OpenBlas::instance(), true, x, weight, bias ? 1 : 0, y);
        return y;
    }

    static variable_list backward(AutogradContext* ctx, const variable_list& gradients) {
        const at::Tensor weight = ctx->get_saved_variables()[0];
        const at::Tensor dy = gradients[0].contiguous();
        const at::Tensor dx = at::empty({dy.size(0), weight.size(1)}, dy.options());
        multiply(*OpenBlas::instance(), false, dy, weight, 0, dx);
        return {dx, {}, {}};
    }
};

bool on_host_f32(const at::Tensor& t) {
    return t.device().is_cpu() && t.scalar_type() == at::kFloat;
}

// Below, the call costs more than the better kernel gains; a vector is bound by memory anyway.
bool large(std::int64_t rows, const at::Tensor& weight) {
    return rows >= 16 && rows * weight.numel() >= (std::int64_t{1} << 23);
}

}  // namespace

at::Tensor frozen_linear(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias) {
    return frozen_linear(x, weight, bias, OpenBlas::preferred());
}

at::Tensor frozen_linear(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                         const OpenBlas* blas) {
    const std::int64_t rows = x.numel() / std::max<std::int64_t>(x.size(-1), 1);
    if (!blas || !on_host_f32(x) || !on_host_f32(weight) || !weight.is_contiguous() ||
        !large(rows, weight))
        return at::linear(x, weight, bias);
    std::vector<std::int64_t> shape = x.sizes().vec();
    shape.back() = weight.size(0);
    const at::Tensor y =
        FrozenMultiply::apply(x.reshape({rows, x.size(-1)}).contiguous(), weight,
                              bias.defined() ? std::optional<at::Tensor>(bias) : std::nullopt);
    return y.view(shape);
}

}  // namespace moelora
