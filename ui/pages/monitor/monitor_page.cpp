// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/monitor/monitor_page.h"

#include <QComboBox>
#include <QProgressBar>
#include <QScrollArea>
#include <QSplitter>
#include <QStackedWidget>
#include <QTabBar>
#include <cmath>

#include "ui/bridge/file_errors.h"
#include "ui/bridge/plural.h"
#include "ui/bridge/reasons.h"
#include "ui/bridge/text.h"
#include "ui/pages/monitor/gate_card.h"
#include "ui/pages/monitor/log_pane.h"
#include "ui/pages/monitor/metric_stack.h"
#include "ui/pages/monitor/probe_film.h"
#include "ui/pages/monitor/probe_strip.h"
#include "ui/pages/monitor/update_pane.h"
#include "ui/widgets/basics.h"
#include "ui/widgets/theme.h"

namespace moelora::ui {

namespace {
constexpr int paneHeight = 184, paneHead = 87;  // of the card and its head

Tone toneOf(JobState state) {
    return state == JobState::Failed     ? Tone::Bad
           : state == JobState::Finished ? Tone::Good
           : state == JobState::Cancelled || state == JobState::Paused ||
                   state == JobState::Stopping
               ? Tone::Warning
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
    m_state->setObjectName(QStringLiteral("runState"));
    m_progress = new QProgressBar;
    m_progress->setObjectName(QStringLiteral("runProgress"));
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

// The captions now, how they came about, what an update was made of, and what happened: four views
// of one place.
QWidget* MonitorPage::makePanes() {
    m_paneCard = new Card;
    m_panes = new QTabBar;
    m_panes->setObjectName(QStringLiteral("monitorPanes"));
    m_panes->setDrawBase(false);
    m_panes->setExpanding(false);
    for (int pane = Probes; pane <= Log; ++pane) m_panes->addTab(QString());
    m_from = new QComboBox;
    m_to = new QComboBox;
    for (QComboBox* box : {m_from, m_to})  // filled later, and anew in another language
        box->setSizeAdjustPolicy(QComboBox::AdjustToContents);
    m_panes->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);  // the chosen one is bold
    m_paneCard->head()->insertWidget(0, m_panes, 1);
    m_paneCard->head()->addWidget(m_from);
    m_paneCard->head()->addWidget(m_to);
    m_probes = new ProbeStrip(m_workbench.pictures);
    m_film = new ProbeFilm(m_workbench.pictures);
    m_update = new UpdatePane(m_workbench);
    m_log = new LogPane(m_workbench.train.log());
    m_noProbes = makeLabel("muted");
    auto* area = new QScrollArea;
    area->setWidget(m_probes);
    area->setWidgetResizable(true);
    area->setFrameShape(QFrame::NoFrame);
    area->setFocusPolicy(Qt::NoFocus);
    m_probes->setProperty("scrolled", true);
    m_paneStack = new QStackedWidget;
    for (QWidget* pane : {static_cast<QWidget*>(area), static_cast<QWidget*>(m_film),
                          static_cast<QWidget*>(m_update), static_cast<QWidget*>(m_log)})
        m_paneStack->addWidget(pane);
    m_paneCard->body()->addWidget(m_noProbes);
    // A strut beside the pane: a least height of the card itself would cut what needs more.
    auto* row = new QHBoxLayout;
    row->setSpacing(0);
    row->addWidget(m_paneStack, 1);
    row->addSpacerItem(
        new QSpacerItem(0, paneHeight - paneHead, QSizePolicy::Fixed, QSizePolicy::Minimum));
    m_paneCard->body()->addLayout(row, 1);
    return m_paneCard;
}

QWidget* MonitorPage::makeContent() {
    auto* content = new QWidget;
    auto* column = new QVBoxLayout(content);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(12);
    m_note = makeLabel("message");
    column->addWidget(m_note);
    auto* top = new QWidget;
    auto* row = new QHBoxLayout(top);
    row->setContentsMargins(0, 0, 0, 6);
    row->setSpacing(12);
    m_metrics = new MetricStack;
    m_gates = new GateCard;
    row->addWidget(scrolled(m_metrics, "metricScroll"), 6);
    row->addWidget(m_gates, 5);
    m_splitter = new QSplitter(Qt::Vertical);
    m_splitter->setChildrenCollapsible(false);
    m_splitter->addWidget(top);
    m_splitter->addWidget(makePanes());
    m_splitter->setStretchFactor(0, 1);
    m_splitter->setStretchFactor(1, 0);
    if (!m_splitter->restoreState(m_workbench.settings.state(id())))
        m_splitter->setSizes({10 * paneHeight, paneHeight});
    column->addWidget(m_splitter, 1);
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
    const auto report = [this](const QString& path, const QString& why) {
        m_workbench.report(unwritable(path, why));
    };
    connect(m_metrics, &MetricStack::unwritable, this, report);
    connect(m_gates, &GateCard::unwritable, this, report);
    connect(m_panes, &QTabBar::currentChanged, this, &MonitorPage::showPane);
    connect(m_metrics, &MetricStack::chosen, this, [this](double step) {
        m_update->show(std::llround(step));
        m_panes->setCurrentIndex(Update);
    });
    connect(m_splitter, &QSplitter::splitterMoved, this,
            [this] { m_workbench.settings.setState(id(), m_splitter->saveState()); });
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
    const QString panes[] = {tr("Probe captions"), tr("Course of the captions"),
                             tr("Samples of an update"), tr("Log")};
    for (int pane = Probes; pane <= Log; ++pane) m_panes->setTabText(pane, panes[pane]);
    m_panes->setAccessibleName(tr("What is shown below the curves"));
    m_noProbes->setText(
        tr("The probe pictures are captioned at the start, at intervals and at the end of a run."));
    m_from->setAccessibleName(tr("Compared with the captions of update"));
    m_to->setAccessibleName(tr("Captions of update"));
    m_save->setText(tr("Save now"));
    m_caption->setText(tr("Caption now"));
    m_stop->setText(tr("Stop"));
    m_stop->setToolTip(tr("Stops after the current step and saves a checkpoint (Shift+F5)"));
    m_compare->setText(tr("Compare"));
    m_progress->setAccessibleName(tr("Progress of the run"));
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
    if (parts & (RunModel::Steps | RunModel::Header)) m_metrics->show(m_workbench.train.model());
    if (parts & (RunModel::Router | RunModel::Header)) m_gates->show(m_workbench.train.model());
    if (parts & (RunModel::Probes | RunModel::Header)) showProbes();
    if (parts & (RunModel::Steps | RunModel::Header) && m_panes->currentIndex() == Update)
        m_update->refresh();
    const bool noted = !run().notes.empty();
    m_note->setVisible(noted);
    if (noted) {
        const NoteRecord& note = run().notes.back();
        m_note->setText(tr("Update %1, %2: %3")
                            .arg(countText(note.step), qs(note.code), reasonText(note.message)));
        setTone(m_note, Tone::Warning);
    }
}

// "run on cpu, fp32   update 120 of 400, epoch 1.2   21.3 samples/s   512 MB   0:02:10 left"
QString MonitorPage::facts() const {
    const RunData& d = run();
    // The kind of device alone: the status bar has the rest, and the line keeps its length.
    const QString device = remarkText(d.device.substr(0, d.device.find(',')));
    QStringList parts = {tr("%1 on %2, %3").arg(qs(d.run), device, qs(d.dtype))};
    if (!d.steps.empty()) {
        const StepRecord& last = d.steps.back();
        parts << tr("update %1 of %2, epoch %3")
                     .arg(countText(last.step), countText(d.totalSteps), fixedText(last.epoch, 2));
        if (last.samples_per_s > 0)
            parts << tr("%1 samples/s, %2 tokens/s")
                         .arg(realText(last.samples_per_s, 3),
                              countText(std::llround(last.tokens_per_s)));
        if (last.peak_mem_bytes > 0) parts << tr("peak %1").arg(bytesText(last.peak_mem_bytes));
        const double left = m_workbench.train.model().secondsLeft();
        if (m_workbench.train.state() == JobState::Running && left >= 0)
            parts << tr("%1 left").arg(durationText(left));
    }
    return parts.join(QStringLiteral("  ·  "));
}

void MonitorPage::showHead() {
    const TrainJob& job = m_workbench.train;
    const bool running = job.running(), any = running || !m_workbench.train.model().empty();
    const RunData& d = run();
    setTitle(tr("Monitor"), !any            ? tr("What the model learns, while it learns it.")
                            : d.run.empty() ? tr("Preparing the run ...")
                                            : facts());
    m_state->setVisible(any);
    const bool saving = job.stopping() && !d.steps.empty();
    if (any)
        m_state->show(saving ? tr("stopping, saving ...") : stateName(job.state()),
                      toneOf(job.state()));
    for (QWidget* part : {static_cast<QWidget*>(m_pause), static_cast<QWidget*>(m_save),
                          static_cast<QWidget*>(m_caption), static_cast<QWidget*>(m_stop),
                          static_cast<QWidget*>(m_progress)})
        part->setVisible(running);
    m_compare->setVisible(!running && any && !d.path.empty());
    m_pause->setText(job.state() == JobState::Paused ? tr("Continue") : tr("Pause"));
    const bool training = job.state() == JobState::Running || job.state() == JobState::Paused;
    for (QPushButton* button : {m_pause, m_save, m_caption}) button->setEnabled(training);
    m_stop->setEnabled(running && !job.stopping());
    const std::int64_t done = d.steps.empty() ? 0 : d.steps.back().step;
    m_progress->setRange(0, job.stopping() ? 0 : static_cast<int>(d.totalSteps));  // 0 = at work
    m_progress->setValue(static_cast<int>(done));
    m_progress->setToolTip(tr("%1 of %Ln update(s)", "", many(d.totalSteps)).arg(countText(done)));
}

void MonitorPage::showPane(int pane) {
    m_paneStack->setCurrentIndex(pane);
    if (pane == Update) m_update->refresh();
    showProbes();
}

void MonitorPage::showLog() {
    m_panes->setCurrentIndex(Log);
}

// Written when the run begins, and never after.
void MonitorPage::askReferences() {
    if (run().probes.empty() || run().path == m_referencesOf) return;
    m_referencesOf = run().path;
    m_film->setReferences({});
    m_askReferences.ask(
        this,
        [path = m_referencesOf]() -> Result<std::map<std::string, std::string>> {
            return probeReferences(path);
        },
        [this](Result<std::map<std::string, std::string>> references) {
            if (references) m_film->setReferences(std::move(*references));
        });
}

void MonitorPage::showProbes() {
    const auto& columns = run().probes;
    askReferences();
    const int count = static_cast<int>(columns.size());
    const bool now = m_panes->currentIndex() == Probes;
    m_noProbes->setVisible(count == 0 && m_panes->currentIndex() <= Film);
    m_film->setProbes(columns);
    for (QComboBox* box : {m_from, m_to}) {
        box->setVisible(count > 0 && now);
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
