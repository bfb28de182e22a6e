// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/compare/captions_pane.h"

#include <QGridLayout>
#include <QStringList>
#include <algorithm>

#include "core/eval/captions.h"
#include "ui/bridge/text.h"
#include "ui/models/comparison_model.h"
#include "ui/widgets/basics.h"
#include "ui/widgets/diff_text.h"
#include "ui/widgets/image_view.h"
#include "ui/widgets/theme.h"

namespace moelora::ui {

namespace {
constexpr int pictureSide = 256, mostOfName = 260;

// What stands out in the captions of this sample.
QString noticesOf(const ComparedSample& sample, const std::vector<Issue>& issues) {
    QStringList notices;
    for (const Issue& issue : issues)
        if (issue.where.item == sample.sample.id || issue.error.arg("sample") == sample.sample.id)
            notices << QStringLiteral("⚠ ") + errorText(issue.error).what;
    notices.removeDuplicates();
    return notices.join(QLatin1Char('\n'));
}
}  // namespace

QString shortHash(const std::string& hash) {
    return hash.empty() ? QStringLiteral("–") : qs(hash).left(12);
}

// The last two parts: "demo/model", "20261124-0912-soft/adapter".
QString shortPath(const std::string& path) {
    const QStringList parts = qs(path).split(QLatin1Char('/'), Qt::SkipEmptyParts);
    return parts.mid(std::max<qsizetype>(0, parts.size() - 2)).join(QLatin1Char('/'));
}

QString picturesText(const Provenance& p) {
    if (p.resize.size() == 2)
        return CaptionsPane::tr("%1 × %2 px").arg(countText(p.resize[1]), countText(p.resize[0]));
    return p.max_pixels > 0 ? CaptionsPane::tr("≤ %1 px").arg(countText(p.max_pixels))
                            : CaptionsPane::tr("the model's pixels");
}

CaptionsPane::CaptionsPane(PictureLoader& pictures, QWidget* parent)
    : QWidget(parent), m_pictures(pictures) {
    auto* grid = new QGridLayout(this);
    grid->setContentsMargins(0, 0, 0, 0);
    grid->setSpacing(12);
    const auto side = [](Card*& card, QWidget* text, Chip** chip, QLabel*& origin) {
        card = new Card;
        card->body()->addWidget(text);
        card->body()->addStretch();
        origin = makeLabel("muted");
        origin->setTextInteractionFlags(Qt::TextSelectableByMouse);
        if (chip) {
            card->body()->addWidget(origin);
            card->head()->addWidget(*chip = new Chip);
        } else {
            origin->setWordWrap(false);
            card->head()->addWidget(origin);  // a short one, which saves a line
        }
        return card;
    };
    m_picture = new Card;
    m_image = new ImageView;
    m_image->setMinimumSize(180, 180);
    m_prompt = makeLabel("muted");
    m_previous = makeIconButton(QStringLiteral("previous"));
    m_next = makeIconButton(QStringLiteral("next"));
    m_picture->head()->addWidget(m_previous);
    m_picture->head()->addWidget(m_next);
    m_picture->body()->addWidget(m_image, 1);
    m_picture->body()->addWidget(m_prompt);
    m_before = new DiffText;
    m_after = new DiffText;
    m_referenceText = makeLabel("caption");
    m_referenceText->setObjectName(QStringLiteral("referenceText"));
    m_referenceText->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_verdict = makeLabel("muted");
    grid->addWidget(m_picture, 0, 0, 3, 1);
    grid->addWidget(side(m_base, m_before, &m_baseMatch, m_baseOrigin), 0, 1);
    grid->addWidget(side(m_adapted, m_after, &m_adaptedMatch, m_adaptedOrigin), 1, 1);
    grid->addWidget(side(m_reference, m_referenceText, nullptr, m_referenceOrigin), 2, 1);
    m_baseOrigin->setObjectName(QStringLiteral("baseOrigin"));
    m_adaptedOrigin->setObjectName(QStringLiteral("adaptedOrigin"));
    m_verdict->setObjectName(QStringLiteral("verdict"));
    m_adapted->body()->insertWidget(1, m_verdict);
    grid->setColumnStretch(0, 4);
    grid->setColumnStretch(1, 5);
    for (int row = 0; row < 3; ++row) grid->setRowStretch(row, 1);
    connect(m_previous, &QToolButton::clicked, this, [this] { Q_EMIT stepWanted(-1); });
    connect(m_next, &QToolButton::clicked, this, [this] { Q_EMIT stepWanted(1); });
    keepText(this, [this] { retranslate(); });
}

void CaptionsPane::retranslate() {
    m_picture->setTitle(tr("Picture"));
    m_base->setTitle(tr("Base"));
    m_adapted->setTitle(tr("Adapted"));
    m_reference->setTitle(tr("Reference"));
    m_previous->setAccessibleName(tr("Previous difference"));
    m_next->setAccessibleName(tr("Next difference"));
    m_previous->setToolTip(tr("Previous difference (P)"));
    m_next->setToolTip(tr("Next difference (N)"));
}

// Weights, adapter, scale, decoding and pictures of each column, beside what it says; the question
// stands under the picture.
void CaptionsPane::showOrigins(const ComparedSample& sample, const Provenance& p) {
    const QString name = tr("sample %1").arg(qs(sample.sample.id));
    m_referenceOrigin->setText(
        m_referenceOrigin->fontMetrics().elidedText(name, Qt::ElideMiddle, mostOfName));
    m_referenceOrigin->setToolTip(name);
    if (p.model_path.empty()) {  // known when the comparison is whole
        for (QLabel* label : {m_baseOrigin, m_adaptedOrigin})
            label->setText(QStringLiteral("\u00a0"));
        return;
    }
    const QString model =
        tr("weights %1")
            .arg(shortHash(p.model_sha256.empty() ? p.model_fingerprint : p.model_sha256).left(8));
    const QString decoding =
        p.greedy ? tr("greedy") : tr("sampled, seed %1").arg(QString::number(p.seed));
    const QString pictures = picturesText(p);
    m_baseOrigin->setText(
        QStringList{model, tr("no adapter"), decoding, pictures}.join(QStringLiteral(" · ")));
    QStringList adapted = {
        model,
        tr("adapter %1 (%2)")
            .arg(shortPath(p.adapter_path), shortHash(p.adapter_fingerprint).left(8)),
        tr("scale %1").arg(fixedText(p.adapter_scale.value_or(1), 2)), decoding, pictures};
    if (p.adapter_step > 0) adapted.insert(2, tr("update %1").arg(countText(p.adapter_step)));
    if (p.forced_expert) adapted << tr("only expert %1").arg(countText(*p.forced_expert + 1));
    m_adaptedOrigin->setText(adapted.join(QStringLiteral(" · ")));
}

void CaptionsPane::showSample(const ComparedSample& sample, const Comparison& of, bool whole) {
    m_image->setImage(m_pictures.picture(qs(sample.sample.image), 2 * pictureSide));
    m_prompt->setText(qs(sample.sample.prompt));
    m_before->setDiff(sample.diff, DiffText::Before);
    m_after->setDiff(sample.diff, DiffText::After);
    QStringList references;
    for (const std::string& reference : sample.sample.references) references << qs(reference);
    m_referenceText->setText(!references.isEmpty() ? references.join(QLatin1Char('\n'))
                             : whole               ? tr("no reference")
                                                   : tr("comes when the comparison is whole"));
    const QString notices = noticesOf(sample, of.issues);
    m_verdict->setText(notices.isEmpty()
                           ? verdictName(verdictOf(sample))
                           : verdictName(verdictOf(sample)) + QLatin1Char('\n') + notices);
    showOrigins(sample, of.provenance);
    const bool any = !references.isEmpty();
    const auto match = [&](Chip* chip, const Caption& caption) {
        const bool equal = exact_match(caption.text, sample.sample.references);
        chip->show(!any    ? QString()
                   : equal ? tr("✓ equal")
                           : tr("differs"),
                   equal ? Tone::Good : Tone::Neutral);
    };
    match(m_baseMatch, sample.base);
    match(m_adaptedMatch, sample.adapted);
}

}  // namespace moelora::ui
