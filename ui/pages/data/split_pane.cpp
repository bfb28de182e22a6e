// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/data/split_pane.h"

#include <QFileInfo>
#include <QHBoxLayout>
#include <QLabel>
#include <QListWidget>
#include <QPushButton>
#include <QVBoxLayout>
#include <algorithm>
#include <cmath>

#include "ui/bridge/plural.h"
#include "ui/bridge/text.h"
#include "ui/widgets/basics.h"
#include "ui/widgets/option_form.h"
#include "ui/widgets/theme.h"

namespace moelora::ui {

namespace {
constexpr int IdRole = Qt::UserRole, ImageRole = Qt::UserRole + 1, probeSide = 32;
}

SplitPane::SplitPane(Workbench& workbench, const SamplesModel& samples, QWidget* parent)
    : QWidget(parent),
      m_workbench(workbench),
      m_samples(samples),
      m_text(makeLabel("muted")),
      m_parts(makeLabel("body")),
      m_leaks(makeLabel("muted")),
      m_probesTitle(makeLabel("heading")),
      m_noProbes(makeLabel("muted")),
      m_data(new OptionForm),
      m_train(new OptionForm),
      m_count(new OptionForm),
      m_probes(new QListWidget),
      m_examine(makeButton(QStringLiteral("check"), false)),
      m_remove(makeButton({}, false)) {
    m_parts->setObjectName(QStringLiteral("splitParts"));
    m_leaks->setObjectName(QStringLiteral("splitLeaks"));
    m_probes->setObjectName(QStringLiteral("probeList"));
    m_remove->setObjectName(QStringLiteral("removeProbe"));
    m_data->setShown({QStringLiteral("validation")});
    m_train->setShown({QStringLiteral("seed")});
    m_count->setShown({QStringLiteral("probe_images")});
    m_probes->setIconSize({probeSide, probeSide});
    m_probes->setFrameShape(QFrame::NoFrame);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->addWidget(m_text);
    column->addWidget(m_data);
    column->addWidget(m_train);
    column->addWidget(m_parts);
    auto* leaks = new QHBoxLayout;
    leaks->addWidget(m_leaks, 1);
    leaks->addWidget(m_examine, 0, Qt::AlignTop);
    column->addLayout(leaks);
    column->addSpacing(4);
    column->addWidget(m_probesTitle);
    column->addWidget(m_count);
    column->addWidget(m_noProbes);
    column->addWidget(m_probes, 1);
    column->addWidget(m_remove, 0, Qt::AlignLeft);
    column->addStretch();
    connectForms();
    connect(m_examine, &QPushButton::clicked, this, &SplitPane::examineWanted);
    connect(m_remove, &QPushButton::clicked, this, &SplitPane::removeProbe);
    connect(m_probes, &QListWidget::currentItemChanged, this, [this](QListWidgetItem* item) {
        m_remove->setEnabled(item != nullptr);
        if (item) Q_EMIT chosen(item->data(IdRole).toString(), item->data(ImageRole).toString());
    });
    connect(&workbench.pictures, &PictureLoader::loaded, this, [this] {
        if (isVisible()) showProbes();
    });
    keepText(this, [this] { retranslate(); });
}

void SplitPane::connectForms() {
    const auto edit = [this](OptionForm* form, auto group, const char* key) {
        connect(form, &OptionForm::edited, this,
                [this, group](const QString& name, const QString& value) {
                    RunOptions options = m_workbench.project.options();
                    if (writeField(options.*group, name, value))
                        m_workbench.project.setOptions(std::move(options));
                });
        connect(form, &OptionForm::rejectionsChanged, this, [this, form, key] {
            m_workbench.project.setRejections(QLatin1String(key), QStringLiteral("data"),
                                              form->rejections());
        });
    };
    edit(m_data, &RunOptions::data, "split.data");
    edit(m_train, &RunOptions::train, "split.train");
    edit(m_count, &RunOptions::train, "split.probes");
}

void SplitPane::retranslate() {
    m_text->setText(
        tr("Divided by picture: captions of one picture never stand on both sides, and the same "
           "seed divides the same way."));
    m_probesTitle->setText(tr("Probe set"));
    m_noProbes->setText(
        tr("None is chosen: as many as stand here are spread over the data. Tick \"Caption while "
           "training\" at a sample to choose it."));
    m_probes->setAccessibleName(tr("Chosen probes"));
    m_probes->setToolTip(
        tr("The run captions them while it trains; comparisons and exports ask them again."));
    m_remove->setText(tr("No longer a probe"));
    m_examine->setText(tr("Look for equal pictures"));
}

void SplitPane::refresh(const std::optional<std::vector<Issue>>& examined) {
    const RunOptions &now = m_workbench.project.options(), &base = m_workbench.project.baseline();
    m_data->setFields(readFields(now.data), readFields(base.data));
    m_train->setFields(readFields(now.train), readFields(base.train));
    m_count->setFields(readFields(now.train), readFields(base.train));
    showParts();
    showLeaks(examined);
    showProbes();
}

void SplitPane::focusValidation() {
    m_data->focusField(QStringLiteral("validation"));
}

void SplitPane::showParts() {
    const auto& answer = m_workbench.project.dataset();
    const double wanted = m_workbench.project.options().data.validation;
    if (!answer || !*answer) {
        m_parts->setText(tr("The parts are counted when data are chosen."));
        return;
    }
    const std::int64_t pictures = (*answer)->images > 0 ? (*answer)->images : (*answer)->samples;
    const double kept = wanted < 1 ? wanted * static_cast<double>(pictures) : wanted;
    const std::int64_t held = std::min<std::int64_t>(std::llround(kept), pictures);
    m_parts->setText(held > 0 ? tr("About %Ln picture(s) learnt, %1 kept for evaluation.", "",
                                   many(pictures - held))
                                    .arg(countText(held))
                              : tr("%Ln picture(s) learnt, none kept; without an evaluation the "
                                   "best checkpoint is not known.",
                                   "", many(pictures)));
}

void SplitPane::showLeaks(const std::optional<std::vector<Issue>>& examined) {
    const bool divided = m_workbench.project.options().data.validation > 0;
    std::int64_t leaks = 0;
    if (examined)
        for (const Issue& issue : *examined)
            leaks += issue.error.code == ErrorCode::SplitLeak ? issue.count : 0;
    m_leaks->setVisible(divided);
    m_examine->setVisible(divided && !examined);
    m_leaks->setText(!examined ? tr("Whether equal pictures stand on both sides is not known yet.")
                     : leaks > 0 ? tr("%Ln picture(s) on both sides; listed by the data doctor.",
                                      "", many(leaks))
                                 : tr("No picture stands on both sides."));
}

void SplitPane::showProbes() {
    const std::vector<std::string>& ids = m_workbench.project.options().data.probes;
    m_noProbes->setVisible(ids.empty());
    m_count->setVisible(ids.empty());
    for (QWidget* part : {static_cast<QWidget*>(m_probes), static_cast<QWidget*>(m_remove)})
        part->setVisible(!ids.empty());
    const int kept = m_probes->currentRow();
    const QSignalBlocker quiet(m_probes);
    m_probes->clear();
    for (const std::string& id : ids) {
        const CaptionSample* sample = m_samples.sample(m_samples.rowOf(id));
        const QString image = sample ? qs(sample->image) : QString();
        const QString name = image.isEmpty() ? qs(id) : QFileInfo(image).fileName();
        const QString caption = sample && !sample->references.empty()
                                    ? qs(sample->references.front()).simplified()
                                    : QString();
        auto* item = new QListWidgetItem(
            caption.isEmpty() ? name : QStringLiteral("%1  %2").arg(name, caption), m_probes);
        item->setData(IdRole, qs(id));
        item->setData(ImageRole, image);
        if (!image.isEmpty())
            item->setIcon(
                QIcon(QPixmap::fromImage(m_workbench.pictures.picture(image, 2 * probeSide))));
    }
    m_probes->setCurrentRow(std::min(kept, m_probes->count() - 1));
    m_remove->setEnabled(m_probes->currentItem() != nullptr);
}

void SplitPane::removeProbe() {
    const QListWidgetItem* item = m_probes->currentItem();
    if (!item) return;
    RunOptions options = m_workbench.project.options();
    std::erase(options.data.probes, ss(item->data(IdRole).toString()));
    m_workbench.project.setOptions(std::move(options));
}

}  // namespace moelora::ui
