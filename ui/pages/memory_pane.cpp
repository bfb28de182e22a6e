// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/memory_pane.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <algorithm>

#include "ui/bridge/memory_text.h"
#include "ui/bridge/plural.h"
#include "ui/bridge/text.h"
#include "ui/models/memory_changes.h"
#include "ui/models/model_choices.h"
#include "ui/widgets/basics.h"
#include "ui/widgets/memory_bar.h"
#include "ui/widgets/theme.h"

namespace moelora::ui {

namespace {
constexpr const char* parts[] = {
    QT_TRANSLATE_NOOP("memory", "weights"),   QT_TRANSLATE_NOOP("memory", "vision"),
    QT_TRANSLATE_NOOP("memory", "adapter"),   QT_TRANSLATE_NOOP("memory", "gradients"),
    QT_TRANSLATE_NOOP("memory", "optimizer"), QT_TRANSLATE_NOOP("memory", "activations"),
    QT_TRANSLATE_NOOP("memory", "work"),      QT_TRANSLATE_NOOP("memory", "picture features"),
    QT_TRANSLATE_NOOP("memory", "program")};

Tone toneOf(Fit fit) {
    return fit == Fit::Fits      ? Tone::Good
           : fit == Fit::Tight   ? Tone::Warning
           : fit == Fit::Unknown ? Tone::Neutral
                                 : Tone::Bad;
}
}  // namespace

QString memoryPartName(const std::string& part) {
    return std::find(std::begin(parts), std::end(parts), part) == std::end(parts)
               ? qs(part)
               : translated("memory", part);
}

MemoryPane::MemoryPane(Workbench& workbench, Extent extent, QWidget* parent)
    : QWidget(parent),
      m_workbench(workbench),
      m_extent(extent),
      m_bar(new MemoryBar),
      m_barBox(new WithTable(m_bar, [this] { return partsTable(); })),
      m_verdict(new Chip),
      m_text(makeLabel("muted")),
      m_parts(makeLabel("muted")),
      m_measured(makeLabel("muted")),
      m_fit(makeButton({}, false)),
      m_measure(makeButton({}, false)) {
    m_bar->setObjectName(QStringLiteral("memoryBar"));
    m_text->setObjectName(QStringLiteral("memoryText"));
    m_fit->setObjectName(QStringLiteral("fitToDevice"));
    m_measure->setObjectName(QStringLiteral("measureMemory"));
    m_measured->setObjectName(QStringLiteral("memoryMeasured"));
    auto* head = new QHBoxLayout;
    head->setSpacing(8);
    head->addWidget(m_text, 1);
    head->addWidget(m_verdict);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(4);
    column->addLayout(head);
    column->addWidget(m_barBox);
    column->addWidget(m_parts);
    auto* buttons = new QHBoxLayout;
    buttons->setSpacing(8);
    buttons->addWidget(m_fit);
    buttons->addWidget(m_measure);
    buttons->addStretch();
    column->addLayout(buttons);
    column->addWidget(m_measured);
    const bool full = extent == Full;
    for (QWidget* part : {static_cast<QWidget*>(m_parts), static_cast<QWidget*>(m_fit),
                          static_cast<QWidget*>(m_measure), static_cast<QWidget*>(m_measured)})
        part->setVisible(full);
    connect(&workbench.fit, &MemoryFit::changed, this, [this] { refresh(); });
    // Ahead of the page, which redraws ten times a second at most.
    connect(&workbench.project, &Project::optionsChanged, this, [this] {
        if (isVisible()) m_workbench.fit.request();
    });
    connect(m_fit, &QPushButton::clicked, this, &MemoryPane::fit);
    connect(m_measure, &QPushButton::clicked, this, &MemoryPane::measure);
    keepText(this, [this] { retranslate(); });
}

void MemoryPane::retranslate() {
    m_barBox->setName(tr("Memory of the run by part"));
    m_fit->setText(tr("Fit to this device"));
    m_measure->setText(tr("Measure"));
    refresh();
}

void MemoryPane::refresh() {
    MemoryFit& memory = m_workbench.fit;
    if (isVisible()) memory.request();
    const auto& answer = memory.estimate();
    const bool known = answer && *answer;
    m_barBox->setVisible(known);
    m_parts->setVisible(known && m_extent == Full);
    if (known)
        showEstimate(**answer);
    else {
        m_verdict->show({}, Tone::Neutral);
        m_text->setText(answer             ? errorText(answer->error()).what
                        : memory.pending() ? tr("Estimating the memory for your data ...")
                                           : tr("The memory is estimated when model and data are "
                                                "chosen."));
    }
    showButtons();
}

WithTable::Table MemoryPane::partsTable() const {
    WithTable::Table table{{tr("Part"), tr("Memory")}, {}};
    const auto& answer = m_workbench.fit.estimate();
    if (!answer || !*answer) return table;
    for (const MemoryPart& part : (*answer)->parts)
        table.rows.push_back({memoryPartName(part.name), bytesText(part.bytes)});
    table.rows.push_back({tr("in all"), bytesText((*answer)->predicted_peak_bytes)});
    if (const std::int64_t budget = m_workbench.fit.budget(); budget > 0)
        table.rows.push_back({tr("free"), bytesText(budget)});
    if (const std::int64_t taken = takenByOthers(); taken > 0)
        table.rows.push_back({tr("other programs"), bytesText(taken)});
    return table;
}

// Of the device that would be used; 0 = not known.
std::int64_t MemoryPane::takenByOthers() const {
    const auto& hardware = m_workbench.fit.hardware();
    if (!hardware) return 0;
    const auto others = [](const auto& device) {
        return std::max<std::int64_t>(0,
                                      device.memory_bytes - device.free_bytes - device.own_bytes);
    };
    const GpuReport* gpu = gpuOf(*hardware, m_workbench.project.options().device);
    return gpu ? others(*gpu) : others(*hardware);
}

void MemoryPane::showEstimate(const MemoryEstimate& e) {
    const MemoryFit& memory = m_workbench.fit;
    const std::int64_t budget = memory.budget();
    const Fit verdict = fitOf(e.predicted_peak_bytes, budget);
    m_verdict->show(fitName(verdict), toneOf(verdict));
    QString text = budget > 0 ? tr("Predicted peak: %1 of %2")
                                    .arg(bytesText(e.predicted_peak_bytes), bytesText(budget))
                              : tr("Predicted peak: %1; what is free is not known")
                                    .arg(bytesText(e.predicted_peak_bytes));
    if (budget > 0 && m_extent == Full)
        text += tr(", with a margin of %1 for what cannot be predicted")
                    .arg(bytesText(safetyMargin(e.predicted_peak_bytes)));
    if (const double factor = memory.calibration(); factor != 1)
        text += m_extent == Full ? tr("; corrected by a measurement of this model on this device "
                                      "(× %1)")
                                       .arg(fixedText(factor, 2))
                                 : tr("; corrected by a measurement");
    m_text->setText(text);
    std::vector<MemoryBar::Part> shown;
    QStringList texts;
    for (const MemoryPart& part : e.parts) {
        shown.push_back({memoryPartName(part.name), part.bytes});
        texts << QStringLiteral("%1 %2").arg(shown.back().name, bytesText(part.bytes));
    }
    m_bar->setParts(std::move(shown), budget, {tr("other programs"), takenByOthers()});
    m_barBox->refresh();
    QString all =
        tr("%1. Longest sample: %Ln token(s).", "", many(e.tokens)).arg(texts.join(tr(", ")));
    if (e.recomputed_layers > 0)
        all += QLatin1Char(' ') +
               tr("%Ln layer(s) computed again in the backward pass, which saves memory.", "",
                  many(e.recomputed_layers));
    if (const std::int64_t taken = takenByOthers(); taken > 0 && m_extent == Full)
        all += QLatin1Char(' ') + tr("Other programs hold %1.").arg(bytesText(taken));
    m_parts->setText(all);
}

void MemoryPane::showButtons() {
    const auto& answer = m_workbench.fit.estimate();
    const bool known = answer && *answer;
    const bool helps = known && !(*answer)->ladder.empty();
    m_fit->setEnabled(helps);
    QStringList changes;
    if (helps)
        for (const MemoryChange& change : (*answer)->ladder)
            changes << tr("%1: saves %2")
                           .arg(memoryChangeText(change.change), bytesText(change.saves_bytes));
    m_fit->setToolTip(helps   ? changes.join(QLatin1Char('\n'))
                      : known ? tr("Nothing needs to be changed, or nothing would help")
                              : QString());
    // A card that is lost tells nothing; the button says so before it is pressed.
    const auto& hardware = m_workbench.fit.hardware();
    const bool silent = hardware && usesGpu(*hardware, m_workbench.project.options().device) &&
                        hardware->gpus.front().memory_bytes == 0;
    m_measure->setEnabled(known && !silent && !m_measuring && !m_workbench.train.running());
    m_measure->setToolTip(silent ? tr("This card does not tell its memory; choose the device cpu "
                                      "to measure there.")
                                 : tr("Two real updates on the longest sample; nothing of them is "
                                      "kept. Takes as long as loading the model and two updates."));
    const bool current = m_measuredFor && *m_measuredFor == m_workbench.project.options();
    QString text;
    if (m_measuring)
        text = tr("Measuring: the model is loaded and two updates are made ...");
    else if (current && m_measurement && !*m_measurement)
        text = errorText(m_measurement->error()).what;
    else if (current && m_measurement && (*m_measurement)->measured_peak_bytes) {
        const std::int64_t peak = *(*m_measurement)->measured_peak_bytes;
        const std::int64_t predicted = (*m_measurement)->predicted_peak_bytes;
        text =
            tr("Measured: %1; the prediction of %2 is off by %3. Estimates of this model on this "
               "device are corrected by it.")
                .arg(bytesText(peak), bytesText(predicted),
                     percentText(static_cast<double>(predicted - peak) /
                                 static_cast<double>(std::max<std::int64_t>(1, peak))));
    }
    m_measured->setText(text);
    m_measured->setVisible(m_extent == Full && !text.isEmpty());
}

// All of them as one step to undo.
void MemoryPane::fit() {
    const auto& answer = m_workbench.fit.estimate();
    if (!answer || !*answer) return;
    QStringList done;
    for (const MemoryChange& change : (*answer)->ladder) done << memoryChangeText(change.change);
    const std::vector<MemoryChange> changes = (*answer)->ladder;
    const std::int64_t budget = m_workbench.fit.budget();
    const std::int64_t left = changes.empty() ? 0 : changes.back().peak_bytes;
    m_workbench.project.setOptions(withChanges(m_workbench.project.options(), changes));
    const QString all = done.join(QStringLiteral("; "));
    m_workbench.say(budget > 0 && left > budget
                        ? tr("Smaller, but it still does not fit, %1 of %2: %3")
                              .arg(bytesText(left), bytesText(budget), all)
                        : tr("Changed to fit: %1").arg(all));
}

void MemoryPane::measure() {
    EstimateSpec spec;
    spec.options = m_workbench.project.options();
    spec.measure = true;
    m_measuredFor = spec.options;
    m_measuring = true;
    m_measurement.reset();
    m_ask.ask(
        this, [&session = m_workbench.session, spec] { return session.estimate(spec); },
        [this](Result<MemoryEstimate> answer) {
            m_measuring = false;
            m_measurement = std::move(answer);
            if (*m_measurement) m_workbench.fit.learn(*m_measuredFor, **m_measurement);
            showButtons();
        });
    showButtons();
}

}  // namespace moelora::ui
