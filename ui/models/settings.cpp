// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/settings.h"

#include <QDateTime>
#include <QFile>
#include <QSettings>
#include <QStandardPaths>
#include <algorithm>

namespace moelora::ui {

namespace {
constexpr int recentAtMost = 8, leastText = 100, mostText = 200;

QString fileName() {
    return QStandardPaths::writableLocation(QStandardPaths::AppConfigLocation) +
           QStringLiteral("/workbench.ini");
}

QVariant read(const QString& key, const QVariant& fallback = {}) {
    return QSettings(fileName(), QSettings::IniFormat).value(key, fallback);
}

void write(const QString& key, const QVariant& value) {
    QSettings(fileName(), QSettings::IniFormat).setValue(key, value);
}
}  // namespace

// A damaged INI still returns keys, so the status is asked before any value is used.
Settings::Settings() {
    const QString name = fileName();
    QSettings::Status status = QSettings::NoError;
    {
        const QSettings probe(name, QSettings::IniFormat);
        static_cast<void>(probe.allKeys());  // sections are read when they are asked for
        status = probe.status();
    }
    if (status != QSettings::FormatError) return;
    const QString kept =
        name + QStringLiteral(".bad-") +
        QDateTime::currentDateTimeUtc().toString(QStringLiteral("yyyyMMdd-HHmmss"));
    m_putAside = kept;
    for (int again = 2; QFile::exists(m_putAside); ++again)
        m_putAside = QStringLiteral("%1-%2").arg(kept).arg(again);
    if (!QFile::rename(name, m_putAside)) m_putAside.clear();
}

QString Settings::language() const {
    return read(QStringLiteral("language")).toString();
}
void Settings::setLanguage(const QString& code) {
    write(QStringLiteral("language"), code);
}
int Settings::themeMode() const {
    const int mode = read(QStringLiteral("theme"), 0).toInt();
    return mode >= 0 && mode <= 3 ? mode : 0;
}
void Settings::setThemeMode(int mode) {
    write(QStringLiteral("theme"), mode);
}
int Settings::textScale() const {
    return std::clamp(read(QStringLiteral("textScale"), leastText).toInt(), leastText, mostText);
}
void Settings::setTextScale(int percent) {
    write(QStringLiteral("textScale"), percent);
}
QByteArray Settings::geometry() const {
    return read(QStringLiteral("geometry")).toByteArray();
}
void Settings::setGeometry(const QByteArray& geometry) {
    write(QStringLiteral("geometry"), geometry);
}
QByteArray Settings::state(const QString& name) const {
    return read(QStringLiteral("state/") + name).toByteArray();
}
void Settings::setState(const QString& name, const QByteArray& state) {
    write(QStringLiteral("state/") + name, state);
}
QString Settings::folder(const QString& purpose) {
    return read(QStringLiteral("folder/") + purpose).toString();
}
void Settings::setFolder(const QString& purpose, const QString& folder) {
    write(QStringLiteral("folder/") + purpose, folder);
}
QStringList Settings::recent(const QString& purpose) const {
    return read(QStringLiteral("recent/") + purpose).toStringList();
}
void Settings::addRecent(const QString& purpose, const QString& path) {
    if (path.isEmpty()) return;
    QStringList paths = recent(purpose);
    paths.removeAll(path);
    paths.prepend(path);
    while (paths.size() > recentAtMost) paths.removeLast();
    write(QStringLiteral("recent/") + purpose, paths);
}

QStringList Settings::list(const QString& name) const {
    return read(QStringLiteral("list/") + name).toStringList();
}
void Settings::setList(const QString& name, const QStringList& texts) {
    write(QStringLiteral("list/") + name, texts);
}

}  // namespace moelora::ui
