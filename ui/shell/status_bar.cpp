// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/shell/status_bar.h"

#include <QEvent>
#include <QLabel>
#include <QProgressBar>

#include "ui/bridge/reasons.h"
#include "ui/bridge/text.h"
#include "ui/models/model_choices.h"
#include "ui/widgets/theme.h"

namespace moelora::ui {

namespace {
constexpr int refreshMs = 250, gpuMs = 2000, roomMs = 20000;
}

StatusBar::StatusBar(Workbench& workbench, QWidget* parent)
    : QStatusBar(parent),
      m_workbench(workbench),
      m_job(new QLabel),
      m_queue(new QLabel),
      m_disk(new QLabel),
      m_memory(new QLabel),
      m_device(new QLabel),
      m_progress(new QProgressBar) {
    setSizeGripEnabled(false);
    m_job->setObjectName(QStringLiteral("jobText"));
    m_device->setObjectName(QStringLiteral("device"));
    m_queue->setObjectName(QStringLiteral("queueCell"));
    m_disk->setObjectName(QStringLiteral("diskCell"));
    m_memory->setObjectName(QStringLiteral("memoryCell"));
    // A long text is cut rather than making the window wider.
    m_job->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    m_progress->setFixedWidth(160);
    m_progress->setTextVisible(false);
    addWidget(m_progress);
    addWidget(m_job, 1);
    const std::pair<QLabel*, const char*> cells[] = {{m_job, "monitor"},
                                                     {m_queue, "runs"},
                                                     {m_disk, "runs"},
                                                     {m_memory, "train"},
                                                     {m_device, "model"}};
    for (const auto& [cell, page] : cells) {
        cell->setProperty("page", QString::fromLatin1(page));
        cell->installEventFilter(this);
        if (cell != m_job) addPermanentWidget(cell);
    }
    m_timer.setSingleShot(true);
    m_timer.setInterval(refreshMs);
    connect(&m_timer, &QTimer::timeout, this, &StatusBar::refresh);
    const auto stale = [this] {
        if (!m_timer.isActive()) m_timer.start();
    };
    connect(&workbench.train.model(), &RunModel::changed, this, stale);
    connect(&workbench.train, &TrainJob::stateChanged, this, stale);
    connect(&workbench.compare, &CompareJob::progressed, this, stale);
    connect(&workbench.compare, &CompareJob::stateChanged, this, stale);
    connect(&workbench.queue, &RunQueue::changed, this, stale);
    connect(&workbench.grid, &CheckpointGrid::changed, this, stale);
    m_slowClock.setInterval(roomMs);
    connect(&m_slowClock, &QTimer::timeout, this, &StatusBar::askRoom);
    m_slowClock.start();
    m_clock.setInterval(gpuMs);
    connect(&m_clock, &QTimer::timeout, this, &StatusBar::askGpu);
    keepText(this, [this] { refresh(); });
    // May open the driver.
    m_askDevice.ask(
        this, []() -> Result<std::string> { return device_report(); },
        [this](const Result<std::string>& report) {
            m_report = report.value_or(std::string());
            refresh();
        });
    askRoom();
}

void StatusBar::askRoom() {
    m_askRoom.ask(
        this,
        [&session = m_workbench.session]() -> Result<Room> {
            return Room{freeBytesAt(qs(session.runs_dir())), session.hardware().free_bytes};
        },
        [this](const Result<Room>& room) {
            m_room = room.value_or(Room{});
            refresh();
        });
}

bool StatusBar::eventFilter(QObject* watched, QEvent* event) {
    if (event->type() == QEvent::MouseButtonRelease)
        m_workbench.showPage(watched->property("page").toString());
    return QStatusBar::eventFilter(watched, event);
}

// "cuda:1" is the second card; without a number the first.
void StatusBar::askGpu() {
    const QString device = qs(m_workbench.train.model().data().device);
    const qsizetype colon = device.indexOf(QLatin1Char(':'));
    const int number = colon < 0 ? 0 : device.mid(colon + 1).toInt();
    m_askGpu.ask(
        this, [number]() -> Result<std::optional<GpuState>> { return gpu_state(number); },
        [this](const Result<std::optional<GpuState>>& state) {
            m_gpu = state.value_or(std::nullopt);
            refresh();
        });
}

QString StatusBar::memoryText() const {
    const RunData& d = m_workbench.train.model().data();
    QStringList parts;
    if (d.memoryBytes > 0) parts << tr("Memory %1").arg(bytesText(d.memoryBytes));
    if (d.deviceBytes > 0) parts << tr("GPU memory %1").arg(bytesText(d.deviceBytes));
    if (m_gpu && m_clock.isActive()) {
        if (m_gpu->busy_percent >= 0)
            parts << tr("GPU %1").arg(
                percentText(static_cast<double>(m_gpu->busy_percent) / 100, 0));
        if (m_gpu->celsius >= 0) parts << QStringLiteral("%1 °C").arg(m_gpu->celsius);
    }
    return parts.join(QStringLiteral("  "));
}

QString StatusBar::jobText() const {
    const TrainJob& train = m_workbench.train;
    const RunData& d = m_workbench.train.model().data();
    if (train.running()) {
        QStringList parts = {train.stopping() && !d.steps.empty()
                                 ? tr("Training: stopping, a checkpoint is saved ...")
                                 : tr("Training: %1").arg(stateName(train.state()))};
        if (train.state() == JobState::Loading && !d.stage.empty()) parts << stageName(d.stage);
        if (!d.steps.empty()) {
            const StepRecord& r = d.steps.back();
            parts << tr("update %1 of %2").arg(countText(r.step), countText(d.totalSteps))
                  << tr("loss %1").arg(realText(r.loss, 3))
                  << tr("%1 samples/s").arg(realText(r.samples_per_s, 3));
            if (const double left = m_workbench.train.model().secondsLeft();
                left >= 0 && train.state() == JobState::Running)
                parts << tr("%1 left").arg(durationText(left));
        }
        return parts.join(QStringLiteral("   "));
    }
    const CompareJob& compare = m_workbench.compare;
    if (compare.running())
        return tr("Comparing: %1 %2 of %3")
            .arg(compare.stage(), countText(compare.done()), countText(compare.total()));
    const CheckpointGrid& grid = m_workbench.grid;
    if (grid.running())
        return tr("Checkpoints: %1, %2 of %3")
            .arg(grid.stage(), countText(grid.done()), countText(grid.total()));
    if (train.showsLive() && !d.run.empty())
        return tr("Training: %1").arg(stateName(train.state()));
    return tr("Ready");
}

void StatusBar::refresh() {
    const RunData& d = m_workbench.train.model().data();
    const bool training = m_workbench.train.running(), comparing = m_workbench.compare.running();
    m_job->setText(jobText());
    m_progress->setAccessibleName(tr("Progress of the job"));
    m_progress->setVisible(training || comparing);
    const bool loading = training && d.steps.empty();
    const bool stopping = (training && m_workbench.train.stopping()) ||
                          (comparing && m_workbench.compare.state() == JobState::Stopping);
    const std::int64_t total = stopping   ? 0  // nobody knows how long: only that it is at work
                               : loading  ? d.stageTotal
                               : training ? d.totalSteps
                                          : m_workbench.compare.total();
    const std::int64_t done = loading    ? d.stageDone
                              : training ? d.steps.back().step
                                         : m_workbench.compare.done();
    // Bytes do not fit an int: shown in thousandths.
    m_progress->setRange(0, total > 0 ? 1000 : 0);
    m_progress->setValue(total > 0 ? static_cast<int>(1000.0 * static_cast<double>(done) /
                                                      static_cast<double>(total))
                                   : 0);
    const bool onGpu = training && qs(d.device).contains(QLatin1String("cuda"));
    if (onGpu && !m_clock.isActive()) {
        m_clock.start();
        askGpu();
    }
    if (!onGpu) m_clock.stop();
    showCells();
}

// What waits, the room that is left, and the device.
void StatusBar::showCells() {
    const RunData& d = m_workbench.train.model().data();
    const bool training = m_workbench.train.running();
    const qint64 waiting = m_workbench.queue.waiting();
    m_queue->setVisible(waiting > 0);
    m_queue->setText(tr("Queue: %1").arg(countText(waiting)));
    m_queue->setToolTip(tr("Runs that wait; the page Runs shows them"));
    m_disk->setVisible(m_room.disk >= 0);
    m_disk->setText(tr("Disk: %1 free").arg(bytesText(m_room.disk)));
    m_disk->setToolTip(tr("Free where runs are kept"));
    m_memory->setVisible(training || m_room.memory > 0);
    m_memory->setText(training ? memoryText()
                               : tr("Memory: %1 free").arg(bytesText(m_room.memory)));
    m_memory->setToolTip(training
                             ? tr("Resident memory of this program. %1 of it are pages of mapped "
                                  "files, which the system may drop.")
                                   .arg(bytesText(d.fileBytes))
                             : tr("Free memory of this computer"));
    m_device->setText(remarkText(m_report));
}

}  // namespace moelora::ui
