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

}  // namespace moelora::gui
