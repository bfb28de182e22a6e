// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/model/model_page.h"

#include <QFileInfo>

#include "ui/bridge/plural.h"
#include "ui/bridge/text.h"
#include "ui/pages/model/precision_card.h"
#include "ui/widgets/basics.h"
#include "ui/widgets/issue_list.h"
#include "ui/widgets/path_field.h"
#include "ui/widgets/theme.h"

namespace moelora::ui {

namespace {
std::int64_t bytesOf(const ModelSummary& model) {
    std::int64_t bytes = 0;
    for (const ModelFile& file : model.files) bytes += file.bytes;
    return bytes;
}

QString found(const std::string& file) {
    return file.empty() ? QStringLiteral("–") : QStringLiteral("✓ ") + qs(file);
}

QString joined(const std::vector<std::string>& names) {
    constexpr std::size_t most = 4;
    QStringList list;
    for (std::size_t i = 0; i < std::min(most, names.size()); ++i) list << qs(names[i]);
    if (names.size() > most) list << QStringLiteral("...");
    return list.join(QStringLiteral(", "));
}
}  // namespace

ModelPage::ModelPage(Workbench& workbench, QWidget* parent)
    : Page(workbench, QStringLiteral("model"), parent), m_precision(new PrecisionCard(workbench)) {
    auto* content = new QWidget;
    auto* layout = new QVBoxLayout(content);
    layout->setContentsMargins(0, 0, 6, 0);
    layout->setSpacing(12);
    layout->addWidget(makeFolderCard());
    auto* row = new QHBoxLayout;
    row->setSpacing(12);
    m_help = new Card;
    m_helpText = makeLabel("body");
    m_helpText->setTextFormat(Qt::RichText);
    m_help->body()->addWidget(m_helpText);
    m_help->body()->addStretch();
    auto* left = new QVBoxLayout;
    left->setSpacing(12);
    left->addWidget(makeHardwareCard());
    left->addWidget(m_help, 1);
    row->addLayout(left, 1);
    row->addWidget(m_precision, 1);
    layout->addLayout(row, 1);
    m_body->addWidget(scrolled(content, "modelScroll"), 1);
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

QWidget* ModelPage::makeFolderCard() {
    m_folder = new Card;
    m_chip = new Chip;
    m_chip->setObjectName(QStringLiteral("modelChip"));
    m_folder->head()->addWidget(m_chip);
    m_path = new PathField(PathField::Folder);
    m_facts = makeFacts();
    m_facts->setObjectName(QStringLiteral("modelFacts"));
    m_files = makeFacts();
    m_files->setObjectName(QStringLiteral("modelFiles"));
    auto* facts = new QHBoxLayout;
    facts->setSpacing(12);
    for (QLabel* label : {m_facts, m_files}) {
        label->setAlignment(Qt::AlignTop);
        facts->addWidget(label, 1);
    }
    m_issues = new IssueList;
    m_issues->offerWays(id());
    connect(m_issues, &IssueList::followed, &m_workbench, &Workbench::follow);
    m_folder->body()->addWidget(m_path);
    m_folder->body()->addLayout(facts);
    m_folder->body()->addWidget(m_issues);
    return m_folder;
}

QWidget* ModelPage::makeHardwareCard() {
    m_hardware = new Card;
    m_again = makeButton(QStringLiteral("refresh"), false);
    m_again->setObjectName(QStringLiteral("hardwareAgain"));
    m_hardware->head()->addWidget(m_again);
    m_hardwareFacts = makeFacts();
    m_hardwareFacts->setObjectName(QStringLiteral("hardwareFacts"));
    m_hardware->body()->addWidget(m_hardwareFacts);
    m_hardware->body()->addStretch();
    return m_hardware;
}

void ModelPage::connectAll() {
    const auto stale = [this] { markStale(); };
    const Project& project = m_workbench.project;
    connect(&project, &Project::modelChanged, this, stale);
    connect(&project, &Project::dataChanged, this, stale);
    connect(&project, &Project::optionsChanged, this, stale);
    connect(&m_workbench.fit, &MemoryFit::changed, this, stale);
    connect(m_path, &PathField::chosen, this,
            [this](const QString& path) { m_workbench.chooseModel(path); });
    connect(m_again, &QPushButton::clicked, this, [this] {
        m_machineFor.reset();
        askMachine();
        m_workbench.fit.askHardware();
    });
    connect(m_next, &QPushButton::clicked, this,
            [this] { m_workbench.showPage(QStringLiteral("adapter")); });
}

void ModelPage::retranslate() {
    setTitle(tr("Model"),
             tr("The model that is adapted. Only its headers are read here, nothing of "
                "the folder is run, and nothing is downloaded."));
    m_folder->setTitle(tr("Model folder"));
    m_path->setNames(tr("Model folder"), tr("Folder of a Qwen3-VL or text model, or drop it here"));
    m_hardware->setTitle(tr("This computer"));
    m_again->setText(tr("Look again"));
    m_again->setToolTip(tr("Asks anew what is free"));
    m_help->setTitle(tr("Where models come from, and what fits where"));
    m_helpText->setText(helpHtml());
    m_next->setText(tr("Next: adapter"));
    markStale();
}

void ModelPage::focusField(const QString& path) {
    if (path == QLatin1String("model.path"))
        m_path->setFocus(Qt::OtherFocusReason);
    else
        m_precision->focusField(path);
}

QString ModelPage::helpHtml() const {
    const QString paragraphs[] = {
        tr("A model is a folder as Hugging Face keeps it: config.json, safetensors files, "
           "tokenizer.json, and preprocessor_config.json where it sees pictures. This program "
           "opens "
           "no network connection: fetch the folder with a browser, git lfs or the hf tool, here "
           "or "
           "on another computer, and choose it above."),
        tr("Dense Qwen3-VL models (2B, 4B, 8B, 32B) learn captions; text models of the families "
           "llama, mistral, qwen2 and qwen3 learn answers. Folders that bitsandbytes quantized "
           "(NF4, "
           "FP4, INT8) are read as they are; GPTQ and AWQ are refused with a sentence."),
        tr("Rules of thumb for training with batch 1 and pictures of about 640 × 480:")};
    const std::pair<QString, QString> table[] = {
        {tr("8 GB"), tr("2B in 16 bits, 4B in NF4 with double quantization")},
        {tr("12 to 16 GB"), tr("4B in 16 bits, 8B in NF4")},
        {tr("24 GB"), tr("8B in 16 bits")},
        {tr("No GPU"), tr("the bundled demo in minutes; larger models take hours")}};
    QString html;
    for (const QString& paragraph : paragraphs)
        html += QStringLiteral("<p>%1</p>").arg(paragraph.toHtmlEscaped());
    html += QStringLiteral("<table cellspacing=0 cellpadding=3>");
    for (const auto& [card, models] : table)
        html += QStringLiteral("<tr><td><b>%1</b>&nbsp;&nbsp;&nbsp;</td><td>%2</td></tr>")
                    .arg(card.toHtmlEscaped(), models.toHtmlEscaped());
    return html + QStringLiteral("</table><p>%1</p>")
                      .arg(tr("The badges above count for your own data, adapter and batch size.")
                               .toHtmlEscaped());
}

void ModelPage::refresh() {
    if (!m_workbench.fit.hardware()) m_workbench.fit.askHardware();
    m_workbench.fit.request();
    askMachine();
    m_path->setRecent(m_workbench.settings.recent(QStringLiteral("model")));
    showModel();
    showHardware();
    m_precision->refresh();
    const bool chosen = !m_workbench.project.options().model.path.empty();
    m_next->setEnabled(chosen);
    m_next->setToolTip(chosen ? QString() : tr("Choose a model first"));
}

// A disk is timed once for each model that is chosen.
void ModelPage::askMachine() {
    const std::string& model = m_workbench.project.options().model.path;
    if (m_machineFor == model) return;
    m_machineFor = model;
    m_askMachine.ask(
        this,
        [&session = m_workbench.session, model]() -> Result<MachineNow> {
            MachineNow now;
            now.gpu = gpu_state(0);
            now.runsFree = freeBytesAt(qs(session.runs_dir()));
            if (!model.empty()) now.modelDisk = read_bytes_per_second(model);
            return now;
        },
        [this](const Result<MachineNow>& now) {
            if (now) m_machine = *now;
            markStale();
        });
}

void ModelPage::showHardware() {
    const auto& hardware = m_workbench.fit.hardware();
    m_hardwareFacts->setText(hardware ? factTable(hardwareFacts(*hardware, m_machine))
                                      : tr("Looking ...").toHtmlEscaped());
}

void ModelPage::showModel() {
    const Project& project = m_workbench.project;
    m_path->setPath(qs(project.options().model.path));
    const auto& answer = project.model();
    m_issues->setIssues({});
    for (QLabel* label : {m_facts, m_files}) label->setVisible(answer && *answer);
    if (!answer) {
        m_chip->show(project.modelPending() ? tr("reading") : QString(), Tone::Neutral);
        return;
    }
    if (!*answer) {
        m_chip->show(tr("not usable"), Tone::Bad);
        m_issues->setError(answer->error());
        return;
    }
    const ModelSummary& m = **answer;
    const Readiness readiness = project.modelReadiness();
    showReadiness(m_chip, readiness, !m.issues.empty(),
                  m.missing.empty() ? tr("not usable") : tr("incomplete"));
    const bool sees = m.vision_layers > 0;
    std::vector<std::pair<QString, QString>> facts = {
        {tr("Family"), qs(m.family)},
        {tr("Parameters"),
         sees ? tr("%1 (text %2, vision %3)")
                    .arg(countText(m.parameters_total), countText(m.parameters_text),
                         countText(m.parameters_vision))
              : countText(m.parameters_total)},
        {tr("Layers"), (sees ? tr("%1 of text, %2 of vision, width %3, vocabulary %4")
                                   .arg(countText(m.layers), countText(m.vision_layers))
                             : tr("%1, width %2, vocabulary %3").arg(countText(m.layers)))
                           .arg(countText(m.hidden), countText(m.vocab))}};
    if (readiness.state == Readiness::Missing) facts.push_back({tr("To mend"), readiness.text});
    std::vector<std::pair<QString, QString>> files = {
        {tr("Stored as"),
         tr("%1, %Ln file(s), %2", "", many(static_cast<qint64>(m.files.size())))
             .arg(m.quantization.empty() || m.quantization == "none"
                      ? qs(m.dtype)
                      : QStringLiteral("%1 (%2)").arg(qs(m.quantization), qs(m.dtype)),
                  bytesText(bytesOf(m)))},
        {tr("Tokenizer"), found(m.tokenizer)}};
    if (sees || !m.processor.empty())
        files.push_back({tr("Picture processor"), found(m.processor)});
    files.push_back({tr("Missing files"), m.missing.empty() ? tr("none") : joined(m.missing)});
    m_facts->setText(factTable(facts));
    m_files->setText(factTable(files));
    m_issues->setIssues(m.issues);
}

}  // namespace moelora::ui
