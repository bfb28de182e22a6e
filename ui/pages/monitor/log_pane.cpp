// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/monitor/log_pane.h"

#include <QClipboard>
#include <QComboBox>
#include <QGuiApplication>
#include <QLineEdit>
#include <QListView>
#include <QScrollBar>
#include <QStyledItemDelegate>

#include "ui/widgets/basics.h"
#include "ui/widgets/theme.h"

namespace moelora::ui {

namespace {
// A sign before the line says its weight: never by colour alone.
class LineDelegate : public QStyledItemDelegate {
  public:
    using QStyledItemDelegate::QStyledItemDelegate;

  protected:
    void initStyleOption(QStyleOptionViewItem* option, const QModelIndex& index) const override {
        QStyledItemDelegate::initStyleOption(option, index);
        const auto severity = static_cast<Severity>(index.data(LogModel::SeverityRole).toInt());
        const Colors& c = colors();
        option->features |= QStyleOptionViewItem::HasDecoration;
        option->decorationSize = QSize(14, 14);
        option->icon = severity == Severity::Error
                           ? QIcon(iconPixmap(QStringLiteral("cross"), c.error, 14, 1))
                       : severity == Severity::Warning
                           ? QIcon(iconPixmap(QStringLiteral("warning"), c.warning, 14, 1))
                           : QIcon(iconPixmap(QStringLiteral("next"), c.muted, 14, 1));
    }
};
}  // namespace

LogPane::LogPane(LogModel& log, QWidget* parent)
    : QWidget(parent),
      m_log(log),
      m_filter(new LogFilter(this)),
      m_view(new QListView),
      m_level(new QComboBox),
      m_search(new QLineEdit),
      m_copy(makeButton(QStringLiteral("copy"), false)) {
    m_filter->setSourceModel(&log);
    m_view->setModel(m_filter);
    m_view->setItemDelegate(new LineDelegate(m_view));
    m_view->setUniformItemSizes(true);
    m_view->setFrameShape(QFrame::NoFrame);
    m_view->setSelectionMode(QAbstractItemView::ExtendedSelection);
    m_view->setObjectName(QStringLiteral("logLines"));
    m_search->setClearButtonEnabled(true);
    m_search->setMaximumWidth(220);
    auto* line = new QHBoxLayout;
    line->setSpacing(8);
    line->addWidget(m_level);
    line->addWidget(m_search);
    line->addStretch();
    line->addWidget(m_copy);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(6);
    column->addLayout(line);
    column->addWidget(m_view, 1);
    connect(m_level, &QComboBox::activated, this,
            [this](int index) { m_filter->setLevel(static_cast<Severity>(index)); });
    connect(m_search, &QLineEdit::textChanged, m_filter, &LogFilter::setWords);
    connect(m_copy, &QPushButton::clicked, this, &LogPane::copy);
    // Follows the newest line unless someone reads further up.
    const auto* bar = m_view->verticalScrollBar();
    connect(m_filter, &QAbstractItemModel::rowsAboutToBeInserted, this, [this, bar] {
        if (bar->value() == bar->maximum())
            QMetaObject::invokeMethod(m_view, &QListView::scrollToBottom, Qt::QueuedConnection);
    });
    keepText(this, [this] { retranslate(); });
    keepLook(this, [this] { m_view->viewport()->update(); });
}

void LogPane::copy() const {
    QGuiApplication::clipboard()->setText(m_filter->text());
}

void LogPane::retranslate() {
    const int kept = std::max(0, m_level->currentIndex());
    m_level->clear();
    m_level->addItems({tr("Everything"), tr("Warnings and errors"), tr("Errors only")});
    m_level->setCurrentIndex(kept);
    m_level->setAccessibleName(tr("Lines shown"));
    m_search->setPlaceholderText(tr("Search the log"));
    m_search->setAccessibleName(tr("Search the log"));
    m_copy->setText(tr("Copy"));
    m_copy->setToolTip(tr("Copy the lines that are shown"));
    m_view->setAccessibleName(tr("Log"));
    m_log.retranslate();
}

}  // namespace moelora::ui
