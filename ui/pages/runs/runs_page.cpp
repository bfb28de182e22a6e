// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/runs/runs_page.h"

#include <QCheckBox>
#include <QDesktopServices>
#include <QDir>
#include <QFileInfo>
#include <QGridLayout>
#include <QHeaderView>
#include <QLineEdit>
#include <QStackedWidget>
#include <QTreeWidget>
#include <QUrl>

#include "ui/bridge/text.h"
#include "ui/pages/runs/overlay_pane.h"
#include "ui/pages/runs/queue_card.h"
#include "ui/pages/runs/run_list.h"
#include "ui/pages/runs/trash_menu.h"
#include "ui/widgets/ask_path.h"
#include "ui/widgets/basics.h"
#include "ui/widgets/theme.h"
#include "ui/widgets/words.h"

namespace moelora::ui {

RunsPage::RunsPage(Workbench& workbench, QWidget* parent)
    : Page(workbench, QStringLiteral("runs"), parent),
      m_stack(new QStackedWidget),
      m_empty(new EmptyState(QStringLiteral("runs"))) {
    m_refresh = makeButton(QStringLiteral("refresh"), false);
    m_import = makeButton(QStringLiteral("open"), false);
    m_import->setObjectName(QStringLiteral("importRun"));
    QPushButton* trash = makeButton(QStringLiteral("trash"), false);
    m_trash = new TrashMenu(m_workbench, trash);
    m_head->addWidget(trash);
    m_head->addWidget(m_import);
    m_head->addWidget(m_refresh);
    auto* content = new QWidget;
    auto* row = new QHBoxLayout(content);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(12);
    m_side = new QStackedWidget;
    m_side->addWidget(makeDetail());
    m_side->addWidget(m_overlay = new OverlayPane(m_workbench));
    row->addWidget(makeList(), 5);
    row->addWidget(m_side, 3);
    m_stack->addWidget(m_empty);
    m_stack->addWidget(content);
    m_body->addWidget(m_stack, 1);
    connectAll();
    keepText(this, [this] { retranslate(); });
}

QWidget* RunsPage::makeList() {
    auto* side = new QWidget;
    auto* column = new QVBoxLayout(side);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(12);
    m_list = new RunList(m_workbench.runs);
    column->addWidget(m_list, 1);
    column->addWidget(new QueueCard(m_workbench));
    return side;
}

QWidget* RunsPage::makeDetail() {
    m_detail = new Card;
    m_state = new Chip;
    m_star = new QToolButton;
    m_star->setObjectName(QStringLiteral("star"));
    m_star->setAutoRaise(true);
    m_star->setCheckable(true);
    keepLook(m_star, [this] {
        QIcon both = icon(QStringLiteral("star"), colors().muted);
        both.addPixmap(icon(QStringLiteral("starred"), colors().accent).pixmap(20), QIcon::Normal,
                       QIcon::On);
        m_star->setIcon(both);
    });
    m_detail->head()->addWidget(m_state);
    m_detail->head()->addWidget(m_star);
    m_facts = makeLabel("body");
    m_facts->setObjectName(QStringLiteral("runFacts"));
    m_facts->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_noteLabel = makeLabel("field");
    m_note = new QLineEdit;
    m_note->setObjectName(QStringLiteral("runNote"));
    m_noteLabel->setBuddy(m_note);
    m_tagsLabel = makeLabel("field");
    m_tags = new QLineEdit;
    m_tags->setObjectName(QStringLiteral("runTags"));
    m_tagsLabel->setBuddy(m_tags);
    for (QLabel* label : {m_noteLabel, m_tagsLabel}) label->setWordWrap(false);
    m_open = makeButton(QStringLiteral("monitor"), true);
    m_open->setObjectName(QStringLiteral("openRun"));
    m_resume = makeButton(QStringLiteral("play"), false);
    m_resume->setObjectName(QStringLiteral("resumeRun"));
    m_compare = makeButton(QStringLiteral("compare"), false);
    m_export = makeButton(QStringLiteral("export"), false);
    m_folder = makeButton(QStringLiteral("folder"), false);
    m_remove = makeButton(QStringLiteral("trash"), false);
    m_remove->setObjectName(QStringLiteral("removeRun"));
    m_edit = makeButton(QStringLiteral("train"), false);
    m_edit->setObjectName(QStringLiteral("editRun"));
    m_bundle = makeButton(QStringLiteral("save"), false);
    m_bundle->setObjectName(QStringLiteral("bundleRun"));
    m_configTitle = makeLabel("field");
    m_configTitle->setWordWrap(false);
    m_changedOnly = new QCheckBox;
    m_changedOnly->setChecked(true);
    m_config = new QTreeWidget;
    m_config->setObjectName(QStringLiteral("runConfig"));
    m_config->setColumnCount(2);
    m_config->setRootIsDecorated(false);
    m_config->setUniformRowHeights(true);
    m_config->header()->setSectionResizeMode(QHeaderView::Stretch);
    keepLines(m_config, 2, 24, 64);
    auto* buttons = new QGridLayout;
    buttons->setSpacing(6);
    int place = 0;
    for (QPushButton* button :
         {m_open, m_resume, m_compare, m_export, m_edit, m_bundle, m_folder, m_remove}) {
        buttons->addWidget(button, place / 2, place % 2);
        ++place;
    }
    m_detail->body()->addWidget(m_facts);
    auto* marks = new QGridLayout;
    marks->setHorizontalSpacing(8);
    marks->setVerticalSpacing(4);
    marks->addWidget(m_noteLabel, 0, 0);
    marks->addWidget(m_note, 0, 1);
    marks->addWidget(m_tagsLabel, 1, 0);
    marks->addWidget(m_tags, 1, 1);
    m_detail->body()->addLayout(marks);
    auto* config = new QHBoxLayout;
    config->addWidget(m_configTitle);
    config->addStretch();
    config->addWidget(m_changedOnly);
    m_detail->body()->addLayout(config);
    m_detail->body()->addWidget(m_config, 1);
    m_detail->body()->addLayout(buttons);
    return m_detail;
}

void RunsPage::connectAll() {
    connect(&m_workbench, &Workbench::runsChanged, this, [this] {
        m_list->select(m_selected);
        markStale();
    });
    connect(&m_workbench.train, &TrainJob::stateChanged, this, [this] { markStale(); });
    connect(m_list, &RunList::selected, this, [this] {
        if (const RunSummary* run = current()) m_selected = qs(run->id);
        markStale();
    });
    connect(m_list, &RunList::opened, m_open, &QPushButton::click);
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
    connect(m_edit, &QPushButton::clicked, this, [this] {
        const RunDetails* details = m_list->currentDetails();
        if (details && details->options) m_workbench.editRun(*details->options);
    });
    connect(m_changedOnly, &QCheckBox::toggled, this, [this] { markStale(); });
    connect(&m_workbench.runs, &QAbstractItemModel::dataChanged, this, [this] { markStale(); });
    onRun(m_folder, [](const RunSummary& run) {
        QDesktopServices::openUrl(QUrl::fromLocalFile(qs(run.path)));
    });
    onRun(m_remove, [this](const RunSummary& run) {
        act({[&session = m_workbench.session, path = run.path]() -> Result<std::string> {
                 MOELORA_TRY_STATUS(session.remove_run(path));
                 return path;
             },
             {}});
    });
    onRun(m_bundle, [this](const RunSummary& run) { askBundle(run); });
    connect(m_import, &QPushButton::clicked, this, &RunsPage::askImport);
    connect(&m_workbench, &Workbench::bundleWanted, this, &RunsPage::importBundle);
    connectMarks();
    connect(m_trash, &TrashMenu::restoreWanted, this, [this](const QString& id) {
        act({[&session = m_workbench.session, id = ss(id)]() -> Result<std::string> {
                 MOELORA_TRY(const RunSummary run, session.restore_run(id));
                 return run.id;
             },
             [this](const std::string& back) { m_selected = qs(back); }});
    });
    connect(m_trash, &TrashMenu::emptyWanted, this, [this] {
        act({[&session = m_workbench.session]() -> Result<std::string> {
                 MOELORA_TRY_STATUS(session.empty_trash());
                 return std::string();
             },
             {}});
    });
}

// What the user writes on a run.
void RunsPage::connectMarks() {
    connect(m_star, &QToolButton::clicked, this, [this](bool on) {
        const RunSummary* run = current();
        if (!run) return;
        act({[&session = m_workbench.session, path = run->path, on]() -> Result<std::string> {
                 MOELORA_TRY_STATUS(session.set_run_star(path, on));
                 return path;
             },
             {}});
    });
    connect(m_tags, &QLineEdit::editingFinished, this, [this] {
        const RunSummary* run = current();
        if (!run || !m_tags->isModified()) return;
        m_tags->setModified(false);
        std::vector<std::string> tags;
        for (const QString& tag : m_tags->text().split(QLatin1Char(','), Qt::SkipEmptyParts))
            if (!tag.trimmed().isEmpty()) tags.push_back(ss(tag.trimmed()));
        act({[&session = m_workbench.session, path = run->path, tags]() -> Result<std::string> {
                 MOELORA_TRY_STATUS(session.set_run_tags(path, tags));
                 return path;
             },
             {}});
    });
    connect(m_note, &QLineEdit::editingFinished, this, [this] {
        const RunSummary* run = current();
        if (!run || !m_note->isModified()) return;
        m_note->setModified(false);
        act({[&session = m_workbench.session, path = run->path,
              note = ss(m_note->text())]() -> Result<std::string> {
                 MOELORA_TRY_STATUS(session.set_run_note(path, note));
                 return path;
             },
             {}});
    });
}

void RunsPage::act(Wish wish) {
    m_wishes.push_back(std::move(wish));
    if (m_wishes.size() == 1) nextWish();
}

void RunsPage::nextWish() {
    m_work.ask(this, m_wishes.front().work, [this](const Result<std::string>& given) {
        if (!given)
            m_workbench.report(given.error());
        else if (m_wishes.front().done)
            m_wishes.front().done(*given);
        m_wishes.pop_front();
        if (!m_wishes.empty()) return nextWish();
        m_workbench.refreshRuns();
    });
}

void RunsPage::askBundle(const RunSummary& run) {
    const PathQuestion question{PathQuestion::NewFile, QStringLiteral("bundleFile"),
                                tr("Write the run as one file"), tr("Bundles (*.zip)"),
                                qs(run.id) + QStringLiteral(".zip")};
    askPath(this, question, [this, path = run.path](const QString& file) {
        act({[&session = m_workbench.session, path, file = ss(file)]() -> Result<std::string> {
                 MOELORA_TRY_STATUS(session.save_bundle(path, file, true));  // the dialog asked
                 return file;
             },
             [this](const std::string& written) {
                 m_workbench.say(tr("The run was written to %1, without private paths.")
                                     .arg(QDir::toNativeSeparators(qs(written))));
             }});
    });
}

void RunsPage::askImport() {
    askPath(this,
            {PathQuestion::File, QStringLiteral("importFile"), tr("Take a bundle into the library"),
             tr("Bundles (*.zip)")},
            [this](const QString& file) { importBundle(file); });
}

void RunsPage::importBundle(const QString& file) {
    act({[&session = m_workbench.session, file = ss(file)]() -> Result<std::string> {
             MOELORA_TRY(const RunSummary run, session.import_bundle(file));
             return run.id;
         },
         [this](const std::string& id) {
             m_selected = qs(id);
             m_workbench.say(tr("%1 stands in the library now.").arg(m_selected));
         }});
}

void RunsPage::retranslate() {
    setTitle(tr("Runs"), tr("Everything that was trained, as it was. The folders are the truth; "
                            "this is a view of them."));
    m_star->setAccessibleName(tr("Star"));
    m_star->setToolTip(tr("Marks this run in the list"));
    m_noteLabel->setText(tr("Note"));
    m_note->setAccessibleName(tr("Note"));
    m_note->setPlaceholderText(tr("Why this run, what it showed"));
    m_tagsLabel->setText(tr("Tags"));
    m_tags->setAccessibleName(tr("Tags"));
    m_tags->setPlaceholderText(tr("Words to find it by, with commas between them"));
    m_open->setText(tr("Open"));
    m_resume->setText(tr("Go on"));
    m_compare->setText(tr("Compare"));
    m_export->setText(tr("Export"));
    m_folder->setText(tr("Folder"));
    m_remove->setText(tr("To the trash"));
    m_bundle->setText(tr("Export bundle ..."));
    m_bundle->setToolTip(
        tr("One zip file with records, adapter and newest checkpoint, without private paths"));
    m_import->setText(tr("Import ..."));
    m_import->setToolTip(tr("Take a bundle into the library"));
    m_edit->setText(tr("Change and repeat"));
    m_edit->setToolTip(tr("Takes these settings into a new run; this one stays as it is"));
    m_configTitle->setText(tr("Settings as they ran"));
    m_changedOnly->setText(tr("only what differs"));
    m_changedOnly->setToolTip(tr("Only settings that differ from their defaults"));
    m_changedOnly->setAccessibleName(tr("Only settings that differ from their defaults"));
    m_config->setHeaderLabels({tr("Setting"), tr("Value")});
    m_config->setAccessibleName(tr("Settings as they ran"));
    m_config->clear();  // filled again in the new language
    m_shownConfig.clear();
    m_refresh->setText(tr("Read again"));
    m_empty->setTexts(tr("No runs yet"),
                      tr("Every training run is kept here with its settings, losses and captions."),
                      tr("Begin with the demo or your own data"));
    m_workbench.runs.retranslate();
    markStale();
}

const RunSummary* RunsPage::current() const {
    return m_list->current();
}

void RunsPage::select(const QString& idOrPath) {
    m_selected = idOrPath;
    m_list->select(idOrPath);
}

void RunsPage::refresh() {
    m_stack->setCurrentIndex(m_workbench.runs.rowCount() > 0 ? 1 : 0);
    showDetail();
}

void RunsPage::showDetail() {
    const std::vector<RunSummary> several = m_list->chosen();
    m_side->setCurrentIndex(several.size() > 1 ? 1 : 0);
    if (several.size() > 1) return m_overlay->setRuns(several);
    const RunSummary* run = current();
    m_detail->setEnabled(run != nullptr);
    if (!run) return;
    const bool ended = run->status != RunStatus::Running && run->status != RunStatus::Paused;
    const bool idle = !m_workbench.train.running();
    const bool readable = run->status != RunStatus::Unreadable;
    const Tone tone = run->status == RunStatus::Finished              ? Tone::Good
                      : run->status == RunStatus::Failed || !readable ? Tone::Bad
                      : ended                                         ? Tone::Warning
                                                                      : Tone::Neutral;
    m_detail->setTitle(qs(run->name.empty() ? run->id : run->name));
    m_state->show(statusName(run->status), tone);
    if (m_wishes.empty()) m_star->setChecked(run->starred);
    const RunDetails* details = m_list->currentDetails();
    showFacts(*run, details);
    showConfig(details);
    if (!m_note->hasFocus() && m_wishes.empty()) m_note->setText(qs(run->note));
    QStringList tags;
    for (const std::string& tag : run->tags) tags << qs(tag);
    if (!m_tags->hasFocus() && m_wishes.empty()) m_tags->setText(tags.join(QStringLiteral(", ")));
    const bool adapter = run->has_adapter || !run->checkpoints.empty();
    for (QWidget* part : {static_cast<QWidget*>(m_star), static_cast<QWidget*>(m_note),
                          static_cast<QWidget*>(m_tags)})
        part->setEnabled(readable);
    m_open->setEnabled(idle && readable);
    m_resume->setEnabled(idle && ended && run->status != RunStatus::Finished &&
                         !run->checkpoints.empty());
    m_compare->setEnabled(adapter);
    m_export->setEnabled(adapter);
    m_remove->setEnabled(ended);
    m_bundle->setEnabled(ended && readable);
    m_edit->setEnabled(details && details->options);
}

void RunsPage::showFacts(const RunSummary& run, const RunDetails* details) {
    if (run.unreadable) return m_facts->setText(errorText(*run.unreadable).oneLine());
    QStringList lines = {
        tr("Folder: %1").arg(qs(run.id)),
        tr("Model: %1, data: %2")
            .arg(QFileInfo(qs(run.model)).fileName(), QFileInfo(qs(run.data)).fileName()),
        tr("Method: %1").arg(qs(run.preset)),
        tr("Updates: %1 of %2, checkpoints: %3")
            .arg(countText(run.step), countText(run.total_steps),
                 countText(static_cast<qint64>(run.checkpoints.size()))),
        tr("Last loss: %1").arg(run.step > 0 ? realText(run.last_loss) : QStringLiteral("–"))};
    if (details && details->bestEval)
        lines.back() += tr(", best evaluation: %1 (update %2)")
                            .arg(realText(*details->bestEval), countText(details->bestStep));
    if (details && details->seconds > 0)
        lines << tr("Time in updates: %1, peak memory: %2")
                     .arg(durationText(details->seconds), bytesText(details->peakBytes));
    if (run.predicted_peak_bytes > 0)
        lines.back() += tr(" (predicted: %1)").arg(bytesText(run.predicted_peak_bytes));
    lines << tr("On disk: %1").arg(bytesText(run.folder_bytes));
    if (!run.model_fingerprint.empty())
        lines.back() +=
            tr(", model %1, data %2")
                .arg(qs(run.model_fingerprint.substr(0, 8)), qs(run.data_fingerprint.substr(0, 8)));
    m_facts->setText(lines.join(QLatin1Char('\n')));
}

// As the engine resolved it; the form of the next run has no part in it.
void RunsPage::showConfig(const RunDetails* details) {
    const bool any = details && details->options;
    for (QWidget* part : {static_cast<QWidget*>(m_configTitle), static_cast<QWidget*>(m_config),
                          static_cast<QWidget*>(m_changedOnly)})
        part->setEnabled(any);
    const QString shown =
        QStringLiteral("%1 %2 %3").arg(m_selected).arg(any).arg(m_changedOnly->isChecked());
    if (shown == m_shownConfig) return;
    m_shownConfig = shown;
    m_config->clear();
    if (!any) return;
    for (const ConfigLine& line : configLines(*details->options)) {
        if (m_changedOnly->isChecked() && !line.changed) continue;
        auto* item = new QTreeWidgetItem(m_config,
                                         {translated("options", line.label),
                                          line.value.isEmpty() ? QStringLiteral("–") : line.value});
        item->setToolTip(0, line.path);
        item->setToolTip(1, line.value);
    }
}

}  // namespace moelora::ui
