// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/data/data_page.h"

#include <QCheckBox>
#include <QFileInfo>
#include <QLineEdit>
#include <QListView>
#include <QShortcut>
#include <QStackedWidget>
#include <QTabBar>
#include <algorithm>

#include "core/session/samples.h"
#include "ui/bridge/file_errors.h"
#include "ui/bridge/plural.h"
#include "ui/bridge/text.h"
#include "ui/pages/data/budget_pane.h"
#include "ui/pages/data/caption_edit.h"
#include "ui/pages/data/doctor_pane.h"
#include "ui/pages/data/findings_list.h"
#include "ui/pages/data/pixel_pane.h"
#include "ui/pages/data/sample_delegate.h"
#include "ui/pages/data/seen_pane.h"
#include "ui/pages/data/source_card.h"
#include "ui/pages/data/split_pane.h"
#include "ui/widgets/basics.h"
#include "ui/widgets/export_button.h"
#include "ui/widgets/image_view.h"
#include "ui/widgets/theme.h"

namespace moelora::ui {

namespace {
constexpr int pictureSide = 300, typingRestMs = 150;
}

DataPage::DataPage(Workbench& workbench, QWidget* parent)
    : Page(workbench, QStringLiteral("data"), parent),
      m_samples(new SamplesModel(this)),
      m_shown(new FilteredSamples(m_samples, this)),
      m_source(new SourceCard(workbench)),
      m_stack(new QStackedWidget),
      m_empty(new EmptyState(QStringLiteral("picture"))) {
    auto* content = new QWidget;
    auto* row = new QHBoxLayout(content);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(12);
    row->addWidget(makeGrid(), 5);
    row->addWidget(makeDetail(), 3);
    m_stack->addWidget(m_empty);
    m_stack->addWidget(content);
    m_body->addWidget(m_source);
    m_body->addWidget(m_stack, 1);
    m_typing.setSingleShot(true);
    m_typing.setInterval(typingRestMs);
    connectAll();
    keepText(this, [this] { retranslate(); });
    keepLook(this, [this] { m_grid->viewport()->update(); });
}

QWidget* DataPage::makeGrid() {
    m_gridCard = new Card;
    m_filter = new QLineEdit;
    m_filter->setObjectName(QStringLiteral("sampleFilter"));
    m_filter->setClearButtonEnabled(true);
    m_count = makeLabel("muted");
    m_count->setObjectName(QStringLiteral("sampleCount"));
    m_count->setWordWrap(false);
    m_all = makeButton({}, false);
    m_all->setObjectName(QStringLiteral("showAll"));
    m_all->hide();
    m_gridCard->head()->addWidget(m_all);
    m_gridCard->head()->addWidget(m_count);
    m_filterError = makeLabel("fieldError");
    m_filterError->setObjectName(QStringLiteral("filterError"));
    m_filterError->hide();
    m_grid = new QListView;
    m_grid->setObjectName(QStringLiteral("sampleGrid"));
    m_grid->setModel(m_shown);
    m_grid->setItemDelegate(new SampleDelegate(m_workbench.pictures, m_grid));
    m_grid->setViewMode(QListView::IconMode);
    m_grid->setResizeMode(QListView::Adjust);
    m_grid->setMovement(QListView::Static);
    m_grid->setUniformItemSizes(true);
    m_grid->setMouseTracking(true);
    m_grid->setFrameShape(QFrame::NoFrame);
    m_grid->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_grid->setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    m_gridCard->body()->addWidget(m_filter);
    m_gridCard->body()->addWidget(m_filterError);
    m_gridCard->body()->addWidget(m_grid, 1);
    return m_gridCard;
}

// The sample, how long all are, and what is wrong with them: three views of one place.
QWidget* DataPage::makeDetail() {
    m_detail = new Card;
    m_panes = new QTabBar;
    m_panes->setObjectName(QStringLiteral("dataPanes"));
    m_panes->setDrawBase(false);
    m_panes->setExpanding(false);
    m_panes->setUsesScrollButtons(false);  // with large letters the page grows and scrolls
    m_panes->setElideMode(Qt::ElideNone);
    for (int pane = Sample; pane <= Split; ++pane) m_panes->addTab(QString());
    m_task = new Chip;
    m_probe = new QCheckBox;
    m_probe->setObjectName(QStringLiteral("probe"));
    m_exclude = new QCheckBox;
    m_exclude->setObjectName(QStringLiteral("excludeSample"));
    m_panes->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);  // the chosen one is bold
    m_detail->head()->insertWidget(0, m_panes, 1);
    m_budget = new BudgetPane(m_workbench.pictures);
    m_pixels = new PixelPane(m_workbench);
    m_budget->setAbove(m_pixels);
    m_doctor = new DoctorPane(m_workbench.session);
    m_doctor->findings()->setSamples(
        &m_samples->index(), [this](const std::string& id) { return m_samples->isExcluded(id); });
    m_seen = new SeenPane(m_workbench.session);
    m_split = new SplitPane(m_workbench, *m_samples);
    m_paneStack = new QStackedWidget;
    for (QWidget* pane :
         {makeSample(), static_cast<QWidget*>(m_seen), static_cast<QWidget*>(m_budget),
          static_cast<QWidget*>(m_doctor), static_cast<QWidget*>(m_split)})
        m_paneStack->addWidget(pane);
    m_detail->body()->addWidget(m_paneStack, 1);
    return m_detail;
}

