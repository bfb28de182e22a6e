// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/json.h"

namespace moelora {

// Where a run is made, for run.json: {"system", "kernel", "processor", "instructions", "threads",
// "libtorch", "gpus", "driver"}; what is not known is "". No name of the computer or its user.
// Blocking (reads /proc and /etc/os-release); any thread.
[[nodiscard]] Json environment_record();

}  // namespace moelora
