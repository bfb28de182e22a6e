// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "core/ops/cuda/backend_api.h"

namespace moelora::cuda {

// Every kernel on device `index` against host_twin.h, bit by bit, over formats, types, odd widths
// and ragged blocks. True when all agree; `message` says how many cases ran, or which one differs.
bool self_test(int index, const MoeloraCudaTable& kernels, std::string& message);

}  // namespace moelora::cuda
