// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/shell/single_instance.h"

#include <QCoreApplication>
#include <QDateTime>
#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QSaveFile>

namespace moelora::ui {

SingleInstance::SingleInstance(const QString& folder, QObject* parent)
    : QObject(parent),
      m_requests(folder + QStringLiteral("/requests")),
      m_lock(folder + QStringLiteral("/workbench.lock")) {
    QDir().mkpath(m_requests);
    m_lock.setStaleLockTime(0);  // a lock never grows old; only its process can be gone
    const bool left = QFile::exists(folder + QStringLiteral("/workbench.lock"));
    m_first = m_lock.tryLock(0) || m_lock.error() == QLockFile::PermissionError;
    m_endedBadly = left && m_first;
    if (!m_first) return;
    for (const QString& old : QDir(m_requests).entryList(QDir::Files))
        QFile::remove(m_requests + QLatin1Char('/') + old);  // nobody waits for these
    m_watcher.addPath(m_requests);
    connect(&m_watcher, &QFileSystemWatcher::directoryChanged, this, [this] { takeRequests(); });
}

bool SingleInstance::handOver(const QStringList& arguments) const {
    QSaveFile file(QStringLiteral("%1/%2-%3.json")
                       .arg(m_requests)
                       .arg(QDateTime::currentMSecsSinceEpoch())
                       .arg(QCoreApplication::applicationPid()));
    if (!file.open(QIODevice::WriteOnly)) return false;
    file.write(QJsonDocument(QJsonArray::fromStringList(arguments)).toJson());
    return file.commit();
}

void SingleInstance::takeRequests() {
    for (const QString& name :
         QDir(m_requests).entryList({QStringLiteral("*.json")}, QDir::Files, QDir::Name)) {
        QFile file(m_requests + QLatin1Char('/') + name);
        if (!file.open(QIODevice::ReadOnly)) continue;
        const QJsonArray array = QJsonDocument::fromJson(file.readAll()).array();
        file.remove();
        QStringList arguments;
        for (const auto& value : array) arguments << value.toString();
        Q_EMIT requested(arguments);
    }
}

}  // namespace moelora::ui
