// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/data/source_card.h"

#include <algorithm>

#include "ui/bridge/plural.h"
#include "ui/bridge/reasons.h"
#include "ui/bridge/text.h"
#include "ui/pages/page.h"
#include "ui/widgets/ask_path.h"
#include "ui/widgets/issue_list.h"
#include "ui/widgets/option_form.h"
#include "ui/widgets/path_field.h"
#include "ui/widgets/theme.h"

namespace moelora::ui {

namespace {
constexpr int issueHeight = 150, readingHeight = 200;

const QStringList& readingOptions() {
    static const QStringList names = {QStringLiteral("image_root"),
                                      QStringLiteral("columns"),
                                      QStringLiteral("encoding"),
                                      QStringLiteral("parts"),
                                      QStringLiteral("tasks"),
                                      QStringLiteral("task"),
                                      QStringLiteral("task_from_folder"),
                                      QStringLiteral("inline_in_place"),
                                      QStringLiteral("sample_types"),
                                      QStringLiteral("template"),
                                      QStringLiteral("on_bad_picture")};
    return names;
}

// Mended by one of these options.
bool isOfReading(ErrorCode code) {
    constexpr ErrorCode codes[] = {ErrorCode::ImageMissing, ErrorCode::ImageElsewhere,
                                   ErrorCode::TextNotUtf8, ErrorCode::DatasetUnrecognised,
                                   ErrorCode::TableInvalid};
    return std::find(std::begin(codes), std::end(codes), code) != std::end(codes);
}
bool findsTooLittle(const Result<DatasetSummary>& answer) {
    if (!answer) return isOfReading(answer.error().code);
    return std::any_of(answer->issues.begin(), answer->issues.end(),
                       [](const Issue& issue) { return isOfReading(issue.error.code); });
}
}  // namespace

SourceCard::SourceCard(Workbench& workbench, QWidget* parent)
    : Card(parent),
      m_workbench(workbench),
      m_path(new PathField(PathField::FolderOrFile)),
      m_chip(new Chip),
      m_facts(makeLabel("muted")),
      m_open(makeFold("dataIssues")),
      m_issues(new IssueList) {
    m_chip->setObjectName(QStringLiteral("dataChip"));
    m_facts->setObjectName(QStringLiteral("dataFacts"));
    auto* line = new QHBoxLayout;
    line->setSpacing(10);
    line->addWidget(m_path, 1);
    line->addWidget(m_chip);
    auto* facts = new QHBoxLayout;
    facts->addWidget(m_facts, 1);
    facts->addWidget(m_open, 0, Qt::AlignTop);
    makeReading();
    facts->addWidget(m_read, 0, Qt::AlignTop);
    m_issues->offerWays(QStringLiteral("data"));
    connect(m_issues, &IssueList::followed, &m_workbench, &Workbench::follow);
    m_issueArea = scrolled(m_issues, "dataIssueScroll");
    m_issueArea->setMaximumHeight(issueHeight);
    m_issueArea->hide();
    body()->addLayout(line);
    body()->addLayout(facts);
    body()->addWidget(m_issueArea);
    body()->addWidget(m_formArea);
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Maximum);
    connect(m_open, &QToolButton::toggled, this, &SourceCard::openIssues);
    connect(m_path, &PathField::chosen, this,
            [this](const QString& path) { m_workbench.chooseData(path); });
    keepText(this, [this] { retranslate(); });
}

// Columns, folders, encoding and parts: what the form of the data does not say by itself.
void SourceCard::makeReading() {
    m_read = makeFold("dataReading");
    m_form = new OptionForm;
    m_form->setShown(readingOptions());
    m_pictures = makeButton(QStringLiteral("folder"), false);
    m_pictures->setObjectName(QStringLiteral("choosePictures"));
    auto* content = new QWidget;
    auto* column = new QVBoxLayout(content);
    column->setContentsMargins(0, 0, 6, 0);
    column->addWidget(m_pictures, 0, Qt::AlignLeft);
    column->addWidget(m_form);
    m_formArea = scrolled(content, "dataReadingScroll");
    m_formArea->setFixedHeight(readingHeight);
    m_formArea->hide();
    connect(m_read, &QToolButton::toggled, this, &SourceCard::openReading);
    connect(m_pictures, &QPushButton::clicked, this, &SourceCard::choosePictures);
    connect(m_form, &OptionForm::rejectionsChanged, this, [this] {
        m_workbench.project.setRejections(QStringLiteral("reading"), QStringLiteral("data"),
                                          m_form->rejections());
    });
    connect(m_form, &OptionForm::edited, this, [this](const QString& name, const QString& value) {
        RunOptions options = m_workbench.project.options();
        if (writeField(options.data, name, value))
            m_workbench.project.setOptions(std::move(options));
    });
}

