// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/compare/compare_page.h"

#include <QComboBox>
#include <QDesktopServices>
#include <QDir>
#include <QFileDialog>
#include <QFileInfo>
#include <QListView>
#include <QShortcut>
#include <QStackedWidget>
#include <QTabBar>
#include <QUrl>

#include "core/eval/captions.h"
#include "core/options/config.h"
#include "core/session/compare_report.h"
#include "ui/bridge/reasons.h"
#include "ui/bridge/text.h"
#include "ui/models/run_details.h"
#include "ui/pages/compare/blind_pane.h"
#include "ui/pages/compare/caption_list.h"
#include "ui/pages/compare/captions_pane.h"
#include "ui/pages/compare/compare_controls.h"
#include "ui/pages/compare/grid_pane.h"
#include "ui/pages/compare/routing_pane.h"
#include "ui/pages/compare/scores_pane.h"
#include "ui/widgets/basics.h"
#include "ui/widgets/theme.h"

namespace moelora::ui {

namespace {
QString scoreText(const CaptionMetrics& m) {
    return m.samples > 0
               ? QStringLiteral("%1\u00a0/\u00a0%2").arg(countText(m.exact), countText(m.samples))
               : QStringLiteral("–");
}

}  // namespace

ComparePage::ComparePage(Workbench& workbench, QWidget* parent)
    : Page(workbench, QStringLiteral("compare"), parent),
      m_stack(new QStackedWidget),
      m_empty(new EmptyState(QStringLiteral("compare"))) {
    m_test = new Chip;
    m_report = makeButton(QStringLiteral("open"), false);
    m_head->addWidget(m_test);
    m_save = makeButton(QStringLiteral("save"), false);
    m_save->setObjectName(QStringLiteral("saveComparison"));
    m_head->addWidget(m_save);
    m_head->addWidget(m_report);
    m_controls = new CompareControls(m_workbench);
    m_body->addWidget(m_controls);
    makePanes();
    connectAll();
    askRecorded();
    keepText(this, [this] { retranslate(); });
    keepLook(this, [this] { markStale(); });
}

// The panes of a comparison, and the grid of checkpoints, which needs none.
void ComparePage::makePanes() {
    m_panes = new QTabBar;
    m_panes->setObjectName(QStringLiteral("comparePanes"));
    m_panes->setDrawBase(false);
    m_panes->setExpanding(false);
    for (int pane = Captions; pane <= Checkpoints; ++pane) m_panes->addTab(QString());
    m_grid = new GridPane(m_workbench, [this] { return question(); });
    auto* grid = new Card;
    grid->body()->addWidget(m_grid);
    m_stack->addWidget(m_empty);
    m_stack->addWidget(makeResult());
    m_stack->addWidget(grid);
    auto* column = new QVBoxLayout;
    column->setSpacing(8);
    column->addWidget(m_panes);
    column->addWidget(m_stack, 1);
    m_body->addLayout(column, 1);
}

QWidget* ComparePage::makeList() {
    m_list = new Card;
    m_filter = new QComboBox;
    m_list->head()->addWidget(m_filter);
    m_order = new QComboBox;
    m_order->setObjectName(QStringLiteral("compareOrder"));
    m_list->body()->addWidget(m_order);
    m_samples = new QListView;
    m_samples->setObjectName(QStringLiteral("compareSamples"));
    m_proxy = new ComparisonFilter(this);
    m_proxy->setSourceModel(&m_workbench.compare.model());
    m_delegate = new CaptionDelegate(m_workbench.pictures, this);
    m_samples->setModel(m_proxy);
    m_samples->setItemDelegate(m_delegate);
    m_samples->setUniformItemSizes(true);
    m_samples->setMouseTracking(true);
    m_samples->setFrameShape(QFrame::NoFrame);
    m_samples->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_list->body()->addWidget(m_samples, 1);
    m_scores = makeLabel("muted");
    m_list->body()->addWidget(m_scores);
    return m_list;
}

QWidget* ComparePage::makeResult() {
    auto* result = new QWidget;
    auto* column = new QVBoxLayout(result);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(8);
    m_banner = makeLabel("message");
    m_banner->setObjectName(QStringLiteral("selfTestBanner"));
    m_banner->hide();
    column->addWidget(m_banner);
    auto* row = new QHBoxLayout;
    row->setSpacing(12);
    row->addWidget(makeList(), 2);
    m_scorePane = new ScoresPane;
    m_routing = new RoutingPane(m_workbench);
    m_blind = new BlindPane(m_workbench);
    m_paneStack = new QStackedWidget;
    m_captions = new CaptionsPane(m_workbench.pictures);
    m_paneStack->addWidget(m_captions);
    for (QWidget* pane : {static_cast<QWidget*>(m_scorePane), static_cast<QWidget*>(m_routing),
                          static_cast<QWidget*>(m_blind)}) {
        auto* card = new Card;
        card->body()->addWidget(pane);
        m_paneStack->addWidget(card);
    }
    row->addWidget(m_paneStack, 5);
    column->addLayout(row, 1);
    m_provenance = makeLabel("muted");
    m_provenance->setTextInteractionFlags(Qt::TextSelectableByMouse);
    column->addWidget(m_provenance);
    return result;
}

void ComparePage::connectAll() {
    CompareJob& job = m_workbench.compare;
    const auto stale = [this] { markStale(); };
    connect(&job, &CompareJob::stateChanged, this, stale);
    connect(&job, &CompareJob::progressed, this, stale);
    connect(&job.model(), &QAbstractItemModel::modelAboutToBeReset, this,
            [this] { m_before = m_workbench.compare.model().whole() ? 0 : currentSample(); });
    connect(&job.model(), &QAbstractItemModel::modelReset, this, [this] {
        setOrder(m_order->currentIndex() == 1);
        m_scorePane->setComparison(m_workbench.compare.model().comparison());
        // Whoever reads while the rest comes stays where they are.
        const QModelIndex same =
            m_proxy->mapFromSource(m_workbench.compare.model().index(std::max(0, m_before), 0));
        m_samples->setCurrentIndex(same.isValid() ? same : m_proxy->index(0, 0));
        markStale();
    });
    connect(&job.model(), &QAbstractItemModel::rowsInserted, this, [this] {
        if (!m_samples->currentIndex().isValid()) m_samples->setCurrentIndex(m_proxy->index(0, 0));
        markStale();
    });
    connect(m_order, &QComboBox::activated, this, [this](int index) { setOrder(index == 1); });
    connect(m_panes, &QTabBar::currentChanged, this, [this](int pane) {
        if (pane < m_paneStack->count()) m_paneStack->setCurrentIndex(pane);
        m_list->setVisible(pane != Blind);  // it tells which caption is whose
        if (pane == Blind) m_blind->setFocus();
        markStale();
    });
    connect(m_controls, &CompareControls::adapterChanged, this, &ComparePage::askRecorded);
    connect(m_controls, &CompareControls::startWanted, this, &ComparePage::start);
    connect(&m_workbench, &Workbench::comparisonWanted, this, &ComparePage::startWhenReady);
    connect(&m_workbench.project, &Project::optionsChanged, this, stale);
    connect(&m_workbench.pictures, &PictureLoader::loaded, this, [this] {
        m_samples->viewport()->update();
        markStale();
    });
    connect(m_grid, &GridPane::checkpointWanted, m_controls, &CompareControls::chooseCheckpoint);
    connect(&m_workbench, &Workbench::runsChanged, this, stale);
    connect(m_captions, &CaptionsPane::stepWanted, this, &ComparePage::step);
    connect(m_empty->button(), &QPushButton::clicked, this,
            [this] { m_workbench.showPage(QStringLiteral("runs")); });
    connect(m_filter, &QComboBox::activated, this, [this](int index) {
        m_proxy->setShow(static_cast<ComparisonFilter::Show>(index));
        if (!m_samples->currentIndex().isValid()) m_samples->setCurrentIndex(m_proxy->index(0, 0));
    });
    connect(m_samples->selectionModel(), &QItemSelectionModel::currentChanged, this, stale);
    connect(m_report, &QPushButton::clicked, this, [this] {
        QDesktopServices::openUrl(QUrl::fromLocalFile(m_workbench.compare.model().folder() +
                                                      QStringLiteral("/index.html")));
    });
    connect(m_save, &QPushButton::clicked, this, [this] {
        const QString folder =
            QFileDialog::getSaveFileName(this, tr("Save the report as a new folder"),
                                         QDir::home().filePath(QStringLiteral("comparison")));
        if (!folder.isEmpty()) saveReport(folder);
    });
    // Plain letters act only while the list has the focus, never in a text field.
    const auto key = [this](const QKeySequence& keys, int direction) {
        auto* shortcut = new QShortcut(keys, m_samples);
        shortcut->setContext(Qt::WidgetWithChildrenShortcut);
        connect(shortcut, &QShortcut::activated, this, [this, direction] { step(direction); });
    };
    key(Qt::Key_N, 1);
    key(Qt::Key_P, -1);
    auto* cancel = new QShortcut(Qt::Key_Escape, this);
    cancel->setContext(Qt::WidgetWithChildrenShortcut);
    connect(cancel, &QShortcut::activated, this, [this] {
        m_workbench.grid.stop();
        m_workbench.compare.stop();
    });
}

void ComparePage::retranslate() {
    setTitle(tr("Compare"),
             tr("The same pictures, the same prompts, with and without the adapter."));
    m_report->setText(tr("HTML report"));
    m_save->setText(tr("Save report ..."));
    m_save->setToolTip(
        tr("A new folder with the report (HTML with pictures), tables (CSV), COCO results and the "
           "comparison itself, which can be opened again"));
    m_list->setTitle(tr("Samples"));
    m_samples->setAccessibleName(tr("Compared samples"));
    m_filter->setAccessibleName(tr("Samples shown"));
    const int shown = std::max(0, m_filter->currentIndex());
    m_filter->clear();
    m_filter->addItems({tr("all"), tr("differing"), tr("▲ won"), tr("▼ lost")});
    m_filter->setCurrentIndex(shown);
    const int order = std::max(0, m_order->currentIndex());
    m_order->clear();
    m_order->addItems({tr("in the order of the data"), tr("what got worse first")});
    m_order->setCurrentIndex(order);
    m_order->setAccessibleName(tr("Order of the samples"));
    const QString panes[] = {tr("Captions"), tr("Scores"), tr("Routing"), tr("Blind"),
                             tr("Checkpoints")};
    for (int pane = Captions; pane <= Checkpoints; ++pane) m_panes->setTabText(pane, panes[pane]);
    m_panes->setAccessibleName(tr("What is shown of the comparison"));
    markStale();
}

// How the run computed: known before Compare is pressed.
void ComparePage::askRecorded() {
    markStale();
    const QString path = m_controls->adapter();
    if (path == m_asked) return;
    m_asked = path;
    m_recorded.reset();
    m_recordedKnown = false;
    m_askRecorded.ask(
        this,
        [path = ss(path)]() -> Result<std::optional<RunOptions>> { return recordedOptions(path); },
        [this](Result<std::optional<RunOptions>> recorded) {
            if (recorded) m_recorded = std::move(*recorded);
            m_recordedKnown = true;
            markStale();
        });
}

// The model the run was trained on; for a bare adapter folder the project's, or that of the
// comparison shown.
QString ComparePage::modelPath() const {
    const RunSummary* run = m_workbench.runAt(m_controls->adapter());
    if (run && !run->model.empty()) return qs(run->model);
    if (m_recorded) return qs(m_recorded->model.path);
    const std::string& chosen = m_workbench.project.options().model.path;
    return qs(chosen.empty() ? m_workbench.compare.model().comparison().provenance.model_path
                             : chosen);
}

// As soon as the adapter that was asked for is known.
void ComparePage::startWhenReady() {
    m_wanted = true;
    markStale();
}

void ComparePage::start() {
    m_wanted = false;
    m_workbench.compare.start(question());
}

CompareSpec ComparePage::question() const {
    CompareSpec spec = m_controls->spec();
    spec.model = ss(modelPath());
    spec.generate = m_workbench.project.options().generate;
    spec.device = m_workbench.project.options().device;
    // As it was trained: another precision would show another model.
    const ModelOptions& model = (m_recorded ? *m_recorded : m_workbench.project.options()).model;
    spec.compute_dtype = model.compute_dtype;
    spec.quantization = model.quantization;
    // The columns and folders that make the data set readable are known to who trained on it.
    const auto readsIt = [&](const RunOptions& options) {
        return !spec.data.empty() && QFileInfo(qs(spec.data)) == QFileInfo(qs(options.data.path));
    };
    if (readsIt(m_workbench.project.options()))
        spec.settings = reading_settings(m_workbench.project.options().data);
    else if (m_recorded && readsIt(*m_recorded))
        spec.settings = reading_settings(m_recorded->data);
    return spec;
}

int ComparePage::currentSample() const {
    return m_proxy->mapToSource(m_samples->currentIndex()).row();
}

void ComparePage::step(int direction) {
    for (int row = m_samples->currentIndex().row() + direction;
         row >= 0 && row < m_proxy->rowCount(); row += direction) {
        const QModelIndex index = m_proxy->index(row, 0);
        if (static_cast<Verdict>(index.data(ComparisonModel::VerdictRole).toInt()) == Verdict::Same)
            continue;
        m_samples->setCurrentIndex(index);
        return;
    }
}

void ComparePage::refresh() {
    showControls();
    m_grid->refresh(m_controls->adapter(), m_controls->askable());
    const bool any = !m_workbench.compare.model().empty();
    m_stack->setCurrentIndex(m_panes->currentIndex() == Checkpoints ? 2 : any ? 1 : 0);
    m_test->setVisible(any);
    m_save->setVisible(m_workbench.compare.model().whole());
    m_report->setVisible(any && QFileInfo::exists(m_workbench.compare.model().folder() +
                                                  QStringLiteral("/index.html")));
    if (!any) return;
    showScores();
    showBanner();
    showSample();
    showPanes();
}

// Written off the GUI thread: pictures are copied.
void ComparePage::saveReport(const QString& folder) {
    m_askSave.ask(
        this,
        [comparison = m_workbench.compare.model().comparison(),
         folder = ss(folder)]() -> Result<bool> {
            MOELORA_TRY_STATUS(save_comparison(comparison, folder));
            return true;
        },
        [this, folder](const Result<bool>& saved) {
            if (!saved) {
                m_workbench.report(saved.error());
                return;
            }
            m_workbench.compare.model().setFolder(folder);
            m_workbench.say(tr("Written: %1").arg(folder));
            markStale();
        });
}

void ComparePage::showPanes() {
    if (m_panes->currentIndex() == Routing) showRouting();
    if (m_panes->currentIndex() == Blind) m_blind->refresh();
}

// As the comparison computed, on the sample that is chosen.
void ComparePage::showRouting() {
    RoutingSpec question;
    const Comparison& c = m_workbench.compare.model().comparison();
    question.model = c.provenance.model_path;
    question.adapter = c.provenance.adapter_path;
    if (const ComparedSample* s = m_workbench.compare.model().sample(currentSample())) {
        question.sample = s->sample;
        question.caption = s->adapted.text;
    }
    question.generate = m_workbench.project.options().generate;
    question.device = m_workbench.project.options().device;
    const ModelOptions& model = (m_recorded ? *m_recorded : m_workbench.project.options()).model;
    question.compute_dtype = model.compute_dtype;
    question.quantization = model.quantization;
    // As it computed, whatever is chosen above by now.
    for (const auto& [type, name] : EnumNames<ComputeDtype>::table)
        if (name == c.provenance.dtype) question.compute_dtype = type;
    question.adapter_scale = c.provenance.adapter_scale.value_or(1);
    m_routing->setQuestion(question, m_controls->experts());
}

// Judged off the GUI thread: an exact match that was lost counts most, then ROUGE-L.
void ComparePage::setOrder(bool worstFirst) {
    m_askGains.cancel();
    ComparisonModel& model = m_workbench.compare.model();
    if (!worstFirst) {
        m_proxy->sort(-1);
        return;
    }
    m_askGains.ask(
        this,
        [samples = model.comparison().samples]() -> Result<std::vector<double>> {
            return gainsOf(samples);
        },
        [this](Result<std::vector<double>> gains) {
            if (!gains) return;
            m_workbench.compare.model().setGains(std::move(*gains));
            m_proxy->setSortRole(ComparisonModel::GainRole);
            m_proxy->sort(0);
            m_samples->setCurrentIndex(m_proxy->index(0, 0));
            m_samples->scrollToTop();
        });
}

void ComparePage::showControls() {
    const bool running = m_workbench.compare.running(), adapters = !m_controls->adapter().isEmpty();
    m_controls->refresh(m_recordedKnown);
    if (m_wanted && m_controls->startable()) start();
    m_empty->setTexts(running    ? tr("Captioning ...")
                      : adapters ? tr("Nothing compared yet")
                                 : tr("No adapter yet"),
                      running    ? tr("The captions of base and adapter appear as they come.")
                      : adapters ? tr("Choose an adapter and pictures above, then press Compare.")
                                 : tr("Train an adapter, or open an earlier run; then its captions "
                                      "stand beside those of the base."),
                      adapters || running ? QString() : tr("Show the runs"));
}

// Before the comparison is whole there are captions and nothing that proves or judges them.
void ComparePage::showUnproven() {
    const bool running = m_workbench.compare.running();
    m_test->show(running ? tr("not proven yet") : tr("not proven"), Tone::Neutral);
    m_test->setToolTip(
        running ? tr("The self-test is made when all captions are there")
                : tr("The comparison ended early: nothing proves whose captions these are"));
    m_scores->setText(
        tr("%1 samples so far").arg(countText(m_workbench.compare.model().rowCount())));
    m_provenance->setText(QStringLiteral("\u00a0"));
}

void ComparePage::showScores() {
    if (!m_workbench.compare.model().whole()) return showUnproven();
    const Comparison& c = m_workbench.compare.model().comparison();
    const SelfTest& test = c.self_test;
    m_test->show(test.passed() ? tr("✓ self-test passed") : tr("✗ self-test failed"),
                 test.passed() ? Tone::Good : Tone::Bad);
    m_test->setToolTip(tr("Adapter off equals base: %1\nAdapter on differs: %2 (largest logit "
                          "difference %3)\nAdapted layers: %4")
                           .arg(test.adapter_off_equals_base ? tr("yes") : tr("no"),
                                test.adapter_on_differs ? tr("yes") : tr("no"),
                                realText(test.max_logit_difference, 3), countText(test.sites)));
    QString text = tr("Equal to the reference: base %1, adapted %2")
                       .arg(scoreText(c.base), scoreText(c.adapted));
    for (const auto& [task, exact] : c.adapted.by_task) {
        const auto before = c.base.by_task.find(task);
        text +=
            QStringLiteral("\n%1: %2 → %3 / %4")
                .arg(qs(task), countText(before == c.base.by_task.end() ? 0 : before->second.first),
                     countText(exact.first), countText(exact.second));
    }
    m_scores->setText(text);
    const Provenance& p = c.provenance;
    m_provenance->setText(
        tr("Model %1 (%2) · adapter %3 (%4) · %5, %6, %7 · made %8 UTC by version %9")
            .arg(shortPath(p.model_path),
                 shortHash(p.model_sha256.empty() ? p.model_fingerprint : p.model_sha256),
                 shortPath(p.adapter_path), shortHash(p.adapter_fingerprint), remarkText(p.device),
                 qs(p.dtype),
                 p.greedy ? tr("greedy") : tr("sampled, seed %1").arg(QString::number(p.seed)),
                 qs(p.created_utc), qs(p.program_version)) +
        (p.adapter_scale ? tr(" · scale %1").arg(fixedText(*p.adapter_scale, 2)) : QString()) +
        (p.forced_expert ? tr(" · only expert %1").arg(countText(*p.forced_expert + 1))
                         : QString()) +
        askedText(p));
}

// What was asked, how long an answer might be, and which update answered.
QString ComparePage::askedText(const Provenance& p) {
    QString out;
    if (p.adapter_step > 0) out += tr(" · update %1").arg(countText(p.adapter_step));
    if (p.resize.size() == 2)
        out +=
            tr(" · pictures of %1 × %2 pixels").arg(countText(p.resize[1]), countText(p.resize[0]));
    else if (p.max_pixels > 0)
        out += tr(" · pictures of at most %1 pixels").arg(countText(p.max_pixels));
    if (p.max_new_tokens > 0) out += tr(" · at most %1 tokens").arg(countText(p.max_new_tokens));
    for (const std::string& setting : p.settings) out += QStringLiteral(" · ") + qs(setting);
    if (p.prompts.empty()) return out;
    const QString first = qs(p.prompts.front());
    return out + (p.prompt_count > 1
                      ? tr(" · asked “%1” and %2 more").arg(first, countText(p.prompt_count - 1))
                      : tr(" · asked “%1”").arg(first));
}

// Columns that are not what they say are worse than none.
void ComparePage::showBanner() {
    if (!m_workbench.compare.model().whole()) {
        const std::optional<Error>& error = m_workbench.compare.error();
        m_banner->setVisible(error.has_value());
        if (error)
            m_banner->setText(
                tr("Do not trust these columns. %1").arg(errorText(*error).oneLine()));
        setTone(m_banner, Tone::Bad);
        return;
    }
    const SelfTest& test = m_workbench.compare.model().comparison().self_test;
    const std::pair<bool, QString> failures[] = {
        {test.sites == 0, tr("No layer is adapted.")},
        {!test.adapter_off_equals_base,
         tr("With the adapter off the model does not compute what the base computes: the column "
            "Base is not the base.")},
        {!test.adapter_on_differs,
         tr("The adapter changes nothing: it has not learnt anything yet, or it is not attached.")},
        {test.picture_ignored,
         tr("Another picture gives the same answer: the picture is not looked at.")},
        {test.columns_swapped,
         tr("The captions fit the other column's model better: the columns are swapped.")}};
    QStringList said;
    for (const auto& [failed, text] : failures)
        if (failed) said << text;
    m_banner->setVisible(!said.isEmpty());
    m_banner->setText(tr("Do not trust these columns. %1").arg(said.join(QLatin1Char(' '))));
    setTone(m_banner, Tone::Bad);
}

void ComparePage::showSample() {
    const ComparisonModel& model = m_workbench.compare.model();
    if (const ComparedSample* sample = model.sample(currentSample()))
        m_captions->showSample(*sample, model.comparison());
}

}  // namespace moelora::ui
