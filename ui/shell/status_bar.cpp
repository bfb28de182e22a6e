// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/shell/status_bar.h"

#include <QProgressBar>
#include <QPushButton>
#include <QToolButton>
#include <algorithm>

#include "ui/bridge/reasons.h"
#include "ui/bridge/text.h"
#include "ui/models/model_choices.h"
#include "ui/widgets/theme.h"

namespace moelora::ui {

namespace {
constexpr int refreshMs = 250, busyMs = 2000, idleMs = 10000;

constexpr int cellPadding = 6;  // above and below the letters, with the border

void fitLetters(QWidget* cell) {
    cell->setMinimumHeight(cell->fontMetrics().height() + cellPadding);
}

// Never narrower than it was: what stands beside it does not jump while numbers change.
void write(QToolButton* cell, const QString& text, const QString& tip) {
    cell->setText(text);
    cell->setToolTip(tip);
    cell->setAccessibleName(text);
    cell->setVisible(!text.isEmpty());
    cell->setMinimumWidth(std::max(cell->minimumWidth(), cell->sizeHint().width()));
    fitLetters(cell);
}
}  // namespace

StatusBar::StatusBar(Workbench& workbench, QWidget* parent)
    : QStatusBar(parent),
      m_workbench(workbench),
      m_job(new QPushButton),
      m_queue(addCell("queueCell", "runs")),
      m_disk(addCell("diskCell", "runs")),
      m_memory(addCell("memoryCell", "train")),
      m_device(addCell("device", "model")),
      m_progress(new QProgressBar) {
    setSizeGripEnabled(false);
    m_job->setObjectName(QStringLiteral("jobText"));
    m_job->setProperty("cell", true);
    // A long text is cut rather than making the window wider.
    m_job->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    m_progress->setFixedWidth(160);
    m_progress->setTextVisible(false);
    addWidget(m_progress);
    addWidget(m_job, 1);
    for (QToolButton* cell : {m_queue, m_disk, m_memory, m_device}) addPermanentWidget(cell);
    connectAll();
    const auto anew = [this] {
        for (QToolButton* cell : {m_queue, m_disk, m_memory, m_device}) cell->setMinimumWidth(0);
        refresh();
    };
    keepText(this, anew);
    keepLook(this, anew);
    if (!workbench.fit.hardware()) workbench.fit.askHardware();
    // May open the driver.
    m_askDevice.ask(
        this, []() -> Result<std::string> { return device_report(); },
        [this](const Result<std::string>& report) {
            m_report = report.value_or(std::string());
            refresh();
        });
}

QToolButton* StatusBar::addCell(const char* name, const char* page) {
    auto* cell = new QToolButton;
    cell->setObjectName(QLatin1String(name));
    cell->setProperty("cell", true);
    cell->setAutoRaise(true);
    connect(cell, &QToolButton::clicked, this,
            [this, page = QString::fromLatin1(page)] { m_workbench.showPage(page); });
    return cell;
}

void StatusBar::connectAll() {
    m_timer.setSingleShot(true);
    m_timer.setInterval(refreshMs);
    connect(&m_timer, &QTimer::timeout, this, &StatusBar::refresh);
    const auto stale = [this] {
        if (!m_timer.isActive()) m_timer.start();
    };
    connect(&m_workbench.train.model(), &RunModel::changed, this, stale);
    connect(&m_workbench.train, &TrainJob::stateChanged, this, stale);
    connect(&m_workbench.compare, &CompareJob::progressed, this, stale);
    connect(&m_workbench.compare, &CompareJob::stateChanged, this, stale);
    connect(&m_workbench.queue, &RunQueue::changed, this, stale);
    connect(&m_workbench.grid, &CheckpointGrid::changed, this, stale);
    // The hardware may be known now.
    connect(&m_workbench.fit, &MemoryFit::changed, this, &StatusBar::askMachine);
    connect(&m_workbench.project, &Project::optionsChanged, this, stale);
    connect(m_job, &QPushButton::clicked, this, [this] {
        const bool comparing = m_workbench.compare.running() || m_workbench.grid.running();
        m_workbench.showPage(comparing ? QStringLiteral("compare") : QStringLiteral("monitor"));
    });
    connect(&m_clock, &QTimer::timeout, this, &StatusBar::askMachine);
}

const GpuReport* StatusBar::gpu() const {
    const auto& hardware = m_workbench.fit.hardware();
    if (!hardware || hardware->gpus.empty()) return nullptr;
    const bool used =
        m_workbench.train.running()
            ? qs(m_workbench.train.model().data().device).contains(QLatin1String("cuda"))
            : usesGpu(*hardware, m_workbench.project.options().device);
    if (!used) return nullptr;
    const auto last = static_cast<int>(hardware->gpus.size()) - 1;
    return &hardware->gpus[static_cast<std::size_t>(std::clamp(gpuNumber(), 0, last))];
}

// "cuda:1" is the second card; without a number the first.
int StatusBar::gpuNumber() const {
    const QString device =
        qs(m_workbench.train.running() ? m_workbench.train.model().data().device
                                       : m_workbench.project.options().device.name);
    return device.section(QLatin1Char(':'), 1).toInt();
}

void StatusBar::askMachine() {
    m_askMachine.ask(
        this,
        [onGpu = gpu() != nullptr, number = gpuNumber(),
         folder = qs(m_workbench.session.runs_dir())]() -> Result<Machine> {
            Machine now;
            if (onGpu) now.gpu = gpu_state(number);
            now.freeMemory = free_memory();
            now.freeDisk = freeBytesAt(folder);
            return now;
        },
        [this](const Result<Machine>& now) {
            if (now) m_now = *now;
            refresh();
        });
}

// Of a card what is taken, by whomever: what a pause gives back is seen here. Of the computer what
// the run at work takes, else what is free.
QString StatusBar::memoryText() const {
    const RunData& d = m_workbench.train.model().data();
    const bool training = m_workbench.train.running();
    if (const GpuReport* card = gpu()) {
        std::int64_t used = 0;
        if (m_now.gpu)
            for (const GpuUser& user : m_now.gpu->users) used += user.bytes;
        if (used == 0) used = training ? d.deviceBytes : card->memory_bytes - card->free_bytes;
        return tr("VRAM %1 of %2").arg(bytesText(used), bytesText(card->memory_bytes));
    }
    if (training && d.memoryBytes > 0) return tr("Memory %1").arg(bytesText(d.memoryBytes));
    return m_now.freeMemory > 0 ? tr("Memory %1 free").arg(bytesText(m_now.freeMemory)) : QString();
}

QString StatusBar::memoryTip() const {
    if (gpu())
        return tr(
            "Memory of the card that programs hold now. The page Train shows what the next run "
            "will take.");
    if (m_workbench.train.running())
        return tr("Resident memory of this program. %1 of it are pages of mapped files, "
                  "which the system may drop.")
            .arg(bytesText(m_workbench.train.model().data().fileBytes));
    return tr(
        "Memory of the computer that programs can still take. The page Train shows what the next "
        "run will take.");
}

QString StatusBar::deviceText() const {
    const GpuReport* card = gpu();
    if (!card) return remarkText(m_report);
    QStringList parts = {qs(card->name)};
    if (m_now.gpu && m_workbench.train.running()) {
        if (m_now.gpu->busy_percent >= 0)
            parts << tr("GPU %1").arg(
                percentText(static_cast<double>(m_now.gpu->busy_percent) / 100, 0));
        if (m_now.gpu->celsius >= 0) parts << QStringLiteral("%1 °C").arg(m_now.gpu->celsius);
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
    const int interval = m_workbench.train.running() ? busyMs : idleMs;
    if (m_clock.interval() != interval) {
        m_clock.start(interval);
        askMachine();
    }
    m_job->setText(jobText());
    m_job->setAccessibleName(m_job->text());
    m_job->setToolTip(m_job->text());
    fitLetters(m_job);
    setMinimumHeight(m_job->minimumHeight() + 2);
    showProgress();
    showCells();
}

void StatusBar::showCells() {
    const int waiting = m_workbench.queue.waiting();
    write(m_queue, tr("Queue %1").arg(countText(waiting)),
          waiting > 0
              ? tr("Runs that wait: %1. The page Runs shows the queue.").arg(countText(waiting))
              : tr("No run waits. The page Runs shows the queue."));
    write(m_disk,
          m_now.freeDisk < 0 ? QString() : tr("Disk %1 free").arg(bytesText(m_now.freeDisk)),
          tr("Free where runs are kept: %1").arg(qs(m_workbench.session.runs_dir())));
    write(m_memory, memoryText(), memoryTip());
    write(m_device, deviceText(), tr("The page Model shows the hardware."));
}

void StatusBar::showProgress() {
    const RunData& d = m_workbench.train.model().data();
    const bool training = m_workbench.train.running(), comparing = m_workbench.compare.running();
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
}

}  // namespace moelora::ui
