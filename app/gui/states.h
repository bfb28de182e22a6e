// SPDX-License-Identifier: GPL-3.0-or-later
// Pictures of what passes or goes wrong: a run at work, paused, failed, on a full disk, gated by
// tasks; a field that cannot be, an export that is refused.
#pragma once

#include <QString>

namespace moelora::ui {
class Application;
class MainWindow;
class Workbench;
}  // namespace moelora::ui

namespace moelora::gui {

// Of the sample project, which is prepared and has been trained. False: something did not come
// about, or a picture cannot be written.
[[nodiscard]] bool writeStates(ui::Workbench& workbench, ui::MainWindow& window,
                               ui::Application& application, const QString& folder);

}  // namespace moelora::gui
