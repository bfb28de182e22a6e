// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/monitor/metric_stack.h"

#include <QCheckBox>
#include <QComboBox>
#include <QCoreApplication>
#include <cmath>

#include "ui/bridge/text.h"
#include "ui/widgets/chart_card.h"
#include "ui/widgets/theme.h"

namespace moelora::ui {

namespace {
constexpr double smoothing = 0.9;
constexpr double clips[] = {1, 0.99, 0.95};
constexpr int lossHeight = 196, otherHeight = 152;

// One curve of StepRecord; a card whose values are all zero stays away when it says so.
struct Row {
    const char *id, *heading;  // English source, context "metrics"
    int color;
    bool hideZeros;
    double (*value)(const StepRecord&);
    QString (*number)(const StepRecord&);
};
const Row rows[] = {
    {"learning_rate", QT_TRANSLATE_NOOP("metrics", "Learning rate"), 2, false,
     [](const StepRecord& r) { return r.lr; },
     [](const StepRecord& r) { return realText(r.lr, 3); }},
    {"gradient_norm", QT_TRANSLATE_NOOP("metrics", "Gradient norm"), 3, false,
     [](const StepRecord& r) { return r.grad_norm; },
     [](const StepRecord& r) { return realText(r.grad_norm, 3); }},
    {"balance_loss", QT_TRANSLATE_NOOP("metrics", "Balance loss"), 1, true,
     [](const StepRecord& r) { return r.aux_loss; },
     [](const StepRecord& r) { return realText(r.aux_loss, 3); }},
    {"samples_per_second", QT_TRANSLATE_NOOP("metrics", "Samples per second"), 0, true,
     [](const StepRecord& r) { return r.samples_per_s; },
     [](const StepRecord& r) { return realText(r.samples_per_s, 3); }},
    {"memory", QT_TRANSLATE_NOOP("metrics", "Peak memory in MB"), 3, true,
     [](const StepRecord& r) { return static_cast<double>(r.peak_mem_bytes) / 1e6; },
     [](const StepRecord& r) { return bytesText(r.peak_mem_bytes); }}};

QString heading(const Row& row) {
    return QCoreApplication::translate("metrics", row.heading);
}
}  // namespace

std::vector<double> epochEnds(const std::vector<StepRecord>& steps) {
    std::vector<double> ends;
    for (std::size_t i = 1; i < steps.size(); ++i)
        if (std::floor(steps[i].epoch) > std::floor(steps[i - 1].epoch))
            ends.push_back(static_cast<double>(steps[i].step));
    return ends;
}

std::optional<QPointF> bestOf(const std::vector<EvalRecord>& evals) {
    std::optional<QPointF> best;
    for (const EvalRecord& e : evals)
        if (std::isfinite(e.loss) && (!best || e.loss < best->y()))
            best = QPointF(static_cast<double>(e.step), e.loss);
    return best;
}

MetricStack::MetricStack(QWidget* parent)
    : QWidget(parent),
      m_loss(new ChartCard(QStringLiteral("loss"))),
      m_log(new QCheckBox),
      m_clip(new QComboBox),
      m_fit(makeIconButton(QStringLiteral("fit"))) {
    makeLoss();
    m_cards.push_back(m_loss);
    for (const Row& row : rows) m_cards.push_back(new ChartCard(QLatin1String(row.id)));
    m_entropy = new ChartCard(QStringLiteral("gate_entropy"));
    m_cards.push_back(m_entropy);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 4, 0);
    column->setSpacing(12);
    for (ChartCard* card : m_cards) {
        card->chart()->shareAxis(&m_axis);
        card->setMinimumHeight(card == m_loss ? lossHeight : otherHeight);
        column->addWidget(card, card == m_loss ? 3 : 2);
        connect(card, &ChartCard::unwritable, this, &MetricStack::unwritable);
    }
    keepText(this, [this] { retranslate(); });
}

void MetricStack::makeLoss() {
    QHBoxLayout* head = m_loss->head();
    int place = 3;  // after title, legend and stretch
    for (QWidget* part : {static_cast<QWidget*>(m_log), static_cast<QWidget*>(m_clip),
                          static_cast<QWidget*>(m_fit)})
        head->insertWidget(place++, part);
    m_log->setObjectName(QStringLiteral("logLoss"));
    m_clip->setObjectName(QStringLiteral("clipLoss"));
    m_fit->setEnabled(false);
    connect(m_log, &QCheckBox::toggled, m_loss->chart(), &MetricChart::setLogarithmic);
    connect(m_clip, &QComboBox::currentIndexChanged, this, [this](int index) {
        if (index >= 0) m_loss->chart()->setClip(clips[index]);
    });
    connect(m_fit, &QToolButton::clicked, &m_axis, &StepAxis::fit);
    connect(&m_axis, &StepAxis::changed, this, [this] { m_fit->setEnabled(m_axis.zoomed()); });
}

