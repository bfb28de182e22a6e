// SPDX-License-Identifier: GPL-3.0-or-later
// A short note that a dying program leaves: the signal, or what was thrown, and the addresses of
// the calls. The next start finds it and shows it in the diagnostics. Once a process.
#pragma once

#include <QString>

namespace moelora::ui {

// Opens `file` for the note and takes over the fatal signals and std::terminate; what an earlier
// program left there is read first. The handlers write and then let the program die as it would.
void keepCrashNote(const QString& file);
// What the program before this one left; "" = it ended properly, or nothing was kept.
[[nodiscard]] QString lastCrashNote();
// At a proper end.
void dropCrashNote();

}  // namespace moelora::ui
