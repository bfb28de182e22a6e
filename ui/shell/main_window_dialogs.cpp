// SPDX-License-Identifier: GPL-3.0-or-later
// What the window asks: where a configuration stands, and what becomes of a run at work.
#include <QDir>
#include <QFileDialog>
#include <QMessageBox>
#include <QPushButton>

#include "ui/bridge/file_errors.h"
#include "ui/bridge/text.h"
#include "ui/models/journal.h"
#include "ui/shell/main_window.h"
#include "ui/shell/tray.h"
#include "ui/widgets/basics.h"
#include "ui/widgets/export_button.h"

namespace moelora::ui {

void MainWindow::openConfig() {
    auto* dialog =
        new QFileDialog(this, tr("Open a configuration"), QString(), tr("Configurations (*.json)"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::ExistingFile);
    connect(dialog, &QFileDialog::fileSelected, this, [this](const QString& path) {
        m_workbench.project.openConfig(path);
        showPage(QStringLiteral("train"));
    });
    dialog->open();
}

void MainWindow::saveConfig() {
    auto* dialog = new QFileDialog(this, tr("Save the configuration"), QString(),
                                   tr("Configurations (*.json)"));
    dialog->setObjectName(QStringLiteral("configFile"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->setDefaultSuffix(QStringLiteral("json"));
    dialog->selectFile(QStringLiteral("train.json"));
    connect(dialog, &QFileDialog::fileSelected, this, [this](const QString& path) {
        if (writeConfig(m_workbench.project.options(), path))
            m_workbench.say(tr("Written: %1. On the command line: moelora train --config %1")
                                .arg(QDir::toNativeSeparators(path)));
        else
            m_workbench.report(unwritable(path, whyNotWritten(path)));
    });
    dialog->open();
}

// Closing while a run is at work asks, because work would be lost; the window closes when the run
// has stopped.
bool MainWindow::askToStop() {
    auto* box = new QMessageBox(QMessageBox::Question, tr("A run is at work"),
                                tr("Stop the run, save a checkpoint and close?"),
                                QMessageBox::NoButton, this);
    box->setInformativeText(
        tr("A stopped run can go on later from its checkpoint, on the page "
           "Runs."));
    box->setObjectName(QStringLiteral("askToStop"));
    box->setAttribute(Qt::WA_DeleteOnClose);
    QPushButton* stop = box->addButton(tr("Stop, save and close"), QMessageBox::AcceptRole);
    QPushButton* aside = box->addButton(
        m_tray->available() ? tr("Keep running in the tray") : tr("Keep running, minimise"),
        QMessageBox::ActionRole);
    aside->setObjectName(m_tray->available() ? QStringLiteral("toTray")
                                             : QStringLiteral("minimise"));
    QPushButton* stay = box->addButton(tr("Keep running"), QMessageBox::RejectRole);
    box->setDefaultButton(stay);
    connect(aside, &QPushButton::clicked, this, [this] { m_tray->putAside(); });
    connect(stop, &QPushButton::clicked, this, [this] {
        m_closing = true;
        m_workbench.train.stop();
        m_messages->showMessage(Tone::Warning, [] {
            return MessageBar::Message{
                tr("Stopping; the window closes when the checkpoint is saved."), {}, {}};
        });
        if (!m_workbench.train.running()) close();
    });
    box->open();
    return false;
}

// What was learnt goes to the trash, from which it can still be taken back.
void MainWindow::askToDiscard() {
    auto* box = new QMessageBox(QMessageBox::Warning, tr("Discard the run?"),
                                tr("Stop the run and put all of it into the trash?"),
                                QMessageBox::NoButton, this);
    box->setInformativeText(tr("The page Runs can restore it until the trash is emptied."));
    box->setObjectName(QStringLiteral("askToDiscard"));
    box->setAttribute(Qt::WA_DeleteOnClose);
    QPushButton* discard = box->addButton(tr("Stop and discard"), QMessageBox::DestructiveRole);
    discard->setObjectName(QStringLiteral("discardRun"));
    box->setDefaultButton(box->addButton(tr("Keep running"), QMessageBox::RejectRole));
    connect(discard, &QPushButton::clicked, this, [this] { m_workbench.discardTraining(); });
    box->open();
}

}  // namespace moelora::ui