QWidget* DataPage::makeSample() {
    m_picture = new ImageView;
    m_picture->setMinimumHeight(180);
    m_name = makeLabel("muted");
    m_prompt = makeLabel("muted");
    m_captions = new CaptionEdit;
    for (QLabel* label : {m_name, m_prompt})
        label->setTextInteractionFlags(Qt::TextSelectableByMouse);
    auto* texts = new QWidget;
    auto* column = new QVBoxLayout(texts);
    column->setContentsMargins(0, 0, 6, 0);
    auto* asked = new QHBoxLayout;
    asked->addWidget(m_prompt, 1);
    asked->addWidget(m_task, 0, Qt::AlignTop);
    column->addLayout(asked);
    for (QWidget* part : {static_cast<QWidget*>(m_captions), static_cast<QWidget*>(m_name)})
        column->addWidget(part);
    for (QCheckBox* box : {m_probe, m_exclude}) column->addWidget(box, 0, Qt::AlignLeft);
    column->addStretch();
    auto* sample = new QWidget;
    auto* parts = new QVBoxLayout(sample);
    parts->setContentsMargins(0, 0, 0, 0);
    parts->addWidget(m_picture, 3);
    parts->addWidget(scrolled(texts, "sampleScroll"), 2);
    return sample;
}

void DataPage::connectAll() {
    const auto stale = [this] { markStale(); };
    connect(&m_workbench.project, &Project::optionsChanged, this, stale);
    connect(&m_workbench.project, &Project::dataChanged, this, &DataPage::showIssues);
    connect(&m_workbench.pictures, &PictureLoader::loaded, this, [this] {
        m_grid->viewport()->update();
        markStale();
    });
    connect(m_filter, &QLineEdit::textChanged, &m_typing, qOverload<>(&QTimer::start));
    connect(&m_typing, &QTimer::timeout, this, &DataPage::applyFilter);
    connect(m_grid->selectionModel(), &QItemSelectionModel::currentChanged, this, stale);
    connect(m_empty->button(), &QPushButton::clicked, this, [this] { m_workbench.openDemo(); });
    connect(m_panes, &QTabBar::currentChanged, this, [this](int pane) {
        m_paneStack->setCurrentIndex(pane);
        markStale();
    });
    connect(m_budget, &BudgetPane::unwritable, this,
            [this](const QString& path, const QString& why) {
                m_workbench.report(unwritable(path, why));
            });
    connect(m_budget, &BudgetPane::chosen, this, &DataPage::choose);
    connect(m_split, &SplitPane::chosen, this, &DataPage::choose);
    connect(m_split, &SplitPane::examineWanted, this, [this] {
        m_panes->setCurrentIndex(Doctor);
        m_doctor->begin();
    });
    connect(m_doctor, &DoctorPane::findingsChanged, this, &DataPage::showIssues);
    connect(m_probe, &QCheckBox::clicked, this, &DataPage::toggleProbe);
    connect(m_exclude, &QCheckBox::clicked, this, &DataPage::toggleExcluded);
    connect(m_captions, &CaptionEdit::edited, this, &DataPage::takeCaption);
    connect(m_all, &QPushButton::clicked, this, [this] { showOnly({}); });
    connect(&m_workbench.project, &Project::captionsChanged, this, [this] {
        m_asked.reset();
        m_seen->forget();
        markStale();
    });
    const FindingsList* findings = m_doctor->findings();
    connect(findings, &FindingsList::samplesWanted, this, &DataPage::showOnly);
    connect(findings, &FindingsList::exclusionWanted, &m_workbench.project, &Project::setExcluded);
    connect(findings, &FindingsList::written, this,
            [this](const QString& path) { m_workbench.say(tr("Written: %1").arg(path)); });
    connect(findings, &FindingsList::notWritten, this, [this](const QString& path) {
        m_workbench.report(unwritable(path, whyNotWritten(path)));
    });
    connectKeys();
}

