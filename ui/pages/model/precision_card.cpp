// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/model/precision_card.h"

#include <QGridLayout>
#include <QRadioButton>
#include <algorithm>

#include "ui/bridge/plural.h"
#include "ui/bridge/text.h"
#include "ui/models/model_choices.h"
#include "ui/pages/memory_pane.h"
#include "ui/widgets/option_form.h"
#include "ui/widgets/theme.h"

namespace moelora::ui {

namespace {
Tone toneOf(Fit fit) {
    return fit == Fit::Fits      ? Tone::Good
           : fit == Fit::Tight   ? Tone::Warning
           : fit == Fit::Unknown ? Tone::Neutral
                                 : Tone::Bad;
}

void explain(QRadioButton* button, const QString& why, const QString& otherwise) {
    button->setEnabled(why.isEmpty());
    const QString text = why.isEmpty() ? otherwise : why;
    button->setToolTip(text.isEmpty() ? QString()
                                      : QStringLiteral("<qt>%1</qt>").arg(text.toHtmlEscaped()));
    button->setAccessibleDescription(text);
}
}  // namespace

PrecisionCard::PrecisionCard(Workbench& workbench, QWidget* parent)
    : Card(parent),
      m_workbench(workbench),
      m_formatsTitle(makeLabel("muted")),
      m_typesTitle(makeLabel("muted")),
      m_total(makeLabel("body")),
      m_parts(makeLabel("muted")),
      m_vision(new OptionForm) {
    m_total->setObjectName(QStringLiteral("memoryTotal"));
    m_parts->setObjectName(QStringLiteral("memoryParts"));
    m_vision->setShown({QStringLiteral("vision_quantization")});
    body()->addWidget(m_formatsTitle);
    body()->addWidget(makeFormats());
    body()->addWidget(m_total);
    body()->addWidget(m_parts);
    body()->addWidget(m_typesTitle);
    body()->addWidget(makeTypes());
    body()->addWidget(m_vision);
    body()->addStretch();
    connectAll();
    keepText(this, [this] { retranslate(); });
}

QWidget* PrecisionCard::makeFormats() {
    auto* box = new QWidget;
    auto* grid = new QGridLayout(box);
    grid->setContentsMargins(0, 0, 0, 0);
    grid->setHorizontalSpacing(12);
    grid->setVerticalSpacing(4);
    grid->setColumnStretch(0, 1);
    for (const auto& [value, name] : EnumNames<Quantization>::table) {
        const int row = static_cast<int>(m_formats.size());
        Format one{new QRadioButton, makeLabel("body"), new Chip};
        one.button->setObjectName(QStringLiteral("format-") + qs(name));
        one.badge->setObjectName(QStringLiteral("fit-") + qs(name));
        one.bytes->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
        one.bytes->setWordWrap(false);
        m_formatGroup.addButton(one.button, row);
        grid->addWidget(one.button, row, 0);
        grid->addWidget(one.bytes, row, 1);
        grid->addWidget(one.badge, row, 2);
        grid->setRowMinimumHeight(row, 24);
        m_formats.push_back(one);
    }
    return box;
}

QWidget* PrecisionCard::makeTypes() {
    auto* box = new QWidget;
    auto* row = new QHBoxLayout(box);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(14);
    for (const auto& [value, name] : EnumNames<ComputeDtype>::table) {
        auto* button = new QRadioButton;
        button->setObjectName(QStringLiteral("type-") + qs(name));
        m_typeGroup.addButton(button, static_cast<int>(m_types.size()));
        row->addWidget(button);
        m_types.push_back(button);
    }
    row->addStretch();
    return box;
}

template <class Value>
void PrecisionCard::choose(Value ModelOptions::*field, Value value) {
    RunOptions options = m_workbench.project.options();
    options.model.*field = value;
    m_workbench.project.setOptions(std::move(options));
}

void PrecisionCard::connectAll() {
    connect(&m_formatGroup, &QButtonGroup::idClicked, this,
            [this](int id) { choose(&ModelOptions::quantization, static_cast<Quantization>(id)); });
    connect(&m_typeGroup, &QButtonGroup::idClicked, this, [this](int id) {
        choose(&ModelOptions::compute_dtype, static_cast<ComputeDtype>(id));
    });
    connect(m_vision, &OptionForm::edited, this, [this](const QString& name, const QString& value) {
        RunOptions options = m_workbench.project.options();
        if (writeField(options.model, name, value))
            m_workbench.project.setOptions(std::move(options));
    });
}

void PrecisionCard::retranslate() {
    setTitle(tr("Precision and quantization"));
    m_formatsTitle->setText(
        tr("How the frozen linear layers are held, and the memory that training "
           "would need"));
    m_typesTitle->setText(tr("Type that is computed with"));
    refresh();
}

void PrecisionCard::focusField(const QString& path) {
    if (path == QLatin1String("model.vision_quantization"))
        return m_vision->focusField(QStringLiteral("vision_quantization"));
    const bool type = path == QLatin1String("model.compute_dtype");
    QAbstractButton* chosen = (type ? m_typeGroup : m_formatGroup).checkedButton();
    if (chosen) chosen->setFocus(Qt::OtherFocusReason);
}

void PrecisionCard::refresh() {
    showFormats();
    showTypes();
    showTotal();
    const ModelOptions &now = m_workbench.project.options().model,
                       &base = m_workbench.project.baseline().model;
    m_vision->setFields(readFields(now), readFields(base));
}

void PrecisionCard::showFormats() {
    const Project& project = m_workbench.project;
    const MemoryFit& fit = m_workbench.fit;
    const auto& model = project.model();
    const std::string stored = model && *model ? (*model)->quantization : std::string();
    for (const auto& [value, name] : EnumNames<Quantization>::table) {
        const Format& format = m_formats[static_cast<std::size_t>(value)];
        const QString why = whyNot(value, stored);
        const std::int64_t peak = why.isEmpty() ? fit.peak(value) : 0;
        const Fit verdict = fitOf(peak, fit.budget());
        format.button->setText(quantizationName(value));
        format.bytes->setText(peak > 0 ? bytesText(peak) : QString());
        format.badge->show(fitName(verdict), toneOf(verdict));
        explain(format.button, why,
                peak > 0 ? tr("Predicted peak: %1 %2").arg(bytesText(peak), fitName(verdict))
                         : QString());
        // What the folder holds is what runs, whatever the option says.
        const bool chosen = stored.empty() || stored == "none"
                                ? value == project.options().model.quantization
                                : name == stored;
        format.button->setChecked(chosen);
    }
}

void PrecisionCard::showTypes() {
    const RunOptions& options = m_workbench.project.options();
    const auto& hardware = m_workbench.fit.hardware();
    for (const auto& [value, name] : EnumNames<ComputeDtype>::table) {
        QRadioButton* button = m_types[static_cast<std::size_t>(value)];
        QString text = value == ComputeDtype::Auto ? tr("automatic") : qs(name);
        if (value == ComputeDtype::Auto && hardware)
            text =
                tr("automatic: %1").arg(qs(name_of_enum(automaticType(*hardware, options.device))));
        button->setText(text);
        explain(button, hardware ? whyNot(value, *hardware, options.device) : QString(), {});
        button->setChecked(value == options.model.compute_dtype);
    }
}

void PrecisionCard::showTotal() {
    const MemoryFit& fit = m_workbench.fit;
    const auto& answer = fit.estimate();
    const bool known = answer && *answer;
    m_parts->setVisible(known);
    setTone(m_total, answer && !known ? Tone::Bad : Tone::Neutral);
    if (!answer) {
        m_total->setText(fit.pending()
                             ? tr("Estimating the memory for your data ...")
                             : tr("With a model and data chosen, each format shows here whether a "
                                  "run with it fits."));
        return;
    }
    if (!known) {
        m_total->setText(errorText(answer->error()).what);
        return;
    }
    const MemoryEstimate& e = **answer;
    const std::int64_t budget = fit.budget();
    m_total->setText(budget > 0 ? tr("Predicted peak: %1 of %2; %3 of it should stay free")
                                      .arg(bytesText(e.predicted_peak_bytes), bytesText(budget),
                                           bytesText(safetyMargin(e.predicted_peak_bytes)))
                                : tr("Predicted peak: %1; what is free is not known")
                                      .arg(bytesText(e.predicted_peak_bytes)));
    QStringList texts;
    for (const MemoryPart& part : e.parts)
        texts << QStringLiteral("%1 %2").arg(memoryPartName(part.name), bytesText(part.bytes));
    m_parts->setText(
        tr("%1. Longest sample: %Ln token(s), at the adapter and batch of the next run.", "",
           many(e.tokens))
            .arg(texts.join(tr(", "))));
}

}  // namespace moelora::ui
