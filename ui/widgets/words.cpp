// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/words.h"

#include <QHeaderView>
#include <QResizeEvent>
#include <QTableView>
#include <algorithm>

#include "ui/widgets/theme.h"

namespace moelora::ui {

QSize Words::minimumSizeHint() const {
    QSize least = QLabel::minimumSizeHint();
    const int lines = property("leastLines").toInt() * fontMetrics().lineSpacing();
    least.setHeight(std::max(least.height(), lines));
    if (wordWrap() && isVisible() && !text().isEmpty())
        least.setHeight(std::max(least.height(), heightForWidth(width())));
    return least;
}

void Words::resizeEvent(QResizeEvent* event) {
    QLabel::resizeEvent(event);
    if (wordWrap() && event->size().width() != event->oldSize().width()) updateGeometry();
}

void Words::showEvent(QShowEvent* event) {
    QLabel::showEvent(event);
    if (wordWrap()) updateGeometry();
}

void keepLines(QWidget* widget, int lines, int more, int least) {
    keepLook(widget, [=] {
        widget->setMinimumHeight(
            std::max(least, lines * widget->fontMetrics().lineSpacing() + more));
    });
}

void keepRows(QTableView* table, int least) {
    constexpr int around = 6;
    keepLook(table, [=] {
        table->verticalHeader()->setDefaultSectionSize(
            std::max(least, table->fontMetrics().height() + around));
    });
}

}  // namespace moelora::ui
