// SPDX-License-Identifier: GPL-3.0-or-later
// Runs that wait for their turn. Like `moelora queue`: one after the other through Session::start,
// and one that fails leaves the others theirs; one that the user stops holds the queue. What waits
// is kept between starts of the program, held. GUI thread only.
#pragma once

#include <QAbstractListModel>

#include "ui/models/jobs.h"
#include "ui/models/settings.h"

namespace moelora::ui {

class RunQueue : public QAbstractListModel {
    Q_OBJECT
  public:
    enum State { Queued, Started, Finished, Failed, Stopped };
    struct Item {
        QString name;  // unique in the queue
        RunOptions options;
        State state = Queued;
        QString run;  // folder, once it has one
        std::optional<Error> error;
    };
    RunQueue(TrainJob& train, Settings& settings, QObject* parent = nullptr);

    // Behind all others; begins by itself when a run is at work that ends. The name that it got.
    QString add(const QString& name, const RunOptions& options);
    [[nodiscard]] const std::vector<Item>& items() const { return m_items; }
    [[nodiscard]] int waiting() const;
    [[nodiscard]] bool going() const { return m_going; }  // the next one starts by itself
    void setGoing(bool on);
    // Only what waits is moved, and only past what waits; what is at work cannot be removed.
    [[nodiscard]] bool canMove(int row, int by) const;
    void move(int row, int by);
    [[nodiscard]] bool canRemove(int row) const;
    void remove(int row);
    void clearEnded();
    void retranslate();

    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role) const override;

  Q_SIGNALS:
    void changed();

  private:
    [[nodiscard]] QString freeName(const QString& wanted) const;
    [[nodiscard]] Item* current();
    void follow();
    void startNext();
    void keep();
    void restore();
    void touched();

    TrainJob& m_train;
    Settings& m_settings;
    std::vector<Item> m_items;
    bool m_going = false, m_starting = false;
};

[[nodiscard]] QString queueStateName(RunQueue::State state);

}  // namespace moelora::ui
