// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/monitor/gate_card.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLocale>
#include <QShortcut>
#include <QSlider>
#include <QTableWidget>
#include <QToolButton>
#include <algorithm>

#include "core/record/router_facts.h"
#include "ui/bridge/plural.h"
#include "ui/bridge/text.h"
#include "ui/models/gate_alarms.h"
#include "ui/widgets/export_button.h"
#include "ui/widgets/theme.h"
#include "ui/widgets/words.h"

namespace moelora::ui {

namespace {
constexpr int leastRow = 24;    // of a table
constexpr double scaleEnd = 2;  // twice the fair share; more is drawn as the last colour
enum Rows { ByLayer, EverySite, FirstModule };  // entries of the choice above the map
enum Splits { ByTask, ByKind };                 // and of the one above the lower table

QString kindName(const std::string& kind) {
    if (kind == "image") return GateCard::tr("picture");
    return kind == "prompt" ? GateCard::tr("prompt") : GateCard::tr("answer");
}

// Per token, and over all tokens together, which older records do not know.
QString siteText(const RouterRecord& site) {
    const QString tokens = GateCard::tr("%1\nentropy %2, experts in use %3, %4 tokens")
                               .arg(qs(site.site), realText(site.entropy, 3),
                                    realText(site.effective_experts, 3), countText(site.tokens));
    if (site.probability.empty()) return tokens;
    return tokens + QLatin1Char('\n') +
           GateCard::tr(
               "all tokens together: entropy %1, experts in use %2, hardly used %3, "
               "largest load / smallest %4")
               .arg(realText(site.marginal_entropy, 3), realText(marginal_experts(site), 3),
                    countText(dead_experts(site)), realText(load_ratio(site), 3));
}

QString layerName(const std::string& site, std::int64_t layer) {
    const bool vision = site.find("visual") != std::string::npos;
    return QStringLiteral("%1%2")
        .arg(vision ? QStringLiteral("V") : QStringLiteral("L"))
        .arg(layer);
}
QString layerName(const RouterRecord& site) {
    return layerName(site.site, site.layer);
}

void finish(HeatmapData& data) {
    std::size_t experts = 0;
    for (const auto& row : data.values) experts = std::max(experts, row.size());
    for (std::size_t e = 0; e < experts; ++e) data.columns << QStringLiteral("E%1").arg(e + 1);
    data.low = 0;
    data.high = scaleEnd;
    data.legend = GateCard::tr("share of each expert; 1 = fair share");
}
}  // namespace

HeatmapData gateHeatmap(const RouterFrame& frame, const QString& module) {
    HeatmapData data;
    for (const RouterRecord& site : frame.sites) {
        if (!module.isEmpty() && qs(site.module) != module) continue;
        data.rows << QStringLiteral("%1 %2").arg(layerName(site), qs(site.module));
        std::vector<double> values;
        for (const double w : site.weight)
            values.push_back(w * static_cast<double>(site.weight.size()));
        data.values.push_back(std::move(values));
        data.rowTips << siteText(site);
    }
    finish(data);
    return data;
}

HeatmapData layerHeatmap(const RouterFrame& frame) {
    HeatmapData data;
    std::vector<std::vector<double>> counts;
    for (const RouterRecord& site : frame.sites) {
        const QString name = layerName(site);
        if (data.rows.isEmpty() || data.rows.last() != name) {
            data.rows << name;
            data.values.emplace_back();
            counts.emplace_back();
        }
        std::vector<double>&sum = data.values.back(), &count = counts.back();
        sum.resize(std::max(sum.size(), site.weight.size()));
        count.resize(sum.size());
        for (std::size_t e = 0; e < site.weight.size(); ++e) {
            sum[e] += site.weight[e] * static_cast<double>(site.weight.size());
            count[e] += 1;
        }
    }
    for (std::size_t row = 0; row < counts.size(); ++row)
        for (std::size_t e = 0; e < counts[row].size(); ++e) data.values[row][e] /= counts[row][e];
    finish(data);
    return data;
}

QByteArray csvOf(const HeatmapData& data) {
    QByteArray csv("site," + data.columns.join(QLatin1Char(',')).toUtf8() + '\n');
    for (std::size_t row = 0; row < data.values.size(); ++row) {
        csv += data.rows[static_cast<qsizetype>(row)].toUtf8();
        for (const double value : data.values[row])
            csv += ',' + QByteArray::number(value, 'g', QLocale::FloatingPointShortest);
        csv += '\n';
    }
    return csv;
}

GateCard::GateCard(QWidget* parent)
    : Card(parent),
      m_module(new QComboBox),
      m_time(new QSlider(Qt::Horizontal)),
      m_timeText(makeLabel("muted")),
      m_none(makeLabel("muted")),
      m_partsTitle(makeLabel("heading")),
      m_alarms(makeLabel("message")),
      m_heatmap(new Heatmap),
      m_asTable(makeIconButton(QStringLiteral("table"))),
      m_split(new QComboBox),
      m_parts(new QTableWidget),
      m_numbers(new QTableWidget) {
    m_timeText->setWordWrap(false);
    head()->addWidget(m_timeText);
    head()->addWidget(m_time);
    head()->addWidget(m_module);
    head()->addWidget(m_asTable);
    m_export = new ExportButton(QStringLiteral("gates"),
                                [this](const QString& path) { return save(path); });
    m_export->setObjectName(QStringLiteral("export_gates"));
    head()->addWidget(m_export);
    connect(m_export, &ExportButton::unwritable, this, &GateCard::unwritable);
    m_asTable->setCheckable(true);
    m_asTable->setObjectName(QStringLiteral("gatesAsTable"));
    m_alarms->setObjectName(QStringLiteral("gateAlarms"));
    setTone(m_alarms, Tone::Warning);
    m_alarms->hide();
    m_numbers->setEditTriggers(QAbstractItemView::NoEditTriggers);
    m_numbers->horizontalHeader()->setSectionResizeMode(QHeaderView::Stretch);
    m_numbers->hide();
    m_time->setFixedWidth(90);
    m_parts->verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
    m_parts->horizontalHeader()->setSectionResizeMode(QHeaderView::Stretch);
    m_parts->setEditTriggers(QAbstractItemView::NoEditTriggers);
    m_parts->setSelectionMode(QAbstractItemView::NoSelection);
    m_parts->setVerticalScrollBarPolicy(Qt::ScrollBarAsNeeded);
    m_none->setAlignment(Qt::AlignCenter);
    body()->addWidget(m_none, 1);
    body()->addWidget(m_alarms);
    body()->addWidget(m_heatmap, 1);
    body()->addWidget(m_numbers, 1);
    auto* line = new QHBoxLayout;
    line->addWidget(m_partsTitle, 1);
    line->addWidget(m_split);
    body()->addLayout(line);
    body()->addWidget(m_parts);
    connect(m_module, &QComboBox::activated, this, [this] { showFrame(); });
    connect(m_split, &QComboBox::activated, this, [this] { showParts(); });
    connect(m_time, &QSlider::valueChanged, this, [this](int value) {
        m_follow = value == m_time->maximum();
        showFrame();
    });
    connect(m_asTable, &QToolButton::toggled, this, &GateCard::showTable);
    auto* key = new QShortcut(Qt::Key_T, this);
    key->setContext(Qt::WidgetWithChildrenShortcut);
    connect(key, &QShortcut::activated, m_asTable, &QToolButton::toggle);
    keepText(this, [this] { retranslate(); });
    for (QTableWidget* table : {m_numbers, m_parts}) keepRows(table, leastRow);
    keepLook(this, [this] { showParts(); });
}

void GateCard::showTable(bool on) {
    m_asTable->setChecked(on);
    showFrame();
}

// All rows, also those that are scrolled away.
bool GateCard::save(const QString& path) const {
    const HeatmapData& map = m_heatmap->heatmapData();
    if (isTablePath(path)) return saveBytes(csvOf(map), path);
    constexpr int leastWidth = 480, headAndLegend = 80, rowHeight = 18;
    Heatmap whole;
    whole.setAccessibleName(m_heatmap->accessibleName());
    whole.setFrameShape(QFrame::NoFrame);
    whole.resize(std::max(leastWidth, m_heatmap->width()),
                 headAndLegend + rowHeight * static_cast<int>(map.rows.size()));
    whole.setData(map);
    return saveDrawing(&whole, path);
}

QString GateCard::alarms() const {
    return m_alarms->isHidden() ? QString() : m_alarms->text();
}

// Long lists help nobody: the first ones, and how many there are.
void GateCard::showAlarms() {
    constexpr std::size_t said = 2;
    const auto alarms = m_model ? gateAlarms(m_model->data().router) : std::vector<GateAlarm>();
    QStringList lines;
    if (m_model)  // gates that tell nothing: the map has no rows for them
        for (const Issue& issue : m_model->data().issues)
            if (issue.error.code == ErrorCode::GatesSilent) lines << errorText(issue.error).what;
    lines.removeDuplicates();
    const bool silent = !lines.isEmpty();
    std::size_t shown = 0;
    for (const GateAlarm& alarm : alarms) {
        if (shown++ == said) break;
        const QString place =
            QStringLiteral("%1 %2").arg(layerName(alarm.site, alarm.layer), qs(alarm.module));
        lines << (alarm.kind == GateAlarm::Dead
                      ? tr("%1: expert E%2 is hardly used (%3 of the weight).")
                      : tr("%1: expert E%2 takes nearly everything (%3 of the weight)."))
                     .arg(place, countText(alarm.expert + 1), percentText(alarm.share));
    }
    if (alarms.size() > said)
        lines << tr("And at %Ln more place(s).", "",
                    many(static_cast<qint64>(alarms.size() - said)));
    if (!alarms.empty())
        lines << tr("A balance loss, a softer gate or fewer experts spread the work.");
    const QString before = this->alarms(), text = lines.join(QLatin1Char('\n'));
    m_alarms->setText(text);
    m_alarms->setVisible(silent || !alarms.empty());
    // The shares in it change all the time; what is said aloud is that there are alarms.
    if (before.isEmpty() && !text.isEmpty()) announce(m_alarms);
}

void GateCard::showNumbers() {
    const HeatmapData& shown = m_heatmap->heatmapData();
    m_numbers->setRowCount(static_cast<int>(shown.rows.size()));
    m_numbers->setColumnCount(static_cast<int>(shown.columns.size()));
    m_numbers->setHorizontalHeaderLabels(shown.columns);
    m_numbers->setVerticalHeaderLabels(shown.rows);
    for (int row = 0; row < m_numbers->rowCount(); ++row) {
        const auto& values = shown.values[static_cast<std::size_t>(row)];
        for (int column = 0; column < m_numbers->columnCount(); ++column) {
            auto* item = m_numbers->item(row, column);
            if (!item) m_numbers->setItem(row, column, item = new QTableWidgetItem);
            item->setText(column < static_cast<int>(values.size())
                              ? realText(values[static_cast<std::size_t>(column)], 3)
                              : QString());
            item->setTextAlignment(Qt::AlignCenter);
        }
    }
}

void GateCard::retranslate() {
    setTitle(tr("Gates"));
    m_none->setText(tr("This adapter has no router, or nothing was recorded yet."));
    m_module->setAccessibleName(tr("Module shown"));
    m_time->setAccessibleName(tr("Update shown"));
    m_heatmap->setAccessibleName(tr("Share of each expert, by layer"));
    m_split->setAccessibleName(tr("Mean weights shown"));
    if (m_split->count() == 0) m_split->addItems({QString(), QString()});
    m_split->setItemText(ByTask, tr("by task"));
    m_split->setItemText(ByKind, tr("by kind of token"));
    m_numbers->setAccessibleName(tr("Table: share of each expert"));
    m_asTable->setAccessibleName(tr("Table: share of each expert"));
    m_asTable->setToolTip(tr("Show the numbers as a table (T)"));
    m_export->setAccessibleName(tr("Write as a file: %1").arg(tr("Gates")));
    showAlarms();
    showParts();
    if (m_module->count() > 0) {
        m_module->setItemText(ByLayer, tr("by layer"));
        m_module->setItemText(EverySite, tr("every module"));
    }
    showFrame();
}

void GateCard::show(const RunModel& model) {
    m_model = &model;
    const auto& frames = model.data().router;
    {
        const QSignalBlocker quiet(m_time);
        m_time->setRange(0, std::max(0, static_cast<int>(frames.size()) - 1));
        // Frames between may be gone by now: the place is that of the update.
        const auto at =
            std::lower_bound(frames.begin(), frames.end(), m_step,
                             [](const RouterFrame& f, std::int64_t step) { return f.step < step; });
        m_time->setValue(m_follow ? m_time->maximum() : static_cast<int>(at - frames.begin()));
    }
    fillModules(model);
    showFrame();
    showAlarms();
}

void GateCard::fillModules(const RunModel& model) {
    QStringList names;
    if (!model.data().router.empty())
        for (const RouterRecord& site : model.data().router.back().sites)
            if (!names.contains(qs(site.module))) names << qs(site.module);
    QStringList shown;
    for (int i = FirstModule; i < m_module->count(); ++i) shown << m_module->itemText(i);
    if (shown == names && m_module->count() > 0) return;
    m_module->clear();
    m_module->addItems({tr("by layer"), tr("every module")});
    m_module->addItems(names);
}

void GateCard::showFrame() {
    const bool any = m_model && !m_model->data().router.empty();
    m_none->setVisible(!any);
    if (!any) showParts();
    for (QWidget* part : {static_cast<QWidget*>(m_time), static_cast<QWidget*>(m_module),
                          static_cast<QWidget*>(m_timeText), static_cast<QWidget*>(m_asTable),
                          static_cast<QWidget*>(m_export)})
        part->setVisible(any);
    m_heatmap->setVisible(any && !m_asTable->isChecked());
    m_numbers->setVisible(any && m_asTable->isChecked());
    if (!any) return;
    const RouterFrame& frame = shownFrame();
    m_step = frame.step;
    m_timeText->setText(tr("update %1").arg(countText(m_step)));
    const int rows = m_module->currentIndex();
    m_heatmap->setData(
        rows == ByLayer
            ? layerHeatmap(frame)
            : gateHeatmap(frame, rows >= FirstModule ? m_module->currentText() : QString()));
    if (m_asTable->isChecked()) showNumbers();
    showParts();
}

// Of the moment at which the slider stands.
const RouterFrame& GateCard::shownFrame() const {
    const auto& frames = m_model->data().router;
    return frames[static_cast<std::size_t>(
        std::clamp<int>(m_time->value(), 0, static_cast<int>(frames.size()) - 1))];
}

void GateCard::showParts() {
    const RouterFrame nothing;
    const RouterFrame& frame = m_model && !m_model->data().router.empty() ? shownFrame() : nothing;
    const std::string module =
        m_module->currentIndex() >= FirstModule ? ss(m_module->currentText()) : std::string();
    const auto tasks = meanWeights(frame, &RouterRecord::by_task, module),
               kinds = meanWeights(frame, &RouterRecord::by_kind, module);
    const bool both = !tasks.empty() && !kinds.empty();
    const bool byKind = both ? m_split->currentIndex() == ByKind : tasks.empty();
    const auto& parts = byKind ? kinds : tasks;
    m_split->setVisible(both);
    m_partsTitle->setText(both     ? tr("Mean weight")
                          : byKind ? tr("Mean weight by kind of token")
                                   : tr("Mean weight by task"));
    m_parts->setAccessibleName(byKind ? tr("Mean weight of each expert, by kind of token")
                                      : tr("Mean weight of each expert, by task"));
    m_partsTitle->setVisible(!parts.empty());
    m_parts->setVisible(!parts.empty());
    if (parts.empty()) return;
    std::size_t experts = 0;
    for (const auto& [name, weights] : parts) experts = std::max(experts, weights.size());
    m_parts->setRowCount(static_cast<int>(parts.size()));
    m_parts->setColumnCount(static_cast<int>(experts));
    QStringList rows, columns;
    for (std::size_t e = 0; e < experts; ++e) columns << QStringLiteral("E%1").arg(e + 1);
    for (const auto& [name, weights] : parts) {
        for (std::size_t e = 0; e < experts; ++e) {
            const bool given = e < weights.size();
            auto* item = new QTableWidgetItem(given ? fixedText(weights[e], 3) : QString());
            item->setTextAlignment(Qt::AlignCenter);
            m_parts->setItem(static_cast<int>(rows.size()), static_cast<int>(e), item);
        }
        rows << (byKind ? kindName(name) : name.empty() ? tr("no task") : qs(name));
    }
    m_parts->setVerticalHeaderLabels(rows);
    m_parts->setHorizontalHeaderLabels(columns);
    constexpr int rowsShown = 3;  // the rest is scrolled to: the page fits into 720 rows of pixels
    m_parts->setFixedHeight(m_parts->horizontalHeader()->sizeHint().height() + 2 +
                            m_parts->verticalHeader()->defaultSectionSize() *
                                std::min<int>(rowsShown, static_cast<int>(rows.size())));
}

}  // namespace moelora::ui
