// SPDX-License-Identifier: GPL-3.0-or-later
// Pictures of every page, in both languages and both themes, as the window looks now.
#pragma once

#include <QString>

namespace moelora::ui {
class Application;
class MainWindow;
}  // namespace moelora::ui

namespace moelora::gui {

// Runs the event loop until jobs and questions under way are answered; false after `patienceMs`.
[[nodiscard]] bool settle(int patienceMs = 60000);

// <folder>/<page>-<language>-<theme>.png at 1280 x 720, and the panes of Monitor beside them.
// `prefix` stands before each name. False: a picture cannot be written.
[[nodiscard]] bool writeScreenshots(ui::MainWindow& window, ui::Application& application,
                                    const QString& folder, const QString& prefix);

}  // namespace moelora::gui