// Those without a modifier act in the grid alone, never in a text field.
void DataPage::connectKeys() {
    const auto on = [this](const QKeySequence& keys, QWidget* where, auto slot) {
        auto* shortcut = new QShortcut(keys, where);
        shortcut->setContext(Qt::WidgetWithChildrenShortcut);
        connect(shortcut, &QShortcut::activated, this, slot);
    };
    on(QKeySequence::Find, this, [this] { m_filter->setFocus(); });
    on(Qt::Key_F3, this, [this] {
        const int next = m_grid->currentIndex().row() + 1;
        m_grid->setCurrentIndex(m_shown->index(next < m_shown->rowCount() ? next : 0, 0));
    });
    on(Qt::Key_Escape, m_doctor, [this] { m_doctor->cancel(); });
    on(Qt::CTRL | Qt::Key_Up, this, [this] { step(-1, false); });
    on(Qt::CTRL | Qt::Key_Down, this, [this] { step(1, false); });
    on(Qt::CTRL | Qt::Key_J, this, [this] { step(1, true); });
    on(Qt::Key_F2, this, [this] {
        m_panes->setCurrentIndex(Sample);
        m_captions->editFirst();
    });
    on(Qt::Key_Delete, m_grid, [this] {
        m_exclude->setChecked(!m_exclude->isChecked());
        toggleExcluded();
    });
}

void DataPage::retranslate() {
    setTitle(tr("Data"), tr("Every picture with its captions, as the training will read them."));
    m_gridCard->setTitle(tr("Samples"));
    const QString panes[] = {tr("Sample"), tr("Model's view"), tr("Tokens"), tr("Doctor"),
                             tr("Split")};
    const QString tips[] = {tr("The sample with its captions (F2 corrects the first)"),
                            tr("What the model sees of the sample"),
                            tr("How long the samples are, and how large pictures may be"),
                            tr("What is wrong with the data"),
                            tr("What is learnt, what is kept for evaluation, and the probes")};
    for (int pane = Sample; pane <= Split; ++pane) {
        m_panes->setTabText(pane, panes[pane]);
        m_panes->setTabToolTip(pane, tips[pane]);
    }
    m_panes->setAccessibleName(tr("What is shown beside the samples"));
    m_probe->setText(tr("Caption while training"));
    m_probe->setToolTip(
        tr("Makes this sample one of the chosen probes: they are captioned while the run trains, "
           "and asked again by comparisons and exports of its adapter."));
    m_exclude->setText(tr("Leave out of the next run"));
    m_exclude->setToolTip(
        tr("The sample is neither trained on nor evaluated (data.exclude). No file is changed. Del "
           "in the grid does the same."));
    m_all->setText(tr("Show all"));
    m_filter->setPlaceholderText(
        tr("Filter: words, caption:dog  tokens>300  issue:*  NOT name:00*  (Ctrl+F)"));
    m_filter->setAccessibleName(tr("Filter of the samples"));
    m_filter->setToolTip(tr(
        "Words, or fields: caption: name: path: task: prompt: issue: with * and ?; tokens, chars "
        "and captions with = != < > <= >=; missing:caption. NOT before AND before OR, and "
        "parentheses."));
    m_grid->setAccessibleName(tr("Samples"));
    m_grid->setToolTip(
        tr("Ctrl+Up and Ctrl+Down go from sample to sample, Ctrl+J to the next one "
           "with a finding."));
    m_picture->setAccessibleName(tr("Picture of the sample"));
    applyFilter();
    markStale();
}

void DataPage::focusField(const QString& path) {
    if (path == QLatin1String("data.max_pixels")) {
        m_panes->setCurrentIndex(Budget);
        m_pixels->focusSlider();
    } else if (path == QLatin1String("data.validation") || path == QLatin1String("data.probes")) {
        m_panes->setCurrentIndex(Split);
        m_split->focusValidation();
    } else if (!m_source->focusReading(path.section(QLatin1Char('.'), 1))) {
        m_source->focusPath();
    }
}

