// SPDX-License-Identifier: GPL-3.0-or-later
// The status bar: state of the job with progress, speed and time left; at the right memory and
// device.
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

  private:
    void refresh();
    void askGpu();
    [[nodiscard]] QString jobText() const;
    [[nodiscard]] QString memoryText() const;

    Workbench& m_workbench;
    QLabel *m_job, *m_memory, *m_device;
    QProgressBar* m_progress;
    QTimer m_timer;
    std::string m_report;  // of the device; "" until it is there
    Latest<std::string> m_askDevice;
    QTimer m_clock;  // asks the card while a job is at work
    std::optional<GpuState> m_gpu;
    Latest<std::optional<GpuState>> m_askGpu;
};

}  // namespace moelora::ui
