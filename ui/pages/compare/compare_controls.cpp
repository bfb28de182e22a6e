// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/compare/compare_controls.h"

#include <QComboBox>
#include <QFileInfo>
#include <QLineEdit>
#include <QProgressBar>
#include <QSlider>
#include <QSpinBox>
#include <algorithm>

#include "core/base/json.h"
#include "core/session/probes.h"
#include "ui/bridge/text.h"
#include "ui/pages/adapter_box.h"
#include "ui/widgets/option_form.h"
#include "ui/widgets/path_field.h"
#include "ui/widgets/theme.h"

namespace moelora::ui {

namespace {
constexpr int defaultLimit = 24, sliderWidth = 110, progressWidth = 80, decodingHeight = 176;
const QString betweenPaths = QStringLiteral("; ");
constexpr int scaleSteps = 20, scaleMost = 30;  // 0 ... 1.5 in steps of 0.05

bool routesByTask(const AdapterSummary& summary) {
    const auto axes = parse_json(summary.axes_json, "adapter");
    return axes && axes->is_object() &&
           as_string(axes->value("router", Json())) == std::string("task");
}

// As wide as its longest text, so that nothing moves while numbers change.
QLabel* makeValue(const QString& widest) {
    QLabel* label = makeLabel("muted");
    label->setWordWrap(false);
    keepLook(label, [label, widest] {
        label->setMinimumWidth(label->fontMetrics().horizontalAdvance(widest) + 4);
    });
    return label;
}
}  // namespace

CompareControls::CompareControls(Workbench& workbench, QWidget* parent)
    : Card(parent), m_workbench(workbench) {
    m_adapter = new AdapterBox(m_workbench);
    m_adapter->setObjectName(QStringLiteral("compareAdapter"));
    m_data = new PathField(PathField::FolderOrFile);
    m_data->setObjectName(QStringLiteral("compareData"));
    m_limit = new QSpinBox;
    m_limit->setRange(0, 100000);
    m_limit->setValue(defaultLimit);
    m_limit->setLocale(QLocale::c());
    m_start = makeButton(QStringLiteral("play"), true);
    m_start->setObjectName(QStringLiteral("compareStart"));
    m_cancel = makeButton(QStringLiteral("stop"), false);
    m_progress = new QProgressBar;
    m_progress->setTextVisible(false);
    m_progress->setFixedWidth(progressWidth);
    m_stage = makeLabel("muted");
    m_stage->setWordWrap(false);
    m_prompt = new QLineEdit;
    m_prompt->setObjectName(QStringLiteral("comparePrompt"));
    m_prompt->setClearButtonEnabled(true);
    for (QSlider** slider : {&m_checkpoint, &m_scale}) {
        *slider = new QSlider(Qt::Horizontal);
        (*slider)->setFixedWidth(sliderWidth);
        (*slider)->setPageStep(1);
    }
    m_checkpoint->setObjectName(QStringLiteral("compareCheckpoint"));
    m_scale->setObjectName(QStringLiteral("compareScale"));
    m_scale->setRange(0, scaleMost);
    m_scale->setValue(scaleSteps);
    m_expert = new QComboBox;
    m_expert->setObjectName(QStringLiteral("compareExpert"));
    m_task = new QComboBox;
    m_task->setObjectName(QStringLiteral("compareTask"));
    m_decodingArea = makeDecoding();
    body()->addLayout(makeFirstLine());
    body()->addLayout(makeSecondLine());
    body()->addWidget(m_decodingArea);
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Maximum);
    connectAll();
    keepText(this, [this] { retranslate(); });
    takeAdapter();
}

QHBoxLayout* CompareControls::makeFirstLine() {
    auto* line = new QHBoxLayout;
    line->setSpacing(8);
    addField(line, m_adapterLabel, m_adapter, 2);
    addField(line, m_dataLabel, m_data, 3);
    addField(line, m_limitLabel, m_limit);
    for (QWidget* part : {static_cast<QWidget*>(m_stage), static_cast<QWidget*>(m_progress),
                          static_cast<QWidget*>(m_cancel), static_cast<QWidget*>(m_start)})
        line->addWidget(part);
    return line;
}

