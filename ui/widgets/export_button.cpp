// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/export_button.h"

#include <QImage>
#include <QMenu>
#include <QPainter>
#include <QSaveFile>
#include <QSvgGenerator>

#include "ui/widgets/ask_path.h"
#include "ui/widgets/picture_colors.h"
#include "ui/widgets/theme.h"

namespace moelora::ui {

namespace {
constexpr const char* endings[] = {"png", "svg", "csv"};
constexpr double pictureRatio = 2;

bool endsWith(const QString& path, const char* ending) {
    return path.endsWith(QLatin1String(ending), Qt::CaseInsensitive);
}
}  // namespace

bool isTablePath(const QString& path) {
    return endsWith(path, ".csv");
}

bool saveBytes(const QByteArray& bytes, const QString& path) {
    QSaveFile file(path);
    if (!file.open(QIODevice::WriteOnly)) return false;
    file.write(bytes);
    return file.commit();
}

QString whyNotWritten(const QString& path) {
    QFile file(path);
    return file.open(QIODevice::Append) ? ExportButton::tr("it was not written completely")
                                        : file.errorString();
}

// On white, whatever the theme of the screen.
bool saveDrawing(QWidget* drawing, const QString& path) {
    const PictureLook look;
    if (endsWith(path, ".svg")) {
        QSvgGenerator svg;
        svg.setFileName(path);
        svg.setSize(drawing->size());
        svg.setViewBox(drawing->rect());
        svg.setTitle(drawing->accessibleName());
        QPainter painter(&svg);
        if (!painter.isActive()) return false;
        painter.fillRect(drawing->rect(), colors().surface);
        drawing->render(&painter, {}, {}, QWidget::DrawChildren);
        return painter.end();
    }
    QImage image(drawing->size() * pictureRatio, QImage::Format_RGB32);
    image.setDevicePixelRatio(pictureRatio);
    image.fill(colors().surface);
    drawing->render(&image, {}, {}, QWidget::DrawChildren);
    return image.save(path);
}

ExportButton::ExportButton(QString name, std::function<bool(const QString&)> save, QWidget* parent)
    : QToolButton(parent), m_name(std::move(name)), m_save(std::move(save)) {
    setAutoRaise(true);
    setPopupMode(QToolButton::InstantPopup);
    auto* menu = new QMenu(this);
    for (int i = 0; i < 3; ++i) {
        m_formats[i] = menu->addAction(QString());
        connect(m_formats[i], &QAction::triggered, this,
                [this, i] { askWhere(QLatin1String(endings[i])); });
    }
    setMenu(menu);
    keepLook(this, [this] { setIcon(ui::icon(QStringLiteral("save"), colors().muted)); });
    keepText(this, [this] { retranslate(); });
}

void ExportButton::retranslate() {
    setToolTip(tr("Write this chart as a file"));
    const QString texts[] = {tr("Picture (PNG) ..."), tr("Drawing (SVG) ..."),
                             tr("Numbers (CSV) ...")};
    for (int i = 0; i < 3; ++i) m_formats[i]->setText(texts[i]);
}

void ExportButton::askWhere(const QString& ending) {
    askPath(this,
            {PathQuestion::NewFile, QStringLiteral("chartFile"), tr("Write this chart as a file"),
             QStringLiteral("*.%1").arg(ending), QStringLiteral("%1.%2").arg(m_name, ending)},
            [this](const QString& path) {
                if (!m_save(path)) Q_EMIT unwritable(path, whyNotWritten(path));
            });
}

}  // namespace moelora::ui
