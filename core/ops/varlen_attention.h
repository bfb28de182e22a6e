// SPDX-License-Identifier: GPL-3.0-or-later
// Attention of segments that lie one behind the other, none of which sees another, in one call of a
// device's kernel in place of one a segment (performance.md W6, 6.3):
//   y = softmax(q kᵀ / sqrt(D), over the keys that are seen) v      within each segment
//
//   q         [N, heads, D]     f32|f16|bf16, last dimension dense
//   k, v      [N, kv_heads, D]  heads is a multiple of kv_heads
//   returns   [N, heads, D]
//
// causal: query i sees keys up to its own place; window w > 0 (with causal only): of these the last
// w. The kernels are those of LibTorch's CUDA part, found by the dispatcher; gradients of q, k and
// v are ATen's. Errors: throws std::invalid_argument "[varlen_attention] ..." on a mismatch.
// Threads: the engine's. Twin: varlen_attention_reference, a loop over the segments. On a CPU
// nothing is served: callers loop over at::scaled_dot_product_attention. **Not run on a GPU.**
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <vector>

namespace moelora {

// Flash: flash attention 2, 16 bit; Efficient: CUTLASS' memory-efficient kernel, which needs keys
// for every head.
enum class VarlenKernel { None, Flash, Efficient };

// Which of them serves these, by compute capability (80 = 8.0).
[[nodiscard]] VarlenKernel varlen_kernel(at::ScalarType type, int capability,
                                         std::int64_t head_dim);

// Devices of type `on` have the kernels, by number with this capability; for the rest of the
// process. Empty = none again. Tests name the CPU.
void use_varlen_kernels(std::vector<int> capabilities, at::DeviceType on = at::kCUDA);
// The one for tensors of that device. Before the first use of each it is run there beside the twin;
// None where the device refuses or differs.
[[nodiscard]] VarlenKernel varlen_kernel_for(const at::Device& device, at::ScalarType type,
                                             std::int64_t head_dim);
// That check: "" or what the device did.
[[nodiscard]] std::string why_no_varlen(VarlenKernel kernel, const at::Device& device,
                                        at::ScalarType type);

struct Segments {
    at::Tensor bounds;         // [n + 1] i32 on the device, from 0 to N
    std::int64_t longest = 0;  // tokens
};
[[nodiscard]] Segments segments_of(const std::vector<std::int64_t>& lengths,
                                   const at::Device& device);

[[nodiscard]] at::Tensor varlen_attention(VarlenKernel kernel, const at::Tensor& q,
                                          const at::Tensor& k, const at::Tensor& v,
                                          const Segments& segments, bool causal,
                                          std::int64_t window = 0);
[[nodiscard]] at::Tensor varlen_attention_reference(const at::Tensor& q, const at::Tensor& k,
                                                    const at::Tensor& v,
                                                    const std::vector<std::int64_t>& lengths,
                                                    bool causal, std::int64_t window = 0);

}  // namespace moelora
