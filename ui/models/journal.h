// SPDX-License-Identifier: GPL-3.0-or-later
// The prepared run, written down while it is edited, so that a program that dies loses at most two
// seconds of it. A proper end takes the file away. GUI thread only.
#pragma once

#include <QTimer>

#include "ui/models/project.h"

namespace moelora::ui {

class Journal : public QObject {
    Q_OBJECT
  public:
    // `file`: where it is written. What an earlier program left there is kept aside until restore()
    // or forget().
    Journal(Project& project, const QString& file, QObject* parent = nullptr);

    [[nodiscard]] bool left() const { return m_left; }  // by a program that died
    void restore();                                     // takes what was left into the project
    void forget();                                      // what was left
    void close();                                       // a proper end
    static constexpr int restMs = 1500;

  private:
    void write();

    Project& m_project;
    QString m_file;
    QTimer m_rest;
    bool m_left = false;
};

// The options as a configuration file that `moelora train --config` and "Open configuration" read.
[[nodiscard]] bool writeConfig(const RunOptions& options, const QString& path);

}  // namespace moelora::ui
