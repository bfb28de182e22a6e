// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/compare/grid_pane.h"

#include <QComboBox>
#include <QFileInfo>
#include <QHeaderView>
#include <QMenu>
#include <QMouseEvent>
#include <QProgressBar>
#include <QSpinBox>
#include <QStackedWidget>
#include <QTableView>
#include <algorithm>

#include "ui/bridge/text.h"
#include "ui/models/grid_files.h"
#include "ui/pages/compare/grid_cells.h"
#include "ui/widgets/ask_path.h"
#include "ui/widgets/basics.h"
#include "ui/widgets/diff_text.h"
#include "ui/widgets/theme.h"

namespace moelora::ui {

namespace {
constexpr int mostPictures = 12, usualPictures = 6, progressWidth = 80, narrowest = 150,
              cellLines = 5;
constexpr int pictureSide = 96;  // as the cells ask for them
}  // namespace

GridPane::GridPane(Workbench& workbench, std::function<CompareSpec()> question, QWidget* parent)
    : QWidget(parent),
      m_workbench(workbench),
      m_grid(workbench.grid),
      m_question(std::move(question)),
      m_stack(new QStackedWidget),
      m_empty(new EmptyState(QStringLiteral("compare"))) {
    m_stack->addWidget(m_empty);
    m_stack->addWidget(makeTable());
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(8);
    column->addWidget(makeControls());
    column->addWidget(m_stack, 1);
    connectAll();
    keepText(this, [this] { retranslate(); });
    keepLook(this, [this] {
        m_table->verticalHeader()->setDefaultSectionSize(GridCells::lowest(m_table->fontMetrics()));
        fitRows();
        m_table->viewport()->update();
    });
}

QWidget* GridPane::makeControls() {
    auto* controls = new QWidget;
    auto* line = new QHBoxLayout(controls);
    line->setContentsMargins(0, 0, 0, 0);
    line->setSpacing(8);
    m_choose = makeButton({}, false);
    m_choose->setObjectName(QStringLiteral("gridStates"));
    m_menu = new QMenu(m_choose);
    m_menu->installEventFilter(this);
    m_choose->setMenu(m_menu);
    line->addWidget(m_choose);
    m_limit = new QSpinBox;
    m_limit->setObjectName(QStringLiteral("gridLimit"));
    m_limit->setLocale(QLocale::c());
    m_limit->setRange(1, mostPictures);
    m_limit->setValue(usualPictures);
    addField(line, m_limitLabel, m_limit);
    m_against = new QComboBox;
    m_against->setObjectName(QStringLiteral("gridAgainst"));
    addField(line, m_againstLabel, m_against);
    line->addStretch(1);
    m_stage = makeLabel("muted");
    m_stage->setWordWrap(false);
    m_progress = new QProgressBar;
    m_progress->setTextVisible(false);
    m_progress->setFixedWidth(progressWidth);
    m_cancel = makeButton(QStringLiteral("stop"), false);
    m_cancel->setObjectName(QStringLiteral("gridCancel"));
    m_save = makeButton(QStringLiteral("save"), false);
    m_save->setObjectName(QStringLiteral("gridSave"));
    m_fill = makeButton(QStringLiteral("play"), true);
    m_fill->setObjectName(QStringLiteral("gridFill"));
    for (QWidget* part : {static_cast<QWidget*>(m_stage), static_cast<QWidget*>(m_progress),
                          static_cast<QWidget*>(m_save), static_cast<QWidget*>(m_cancel),
                          static_cast<QWidget*>(m_fill)})
        line->addWidget(part);
    return controls;
}

QWidget* GridPane::makeTable() {
    m_table = new QTableView;
    m_table->setObjectName(QStringLiteral("checkpointGrid"));
    m_table->setModel(&m_grid);
    m_table->setItemDelegate(m_cells = new GridCells(m_workbench.pictures, m_grid, m_table));
    m_table->setSelectionMode(QAbstractItemView::SingleSelection);
    m_table->setEditTriggers(QAbstractItemView::NoEditTriggers);
    m_table->setTabKeyNavigation(false);
    m_table->setFrameShape(QFrame::NoFrame);
    m_table->setHorizontalScrollMode(QAbstractItemView::ScrollPerPixel);
    m_table->setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    m_table->verticalHeader()->hide();
    m_table->horizontalHeader()->setSectionResizeMode(QHeaderView::Stretch);
    m_table->horizontalHeader()->setMinimumSectionSize(narrowest);
    m_table->horizontalHeader()->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    m_table->horizontalHeader()->setSectionsClickable(false);
    m_cellName = makeLabel("muted");
    m_cellName->setObjectName(QStringLiteral("gridCellName"));
    m_cellText = new DiffText;
    m_cellText->setObjectName(QStringLiteral("gridCellText"));
    m_cellOrigin = makeLabel("muted");
    m_cellOrigin->setObjectName(QStringLiteral("gridCellOrigin"));
    m_cellOrigin->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_whole = makeButton({}, false);
    m_whole->setObjectName(QStringLiteral("gridWhole"));
    auto* texts = new QWidget;
    auto* lines = new QVBoxLayout(texts);
    lines->setContentsMargins(0, 0, 0, 0);
    lines->setSpacing(2);
    for (QWidget* part : {static_cast<QWidget*>(m_cellName), static_cast<QWidget*>(m_cellText),
                          static_cast<QWidget*>(m_cellOrigin)})
        lines->addWidget(part);
    lines->addStretch();
    // Always of this height, so that the grid stands still; a long caption scrolls.
    QWidget* shown = scrolled(texts, "gridCell");
    keepLook(shown, [this, shown] {
        shown->setFixedHeight(cellLines * m_cellName->fontMetrics().lineSpacing());
    });
    auto* cell = new QHBoxLayout;
    cell->addWidget(shown, 1);
    cell->addWidget(m_whole, 0, Qt::AlignBottom);
    auto* both = new QWidget;
    auto* column = new QVBoxLayout(both);
    column->setContentsMargins(0, 0, 0, 0);
    column->addWidget(m_table, 1);
    column->addLayout(cell);
    return both;
}

void GridPane::connectAll() {
    connect(m_fill, &QPushButton::clicked, this, &GridPane::fill);
    connect(m_cancel, &QPushButton::clicked, &m_grid, &CheckpointGrid::stop);
    connect(m_save, &QPushButton::clicked, this, &GridPane::askFile);
    connect(m_against, &QComboBox::activated, this,
            [this](int index) { m_grid.setAgainst(static_cast<CheckpointGrid::Against>(index)); });
    connect(m_whole, &QPushButton::clicked, this, [this] {
        if (const GridState* state = m_grid.stateAt(m_table->currentIndex().column()))
            Q_EMIT checkpointWanted(state->adapter);
    });
    connect(m_table->horizontalHeader(), &QHeaderView::sectionResized, this, [this](int section) {
        if (section == m_grid.columnCount() - 1) fitRows();  // the last of all that are stretched
    });
    connect(m_table, &QTableView::activated, m_whole, &QPushButton::click);
    connect(m_table->selectionModel(), &QItemSelectionModel::currentChanged, this,
            [this] { showCell(); });
    connect(&m_grid, &QAbstractItemModel::dataChanged, this,
            [this](const QModelIndex& first, const QModelIndex& last) {
                growRows(first.row(), last.row());
                if (m_table->currentIndex().row() == first.row()) showCell();
            });
    connect(&m_grid, &QAbstractItemModel::rowsInserted, this, [this] {
        if (!m_table->currentIndex().isValid())
            m_table->setCurrentIndex(m_grid.index(0, CheckpointGrid::BaseColumn));
    });
    connect(&m_grid, &QAbstractItemModel::modelReset, this, [this] { showCell(); });
    connect(&m_grid, &CheckpointGrid::changed, this, [this] {
        showProgress();
        showCell();
    });
    connect(&m_workbench.pictures, &PictureLoader::loaded, m_table->viewport(),
            qOverload<>(&QWidget::update));
}

void GridPane::retranslate() {
    m_limitLabel->setText(tr("Pictures"));
    m_limit->setAccessibleName(tr("Pictures asked about"));
    m_limit->setToolTip(tr("The first so many of the pictures chosen above"));
    m_againstLabel->setText(tr("Marked against"));
    const int chosen = std::max(0, m_against->currentIndex());
    m_against->clear();
    m_against->addItems({tr("the column before"), tr("the base")});
    m_against->setCurrentIndex(chosen);
    m_against->setAccessibleName(tr("What the captions are marked against"));
    m_fill->setText(tr("Fill the grid"));
    m_cancel->setText(tr("Cancel"));
    m_save->setText(tr("Save grid ..."));
    m_save->setToolTip(tr("As a page with pictures (HTML) or a table (CSV)"));
    m_progress->setAccessibleName(tr("Progress of the grid"));
    m_table->setAccessibleName(tr("Captions by picture and checkpoint"));
    m_whole->setText(tr("Compare this checkpoint"));
    m_whole->setToolTip(tr("Chooses it above, for a comparison with scores and routing (Enter)"));
    m_choose->setAccessibleName(tr("Checkpoints that are asked"));
    m_choose->setToolTip(tr("Checkpoints that are asked; each of them takes a comparison"));
    m_grid.retranslate();
    showChoice();
    showProgress();
    showCell();
}

// A click in the menu ticks without closing it.
bool GridPane::eventFilter(QObject* watched, QEvent* event) {
    if (watched == m_menu && event->type() == QEvent::MouseButtonRelease)
        if (QAction* action = m_menu->actionAt(static_cast<QMouseEvent*>(event)->pos())) {
            action->trigger();
            return true;
        }
    return QWidget::eventFilter(watched, event);
}

// Other widths break the lines elsewhere.
void GridPane::fitRows() {
    const int lowest = GridCells::lowest(m_table->fontMetrics());
    for (int row = 0; row < m_grid.rowCount(); ++row) m_table->setRowHeight(row, lowest);
    growRows(0, m_grid.rowCount() - 1);
}

// Rows grow with their texts and never shrink while captions come.
void GridPane::growRows(int first, int last) {
    for (int row = std::max(0, first); row <= last; ++row) {
        int height = m_table->rowHeight(row);
        for (int column = 0; column < m_grid.columnCount(); ++column)
            height = std::max(height,
                              m_cells->heightOf(m_grid.index(row, column),
                                                std::max(narrowest, m_table->columnWidth(column)),
                                                m_table->fontMetrics()));
        if (height != m_table->rowHeight(row)) m_table->setRowHeight(row, height);
    }
}

void GridPane::proposeStates(const QString& adapter) {
    const RunSummary* run = m_workbench.runAt(adapter);
    std::vector<GridState> states;
    if (run) {
        const RunDetails* details = m_workbench.runs.details(m_workbench.runs.rowOf(adapter));
        states = gridStatesOf(*run, details && details->bestEval ? details->bestStep : -1);
    } else if (!adapter.isEmpty()) {
        states = {{adapter, -1, false, true}};
    }
    if (adapter == m_of && states.size() == m_states.size())
        for (std::size_t i = 0; i < states.size(); ++i)  // what was ticked stays so
            if (states[i].adapter == m_states[i].adapter) states[i].proposed = m_states[i].proposed;
    if (adapter == m_of && states == m_states) return;
    m_of = adapter;
    m_states = std::move(states);
    m_menu->clear();
    for (std::size_t i = 0; i < m_states.size(); ++i) {
        QAction* action = m_menu->addAction(QString());
        action->setCheckable(true);
        action->setChecked(m_states[i].proposed);
        connect(action, &QAction::toggled, this, [this, i](bool on) {
            m_states[i].proposed = on;
            showChoice();
        });
    }
    showChoice();
}

void GridPane::showChoice() {
    const QList<QAction*> actions = m_menu->actions();
    for (qsizetype i = 0; i < actions.size(); ++i)
        actions[i]->setText(gridStateName(m_states[static_cast<std::size_t>(i)]));
    const auto chosen = static_cast<qint64>(chosenStates().size());
    m_choose->setText(tr("Checkpoints: %1 of %2")
                          .arg(countText(chosen), countText(static_cast<qint64>(m_states.size()))));
    m_choose->setEnabled(!m_states.empty());
    m_fill->setEnabled(m_askable && chosen > 0);
    m_fill->setToolTip(m_states.empty() ? tr("Train an adapter first, or choose a run")
                       : chosen == 0    ? tr("Choose at least one checkpoint")
                                        : QString());
}

std::vector<GridState> GridPane::chosenStates() const {
    std::vector<GridState> out;
    std::copy_if(m_states.begin(), m_states.end(), std::back_inserter(out),
                 [](const GridState& state) { return state.proposed; });
    return out;
}

void GridPane::refresh(const QString& adapter, bool askable) {
    m_askable = askable;
    proposeStates(adapter);
    showChoice();
    showProgress();
}

void GridPane::fill() {
    if (!m_askable || m_grid.running()) return;
    CompareSpec spec = m_question();
    spec.limit = m_limit->value();
    m_grid.start(std::move(spec), chosenStates());
}

void GridPane::showProgress() {
    const bool running = m_grid.running();
    m_fill->setVisible(!running);
    m_save->setVisible(!running && m_grid.rowCount() > 0);
    for (QWidget* part : {static_cast<QWidget*>(m_cancel), static_cast<QWidget*>(m_progress),
                          static_cast<QWidget*>(m_stage)})
        part->setVisible(running);
    m_cancel->setEnabled(!m_grid.stopping());
    m_progress->setRange(0, m_grid.stopping() ? 0 : static_cast<int>(m_grid.total()));
    m_progress->setValue(static_cast<int>(m_grid.done()));
    m_stage->setText(m_grid.stage());
    m_stack->setCurrentIndex(m_grid.rowCount() > 0 ? 1 : 0);
    m_empty->setTexts(
        running            ? tr("Captioning ...")
        : m_states.empty() ? tr("No adapter yet")
                           : tr("No grid yet"),
        running ? tr("Each row is a picture, each column a checkpoint; captions stand here as they "
                     "come.")
        : m_states.empty()
            ? tr("Train an adapter, or open an earlier run; its checkpoints stand here side by "
                 "side.")
            : tr("Shows what the base and each checkpoint say of the same pictures, so that you "
                 "can see when the adapter learnt what. Choose checkpoints, then press Fill the "
                 "grid."),
        QString());
}

// The chosen caption in full, with where it comes from.
void GridPane::showCell() {
    const QModelIndex index = m_table->currentIndex();
    const bool caption = index.isValid() && index.column() != CheckpointGrid::SampleColumn;
    m_whole->setEnabled(index.isValid() && m_grid.stateAt(index.column()) && !m_grid.running());
    if (!index.isValid()) {
        for (QLabel* label : {m_cellName, m_cellOrigin}) label->setText(QStringLiteral("\u00a0"));
        m_cellText->setPlain(QString());
        return;
    }
    const QString column =
        m_grid.headerData(index.column(), Qt::Horizontal, Qt::AccessibleTextRole).toString();
    const QString verdict = caption ? m_grid.verdict(index.row(), index.column()) : QString();
    QStringList name = {QFileInfo(index.data(CheckpointGrid::ImageRole).toString()).fileName(),
                        column};
    if (!verdict.isEmpty()) name << verdict;
    name.removeAll(QString());
    m_cellName->setText(name.join(QStringLiteral(" · ")));
    if (caption)
        m_cellText->setDiff(m_grid.diff(index.row(), index.column()), DiffText::After);
    else
        m_cellText->setPlain(index.data().toString());
    const QString origin = m_grid.origin(index.column());
    m_cellOrigin->setText(origin.isEmpty() ? QStringLiteral("\u00a0") : origin);
}

void GridPane::askFile() {
    askPath(this,
            {PathQuestion::NewFile, QStringLiteral("gridFile"), tr("Save the grid"),
             tr("Pages and tables (*.html *.csv)"), QStringLiteral("checkpoints.html")},
            [this](const QString& path) { save(path); });
}

// Written off the GUI thread: pictures are packed.
void GridPane::save(const QString& path) {
    const GridTable table = m_grid.table();
    const GridWords words = {tr("Captions by picture and checkpoint"), tr("Sample"),
                             tr("Reference"), tr("Where the columns come from")};
    std::map<QString, QImage> pictures;
    for (const GridTable::Row& row : table.rows)
        if (!row.image.isEmpty())
            pictures[row.image] = m_workbench.pictures.picture(row.image, pictureSide);
    m_askSave.ask(
        this,
        [table, words, pictures, path]() -> Result<bool> {
            const bool csv = path.endsWith(QLatin1String(".csv"), Qt::CaseInsensitive);
            return writeGridFile(path, csv ? gridCsv(table) : gridHtml(table, words, pictures));
        },
        [this, path](const Result<bool>& saved) {
            if (saved)
                m_workbench.say(tr("Written: %1").arg(path));
            else
                m_workbench.report(saved.error());
        });
}

}  // namespace moelora::ui
