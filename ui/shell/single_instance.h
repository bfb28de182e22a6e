// SPDX-License-Identifier: GPL-3.0-or-later
// One window for each profile folder: a second start hands its arguments to the first through a
// file, so that no socket is needed. A lock left behind tells that the last start ended badly.
#pragma once

#include <QFileSystemWatcher>
#include <QLockFile>
#include <QObject>
#include <QStringList>

namespace moelora::ui {

class SingleInstance : public QObject {
    Q_OBJECT
  public:
    // `folder` is made when it is missing.
    explicit SingleInstance(const QString& folder, QObject* parent = nullptr);

    [[nodiscard]] bool first() const { return m_first; }
    [[nodiscard]] bool endedBadly() const { return m_endedBadly; }  // the start before this one
    // Leaves the arguments to the first window. False: they cannot be written.
    [[nodiscard]] bool handOver(const QStringList& arguments) const;

  Q_SIGNALS:
    void requested(const QStringList& arguments);  // of a later start

  private:
    void takeRequests();

    QString m_requests;
    QLockFile m_lock;
    QFileSystemWatcher m_watcher;
    bool m_first = false, m_endedBadly = false;
};

}  // namespace moelora::ui
