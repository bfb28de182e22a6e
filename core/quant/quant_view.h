// SPDX-License-Identifier: GPL-3.0-or-later
// A quantised matrix as the CPU kernels read it; of this folder only.
#pragma once

#include "core/quant/kernels.h"
#include "core/quant/quantized_matrix.h"

namespace moelora {

struct HeldView {
    at::Tensor scales;  // owns what the view's scales point to
    QuantView view;     // borrows the matrix, which must be on the CPU
};
[[nodiscard]] HeldView hold_view(const QuantizedMatrix& w);

}  // namespace moelora
