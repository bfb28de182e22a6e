// SPDX-License-Identifier: GPL-3.0-or-later
// The window: navigation, pages, messages, status bar; language, theme, closing. It owns no job and
// no truth.
#pragma once

#include <QMainWindow>
#include <map>
#include <optional>

#include "ui/models/workbench.h"
#include "ui/shell/actions.h"

class QScrollArea;
class QStackedWidget;

namespace moelora::ui {

class Application;
class ComparePage;
class DropHint;
class Journal;
class MessageBar;
class MonitorPage;
class Navigation;
class Page;
class RunsPage;
class TrainPage;
class Tray;

class MainWindow : public QMainWindow {
    Q_OBJECT
  public:
    MainWindow(Workbench& workbench, Application& application, QWidget* parent = nullptr);

    void showPage(const QString& id);
    [[nodiscard]] QString currentPage() const;
    [[nodiscard]] QStringList pageIds() const;
    [[nodiscard]] Page* page(const QString& id) const { return m_pages.at(id); }
    [[nodiscard]] QString message() const;  // of the message bar; "" when hidden
    void setLanguage(const QString& code);
    void setTheme(int mode);
    // Letters of so many percent of the desktop's, kept for later starts.
    void setTextScale(int percent);
    // Of the start before this one; offers what `journal` kept of it. The journal outlives the
    // window.
    void sayEndedBadly(Journal* journal = nullptr);
    // The desktop ends: a run at work saves a checkpoint, and nobody is asked.
    void endSession();
    // The size at which every page shows all of itself; smaller windows scroll.
    [[nodiscard]] QSize roomNeeded() const;
    [[nodiscard]] Tray& tray() const { return *m_tray; }
    // "page/runs", "pane/data/2", "field/train.batch_size", "action/diagnostics",
    // "press/runs/openTrash", "set/train.on_nonfinite=skip" (offers.h); false: there is no such
    // place.
    bool follow(const QString& target);

  protected:
    void closeEvent(QCloseEvent* event) override;
    void dragEnterEvent(QDragEnterEvent* event) override;
    void dragLeaveEvent(QDragLeaveEvent* event) override;
    void dropEvent(QDropEvent* event) override;
    void changeEvent(QEvent* event) override;

  private:
    void makePages();
    void makeCentre();
    void connectActions();
    void connectJobs();
    void retranslate();
    [[nodiscard]] const RunSummary* interruptedRun() const;
    void nameUndo();
    void updateState();
    void showError(const Error& error);
    struct LastGood {
        QString run;  // its folder
        std::int64_t step = 0;
    };
    [[nodiscard]] std::optional<LastGood> lastGood(const Error& error) const;
    void goOnWithout(const QString& run);
    void sayPaused();
    void showAbout();
    void copyDiagnostics();
    void explainFocus();
    void editShortcuts();
    void openConfig();
    void saveConfig();
    void saveConfigAs();
    void writeConfigTo(const QString& path);
    void startAnew();
    void chooseFolder(const QString& purpose, const QString& title,
                      void (Workbench::*use)(const QString&));
    [[nodiscard]] bool askToStop();
    void askToDiscard();
    void sayPutAside();
    void sayLettersLack();

    Workbench& m_workbench;
    Application& m_application;
    Actions m_actions;
    Navigation* m_navigation;
    QStackedWidget* m_stack;
    QScrollArea* m_area = nullptr;
    MessageBar* m_messages;
    std::map<QString, Page*> m_pages;
    TrainPage* m_trainPage = nullptr;
    MonitorPage* m_monitorPage = nullptr;
    Tray* m_tray;
    DropHint* m_dropHint;
    QStringList m_lastErrors;
    QString m_pauseSaid;  // the message of a run that waits for somebody; "" = none
    bool m_closing = false, m_sessionEnds = false;
};

}  // namespace moelora::ui