void DataPage::applyFilter() {
    SampleFilter filter = SampleFilter::parse(m_filter->text());
    m_filterError->setText(filter.error());
    m_filterError->setVisible(!filter.error().isEmpty());
    m_shown->setFilter(std::move(filter));
    askTokens();
    if (!m_grid->currentIndex().isValid()) m_grid->setCurrentIndex(m_shown->index(0, 0));
    markStale();
}

// Only where the filter reads them: every sample is measured.
void DataPage::askTokens() {
    if (!m_shown->filter().asksTokens()) return;
    const RunOptions& now = m_workbench.project.options();
    DataOptions wanted = now.data;
    wanted.exclude.clear();
    if (wanted.path.empty() || now.model.path.empty()) {
        m_filterError->setText(tr("Tokens are counted when a model is chosen, too."));
        m_filterError->show();
        return;
    }
    if (m_counted && readAlike(m_counted->first, wanted) && m_counted->second == now.model.path)
        return;
    m_counted = {wanted, now.model.path};
    m_askTokens.ask(
        this, [wanted, model = now.model.path] { return sample_tokens(wanted, model); },
        [this](const Result<std::vector<SampleTokens>>& tokens) {
            if (!tokens) {
                m_filterError->setText(errorText(tokens.error()).what);
                m_filterError->show();
                return;
            }
            m_samples->setTokens(*tokens);
            m_shown->factsChanged();
            markStale();
        });
}

// Of the data doctor where it has looked, else of reading.
void DataPage::showIssues() {
    const auto& answer = m_workbench.project.dataset();
    if (m_doctor->issues())
        m_samples->setIssues(*m_doctor->issues());
    else if (answer && *answer)
        m_samples->setIssues((*answer)->issues);
    else
        m_samples->setIssues({});
    m_shown->factsChanged();
    markStale();
}

// What is left out is shown, too, so that it can be taken back.
void DataPage::ask() {
    DataOptions wanted = m_workbench.project.options().data;
    wanted.exclude.clear();
    if (m_asked && readAlike(withoutRendering(*m_asked), withoutRendering(wanted))) return;
    if (m_asked && m_asked->path != wanted.path) m_shown->setOnly({});
    m_asked = wanted;
    m_error.reset();
    m_pending = !wanted.path.empty();
    if (!m_pending) {
        m_ask.cancel();
        m_samples->setSamples({});
        return;
    }
    m_ask.ask(
        this, [wanted] { return list_samples(wanted); },
        [this](Result<std::vector<CaptionSample>> samples) {
            m_pending = false;
            if (!samples) m_error = samples.error();
            const std::string before = current() ? current()->id : std::string();
            m_samples->setSamples(samples ? std::move(*samples) : std::vector<CaptionSample>());
            m_counted.reset();
            showIssues();
            askTokens();
            const int row = m_samples->rowOf(before);
            const QModelIndex kept = m_shown->mapFromSource(m_samples->index(row, 0));
            m_grid->setCurrentIndex(kept.isValid() ? kept : m_shown->index(0, 0));
            markStale();
        });
}

void DataPage::refresh() {
    ask();
    m_source->refresh();
    const RunOptions& options = m_workbench.project.options();
    m_doctor->setData(options.data, options.model.path, options.train.seed);
    showBudget();
    showExcluded();
    const int all = m_samples->rowCount(), shown = m_shown->rowCount();
    m_stack->setCurrentIndex(all > 0 ? 1 : 0);
    m_count->setText(shown == all ? tr("%Ln sample(s)", "", many(all))
                                  : tr("%1 of %Ln sample(s)", "", many(all)).arg(countText(shown)));
    if (all > 0)
        showSample();
    else
        showEmpty();
}

void DataPage::showExcluded() {
    m_samples->setExcluded(m_workbench.project.options().data.exclude);
    m_doctor->findings()->refresh();
    m_all->setVisible(m_shown->only());
}

const CaptionSample* DataPage::current() const {
    return m_samples->sample(m_shown->mapToSource(m_grid->currentIndex()).row());
}

void DataPage::showEmpty() {
    const QString demo = m_workbench.hasDemo() ? tr("Take the sample's data and model") : QString();
    if (m_error) {
        m_empty->setTexts(tr("The data cannot be shown"), tr("The remarks above say why."), {});
        return;
    }
    m_empty->setTexts(
        m_pending ? tr("Reading the data ...") : tr("No data chosen"),
        m_pending
            ? tr("Records and headers of the pictures are read.")
            : tr("COCO captions, messages, ShareGPT, Alpaca, CSV, or pictures with .txt files "
                 "of the same name: choose a folder or file above. The form is recognised by "
                 "its content."),
        m_pending ? QString() : demo);
}