void MetricStack::retranslate() {
    m_loss->setHeading(tr("Loss"));
    for (std::size_t i = 0; i < std::size(rows); ++i) m_cards[i + 1]->setHeading(heading(rows[i]));
    m_entropy->setHeading(tr("Entropy of the gates"));
    m_log->setText(tr("log"));
    m_log->setAccessibleName(tr("Logarithmic loss axis"));
    const int kept = std::max(0, m_clip->currentIndex());
    const QSignalBlocker quiet(m_clip);
    m_clip->clear();
    m_clip->addItems({tr("all"), tr("99 %"), tr("95 %")});
    m_clip->setCurrentIndex(kept);
    m_clip->setAccessibleName(tr("Share of the losses that the axis shows"));
    m_clip->setToolTip(
        tr("Where the loss axis ends: at the highest value, or above 99 or 95 % of "
           "the values"));
    m_fit->setAccessibleName(tr("Show the whole run"));
    m_fit->setToolTip(
        tr("Show the whole run (Home). Drag in a chart, or Ctrl and wheel, to zoom; "
           "Shift and drag to move."));
}

void MetricStack::show(const RunModel& model) {
    const RunData& d = model.data();
    const double last = d.steps.empty() ? 0 : static_cast<double>(d.steps.back().step);
    m_axis.setLast(std::max(last, static_cast<double>(d.totalSteps)));
    const std::vector<double> epochs = epochEnds(d.steps);
    for (ChartCard* card : m_cards) card->chart()->setEpochs(epochs);
    showLoss(d);
    for (std::size_t i = 0; i < std::size(rows); ++i) {
        const Row& row = rows[i];
        MetricSeries series{heading(row), MetricSeries::Thick, row.color, {}};
        bool any = false;
        series.points.reserve(d.steps.size());
        for (const StepRecord& r : d.steps) {
            series.points.emplace_back(static_cast<double>(r.step), row.value(r));
            any = any || series.points.back().y() != 0;
        }
        ChartCard* card = m_cards[i + 1];
        card->setVisible(any || !row.hideZeros);
        if (card->isHidden()) continue;
        card->setSeries({std::move(series)});
        card->setNumbers(d.steps.empty() ? QString() : row.number(d.steps.back()));
    }
    showRouter(d);
}

void MetricStack::showLoss(const RunData& d) {
    MetricSeries raw{tr("each update"), MetricSeries::Thin, 0, {}, true},
        smooth{tr("smoothed"), MetricSeries::Thick, 0, {}},
        eval{tr("evaluation"), MetricSeries::Points, 1, {}};
    raw.points.reserve(d.steps.size());
    for (const StepRecord& r : d.steps)
        raw.points.emplace_back(static_cast<double>(r.step), r.loss);
    smooth.points = smoothed(raw.points, smoothing);
    for (const EvalRecord& e : d.evals)
        eval.points.emplace_back(static_cast<double>(e.step), e.loss);
    std::vector<MetricSeries> losses = {std::move(raw), std::move(smooth)};
    if (!eval.points.empty()) losses.push_back(std::move(eval));
    m_loss->setSeries(std::move(losses));
    m_loss->chart()->setBest(bestOf(d.evals));
}

// The mean over all gates: 1 = every expert equally likely, 0 = one expert takes each token.
void MetricStack::showRouter(const RunData& d) {
    MetricSeries series{tr("entropy, 1 = even"), MetricSeries::Thick, 0, {}};
    for (const RouterFrame& frame : d.router) {
        double sum = 0;
        for (const RouterRecord& site : frame.sites) sum += site.entropy;
        if (!frame.sites.empty())
            series.points.emplace_back(static_cast<double>(frame.step),
                                       sum / static_cast<double>(frame.sites.size()));
    }
    m_entropy->setVisible(!series.points.empty());
    if (m_entropy->isHidden()) return;
    m_entropy->setNumbers(realText(series.points.back().y(), 3));
    m_entropy->setSeries({std::move(series)});
}

}  // namespace moelora::ui
