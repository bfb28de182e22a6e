// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/adapter_box.h"

#include <QDir>
#include <QFileInfo>

#include "ui/bridge/text.h"
#include "ui/widgets/theme.h"

namespace moelora::ui {

namespace {
constexpr int NameRole = Qt::UserRole + 1;
}

AdapterBox::AdapterBox(Workbench& workbench, QWidget* parent)
    : QComboBox(parent), m_workbench(workbench) {
    setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    setMinimumContentsLength(18);
    connect(&workbench, &Workbench::runsChanged, this, [this] { fill(); });
    connect(&workbench, &Workbench::adapterWanted, this, &AdapterBox::choose);
    connect(this, &QComboBox::activated, this, &AdapterBox::adapterChanged);
    keepText(this, [this] {
        setAccessibleName(tr("Adapter"));
        fill();
    });
}

QString AdapterBox::name() const {
    return currentData(NameRole).toString();
}

int AdapterBox::rowOf(const QString& path) const {
    for (int i = 0; i < count(); ++i) {
        const QString row = itemData(i).toString();
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
    setCurrentIndex(rowOf(clean));
    Q_EMIT adapterChanged();
}

void AdapterBox::fill() {
    const QString kept = path();
    {
        const QSignalBlocker quiet(this);
        clear();
        const auto add = [this](const QString& text, const QString& name, const QString& folder) {
            addItem(text, folder);
            setItemData(count() - 1, name, NameRole);
            setItemData(count() - 1, folder, Qt::ToolTipRole);
        };
        for (const RunSummary& run : m_workbench.runs.runs())
            if (run.has_adapter || !run.checkpoints.empty()) {
                const QString name = qs(run.name.empty() ? run.id : run.name);
                add(tr("%1, update %2").arg(name, countText(run.step)), name, qs(run.path));
            }
        for (const QString& folder : m_folders) {
            const QFileInfo info(folder);
            // "<run>/adapter" is known by the name of its run.
            const bool inner = info.fileName() == QLatin1String("adapter");
            const QString name = inner ? QFileInfo(info.path()).fileName() : info.fileName();
            if (rowOf(folder) < 0) add(name, name, folder);
        }
        setCurrentIndex(kept.isEmpty() ? 0 : std::max(0, rowOf(kept)));
    }
    Q_EMIT adapterChanged();
}

}  // namespace moelora::ui
