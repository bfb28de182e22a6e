// SPDX-License-Identifier: GPL-3.0-or-later
// Help texts of the window: what to paste into a report, and About. No user name, host name or
// private path is in them.
#pragma once

#include <QString>

#include "ui/models/workbench.h"

namespace moelora::ui {

[[nodiscard]] QString diagnosticsText(const Workbench& workbench, const QString& lastErrors);
[[nodiscard]] QString aboutHtml();
// Replaces the home folder, the user's and the computer's name.
[[nodiscard]] QString redacted(QString text);

}  // namespace moelora::ui
