// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/monitor/metric_stack.h"

#include <QCheckBox>
#include <QComboBox>
#include <QCoreApplication>
#include <cmath>

#include "ui/bridge/text.h"
#include "ui/widgets/chart_card.h"
#include "ui/widgets/theme.h"
#include "ui/widgets/words.h"

namespace moelora::ui {

namespace {
constexpr double smoothing = 0.9;
constexpr double clips[] = {1, 0.99, 0.95};
constexpr int lossHeight = 196, otherHeight = 152;
constexpr int linesAround = 2, lineUsual = 18;  // of a chart: its heading and its axis

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
      m_smoother(smoothing),
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
        const int height = card == m_loss ? lossHeight : otherHeight;
        keepLines(card, linesAround, height - linesAround * lineUsual, height);
        column->addWidget(card, card == m_loss ? 3 : 2);
        connect(card, &ChartCard::unwritable, this, &MetricStack::unwritable);
        connect(card->chart(), &MetricChart::chosen, this, &MetricStack::chosen);
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
    m_shown = {};  // the names of the curves come anew
    m_loss->setHeading(tr("Loss"));
    for (std::size_t i = 0; i < std::size(rows); ++i) m_cards[i + 1]->setHeading(heading(rows[i]));
    m_entropy->setHeading(tr("Entropy of the gates"));
    m_log->setText(tr("log"));
    m_log->setAccessibleName(tr("Logarithmic loss axis"));
    const int kept = std::max(0, m_clip->currentIndex());
    const QSignalBlocker quiet(m_clip);
    m_clip->clear();
    m_clip->addItems({tr("all"), percentText(0.99, 0), percentText(0.95, 0)});
    m_clip->setCurrentIndex(kept);
    m_clip->setAccessibleName(tr("Share of the losses that the axis shows"));
    m_clip->setToolTip(
        tr("Where the loss axis ends: at the highest value, or above 99 or 95 % of "
           "the values"));
    m_fit->setAccessibleName(tr("Show the whole run"));
    m_fit->setToolTip(
        tr("Show the whole run (Home). Drag in a chart, or Ctrl and wheel, to zoom; "
           "Shift and drag to move. A click shows the samples of that update."));
}

void MetricStack::show(const RunModel& model) {
    const RunData& d = model.data();
    const double last = d.steps.empty() ? 0 : static_cast<double>(d.steps.back().step);
    m_axis.setLast(std::max(last, static_cast<double>(d.totalSteps)));
    if (m_shown.generation != model.generation() || m_shown.evaluated == d.evals.empty()) {
        begin(d);
        m_shown.generation = model.generation();
    }
    if (m_shown.steps != d.steps.size()) {
        const std::vector<double> epochs = epochEnds(d.steps);
        for (ChartCard* card : m_cards) card->chart()->setEpochs(epochs);
    }
    extendLoss(d);
    extendRows(d);
    extendRouter(d);
    m_shown.steps = d.steps.size();
    m_shown.evals = d.evals.size();
    m_shown.entropy = d.gateEntropy.size();
}

void MetricStack::begin(const RunData& d) {
    m_shown = {};
    m_shown.evaluated = !d.evals.empty();
    m_smoother = Smoother(smoothing);
    m_any.assign(std::size(rows), false);
    std::vector<MetricSeries> losses = {{tr("each update"), MetricSeries::Thin, 0, {}, true},
                                        {tr("smoothed"), MetricSeries::Thick, 0, {}}};
    if (m_shown.evaluated) losses.push_back({tr("evaluation"), MetricSeries::Points, 1, {}});
    m_loss->setSeries(std::move(losses));
    for (std::size_t i = 0; i < std::size(rows); ++i) {
        m_cards[i + 1]->setSeries({{heading(rows[i]), MetricSeries::Thick, rows[i].color, {}}});
        m_cards[i + 1]->setNumbers({});
    }
    // The mean over all gates: 1 = every expert equally likely, 0 = one expert takes each token.
    m_entropy->setSeries({{tr("entropy, 1 = even"), MetricSeries::Thick, 0, {}}});
    for (ChartCard* card : m_cards) card->chart()->setEpochs({});
}

void MetricStack::extendLoss(const RunData& d) {
    std::vector<QPointF> raw, eval;
    for (std::size_t i = m_shown.steps; i < d.steps.size(); ++i)
        raw.emplace_back(static_cast<double>(d.steps[i].step), d.steps[i].loss);
    for (std::size_t i = m_shown.evals; i < d.evals.size(); ++i)
        eval.emplace_back(static_cast<double>(d.evals[i].step), d.evals[i].loss);
    std::vector<QPointF> smooth = m_smoother.add(raw);
    m_loss->append({std::move(raw), std::move(smooth), std::move(eval)});
    m_loss->chart()->setBest(bestOf(d.evals));
}

void MetricStack::extendRows(const RunData& d) {
    for (std::size_t row = 0; row < std::size(rows); ++row) {
        std::vector<QPointF> fresh;
        for (std::size_t i = m_shown.steps; i < d.steps.size(); ++i) {
            fresh.emplace_back(static_cast<double>(d.steps[i].step), rows[row].value(d.steps[i]));
            m_any[row] = m_any[row] || fresh.back().y() != 0;
        }
        ChartCard* card = m_cards[row + 1];
        card->setVisible(m_any[row] || !rows[row].hideZeros);
        card->append({std::move(fresh)});
        if (!d.steps.empty()) card->setNumbers(rows[row].number(d.steps.back()));
    }
}

void MetricStack::extendRouter(const RunData& d) {
    const auto first = d.gateEntropy.begin() + static_cast<std::ptrdiff_t>(m_shown.entropy);
    m_entropy->append({{first, d.gateEntropy.end()}});
    m_entropy->setVisible(!d.gateEntropy.empty());
    if (!d.gateEntropy.empty()) m_entropy->setNumbers(realText(d.gateEntropy.back().y(), 3));
}

}  // namespace moelora::ui
