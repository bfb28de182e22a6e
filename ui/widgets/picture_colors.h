// SPDX-License-Identifier: GPL-3.0-or-later
// The colours of pictures that are written to files: light, whatever the window shows.
#pragma once

#include "ui/widgets/theme.h"

namespace moelora::ui {

[[nodiscard]] const Colors& pictureColors();

}  // namespace moelora::ui
