// SPDX-License-Identifier: GPL-3.0-or-later
// The table of kernels on host memory: the kernels' own arithmetic (quant_arithmetic.h,
// expert_arithmetic.h), element by element and lane by lane, sums added in the warps' order, so
// that a device must answer with the same bits. For tests and for the library's self-test; slow. A
// queue means nothing to it. Error codes: 0, or 1 for arguments that a kernel would refuse.
#pragma once

#include "core/ops/cuda/backend_api.h"

namespace moelora::cuda {

[[nodiscard]] const MoeloraCudaTable& host_twin();

}  // namespace moelora::cuda
