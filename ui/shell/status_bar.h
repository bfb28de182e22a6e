// SPDX-License-Identifier: GPL-3.0-or-later
// The status bar: state of the job with progress, speed and time left; at the right what waits,
// disk, memory and device. A click on a cell shows the page that says more.
#pragma once

#include <QStatusBar>

#include "core/session/machine.h"
#include "ui/models/workbench.h"

class QLabel;
class QProgressBar;

namespace moelora::ui {

class StatusBar : public QStatusBar {
    Q_OBJECT
  public:
    explicit StatusBar(Workbench& workbench, QWidget* parent = nullptr);

  protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

  private:
    struct Room {  // free bytes; -1 = not known
        std::int64_t disk = -1, memory = -1;
    };
    void refresh();
    void showCells();
    void askGpu();
    void askRoom();
    [[nodiscard]] QString jobText() const;
    [[nodiscard]] QString memoryText() const;

    Workbench& m_workbench;
    QLabel *m_job, *m_queue, *m_disk, *m_memory, *m_device;
    QProgressBar* m_progress;
    QTimer m_timer;
    std::string m_report;  // of the device; "" until it is there
    Latest<std::string> m_askDevice;
    QTimer m_clock;  // asks the card while a job is at work
    std::optional<GpuState> m_gpu;
    Latest<std::optional<GpuState>> m_askGpu;
    QTimer m_slowClock;
    Room m_room;
    Latest<Room> m_askRoom;
};

}  // namespace moelora::ui
