// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/export/export_page.h"

#include <QCheckBox>
#include <QComboBox>
#include <QDesktopServices>
#include <QDir>
#include <QFileInfo>
#include <QLineEdit>
#include <QSpinBox>
#include <QStandardPaths>
#include <QUrl>
#include <tuple>
#include <utility>

#include "core/options/config.h"
#include "ui/bridge/plural.h"
#include "ui/bridge/text.h"
#include "ui/pages/adapter_box.h"
#include "ui/pages/export/format_list.h"
#include "ui/widgets/basics.h"
#include "ui/widgets/issue_list.h"
#include "ui/widgets/path_field.h"
#include "ui/widgets/theme.h"

namespace moelora::ui {

ExportPage::ExportPage(Workbench& workbench, QWidget* parent)
    : Page(workbench, QStringLiteral("export"), parent) {
    auto* row = new QHBoxLayout;
    row->setSpacing(12);
    row->addWidget(makeSettings(), 1);
    row->addWidget(makeReport(), 1);
    m_body->addLayout(row, 1);
    connectAll();
    askAdapter();
    keepText(this, [this] { retranslate(); });
}

QWidget* ExportPage::makeSettings() {
    m_what = new Card;
    m_adapterLabel = makeLabel("field");
    m_adapter = new AdapterBox(m_workbench, AdapterBox::RunsAndCheckpoints);
    m_adapter->setObjectName(QStringLiteral("exportAdapter"));
    m_adapterLabel->setBuddy(m_adapter);
    m_facts = makeLabel("muted");
    m_facts->setObjectName(QStringLiteral("adapterFacts"));
    m_formats = new FormatList;
    m_folderLabel = makeLabel("field");
    m_folder = new PathField(PathField::NewFolder);
    m_folder->setObjectName(QStringLiteral("exportFolder"));
    m_force = new QCheckBox;
    m_export = makeButton(QStringLiteral("export"), true);
    m_export->setObjectName(QStringLiteral("exportStart"));
    m_hint = makeLabel("muted");
    auto* choices = new QWidget;
    auto* column = new QVBoxLayout(choices);
    column->setContentsMargins({});
    for (QWidget* part : {static_cast<QWidget*>(m_adapterLabel), static_cast<QWidget*>(m_adapter),
                          static_cast<QWidget*>(m_facts), static_cast<QWidget*>(m_formats),
                          makeNeeds(), static_cast<QWidget*>(m_folderLabel),
                          static_cast<QWidget*>(m_folder), static_cast<QWidget*>(m_force)})
        column->addWidget(part);
    column->addStretch();
    m_what->body()->addWidget(scrolled(choices, "exportScroll"), 1);
    m_what->body()->addWidget(m_export, 0, Qt::AlignLeft);
    m_what->body()->addWidget(m_hint);
    return m_what;
}

QWidget* ExportPage::makeNeeds() {
    auto* needs = new QWidget;
    auto* column = new QVBoxLayout(needs);
    column->setContentsMargins(24, 0, 0, 0);
    m_dataLabel = makeLabel("field");
    m_data = new PathField(PathField::FolderOrFile);
    m_data->setObjectName(QStringLiteral("exportData"));
    m_rankLabel = makeLabel("field");
    m_rank = new QSpinBox;
    m_rank->setObjectName(QStringLiteral("exportRank"));
    m_rank->setRange(0, 4096);
    m_rankLabel->setBuddy(m_rank);
    m_taskLabel = makeLabel("field");
    m_task = new QComboBox;
    m_task->setObjectName(QStringLiteral("exportTask"));
    m_taskLabel->setBuddy(m_task);
    m_dtypeLabel = makeLabel("field");
    m_dtype = new QComboBox;
    m_dtype->setObjectName(QStringLiteral("exportDtype"));
    for (const auto& [value, name] : EnumNames<ComputeDtype>::table)
        m_dtype->addItem(qs(std::string(name)), static_cast<int>(value));
    m_dtypeLabel->setBuddy(m_dtype);
    for (QWidget* part : {static_cast<QWidget*>(m_dataLabel), static_cast<QWidget*>(m_data),
                          static_cast<QWidget*>(m_rankLabel), static_cast<QWidget*>(m_rank),
                          static_cast<QWidget*>(m_taskLabel), static_cast<QWidget*>(m_task),
                          static_cast<QWidget*>(m_dtypeLabel), static_cast<QWidget*>(m_dtype)})
        column->addWidget(part);
    return needs;
}

QWidget* ExportPage::makeReport() {
    m_result = new Card;
    m_verified = new Chip;
    m_verified->setObjectName(QStringLiteral("verified"));
    m_result->head()->addWidget(m_verified);
    m_error = new IssueList;
    m_error->offerWays(id());
    connect(m_error, &IssueList::followed, &m_workbench, &Workbench::follow);
    m_reportText = makeLabel("body");
    m_reportText->setObjectName(QStringLiteral("exportReport"));
    m_reportText->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_files = makeLabel("mono");
    m_files->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_openFolder = makeButton(QStringLiteral("folder"), false);
    m_openFolder->setObjectName(QStringLiteral("openExported"));
    m_result->body()->addWidget(m_error);
    m_empty = new EmptyState(QStringLiteral("export"));
    m_result->body()->addWidget(m_empty, 1);
    m_result->body()->addWidget(m_reportText);
    m_result->body()->addWidget(m_files);
    m_result->body()->addWidget(m_openFolder, 0, Qt::AlignLeft);
    m_result->body()->addStretch();
    return m_result;
}

void ExportPage::connectAll() {
    connect(m_adapter, &AdapterBox::adapterChanged, this, [this] { askAdapter(); });
    connect(m_formats, &FormatList::formatChanged, this, [this] {
        proposeFolder();
        dropStaleVerdict();
    });
    connect(m_folder->line(), &QLineEdit::textChanged, this, [this] {
        askOffer();  // another disk may have other room
        dropStaleVerdict();
    });
    connect(m_data->line(), &QLineEdit::textChanged, this, &ExportPage::dropStaleVerdict);
    connect(m_task, &QComboBox::currentTextChanged, this, &ExportPage::dropStaleVerdict);
    connect(m_rank, &QSpinBox::valueChanged, this, &ExportPage::dropStaleVerdict);
    connect(m_dtype, &QComboBox::currentIndexChanged, this, [this] {
        askOffer();  // another type has another size
        dropStaleVerdict();
    });
    connect(m_export, &QPushButton::clicked, this, &ExportPage::start);
    connect(m_openFolder, &QPushButton::clicked, this,
            [this] { QDesktopServices::openUrl(QUrl::fromLocalFile(qs(m_exported.out))); });
}

void ExportPage::retranslate() {
    setTitle(
        tr("Export"),
        tr("Takes an adapter away; what was written is read back and held against the original."));
    m_what->setTitle(tr("What and where"));
    m_result->setTitle(tr("Verification"));
    m_adapterLabel->setText(tr("Adapter"));
    m_dataLabel->setText(tr("Data to measure the gate weights on"));
    m_data->setNames(tr("Data to measure the gate weights on"), QString());
    m_rankLabel->setText(tr("Rank"));
    m_rank->setSpecialValueText(tr("all ranks of the experts"));
    m_taskLabel->setText(tr("Task"));
    m_dtypeLabel->setText(tr("Type of the weights"));
    m_dtype->setItemText(0, tr("16 bit, as the base where it has such"));
    m_folderLabel->setText(tr("New folder"));
    m_folder->setNames(tr("Folder to write"), QString());
    m_force->setText(tr("Replace the folder if it exists"));
    m_export->setText(tr("Export and verify"));
    m_openFolder->setText(tr("Open folder"));
    markStale();
}

void ExportPage::askAdapter() {
    proposeFolder();
    dropStaleVerdict();
    if (m_adapter->path() == m_asked) return;  // only the list came anew
    m_asked = m_adapter->path();
    m_summary.reset();
    m_offer.reset();
    m_formats->setOffer(nullptr);
    askOffer();
    if (m_asked.isEmpty())
        m_inspect.cancel();
    else
        m_inspect.ask(
            this,
            [&session = m_workbench.session, path = ss(m_asked)] {
                return session.inspect_adapter(path);
            },
            [this](Result<AdapterSummary> answer) {
                m_summary = std::move(answer);
                markStale();
            });
    markStale();
}

void ExportPage::proposeFolder() {
    if (m_adapter->path().isEmpty() ||
        (!m_folder->path().isEmpty() && m_folder->path() != m_proposed))
        return;
    const QString name = m_adapter->name().simplified().replace(QLatin1Char(' '), QLatin1Char('-'));
    const QString format = m_formats->format();
    const QString kind =
        QLatin1Char('-') + (format == QLatin1String("native") ? QStringLiteral("adapter") : format);
    m_proposed = QDir(QStandardPaths::writableLocation(QStandardPaths::DocumentsLocation))
                     .filePath(name + kind);
    m_folder->setPath(m_proposed);
}

void ExportPage::askOffer() {
    ExportSpec spec;
    spec.adapter = ss(m_adapter->path());
    spec.out = ss(m_folder->path());
    spec.dtype = static_cast<ComputeDtype>(m_dtype->currentData().toInt());
    if (spec.adapter.empty()) return m_askOffer.cancel();
    m_askOffer.ask(
        this, [&session = m_workbench.session, spec] { return session.offer_export(spec); },
        [this](Result<ExportOffer> answer) {
            m_offer = std::move(answer);
            m_formats->setOffer(*m_offer ? &**m_offer : nullptr);
            const QString before = m_task->currentText();
            const QSignalBlocker quiet(m_task);
            m_task->clear();
            if (*m_offer)
                for (const std::string& task : (*m_offer)->tasks) m_task->addItem(qs(task));
            if (const int row = m_task->findText(before); row >= 0) m_task->setCurrentIndex(row);
            markStale();
        });
}

QString ExportPage::missing() const {
    const ExportChoice* choice = m_formats->chosen();
    if (!choice) return {};
    if (choice->needs_data && m_data->path().isEmpty())
        return tr("Choose the data on which the gate weights are measured.");
    if (*m_offer && choice->bytes > (*m_offer)->free_bytes)
        return tr("There is too little room: up to %1 are written, and %2 are free there.")
            .arg(bytesText(choice->bytes), bytesText((*m_offer)->free_bytes));
    if (choice->needs_task && m_task->currentText().isEmpty())
        return tr("The adapter knows no task by name.");
    return {};
}

void ExportPage::showNeeds() {
    const ExportChoice* choice = m_formats->chosen();
    const bool measures = choice && choice->needs_data, asksTask = choice && choice->needs_task;
    for (QWidget* part : {static_cast<QWidget*>(m_dataLabel), static_cast<QWidget*>(m_data),
                          static_cast<QWidget*>(m_rankLabel), static_cast<QWidget*>(m_rank)})
        part->setVisible(measures);
    for (QWidget* part : {static_cast<QWidget*>(m_taskLabel), static_cast<QWidget*>(m_task)})
        part->setVisible(asksTask);
    for (QWidget* part : {static_cast<QWidget*>(m_dtypeLabel), static_cast<QWidget*>(m_dtype)})
        part->setVisible(choice && choice->format == "merged");
    const QString known = qs(m_workbench.project.options().data.path);
    if (!measures || known == m_proposedData) return;
    const QString before = std::exchange(m_proposedData, known);
    if (m_data->path().isEmpty() || m_data->path() == before) m_data->setPath(known);
}

ExportSpec ExportPage::chosen() const {
    ExportSpec spec;
    spec.adapter = ss(m_adapter->path());
    spec.format = ss(m_formats->format());
    spec.out = ss(m_folder->path());
    const ExportChoice* choice = m_formats->chosen();
    if (choice && choice->needs_data) {
        spec.data = ss(m_data->path());
        spec.rank = m_rank->value();
        // The columns and folders that make the data set readable; those that its own run knew are
        // the engine's to find.
        const DataOptions& known = m_workbench.project.options().data;
        if (!spec.data.empty() && QFileInfo(qs(spec.data)) == QFileInfo(qs(known.path)))
            spec.settings = reading_settings(known);
    }
    if (choice && choice->needs_task) spec.task = ss(m_task->currentText());
    if (choice && choice->format == "merged")
        spec.dtype = static_cast<ComputeDtype>(m_dtype->currentData().toInt());
    spec.force = m_force->isChecked();
    return spec;
}

void ExportPage::dropStaleVerdict() {
    const ExportSpec now = chosen();
    const auto what = [](const ExportSpec& s) {
        return std::tie(s.adapter, s.format, s.out, s.data, s.task, s.rank, s.settings, s.dtype);
    };
    if (what(now) != what(m_exported)) m_answer.reset();
    markStale();
}

void ExportPage::start() {
    const ExportSpec spec = m_exported = chosen();
    m_busy = true;
    m_answer.reset();
    m_run.ask(
        this,
        [&session = m_workbench.session, spec]() -> Result<Answer> {
            Answer answer;
            MOELORA_TRY(answer.report, session.export_adapter(spec));
            answer.reloaded = session.inspect_adapter(spec.out);
            return answer;
        },
        [this](Result<Answer> answer) {
            m_busy = false;
            const std::optional<Error> failed =
                answer ? std::nullopt : std::optional(answer.error());
            m_answer = std::move(answer);
            dropStaleVerdict();  // another page may have chosen another adapter meanwhile
            if (failed && !m_answer) m_workbench.report(*failed);
        });
    markStale();
}

void ExportPage::refresh() {
    const bool any = !m_adapter->path().isEmpty();
    showNeeds();
    const QString missed = missing();
    m_export->setEnabled(any && !m_busy && !m_folder->path().isEmpty() && missed.isEmpty());
    m_hint->setText(
        !any     ? tr("There is no adapter yet: train one first, or open a folder that holds one.")
        : m_busy ? tr("Writing and reading back ...")
                 : missed);
    m_hint->setVisible(!m_hint->text().isEmpty());
    m_formats->setBusy(m_busy);
    for (QWidget* part : {static_cast<QWidget*>(m_adapter), static_cast<QWidget*>(m_folder),
                          static_cast<QWidget*>(m_force), static_cast<QWidget*>(m_data),
                          static_cast<QWidget*>(m_task), static_cast<QWidget*>(m_rank),
                          static_cast<QWidget*>(m_dtype)})
        part->setEnabled(!m_busy);
    showAdapter();
    showReport();
}

void ExportPage::showAdapter() {
    m_facts->setVisible(m_summary.has_value());
    if (!m_summary) return;
    if (!*m_summary) {
        m_facts->setText(errorText(m_summary->error()).what);
        setTone(m_facts, Tone::Neutral);
        return;
    }
    const AdapterSummary& a = **m_summary;
    m_facts->setText(tr("%1: %2 experts of rank %3, alpha %4, %5 parameters in %6 tensors; base %7")
                         .arg(qs(a.method), countText(a.experts), countText(a.rank),
                              realText(a.alpha), countText(a.parameters), countText(a.tensors),
                              qs(a.base_name)) +
                     QLatin1Char('\n') + wholeText(a));
    setTone(m_facts, a.files_whole ? Tone::Neutral : Tone::Bad);
}

QString ExportPage::wholeText(const AdapterSummary& adapter) {
    if (!adapter.files_whole) return tr("Its files are no longer those that were written.");
    return adapter.listed_in.empty() ? tr("It names no check sums, so its files cannot be checked.")
                                     : tr("Complete: its files are those that were written.");
}

void ExportPage::showReport() {
    const bool good = m_answer && *m_answer;
    m_error->setIssues({});
    m_openFolder->setVisible(good);
    m_files->setVisible(good);
    m_verified->show(QString(), Tone::Neutral);
    m_empty->setVisible(!m_answer);
    m_reportText->setVisible(m_answer.has_value());
    if (!m_answer) {
        m_empty->setTexts(m_busy ? tr("Writing and reading back ...") : tr("Nothing exported yet"),
                          tr("After the export this place says which files were written and "
                             "whether every tensor came back equal."),
                          {});
        return;
    }
    if (!good) {
        m_reportText->clear();
        m_error->setError(m_answer->error());
        return;
    }
    const Answer& answer = **m_answer;
    m_verified->show(answer.report.verified ? tr("✓ verified") : tr("✗ not verified"),
                     answer.report.verified ? Tone::Good : Tone::Bad);
    m_reportText->setText(reportLines(answer).join(QLatin1Char('\n')));
    QStringList files;
    for (const std::string& file : answer.report.files) files << qs(file);
    m_files->setText(files.join(QLatin1Char('\n')));
    m_error->setIssues(answer.report.issues);
    // A merged model and a folder of folders are no adapter.
    const bool adapter = m_exported.format != "merged" && m_exported.format != "peft-per-expert";
    if (!answer.reloaded && adapter) m_error->setError(answer.reloaded.error());
}

QStringList ExportPage::reportLines(const Answer& answer) {
    const ExportReport& report = answer.report;
    QStringList lines;
    lines << (report.verified
                  ? tr("Read back from disk: every tensor is equal.")
                  : tr("Read back from disk: not everything is equal. Do not pass it on."));
    if (!report.exact)
        lines << tr("An approximation: the routing is not in it, and what follows is its drift.");
    if (report.probes > 0) {
        lines
            << tr("Largest logit difference to the adapter on %Ln probe(s): %1; the adapter itself "
                  "moves them by %2.",
                  "", many(report.probes))
                   .arg(realText(report.max_logit_difference, 3), realText(report.effect, 3));
        lines << tr("Answers to them equal to the adapter's: %1 of %2; the base gives %3 of them.")
                     .arg(countText(report.equal_answers), countText(report.probes),
                          countText(report.base_equal_answers));
    }
    if (answer.reloaded)
        lines << tr("Opened again: %1, %2 parameters.")
                     .arg(qs(answer.reloaded->method), countText(answer.reloaded->parameters));
    return lines;
}

}  // namespace moelora::ui
