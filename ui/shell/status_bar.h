// SPDX-License-Identifier: GPL-3.0-or-later
// The status bar: state of the job with progress, speed and time left; at the right the queue, the
// disk under the runs, memory and device. Each leads to the page that says more.
#pragma once

#include <QStatusBar>

#include "core/session/machine.h"
#include "ui/models/workbench.h"

class QProgressBar;
class QPushButton;
class QToolButton;

namespace moelora::ui {

class StatusBar : public QStatusBar {
    Q_OBJECT
  public:
    explicit StatusBar(Workbench& workbench, QWidget* parent = nullptr);

  private:
    struct Machine {  // as it is now
        std::optional<GpuState> gpu{};
        std::int64_t freeMemory = 0, freeDisk = -1;  // bytes; 0 and -1 = not known
    };
    [[nodiscard]] QToolButton* addCell(const char* name, const char* page);
    void connectAll();
    void refresh();
    void showProgress();
    void showCells();
    void askMachine();
    // The card that the run at work uses, or the next one would; nullptr: none.
    [[nodiscard]] const GpuReport* gpu() const;
    [[nodiscard]] int gpuNumber() const;
    [[nodiscard]] QString jobText() const;
    [[nodiscard]] QString memoryText() const;
    [[nodiscard]] QString memoryTip() const;
    [[nodiscard]] QString deviceText() const;

    Workbench& m_workbench;
    QPushButton* m_job;
    QToolButton *m_queue, *m_disk, *m_memory, *m_device;
    QProgressBar* m_progress;
    QTimer m_timer;
    std::string m_report;  // of the device; "" until it is there
    Latest<std::string> m_askDevice;
    QTimer m_clock;  // asks the machine: often while a job is at work
    Machine m_now;
    Latest<Machine> m_askMachine;
};

}  // namespace moelora::ui
