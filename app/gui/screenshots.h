// SPDX-License-Identifier: GPL-3.0-or-later
// Pictures of every page, in both languages and both themes, as the window looks now.
#pragma once

#include <QString>
#include <QStringList>
#include <functional>

namespace moelora::ui {
class Application;
class MainWindow;
}  // namespace moelora::ui

namespace moelora::gui {

// Runs the event loop until jobs and questions under way are answered; false after `patienceMs`.
[[nodiscard]] bool settle(int patienceMs = 60000);

// Runs the event loop until `done`; false after a quarter of an hour.
[[nodiscard]] bool waitFor(const std::function<bool()>& done);

// <folder>/<page>-<language>-<theme>.png at 1280 x 720, and beside them the panes of a
// page and several runs chosen on the page Runs.
// `prefix` stands before each name. False: a picture cannot be written.
[[nodiscard]] bool writeScreenshots(ui::MainWindow& window, ui::Application& application,
                                    const QString& folder, const QString& prefix);

// <folder>/<state>-<page>-<language>-<theme>.png of these pages, as they are while something is at
// work or has failed.
[[nodiscard]] bool writeState(ui::MainWindow& window, ui::Application& application,
                              const QString& folder, const QString& state,
                              const QStringList& pages);

}  // namespace moelora::gui
