// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/compare/routing_pane.h"

#include <QComboBox>
#include <QHeaderView>
#include <QSlider>
#include <QTextBrowser>
#include <QTreeWidget>

#include "ui/bridge/text.h"
#include "ui/pages/compare/routing_view.h"
#include "ui/widgets/basics.h"
#include "ui/widgets/theme.h"

namespace moelora::ui {

namespace {
constexpr int pictureSide = 512, sharesHeight = 152;  // four experts without scrolling
enum Column { Expert, Picture, Prompt, Caption, ColumnCount };

QString moduleKey(const SiteTrace& site) {
    return (site.vision ? QStringLiteral("visual.") : QString()) + qs(site.module);
}
}  // namespace

RoutingPane::RoutingPane(Workbench& workbench, QWidget* parent)
    : QWidget(parent),
      m_workbench(workbench),
      m_job(workbench.bridge),
      m_text(makeLabel("muted")),
      m_view(new RoutingView),
      m_cells(new WithTable(m_view, [this] { return cellsTable(); })),
      m_tokens(new QTextBrowser),
      m_shares(new QTreeWidget) {
    m_view->setObjectName(QStringLiteral("routingView"));
    m_tokens->setObjectName(QStringLiteral("routingTokens"));
    m_tokens->setOpenLinks(false);
    m_shares->setObjectName(QStringLiteral("routingShares"));
    m_shares->setRootIsDecorated(false);
    m_shares->setColumnCount(ColumnCount);
    m_shares->setAllColumnsShowFocus(true);
    m_shares->setMaximumHeight(sharesHeight);
    m_shares->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    // The numbers are to be read whole; what is left goes to the first column.
    m_shares->header()->setStretchLastSection(false);
    m_shares->header()->setSectionResizeMode(QHeaderView::ResizeToContents);
    m_shares->header()->setSectionResizeMode(0, QHeaderView::Stretch);
    m_shares->header()->setMinimumSectionSize(40);  // four stand beside one another
    auto* side = new QVBoxLayout;
    side->addWidget(m_tokens, 1);
    side->addWidget(m_shares);
    auto* row = new QHBoxLayout;
    row->setSpacing(12);
    m_cells->setGrows();
    row->addWidget(m_cells, 3);
    row->addLayout(side, 2);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->addWidget(makeControls());
    column->addWidget(m_text);
    column->addLayout(row, 1);
    connect(&m_job, &RoutingJob::changed, this, [this] {
        if (!m_job.running()) fillSites();
        refresh();
    });
    connect(&m_job, &RoutingJob::failed, &workbench, &Workbench::report);
    keepText(this, [this] { retranslate(); });
    keepLook(this, [this] { showSite(); });
}

QWidget* RoutingPane::makeControls() {
    m_trace = makeButton(QStringLiteral("play"), false);
    m_trace->setObjectName(QStringLiteral("traceRouting"));
    m_expert = new QComboBox;
    m_expert->setObjectName(QStringLiteral("traceExpert"));
    m_module = new QComboBox;
    m_module->setObjectName(QStringLiteral("traceModule"));
    m_layer = new QSlider(Qt::Horizontal);
    m_layer->setObjectName(QStringLiteral("traceLayer"));
    m_layer->setPageStep(1);
    m_layerText = makeLabel("muted");
    m_layerText->setWordWrap(false);
    keepLook(m_layerText, [text = m_layerText] {
        text->setMinimumWidth(text->fontMetrics().horizontalAdvance(QLatin1Char('0')) * 4);
    });
    auto* controls = new QWidget;
    auto* line = new QHBoxLayout(controls);
    line->setContentsMargins(0, 0, 0, 0);
    line->setSpacing(8);
    line->addWidget(m_trace);
    addField(line, m_expertLabel, m_expert);
    addField(line, m_moduleLabel, m_module);
    addField(line, m_layerLabel, m_layer, 1);
    line->addWidget(m_layerText);
    connect(m_trace, &QPushButton::clicked, this, &RoutingPane::trace);
    connect(m_expert, &QComboBox::activated, this, &RoutingPane::trace);
    connect(m_module, &QComboBox::currentIndexChanged, this, [this] { showSite(); });
    connect(m_layer, &QSlider::valueChanged, this, [this] { showSite(); });
    return controls;
}

void RoutingPane::retranslate() {
    m_expertLabel->setText(tr("Experts"));
    m_moduleLabel->setText(tr("Module"));
    m_layerLabel->setText(tr("Layer"));
    m_expert->setAccessibleName(tr("Experts that are used"));
    m_expert->setToolTip(tr("Let one expert speak alone and look at what it says"));
    m_module->setAccessibleName(tr("Module"));
    m_layer->setAccessibleName(tr("Layer"));
    m_cells->setName(tr("Experts of the parts of the picture"));
    m_tokens->setAccessibleName(tr("Experts of the tokens"));
    m_shares->setAccessibleName(tr("Mean weights of the experts"));
    m_shares->setHeaderLabels({tr("Expert"), tr("Picture"), tr("Prompt"), tr("Caption")});
    fillExperts();
    refresh();
}

void RoutingPane::fillExperts() {
    const int kept = std::max(0, m_expert->currentIndex());
    m_expert->clear();
    m_expert->addItem(tr("as routed"));
    for (std::int64_t e = 1; e <= m_experts; ++e)
        m_expert->addItem(tr("only expert %1").arg(countText(e)));
    m_expert->setCurrentIndex(kept < m_expert->count() ? kept : 0);
}

void RoutingPane::setQuestion(const RoutingSpec& question, std::int64_t experts) {
    m_question = question;
    if (experts != m_experts) {
        m_experts = experts;
        fillExperts();
    }
    refresh();
}

void RoutingPane::trace() {
    if (m_question.adapter.empty() || m_question.sample.id.empty()) return;
    RoutingSpec spec = m_question;
    spec.force_expert = std::max(0, m_expert->currentIndex()) - 1;
    if (spec.force_expert >= 0) spec.caption.clear();  // what it says by itself
    m_job.start(spec);
}

// The layers of each module, text before the tower.
void RoutingPane::fillSites() {
    const QString kept = m_module->currentText();
    const QSignalBlocker quietModule(m_module), quietLayer(m_layer);
    m_module->clear();
    m_layers.clear();
    if (!m_job.trace()) return;
    const auto& sites = m_job.trace()->sites;
    for (const bool vision : {false, true})
        for (std::size_t i = 0; i < sites.size(); ++i) {
            if (sites[i].vision != vision) continue;
            int at = m_module->findText(moduleKey(sites[i]));
            if (at < 0) {
                m_module->addItem(moduleKey(sites[i]));
                m_layers.emplace_back();
                at = m_module->count() - 1;
            }
            m_layers[static_cast<std::size_t>(at)].push_back(i);
        }
    m_module->setCurrentIndex(std::max(0, m_module->findText(kept)));
}

const SiteTrace* RoutingPane::shownSite() const {
    const auto module = static_cast<std::size_t>(m_module->currentIndex());
    if (!m_job.trace() || module >= m_layers.size() || m_layers[module].empty()) return nullptr;
    const auto& numbers = m_layers[module];
    const auto at = std::min(static_cast<std::size_t>(m_layer->value()), numbers.size() - 1);
    return &m_job.trace()->sites[numbers[at]];
}

void RoutingPane::refresh() {
    const bool can = !m_question.adapter.empty() && !m_question.sample.id.empty();
    const bool routed = m_experts > 1;
    const bool busy = m_job.running();
    m_trace->setText(tr("Trace this sample"));
    m_trace->setEnabled(can && routed && !busy);
    m_expert->setEnabled(can && routed && !busy);
    const bool any = m_job.trace().has_value();
    for (QWidget* part : {static_cast<QWidget*>(m_cells), static_cast<QWidget*>(m_tokens),
                          static_cast<QWidget*>(m_shares), static_cast<QWidget*>(m_module),
                          static_cast<QWidget*>(m_layer)})
        part->setEnabled(any && !busy);
    m_text->setText(busy      ? m_job.stage()
                    : !routed ? tr("This adapter has no routed experts, so nothing is decided "
                                   "for a token.")
                    : !any    ? tr("Trace the chosen sample: one pass over picture, prompt and "
                                      "caption shows who handles what.")
                    : m_job.trace()->forced >= 0
                        ? tr("Only expert %1 says: %2")
                              .arg(countText(m_job.trace()->forced + 1), qs(m_job.trace()->caption))
                        : tr("Each cell and token shows the expert with the largest weight; of %1.")
                              .arg(qs(m_job.trace()->sample.id)));
    showSite();
}

void RoutingPane::showSite() {
    const auto module = static_cast<std::size_t>(m_module->currentIndex());
    if (module < m_layers.size()) {
        const QSignalBlocker quiet(m_layer);
        m_layer->setRange(0, static_cast<int>(m_layers[module].size()) - 1);
    }
    const SiteTrace* site = shownSite();
    m_layerText->setText(site ? countText(site->layer) : QString());
    if (!site) {
        m_view->setCells(0, 0, {});
        m_cells->refresh();
        m_tokens->clear();
        m_shares->clear();
        return;
    }
    const RoutingTrace& trace = *m_job.trace();
    std::vector<RoutingCell> cells;
    for (std::int64_t place = 0; place < trace.grid_rows * trace.grid_columns; ++place) {
        const Choice choice = choiceAt(*site, visualRow(trace, *site, place));
        cells.push_back({choice.expert, choice.weight});
    }
    m_view->setImage(m_workbench.pictures.picture(qs(trace.sample.image), pictureSide));
    m_view->setCells(static_cast<int>(trace.grid_rows), static_cast<int>(trace.grid_columns),
                     std::move(cells));
    m_cells->refresh();
    m_tokens->setHtml(tokensHtml(trace, *site));
    showShares(*site);
}

// As the view draws them, row by row.
WithTable::Table RoutingPane::cellsTable() const {
    WithTable::Table table{{tr("Row, column"), tr("Expert"), tr("Weight")}, {}};
    const std::int64_t columns = m_job.trace() ? m_job.trace()->grid_columns : 0;
    std::int64_t place = 0;
    for (const RoutingCell& cell : m_view->cells()) {
        table.rows.push_back({QStringLiteral("%1, %2").arg(countText(place / columns + 1),
                                                           countText(place % columns + 1)),
                              countText(cell.expert + 1),
                              fixedText(static_cast<double>(cell.weight), 2)});
        ++place;
    }
    return table;
}

QString RoutingPane::tokensHtml(const RoutingTrace& trace, const SiteTrace& site) {
    if (site.vision) return tr("The vision tower sees the picture only.").toHtmlEscaped();
    QString html;
    std::string before;
    for (std::size_t t = 0; t < trace.tokens.size(); ++t) {
        const TracedToken& token = trace.tokens[t];
        if (token.kind != before && !before.empty()) html += QStringLiteral("<br>");
        if (token.kind == "image") {
            if (before != "image")
                html += QStringLiteral("[&#9635; %1]")
                            .arg(countText(trace.grid_rows * trace.grid_columns));
            before = token.kind;
            continue;
        }
        before = token.kind;
        const Choice choice = choiceAt(site, static_cast<std::int64_t>(t));
        QString text = qs(token.text).toHtmlEscaped();
        text.replace(QLatin1Char('\n'), QStringLiteral("&#8629;"));
        text.replace(QLatin1Char(' '), QStringLiteral("&nbsp;"));
        html +=
            QStringLiteral("<span style=\"color:%1;background-color:%2\">%3<sub>%4</sub></span> ")
                .arg(colors().text.name(), expertFill(choice.expert).name(), text,
                     countText(choice.expert + 1));
    }
    return html;
}

void RoutingPane::showShares(const SiteTrace& site) {
    m_shares->clear();
    const char* const kinds[] = {"image", "prompt", "response"};
    std::vector<std::vector<double>> shares;
    for (const char* kind : kinds) shares.push_back(sharesOf(*m_job.trace(), site, kind));
    for (std::int64_t e = 0; e < site.experts; ++e) {
        auto* row = new QTreeWidgetItem(m_shares);
        row->setText(Expert, countText(e + 1));
        row->setBackground(Expert, expertFill(e));
        for (int k = 0; k < static_cast<int>(shares.size()); ++k) {
            const auto& of = shares[static_cast<std::size_t>(k)];
            row->setText(Picture + k, of.empty() ? QStringLiteral("–")
                                                 : percentText(of[static_cast<std::size_t>(e)]));
            row->setTextAlignment(Picture + k, Qt::AlignRight | Qt::AlignVCenter);
        }
    }
}

}  // namespace moelora::ui
