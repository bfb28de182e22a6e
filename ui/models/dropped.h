// SPDX-License-Identifier: GPL-3.0-or-later
// What a file or folder is by what it holds, and what the window does with it when it is dropped.
#pragma once

#include <QStringList>

namespace moelora::ui {

enum class Dropped { Nothing, Pictures, Run, Comparison, Bundle, Adapter, Model, Config, Data };

// Looks into folders and files. Of several paths pictures go together; else the first one counts.
[[nodiscard]] Dropped recognise(const QStringList& paths);
// What a drop does, said before it; `count`: of the paths.
[[nodiscard]] QString dropHint(Dropped what, int count);

}  // namespace moelora::ui