void DataPage::showSample() {
    const CaptionSample* s = current();
    m_picture->setImage(s ? m_workbench.pictures.picture(qs(s->image), 2 * pictureSide) : QImage());
    m_task->show(s ? qs(s->task) : QString(), Tone::Neutral);
    const std::vector<std::string>& probes = m_workbench.project.options().data.probes;
    m_probe->setEnabled(s != nullptr);
    m_probe->setChecked(s && std::find(probes.begin(), probes.end(), s->id) != probes.end());
    m_exclude->setEnabled(s != nullptr);
    m_exclude->setChecked(s && m_samples->isExcluded(s->id));
    const RunOptions& options = m_workbench.project.options();
    m_seen->showSample(options.data, options.model.path, s ? s->id : std::string());
    m_pixels->refresh(s ? qs(s->image) : QString());
    m_split->refresh(m_doctor->issues());
    QStringList captions;
    if (s)
        for (const std::string& text : s->references) captions << qs(text);
    m_prompt->setText(s ? qs(s->prompt) : tr("No sample is chosen."));
    m_captions->setCaptions(s ? qs(s->id) : QString(), captions);
    m_name->setText(s ? QFileInfo(qs(s->image)).fileName() : QString());
    m_name->setToolTip(s ? qs(s->image) : QString());
}

void DataPage::showBudget() {
    const auto& answer = m_workbench.project.dataset();
    std::optional<TokenCounts> counts;
    if (answer && *answer) counts = (*answer)->tokens;
    m_budget->show(counts, m_workbench.project.options().model.path.empty()
                               ? tr("Tokens are counted when a model is chosen, too.")
                           : m_workbench.project.dataPending() ? tr("Counting tokens ...")
                                                               : tr("There is nothing to count."));
}

// Several captions of one picture and prompt stand in the grid as one sample.
void DataPage::choose(const QString& id, const QString& image) {
    for (const bool exact : {true, false})
        for (int row = 0; row < m_samples->rowCount(); ++row) {
            const CaptionSample* sample = m_samples->sample(row);
            if (exact ? sample->id != ss(id) : image.isEmpty() || sample->image != ss(image))
                continue;
            const QModelIndex index = m_shown->mapFromSource(m_samples->index(row));
            if (!index.isValid()) m_filter->clear();
            m_grid->setCurrentIndex(m_shown->mapFromSource(m_samples->index(row)));
            return;
        }
}

void DataPage::toggleProbe() {
    const CaptionSample* s = current();
    if (!s) return;
    RunOptions options = m_workbench.project.options();
    if (std::erase(options.data.probes, s->id) == 0) options.data.probes.push_back(s->id);
    m_workbench.project.setOptions(std::move(options));
}

void DataPage::toggleExcluded() {
    if (const CaptionSample* s = current())
        m_workbench.project.setExcluded(s->ids.empty() ? std::vector<std::string>{s->id} : s->ids,
                                        m_exclude->isChecked());
}

// The id of the caption that was corrected: of several of one picture each has its own.
void DataPage::takeCaption(const QString& key, int caption, const QString& before,
                           const QString& after) {
    const CaptionSample* s = m_samples->sample(m_samples->rowOf(ss(key)));
    if (!s) return;
    const auto at = static_cast<std::size_t>(caption);
    const std::string& id = at < s->ids.size() ? s->ids[at] : s->id;
    const QString name = s->image.empty() ? key : QFileInfo(qs(s->image)).fileName();
    const Project::CaptionChange change{id, name, before, after};
    m_samples->setCaption(m_samples->rowOf(ss(key)), caption, ss(after));  // seen at once
    m_workbench.project.changeCaption(change);
}

void DataPage::step(int direction, bool problemsOnly) {
    for (int row = m_grid->currentIndex().row() + direction; row >= 0 && row < m_shown->rowCount();
         row += direction) {
        const QModelIndex index = m_shown->index(row, 0);
        if (problemsOnly && m_samples->facts(m_shown->mapToSource(index).row()).issues.isEmpty())
            continue;
        m_grid->setCurrentIndex(index);
        return;
    }
}

void DataPage::showOnly(const std::vector<std::string>& ids) {
    if (!ids.empty()) m_filter->clear();  // all of them are seen first
    m_shown->setOnly(ids);
    if (!m_grid->currentIndex().isValid()) m_grid->setCurrentIndex(m_shown->index(0, 0));
    m_grid->scrollTo(m_grid->currentIndex());
    markStale();
}

}  // namespace moelora::ui
