// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/runs/runs_page.h"

#include <QDesktopServices>
#include <QFileInfo>
#include <QGridLayout>
#include <QHeaderView>
#include <QLineEdit>
#include <QStackedWidget>
#include <QTableView>
#include <QUrl>

#include "ui/bridge/text.h"
#include "ui/widgets/basics.h"
#include "ui/widgets/theme.h"

namespace moelora::ui {

RunsPage::RunsPage(Workbench& workbench, QWidget* parent)
    : Page(workbench, QStringLiteral("runs"), parent),
      m_stack(new QStackedWidget),
      m_empty(new EmptyState(QStringLiteral("runs"))) {
    m_refresh = makeButton(QStringLiteral("refresh"), false);
    m_head->addWidget(m_refresh);
    auto* content = new QWidget;
    auto* row = new QHBoxLayout(content);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(12);
    m_list = new Card;
    m_table = new QTableView;
    m_table->setModel(&m_workbench.runs);
    m_table->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_table->setSelectionMode(QAbstractItemView::SingleSelection);
    m_table->setShowGrid(false);
    m_table->setFrameShape(QFrame::NoFrame);
    m_table->setTabKeyNavigation(false);
    m_table->verticalHeader()->hide();
    m_table->horizontalHeader()->setHighlightSections(false);
    m_table->horizontalHeader()->setSectionResizeMode(QHeaderView::ResizeToContents);
    m_table->horizontalHeader()->setSectionResizeMode(RunsModel::Name, QHeaderView::Stretch);
    m_table->setColumnHidden(RunsModel::Note, true);
    m_list->body()->addWidget(m_table, 1);
    row->addWidget(m_list, 5);
    row->addWidget(makeDetail(), 3);
    m_stack->addWidget(m_empty);
    m_stack->addWidget(content);
    m_body->addWidget(m_stack, 1);
    connectAll();
    keepText(this, [this] { retranslate(); });
}

QWidget* RunsPage::makeDetail() {
    m_detail = new Card;
    m_state = new Chip;
    m_detail->head()->addWidget(m_state);
    m_facts = makeLabel("body");
    m_facts->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_noteLabel = makeLabel("field");
    m_note = new QLineEdit;
    m_noteLabel->setBuddy(m_note);
    m_open = makeButton(QStringLiteral("monitor"), true);
    m_open->setObjectName(QStringLiteral("openRun"));
    m_resume = makeButton(QStringLiteral("play"), false);
    m_compare = makeButton(QStringLiteral("compare"), false);
    m_export = makeButton(QStringLiteral("export"), false);
    m_folder = makeButton(QStringLiteral("folder"), false);
    m_remove = makeButton(QStringLiteral("trash"), false);
    auto* buttons = new QGridLayout;
    buttons->setSpacing(8);
    int place = 0;
    for (QPushButton* button : {m_open, m_resume, m_compare, m_export, m_folder, m_remove}) {
        buttons->addWidget(button, place / 2, place % 2);
        ++place;
    }
    m_detail->body()->addWidget(m_facts);
    m_detail->body()->addWidget(m_noteLabel);
    m_detail->body()->addWidget(m_note);
    m_detail->body()->addStretch();
    m_detail->body()->addLayout(buttons);
    return m_detail;
}

void RunsPage::connectAll() {
    connect(&m_workbench, &Workbench::runsChanged, this, [this] {
        const int row = m_workbench.runs.rowOf(m_selected);
        m_table->selectRow(std::max(0, row));
        markStale();
    });
    connect(&m_workbench.train, &TrainJob::stateChanged, this, [this] { markStale(); });
    connect(m_table->selectionModel(), &QItemSelectionModel::currentRowChanged, this, [this] {
        if (const RunSummary* run = current()) m_selected = qs(run->id);
        markStale();
    });
    connect(m_table, &QTableView::activated, m_open, &QPushButton::click);
    connect(m_empty->button(), &QPushButton::clicked, this,
            [this] { m_workbench.showPage(QStringLiteral("start")); });
    connect(m_refresh, &QPushButton::clicked, this, [this] { m_workbench.refreshRuns(); });
    const auto onRun = [this](QPushButton* button, auto action) {
        connect(button, &QPushButton::clicked, this, [this, action] {
            if (const RunSummary* run = current()) action(*run);
        });
    };
    onRun(m_open, [this](const RunSummary& run) { m_workbench.openRun(qs(run.path)); });
    onRun(m_resume, [this](const RunSummary& run) {
        m_workbench.train.resumeRun(qs(run.path));
        if (m_workbench.train.running()) m_workbench.showPage(QStringLiteral("monitor"));
    });
    onRun(m_compare, [this](const RunSummary& run) { m_workbench.compareRun(qs(run.path)); });
    onRun(m_export, [this](const RunSummary& run) { m_workbench.exportRun(qs(run.path)); });
    onRun(m_folder, [](const RunSummary& run) {
        QDesktopServices::openUrl(QUrl::fromLocalFile(qs(run.path)));
    });
    onRun(m_remove,
          [this](const RunSummary& run) { act(m_workbench.session.remove_run(run.path)); });
    connect(m_note, &QLineEdit::editingFinished, this, [this] {
        const RunSummary* run = current();
        if (run && m_note->isModified())
            act(m_workbench.session.set_run_note(run->path, ss(m_note->text())));
    });
}

void RunsPage::act(const Status& status) {
    if (!status) m_workbench.report(status.error());
    m_workbench.refreshRuns();
}

void RunsPage::retranslate() {
    setTitle(tr("Runs"), tr("Everything that was trained, as it was. The folders are the truth; "
                            "this is a view of them."));
    m_list->setTitle(tr("All runs"));
    m_table->setAccessibleName(tr("All runs"));
    m_noteLabel->setText(tr("Note"));
    m_note->setAccessibleName(tr("Note"));
    m_note->setPlaceholderText(tr("Why this run, what it showed"));
    m_open->setText(tr("Open"));
    m_resume->setText(tr("Go on"));
    m_compare->setText(tr("Compare"));
    m_export->setText(tr("Export"));
    m_folder->setText(tr("Folder"));
    m_remove->setText(tr("To the trash"));
    m_refresh->setText(tr("Read again"));
    m_empty->setTexts(tr("No runs yet"),
                      tr("Every training run is kept here with its settings, losses and captions."),
                      tr("Begin with the demo or your own data"));
    m_workbench.runs.retranslate();
    markStale();
}

const RunSummary* RunsPage::current() const {
    return m_workbench.runs.run(m_table->currentIndex().row());
}

void RunsPage::select(const QString& idOrPath) {
    m_selected = idOrPath;
    if (const int row = m_workbench.runs.rowOf(idOrPath); row >= 0) m_table->selectRow(row);
}

void RunsPage::refresh() {
    m_stack->setCurrentIndex(m_workbench.runs.rowCount() > 0 ? 1 : 0);
    showDetail();
}

void RunsPage::showDetail() {
    const RunSummary* run = current();
    m_detail->setEnabled(run != nullptr);
    if (!run) return;
    const bool ended = run->status != RunStatus::Running && run->status != RunStatus::Paused;
    const bool idle = !m_workbench.train.running();
    const Tone tone = run->status == RunStatus::Finished ? Tone::Good
                      : run->status == RunStatus::Failed ? Tone::Bad
                      : ended                            ? Tone::Warning
                                                         : Tone::Neutral;
    m_detail->setTitle(qs(run->name.empty() ? run->id : run->name));
    m_state->show(statusName(run->status), tone);
    m_facts->setText(tr("Folder: %1\nModel: %2\nData: %3\nMethod: %4\nUpdates: %5 of %6\nLast "
                        "loss: %7\nCheckpoints: %8")
                         .arg(qs(run->id), QFileInfo(qs(run->model)).fileName(),
                              QFileInfo(qs(run->data)).fileName(), qs(run->preset),
                              countText(run->step), countText(run->total_steps),
                              run->step > 0 ? realText(run->last_loss) : QStringLiteral("–"),
                              countText(static_cast<qint64>(run->checkpoints.size()))));
    if (!m_note->hasFocus()) m_note->setText(qs(run->note));
    const bool adapter = run->has_adapter || !run->checkpoints.empty();
    m_open->setEnabled(idle);
    m_resume->setEnabled(idle && ended && run->status != RunStatus::Finished &&
                         !run->checkpoints.empty());
    m_compare->setEnabled(adapter);
    m_export->setEnabled(adapter);
    m_remove->setEnabled(ended);
}

}  // namespace moelora::ui
