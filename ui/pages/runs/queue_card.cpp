// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/runs/queue_card.h"

#include <QListView>

#include "ui/bridge/text.h"
#include "ui/widgets/theme.h"

namespace moelora::ui {

namespace {
constexpr int listHeight = 96;
}

QueueCard::QueueCard(Workbench& workbench, QWidget* parent)
    : Card(parent),
      m_workbench(workbench),
      m_state(new Chip),
      m_list(new QListView),
      m_go(makeButton(QStringLiteral("play"), false)),
      m_clear(makeButton({}, false)),
      m_up(makeIconButton(QStringLiteral("up"))),
      m_down(makeIconButton(QStringLiteral("down"))),
      m_remove(makeIconButton(QStringLiteral("close"))) {
    m_state->setObjectName(QStringLiteral("queueState"));
    m_list->setObjectName(QStringLiteral("queue"));
    m_list->setModel(&m_workbench.queue);
    m_list->setMaximumHeight(listHeight);
    m_list->setFrameShape(QFrame::NoFrame);
    const std::pair<QWidget*, const char*> named[] = {{m_go, "queueGo"},
                                                      {m_clear, "queueClear"},
                                                      {m_up, "queueUp"},
                                                      {m_down, "queueDown"},
                                                      {m_remove, "queueRemove"}};
    head()->insertWidget(1, m_state);
    for (const auto& [widget, name] : named) {
        widget->setObjectName(QLatin1String(name));
        head()->addWidget(widget);
    }
    body()->addWidget(m_list);
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Maximum);
    connectAll();
    keepText(this, [this] { retranslate(); });
}

int QueueCard::row() const {
    return m_list->currentIndex().row();
}

void QueueCard::connectAll() {
    RunQueue& queue = m_workbench.queue;
    connect(&queue, &RunQueue::changed, this, &QueueCard::refresh);
    connect(&m_workbench.train, &TrainJob::stateChanged, this, &QueueCard::refresh);
    connect(m_list->selectionModel(), &QItemSelectionModel::currentChanged, this,
            &QueueCard::refresh);
    connect(m_go, &QPushButton::clicked, this, [&queue] { queue.setGoing(!queue.going()); });
    connect(m_clear, &QPushButton::clicked, this, [&queue] { queue.clearEnded(); });
    connect(m_up, &QToolButton::clicked, this, [this, &queue] { queue.move(row(), -1); });
    connect(m_down, &QToolButton::clicked, this, [this, &queue] { queue.move(row(), 1); });
    connect(m_remove, &QToolButton::clicked, this, [this, &queue] { queue.remove(row()); });
}

void QueueCard::retranslate() {
    setTitle(tr("Queue"));
    m_list->setAccessibleName(tr("Queue"));
    const std::pair<QWidget*, QString> names[] = {
        {m_up, tr("Earlier")}, {m_down, tr("Later")}, {m_remove, tr("Take out of the queue")}};
    for (const auto& [widget, name] : names) {
        widget->setAccessibleName(name);
        widget->setToolTip(name);
    }
    m_clear->setText(tr("Clear the ended"));
    m_workbench.queue.retranslate();
    refresh();
}

void QueueCard::refresh() {
    const RunQueue& queue = m_workbench.queue;
    const int waiting = queue.waiting(), all = queue.rowCount();
    setVisible(all > 0);
    const bool training = m_workbench.train.running();
    m_state->show(waiting == 0     ? QString()
                  : !queue.going() ? tr("held, %1 queued").arg(countText(waiting))
                  : training ? tr("%1 queued, next when this run ends").arg(countText(waiting))
                             : tr("%1 queued").arg(countText(waiting)),
                  queue.going() ? Tone::Neutral : Tone::Warning);
    m_go->setText(queue.going() ? tr("Hold the queue") : tr("Start the queue"));
    m_go->setEnabled(waiting > 0);
    bool ended = false;
    for (const RunQueue::Item& item : queue.items()) ended |= item.state > RunQueue::Started;
    m_clear->setVisible(ended);
    m_up->setEnabled(queue.canMove(row(), -1));
    m_down->setEnabled(queue.canMove(row(), 1));
    m_remove->setEnabled(queue.canRemove(row()));
}

}  // namespace moelora::ui