QHBoxLayout* CompareControls::makeSecondLine() {
    auto* line = new QHBoxLayout;
    line->setSpacing(8);
    addField(line, m_promptLabel, m_prompt, 1);
    addField(line, m_taskLabel, m_task);
    addField(line, m_checkpointLabel, m_checkpoint);
    line->addWidget(m_checkpointText = makeValue(QStringLiteral("update 100,000")));
    addField(line, m_scaleLabel, m_scale);
    line->addWidget(m_scaleText = makeValue(QStringLiteral("0.00")));
    addField(line, m_expertLabel, m_expert);
    line->addWidget(m_decoding);
    return line;
}

// How answers are drawn. They are options of the project, so a run that captions its probes and a
// configuration that is saved have them, too.
QWidget* CompareControls::makeDecoding() {
    m_decoding = makeFold("compareDecoding");
    m_form = new OptionForm;
    m_form->setObjectName(QStringLiteral("decodingForm"));
    m_form->setShown({QStringLiteral("do_sample"), QStringLiteral("temperature"),
                      QStringLiteral("top_k"), QStringLiteral("top_p"),
                      QStringLiteral("repetition_penalty"), QStringLiteral("max_new_tokens"),
                      QStringLiteral("seed")});
    QWidget* area = scrolled(m_form, "decodingScroll");
    area->setFixedHeight(decodingHeight);
    area->hide();
    connect(m_decoding, &QToolButton::toggled, this, [this, area](bool open) {
        openFold(m_decoding, open);
        area->setVisible(open);
    });
    connect(m_form, &OptionForm::rejectionsChanged, this, [this] {
        m_workbench.project.setRejections(QStringLiteral("decoding"), QStringLiteral("compare"),
                                          m_form->rejections());
        Q_EMIT adapterChanged();  // what may be asked is another
    });
    connect(m_form, &OptionForm::edited, this, [this](const QString& name, const QString& value) {
        RunOptions options = m_workbench.project.options();
        if (writeField(options.generate, name, value))
            m_workbench.project.setOptions(std::move(options));
    });
    return area;
}

void CompareControls::showDecoding() {
    const GenerateOptions& now = m_workbench.project.options().generate;
    m_form->setFields(readFields(now), readFields(m_workbench.project.baseline().generate));
    m_decoding->setText(now.do_sample ? tr("Decoding: sampled") : tr("Decoding: greedy"));
}

void CompareControls::connectAll() {
    connect(m_adapter, &AdapterBox::adapterChanged, this, [this] {
        takeAdapter();
        Q_EMIT adapterChanged();
    });
    connect(m_start, &QPushButton::clicked, this, &CompareControls::startWanted);
    connect(m_prompt, &QLineEdit::returnPressed, m_start, &QPushButton::click);
    connect(m_cancel, &QPushButton::clicked, &m_workbench.compare, &CompareJob::stop);
    connect(m_data, &PathField::chosen, this, [this](const QString& path) {
        m_ownData = path != m_proposedData;
        Q_EMIT adapterChanged();  // the same adapter, asked about something else
    });
    connect(&m_workbench, &Workbench::picturesWanted, this, [this](const QStringList& paths) {
        m_data->setPath(paths.join(betweenPaths));
        m_ownData = true;
        Q_EMIT adapterChanged();
    });
    for (QSlider* slider : {m_checkpoint, m_scale})
        connect(slider, &QSlider::valueChanged, this, [this] { showNumbers(); });
}

void CompareControls::retranslate() {
    m_adapterLabel->setText(tr("Adapter"));
    m_dataLabel->setText(tr("Pictures"));
    m_limitLabel->setText(tr("At most"));
    m_promptLabel->setText(tr("Prompt"));
    m_checkpointLabel->setText(tr("Checkpoint"));
    m_scaleLabel->setText(tr("Scale"));
    m_expertLabel->setText(tr("Experts"));
    m_taskLabel->setText(tr("Task"));
    m_task->setAccessibleName(tr("Task"));
    m_task->setToolTip(tr("Of samples that have none of their own, as single pictures"));
    fillTasks();
    m_limit->setSpecialValueText(tr("all"));
    m_limit->setAccessibleName(tr("Number of samples at most"));
    showDecoding();
    m_decoding->setToolTip(
        tr("How answers are drawn: greedy or sampled, their length, what repeats"));
    m_data->setFileFilter(
        tr("Data and pictures (*.json *.jsonl *.csv *.tsv *.jpg *.jpeg *.png *.webp *.bmp);;All "
           "files (*)"));
    m_prompt->setPlaceholderText(tr("as the data or the adapter ask"));
    m_prompt->setAccessibleName(tr("Prompt"));
    m_prompt->setToolTip(tr("Ask this about every picture instead of what the data say"));
    m_checkpoint->setAccessibleName(tr("Checkpoint"));
    m_scale->setAccessibleName(tr("Scale of the adapter"));
    m_scale->setToolTip(
        tr("Factor of the adapter's update: 0 is the base, 1 as trained, above 1 exaggerates"));
    m_start->setText(tr("Compare"));
    m_cancel->setText(tr("Cancel"));
    m_progress->setAccessibleName(tr("Progress of the comparison"));
    m_expert->setAccessibleName(tr("Experts that are used"));
    fillExperts();
    fillCheckpoints();
}

