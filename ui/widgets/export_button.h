// SPDX-License-Identifier: GPL-3.0-or-later
// A button whose menu writes what stands beside it as PNG, SVG or CSV. GUI thread only.
#pragma once

#include <QToolButton>
#include <functional>

class QAction;

namespace moelora::ui {

class ExportButton : public QToolButton {
    Q_OBJECT
  public:
    // `name` begins the name of the file; `save` writes by its ending, false where it could not.
    ExportButton(QString name, std::function<bool(const QString& path)> save,
                 QWidget* parent = nullptr);

  Q_SIGNALS:
    void unwritable(const QString& path, const QString& why);

  private:
    void retranslate();
    void askWhere(const QString& ending);

    QString m_name;
    std::function<bool(const QString&)> m_save;
    QAction* m_formats[3];
};

// The widget as it would be drawn at its size, as SVG or a picture by the ending.
[[nodiscard]] bool saveDrawing(QWidget* drawing, const QString& path);
[[nodiscard]] bool saveBytes(const QByteArray& bytes, const QString& path);
[[nodiscard]] QString whyNotWritten(const QString& path);  // asks the system
[[nodiscard]] bool isTablePath(const QString& path);       // .csv

}  // namespace moelora::ui
