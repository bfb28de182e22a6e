// SPDX-License-Identifier: GPL-3.0-or-later
// Cross-entropy of a frozen output layer without a [rows, vocab] tensor. The vocabulary is walked
// in chunks with a running maximum (the softmax of flash attention, the output layer being keys and
// values at once), and the gradient of the hidden rows is formed in the same walk: the weights are
// read once, two matrix products instead of three, [N, H] kept for backward.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace moelora {

// How much is in work at a time. Rows: enough for full GEMM speed, while a thread's [rows, H] sum
// is small beside the weights. Columns: a chunk of weights stays in the cache between its two
// products (256 x 2560 x 4 bytes = 2.6 MB; 11 % less processor time than 1024, 25 % less than
// 16384); 0 = 256 on the CPU, 16384 elsewhere (fewer launches).
struct LossBlock {
    std::int64_t rows = 256, columns = 0;
};

// Mean over rows of -log softmax(rows · weightᵀ)[target].
//   rows     [N, H]  f32|bf16|f16|f64  N >= 1; the only input with a gradient
//   weight   [V, H]  same dtype        frozen
//   targets  [N]     i64               in [0, V), any device of rows
//   returns  []      f32 (f64 for f64)
// The logits are rounded to the dtype of rows, as the model's own head does; softmax and sums are
// fp32 (f64). Errors: std::invalid_argument "[label_cross_entropy] ..." (a bug in the caller).
// No second derivative (throws by name). Threads: pure; the rounding depends on the number of
// threads, as that of a matrix product does. Slow twin: in
// tests/core/train/label_loss_test.cpp.
[[nodiscard]] at::Tensor label_cross_entropy(const at::Tensor& rows, const at::Tensor& weight,
                                             const at::Tensor& targets, LossBlock block = {});

// The loss of each row by itself, [N]; else the same. The gradient kept for backward is that of
// each row's own loss, in the type of rows.
[[nodiscard]] at::Tensor label_losses(const at::Tensor& rows, const at::Tensor& weight,
                                      const at::Tensor& targets, LossBlock block = {});

// Flat places b · T + t whose next position carries a label, and those labels, both [N] i64 on the
// CPU; `labels` [B, T] i64 there.
struct LabelPlaces {
    at::Tensor places, targets;
};
[[nodiscard]] LabelPlaces label_places(const at::Tensor& labels);
// labels != -100 after the shift.
[[nodiscard]] std::int64_t count_targets(const at::Tensor& labels);

}  // namespace moelora
