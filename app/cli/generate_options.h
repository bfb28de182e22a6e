// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/options/options.h"

namespace CLI {
class App;
}

namespace moelora::cli {

// How captions are decoded: the options of every verb that makes some.
void add_generate_options(CLI::App* verb, GenerateOptions& options);

}  // namespace moelora::cli
