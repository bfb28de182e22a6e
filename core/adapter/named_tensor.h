// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <ATen/core/Tensor.h>

#include <string>

namespace moelora {

struct NamedTensor {
    std::string name;  // "<module path>.expert_a" ...
    at::Tensor tensor;
};

}  // namespace moelora
