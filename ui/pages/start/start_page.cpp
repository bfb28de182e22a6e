// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/start/start_page.h"

#include <QDir>
#include <QFileInfo>

#include "ui/bridge/reasons.h"
#include "ui/bridge/text.h"
#include "ui/widgets/basics.h"
#include "ui/widgets/image_view.h"
#include "ui/widgets/issue_list.h"
#include "ui/widgets/path_field.h"
#include "ui/widgets/theme.h"

namespace moelora::ui {

namespace {
constexpr int demoPictures = 5, previewRows = 3, demoSide = 84, previewSide = 72;

QLabel* makeFacts() {
    auto* label = makeLabel("facts");
    label->setTextFormat(Qt::RichText);
    return label;
}

// Name and value lines as a small table.
QString factTable(const std::vector<std::pair<QString, QString>>& facts) {
    QString html = QStringLiteral("<table cellspacing=0 cellpadding=2>");
    for (const auto& [name, value] : facts)
        html +=
            QStringLiteral("<tr><td style=\"color:%1\">%2&nbsp;&nbsp;&nbsp;</td><td>%3</td></tr>")
                .arg(colors().muted.name(), name.toHtmlEscaped(), value.toHtmlEscaped());
    return html + QStringLiteral("</table>");
}
}  // namespace

StartPage::StartPage(Workbench& workbench, QWidget* parent)
    : Page(workbench, QStringLiteral("start"), parent) {
    auto* content = new QWidget;
    auto* layout = new QVBoxLayout(content);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(12);
    layout->addWidget(makeDemoCard());
    auto* row = new QHBoxLayout;
    row->setSpacing(12);
    row->addWidget(makeModelCard(), 1);
    row->addWidget(makeDataCard(), 1);
    layout->addLayout(row, 1);
    m_body->addWidget(scrolled(content, "startScroll"), 1);
    m_next = makeButton(QStringLiteral("next"), true);
    m_next->setObjectName(QStringLiteral("toAdapter"));
    auto* foot = new QHBoxLayout;
    foot->addStretch();
    foot->addWidget(m_next);
    m_body->addLayout(foot);
    connectAll();
    keepText(this, [this] { retranslate(); });
    keepLook(this, [this] { markStale(); });
}

QWidget* StartPage::makeDemoCard() {
    m_demo = new Card;
    m_demo->setVisible(m_workbench.hasDemo());
    m_demoText = makeLabel("body");
    m_openDemo = makeButton(QStringLiteral("play"), true);
    m_openDemo->setObjectName(QStringLiteral("openDemo"));
    auto* left = new QVBoxLayout;
    left->addWidget(m_demoText);
    left->addStretch();
    left->addWidget(m_openDemo, 0, Qt::AlignLeft);
    auto* row = new QHBoxLayout;
    row->setSpacing(8);
    row->addLayout(left, 1);
    for (int i = 0; i < demoPictures; ++i) {
        auto* view = new ImageView;
        view->setSide(demoSide);
        m_demoPictures.push_back(view);
        row->addWidget(view, 0, Qt::AlignTop);
    }
    m_demo->body()->addLayout(row);
    return m_demo;
}

QWidget* StartPage::makeModelCard() {
    m_model = new Card;
    m_modelChip = new Chip;
    m_modelChip->setObjectName(QStringLiteral("modelChip"));
    m_model->head()->addWidget(m_modelChip);
    m_modelPath = new PathField(PathField::Folder);
    m_modelFacts = makeFacts();
    m_modelIssues = new IssueList;
    m_model->body()->addWidget(m_modelPath);
    m_model->body()->addWidget(m_modelFacts);
    m_model->body()->addWidget(m_modelEmpty = new EmptyState(QStringLiteral("model")), 1);
    m_model->body()->addWidget(m_modelIssues);
    m_model->body()->addStretch();
    return m_model;
}

QWidget* StartPage::makeDataCard() {
    m_data = new Card;
    m_dataChip = new Chip;
    m_dataChip->setObjectName(QStringLiteral("dataChip"));
    m_data->head()->addWidget(m_dataChip);
    m_dataPath = new PathField(PathField::FolderOrFile);
    m_dataFacts = makeFacts();
    m_dataFacts->setObjectName(QStringLiteral("dataFacts"));
    m_dataIssues = new IssueList;
    m_data->body()->addWidget(m_dataPath);
    m_data->body()->addWidget(m_dataFacts);
    m_data->body()->addWidget(m_dataEmpty = new EmptyState(QStringLiteral("picture")), 1);
    m_data->body()->addWidget(makePreview());
    m_data->body()->addWidget(m_dataIssues);
    m_data->body()->addStretch();
    return m_data;
}

QWidget* StartPage::makePreview() {
    auto* box = new QWidget;
    auto* layout = new QVBoxLayout(box);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(6);
    for (int i = 0; i < previewRows; ++i) {
        auto* row = new QWidget;
        auto* line = new QHBoxLayout(row);
        line->setContentsMargins(0, 0, 0, 0);
        line->setSpacing(10);
        auto* view = new ImageView;
        view->setSide(previewSide);
        auto* text = makeLabel("body");
        line->addWidget(view);
        line->addWidget(text, 1);
        layout->addWidget(row);
        m_previewRows.push_back(row);
        m_previewPictures.push_back(view);
        m_previewTexts.push_back(text);
    }
    return box;
}

void StartPage::connectAll() {
    const auto stale = [this] { markStale(); };
    const Project& project = m_workbench.project;
    connect(&project, &Project::modelChanged, this, stale);
    connect(&project, &Project::dataChanged, this, stale);
    connect(&project, &Project::optionsChanged, this, stale);
    connect(&m_workbench.pictures, &PictureLoader::loaded, this, stale);
    connect(m_openDemo, &QPushButton::clicked, this, [this] { m_workbench.openDemo(); });
    connect(m_next, &QPushButton::clicked, this,
            [this] { m_workbench.showPage(QStringLiteral("adapter")); });
    connect(m_modelPath, &PathField::chosen, this,
            [this](const QString& path) { m_workbench.chooseModel(path); });
    connect(m_dataPath, &PathField::chosen, this,
            [this](const QString& path) { m_workbench.chooseData(path); });
}

void StartPage::retranslate() {
    setTitle(tr("Start"),
             tr("Choose a model and pictures with captions; everything stays on this computer."));
    m_demo->setTitle(tr("Bundled demo"));
    m_demoText->setText(
        tr("A small captioner, and 500 pictures with captions in four styles. It knows one style; "
           "the adapter learns "
           "three more: tags, Chinese sentences, counts. About three minutes on two processor "
           "cores."));
    m_openDemo->setText(tr("Open the demo"));
    m_model->setTitle(tr("Model"));
    m_data->setTitle(tr("Data"));
    m_modelPath->setNames(tr("Model folder"), tr("Folder of a Qwen3-VL model, or drop it here"));
    m_dataPath->setNames(tr("Data folder or file"),
                         tr("Folder or file with captions, or drop it here"));
    m_dataPath->setFileFilter(tr("Data (*.json *.jsonl);;All files (*)"));
    m_next->setText(tr("Next: adapter"));
    m_modelEmpty->setTexts(tr("No model chosen"),
                           tr("A folder as downloaded from Hugging Face: config.json, safetensors "
                              "files, tokenizer.json. Only headers are read here, nothing is run."),
                           {});
    m_dataEmpty->setTexts(tr("No data chosen"),
                          tr("COCO captions JSON, messages JSONL, or pictures with .txt files of "
                             "the same name. The form is recognised by its content."),
                          {});
    markStale();
}

void StartPage::refresh() {
    m_demo->setVisible(m_workbench.hasDemo() && m_workbench.project.options().model.path.empty() &&
                       m_workbench.project.options().data.path.empty());
    showDemoPictures();
    showModel();
    showData();
    showPreview();
    m_modelPath->setRecent(m_workbench.settings.recent(QStringLiteral("model")));
    m_dataPath->setRecent(m_workbench.settings.recent(QStringLiteral("data")));
    const bool chosen = !m_workbench.project.options().model.path.empty() &&
                        !m_workbench.project.options().data.path.empty();
    m_next->setEnabled(chosen);
    m_next->setToolTip(chosen ? QString() : tr("Choose a model and data first"));
}

void StartPage::showDemoPictures() {
    if (!m_workbench.hasDemo()) return;
    const QDir folder(qs(demo_dir()) + QStringLiteral("/held_out/images"));
    const QStringList names = folder.entryList(QDir::Files, QDir::Name);
    for (int i = 0; i < demoPictures && i < names.size(); ++i)
        m_demoPictures[static_cast<std::size_t>(i)]->setImage(
            m_workbench.pictures.picture(folder.filePath(names[i]), 2 * demoSide));
}

void StartPage::showChip(Chip* chip, const Readiness& readiness, bool remarks,
                         const QString& problem) {
    if (readiness.state == Readiness::Missing)
        chip->show(problem, Tone::Bad);
    else
        chip->show(remarks ? tr("ready, with remarks") : tr("ready"),
                   remarks ? Tone::Warning : Tone::Good);
    chip->setToolTip(readiness.text);
}

void StartPage::showModel() {
    const Project& project = m_workbench.project;
    m_modelPath->setPath(qs(project.options().model.path));
    const auto& answer = project.model();
    m_modelIssues->setIssues({});
    m_modelEmpty->setVisible(!answer && !project.modelPending());
    m_modelFacts->setVisible(answer.has_value());
    if (!answer) {
        m_modelChip->show(project.modelPending() ? tr("reading") : QString(), Tone::Neutral);
        return;
    }
    if (!*answer) {
        m_modelChip->show(tr("not usable"), Tone::Bad);
        m_modelFacts->clear();
        m_modelIssues->setError(answer->error());
        return;
    }
    const ModelSummary& m = **answer;
    const Readiness readiness = project.modelReadiness();
    showChip(m_modelChip, readiness, !m.issues.empty(),
             m.missing.empty() ? tr("not usable") : tr("incomplete"));
    std::int64_t bytes = 0;
    for (const ModelFile& file : m.files) bytes += file.bytes;
    std::vector<std::pair<QString, QString>> facts = {
        {tr("Family"), qs(m.family)},
        {tr("Parameters"), tr("%1 (text %2, vision %3)")
                               .arg(countText(m.parameters_total), countText(m.parameters_text),
                                    countText(m.parameters_vision))},
        {tr("Layers"), tr("%1, width %2, vocabulary %3")
                           .arg(countText(m.layers), countText(m.hidden), countText(m.vocab))},
        {tr("Stored as"),
         tr("%1, %2 files, %3")
             .arg(qs(m.dtype), countText(static_cast<qint64>(m.files.size())), bytesText(bytes))},
        {tr("Tokenizer"), qs(m.tokenizer)}};
    if (readiness.state == Readiness::Missing) facts.push_back({tr("To mend"), readiness.text});
    m_modelFacts->setText(factTable(facts));
    m_modelIssues->setIssues(m.issues);
}

void StartPage::showData() {
    const Project& project = m_workbench.project;
    m_dataPath->setPath(qs(project.options().data.path));
    const auto& answer = project.dataset();
    m_dataIssues->setIssues({});
    m_dataEmpty->setVisible(!answer && !project.dataPending());
    m_dataFacts->setVisible(answer.has_value());
    if (!answer) {
        m_dataChip->show(project.dataPending() ? tr("checking") : QString(), Tone::Neutral);
        return;
    }
    if (!*answer) {
        m_dataChip->show(tr("not usable"), Tone::Bad);
        m_dataFacts->clear();
        m_dataIssues->setError(answer->error());
        return;
    }
    const DatasetSummary& d = **answer;
    const Readiness readiness = project.dataReadiness();
    showChip(m_dataChip, readiness, !d.issues.empty(), tr("not usable"));
    QStringList tasks;
    for (const auto& [task, count] : d.tasks)
        tasks << QStringLiteral("%1 %2").arg(qs(task), countText(count));
    std::vector<std::pair<QString, QString>> facts = {
        {tr("Form"), d.evidence.empty() ? qs(d.format)
                                        : tr("%1 (%2)").arg(qs(d.format), remarkText(d.evidence))},
        {tr("Samples"),
         tr("%1 captions of %2 pictures").arg(countText(d.samples), countText(d.images))}};
    if (!tasks.isEmpty()) facts.push_back({tr("Tasks"), tasks.join(QStringLiteral(", "))});
    if (d.tokens)
        facts.push_back(
            {tr("Tokens"),
             tr("median %1, longest %2").arg(countText(d.tokens->p50), countText(d.tokens->max))});
    if (readiness.state == Readiness::Missing) facts.push_back({tr("To mend"), readiness.text});
    m_dataFacts->setText(factTable(facts));
    m_dataIssues->setIssues(d.issues);
}

// One row a picture: the first records often are several captions of the same one.
void StartPage::showPreview() {
    const auto& answer = m_workbench.project.dataset();
    std::vector<std::pair<QString, QStringList>> rows;  // picture, its captions
    if (answer && *answer)
        for (const CaptionSample& sample : (*answer)->preview) {
            if (rows.empty() || rows.back().first != qs(sample.image))
                rows.push_back({qs(sample.image), {}});
            const QString caption =
                sample.references.empty() ? QString() : qs(sample.references.front());
            rows.back().second
                << (sample.prompt.empty()
                        ? caption
                        : QStringLiteral("%1  →  %2").arg(qs(sample.prompt), caption));
        }
    for (std::size_t i = 0; i < m_previewRows.size(); ++i) {
        m_previewRows[i]->setVisible(i < rows.size());
        if (i >= rows.size()) continue;
        m_previewPictures[i]->setImage(
            m_workbench.pictures.picture(rows[i].first, 2 * previewSide));
        m_previewTexts[i]->setText(rows[i].second.join(QLatin1Char('\n')));
    }
}

}  // namespace moelora::ui
