// SPDX-License-Identifier: GPL-3.0-or-later
// The precompiled header of the torch-free folders: what nearly each of their files comes to
// include.
#pragma once

#include <algorithm>
#include <filesystem>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <tl/expected.hpp>
#include <vector>
