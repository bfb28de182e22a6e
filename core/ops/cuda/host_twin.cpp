// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/ops/cuda/host_twin.h"

#include "core/ops/cuda/expert_arithmetic.h"
#include "core/ops/cuda/quant_arithmetic.h"

namespace moelora::cuda {
namespace {

constexpr int refused = 1;

// As warp_sum in launch.cuh: every lane adds its partner's sum, at distances 16, 8, 4, 2, 1.
float warp_sum(float (&values)[lanes]) {
    for (int step = lanes / 2; step > 0; step /= 2) {
        float next[lanes];
        for (int i = 0; i < lanes; ++i) next[i] = add(values[i], values[i ^ step]);
        std::memcpy(values, next, sizeof next);
    }
    return values[0];
}

int dequantize(const MoeloraQuantized* w, std::int64_t first, std::int64_t last, std::int32_t type,
               void* out, MoeloraQueue) {
    if (!servable(*w) || first < 0 || last < first || last > w->out || out == nullptr)
        return refused;
    return with_type(type, refused, [&](auto zero) {
        auto* to = static_cast<decltype(zero)*>(out);
        const std::int64_t begin = first * w->in, end = last * w->in;
        if (w->table == nullptr) {
            for (std::int64_t row = first; row < last; ++row)
                for (std::int64_t k = 0; k < w->in; k += item)
                    dequantize_item(eight_bit(*w), row, k, vector_rows(*w, to),
                                    to + (row - first) * w->in);
            return 0;
        }
        const bool vector = begin % item == 0 && aligned(w->codes, 4) && aligned(to, 16);
        for (std::int64_t i = begin / item; i * item < end; ++i)
            dequantize_item(four_bit(*w), i, begin, end, vector, to);
        return 0;
    });
}

template <int Rows, class X, class W>
void rows_of(const MoeloraQuantized& q, const W& w, const X* x, X* y) {
    for (std::int64_t n = 0; n < q.out; ++n) {
        float sums[Rows][lanes];
        for (int lane = 0; lane < lanes; ++lane) {
            float sum[Rows] = {};
            lane_sum(w, x, q.in, n, lane, vector_rows(q, x), sum);
            for (int m = 0; m < Rows; ++m) sums[m][lane] = sum[m];
        }
        for (int m = 0; m < Rows; ++m) y[m * q.out + n] = round_to<X>(warp_sum(sums[m]));
    }
}

template <class X, class W>
void some_rows(const MoeloraQuantized& q, const W& w, const X* x, std::int64_t rows, X* y) {
    switch (rows) {
        case 1:
            return rows_of<1>(q, w, x, y);
        case 2:
            return rows_of<2>(q, w, x, y);
        case 3:
            return rows_of<3>(q, w, x, y);
        default:
            return rows_of<4>(q, w, x, y);
    }
}

int few_rows(const MoeloraQuantized* w, const void* x, std::int64_t rows, std::int32_t type,
             void* y, MoeloraQueue) {
    if (!servable(*w) || rows < 1 || rows > most_few_rows || x == nullptr || y == nullptr)
        return refused;
    return with_type(type, refused, [&](auto zero) {
        using X = decltype(zero);
        if (w->table == nullptr)
            some_rows(*w, eight_bit(*w), static_cast<const X*>(x), rows, static_cast<X*>(y));
        else
            some_rows(*w, four_bit(*w), static_cast<const X*>(x), rows, static_cast<X*>(y));
        return 0;
    });
}

float product(const MoeloraExperts& x, const float* h, const float* b, std::int64_t rows,
              std::int64_t n, std::int64_t o) {
    if (rows <= most_lane_rows) {
        float sums[lanes];
        for (int lane = 0; lane < lanes; ++lane) sums[lane] = lane_sum(x, h, b, n, o, lane);
        return warp_sum(sums);
    }
    float sum = 0;
    for (std::int32_t j = 0; j < width(x); ++j)
        sum = fma(weighed(x, h, n, j), b[o * width(x) + j], sum);
    return sum;
}

int add_experts(const void* base, const float* h, const float* b, std::int64_t rows,
                std::int64_t out, const MoeloraExperts* experts, std::int32_t type, void* y,
                MoeloraQueue) {
    if (!servable(*experts) || rows < 0 || out < 1) return refused;
    if (rows == 0) return 0;
    if (base == nullptr || h == nullptr || b == nullptr || y == nullptr) return refused;
    return with_type(type, refused, [&](auto zero) {
        using T = decltype(zero);
        for (std::int64_t i = 0; i < rows * out; ++i)
            static_cast<T*>(y)[i] = finished(*experts, static_cast<const T*>(base)[i],
                                             product(*experts, h, b, rows, i / out, i % out));
        return 0;
    });
}

int experts_backward(const float* dg, const float* h, const float* mask, std::int64_t rows,
                     const MoeloraExperts* experts, float* dh, float* dw, float* g, MoeloraQueue) {
    const ExpertsBackward tensors{dg, h, mask, dh, g};
    if (!servable(*experts) || rows < 0) return refused;
    if (rows == 0) return 0;
    if (!servable(tensors, dw)) return refused;
    for (std::int64_t n = 0; n < rows; ++n)
        for (std::int32_t e = 0; e < experts->experts; ++e) {
            float sums[lanes];
            for (int lane = 0; lane < lanes; ++lane)
                sums[lane] = lane_backward(*experts, tensors, n, e, lane);
            const float sum = warp_sum(sums);
            if (dw != nullptr) dw[n * experts->experts + e] = mul(sum, experts->scales[e]);
        }
    return 0;
}

const char* error_text(int code) {
    return code == 0 ? "no error" : "invalid argument";
}

}  // namespace

const MoeloraCudaTable& host_twin() {
    static const MoeloraCudaTable table{moelora_cuda_interface,
                                        sizeof(MoeloraCudaTable),
                                        error_text,
                                        dequantize,
                                        few_rows,
                                        add_experts,
                                        experts_backward};
    return table;
}

}  // namespace moelora::cuda
