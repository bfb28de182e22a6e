// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/shell/navigation.h"

#include <algorithm>

#include "ui/widgets/theme.h"

namespace moelora::ui {

namespace {
enum Role { Id = Qt::UserRole, IconName, Text, MarkRole };
constexpr int iconSide = 20, leastRow = 42, rowPadding = 18, leastWidth = 164;
constexpr int around = 52;  // margins of the list, of an entry and beside its icon
const QString signs[] = {QString(), QStringLiteral("   ✓"), QStringLiteral("   !"),
                         QStringLiteral("   ▸")};
}  // namespace

Navigation::Navigation(QWidget* parent) : QListWidget(parent) {
    setProperty("navigation", true);
    setFrameShape(QFrame::NoFrame);
    setIconSize(QSize(iconSide, iconSide));
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setUniformItemSizes(true);
    connect(this, &QListWidget::currentItemChanged, this, [this](QListWidgetItem* item) {
        for (int i = 0; i < count(); ++i) redraw(this->item(i));
        if (item) Q_EMIT chosen(item->data(Id).toString());
    });
    keepText(this, [this] { setAccessibleName(tr("Pages")); });
    keepLook(this, [this] {
        for (int i = 0; i < count(); ++i) redraw(item(i));
        fitLetters();
    });
}

// Room for the longest name with its mark, whichever that may be: nothing moves when it changes.
void Navigation::fitLetters() {
    int widest = 0;
    for (int i = 0; i < count(); ++i) {
        item(i)->setSizeHint(QSize(0, std::max(leastRow, fontMetrics().height() + rowPadding)));
        widest = std::max(
            widest, fontMetrics().horizontalAdvance(item(i)->data(Text).toString() + signs[Ready]));
    }
    setFixedWidth(std::max(leastWidth, widest + iconSide + around));
}

void Navigation::addPage(const QString& id, const QString& iconName) {
    auto* item = new QListWidgetItem(this);
    item->setData(Id, id);
    item->setData(IconName, iconName);
    item->setSizeHint(QSize(0, leastRow));
}

QListWidgetItem* Navigation::itemOf(const QString& id) const {
    for (int i = 0; i < count(); ++i)
        if (item(i)->data(Id).toString() == id) return item(i);
    return nullptr;
}

void Navigation::setText(const QString& id, const QString& text) {
    if (QListWidgetItem* item = itemOf(id)) {
        item->setData(Text, text);
        redraw(item);
        fitLetters();
    }
}

void Navigation::setMark(const QString& id, Mark mark) {
    if (QListWidgetItem* item = itemOf(id); item && item->data(MarkRole).toInt() != mark) {
        item->setData(MarkRole, mark);
        redraw(item);
    }
}

void Navigation::choose(const QString& id) {
    if (QListWidgetItem* item = itemOf(id)) setCurrentItem(item);
}

QString Navigation::current() const {
    return currentItem() ? currentItem()->data(Id).toString() : QString();
}

void Navigation::redraw(QListWidgetItem* item) {
    const QString marks[] = {QString(), tr("ready"), tr("needs attention"), tr("at work")};
    const int mark = item->data(MarkRole).toInt();
    const QString text = item->data(Text).toString();
    item->setText(text + signs[mark]);
    item->setData(Qt::AccessibleTextRole,
                  mark == None ? text : QStringLiteral("%1, %2").arg(text, marks[mark]));
    item->setToolTip(item->data(Qt::AccessibleTextRole).toString());
    const bool selected = item == currentItem();
    item->setIcon(
        QIcon(iconPixmap(item->data(IconName).toString(),
                         selected ? colors().accent : colors().muted, 20, devicePixelRatioF())));
    item->setForeground(selected ? colors().accent : colors().text);
}

}  // namespace moelora::ui
