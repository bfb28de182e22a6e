// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/data/seen_pane.h"

#include <QTextBrowser>

#include "ui/bridge/text.h"
#include "ui/models/project.h"
#include "ui/widgets/basics.h"
#include "ui/widgets/image_view.h"
#include "ui/widgets/issue_list.h"
#include "ui/widgets/theme.h"

namespace moelora::ui {

namespace {
QImage imageOf(const Picture& picture) {
    const QImage borrowed(picture.rgb.data(), static_cast<int>(picture.width),
                          static_cast<int>(picture.height), static_cast<int>(picture.width * 3),
                          QImage::Format_RGB888);
    return borrowed.copy();
}

// Blanks and line ends as signs, so that a token is seen whole.
QString visible(const QString& text) {
    QString out = text.toHtmlEscaped();
    out.replace(QLatin1Char(' '), QStringLiteral("&middot;"));
    out.replace(QLatin1Char('\n'), QStringLiteral("&#8629;<br>"));
    return out;
}
}  // namespace

SeenPane::SeenPane(Session& session, QWidget* parent)
    : QWidget(parent),
      m_session(session),
      m_counts(makeLabel("muted")),
      m_legend(makeLabel("muted")),
      m_picture(new ImageView),
      m_tokens(new QTextBrowser),
      m_error(new IssueList) {
    m_counts->setObjectName(QStringLiteral("seenCounts"));
    m_tokens->setObjectName(QStringLiteral("seenTokens"));
    m_tokens->setOpenLinks(false);
    m_picture->setMinimumHeight(140);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->addWidget(m_error);
    column->addWidget(m_picture, 2);
    column->addWidget(m_counts);
    column->addWidget(m_tokens, 3);
    column->addWidget(m_legend);
    keepText(this, [this] { show(); });
    keepLook(this, [this] { show(); });
}

void SeenPane::showSample(const DataOptions& wanted, const std::string& model,
                          const std::string& id) {
    DataOptions same = m_data;
    same.exclude = wanted.exclude;
    if (readAlike(wanted, same) && model == m_model && id == m_id && !m_stale) return;
    m_data = wanted;
    m_data.exclude.clear();  // what is left out can be looked at, too
    m_model = model;
    m_id = id;
    m_stale = true;
    if (isVisible()) ask();
}

void SeenPane::forget() {
    m_stale = true;
}

void SeenPane::showEvent(QShowEvent* event) {
    QWidget::showEvent(event);
    if (m_stale) ask();
}

void SeenPane::ask() {
    m_stale = false;
    m_view.reset();
    if (m_id.empty() || m_model.empty() || m_data.path.empty()) {
        m_ask.cancel();
        show();
        return;
    }
    m_ask.ask(
        this,
        [&session = m_session, wanted = m_data, model = m_model, id = m_id] {
            return session.view_sample(wanted, model, id);
        },
        [this](Result<SampleView> view) {
            m_view = std::move(view);
            show();
        });
    show();
}

QString SeenPane::tokensHtml(const SampleView& view) {
    const Colors& c = colors();
    QString html;
    bool odd = false;
    for (const SeenToken& token : view.tokens) {
        odd = !odd;  // neighbours differ a little, so that each is seen
        const QString text = token.picture >= 0
                                 ? QStringLiteral("[&#9635; %1 × %2]")
                                       .arg(countText(token.count), visible(qs(token.text)))
                                 : visible(qs(token.text));
        const QColor fill = token.learnt ? c.insertedFill : odd ? c.sunken : c.surface;
        html += QStringLiteral(
                    "<span style=\"color:%1;background-color:%2;text-decoration:%3\">%4</span>")
                    .arg((token.learnt ? c.inserted : c.muted).name(), fill.name(),
                         token.learnt ? QStringLiteral("underline") : QStringLiteral("none"), text);
    }
    return html;
}

void SeenPane::show() {
    m_tokens->setAccessibleName(tr("Tokens of the sample"));
    m_picture->setAccessibleName(tr("Picture as the model is shown it"));
    m_legend->setText(
        tr("Underlined: learnt, they have a label. All others are only read. A dot is a blank."));
    const bool good = m_view && *m_view;
    m_error->setIssues({});
    if (m_view && !*m_view) m_error->setError(m_view->error());
    for (QWidget* part : {static_cast<QWidget*>(m_tokens), static_cast<QWidget*>(m_legend)})
        part->setVisible(good);
    m_picture->setVisible(good && !(*m_view)->pictures.empty());
    if (!good) {
        m_counts->setText(m_view            ? QString()
                          : m_model.empty() ? tr("Choose a model: its template, tokenizer and "
                                                 "picture processor decide what is seen.")
                          : m_id.empty()    ? tr("No sample is chosen.")
                                            : tr("Reading the sample ..."));
        return;
    }
    const SampleView& v = **m_view;
    QString text = tr("%1 tokens: %2 of pictures, %3 of text; %4 are learnt.")
                       .arg(countText(v.visual + v.text), countText(v.visual), countText(v.text),
                            countText(v.learnt));
    if (!v.pictures.empty()) {
        const Picture& first = v.pictures.front();
        m_picture->setImage(imageOf(first));
        text.prepend(
            tr("Resized to %1 × %2 pixels.").arg(countText(first.width), countText(first.height)) +
            QLatin1Char(' '));
    }
    m_counts->setText(text);
    m_tokens->setHtml(tokensHtml(v));
}

}  // namespace moelora::ui
