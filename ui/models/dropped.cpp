// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/dropped.h"

#include <QCoreApplication>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <algorithm>

#include "ui/models/workbench.h"

namespace moelora::ui {

namespace {
// A configuration begins with its version; data sets of this ending do not.
bool isConfig(const QString& path) {
    constexpr qint64 begin = 4096;
    if (!path.endsWith(QLatin1String(".json"), Qt::CaseInsensitive)) return false;
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly)) return false;
    const QByteArray text = file.read(begin);
    return text.trimmed().startsWith('{') && text.contains("\"version\"") &&
           (text.contains("\"adapter\"") || text.contains("\"train\""));
}

struct Mark {
    const char* file;
    Dropped what;
};
// The first of these files that a folder has says what it is.
constexpr Mark marks[] = {{"run.json", Dropped::Run},
                          {"comparison.json", Dropped::Comparison},
                          {"adapter.json", Dropped::Adapter},
                          {"adapter_config.json", Dropped::Adapter},
                          {"config.json", Dropped::Model}};

struct Hint {
    Dropped what;
    const char* text;
};
constexpr Hint hints[] = {
    {Dropped::Run, QT_TRANSLATE_NOOP("drop", "Drop: this run opens on the page Monitor.")},
    {Dropped::Comparison,
     QT_TRANSLATE_NOOP("drop", "Drop: this comparison opens on the page Compare.")},
    {Dropped::Bundle,
     QT_TRANSLATE_NOOP("drop", "Drop: this bundle goes into the library, on the page Runs.")},
    {Dropped::Adapter,
     QT_TRANSLATE_NOOP("drop", "Drop: this adapter is chosen on the page Compare.")},
    {Dropped::Model, QT_TRANSLATE_NOOP("drop", "Drop: this model is chosen on the page Model.")},
    {Dropped::Config,
     QT_TRANSLATE_NOOP("drop", "Drop: this configuration opens on the page Train.")},
    {Dropped::Data, QT_TRANSLATE_NOOP("drop", "Drop: it is read as data, on the page Data.")}};
}  // namespace

Dropped recognise(const QStringList& paths) {
    if (paths.isEmpty()) return Dropped::Nothing;
    const QString& path = paths.first();
    if (!QFileInfo(path).isDir()) {
        if (std::all_of(paths.begin(), paths.end(), isPictureFile)) return Dropped::Pictures;
        if (path.endsWith(QLatin1String(".zip"), Qt::CaseInsensitive)) return Dropped::Bundle;
        return isConfig(path) ? Dropped::Config : Dropped::Data;
    }
    for (const Mark& mark : marks)
        if (QDir(path).exists(QLatin1String(mark.file))) return mark.what;
    return Dropped::Data;
}

QString dropHint(Dropped what, int count) {
    if (what == Dropped::Pictures)
        return QCoreApplication::translate(
            "drop", "Drop: %Ln picture(s) for base and adapter to describe, on the page Compare.",
            "", count);
    for (const Hint& hint : hints)
        if (hint.what == what) return QCoreApplication::translate("drop", hint.text);
    return {};
}

}  // namespace moelora::ui
