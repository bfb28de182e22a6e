// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/monitor/monitor_page.h"

#include <QCheckBox>
#include <QComboBox>
#include <QGridLayout>
#include <QProgressBar>
#include <QScrollArea>
#include <QStackedWidget>

#include "ui/bridge/text.h"
#include "ui/pages/monitor/gate_card.h"
#include "ui/pages/monitor/probe_strip.h"
#include "ui/widgets/basics.h"
#include "ui/widgets/decimate.h"
#include "ui/widgets/metric_chart.h"
#include "ui/widgets/theme.h"

namespace moelora::ui {

namespace {
constexpr double smoothing = 0.9;

Tone toneOf(JobState state) {
    return state == JobState::Failed                                   ? Tone::Bad
           : state == JobState::Finished                               ? Tone::Good
           : state == JobState::Cancelled || state == JobState::Paused ? Tone::Warning
                                                                       : Tone::Neutral;
}
}  // namespace

MonitorPage::MonitorPage(Workbench& workbench, QWidget* parent)
    : Page(workbench, QStringLiteral("monitor"), parent),
      m_stack(new QStackedWidget),
      m_empty(new EmptyState(QStringLiteral("monitor"))) {
    makeHead();
    m_stack->addWidget(m_empty);
    m_stack->addWidget(makeContent());
    m_body->addWidget(m_stack, 1);
    connectAll();
    keepText(this, [this] { retranslate(); });
    keepLook(this, [this] {
        m_parts |= RunModel::Steps;
        markStale();
    });
}

const RunData& MonitorPage::run() const {
    return m_workbench.train.model().data();
}

void MonitorPage::makeHead() {
    m_state = new Chip;
    m_progress = new QProgressBar;
    m_progress->setFixedWidth(150);
    m_progress->setTextVisible(false);
    m_pause = makeButton(QStringLiteral("pause"), false);
    m_save = makeButton(QStringLiteral("save"), false);
    m_caption = makeButton(QStringLiteral("caption"), false);
    m_stop = makeButton(QStringLiteral("stop"), false);
    m_stop->setObjectName(QStringLiteral("stop"));
    m_compare = makeButton(QStringLiteral("compare"), true);
    m_compare->setObjectName(QStringLiteral("toCompare"));
    for (QWidget* part : {static_cast<QWidget*>(m_state), static_cast<QWidget*>(m_progress),
                          static_cast<QWidget*>(m_pause), static_cast<QWidget*>(m_save),
                          static_cast<QWidget*>(m_caption), static_cast<QWidget*>(m_stop),
                          static_cast<QWidget*>(m_compare)})
        m_head->addWidget(part);
}

QWidget* MonitorPage::makeLossCard() {
    m_lossCard = new Card;
    m_loss = new MetricChart;
    m_log = new QCheckBox;
    m_numbers = makeLabel("muted");
    m_numbers->setWordWrap(false);
    m_legend = makeLabel("muted");
    m_legend->setTextFormat(Qt::RichText);
    m_legend->setWordWrap(false);
    m_lossCard->head()->insertWidget(1, m_legend);
    m_lossCard->head()->addWidget(m_numbers);
    m_lossCard->head()->addWidget(m_log);
    m_lossCard->body()->addWidget(m_loss, 1);
    return m_lossCard;
}

QWidget* MonitorPage::makeProbeCard() {
    m_probeCard = new Card;
    m_from = new QComboBox;
    m_to = new QComboBox;
    m_probeCard->head()->addWidget(m_from);
    m_probeCard->head()->addWidget(m_to);
    m_probes = new ProbeStrip(m_workbench.pictures);
    m_noProbes = makeLabel("muted");
    auto* area = new QScrollArea;
    area->setWidget(m_probes);
    area->setWidgetResizable(true);
    area->setFrameShape(QFrame::NoFrame);
    area->setFocusPolicy(Qt::NoFocus);
    m_probes->setProperty("scrolled", true);
    m_probeCard->body()->addWidget(m_noProbes);
    m_probeCard->body()->addWidget(area, 1);
    m_probeCard->setFixedHeight(180);
    return m_probeCard;
}

QWidget* MonitorPage::makeContent() {
    auto* content = new QWidget;
    auto* grid = new QGridLayout(content);
    grid->setContentsMargins(0, 0, 0, 0);
    grid->setSpacing(12);
    m_rateCard = new Card;
    m_rate = new MetricChart;
    m_rateNumbers = makeLabel("muted");
    m_rateNumbers->setWordWrap(false);
    m_rateCard->head()->addWidget(m_rateNumbers);
    m_rateCard->body()->addWidget(m_rate, 1);
    m_gates = new GateCard;
    m_note = makeLabel("message");
    grid->addWidget(m_note, 0, 0, 1, 2);
    grid->addWidget(makeLossCard(), 1, 0);
    grid->addWidget(m_rateCard, 2, 0);
    grid->addWidget(m_gates, 1, 1, 2, 1);
    grid->addWidget(makeProbeCard(), 3, 0, 1, 2);
    grid->setColumnStretch(0, 6);
    grid->setColumnStretch(1, 5);
    grid->setRowStretch(1, 3);
    grid->setRowStretch(2, 2);
    return content;
}

void MonitorPage::connectAll() {
    TrainJob& job = m_workbench.train;
    connect(&job.model(), &RunModel::changed, this, [this](int parts) {
        m_parts |= parts;
        markStale();
    });
    connect(&job, &TrainJob::stateChanged, this, [this] { markStale(); });
    connect(&m_workbench.pictures, &PictureLoader::loaded, this, [this] {
        m_parts |= RunModel::Probes;
        markStale();
    });
    connect(m_pause, &QPushButton::clicked, &job, &TrainJob::togglePause);
    connect(m_save, &QPushButton::clicked, &job, &TrainJob::saveNow);
    connect(m_caption, &QPushButton::clicked, &job, &TrainJob::captionNow);
    connect(m_stop, &QPushButton::clicked, &job, &TrainJob::stop);
    connect(m_compare, &QPushButton::clicked, this,
            [this] { m_workbench.compareRun(qs(run().path)); });
    connect(m_log, &QCheckBox::toggled, m_loss, &MetricChart::setLogarithmic);
    connect(m_empty->button(), &QPushButton::clicked, this,
            [this] { m_workbench.showPage(QStringLiteral("train")); });
    for (QComboBox* box : {m_from, m_to})
        connect(box, &QComboBox::activated, this, [this] { showProbes(); });
}

void MonitorPage::retranslate() {
    m_empty->setTexts(tr("No run to watch"),
                      tr("Start a training run, or open an earlier one on the page Runs. Loss, "
                         "gates and captions appear here while it learns."),
                      tr("Go to Train"));
    m_lossCard->setTitle(tr("Loss"));
    m_rateCard->setTitle(tr("Learning rate"));
    m_probeCard->setTitle(tr("Probe captions"));
    m_noProbes->setText(
        tr("The probe pictures are captioned at the start, at intervals and at the end of a run."));
    m_log->setText(tr("log"));
    m_log->setAccessibleName(tr("Logarithmic loss axis"));
    m_from->setAccessibleName(tr("Compared with the captions of update"));
    m_to->setAccessibleName(tr("Captions of update"));
    m_save->setText(tr("Save now"));
    m_caption->setText(tr("Caption now"));
    m_stop->setText(tr("Stop"));
    m_stop->setToolTip(tr("Stops after the current step and saves a checkpoint (Shift+F5)"));
    m_compare->setText(tr("Compare"));
    m_progress->setAccessibleName(tr("Progress of the run"));
    m_loss->setAccessibleName(tr("Chart of the loss"));
    m_rate->setAccessibleName(tr("Chart of the learning rate"));
    m_from->clear();  // filled again in the new language
    m_to->clear();
    m_parts = RunModel::All;
    markStale();
}

void MonitorPage::refresh() {
    const int parts = std::exchange(m_parts, 0);
    const TrainJob& job = m_workbench.train;
    const bool any = job.running() || !m_workbench.train.model().empty();
    m_stack->setCurrentIndex(any ? 1 : 0);
    showHead();
    if (!any) return;
    if (parts & (RunModel::Steps | RunModel::Header)) showCharts();
    if (parts & (RunModel::Router | RunModel::Header)) m_gates->show(m_workbench.train.model());
    if (parts & (RunModel::Probes | RunModel::Header)) showProbes();
    const bool noted = !run().notes.empty();
    m_note->setVisible(noted);
    if (noted) {
        const NoteRecord& note = run().notes.back();
        m_note->setText(
            tr("Update %1, %2: %3")
                .arg(countText(note.step), qs(note.code), translated("errors", note.message)));
        setTone(m_note, Tone::Warning);
    }
}

void MonitorPage::showHead() {
    const TrainJob& job = m_workbench.train;
    const bool running = job.running(), any = running || !m_workbench.train.model().empty();
    const RunData& d = run();
    setTitle(tr("Monitor"), !any ? tr("What the model learns, while it learns it.")
                            : d.run.empty()
                                ? tr("Preparing the run ...")
                                : tr("%1 on %2, %3").arg(qs(d.run), qs(d.device), qs(d.dtype)));
    m_state->setVisible(any);
    if (any) m_state->show(stateName(job.state()), toneOf(job.state()));
    for (QWidget* part : {static_cast<QWidget*>(m_pause), static_cast<QWidget*>(m_save),
                          static_cast<QWidget*>(m_caption), static_cast<QWidget*>(m_stop),
                          static_cast<QWidget*>(m_progress)})
        part->setVisible(running);
    m_compare->setVisible(!running && any && !d.path.empty());
    m_pause->setText(job.state() == JobState::Paused ? tr("Continue") : tr("Pause"));
    const bool training = job.state() == JobState::Running || job.state() == JobState::Paused;
    for (QPushButton* button : {m_pause, m_save, m_caption}) button->setEnabled(training);
    m_stop->setEnabled(running && job.state() != JobState::Stopping);
    const std::int64_t done = d.steps.empty() ? 0 : d.steps.back().step;
    m_progress->setRange(0, static_cast<int>(d.totalSteps));
    m_progress->setValue(static_cast<int>(done));
    m_progress->setToolTip(tr("%1 of %2 updates").arg(countText(done), countText(d.totalSteps)));
}

void MonitorPage::showCharts() {
    const RunData& d = run();
    MetricSeries raw{tr("each update"), MetricSeries::Thin, 0, {}},
        smooth{tr("smoothed"), MetricSeries::Thick, 0, {}};
    MetricSeries eval{tr("evaluation"), MetricSeries::Points, 1, {}},
        rate{tr("learning rate"), MetricSeries::Thick, 2, {}};
    for (const StepRecord& r : d.steps) {
        raw.points.emplace_back(static_cast<double>(r.step), r.loss);
        rate.points.emplace_back(static_cast<double>(r.step), r.lr);
    }
    smooth.points = smoothed(raw.points, smoothing);
    for (const EvalRecord& e : d.evals)
        eval.points.emplace_back(static_cast<double>(e.step), e.loss);
    std::vector<MetricSeries> losses = {std::move(raw), std::move(smooth)};
    if (!eval.points.empty()) losses.push_back(std::move(eval));
    for (MetricChart* chart : {m_loss, m_rate})
        chart->setStepRange(static_cast<double>(d.totalSteps));
    m_loss->setSeries(std::move(losses));
    m_legend->setText(m_loss->legendHtml());
    m_rate->setSeries({std::move(rate)});
    if (d.steps.empty()) {
        m_numbers->clear();
        m_rateNumbers->clear();
        return;
    }
    const StepRecord& last = d.steps.back();
    m_numbers->setText(realText(last.loss, 3));
    m_rateNumbers->setText(
        tr("%1, gradient norm %2").arg(realText(last.lr, 3), realText(last.grad_norm, 3)));
}

void MonitorPage::showProbes() {
    const auto& columns = run().probes;
    const int count = static_cast<int>(columns.size());
    m_noProbes->setVisible(count == 0);
    for (QComboBox* box : {m_from, m_to}) {
        box->setVisible(count > 0);
        const bool newest = box->currentIndex() == box->count() - 1;
        if (box->count() == count && count > 0 &&
            box->itemData(count - 1).toLongLong() == columns.back().step)
            continue;
        const int kept = box->currentIndex();
        box->clear();
        for (const ProbeColumn& column : columns)
            box->addItem((box == m_from ? tr("against update %1") : tr("update %1"))
                             .arg(countText(column.step)),
                         QVariant::fromValue<qlonglong>(column.step));
        box->setCurrentIndex(box == m_from        ? std::clamp(kept, 0, std::max(0, count - 1))
                             : newest || kept < 0 ? count - 1
                                                  : kept);
    }
    m_probes->setProbes(columns, m_from->currentIndex(), m_to->currentIndex());
}

}  // namespace moelora::ui
