// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/runs/overlay_pane.h"

#include <QHeaderView>
#include <QTreeWidget>

#include "ui/bridge/text.h"
#include "ui/widgets/chart_card.h"
#include "ui/widgets/theme.h"
#include "ui/widgets/words.h"

namespace moelora::ui {

namespace {
constexpr int linesAround = 2, lineUsual = 18;  // of a chart: its heading and its axis
constexpr int colorsThere = 4, chartHeight = 116, linesLeast = 1, headRoom = 38, tableHeight = 56;

// Four colours, and dashed for those behind them: told apart without hue, too.
MetricSeries curve(const QString& name, std::size_t place, std::vector<QPointF> points) {
    return {name, place < colorsThere ? MetricSeries::Thick : MetricSeries::Dashed,
            static_cast<int>(place) % colorsThere, std::move(points)};
}
}  // namespace

OverlayPane::OverlayPane(Workbench& workbench, QWidget* parent)
    : QWidget(parent),
      m_workbench(workbench),
      m_loss(new ChartCard(QStringLiteral("overlay_loss"))),
      m_rate(new ChartCard(QStringLiteral("overlay_learning_rate"))),
      m_settings(new Card),
      m_table(new QTreeWidget),
      m_note(makeLabel("muted")) {
    for (ChartCard* card : {m_loss, m_rate}) {
        card->chart()->shareAxis(&m_axis);
        keepLines(card, linesAround, chartHeight - linesAround * lineUsual, chartHeight);
        connect(card, &ChartCard::unwritable, this,
                [this](const QString& path, const QString& why) {
                    m_workbench.report(Error{
                        ErrorCode::FileUnwritable, {{"path", ss(path)}, {"why", ss(why)}}, {}, {}});
                });
    }
    m_note->setObjectName(QStringLiteral("overlayNote"));
    m_table->setObjectName(QStringLiteral("settingDiff"));
    m_table->setRootIsDecorated(false);
    m_table->setUniformRowHeights(true);
    keepLines(m_table, linesLeast, headRoom, tableHeight);
    m_settings->body()->addWidget(m_note);
    m_settings->body()->addWidget(m_table, 1);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(12);
    column->addWidget(m_loss, 4);
    column->addWidget(m_rate, 2);
    column->addWidget(m_settings, 3);
    keepText(this, [this] { retranslate(); });
}

void OverlayPane::setRuns(const std::vector<RunSummary>& runs) {
    QStringList wanted;
    for (const RunSummary& run : runs)
        wanted << QStringLiteral("%1 %2").arg(qs(run.path), QString::number(run.step));
    if (wanted == m_asked) return;
    m_asked = wanted;
    m_chosen = runs.size();
    m_read.ask(
        this, [&session = m_workbench.session, runs] { return readOverlay(session, runs); },
        [this](Result<std::vector<OverlaidRun>> read) {
            if (!read) return m_workbench.report(read.error());
            m_runs = std::move(*read);
            show();
        });
}

void OverlayPane::retranslate() {
    m_loss->setHeading(tr("Loss, smoothed"));
    m_rate->setHeading(tr("Learning rate"));
    m_settings->setTitle(tr("Settings that differ"));
    m_table->setAccessibleName(tr("Settings that differ"));
    show();
}

void OverlayPane::show() {
    showCharts();
    showDifferences();
}

void OverlayPane::showCharts() {
    std::vector<MetricSeries> losses, rates;
    double last = 0;
    for (std::size_t i = 0; i < m_runs.size(); ++i) {
        const OverlaidRun& run = m_runs[i];
        losses.push_back(curve(run.name, i, run.smooth));
        rates.push_back(curve(run.name, i, run.rate));
        if (!run.loss.empty()) last = std::max(last, run.loss.back().x());
    }
    m_axis.setLast(last);
    m_loss->setSeries(std::move(losses));
    m_rate->setSeries(std::move(rates));
}

void OverlayPane::showDifferences() {
    m_table->clear();
    QStringList heads = {tr("Setting")};
    for (const OverlaidRun& run : m_runs) heads << run.name;
    m_table->setColumnCount(static_cast<int>(heads.size()));
    m_table->setHeaderLabels(heads);
    m_table->header()->setSectionResizeMode(QHeaderView::Stretch);
    for (const DifferingSetting& setting : differingSettings(m_runs)) {
        auto* item = new QTreeWidgetItem(
            m_table, QStringList{translated("options", setting.label)} + setting.values);
        item->setToolTip(0, setting.path);
        for (int i = 0; i < setting.values.size(); ++i) item->setToolTip(i + 1, setting.values[i]);
    }
    const bool none = m_table->topLevelItemCount() == 0 && !m_runs.empty();
    const bool more = m_chosen > overlaidAtMost;
    m_note->setText(more ? tr("The first %1 of the chosen runs are shown.")
                               .arg(countText(static_cast<qint64>(overlaidAtMost)))
                    : none ? tr("All settings are equal.")
                           : QString());
    m_note->setVisible(more || none);
}

}  // namespace moelora::ui
