// SPDX-License-Identifier: GPL-3.0-or-later
// What the window asks and says: what went wrong, where a configuration stands, what becomes of a
// run at work, how the last start ended, what this program is.
#include <QClipboard>
#include <QDateTime>
#include <QDir>
#include <QGuiApplication>
#include <QMessageBox>
#include <QPushButton>

#include "ui/bridge/file_errors.h"
#include "ui/bridge/offers.h"
#include "ui/bridge/text.h"
#include "ui/models/journal.h"
#include "ui/shell/diagnostics.h"
#include "ui/shell/main_window.h"
#include "ui/shell/tray.h"
#include "ui/widgets/ask_path.h"
#include "ui/widgets/basics.h"
#include "ui/widgets/export_button.h"

namespace moelora::ui {

namespace {
constexpr int errorsKept = 20;
}

// Where an update that could not be stopped a run, the run and its newest checkpoint.
std::optional<MainWindow::LastGood> MainWindow::lastGood(const Error& error) const {
    const bool update = error.code == ErrorCode::LossNotFinite ||
                        error.code == ErrorCode::GradientNotFinite ||
                        error.code == ErrorCode::LossZero;
    const RunData& run = m_workbench.train.model().data();
    if (!update || run.path.empty() || run.checkpoints.empty()) return {};
    return LastGood{qs(run.path), run.checkpoints.back().step};
}

// The same samples would stop it at the same place.
void MainWindow::goOnWithout(const QString& run) {
    m_messages->hide();
    m_workbench.train.resumeRun(run, {{"train.on_nonfinite", "skip"}});
    if (m_workbench.train.running()) showPage(QStringLiteral("monitor"));
}

void MainWindow::showError(const Error& error) {
    const ErrorText text = errorText(withoutFolders(error));
    m_lastErrors << QStringLiteral("%1 %2").arg(
        QDateTime::currentDateTimeUtc().toString(Qt::ISODate), text.oneLine());
    for (const std::string& context : error.context)
        m_lastErrors << QStringLiteral("    %1").arg(qs(context));
    while (m_lastErrors.size() > errorsKept) m_lastErrors.removeFirst();
    m_messages->showMessage(Tone::Bad, [this, error, goOn = lastGood(error)] {
        const ErrorText now = errorText(error);
        MessageBar::Message message{now.what, now.hint, now.code};
        QStringList details;
        for (const std::string& line : error.context) details << qs(line);
        message.details = details.join(QLatin1Char('\n'));
        if (goOn)
            message.buttons.push_back(
                {tr("Go on from update %1 without such updates").arg(countText(goOn->step)),
                 [this, run = goOn->run] { goOnWithout(run); }});
        for (const Offer& offer : offersOf(error))
            if (!goOn || !offer.target.startsWith(QLatin1String("set/train.on_nonfinite")))
                message.buttons.push_back(
                    {offer.text, [this, target = offer.target] { follow(target); }});
        return message;
    });
}

// A pause that nobody asked for, as of a full disk: why, and what to do before it goes on.
void MainWindow::sayPaused() {
    TrainJob& train = m_workbench.train;
    const bool waits = train.state() == JobState::Paused && train.running() && !train.pauseAsked();
    if (!waits) {
        if (train.state() == JobState::Paused) return;
        if (!m_pauseSaid.isEmpty() && m_messages->text() == m_pauseSaid) m_messages->hide();
        m_pauseSaid.clear();
        return;
    }
    const std::vector<Issue>& issues = train.model().data().issues;
    if (!m_pauseSaid.isEmpty() || issues.empty() || issues.back().severity != Severity::Error)
        return;
    m_messages->showMessage(Tone::Bad, [this, error = issues.back().error] {
        const ErrorText now = errorText(error);
        MessageBar::Message message{
            now.what,
            QStringLiteral("%1 %2").arg(now.hint, tr("The run is paused, with the model loaded.")),
            now.code};
        for (const Offer& offer : offersOf(error))
            message.buttons.push_back(
                {offer.text, [this, target = offer.target] { follow(target); }});
        message.buttons.push_back({tr("Go on"), [this] {
                                       m_messages->hide();
                                       m_pauseSaid.clear();  // it may be full again at once
                                       m_workbench.train.togglePause();
                                   }});
        return message;
    });
    m_pauseSaid = m_messages->text();
}

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

// In English first: what cannot be drawn explains nothing.
void MainWindow::sayLettersLack() {
    m_messages->showMessage(Tone::Warning, [] {
        constexpr const char* text = QT_TR_NOOP(
            "No font of this computer has Chinese letters, so texts show as empty boxes. Install "
            "one, such as the package fonts-noto-cjk, and start again.");
        const QString english = QLatin1String(text), now = tr(text);
        return MessageBar::Message{english, now == english ? QString() : now, {}};
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
