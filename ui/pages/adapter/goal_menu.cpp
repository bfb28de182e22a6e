// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/adapter/goal_menu.h"

#include <QMenu>
#include <QPushButton>
#include <algorithm>
#include <cmath>

#include "ui/bridge/plural.h"
#include "ui/bridge/text.h"
#include "ui/widgets/theme.h"

namespace moelora::ui {

namespace {
const Goal& goalAt(int number) {
    return goals()[static_cast<std::size_t>(number)];
}
}  // namespace

GoalMenu::GoalMenu(Workbench& workbench, QPushButton* button)
    : QObject(button), m_workbench(workbench), m_menu(new QMenu(button)) {
    m_menu->setObjectName(QStringLiteral("goalMenu"));
    m_menu->setToolTipsVisible(true);
    for (int i = 0; i < static_cast<int>(goals().size()); ++i)
        connect(m_menu->addAction(QString()), &QAction::triggered, this, [this, i] { choose(i); });
    m_menu->addSeparator();
    m_note = m_menu->addAction(QString());
    m_note->setEnabled(false);
    button->setMenu(m_menu);
    connect(m_menu, &QMenu::aboutToShow, this, &GoalMenu::ask);
    keepText(button, [this] { write(); });
}

// The answers of before stay until the new ones are there.
void GoalMenu::ask() {
    write();
    const RunOptions& now = m_workbench.project.options();
    const auto& model = m_workbench.project.model();
    const auto& data = m_workbench.project.dataset();
    const bool known = model && *model && data && *data;
    if (!known || (m_asked && *m_asked == now)) return;
    m_asked = now;
    m_ask.ask(
        this,
        [&session = m_workbench.session, now]() -> Result<std::vector<std::int64_t>> {
            std::vector<std::int64_t> peaks;
            for (const Goal& goal : goals()) {
                EstimateSpec spec;
                spec.options = withGoal(now, goal);
                const auto estimate = session.estimate(spec);
                peaks.push_back(estimate ? estimate->predicted_peak_bytes : 0);
            }
            return peaks;
        },
        [this](Result<std::vector<std::int64_t>> peaks) {
            if (peaks) m_peaks = std::move(*peaks);
            write();
        });
}

void GoalMenu::write() {
    const QList<QAction*> actions = m_menu->actions();
    for (int i = 0; i < static_cast<int>(goals().size()); ++i) {
        const QString cost = costOf(i);
        actions[i]->setText(cost.isEmpty()
                                ? goalTitle(goalAt(i))
                                : QStringLiteral("%1 (%2)").arg(goalTitle(goalAt(i)), cost));
        actions[i]->setToolTip(goalSentence(goalAt(i)));
    }
    m_note->setText(unknown());
    m_note->setVisible(!m_note->text().isEmpty());
}

// Why a goal does not say all that it would cost; "" = it does.
QString GoalMenu::unknown() const {
    const auto& model = m_workbench.project.model();
    const auto& data = m_workbench.project.dataset();
    if (!model || !*model || !data || !*data)
        return tr("Updates, memory and minutes stand here when model and data are chosen.");
    return secondsPerSample() > 0
               ? QString()
               : tr("Minutes stand here after the first run of this model on this computer.");
}

QString GoalMenu::costOf(int number) const {
    const RunOptions options = withGoal(m_workbench.project.options(), goalAt(number));
    const std::int64_t updates = m_workbench.project.updatesOf(options);
    QStringList parts;
    if (updates > 0) parts << tr("%Ln update(s)", "", many(updates));
    const auto at = static_cast<std::size_t>(number);
    if (at < m_peaks.size() && m_peaks[at] > 0) parts << bytesText(m_peaks[at]);
    const double seconds =
        secondsPerSample() * static_cast<double>(updates) *
        static_cast<double>(options.train.batch_size * options.train.gradient_accumulation);
    if (seconds > 0)
        parts << tr("about %1 min").arg(countText(std::max(1LL, std::llround(seconds / 60))));
    return parts.join(tr(", "));
}

double GoalMenu::secondsPerSample() const {
    const std::string& model = m_workbench.project.options().model.path;
    for (int row = 0; row < m_workbench.runs.rowCount(); ++row) {
        const RunDetails* details = m_workbench.runs.details(row);
        if (!details || !details->options || details->step < 1 || details->seconds <= 0 ||
            details->options->model.path != model)
            continue;
        const TrainOptions& t = details->options->train;
        return details->seconds /
               static_cast<double>(details->step * t.batch_size * t.gradient_accumulation);
    }
    return 0;
}

void GoalMenu::choose(int number) {
    const QString cost = costOf(number);
    m_workbench.project.chooseGoal(goalAt(number));
    const QString text =
        QStringLiteral("%1: %2").arg(goalTitle(goalAt(number)), goalSentence(goalAt(number)));
    m_workbench.say(cost.isEmpty() ? text : tr("%1 With your data: %2.").arg(text, cost));
}

}  // namespace moelora::ui
