// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/adapter/adapter_page.h"

#include <QLineEdit>
#include <algorithm>
#include <cmath>

#include "ui/bridge/text.h"
#include "ui/pages/adapter/goal_menu.h"
#include "ui/pages/adapter/preset_strip.h"
#include "ui/pages/adapter/preset_texts.h"
#include "ui/pages/adapter/target_tree.h"
#include "ui/pages/memory_pane.h"
#include "ui/widgets/bar_edit.h"
#include "ui/widgets/basics.h"
#include "ui/widgets/issue_list.h"
#include "ui/widgets/option_form.h"
#include "ui/widgets/theme.h"

namespace moelora::ui {

namespace {
// The axes in the order in which people think of them; the rest follows under "More settings".
QStringList shownFields() {
    QStringList first = {QStringLiteral("num_experts"), QStringLiteral("rank"),
                         QStringLiteral("alpha"),       QStringLiteral("top_k"),
                         QStringLiteral("dropout"),     QStringLiteral("targets"),
                         QStringLiteral("balance"),     QStringLiteral("balance_coef")};
    const QStringList never = {QStringLiteral("preset"), QStringLiteral("flavour")};
    for (const OptionField& field : readFields(AdapterOptions{}))
        if (!first.contains(field.name) && !never.contains(field.name)) first << field.name;
    return first;
}

// What the plan says and what the options alone say, each option once: an error before a warning,
// and of two warnings the plan's, which knows the layers.
std::vector<Issue> withOptionIssues(const std::vector<Issue>& plan,
                                    const std::vector<Issue>& options) {
    std::vector<Issue> out;
    const auto add = [&](const Issue& issue) {
        const std::string& item = issue.where.item;
        const bool said = !item.empty() && std::any_of(out.begin(), out.end(), [&](const Issue& o) {
            return o.where.item == item;
        });
        if (!said) out.push_back(issue);
    };
    for (const Issue& issue : options)
        if (issue.severity == Severity::Error && issue.where.item.starts_with("adapter."))
            add(issue);
    std::for_each(plan.begin(), plan.end(), add);
    for (const Issue& issue : options)
        if (issue.where.item.starts_with("adapter.")) add(issue);
    return out;
}

// The scale that the rule makes of alpha and rank, as shown beside alpha.
QString scaleText(const AdapterOptions& o) {
    const auto r = static_cast<double>(std::max<std::int64_t>(1, o.rank));
    switch (o.scale_rule) {
        case ScaleRule::AlphaOverRank:
            return QStringLiteral("α/r = %1").arg(realText(o.alpha / r, 3));
        case ScaleRule::AlphaOverSqrtRank:
            return QStringLiteral("α/√r = %1").arg(realText(o.alpha / std::sqrt(r), 3));
        default:
            return {};
    }
}
}  // namespace

AdapterPage::AdapterPage(Workbench& workbench, QWidget* parent)
    : Page(workbench, QStringLiteral("adapter"), parent) {
    auto* row = new QHBoxLayout;
    row->setSpacing(12);
    row->addWidget(makeFormCard(), 5);
    row->addWidget(makePlanCard(), 4);
    m_body->addLayout(row, 1);
    m_next = makeButton(QStringLiteral("next"), true);
    m_next->setObjectName(QStringLiteral("toTrain"));
    auto* foot = new QHBoxLayout;
    m_help = makeLabel("muted");
    m_help->setProperty("leastLines", 2);  // nothing moves later
    foot->addWidget(m_help, 1);
    foot->addWidget(m_next);
    m_body->addLayout(foot);
    connectAll();
    keepText(this, [this] { retranslate(); });
}

QWidget* AdapterPage::makeFormCard() {
    m_formCard = new Card;
    m_search = new QLineEdit;
    m_search->setClearButtonEnabled(true);
    m_search->setMaximumWidth(180);
    m_goals = makeButton({}, false);
    m_goals->setObjectName(QStringLiteral("goals"));
    new GoalMenu(m_workbench, m_goals);
    m_undo = makeIconButton(QStringLiteral("undo"));
    m_redo = makeIconButton(QStringLiteral("redo"));
    for (QWidget* part : {static_cast<QWidget*>(m_goals), static_cast<QWidget*>(m_search),
                          static_cast<QWidget*>(m_undo), static_cast<QWidget*>(m_redo)})
        m_formCard->head()->addWidget(part);
    m_preset = new PresetStrip;
    m_preset->setObjectName(QStringLiteral("preset"));
    m_sentence = makeLabel("muted");
    m_form = new OptionForm;
    m_form->setShown(shownFields());
    auto* inner = new QWidget;
    auto* layout = new QVBoxLayout(inner);
    layout->setContentsMargins(0, 4, 8, 0);
    layout->addWidget(m_form);
    layout->addStretch();
    m_formCard->body()->addWidget(m_preset);
    m_formCard->body()->addWidget(m_sentence);
    m_formCard->body()->addWidget(scrolled(inner, "adapterScroll"), 1);
    return m_formCard;
}

QWidget* AdapterPage::makePlanCard() {
    m_planCard = new Card;
    m_count = makeLabel("number");
    m_count->setObjectName(QStringLiteral("trainable"));
    m_cost = makeLabel("muted");
    m_cost->setObjectName(QStringLiteral("trainableCost"));
    m_memory = new MemoryPane(m_workbench, MemoryPane::BarAlone);
    m_planHint = makeLabel("muted");
    m_issues = new IssueList;
    m_issues->setObjectName(QStringLiteral("adapterIssues"));
    m_issues->offerWays(id());
    connect(m_issues, &IssueList::followed, &m_workbench, &Workbench::follow);
    m_sites = new TargetTree;
    for (QWidget* part : {static_cast<QWidget*>(m_count), static_cast<QWidget*>(m_cost),
                          static_cast<QWidget*>(m_memory), static_cast<QWidget*>(m_planHint),
                          static_cast<QWidget*>(m_issues)})
        m_planCard->body()->addWidget(part);
    m_layersTitle = makeLabel("field");
    m_layersTitle->setWordWrap(false);
    m_same = makeButton({}, false);
    m_same->setObjectName(QStringLiteral("sameEverywhere"));
    m_layers = new BarEdit;
    m_layers->setObjectName(QStringLiteral("layerExperts"));
    auto* line = new QHBoxLayout;
    line->addWidget(m_layersTitle, 1);
    line->addWidget(m_same);
    QSizePolicy keep = m_same->sizePolicy();
    keep.setRetainSizeWhenHidden(true);  // the bars stay where they are while they are dragged
    m_same->setSizePolicy(keep);
    m_planCard->body()->addLayout(line);
    m_planCard->body()->addWidget(m_layers);
    m_planCard->body()->addWidget(m_sites, 1);
    return m_planCard;
}

void AdapterPage::connectAll() {
    connect(&m_workbench.project, &Project::optionsChanged, this, [this] { markStale(); });
    connect(&m_workbench.project, &Project::planChanged, this, [this] {
        if (isVisible()) showCount();
        markStale();
    });
    connect(m_form, &OptionForm::edited, this, &AdapterPage::take);
    connect(m_layers, &BarEdit::edited, this, &AdapterPage::setLayers);
    connect(m_sites, &TargetTree::targetsChanged, this,
            [this](const std::vector<std::string>& targets) {
                RunOptions options = m_workbench.project.options();
                options.adapter.targets = targets;
                m_workbench.project.setOptions(std::move(options));
            });
    connect(m_same, &QPushButton::clicked, this, [this] { setLayers({}); });
    OptionsHistory& history = m_workbench.project.history();
    connect(m_undo, &QToolButton::clicked, &history, &QUndoStack::undo);
    connect(m_redo, &QToolButton::clicked, &history, &QUndoStack::redo);
    connect(&history, &QUndoStack::indexChanged, this, [this] { markStale(); });
    connect(m_form, &OptionForm::rejectionsChanged, this,
            [this] { m_workbench.project.setRejections(id(), id(), m_form->rejections()); });
    connect(m_form, &OptionForm::helpChanged, m_help, &QLabel::setText);
    connect(m_search, &QLineEdit::textChanged, m_form, &OptionForm::setFilter);
    connect(m_next, &QPushButton::clicked, this,
            [this] { m_workbench.showPage(QStringLiteral("train")); });
    connect(m_preset, &PresetStrip::chosen, this, [this](int index) {
        const Preset& preset = presets().at(static_cast<std::size_t>(index));
        Flavour flavour = Flavour::Default;
        for (const auto& [value, name] : EnumNames<Flavour>::table)
            if (name == preset.flavour) flavour = value;
        m_workbench.project.choosePreset(qs(preset.name), flavour);
    });
}

void AdapterPage::retranslate() {
    setTitle(tr("Adapter"),
             tr("How many experts, how large, where, and who decides which of them a token uses."));
    m_help->setText(tr("Here stands what the field with the focus does. F1 says more."));
    m_formCard->setTitle(tr("Method"));
    m_planCard->setTitle(tr("Trainable parameters"));
    m_goals->setText(tr("By goal"));
    m_goals->setToolTip(tr("Adapter and training settings for what you want to reach"));
    m_search->setPlaceholderText(tr("Search settings"));
    m_search->setAccessibleName(tr("Search settings"));
    m_next->setText(tr("Next: train"));
    m_layersTitle->setText(tr("Experts of each text layer"));
    m_layers->setAccessibleName(tr("Experts of each text layer"));
    m_layers->setWhatsThis(
        tr("Drag over the bars, or choose one with Left and Right and change it "
           "with Up and Down."));
    m_same->setText(tr("Same everywhere"));
    m_undo->setAccessibleName(tr("Undo the last change"));
    m_redo->setAccessibleName(tr("Redo the change"));
    markStale();
}

void AdapterPage::focusField(const QString& path) {
    const QString group = QStringLiteral("adapter.");
    if (!path.startsWith(group)) return;
    m_search->clear();  // a filter may hide it
    m_form->focusField(path.mid(group.size()));
}

void AdapterPage::showPreset() {
    const AdapterOptions& o = m_workbench.project.options().adapter;
    const Preset* current = find_preset(o.preset, o.flavour);
    m_preset->setCurrent(current);
    m_sentence->setText(current ? presetSentence(*current) : QString());
    const QStringList tips = current ? presetDifferences(*current) : QStringList();
    m_sentence->setToolTip(tips.isEmpty()
                               ? QString()
                               : QStringLiteral("<qt>%1</qt>")
                                     .arg(tips.join(QLatin1Char('\n'))
                                              .toHtmlEscaped()
                                              .replace(QLatin1Char('\n'), QStringLiteral("<br>"))));
}

void AdapterPage::refresh() {
    showPreset();
    showForm();
    showPlan();
    const OptionsHistory& history = m_workbench.project.history();
    m_undo->setEnabled(history.canUndo());
    m_redo->setEnabled(history.canRedo());
    m_undo->setToolTip(tr("Undo (Ctrl+Z)  %1").arg(history.undoText()));
    m_redo->setToolTip(tr("Redo (Ctrl+Shift+Z)  %1").arg(history.redoText()));
}

void AdapterPage::showForm() {
    const AdapterOptions& o = m_workbench.project.options().adapter;
    m_form->setFields(readFields(o), readFields(m_workbench.project.baseline().adapter));
    m_form->setExtra(QStringLiteral("alpha"), scaleText(o));
}

void AdapterPage::take(const QString& name, const QString& value) {
    RunOptions options = m_workbench.project.options();
    if (writeField(options.adapter, name, value))
        m_workbench.project.setOptions(std::move(options));
}

void AdapterPage::showPlan() {
    const Project& project = m_workbench.project;
    const auto& plan = project.plan();
    const bool good = plan && *plan;
    m_planHint->setVisible(!plan);
    m_planHint->setText(
        project.planPending()
            ? tr("Counting ...")
            : tr("Choose a model on the page Model; the count then follows every keystroke."));
    m_count->setVisible(good);
    m_cost->setVisible(good);
    m_memory->setVisible(good);
    m_memory->refresh();
    m_sites->setVisible(good);
    for (QWidget* part : {static_cast<QWidget*>(m_layers), static_cast<QWidget*>(m_layersTitle)})
        part->setVisible(good);
    m_same->setVisible(good && !project.options().adapter.layer_experts.empty());
    if (!plan) {
        m_issues->setIssues({});
        return;
    }
    if (!good) {
        m_issues->setError(plan->error());
        return;
    }
    const AdapterPlan& p = **plan;
    showCount();
    m_issues->setIssues(withOptionIssues(p.issues, project.optionIssues()));
    showLayers(p);
    m_sites->setPlan(p, project.options().adapter.targets);
}

// Alone this is cheap enough to follow every answer at once.
void AdapterPage::showCount() {
    const auto& plan = m_workbench.project.plan();
    const auto& model = m_workbench.project.model();
    if (!plan || !*plan) return;
    const AdapterPlan& p = **plan;
    m_count->setText(countText(p.total));
    QString share;
    if (model && *model && (*model)->parameters_total > 0)
        share = tr("%1 of the model, ")
                    .arg(percentText(static_cast<double>(p.total) /
                                         static_cast<double>((*model)->parameters_total),
                                     2));
    m_cost->setText(tr("%1%2 in fp32, %3 as a bf16 file, at %4 layers")
                        .arg(share, bytesText(p.bytes), bytesText(p.bytes / 2),
                             countText(static_cast<qint64>(p.sites.size()))));
}

// What is typed or dragged stands at once; what follows from one number for all comes from the
// plan.
void AdapterPage::showLayers(const AdapterPlan& plan) {
    constexpr std::int64_t roomLeast = 8;
    const AdapterOptions& o = m_workbench.project.options().adapter;
    const auto& model = m_workbench.project.model();
    std::vector<std::int64_t> experts(
        model && *model ? static_cast<std::size_t>((*model)->layers) : 0, o.num_experts);
    for (const SitePlan& site : plan.sites)
        if (site.site.find("visual") == std::string::npos && site.layer >= 0 &&
            site.layer < static_cast<std::int64_t>(experts.size()))
            experts[static_cast<std::size_t>(site.layer)] = site.experts;
    if (o.layer_experts.size() == experts.size() && !experts.empty()) experts = o.layer_experts;
    std::int64_t most = std::max(roomLeast, 2 * o.num_experts);
    for (const std::int64_t count : experts) most = std::max(most, count);
    m_layers->setBars(experts, 1, most);
}

void AdapterPage::setLayers(const std::vector<std::int64_t>& experts) {
    RunOptions options = m_workbench.project.options();
    options.adapter.layer_experts = experts;
    m_workbench.project.setOptions(std::move(options));
}

}  // namespace moelora::ui
