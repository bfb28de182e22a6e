// SPDX-License-Identifier: GPL-3.0-or-later
// Help texts of the window: what to paste into a report, and About. No user name, host name or
// private path is in them.
#pragma once

#include <QString>

#include "ui/models/workbench.h"

namespace moelora::ui {

[[nodiscard]] QString diagnosticsText(const Workbench& workbench, const QString& lastErrors);
[[nodiscard]] QString aboutHtml();
// Leaves of every path its last part, and nothing of the user's and the computer's name.
[[nodiscard]] QString redacted(QString text);
// The values of an error that are paths, to their last part: there their ends are known.
[[nodiscard]] Error withoutFolders(Error error);

}  // namespace moelora::ui
