// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/with_table.h"

#include <QHBoxLayout>
#include <QHeaderView>
#include <QShortcut>
#include <QTableWidget>
#include <QToolButton>
#include <QVBoxLayout>

#include "ui/widgets/basics.h"
#include "ui/widgets/export_button.h"
#include "ui/widgets/theme.h"
#include "ui/widgets/words.h"

namespace moelora::ui {

namespace {
constexpr int tableHeight = 150, linesShown = 7;
}

WithTable::WithTable(QWidget* drawing, std::function<Table()> make, QWidget* parent)
    : QWidget(parent),
      m_drawing(drawing),
      m_make(std::move(make)),
      m_table(new QTableWidget),
      m_button(makeIconButton(QStringLiteral("table"))) {
    m_button->setCheckable(true);
    m_table->verticalHeader()->hide();
    m_table->setFrameShape(QFrame::NoFrame);
    m_table->setTabKeyNavigation(false);
    m_table->setEditTriggers(QAbstractItemView::NoEditTriggers);
    m_table->horizontalHeader()->setSectionResizeMode(QHeaderView::Stretch);
    keepRows(m_table);
    keepLook(m_table, [this] {
        if (!m_grows)
            m_table->setFixedHeight(
                std::max(tableHeight, linesShown * m_table->fontMetrics().height()));
    });
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(4);
    row->addWidget(m_drawing, 1);
    row->addWidget(m_table, 1);
    m_buttons = new QVBoxLayout;
    m_buttons->setSpacing(0);
    m_buttons->addWidget(m_button);
    m_buttons->addStretch();
    row->addLayout(m_buttons);
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Maximum);
    connect(m_button, &QToolButton::toggled, this, &WithTable::showTable);
    auto* key = new QShortcut(Qt::Key_T, this);
    key->setContext(Qt::WidgetWithChildrenShortcut);
    connect(key, &QShortcut::activated, m_button, &QToolButton::toggle);
    showTable(false);
    keepText(this, [this] {
        m_button->setToolTip(tr("Show the numbers as a table (T)"));
        refresh();
    });
}

void WithTable::setGrows() {
    m_grows = true;
    m_table->setMinimumHeight(0);
    m_table->setMaximumHeight(QWIDGETSIZE_MAX);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
}

void WithTable::setExport(const QString& name, std::function<QByteArray()> csv) {
    m_export = new ExportButton(name, [this, csv = std::move(csv)](const QString& path) {
        return isTablePath(path) ? saveBytes(csv(), path) : saveDrawing(m_drawing, path);
    });
    m_export->setObjectName(QStringLiteral("export_") + name);
    m_buttons->insertWidget(1, m_export);
    connect(m_export, &ExportButton::unwritable, this, &WithTable::unwritable);
}

void WithTable::setName(const QString& name) {
    m_drawing->setAccessibleName(name);
    m_table->setAccessibleName(tr("Table: %1").arg(name));
    m_button->setAccessibleName(tr("Table: %1").arg(name));
    if (m_export) m_export->setAccessibleName(tr("Write as a file: %1").arg(name));
}

void WithTable::refresh() {
    if (m_table->isHidden()) return;
    const Table table = m_make();
    m_table->setColumnCount(static_cast<int>(table.headers.size()));
    m_table->setHorizontalHeaderLabels(table.headers);
    m_table->setRowCount(static_cast<int>(table.rows.size()));
    for (int row = 0; row < m_table->rowCount(); ++row)
        for (int column = 0; column < m_table->columnCount(); ++column) {
            auto* item =
                new QTableWidgetItem(table.rows[static_cast<std::size_t>(row)].value(column));
            if (column > 0) item->setTextAlignment(Qt::AlignRight | Qt::AlignVCenter);
            m_table->setItem(row, column, item);
        }
}

void WithTable::showTable(bool on) {
    m_button->setChecked(on);
    m_drawing->setVisible(!on);
    m_table->setVisible(on);
    refresh();
}

}  // namespace moelora::ui
