// SPDX-License-Identifier: GPL-3.0-or-later
// LibTorch's CUDA kernels for segments, played on the CPU: plain matrices in f32 or f64, backward
// pass by hand, with the arguments written down. For one file of a test program, which includes
// torch (precompiled header).
#pragma once

#include <torch/library.h>

#include <optional>
#include <string>
#include <tuple>
#include <vector>

namespace moelora::test {

struct VarlenCall {
    std::string kernel;
    std::vector<std::int32_t> bounds;
    std::int64_t longest = 0, heads = 0, kv_heads = 0;
    bool causal = false;
    std::optional<std::int64_t> window;  // as the kernel counts it
    bool operator==(const VarlenCall&) const = default;
};
inline std::vector<VarlenCall> varlen_calls;
inline int varlen_backwards = 0;
inline std::string varlen_refusal;  // not empty: what a kernel throws
inline double varlen_error = 0;     // added to all it says

namespace detail {

// Within [begin, end): scores' softmax p [heads, n, n] and the parts of q, k, v for each head.
struct Part {
    at::Tensor q, k, v, p;
    double scale = 1;
};
// `sees`: how many places a query looks back, its own included; 0 = all before it.
inline Part part_of(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                    std::int64_t begin, std::int64_t end, bool causal, std::int64_t sees) {
    const auto wide = q.scalar_type() == at::kDouble ? at::kDouble : at::kFloat;
    const std::int64_t group = q.size(1) / k.size(1), n = end - begin;
    const auto heads = [&](const at::Tensor& t, std::int64_t times) {
        return t.slice(0, begin, end).to(wide).repeat_interleave(times, 1).transpose(0, 1);
    };
    Part out{heads(q, 1), heads(k, group), heads(v, group), {}, 0};
    out.scale = 1 / std::sqrt(static_cast<double>(q.size(2)));
    at::Tensor hidden = at::zeros({n, n}, at::kBool);
    if (causal) hidden = at::ones({n, n}, at::kBool).triu(1);
    if (sees > 0) hidden = hidden.logical_or(at::ones({n, n}, at::kBool).tril(-sees));
    out.p = at::softmax(
        (out.q.matmul(out.k.transpose(1, 2)) * out.scale).masked_fill(hidden, -1e30), 2);
    return out;
}

inline std::vector<std::int32_t> numbers(const at::Tensor& bounds) {
    TORCH_CHECK(bounds.scalar_type() == at::kInt, "bounds want 32 bits");
    return {bounds.const_data_ptr<std::int32_t>(),
            bounds.const_data_ptr<std::int32_t>() + bounds.numel()};
}

inline at::Tensor forward(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                          const at::Tensor& bounds, bool causal, std::int64_t sees) {
    if (!varlen_refusal.empty()) throw std::runtime_error(varlen_refusal);
    const auto places = numbers(bounds);
    TORCH_CHECK(places.back() == q.size(0), "the segments do not end where the rows do");
    at::Tensor out = at::empty_like(q);
    for (std::size_t i = 0; i + 1 < places.size(); ++i) {
        const Part part = part_of(q, k, v, places[i], places[i + 1], causal, sees);
        out.slice(0, places[i], places[i + 1])
            .copy_(part.p.matmul(part.v).transpose(0, 1) + varlen_error);
    }
    return out;
}

inline std::tuple<at::Tensor, at::Tensor, at::Tensor> backward(
    const at::Tensor& grad, const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
    const at::Tensor& bounds, bool causal, std::int64_t sees) {
    ++varlen_backwards;
    at::Tensor dq = at::zeros_like(q), dk = at::zeros_like(k), dv = at::zeros_like(v);
    const auto places = numbers(bounds);
    const std::int64_t group = q.size(1) / k.size(1);
    for (std::size_t i = 0; i + 1 < places.size(); ++i) {
        const Part part = part_of(q, k, v, places[i], places[i + 1], causal, sees);
        const at::Tensor dy =
            grad.slice(0, places[i], places[i + 1]).to(part.q.scalar_type()).transpose(0, 1);
        const at::Tensor dp = dy.matmul(part.v.transpose(1, 2));
        const at::Tensor ds = part.p * (dp - (dp * part.p).sum(2, true)) * part.scale;
        const auto put = [&](at::Tensor& to, const at::Tensor& rows, std::int64_t times) {
            const at::Tensor turned = rows.transpose(0, 1);  // [n, heads, D]
            to.slice(0, places[i], places[i + 1])
                .copy_(turned.reshape({turned.size(0), -1, times, turned.size(2)}).sum(2));
        };
        put(dq, ds.matmul(part.k), 1);
        put(dk, ds.transpose(1, 2).matmul(part.q), group);
        put(dv, part.p.transpose(1, 2).matmul(dy), group);
    }
    return {dq, dk, dv};
}

using Maybe = std::optional<at::Tensor>;
using MaybeInt = std::optional<c10::SymInt>;

// Flash: `left` places before a query's own.
inline std::int64_t seen_with(const MaybeInt& left) {
    return left ? left->expect_int() + 1 : 0;
}

inline std::tuple<at::Tensor, at::Tensor, at::Tensor, at::Tensor, at::Tensor> flash_forward(
    const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const Maybe& bounds,
    const Maybe& key_bounds, c10::SymInt longest, c10::SymInt, double dropout, bool causal, bool,
    std::optional<double>, MaybeInt left, MaybeInt right, const Maybe&, const Maybe&, const Maybe&,
    std::optional<std::int64_t>) {
    TORCH_CHECK(bounds && key_bounds && at::equal(*bounds, *key_bounds) && dropout == 0, "flash");
    TORCH_CHECK(left.has_value() == right.has_value() && (!right || *right == 0), "flash window");
    varlen_calls.push_back({"flash", numbers(*bounds), longest.expect_int(), q.size(1), k.size(1),
                            causal, left ? std::optional(left->expect_int()) : std::nullopt});
    const at::Tensor none = at::empty({0}, q.options());
    return {forward(q, k, v, *bounds, causal, seen_with(left)), none, none, none, none};
}

inline std::tuple<at::Tensor, at::Tensor, at::Tensor> flash_backward(
    const at::Tensor& grad, const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
    const at::Tensor&, const at::Tensor&, const at::Tensor& bounds, const at::Tensor&, c10::SymInt,
    c10::SymInt, double, bool causal, const at::Tensor&, const at::Tensor&, std::optional<double>,
    MaybeInt left, MaybeInt) {
    return backward(grad, q, k, v, bounds, causal, seen_with(left));
}

inline std::tuple<at::Tensor, at::Tensor, at::Tensor, at::Tensor, c10::SymInt, c10::SymInt>
efficient_forward(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const Maybe& bias,
                  const Maybe& bounds, const Maybe& key_bounds, MaybeInt longest, MaybeInt,
                  double dropout, std::int64_t mask, bool keeps, std::optional<double>,
                  const Maybe&, std::optional<std::int64_t> window) {
    TORCH_CHECK(!bias && bounds && key_bounds && dropout == 0 && mask <= 1, "efficient");
    TORCH_CHECK(q.size(0) == 1 && q.size(2) == k.size(2), "one row, and keys for every head");
    varlen_calls.push_back({"efficient", numbers(*bounds), longest->expect_int(), q.size(2),
                            k.size(2), mask == 1, window});
    const at::Tensor sums = at::empty({keeps ? 1 : 0}, q.options()), none = at::empty({0});
    return {
        forward(q.squeeze(0), k.squeeze(0), v.squeeze(0), *bounds, mask == 1, window.value_or(0))
            .unsqueeze(0),
        sums,
        none,
        none,
        *longest,
        *longest};
}

inline std::tuple<at::Tensor, at::Tensor, at::Tensor, at::Tensor> efficient_backward(
    const at::Tensor& grad, const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
    const Maybe&, const at::Tensor&, const Maybe& bounds, const Maybe&, c10::SymInt, c10::SymInt,
    const at::Tensor& sums, double, const at::Tensor&, const at::Tensor&, std::int64_t mask, bool,
    std::optional<double>, std::optional<std::int64_t>, std::optional<std::int64_t> window, bool) {
    TORCH_CHECK(sums.numel() == 1, "the forward pass kept no sums");
    auto [dq, dk, dv] = backward(grad.squeeze(0), q.squeeze(0), k.squeeze(0), v.squeeze(0), *bounds,
                                 mask == 1, window.value_or(0));
    return {dq.unsqueeze(0), dk.unsqueeze(0), dv.unsqueeze(0), at::Tensor()};
}

}  // namespace detail

TORCH_LIBRARY_IMPL(aten, CPU, library) {
    library.impl("_flash_attention_forward", detail::flash_forward);
    library.impl("_flash_attention_backward", detail::flash_backward);
    library.impl("_efficient_attention_forward", detail::efficient_forward);
    library.impl("_efficient_attention_backward", detail::efficient_backward);
}

// While this lives, tensors on the CPU count as those of a device with this capability.
class HostVarlen {
  public:
    explicit HostVarlen(int capability) {
        varlen_calls.clear();
        varlen_backwards = 0;
        use_varlen_kernels({capability}, at::kCPU);
    }
    ~HostVarlen() {
        use_varlen_kernels({});
        varlen_refusal.clear();
        varlen_error = 0;
    }
    HostVarlen(const HostVarlen&) = delete;
    HostVarlen& operator=(const HostVarlen&) = delete;
};

}  // namespace moelora::test
