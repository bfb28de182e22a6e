// SPDX-License-Identifier: GPL-3.0-or-later
// Cross-entropy of a frozen output layer without a [rows, vocab] tensor: the rows are walked in
// chunks, and the gradient with respect to the hidden rows is formed in the forward pass, while a
// chunk's softmax is there. Two matrix products a chunk instead of three, [N, H] kept for backward.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace moelora {

// Logits of one chunk in fp32 stay below this: large enough for full GEMM speed at a vocabulary of
// 152 k (110 rows), small beside the head's own weight (1.5 GB there).
inline constexpr std::int64_t loss_chunk_bytes = std::int64_t{64} << 20;

// Mean over rows of -log softmax(rows · weightᵀ)[target].
//   rows     [N, H]  f32|bf16|f16|f64  N >= 1; the only input with a gradient
//   weight   [V, H]  same dtype        frozen
//   targets  [N]     i64               in [0, V), any device of rows
//   returns  []      f32 (f64 for f64)
// The logits are rounded to the dtype of rows, as the model's own head does; softmax and sums are
// fp32 (f64). Errors: std::invalid_argument "[label_cross_entropy] ..." (a bug in the caller).
// No second derivative (throws by name). Threads: pure. Slow twin: in
// tests/core/train/label_loss_test.cpp.
[[nodiscard]] at::Tensor label_cross_entropy(const at::Tensor& rows, const at::Tensor& weight,
                                             const at::Tensor& targets,
                                             std::int64_t chunk_bytes = loss_chunk_bytes);

// Rows of hidden [B, T, H] whose next position carries a label, and those labels; `labels` [B, T]
// i64 on the CPU.
struct LabelledRows {
    at::Tensor rows;     // [N, H]; undefined when N = 0
    at::Tensor targets;  // [N] i64 on hidden's device
};
[[nodiscard]] LabelledRows labelled_rows(const at::Tensor& hidden, const at::Tensor& labels);
// labels != -100 after the shift.
[[nodiscard]] std::int64_t count_targets(const at::Tensor& labels);

}  // namespace moelora