QString CompareControls::adapter() const {
    return m_adapter->path();
}

QString CompareControls::checkpoint() const {
    const QString chosen = m_checkpoints.value(m_checkpoint->value());
    return chosen.isEmpty() ? adapter() : chosen;
}

CompareSpec CompareControls::spec() const {
    CompareSpec spec;
    spec.adapter = ss(checkpoint());
    spec.images = pictures();
    if (spec.images.empty()) spec.data = ss(m_data->path());
    spec.prompt = ss(m_prompt->text().trimmed());
    if (m_byTask && m_task->currentIndex() > 0) spec.task = ss(m_task->currentText());
    spec.limit = m_limit->value();
    spec.adapter_scale = static_cast<double>(m_scale->value()) / scaleSteps;
    spec.force_expert = std::max(0, m_expert->currentIndex()) - 1;
    return spec;
}

// One picture, or several that were dropped together: their paths with "; " between them.
std::vector<std::string> CompareControls::pictures() const {
    if (!isPictureFile(m_data->path())) return {};
    if (QFileInfo::exists(m_data->path())) return {ss(m_data->path())};
    std::vector<std::string> out;
    for (const QString& path : m_data->path().split(betweenPaths, Qt::SkipEmptyParts))
        out.push_back(ss(path.trimmed()));
    return out;
}

void CompareControls::takeAdapter() {
    fillCheckpoints();
    askExperts();
}

// Of a run: its checkpoints in the order in which they were made, then what it ended with.
void CompareControls::fillCheckpoints() {
    const QString kept = m_checkpoints.value(m_checkpoint->value());
    m_checkpoints.clear();
    m_checkpointNames.clear();
    if (const RunSummary* run = m_workbench.runAt(adapter())) {
        for (const CheckpointInfo& info : run->checkpoints) {
            m_checkpoints << qs(run->path) + QLatin1Char('/') + qs(info.path);
            m_checkpointNames << tr("update %1").arg(countText(info.step));
        }
        if (run->has_adapter) {
            m_checkpoints << qs(run->path);
            m_checkpointNames << tr("as finished");
        }
    }
    const auto last = static_cast<int>(std::max<qsizetype>(1, m_checkpoints.size())) - 1;
    const qsizetype same = kept.isEmpty() ? -1 : m_checkpoints.indexOf(kept);
    const QSignalBlocker quiet(m_checkpoint);
    m_checkpoint->setRange(0, last);
    m_checkpoint->setValue(same >= 0 ? static_cast<int>(same) : last);
    m_checkpoint->setEnabled(last > 0);
    m_checkpoint->setToolTip(last > 0 ? tr("Which of the run's checkpoints is compared")
                                      : tr("There is only one state of this adapter"));
    showNumbers();
}

void CompareControls::showNumbers() {
    m_checkpointText->setText(m_checkpointNames.value(m_checkpoint->value()));
    m_scaleText->setText(fixedText(static_cast<double>(m_scale->value()) / scaleSteps, 2));
}

void CompareControls::askExperts() {
    const QString path = adapter();
    if (path == m_asked) return;
    m_asked = path;
    askTasks();
    m_experts = 0;
    m_byTask = false;
    fillExperts();
    m_askExperts.cancel();
    if (path.isEmpty()) return;
    m_askExperts.ask(
        this,
        [&session = m_workbench.session, path = ss(path)] { return session.inspect_adapter(path); },
        [this](const Result<AdapterSummary>& summary) {
            m_experts = summary ? summary->experts : 0;
            m_byTask = summary && routesByTask(*summary);
            fillExperts();
            fillTasks();
            Q_EMIT adapterChanged();
        });
}

