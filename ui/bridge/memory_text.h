// SPDX-License-Identifier: GPL-3.0-or-later
// What would make a run fit, as the window says it, in its language. GUI thread only.
#pragma once

#include <QString>
#include <string>

namespace moelora::ui {

// Of one change of a MemoryEstimate; as it is where it is not in the table.
[[nodiscard]] QString memoryChangeText(const std::string& change);
// Of several as the engine lists them: "train.pack_tokens=1 (2.1 GB); adapter.rank=4, and ... (2
// GB)".
[[nodiscard]] QString memoryChangesText(const std::string& changes);

}  // namespace moelora::ui
