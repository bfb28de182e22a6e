// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/grid_files.h"

#include <QBuffer>
#include <QFileInfo>
#include <QSaveFile>

#include "ui/bridge/text.h"
#include "ui/widgets/picture_colors.h"
#include "ui/widgets/theme.h"

namespace moelora::ui {

namespace {
constexpr int pictureSide = 160;

QByteArray field(QString text) {
    const bool plain = !text.contains(QLatin1Char('"')) && !text.contains(QLatin1Char(',')) &&
                       !text.contains(QLatin1Char('\n')) && !text.contains(QLatin1Char('\r'));
    if (plain) return text.toUtf8();
    text.replace(QLatin1Char('"'), QStringLiteral("\"\""));
    return '"' + text.toUtf8() + '"';
}

void addLine(QByteArray& out, const QStringList& fields) {
    for (qsizetype i = 0; i < fields.size(); ++i) {
        if (i > 0) out += ',';
        out += field(fields[i]);
    }
    out += "\r\n";
}

QString safe(const QString& text) {
    return text.toHtmlEscaped().replace(QLatin1Char('\n'), QStringLiteral("<br>"));
}

// What came new is underlined and on a ground, as in the window.
QString marked(const WordDiff& diff) {
    QString out;
    for (const DiffSpan& span : diff)
        if (span.kind == DiffKind::Equal)
            out += safe(qs(span.text));
        else if (span.kind == DiffKind::Inserted)
            out += QStringLiteral("<ins>%1</ins>").arg(safe(qs(span.text)));
    return out;
}

QString pictureTag(const QImage& image, const QString& name) {
    QByteArray bytes;
    QBuffer buffer(&bytes);
    if (image.isNull() || !buffer.open(QIODevice::WriteOnly) ||
        !image.scaled(pictureSide, pictureSide, Qt::KeepAspectRatio, Qt::SmoothTransformation)
             .save(&buffer, "PNG"))
        return {};
    return QStringLiteral("<img alt=\"%1\" src=\"data:image/png;base64,%2\"><br>")
        .arg(name.toHtmlEscaped(), QString::fromLatin1(bytes.toBase64()));
}

QString styleText() {
    const Colors& c = pictureColors();
    return QStringLiteral(
               "body{font-family:sans-serif;color:%1;background:%2;margin:2em}"
               "table{border-collapse:collapse}th,td{border:1px solid %3;padding:.5em;"
               "text-align:left;vertical-align:top;max-width:22em}"
               "ins{color:%4;background:%5}small,ul{color:%6}img{border-radius:6px}")
        .arg(c.text.name(), c.surface.name(), c.border.name(), c.inserted.name(),
             c.insertedFill.name(), c.muted.name());
}
}  // namespace

QByteArray gridCsv(const GridTable& table) {
    QByteArray out;
    addLine(out,
            QStringList{QStringLiteral("image"), QStringLiteral("task"), QStringLiteral("prompt")} +
                table.names + QStringList{QStringLiteral("reference")});
    for (const GridTable::Row& row : table.rows) {
        QStringList fields = {row.image, row.task, row.prompt};
        for (const QString& caption : row.captions) fields << caption;
        addLine(out, fields << row.reference);
    }
    return out;
}

QByteArray gridHtml(const GridTable& table, const GridWords& words,
                    const std::map<QString, QImage>& pictures) {
    QString out = QStringLiteral(
                      "<!DOCTYPE html><html><head><meta charset=\"utf-8\"><title>%1"
                      "</title><style>%2</style></head><body><h1>%1</h1><table><tr>")
                      .arg(safe(words.title), styleText());
    for (const QString& name :
         QStringList{words.sample} + table.names + QStringList{words.reference})
        out += QStringLiteral("<th>%1</th>").arg(safe(name));
    out += QStringLiteral("</tr>");
    for (const GridTable::Row& row : table.rows) {
        const auto picture = pictures.find(row.image);
        const QString name = QFileInfo(row.image).fileName();
        out += QStringLiteral("<tr><td>%1<small>%2</small><br>%3</td>")
                   .arg(picture == pictures.end() ? QString() : pictureTag(picture->second, name),
                        safe(name), safe(row.prompt));
        for (const WordDiff& diff : row.diffs)
            out += QStringLiteral("<td>%1</td>").arg(marked(diff));
        out += QStringLiteral("<td>%1</td></tr>").arg(safe(row.reference));
    }
    out += QStringLiteral("</table><h2>%1</h2><ul>").arg(safe(words.origins));
    for (qsizetype i = 0; i < table.names.size(); ++i)
        out += QStringLiteral("<li>%1: %2</li>").arg(safe(table.names[i]), safe(table.origins[i]));
    return (out + QStringLiteral("</ul></body></html>\n")).toUtf8();
}

Result<bool> writeGridFile(const QString& path, const QByteArray& bytes) {
    QSaveFile file(path);
    if (file.open(QIODevice::WriteOnly) && file.write(bytes) == bytes.size() && file.commit())
        return true;
    const std::string why = ss(file.errorString());
    return fail(ErrorCode::FileUnwritable, {{"path", ss(path)}, {"why", why}});
}

}  // namespace moelora::ui
