// SPDX-License-Identifier: GPL-3.0-or-later
// What --force may replace.
#pragma once

#include <initializer_list>
#include <string>

#include "core/base/result.h"

namespace moelora {

// Good when `folder` does not exist or is empty, and with `force` also when it is a folder of the
// same kind, known by one of the files `marks`. Nothing else is ever replaced. Errors:
// OutputExists; with `force` OutputOtherKind.
[[nodiscard]] Status check_output_folder(const std::string& folder, bool force,
                                         std::initializer_list<const char*> marks);

}  // namespace moelora
