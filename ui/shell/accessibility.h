// SPDX-License-Identifier: GPL-3.0-or-later
// What a screen reader calls the drawn controls: without it they are plain areas to it.
#pragma once

namespace moelora::ui {

// Once per application.
void installAccessibleRoles();

}  // namespace moelora::ui
