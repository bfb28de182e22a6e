// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/compare/blind_pane.h"

#include <QKeyEvent>
#include <QRandomGenerator>

#include "ui/bridge/text.h"
#include "ui/widgets/basics.h"
#include "ui/widgets/image_view.h"
#include "ui/widgets/theme.h"

namespace moelora::ui {

namespace {
constexpr int pictureSide = 512;

QLabel* captionLabel() {
    QLabel* label = makeLabel("caption");
    label->setTextInteractionFlags(Qt::TextSelectableByMouse);
    return label;
}
}  // namespace

BlindPane::BlindPane(Workbench& workbench, QWidget* parent)
    : QWidget(parent),
      m_workbench(workbench),
      m_picture(new ImageView),
      m_first(new Card),
      m_second(new Card),
      m_prompt(makeLabel("muted")),
      m_firstText(captionLabel()),
      m_secondText(captionLabel()),
      m_told(makeLabel("muted")),
      m_score(makeLabel("muted")),
      m_chooseFirst(makeButton({}, false)),
      m_chooseSecond(makeButton({}, false)),
      m_equal(makeButton({}, false)),
      m_back(makeButton(QStringLiteral("undo"), false)),
      m_again(makeButton({}, false)) {
    m_firstText->setObjectName(QStringLiteral("blindFirst"));
    m_secondText->setObjectName(QStringLiteral("blindSecond"));
    m_chooseFirst->setObjectName(QStringLiteral("voteFirst"));
    m_chooseSecond->setObjectName(QStringLiteral("voteSecond"));
    m_equal->setObjectName(QStringLiteral("voteEqual"));
    m_back->setObjectName(QStringLiteral("voteBack"));
    m_told->setObjectName(QStringLiteral("blindTold"));
    m_score->setObjectName(QStringLiteral("blindScore"));
    setFocusPolicy(Qt::StrongFocus);
    m_picture->setMinimumSize(180, 140);
    auto* texts = new QVBoxLayout;
    texts->setSpacing(8);
    m_prompt->setObjectName(QStringLiteral("blindPrompt"));
    texts->addWidget(m_prompt);
    for (auto [card, text] : {std::pair{m_first, m_firstText}, std::pair{m_second, m_secondText}}) {
        card->body()->addWidget(text);
        card->body()->addStretch();
        texts->addWidget(card, 1);
    }
    auto* votes = new QHBoxLayout;
    votes->setSpacing(8);
    for (QPushButton* button : {m_chooseFirst, m_chooseSecond, m_equal, m_back})
        votes->addWidget(button);
    votes->addStretch();
    votes->addWidget(m_again);
    auto* row = new QHBoxLayout;
    row->setSpacing(12);
    row->addWidget(m_picture, 4);
    row->addLayout(texts, 5);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->addLayout(row, 1);
    column->addLayout(votes);
    column->addWidget(m_told);
    column->addWidget(m_score);
    connect(m_chooseFirst, &QPushButton::clicked, this, [this] { take(Vote::First); });
    connect(m_chooseSecond, &QPushButton::clicked, this, [this] { take(Vote::Second); });
    connect(m_equal, &QPushButton::clicked, this, [this] { take(Vote::Equal); });
    connect(m_back, &QPushButton::clicked, this, [this] {
        m_trial.takeBack();
        refresh();
    });
    connect(m_again, &QPushButton::clicked, this, &BlindPane::begin);
    connect(&workbench.compare.model(), &QAbstractItemModel::modelReset, this, &BlindPane::begin);
    connect(&workbench.compare.model(), &QAbstractItemModel::rowsInserted, this,
            &BlindPane::refresh);
    keepText(this, [this] { retranslate(); });
}

void BlindPane::retranslate() {
    m_first->setTitle(tr("Caption 1"));
    m_second->setTitle(tr("Caption 2"));
    m_chooseFirst->setText(tr("1 is better"));
    m_chooseSecond->setText(tr("2 is better"));
    m_equal->setText(tr("Equally good"));
    m_chooseFirst->setToolTip(tr("Key 1"));
    m_chooseSecond->setToolTip(tr("Key 2"));
    m_equal->setToolTip(tr("Key 0"));
    m_back->setText(tr("Take back"));
    m_again->setText(tr("Begin again"));
    m_picture->setAccessibleName(tr("Picture of the sample"));
    setAccessibleName(tr("Blind comparison"));
    refresh();
}

void BlindPane::begin() {
    m_trial.begin(m_workbench.compare.model().comparison().samples,
                  QRandomGenerator::global()->generate());
    refresh();
}

void BlindPane::take(Vote vote) {
    m_trial.vote(vote);
    refresh();
}

void BlindPane::keyPressEvent(QKeyEvent* event) {
    switch (event->key()) {
        case Qt::Key_1:
            return take(Vote::First);
        case Qt::Key_2:
            return take(Vote::Second);
        case Qt::Key_0:
            return take(Vote::Equal);
        case Qt::Key_Backspace:
            return m_back->click();
        default:
            QWidget::keyPressEvent(event);
    }
}

void BlindPane::refresh() {
    const auto asked = m_trial.question();
    const ComparedSample* s =
        asked ? m_workbench.compare.model().sample(static_cast<int>(asked->sample)) : nullptr;
    for (QPushButton* button : {m_chooseFirst, m_chooseSecond, m_equal})
        button->setEnabled(s != nullptr);
    m_back->setEnabled(m_trial.voted() > 0);
    m_again->setEnabled(m_trial.count() > 0);
    m_picture->setImage(s ? m_workbench.pictures.picture(qs(s->sample.image), pictureSide)
                          : QImage());
    m_prompt->setText(s                     ? qs(s->sample.prompt)
                      : m_trial.count() > 0 ? tr("All pairs are judged.")
                      : m_workbench.compare.model().rowCount() > 0 &&
                              !m_workbench.compare.model().whole()
                          ? tr("Judged when the comparison is whole.")
                          : tr("No captions differ, so there is nothing to judge."));
    const auto text = [&](bool first) {
        if (!s) return QString();
        return qs(first == asked->adaptedFirst ? s->adapted.text : s->base.text);
    };
    m_firstText->setText(text(true));
    m_secondText->setText(text(false));
    const auto last = m_trial.last();
    m_told->setText(!last                ? tr("Which caption is whose is told after the vote.")
                    : last->adaptedFirst ? tr("Before: 1 was the adapter's, 2 the base's.")
                                         : tr("Before: 1 was the base's, 2 the adapter's."));
    showScore();
}

void BlindPane::showScore() {
    const BlindTrial::Score score = m_trial.score();
    QString text =
        tr("%1 of %2 judged: adapter %3, base %4, equal %5.")
            .arg(countText(static_cast<qint64>(m_trial.voted())),
                 countText(static_cast<qint64>(m_trial.count())), countText(score.adapted),
                 countText(score.base), countText(score.equal));
    if (score.rate)
        text += QLatin1Char(' ') +
                tr("The adapter wins %1 (95 % interval %2 to %3, n = %4).")
                    .arg(percentText(score.rate->share), percentText(score.rate->low),
                         percentText(score.rate->high), countText(score.adapted + score.base));
    m_score->setText(text);
}

}  // namespace moelora::ui
