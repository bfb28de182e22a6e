// SPDX-License-Identifier: GPL-3.0-or-later
// Errors of files that the window itself writes.
#pragma once

#include "ui/bridge/text.h"

namespace moelora::ui {

[[nodiscard]] inline Error unwritable(const QString& path, const QString& why) {
    return Error{ErrorCode::FileUnwritable, {{"path", ss(path)}, {"why", ss(why)}}, {}, {}};
}

}  // namespace moelora::ui
