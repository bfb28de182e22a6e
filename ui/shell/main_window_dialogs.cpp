// SPDX-License-Identifier: GPL-3.0-or-later
// What the window asks and says: where a configuration stands, what becomes of a run at work, how
// the last start ended, what this program is.
#include <QClipboard>
#include <QDir>
#include <QGuiApplication>
#include <QMessageBox>
#include <QPushButton>

#include "ui/bridge/file_errors.h"
#include "ui/bridge/text.h"
#include "ui/models/journal.h"
#include "ui/shell/diagnostics.h"
#include "ui/shell/main_window.h"
#include "ui/shell/tray.h"
#include "ui/widgets/ask_path.h"
#include "ui/widgets/basics.h"
#include "ui/widgets/export_button.h"

namespace moelora::ui {

void MainWindow::openConfig() {
    askPath(this,
            {PathQuestion::File, QStringLiteral("openConfigFile"), tr("Open a configuration"),
             tr("Configurations (*.json)")},
            [this](const QString& path) {
                m_workbench.project.openConfig(path);
                showPage(QStringLiteral("train"));
            });
}

// What was prepared comes back with Ctrl+Z.
void MainWindow::startAnew() {
    m_workbench.project.startAnew();
    showPage(QStringLiteral("data"));
    m_workbench.say(tr("A new configuration. Undo brings the one before back."));
}

void MainWindow::saveConfig() {
    if (const QString file = m_workbench.project.configFile(); !file.isEmpty())
        writeConfigTo(file);
    else
        saveConfigAs();
}

void MainWindow::writeConfigTo(const QString& path) {
    if (!writeConfig(m_workbench.project.options(), path)) {
        m_workbench.report(unwritable(path, whyNotWritten(path)));
        return;
    }
    m_workbench.project.setConfigFile(path);
    m_workbench.say(tr("Written: %1. On the command line: moelora train --config %1")
                        .arg(QDir::toNativeSeparators(path)));
}

void MainWindow::saveConfigAs() {
    askPath(this,
            {PathQuestion::NewFile, QStringLiteral("configFile"), tr("Save the configuration"),
             tr("Configurations (*.json)"), QStringLiteral("train.json")},
            [this](const QString& path) { writeConfigTo(path); });
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
        m_workbench.queue.setGoing(false);  // what waits is there at the next start
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

void MainWindow::showAbout() {
    auto* box = new QMessageBox(QMessageBox::NoIcon, tr("About MoE-LoRA Workbench"), aboutHtml(),
                                QMessageBox::Close, this);
    box->setAttribute(Qt::WA_DeleteOnClose);
    box->setIconPixmap(windowIcon().pixmap(64, 64));
    box->open();
}

void MainWindow::copyDiagnostics() {
    QGuiApplication::clipboard()->setText(
        diagnosticsText(m_workbench, m_lastErrors.join(QLatin1Char('\n'))));
    m_messages->showMessage(Tone::Good, [] {
        return MessageBar::Message{
            tr("The diagnostics are on the clipboard."),
            tr("They hold versions, device and the last messages, no private paths."),
            {}};
    });
}

void MainWindow::sayEndedBadly(Journal* journal) {
    m_messages->showMessage(Tone::Warning, [this, journal] {
        MessageBar::Message message{
            tr("The program did not end properly the last time."),
            tr("Finished updates are safe; a run that was interrupted can go on from its newest "
               "checkpoint, on the page Runs."),
            {}};
        if (journal && journal->left())
            message.buttons.push_back({tr("Restore what was prepared"), [this, journal] {
                                           journal->restore();
                                           m_messages->hide();
                                           showPage(QStringLiteral("train"));
                                       }});
        if (const RunSummary* run = interruptedRun())
            message.buttons.push_back(
                {tr("Go on from update %1").arg(countText(run->checkpoints.back().step)),
                 [this, path = qs(run->path)] {
                     m_messages->hide();
                     m_workbench.train.resumeRun(path);
                     if (m_workbench.train.running()) showPage(QStringLiteral("monitor"));
                 }});
        message.buttons.push_back(
            {tr("Show the runs"), [this] { showPage(QStringLiteral("runs")); }});
        return message;
    });
    // The list of runs may come later; what it says of the newest then stands there, too.
    const QString said = m_messages->text();
    connect(
        &m_workbench, &Workbench::runsChanged, this,
        [this, journal, said] {
            if (!m_messages->isHidden() && m_messages->text() == said && interruptedRun())
                sayEndedBadly(journal);
        },
        Qt::SingleShotConnection);
}

// Once, by the start that found it so.
void MainWindow::sayPutAside() {
    m_messages->showMessage(Tone::Warning, [this] {
        return MessageBar::Message{
            tr("The file of the settings was damaged, so the usual settings are used."),
            tr("It is kept as %1.").arg(QDir::toNativeSeparators(m_workbench.settings.putAside())),
            {}};
    });
}

// The newest run, where it was interrupted and can go on.
const RunSummary* MainWindow::interruptedRun() const {
    const std::vector<RunSummary>& runs = m_workbench.runs.runs();
    const bool any = !runs.empty() && runs.front().status == RunStatus::Interrupted &&
                     !runs.front().checkpoints.empty();
    return any ? &runs.front() : nullptr;
}

}  // namespace moelora::ui
