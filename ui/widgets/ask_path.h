// SPDX-License-Identifier: GPL-3.0-or-later
// Asks for a file or folder in a dialog that holds nothing up, and remembers for each purpose where
// that was. Domain-free but for the settings. GUI thread only.
#pragma once

#include <QString>
#include <functional>

class QWidget;

namespace moelora::ui {

struct PathQuestion {
    enum What { Folder, File, NewFile, NewFolder };
    What what = Folder;
    QString purpose;  // name of the dialog, and of what is remembered
    QString title;
    QString filter{};     // of files: "Tables (*.csv)"
    QString suggested{};  // name of what is made; a new file without an ending gets this one's
    QString start{};      // what is chosen now; "" = where the last answer was, else at home
};

// `take` gets the answer, unless `parent` is gone by then.
void askPath(QWidget* parent, const PathQuestion& question,
             std::function<void(const QString& path)> take);

}  // namespace moelora::ui
