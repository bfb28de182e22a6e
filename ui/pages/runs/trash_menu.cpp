// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/runs/trash_menu.h"

#include <QMenu>
#include <QMessageBox>
#include <QPushButton>

#include "ui/bridge/plural.h"
#include "ui/bridge/text.h"
#include "ui/widgets/theme.h"

namespace moelora::ui {

TrashMenu::TrashMenu(Workbench& workbench, QPushButton* button)
    : QObject(button), m_workbench(workbench), m_button(button), m_menu(new QMenu(button)) {
    button->setObjectName(QStringLiteral("openTrash"));
    m_menu->setObjectName(QStringLiteral("trashMenu"));
    connect(button, &QPushButton::clicked, this, &TrashMenu::open);
    keepText(button, [button] {
        button->setText(tr("Trash ..."));
        button->setToolTip(tr("Runs that were moved to the trash: take one back, or delete all"));
    });
}

void TrashMenu::open() {
    m_work.ask(
        this, [&session = m_workbench.session] { return session.list_trash(); },
        [this](const Result<std::vector<RunSummary>>& runs) {
            if (!runs) return m_workbench.report(runs.error());
            fill(*runs);
            m_menu->popup(m_button->mapToGlobal(m_button->rect().bottomLeft()));
        });
}

void TrashMenu::fill(const std::vector<RunSummary>& runs) {
    m_menu->clear();
    if (runs.empty()) {
        m_menu->addAction(tr("The trash is empty"))->setEnabled(false);
        return;
    }
    qint64 bytes = 0;
    for (const RunSummary& run : runs) {
        bytes += run.folder_bytes;
        QAction* back =
            m_menu->addAction(tr("Take back %1 (%2)").arg(qs(run.id), bytesText(run.folder_bytes)));
        connect(back, &QAction::triggered, this,
                [this, id = qs(run.id)] { Q_EMIT restoreWanted(id); });
    }
    m_menu->addSeparator();
    QAction* empty = m_menu->addAction(tr("Delete all for good (%1)").arg(bytesText(bytes)));
    empty->setObjectName(QStringLiteral("emptyTrash"));
    connect(empty, &QAction::triggered, this,
            [this, count = static_cast<qint64>(runs.size()), bytes] { askToEmpty(count, bytes); });
}

// The one thing here that nothing brings back.
void TrashMenu::askToEmpty(qint64 count, qint64 bytes) {
    auto* box = new QMessageBox(QMessageBox::Warning, tr("Delete for good?"),
                                tr("Delete %Ln run(s) of the trash for good?", "", many(count)),
                                QMessageBox::NoButton, m_button->window());
    box->setInformativeText(
        tr("Their adapters, checkpoints and records are lost; %1 of disk come free.")
            .arg(bytesText(bytes)));
    box->setObjectName(QStringLiteral("askToEmpty"));
    box->setAttribute(Qt::WA_DeleteOnClose);
    QPushButton* remove = box->addButton(tr("Delete for good"), QMessageBox::DestructiveRole);
    remove->setObjectName(QStringLiteral("deleteForGood"));
    box->setDefaultButton(box->addButton(tr("Keep them"), QMessageBox::RejectRole));
    connect(remove, &QPushButton::clicked, this, &TrashMenu::emptyWanted);
    box->open();
}

}  // namespace moelora::ui
