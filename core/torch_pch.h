// SPDX-License-Identifier: GPL-3.0-or-later
// The one precompiled header of the torch-including folders. Only tensors: what a header leaves to
// instantiate, every file that uses it instantiates again, and <torch/torch.h> leaves 7 seconds of
// that. A file that writes an autograd node includes its header itself.
#pragma once

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>

#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>
