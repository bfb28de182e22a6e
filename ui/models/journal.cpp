// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/journal.h"

#include <QDir>
#include <QFileInfo>
#include <QSaveFile>

#include "core/options/config.h"

namespace moelora::ui {

namespace {
QString leftName(const QString& file) {
    return file + QStringLiteral(".left");
}
}  // namespace

bool writeConfig(const RunOptions& options, const QString& path) {
    QSaveFile file(path);
    return file.open(QIODevice::WriteOnly) &&
           file.write(QByteArray::fromStdString(
               to_json(options).dump(2, ' ', false, Json::error_handler_t::replace) + "\n")) >= 0 &&
           file.commit();
}

Journal::Journal(Project& project, const QString& file, QObject* parent)
    : QObject(parent), m_project(project), m_file(file) {
    QDir().mkpath(QFileInfo(file).path());
    // Of two deaths in a row the newer one counts, unless nothing was edited in between.
    if (QFile::exists(m_file)) {
        QFile::remove(leftName(m_file));
        QFile::rename(m_file, leftName(m_file));
    }
    m_left = QFile::exists(leftName(m_file));
    m_rest.setSingleShot(true);
    m_rest.setInterval(restMs);
    connect(&m_rest, &QTimer::timeout, this, &Journal::write);
    // Not started anew by each edit: who types all the time is written down, too.
    connect(&project, &Project::optionsChanged, this, [this] {
        if (!m_rest.isActive()) m_rest.start();
    });
}

void Journal::write() {
    static_cast<void>(writeConfig(m_project.options(), m_file));  // a full disk stops no editing
}

void Journal::restore() {
    if (m_left) {
        m_project.openConfig(leftName(m_file));
        m_project.setConfigFile({});  // saving asks where: this file goes
    }
    forget();
}

void Journal::forget() {
    QFile::remove(leftName(m_file));
    m_left = false;
}

void Journal::close() {
    m_rest.stop();
    QFile::remove(m_file);
}

}  // namespace moelora::ui
