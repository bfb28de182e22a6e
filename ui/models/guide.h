// SPDX-License-Identifier: GPL-3.0-or-later
// The guided start: this computer, the sample project, the user's own. The sample project is
// trained and compared in one go; how far it came is kept, so that a later start goes on there.
// GUI thread only.
#pragma once

#include <QObject>
#include <QString>

namespace moelora::ui {

class Workbench;

class Guide : public QObject {
    Q_OBJECT
  public:
    // Of the sample project. Training and Comparing stay when the program ends in between.
    enum Phase { NotBegun, Training, Comparing, Done, Skipped };
    explicit Guide(Workbench& workbench, QObject* parent = nullptr);

    [[nodiscard]] Phase phase() const { return m_phase; }
    [[nodiscard]] bool atWork() const { return m_atWork; }
    // Whether the sample project can be begun or gone on with now.
    [[nodiscard]] bool canRun() const;
    void run();  // from the phase it is in
    void skip();
    void startOver();

  Q_SIGNALS:
    void changed();

  private:
    void set(Phase phase);
    void begin();
    void judge();
    void trainingChanged();
    void comparisonChanged();
    void rest();

    Workbench& m_workbench;
    Phase m_phase = NotBegun;
    QString m_run;  // folder of the sample run; "" = none yet
    bool m_atWork = false, m_waiting = false;
};

}  // namespace moelora::ui