// The tasks of the adapter's own card; what could be exported is not asked here.
void CompareControls::askTasks() {
    m_tasks.clear();
    fillTasks();
    m_askTasks.cancel();
    if (m_asked.isEmpty()) return;
    m_askTasks.ask(
        this,
        [&session = m_workbench.session, path = ss(m_asked)] {
            ExportSpec spec;
            spec.adapter = path;
            return session.offer_export(spec);
        },
        [this](const Result<ExportOffer>& offer) {
            if (offer)
                for (const std::string& task : offer->tasks) m_tasks << qs(task);
            fillTasks();
        });
}

void CompareControls::fillTasks() {
    const QString kept = m_task->currentText();
    m_task->clear();
    m_task->addItem(tr("as the data say"));
    m_task->addItems(m_tasks);
    m_task->setCurrentIndex(std::max(0, m_task->findText(kept)));
    for (QWidget* part : {static_cast<QWidget*>(m_taskLabel), static_cast<QWidget*>(m_task)})
        part->setVisible(m_byTask && !m_tasks.isEmpty());
}

void CompareControls::fillExperts() {
    const int kept = std::max(0, m_expert->currentIndex());
    m_expert->clear();
    m_expert->addItem(tr("as routed"));
    if (m_experts > 1)
        for (std::int64_t e = 1; e <= m_experts; ++e)
            m_expert->addItem(tr("only expert %1").arg(countText(e)));
    m_expert->setCurrentIndex(kept < m_expert->count() ? kept : 0);
    m_expert->setEnabled(m_experts > 1);
    m_expert->setToolTip(m_experts > 1
                             ? tr("One expert alone, whatever the routers say: its \"voice\"")
                             : tr("This adapter has no routed experts"));
}

// The chosen adapter's run, where it kept the pictures that it captioned while it trained.
QString CompareControls::runWithProbes() const {
    const RunSummary* run = m_workbench.runAt(adapter());
    if (!run) return {};
    const QString folder = qs(run->path);
    return QFileInfo::exists(folder + QLatin1Char('/') + QLatin1String(probes_file)) ? folder
                                                                                     : QString();
}

QString CompareControls::whyNotAskable() const {
    if (adapter().isEmpty()) return tr("Train an adapter first, or choose a run");
    if (m_data->path().isEmpty() && runWithProbes().isEmpty())
        return tr("Choose pictures: this adapter's run kept no probes that could be asked instead");
    return m_form->rejections().join(QLatin1Char('\n'));
}

bool CompareControls::askable() const {
    return m_known && whyNotAskable().isEmpty();
}

bool CompareControls::startable() const {
    return !m_workbench.compare.running() && askable();
}

void CompareControls::chooseCheckpoint(const QString& folder) {
    const qsizetype row = m_checkpoints.indexOf(folder);
    if (row >= 0) m_checkpoint->setValue(static_cast<int>(row));
}

void CompareControls::proposeData() {
    m_data->setNames(tr("Pictures to caption"), runWithProbes().isEmpty()
                                                    ? tr("one picture, a data folder or a file")
                                                    : tr("the probes of the run"));
    if (m_ownData || (!m_data->path().isEmpty() && m_data->path() != m_proposedData)) return;
    const QString heldOut = m_workbench.project.heldOut();
    m_proposedData = heldOut.isEmpty() ? qs(m_workbench.project.options().data.path) : heldOut;
    m_data->setPath(m_proposedData);
}

void CompareControls::refresh(bool known) {
    const CompareJob& job = m_workbench.compare;
    m_known = known;
    proposeData();
    showDecoding();
    const bool running = job.running();
    const bool stopping = running && job.state() == JobState::Stopping;
    m_start->setVisible(!running);
    m_start->setEnabled(startable());
    m_start->setToolTip(whyNotAskable());
    for (QWidget* part : {static_cast<QWidget*>(m_cancel), static_cast<QWidget*>(m_progress),
                          static_cast<QWidget*>(m_stage)})
        part->setVisible(running);
    m_cancel->setEnabled(!stopping);
    m_progress->setRange(0, stopping ? 0 : static_cast<int>(job.total()));  // 0 to 0 = at work
    m_progress->setValue(static_cast<int>(job.done()));
    m_stage->setText(job.stage());
}

}  // namespace moelora::ui
