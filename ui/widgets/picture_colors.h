// SPDX-License-Identifier: GPL-3.0-or-later
// The colours of pictures that are written to files: light, whatever the window shows.
#pragma once

#include "ui/widgets/theme.h"

namespace moelora::ui {

[[nodiscard]] const Colors& pictureColors();
// As long as one lives, colors() are these: what is drawn meanwhile goes into a file.
class PictureLook {
  public:
    PictureLook();
    ~PictureLook();
    PictureLook(const PictureLook&) = delete;
    PictureLook& operator=(const PictureLook&) = delete;
};

}  // namespace moelora::ui