void SourceCard::choosePictures() {
    askPath(this,
            {PathQuestion::Folder,
             QStringLiteral("pictureFolder"),
             tr("Choose the picture folder"),
             {},
             {},
             qs(m_workbench.project.options().data.path)},
            [this](const QString& path) {
                RunOptions options = m_workbench.project.options();
                options.data.image_root = ss(path);
                m_workbench.project.setOptions(std::move(options));
            });
}

// By itself once for a data set: whoever closes it is not asked again.
void SourceCard::offerReading() {
    const std::string& path = m_workbench.project.options().data.path;
    const auto& answer = m_workbench.project.dataset();
    if (!answer || m_offeredFor == path || !findsTooLittle(*answer)) return;
    m_offeredFor = path;
    openReading(true);
}

void SourceCard::openReading(bool open) {
    openFold(m_read, open);
    m_formArea->setVisible(open);
}

bool SourceCard::focusReading(const QString& name) {
    if (!readingOptions().contains(name)) return false;
    openReading(true);
    m_form->focusField(name);
    return true;
}

void SourceCard::retranslate() {
    m_read->setText(tr("How they are read"));
    m_pictures->setText(tr("Choose the picture folder ..."));
    m_read->setToolTip(
        tr("Columns, folder of the pictures, encoding, parts: where the data do not say it "
           "themselves"));
    m_path->setNames(tr("Data folder or file"),
                     tr("Folder or file with captions, or drop it here"));
    m_path->setFileFilter(tr("Data (*.json *.jsonl *.csv *.tsv);;All files (*)"));
    refresh();
}

void SourceCard::focusPath() {
    m_path->setFocus(Qt::OtherFocusReason);
}

void SourceCard::openIssues(bool open) {
    openFold(m_open, open);
    m_issueArea->setVisible(open && m_open->isVisibleTo(this));
}

void SourceCard::refresh() {
    const Project& project = m_workbench.project;
    m_path->setPath(qs(project.options().data.path));
    m_path->setRecent(m_workbench.settings.recent(QStringLiteral("data")));
    std::vector<OptionField> now = readFields(project.options().data),
                             base = readFields(project.baseline().data);
    for (std::vector<OptionField>* fields : {&now, &base})
        for (OptionField& field : *fields) field.advanced = false;  // the fold is here already
    m_form->setFields(now, base);
    m_read->setVisible(!project.options().data.path.empty());
    offerReading();
    const auto& answer = project.dataset();
    m_facts->setVisible(answer.has_value());
    if (!answer) {
        m_chip->show(project.dataPending() ? tr("checking") : QString(), Tone::Neutral);
        m_issues->setIssues({});
        showIssues(0);
    } else if (!*answer) {
        m_chip->show(tr("not usable"), Tone::Bad);
        m_facts->clear();
        m_issues->setError(answer->error());
        showIssues(1);
    } else {
        showSummary(**answer, project.dataReadiness());
    }
}

void SourceCard::showIssues(std::size_t count) {
    m_open->setVisible(count > 0);
    m_open->setText(tr("Remarks: %1").arg(countText(static_cast<qint64>(count))));
    const auto& answer = m_workbench.project.dataset();
    const bool nothing = answer && (!*answer || (*answer)->samples == 0);
    openIssues(count > 0 && (nothing || m_open->isChecked()));
}

void SourceCard::showSummary(const DatasetSummary& d, const Readiness& readiness) {
    showReadiness(m_chip, readiness, !d.issues.empty(), tr("not usable"));
    QStringList parts = {
        d.evidence.empty() ? qs(d.format) : tr("%1 (%2)").arg(qs(d.format), remarkText(d.evidence)),
        tr("%1 of %2")
            .arg(tr("%Ln caption(s)", "", many(d.samples)),
                 tr("%Ln picture(s)", "", many(d.images)))};
    QStringList tasks;
    for (const auto& [task, count] : d.tasks)
        tasks << QStringLiteral("%1 %2").arg(qs(task), countText(count));
    if (!tasks.isEmpty()) parts << tr("tasks: %1").arg(tasks.join(tr(", ")));
    if (readiness.state == Readiness::Missing) parts.prepend(readiness.text);
    m_facts->setText(parts.join(QStringLiteral("  ·  ")));
    m_issues->setIssues(d.issues);
    showIssues(d.issues.size());
}

}  // namespace moelora::ui
