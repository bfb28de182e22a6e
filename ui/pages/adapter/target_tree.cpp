// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/adapter/target_tree.h"

#include <QHeaderView>
#include <algorithm>

#include "ui/bridge/plural.h"
#include "ui/bridge/text.h"
#include "ui/widgets/theme.h"
#include "ui/widgets/words.h"

namespace moelora::ui {

namespace {
enum Column { Name, Size, Ranks, Parameters, ColumnCount };
constexpr int KindRole = Qt::UserRole;
constexpr int rowsLeast = 3, headRoom = 10, leastHeight = 75;

QString sizeText(std::int64_t rows, std::int64_t columns) {
    return QStringLiteral("%1 × %2").arg(countText(rows), countText(columns));
}

bool isVision(const SitePlan& site) {
    return site.site.find("visual") != std::string::npos;
}

void setCount(QTreeWidgetItem* item, std::int64_t count) {
    item->setText(Parameters, countText(count));
    item->setTextAlignment(Parameters, Qt::AlignRight | Qt::AlignVCenter);
}

// Names of what is open, from the top.
void collectOpen(const QTreeWidgetItem* item, const QString& path, QSet<QString>& open) {
    const QString name = path + QLatin1Char('/') + item->data(Name, Qt::UserRole + 1).toString();
    if (item->isExpanded()) open.insert(name);
    for (int i = 0; i < item->childCount(); ++i) collectOpen(item->child(i), name, open);
}

void reopen(QTreeWidgetItem* item, const QString& path, const QSet<QString>& open) {
    const QString name = path + QLatin1Char('/') + item->data(Name, Qt::UserRole + 1).toString();
    item->setExpanded(open.contains(name));
    for (int i = 0; i < item->childCount(); ++i) reopen(item->child(i), name, open);
}
}  // namespace

TargetTree::TargetTree(QWidget* parent) : QTreeWidget(parent) {
    setObjectName(QStringLiteral("targetTree"));
    keepLines(this, rowsLeast, headRoom, leastHeight);
    setColumnCount(ColumnCount);
    setUniformRowHeights(true);
    setAllColumnsShowFocus(true);
    header()->setStretchLastSection(false);
    header()->setSectionResizeMode(QHeaderView::ResizeToContents);
    header()->setSectionResizeMode(Name, QHeaderView::Stretch);
    connect(this, &QTreeWidget::itemChanged, this, &TargetTree::toggle);
    keepText(this, [this] { retranslate(); });
}

void TargetTree::retranslate() {
    setHeaderLabels({tr("Layer"), tr("Size"), tr("Experts × rank"), tr("Parameters")});
    setAccessibleName(tr("Layers to adapt"));
    setToolTip(tr("Tick a kind of layer to adapt it everywhere"));
    fill();
}

void TargetTree::setPlan(const AdapterPlan& plan, const std::vector<std::string>& targets) {
    const auto same = [](const SitePlan& a, const SitePlan& b) {
        return a.site == b.site && a.experts == b.experts && a.rank == b.rank &&
               a.parameters == b.parameters;
    };
    const bool alike = plan.modules == m_plan.modules && targets == m_targets &&
                       std::equal(plan.sites.begin(), plan.sites.end(), m_plan.sites.begin(),
                                  m_plan.sites.end(), same);
    if (alike && topLevelItemCount() > 0) return;
    m_plan = plan;
    m_targets = targets;
    fill();
}

void TargetTree::fill() {
    const QSignalBlocker quiet(this);
    QSet<QString> open;
    for (int i = 0; i < topLevelItemCount(); ++i) collectOpen(topLevelItem(i), {}, open);
    const bool first = topLevelItemCount() == 0;
    clear();
    for (const bool vision : {false, true}) {
        const auto isHere = [&](const ModuleKind& kind) { return kind.vision == vision; };
        const auto& kinds = m_plan.modules;
        if (std::none_of(kinds.begin(), kinds.end(), isHere)) continue;
        auto* side = new QTreeWidgetItem(this);
        side->setText(Name, vision ? tr("Vision tower") : tr("Language model"));
        side->setData(Name, Qt::UserRole + 1, vision);
        std::int64_t total = 0;
        for (const SitePlan& site : m_plan.sites)
            if (isVision(site) == vision) total += site.parameters;
        setCount(side, total);
        for (const ModuleKind& kind : kinds)
            if (isHere(kind)) addKind(side, kind);
        if (first) side->setExpanded(true);
    }
    if (first) return;
    for (int i = 0; i < topLevelItemCount(); ++i) reopen(topLevelItem(i), {}, open);
}

void TargetTree::addKind(QTreeWidgetItem* side, const ModuleKind& kind) {
    auto* item = new QTreeWidgetItem(side);
    const auto place = std::find(m_plan.modules.begin(), m_plan.modules.end(), kind);
    item->setData(Name, KindRole, static_cast<int>(place - m_plan.modules.begin()));
    item->setData(Name, Qt::UserRole + 1, qs(kind.module) + sizeText(kind.out, kind.in));
    item->setText(Name, qs(kind.module));
    if (kind.adapted > 0)
        item->setText(Ranks,
                      tr("%1 of %Ln layer(s)", "", many(kind.layers)).arg(countText(kind.adapted)));
    item->setText(Size, sizeText(kind.out, kind.in));
    item->setCheckState(Name, kind.adapted == 0             ? Qt::Unchecked
                              : kind.adapted == kind.layers ? Qt::Checked
                                                            : Qt::PartiallyChecked);
    std::int64_t total = 0;
    for (const SitePlan& site : m_plan.sites) {
        if (site.module != kind.module || isVision(site) != kind.vision || site.in != kind.in ||
            site.out != kind.out)
            continue;
        auto* row = new QTreeWidgetItem(
            item, {tr("Layer %1").arg(countText(site.layer)), sizeText(site.out, site.in),
                   sizeText(site.experts, site.rank)});
        row->setToolTip(Name, qs(site.site));
        row->setData(Name, Qt::UserRole + 1, qs(site.site));
        setCount(row, site.parameters);
        total += site.parameters;
    }
    if (kind.adapted > 0) setCount(item, total);
}

std::vector<std::string> TargetTree::with(const ModuleKind& kind) const {
    std::vector<std::string> out = m_targets;
    out.push_back(kind.module);
    return out;
}

// A pattern that reaches further than this kind gives way to the names of all kinds it reaches.
std::vector<std::string> TargetTree::without(const ModuleKind& kind) const {
    std::vector<std::string> out = m_targets;
    if (std::erase(out, kind.module) > 0) return out;
    out.clear();
    for (const ModuleKind& other : m_plan.modules) {
        if (other.adapted == 0 || other.module == kind.module) continue;
        if (other.adapted < other.layers) return {};
        if (std::find(out.begin(), out.end(), other.module) == out.end())
            out.push_back(other.module);
    }
    return out;
}

void TargetTree::toggle(QTreeWidgetItem* item) {
    const QVariant number = item->data(Name, KindRole);
    if (!number.isValid()) return;
    const ModuleKind& kind = m_plan.modules[number.toUInt()];
    const bool on = item->checkState(Name) == Qt::Checked;
    const std::vector<std::string> targets = on ? with(kind) : without(kind);
    if (targets.empty() || targets == m_targets)
        // The last kind stays, and what patterns of single layers say. The item is still in use.
        QMetaObject::invokeMethod(
            this, [this] { fill(); }, Qt::QueuedConnection);
    else
        Q_EMIT targetsChanged(targets);
}

}  // namespace moelora::ui
