// SPDX-License-Identifier: GPL-3.0-or-later
// A drawing with the table of its numbers behind it: a button, or the key T, changes between them.
// GUI thread only.
#pragma once

#include <QStringList>
#include <QWidget>
#include <functional>
#include <vector>

class QTableWidget;
class QToolButton;
class QVBoxLayout;

namespace moelora::ui {

class ExportButton;

class WithTable : public QWidget {
    Q_OBJECT
  public:
    struct Table {
        QStringList headers;
        std::vector<QStringList> rows;
    };
    // `make` is asked when the table is shown and by refresh().
    WithTable(QWidget* drawing, std::function<Table()> make, QWidget* parent = nullptr);
    void setName(const QString& name);  // for screen readers, of drawing and table
    void refresh();                     // the numbers have changed
    // Adds a button that writes the drawing, or `csv`, as a file; its name begins with `name`.
    void setExport(const QString& name, std::function<QByteArray()> csv);
    // As high as there is room, drawing and table; without it the table is some lines high.
    void setGrows();
    void showTable(bool on);
    [[nodiscard]] const QTableWidget* table() const { return m_table; }

  Q_SIGNALS:
    void unwritable(const QString& path, const QString& why);

  private:
    QWidget* m_drawing;
    std::function<Table()> m_make;
    QTableWidget* m_table;
    QToolButton* m_button;
    QVBoxLayout* m_buttons;
    ExportButton* m_export = nullptr;
    bool m_grows = false;
};

}  // namespace moelora::ui
