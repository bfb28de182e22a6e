// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/start/start_page.h"

#include <QDir>
#include <QProgressBar>

#include "ui/bridge/plural.h"
#include "ui/bridge/text.h"
#include "ui/models/model_choices.h"
#include "ui/widgets/basics.h"
#include "ui/widgets/image_view.h"
#include "ui/widgets/theme.h"

namespace moelora::ui {

namespace {
constexpr int picturesShown = 5, pictureSide = 84;
}

StartPage::StartPage(Workbench& workbench, QWidget* parent)
    : Page(workbench, QStringLiteral("start"), parent) {
    auto* content = new QWidget;
    auto* layout = new QVBoxLayout(content);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(12);
    layout->addWidget(makeComputerCard());
    layout->addWidget(makeSampleCard());
    layout->addWidget(makeOwnCard());
    layout->addStretch();
    m_body->addWidget(scrolled(content, "startScroll"), 1);
    connectAll();
    keepText(this, [this] { retranslate(); });
    keepLook(this, [this] { markStale(); });
}

QWidget* StartPage::makeComputerCard() {
    m_computer = new Card;
    m_computerChip = new Chip;
    m_computer->head()->addWidget(m_computerChip);
    m_facts = makeFacts();
    m_computer->body()->addWidget(m_facts);
    return m_computer;
}

QWidget* StartPage::makeSampleCard() {
    m_sample = new Card;
    m_sampleChip = new Chip;
    m_sampleChip->setObjectName(QStringLiteral("sampleChip"));
    m_sample->head()->addWidget(m_sampleChip);
    m_sampleText = makeLabel("body");
    m_sampleState = makeLabel("muted");
    m_sampleState->setObjectName(QStringLiteral("sampleState"));
    m_progress = new QProgressBar;
    m_progress->setTextVisible(false);
    m_run = makeButton(QStringLiteral("play"), true);
    m_run->setObjectName(QStringLiteral("runSample"));
    m_openDemo = makeButton(QStringLiteral("open"), false);
    m_openDemo->setObjectName(QStringLiteral("openDemo"));
    m_skip = makeButton({}, false);
    m_skip->setObjectName(QStringLiteral("skipSample"));
    m_again = makeButton(QStringLiteral("reset"), false);
    m_again->setObjectName(QStringLiteral("sampleAgain"));
    auto* texts = new QVBoxLayout;
    texts->addWidget(m_sampleText);
    texts->addStretch();
    auto* row = new QHBoxLayout;
    row->setSpacing(8);
    row->addLayout(texts, 1);
    for (int i = 0; i < picturesShown; ++i) {
        auto* view = new ImageView;
        view->setSide(pictureSide);
        m_pictures.push_back(view);
        row->addWidget(view, 0, Qt::AlignTop);
    }
    auto* buttons = new QHBoxLayout;
    buttons->setSpacing(8);
    for (QPushButton* button : {m_run, m_openDemo, m_again, m_skip}) buttons->addWidget(button);
    buttons->addStretch();
    m_sample->body()->addLayout(row);
    m_sample->body()->addWidget(m_sampleState);
    m_sample->body()->addWidget(m_progress);
    m_sample->body()->addLayout(buttons);
    return m_sample;
}

QWidget* StartPage::makeOwnCard() {
    m_own = new Card;
    m_ownText = makeLabel("body");
    m_own->body()->addWidget(m_ownText);
    const auto add = [this](QPushButton*& button, const char* iconName, Chip*& chip,
                            const char* name) {
        button = makeButton(QLatin1String(iconName), false);
        button->setObjectName(QLatin1String(name));
        chip = new Chip;
        auto* row = new QHBoxLayout;
        row->addWidget(button);
        row->addWidget(chip);
        row->addStretch();
        m_own->body()->addLayout(row);
    };
    add(m_data, "data", m_dataChip, "toData");
    add(m_model, "model", m_modelChip, "toModel");
    return m_own;
}

void StartPage::connectAll() {
    const auto stale = [this] { markStale(); };
    connect(&m_workbench.project, &Project::readinessChanged, this, stale);
    connect(&m_workbench.pictures, &PictureLoader::loaded, this, stale);
    connect(&m_workbench.fit, &MemoryFit::changed, this, stale);
    connect(&m_workbench.guide, &Guide::changed, this, stale);
    connect(&m_workbench.train.model(), &RunModel::changed, this, stale);
    connect(&m_workbench.compare, &CompareJob::progressed, this, stale);
    connect(m_run, &QPushButton::clicked, this, [this] {
        if (comparisonShown())
            m_workbench.showPage(QStringLiteral("compare"));
        else
            m_workbench.guide.run();
    });
    connect(m_skip, &QPushButton::clicked, this, [this] { m_workbench.guide.skip(); });
    connect(m_again, &QPushButton::clicked, this, [this] { m_workbench.guide.startOver(); });
    connect(m_openDemo, &QPushButton::clicked, this, [this] {
        m_workbench.openDemo();
        m_workbench.showPage(QStringLiteral("data"));
    });
    connect(m_data, &QPushButton::clicked, this,
            [this] { m_workbench.showPage(QStringLiteral("data")); });
    connect(m_model, &QPushButton::clicked, this,
            [this] { m_workbench.showPage(QStringLiteral("model")); });
}

void StartPage::retranslate() {
    setTitle(tr("Start"), tr("From this computer over a sample to your own model and pictures; "
                             "everything stays on this computer."));
    m_computer->setTitle(tr("1  This computer"));
    m_sample->setTitle(tr("2  Sample project"));
    m_own->setTitle(tr("3  Your own project"));
    m_sampleText->setText(
        tr("A small captioner, and 500 pictures with captions in four styles. It knows one style; "
           "the adapter learns three more: tags, Chinese sentences, counts. About three minutes on "
           "two processor cores, then base and adapted captions stand side by side."));
    m_openDemo->setText(tr("Only open it"));
    m_openDemo->setToolTip(tr("Model, data and settings of the sample, to look at and change"));
    m_skip->setText(tr("Skip"));
    m_skip->setToolTip(tr("Help > Guided start brings it back"));
    m_again->setText(tr("Begin again"));
    m_progress->setAccessibleName(tr("Progress of the sample project"));
    m_ownText->setText(
        tr("Pictures with captions, and a model folder. Then an adapter, and the training; every "
           "page says what is still missing."));
    m_data->setText(tr("Choose data"));
    m_model->setText(tr("Choose a model"));
    markStale();
}

void StartPage::refresh() {
    if (!m_workbench.fit.hardware()) m_workbench.fit.askHardware();
    m_sample->setVisible(m_workbench.hasDemo());
    showComputer();
    showSample();
    showProgress();
    showPictures();
    showOwn();
}

void StartPage::showComputer() {
    const auto& hardware = m_workbench.fit.hardware();
    m_computerChip->show(hardware ? tr("checked") : tr("looking"),
                         hardware ? Tone::Good : Tone::Neutral);
    m_facts->setText(hardware ? factTable(hardwareFacts(*hardware)) : QString());
}

bool StartPage::comparisonShown() const {
    return m_workbench.guide.phase() == Guide::Done && !m_workbench.compare.model().empty();
}

void StartPage::showSample() {
    const Guide& guide = m_workbench.guide;
    const QString chips[] = {QString(), guide.atWork() ? tr("training") : tr("begun"),
                             guide.atWork() ? tr("comparing") : tr("trained"), tr("done"),
                             tr("skipped")};
    const Tone tones[] = {Tone::Neutral, Tone::Warning, Tone::Warning, Tone::Good, Tone::Neutral};
    const QString states[] = {QString(), tr("It goes on from its newest checkpoint."),
                              tr("The adapter is trained; the comparison is next."),
                              tr("Trained and compared. The run stands on the page Runs."),
                              tr("It can be run at any time.")};
    const QString buttons[] = {tr("Run the sample project"), tr("Go on with the sample project"),
                               tr("Compare now"), tr("Compare again"),
                               tr("Run the sample project")};
    const int phase = guide.phase();
    m_sampleChip->show(chips[phase], guide.atWork() ? Tone::Neutral : tones[phase]);
    m_sampleState->setText(guide.atWork() ? QString() : states[phase]);
    m_run->setText(comparisonShown() ? tr("Show the comparison") : buttons[phase]);
    m_run->setEnabled(guide.canRun() || comparisonShown());
    m_run->setToolTip(guide.canRun() || guide.atWork() ? QString() : tr("Another job is at work"));
    m_skip->setVisible(phase < Guide::Done);
    m_skip->setEnabled(!guide.atWork());
    m_again->setVisible(phase != Guide::NotBegun);
    m_again->setEnabled(!guide.atWork());
    m_openDemo->setEnabled(!guide.atWork());
}

void StartPage::showProgress() {
    const Guide& guide = m_workbench.guide;
    m_progress->setVisible(guide.atWork());
    m_sampleState->setVisible(guide.atWork() || !m_sampleState->text().isEmpty());
    if (!guide.atWork()) return;
    const RunData& run = m_workbench.train.model().data();
    const CompareJob& compare = m_workbench.compare;
    const bool trains = guide.phase() == Guide::Training;
    const std::int64_t done = !trains             ? compare.done()
                              : run.steps.empty() ? 0
                                                  : run.steps.back().step;
    const std::int64_t all = trains ? run.totalSteps : compare.total();
    m_progress->setRange(0, done > 0 ? static_cast<int>(all) : 0);  // 0 to 0 = at work
    m_progress->setValue(static_cast<int>(done));
    m_sampleState->setText(done == 0 ? tr("Preparing ...")
                           : trains
                               ? tr("Update %1 of %2; the page Monitor shows more.")
                                     .arg(countText(done), countText(all))
                               : tr("%1 of %Ln caption(s)", "", many(all)).arg(countText(done)));
}

void StartPage::showOwn() {
    const Project& project = m_workbench.project;
    const auto show = [](Chip* chip, const Readiness& readiness, bool chosen) {
        chip->show(chosen ? readiness.text : QString(),
                   readiness.state == Readiness::Ok        ? Tone::Good
                   : readiness.state == Readiness::Waiting ? Tone::Neutral
                                                           : Tone::Bad);
    };
    show(m_dataChip, project.dataReadiness(), !project.options().data.path.empty());
    show(m_modelChip, project.modelReadiness(), !project.options().model.path.empty());
}

void StartPage::showPictures() {
    if (!m_workbench.hasDemo()) return;
    const QDir folder(qs(demo_dir()) + QStringLiteral("/held_out/images"));
    const QStringList names = folder.entryList(QDir::Files, QDir::Name);
    for (int i = 0; i < picturesShown && i < names.size(); ++i)
        m_pictures[static_cast<std::size_t>(i)]->setImage(
            m_workbench.pictures.picture(folder.filePath(names[i]), 2 * pictureSide));
}

}  // namespace moelora::ui
