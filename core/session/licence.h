// SPDX-License-Identifier: GPL-3.0-or-later
// What a model folder says of its licence, for the card of an export. Blocking, any thread.
#pragma once

#include <string>

namespace moelora {

// "apache-2.0, as its README.md says", "as its file LICENSE says", or "not said in its folder".
[[nodiscard]] std::string licence_said_in(const std::string& model_folder);

}  // namespace moelora
