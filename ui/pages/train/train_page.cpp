// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/train/train_page.h"

#include <QLineEdit>
#include <cmath>

#include "ui/bridge/file_errors.h"
#include "ui/bridge/plural.h"
#include "ui/bridge/text.h"
#include "ui/pages/memory_pane.h"
#include "ui/widgets/basics.h"
#include "ui/widgets/metric_chart.h"
#include "ui/widgets/option_form.h"
#include "ui/widgets/theme.h"
#include "ui/widgets/with_table.h"

namespace moelora::ui {

namespace {
void clear(QLayout* layout) {
    while (QLayoutItem* item = layout->takeAt(0)) {
        delete item->widget();
        delete item;
    }
}
}  // namespace

TrainPage::TrainPage(Workbench& workbench, QWidget* parent)
    : Page(workbench, QStringLiteral("train"), parent) {
    auto* row = new QHBoxLayout;
    row->setSpacing(12);
    row->addWidget(scrolled(makeForms(), "trainScroll"), 5);
    row->addWidget(scrolled(makeReadyCard(), "readyScroll"), 4);
    m_body->addLayout(row, 1);
    m_search = new QLineEdit;
    m_search->setObjectName(QStringLiteral("trainSearch"));
    m_search->setClearButtonEnabled(true);
    m_search->setMaximumWidth(180);
    m_head->addWidget(m_search);
    m_help = makeLabel("muted");
    // Room for two lines: nothing moves when another field gets the focus.
    m_help->setProperty("leastLines", 2);
    m_help->setAlignment(Qt::AlignTop | Qt::AlignLeft);
    m_body->addWidget(m_help);
    connectAll();
    keepText(this, [this] { retranslate(); });
    keepLook(this, [this] { markStale(); });
}

QWidget* TrainPage::makeForms() {
    auto* content = new QWidget;
    auto* layout = new QVBoxLayout(content);
    layout->setContentsMargins(0, 0, 6, 0);
    layout->setSpacing(12);
    const auto add = [layout](Card*& card, std::initializer_list<OptionForm**> forms) {
        card = new Card;
        for (OptionForm** form : forms) card->body()->addWidget(*form = new OptionForm);
        layout->addWidget(card);
    };
    add(m_trainCard, {&m_train});
    add(m_dataCard, {&m_data});
    add(m_deviceCard, {&m_device, &m_generate});
    m_data->setShown({QStringLiteral("prompt"), QStringLiteral("captions_per_image"),
                      QStringLiteral("validation"), QStringLiteral("resize"),
                      QStringLiteral("max_length"), QStringLiteral("min_pixels"),
                      QStringLiteral("max_pixels"), QStringLiteral("resampler"),
                      QStringLiteral("alpha"), QStringLiteral("end_marker"),
                      QStringLiteral("allow_outside_root")});
    m_generate->setShown({QStringLiteral("max_new_tokens")});
    layout->addStretch();
    return content;
}

QWidget* TrainPage::makeReadyCard() {
    auto* side = new QWidget;
    auto* column = new QVBoxLayout(side);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(12);
    m_readyCard = new Card;
    m_list = new QVBoxLayout;
    m_list->setSpacing(6);
    m_readyCard->body()->addLayout(m_list);
    m_startCard = new Card;
    m_total = makeLabel("number");
    m_totalText = makeLabel("muted");
    m_disk = makeLabel("muted");
    m_disk->setObjectName(QStringLiteral("diskPlan"));
    m_nameLabel = makeLabel("field");
    m_nameLabel->setWordWrap(false);
    m_name = new QLineEdit;
    m_nameLabel->setBuddy(m_name);
    auto* line = new QHBoxLayout;
    line->addWidget(m_nameLabel);
    line->addWidget(m_name, 1);
    m_start = makeButton(QStringLiteral("play"), true);
    m_start->setObjectName(QStringLiteral("start"));
    m_queue = makeButton(QStringLiteral("runs"), false);
    m_queue->setObjectName(QStringLiteral("addToQueue"));
    m_watch = makeButton(QStringLiteral("monitor"), false);
    m_why = makeLabel("muted");
    m_rateTitle = makeLabel("muted");
    m_rate = new MetricChart;
    m_rate->setObjectName(QStringLiteral("ratePreview"));
    m_rate->setFixedHeight(90);
    auto* buttons = new QHBoxLayout;
    buttons->addWidget(m_start, 1);
    buttons->addWidget(m_queue);
    buttons->addWidget(m_watch);
    m_startCard->body()->addWidget(m_total);
    m_startCard->body()->addWidget(m_totalText);
    m_startCard->body()->addWidget(m_disk);
    m_startCard->body()->addWidget(m_rateTitle);
    m_rateBox = new WithTable(m_rate, [this] {
        WithTable::Table table{{tr("Update"), tr("Learning rate")}, {}};
        for (const MetricSeries& series : m_rate->series())
            for (const QPointF& point : series.points)
                table.rows.push_back({countText(std::llround(point.x())), realText(point.y())});
        return table;
    });
    m_rateBox->setExport(QStringLiteral("planned_learning_rate"),
                         [this] { return csvOf(m_rate->series()); });
    connect(m_rateBox, &WithTable::unwritable, this,
            [this](const QString& path, const QString& why) {
                m_workbench.report(unwritable(path, why));
            });
    m_startCard->body()->addWidget(m_rateBox);
    m_startCard->body()->addLayout(line);
    m_startCard->body()->addLayout(buttons);
    m_startCard->body()->addWidget(m_why);
    m_memoryCard = new Card;
    m_memoryCard->body()->addWidget(m_memory = new MemoryPane(m_workbench, MemoryPane::Full));
    column->addWidget(m_startCard);
    column->addWidget(m_readyCard);
    column->addWidget(m_memoryCard);
    column->addStretch();
    return side;
}

template <class Group>
void TrainPage::connectForm(const QString& key, OptionForm* form, Group RunOptions::*group) {
    connect(form, &OptionForm::helpChanged, m_help, &QLabel::setText);
    connect(form, &OptionForm::rejectionsChanged, this, [this, form, key] {
        m_workbench.project.setRejections(key, id(), form->rejections());
    });
    connect(form, &OptionForm::edited, this,
            [this, group](const QString& name, const QString& value) {
                RunOptions options = m_workbench.project.options();
                if (writeField(options.*group, name, value))
                    m_workbench.project.setOptions(std::move(options));
            });
}

void TrainPage::connectAll() {
    connectForm(QStringLiteral("train"), m_train, &RunOptions::train);
    connectForm(QStringLiteral("data"), m_data, &RunOptions::data);
    connectForm(QStringLiteral("device"), m_device, &RunOptions::device);
    connectForm(QStringLiteral("generate"), m_generate, &RunOptions::generate);
    connect(&m_workbench.project, &Project::optionsChanged, this, [this] { markStale(); });
    connect(&m_workbench.project, &Project::readinessChanged, this, [this] { markStale(); });
    connect(&m_workbench.train, &TrainJob::stateChanged, this, [this] { markStale(); });
    connect(m_search, &QLineEdit::textChanged, this, &TrainPage::search);
    connect(m_start, &QPushButton::clicked, this, &TrainPage::start);
    connect(m_queue, &QPushButton::clicked, this,
            [this] { m_workbench.queueTraining(m_name->text()); });
    connect(m_watch, &QPushButton::clicked, this,
            [this] { m_workbench.showPage(QStringLiteral("monitor")); });
}

void TrainPage::retranslate() {
    setTitle(tr("Train"), tr("How long, how fast, and what is kept. Everything that could stop the "
                             "run is listed before it starts."));
    m_help->setText(tr("Here stands what the field with the focus does. F1 says more."));
    m_search->setPlaceholderText(tr("Search settings"));
    m_search->setAccessibleName(tr("Search settings"));
    m_trainCard->setTitle(tr("Schedule"));
    m_dataCard->setTitle(tr("Use of the data"));
    m_deviceCard->setTitle(tr("Computation"));
    m_readyCard->setTitle(tr("Ready list"));
    m_startCard->setTitle(tr("This run"));
    m_memoryCard->setTitle(tr("Memory"));
    m_nameLabel->setText(tr("Name"));
    m_rateTitle->setText(tr("Learning rate over the updates"));
    m_rateBox->setName(tr("Planned learning rate"));
    m_name->setAccessibleName(tr("Name of the run"));
    m_name->setPlaceholderText(tr("from the preset"));
    m_start->setText(tr("Start training"));
    m_queue->setText(tr("Add to the queue"));
    m_queue->setToolTip(
        tr("Keeps this run for later; the page Runs shows what waits and starts it"));
    m_watch->setText(tr("Watch"));
    m_watch->setToolTip(tr("Show the page Monitor"));
    markStale();
}

void TrainPage::search(const QString& words) {
    for (OptionForm* form : {m_train, m_data, m_device, m_generate}) form->setFilter(words);
}

void TrainPage::focusField(const QString& path) {
    m_search->clear();  // a filter may hide it
    const std::pair<const char*, OptionForm*> forms[] = {
        {"train.", m_train}, {"data.", m_data}, {"device.", m_device}, {"generate.", m_generate}};
    for (const auto& [group, form] : forms)
        if (path.startsWith(QLatin1String(group)))
            form->focusField(path.mid(static_cast<qsizetype>(qstrlen(group))));
}

void TrainPage::start() {
    if (m_workbench.project.ready() && !m_workbench.train.running())
        m_workbench.startTraining(m_name->text());
}

void TrainPage::refresh() {
    showForms();
    showReadiness();
    showRun();
    m_memory->refresh();
}

void TrainPage::showForms() {
    const RunOptions &now = m_workbench.project.options(), &base = m_workbench.project.baseline();
    m_train->setFields(readFields(now.train), readFields(base.train));
    m_data->setFields(readFields(now.data), readFields(base.data));
    m_device->setFields(readFields(now.device), readFields(base.device));
    m_generate->setFields(readFields(now.generate), readFields(base.generate));
}

void TrainPage::showReadiness() {
    clear(m_list);
    int missing = 0;
    static const QString icons[] = {QStringLiteral("check"), QStringLiteral("wait"),
                                    QStringLiteral("cross"), QStringLiteral("warning")};
    const QColor tones[] = {colors().good, colors().muted, colors().error, colors().warning};
    for (const Readiness& item : m_workbench.project.readiness()) {
        missing += item.state == Readiness::Missing;
        auto* button = new QToolButton;
        button->setProperty("ready", true);
        button->setAutoRaise(true);
        button->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
        button->setIcon(icon(icons[item.state], tones[item.state]));
        button->setText(button->fontMetrics().elidedText(item.text, Qt::ElideRight, 380));
        button->setToolTip(item.text);
        const QString state = item.state == Readiness::Ok        ? tr("done")
                              : item.state == Readiness::Waiting ? tr("waiting")
                              : item.state == Readiness::Doubt   ? tr("doubtful")
                                                                 : tr("missing");
        button->setAccessibleName(QStringLiteral("%1: %2").arg(state, item.text));
        connect(button, &QToolButton::clicked, this, [this, page = item.page, field = item.field] {
            m_workbench.showField(page, field);
        });
        m_list->addWidget(button);
    }
    const bool running = m_workbench.train.running(), ready = m_workbench.project.ready();
    m_start->setEnabled(ready && !running);
    m_queue->setEnabled(ready);
    m_watch->setVisible(running);
    m_why->setText(
        running   ? tr("A run is at work; it must end before the next one starts. The queue does "
                         "that by itself.")
        : ready   ? tr("Ready. F5 starts, too.")
        : missing ? tr("Start is off: %Ln point(s) of the ready list missing.", "", many(missing))
                  : tr("Start is off until the checks are done."));
}

void TrainPage::showRun() {
    const std::int64_t updates = m_workbench.project.updatesPlanned();
    const TrainOptions& t = m_workbench.project.options().train;
    m_total->setText(updates > 0 ? tr("%Ln update(s)", "", many(updates))
                                 : tr("Updates: not known yet"));
    const std::int64_t inEach = t.batch_size * t.gradient_accumulation;
    m_totalText->setText(
        inEach == 1 ? tr("One sample in each update")
        : t.gradient_accumulation == 1
            ? tr("%Ln sample(s) in each update, at once", "", many(inEach))
            : tr("%Ln sample(s) in each update (%1 at a time, accumulated %2 times)", "",
                 many(inEach))
                  .arg(countText(t.batch_size), countText(t.gradient_accumulation)));
    const auto disk = m_workbench.project.diskPlan();
    m_disk->setVisible(disk.has_value());
    if (disk)
        m_disk->setText(
            tr("At most %1 on disk, with %Ln checkpoint(s) at a time; %2 are free", "",
               many(disk->checkpoints))
                .arg(bytesText(disk->needed_bytes - disk->reserve_bytes),
                     disk->free_bytes < 0 ? QStringLiteral("?") : bytesText(disk->free_bytes)));
    std::vector<QPointF> rates = m_workbench.project.learningRates();
    for (QWidget* part : {static_cast<QWidget*>(m_rateTitle), static_cast<QWidget*>(m_rateBox)})
        part->setVisible(!rates.empty());
    m_rate->setStepRange(static_cast<double>(updates));
    m_rate->setSeries({{tr("learning rate"), MetricSeries::Thick, 2, std::move(rates)}});
    m_rateBox->refresh();
}

}  // namespace moelora::ui
