// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/run_queue.h"

#include <algorithm>

#include "core/options/config.h"
#include "ui/bridge/plural.h"
#include "ui/bridge/text.h"

namespace moelora::ui {

namespace {
const QString listName = QStringLiteral("queue");
}

QString queueStateName(RunQueue::State state) {
    const QString names[] = {RunQueue::tr("queued"), RunQueue::tr("started"),
                             RunQueue::tr("finished"), RunQueue::tr("failed"),
                             RunQueue::tr("stopped")};
    return names[state];
}

RunQueue::RunQueue(TrainJob& train, Settings& settings, QObject* parent)
    : QAbstractListModel(parent), m_train(train), m_settings(settings) {
    restore();
    connect(&train, &TrainJob::stateChanged, this, &RunQueue::follow);
    connect(&train, &TrainJob::failed, this, [this](const Error& error) {
        if (Item* item = current()) item->error = error;
    });
}

QString RunQueue::freeName(const QString& wanted) const {
    const auto taken = [this](const QString& name) {
        return std::any_of(m_items.begin(), m_items.end(),
                           [&](const Item& item) { return item.name == name; });
    };
    QString name = wanted;
    for (int n = 2; taken(name); ++n) name = QStringLiteral("%1 %2").arg(wanted).arg(n);
    return name;
}

QString RunQueue::add(const QString& name, const RunOptions& options) {
    Item item;
    item.name = freeName(name.isEmpty() ? qs(options.adapter.preset) : name);
    item.options = options;
    const int row = rowCount();
    beginInsertRows({}, row, row);
    m_items.push_back(item);
    endInsertRows();
    if (m_train.running()) m_going = true;
    touched();
    return item.name;
}

int RunQueue::waiting() const {
    return static_cast<int>(std::count_if(m_items.begin(), m_items.end(),
                                          [](const Item& item) { return item.state == Queued; }));
}

RunQueue::Item* RunQueue::current() {
    const auto at = std::find_if(m_items.begin(), m_items.end(),
                                 [](const Item& item) { return item.state == Started; });
    return at == m_items.end() ? nullptr : &*at;
}

void RunQueue::setGoing(bool on) {
    m_going = on && waiting() > 0;
    touched();
    startNext();
}

// The state of the run at work is the state of the item that was started.
void RunQueue::follow() {
    if (m_starting) return;
    Item* item = current();
    if (item && m_train.running()) {
        item->run = qs(m_train.model().data().path);
    } else if (item) {
        const JobState ended = m_train.state();
        item->run = qs(m_train.model().data().path);
        item->state = ended == JobState::Finished ? Finished
                      : ended == JobState::Failed ? Failed
                                                  : Stopped;
        if (item->state == Failed && !item->error) item->error = m_train.model().data().error;
        if (item->state == Stopped) m_going = false;
    }
    touched();
    // Not inside the events of the run that ended: others still have to hear of it.
    if (!m_train.running())
        QMetaObject::invokeMethod(this, &RunQueue::startNext, Qt::QueuedConnection);
}

void RunQueue::startNext() {
    while (m_going && !m_train.running()) {
        const auto next = std::find_if(m_items.begin(), m_items.end(),
                                       [](const Item& item) { return item.state == Queued; });
        if (next == m_items.end()) {
            m_going = false;
            break;
        }
        RunSpec spec;
        spec.options = next->options;
        spec.name = ss(next->name);
        spec.stop_on_disk_full = false;  // somebody will make room
        next->state = Started;
        m_starting = true;
        m_train.start(spec);
        m_starting = false;
        if (!m_train.running()) next->state = Failed;  // refused; the next one has its turn
    }
    touched();
}

bool RunQueue::canMove(int row, int by) const {
    const auto waits = [this](int at) {
        return at >= 0 && at < rowCount() && m_items[static_cast<std::size_t>(at)].state == Queued;
    };
    return waits(row) && waits(row + by);
}

void RunQueue::move(int row, int by) {
    if (!canMove(row, by)) return;
    beginMoveRows({}, row, row, {}, by > 0 ? row + by + 1 : row + by);
    std::swap(m_items[static_cast<std::size_t>(row)], m_items[static_cast<std::size_t>(row + by)]);
    endMoveRows();
    touched();
}

bool RunQueue::canRemove(int row) const {
    return row >= 0 && row < rowCount() && m_items[static_cast<std::size_t>(row)].state != Started;
}

void RunQueue::remove(int row) {
    if (!canRemove(row)) return;
    beginRemoveRows({}, row, row);
    m_items.erase(m_items.begin() + row);
    endRemoveRows();
    m_going = m_going && waiting() > 0;
    touched();
}

void RunQueue::clearEnded() {
    for (int row = rowCount(); row-- > 0;)
        if (m_items[static_cast<std::size_t>(row)].state > Started) remove(row);
}

void RunQueue::touched() {
    keep();
    if (!m_items.empty()) Q_EMIT dataChanged(index(0), index(rowCount() - 1));
    Q_EMIT changed();
}

void RunQueue::retranslate() {
    if (!m_items.empty()) Q_EMIT dataChanged(index(0), index(rowCount() - 1));
}

// Name and configuration in turn.
void RunQueue::keep() {
    QStringList texts;
    for (const Item& item : m_items)
        if (item.state == Queued) texts << item.name << qs(to_json(item.options).dump());
    if (texts != m_settings.list(listName)) m_settings.setList(listName, texts);
}

void RunQueue::restore() {
    const QStringList texts = m_settings.list(listName);
    for (qsizetype i = 0; i + 1 < texts.size(); i += 2) {
        const auto json = parse_json(ss(texts[i + 1]), "queue");
        Item item;
        if (!json) continue;
        const auto issues = from_json(*json, item.options, "queue");
        if (std::any_of(issues.begin(), issues.end(),
                        [](const Issue& issue) { return issue.severity == Severity::Error; }))
            continue;
        item.name = texts[i];
        m_items.push_back(std::move(item));
    }
}

int RunQueue::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(m_items.size());
}

QVariant RunQueue::data(const QModelIndex& index, int role) const {
    if (!index.isValid() || index.row() >= rowCount()) return {};
    const Item& item = m_items[static_cast<std::size_t>(index.row())];
    if (role == Qt::DisplayRole || role == Qt::AccessibleTextRole) {
        const QString text = tr("%1: %2").arg(queueStateName(item.state), item.name);
        return item.error ? QStringLiteral("%1  (%2)").arg(text, errorText(*item.error).code)
                          : text;
    }
    if (role != Qt::ToolTipRole) return {};
    return item.error
               ? errorText(*item.error).oneLine()
               : tr("%1, rank %2, %Ln expert(s)", "", many(item.options.adapter.num_experts))
                     .arg(qs(item.options.adapter.preset), countText(item.options.adapter.rank));
}

}  // namespace moelora::ui
