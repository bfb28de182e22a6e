// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/adapter_box.h"

#include <QComboBox>
#include <QDir>
#include <QFileInfo>
#include <QHBoxLayout>

#include "ui/bridge/text.h"
#include "ui/widgets/ask_path.h"
#include "ui/widgets/basics.h"
#include "ui/widgets/theme.h"

namespace moelora::ui {

namespace {
constexpr int NameRole = Qt::UserRole + 1;
}

AdapterBox::AdapterBox(Workbench& workbench, Lists lists, QWidget* parent)
    : QWidget(parent),
      m_workbench(workbench),
      m_lists(lists),
      m_box(new QComboBox),
      m_other(makeIconButton(QStringLiteral("folder"))) {
    m_box->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    m_box->setMinimumContentsLength(12);
    m_other->setObjectName(QStringLiteral("otherAdapter"));
    setFocusProxy(m_box);
    auto* line = new QHBoxLayout(this);
    line->setContentsMargins(0, 0, 0, 0);
    line->setSpacing(4);
    line->addWidget(m_box, 1);
    line->addWidget(m_other);
    connect(m_other, &QToolButton::clicked, this, &AdapterBox::askFolder);
    connect(&workbench, &Workbench::runsChanged, this, [this] { fill(); });
    connect(&workbench, &Workbench::adapterWanted, this, &AdapterBox::choose);
    connect(m_box, &QComboBox::activated, this, &AdapterBox::adapterChanged);
    keepText(this, [this] {
        m_box->setAccessibleName(tr("Adapter"));
        m_box->setPlaceholderText(tr("none yet"));
        m_other->setAccessibleName(tr("Choose an adapter folder"));
        m_other->setToolTip(tr("Choose an adapter folder that is not in the list"));
        fill();
    });
}

QString AdapterBox::name() const {
    return m_box->currentData(NameRole).toString();
}

QString AdapterBox::path() const {
    return m_box->currentData().toString();
}

void AdapterBox::askFolder() {
    askPath(this,
            {PathQuestion::Folder,
             QStringLiteral("adapterFolder"),
             tr("Choose an adapter folder"),
             {},
             {},
             path()},
            [this](const QString& folder) { choose(folder); });
}

int AdapterBox::rowOf(const QString& path) const {
    for (int i = 0; i < m_box->count(); ++i) {
        const QString row = m_box->itemData(i).toString();
        if (row == path || QDir::cleanPath(row + QStringLiteral("/adapter")) == path) return i;
    }
    return -1;
}

void AdapterBox::choose(const QString& path) {
    const QString clean = path.isEmpty() ? QString() : QDir::cleanPath(path);
    if (clean.isEmpty()) return;
    if (rowOf(clean) < 0) {
        m_folders << clean;
        fill();
    }
    m_box->setCurrentIndex(rowOf(clean));
    Q_EMIT adapterChanged();
}

void AdapterBox::add(const QString& text, const QString& name, const QString& folder) {
    m_box->addItem(text, folder);
    m_box->setItemData(m_box->count() - 1, name, NameRole);
    m_box->setItemData(m_box->count() - 1, folder, Qt::ToolTipRole);
}

// Newest first, as the runs; what the run itself stands for is not said twice.
void AdapterBox::addCheckpoints(const RunSummary& run, const QString& name) {
    if (m_lists != RunsAndCheckpoints) return;
    for (auto info = run.checkpoints.rbegin(); info != run.checkpoints.rend(); ++info)
        if (info->step != run.step)
            add(tr("%1, checkpoint of update %2").arg(name, countText(info->step)),
                QStringLiteral("%1-%2").arg(name).arg(info->step),
                qs(run.path) + QLatin1Char('/') + qs(info->path));
}

void AdapterBox::fill() {
    const QString kept = path();
    {
        const QSignalBlocker quiet(m_box);
        m_box->clear();
        for (const RunSummary& run : m_workbench.runs.runs())
            if (run.has_adapter || !run.checkpoints.empty()) {
                const QString name = qs(run.name.empty() ? run.id : run.name);
                add(tr("%1, update %2").arg(name, countText(run.step)), name, qs(run.path));
                addCheckpoints(run, name);
            }
        for (const QString& folder : m_folders) {
            const QFileInfo info(folder);
            // "<run>/adapter" is known by the name of its run.
            const bool inner = info.fileName() == QLatin1String("adapter");
            const QString name = inner ? QFileInfo(info.path()).fileName() : info.fileName();
            if (rowOf(folder) >= 0) continue;
            add(name, name, folder);
            if (const RunSummary* run = m_workbench.runAt(folder)) addCheckpoints(*run, name);
        }
        m_box->setCurrentIndex(kept.isEmpty() ? 0 : std::max(0, rowOf(kept)));
    }
    Q_EMIT adapterChanged();
}

}  // namespace moelora::ui
