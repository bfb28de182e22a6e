// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/compare/compare_page.h"

#include <QComboBox>
#include <QDesktopServices>
#include <QFileInfo>
#include <QListView>
#include <QShortcut>
#include <QStackedWidget>
#include <QTabBar>
#include <QUrl>

#include "core/options/config.h"
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
    connect(m_save, &QPushButton::clicked, this, &ComparePage::askFolder);
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
    // As it was trained: another precision would show another model. Its quantization is known to
    // the adapter.
    const ModelOptions& model = (m_recorded ? *m_recorded : m_workbench.project.options()).model;
    spec.compute_dtype = model.compute_dtype;
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
    // As it computed, whatever is chosen above by now.
    for (const auto& [type, name] : EnumNames<ComputeDtype>::table)
        if (name == c.provenance.dtype) question.compute_dtype = type;
    question.adapter_scale = c.provenance.adapter_scale.value_or(1);
    askRouted(qs(c.provenance.adapter_path));
    m_routing->setQuestion(question, m_routed);
}

// Its experts are those of the comparison, whatever adapter is chosen above by now.
void ComparePage::askRouted(const QString& adapter) {
    if (adapter == m_routedOf) return;
    m_routedOf = adapter;
    m_routed = 0;
    m_askRouted.cancel();
    if (adapter.isEmpty()) return;
    m_askRouted.ask(
        this,
        [&session = m_workbench.session, path = ss(adapter)] {
            return session.inspect_adapter(path);
        },
        [this](const Result<AdapterSummary>& summary) {
            m_routed = summary ? summary->experts : 0;
            markStale();
        });
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

void ComparePage::showSample() {
    const ComparisonModel& model = m_workbench.compare.model();
    if (const ComparedSample* sample = model.sample(currentSample()))
        m_captions->showSample(*sample, model.comparison(), model.whole());
}

}  // namespace moelora::ui
