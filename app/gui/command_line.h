// SPDX-License-Identifier: GPL-3.0-or-later
// What the window's program understands on its command line.
#pragma once

#include <QString>
#include <QStringList>
#include <optional>

namespace moelora::gui {

struct CommandLine {
    QString model, data, run, compare, screenshot, screenshots, page, theme, language, runs;
    bool demo = false, selfTest = false;
};
// Empty: help, version or a usage error was printed; `exitCode` says which.
[[nodiscard]] std::optional<CommandLine> parseCommandLine(const QStringList& arguments,
                                                          int& exitCode);

// What Qt shall draw on, of the program's arguments, before it is started: it ends the program by
// abort() where there is no display.
enum class Screen {
    AsIs,       // there is a display, or a platform was asked for
    Offscreen,  // there is none and none is needed, as for pictures or --help
    Missing
};
[[nodiscard]] Screen screenFor(const QStringList& arguments);

}  // namespace moelora::gui
