// SPDX-License-Identifier: GPL-3.0-or-later
// tile_matmul.h on tensors: packs, shares the work out over at::get_num_threads(), chunks the rows.
// Of this folder only.
//
//   x  [N, in]  dy [N, out]   bf16 on the CPU
//   returns y [N, out] = x Wᵀ, dx [N, in] = dy W    bf16, new storage
//
// No gradients, pure. Transient memory: a packed copy of at most 512 rows, 0.7 MB a thread.
#pragma once

#include <ATen/core/Tensor.h>

#include "core/quant/tile_matmul.h"

namespace moelora {

// Whether the unit serves: rows of bf16 against W [out, in], more of them than a conversion of W
// costs.
[[nodiscard]] bool tile_product_serves(const at::Tensor& rows, std::int64_t out, std::int64_t in);
[[nodiscard]] at::Tensor tile_forward(const TileWeight& w, std::int64_t out, const at::Tensor& x);
[[nodiscard]] at::Tensor tile_backward(const TileWeight& w, std::int64_t out, const at::Tensor& dy);

}  // namespace moelora
