// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/ops/varlen_attention.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <stdexcept>
#include <tuple>
#include <utility>

#include "core/ops/memory_error.h"

namespace moelora {
namespace {

// LibTorch's own limits (sdp_utils): the backward pass of heads wider than 192 wants a data-centre
// card, and both kernels load 16 bytes at a time.
constexpr std::int64_t widest_flash = 192, aligned = 8;
constexpr int ampere = 80, maxwell = 50;

struct Row {
    at::ScalarType type;
    int capability;  // at least
    std::int64_t widest;
    VarlenKernel kernel;
};
// The first that fits.
constexpr std::int64_t any = std::int64_t{1} << 16;
constexpr Row choices[] = {{at::kBFloat16, ampere, widest_flash, VarlenKernel::Flash},
                           {at::kHalf, ampere, widest_flash, VarlenKernel::Flash},
                           {at::kBFloat16, ampere, any, VarlenKernel::Efficient},
                           {at::kHalf, maxwell, any, VarlenKernel::Efficient},
                           {at::kFloat, maxwell, any, VarlenKernel::Efficient}};

struct Served {
    at::DeviceType on = at::kCUDA;
    std::vector<int> capabilities;
    std::map<std::tuple<VarlenKernel, at::DeviceIndex, at::ScalarType>, bool> works;
};
Served& served() {
    static Served all;
    return all;
}

std::int64_t number_of(const at::Device& device) {
    return device.has_index() ? device.index() : 0;
}

void check(bool holds, const char* what) {
    if (!holds) throw std::invalid_argument(std::string("[varlen_attention] ") + what);
}

at::Tensor flash(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                 const Segments& segments, bool causal, std::int64_t window) {
    std::optional<std::int64_t> left, right;
    if (window > 0) {  // places before a query's own, and behind it
        left = window - 1;
        right = 0;
    }
    return std::get<0>(at::_flash_attention_forward(
        q, k, v, segments.bounds, segments.bounds, segments.longest, segments.longest,
        /*dropout_p=*/0.0, causal, /*return_debug_mask=*/false, /*scale=*/std::nullopt, left,
        right));
}

at::Tensor efficient(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                     const Segments& segments, bool causal, std::int64_t window) {
    const std::int64_t group = q.size(1) / k.size(1);
    const auto for_each_head = [group](const at::Tensor& rows) {
        return (group == 1 ? rows : rows.repeat_interleave(group, 1)).unsqueeze(0);
    };
    const bool keeps =
        at::GradMode::is_enabled() && (q.requires_grad() || k.requires_grad() || v.requires_grad());
    constexpr std::int64_t no_mask = 0, causal_mask = 1;  // from the first key on
    return std::get<0>(at::_efficient_attention_forward(
                           q.unsqueeze(0), for_each_head(k), for_each_head(v),
                           /*bias=*/std::nullopt, segments.bounds, segments.bounds,
                           segments.longest, segments.longest, /*dropout_p=*/0.0,
                           causal ? causal_mask : no_mask, keeps, /*scale=*/std::nullopt,
                           /*seqlen_k=*/std::nullopt,
                           window > 0 ? std::optional(window) : std::nullopt))
        .squeeze(0);
}

// Output and gradients of one case; leaves on `device` in `type`.
std::vector<at::Tensor> run_case(
    const std::vector<at::Tensor>& leaves, const at::Tensor& seed,
    const std::function<at::Tensor(const std::vector<at::Tensor>&)>& f) {
    const at::AutoGradMode gradients(true);
    std::vector<at::Tensor> own;
    for (const at::Tensor& leaf : leaves) own.push_back(leaf.detach().clone().requires_grad_(true));
    const at::Tensor y = f(own);
    (y * seed).sum().backward();
    std::vector<at::Tensor> out = {y.detach()};
    for (const at::Tensor& leaf : own) out.push_back(leaf.grad());
    return out;
}

}  // namespace

VarlenKernel varlen_kernel(at::ScalarType type, int capability, std::int64_t head_dim) {
    if (head_dim % aligned != 0) return VarlenKernel::None;
    for (const Row& row : choices)
        if (row.type == type && capability >= row.capability && head_dim <= row.widest)
            return row.kernel;
    return VarlenKernel::None;
}

void use_varlen_kernels(std::vector<int> capabilities, at::DeviceType on) {
    served() = {on, std::move(capabilities), {}};
}

VarlenKernel varlen_kernel_for(const at::Device& device, at::ScalarType type,
                               std::int64_t head_dim) {
    Served& all = served();
    const std::int64_t number = number_of(device);
    if (device.type() != all.on || number >= std::ssize(all.capabilities))
        return VarlenKernel::None;
    const VarlenKernel kernel =
        varlen_kernel(type, all.capabilities[static_cast<std::size_t>(number)], head_dim);
    if (kernel == VarlenKernel::None) return kernel;
    const auto [found, fresh] =
        all.works.try_emplace({kernel, static_cast<at::DeviceIndex>(number), type}, false);
    if (fresh) found->second = why_no_varlen(kernel, device, type).empty();
    return found->second ? kernel : VarlenKernel::None;
}

// Three segments, one of a single token, with groups of heads; all seen, causal, and a window that
// two of them outgrow.
std::string why_no_varlen(VarlenKernel kernel, const at::Device& device, at::ScalarType type) try {
    constexpr std::int64_t heads = 4, kv_heads = 2, dim = 64;
    const std::vector<std::int64_t> lengths = {9, 1, 22};
    constexpr std::int64_t tokens = 32;
    const auto pattern = [&](std::int64_t count, double turn) {
        const at::Tensor line = at::arange(tokens * count * dim, at::kDouble);
        return ((line * turn).sin() * 1.5).view({tokens, count, dim}).to(device, type);
    };
    const std::vector<at::Tensor> leaves = {pattern(heads, 0.37), pattern(kv_heads, 0.73),
                                            pattern(kv_heads, 1.9)};
    const at::Tensor seed = pattern(heads, 0.11);
    std::vector<at::Tensor> wide;
    for (const at::Tensor& leaf : leaves) wide.push_back(leaf.to(at::kCPU, at::kDouble));
    const Segments segments = segments_of(lengths, device);
    const double limit = type == at::kFloat ? 1e-3 : 4e-2;  // f32 may be multiplied as tf32
    for (const auto& [causal, window] :
         {std::pair<bool, std::int64_t>{false, 0}, {true, 0}, {true, 5}}) {
        const bool sees_back = causal;
        const std::int64_t places = window;
        const auto got = run_case(leaves, seed, [&](const std::vector<at::Tensor>& own) {
            return varlen_attention(kernel, own[0], own[1], own[2], segments, sees_back, places);
        });
        const auto expected =
            run_case(wide, seed.to(at::kCPU, at::kDouble), [&](const std::vector<at::Tensor>& own) {
                return varlen_attention_reference(own[0], own[1], own[2], lengths, sees_back,
                                                  places);
            });
        for (std::size_t i = 0; i < got.size(); ++i) {
            const at::Tensor difference = (got[i].to(at::kCPU, at::kDouble) - expected[i]).abs();
            const double largest = expected[i].abs().max().item<double>();
            if (!(difference.max().item<double>() <= limit * std::max(1.0, largest)))
                return "its results differ from those of the loop";
        }
    }
    return {};
} catch (const std::exception& thrown) {
    if (memory_error(thrown, "attention")) throw;
    const auto* torch = dynamic_cast<const c10::Error*>(&thrown);
    const std::string all = torch ? torch->what_without_backtrace() : thrown.what();
    return all.substr(0, all.find('\n'));
}

Segments segments_of(const std::vector<std::int64_t>& lengths, const at::Device& device) {
    Segments out;
    std::vector<std::int32_t> bounds = {0};
    for (const std::int64_t length : lengths) {
        bounds.push_back(bounds.back() + static_cast<std::int32_t>(length));
        out.longest = std::max(out.longest, length);
    }
    out.bounds = at::tensor(bounds, at::kInt).to(device);
    return out;
}

at::Tensor varlen_attention(VarlenKernel kernel, const at::Tensor& q, const at::Tensor& k,
                            const at::Tensor& v, const Segments& segments, bool causal,
                            std::int64_t window) {
    check(q.dim() == 3 && k.dim() == 3 && k.sizes() == v.sizes() && q.size(0) == k.size(0) &&
              q.size(2) == k.size(2) && k.size(1) > 0 && q.size(1) % k.size(1) == 0,
          "expected q [N, heads, D], and k and v [N, kv_heads, D]");
    check(window == 0 || causal, "a window looks back");
    switch (kernel) {
        case VarlenKernel::Flash:
            return flash(q, k, v, segments, causal, window);
        case VarlenKernel::Efficient:
            return efficient(q, k, v, segments, causal, window);
        case VarlenKernel::None:
            break;
    }
    throw std::invalid_argument("[varlen_attention] no kernel for these tensors");
}

}  // namespace moelora
