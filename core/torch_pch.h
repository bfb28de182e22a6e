// SPDX-License-Identifier: GPL-3.0-or-later
// The one precompiled header of the torch-including folders; nothing else pulls these in.
#pragma once

#include <torch/torch.h>

#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>
