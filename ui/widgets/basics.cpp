// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/basics.h"

#include <QAbstractSlider>
#include <QAbstractSpinBox>
#include <QAccessible>
#include <QApplication>
#include <QComboBox>
#include <QDropEvent>
#include <QLineEdit>
#include <QMimeData>
#include <QPlainTextEdit>
#include <QScrollArea>
#include <QScrollBar>
#include <QStyle>
#include <QTextEdit>
#include <QUrl>

#include "ui/widgets/theme.h"
#include "ui/widgets/words.h"

namespace moelora::ui {

void repolish(QWidget* widget) {
    widget->style()->unpolish(widget);
    widget->style()->polish(widget);
}

void setTone(QWidget* widget, Tone tone) {
    static const char* names[] = {"neutral", "good", "warning", "bad"};
    const QString name = QLatin1String(names[static_cast<int>(tone)]);
    if (widget->property("tone").toString() == name) return;  // polishing is not cheap
    widget->setProperty("tone", name);
    repolish(widget);
}

void announce(QWidget* widget) {
    // For tests: without a plug-in of the desktop Qt drops what is announced.
    widget->setProperty("announced", widget->property("announced").toInt() + 1);
    QAccessibleEvent news(widget, QAccessible::Alert);
    QAccessible::updateAccessibility(&news);
}

QLabel* makeLabel(const char* role, QWidget* parent) {
    auto* label = new Words(parent);
    label->setProperty("role", QLatin1String(role));
    label->setTextFormat(Qt::PlainText);
    label->setWordWrap(true);
    return label;
}

void addField(QBoxLayout* line, QLabel*& label, QWidget* widget, int stretch) {
    label = makeLabel("field");
    label->setWordWrap(false);
    label->setBuddy(widget);
    line->addWidget(label);
    line->addWidget(widget, stretch);
}

QLabel* makeFacts(QWidget* parent) {
    QLabel* label = makeLabel("facts", parent);
    label->setTextFormat(Qt::RichText);
    return label;
}

QString factTable(const std::vector<std::pair<QString, QString>>& facts) {
    QString html = QStringLiteral("<table cellspacing=0 cellpadding=2>");
    for (const auto& [name, value] : facts)
        html +=
            QStringLiteral("<tr><td style=\"color:%1\">%2&nbsp;&nbsp;&nbsp;</td><td>%3</td></tr>")
                .arg(colors().muted.name(), name.toHtmlEscaped(), value.toHtmlEscaped());
    return html + QStringLiteral("</table>");
}

QToolButton* makeIconButton(const QString& iconName, QWidget* parent) {
    auto* button = new QToolButton(parent);
    button->setAutoRaise(true);
    keepLook(button, [button, iconName] { button->setIcon(icon(iconName, colors().muted)); });
    return button;
}

QPushButton* makeButton(const QString& iconName, bool primary, QWidget* parent) {
    auto* button = new QPushButton(parent);
    button->setProperty("primary", primary);
    if (!iconName.isEmpty())
        keepLook(button, [button, iconName, primary] {
            button->setIcon(icon(iconName, primary ? colors().accentText : colors().text));
        });
    return button;
}

QToolButton* makeFold(const char* name) {
    auto* fold = new QToolButton;
    fold->setObjectName(QLatin1String(name));
    fold->setProperty("fold", true);
    fold->setCheckable(true);
    fold->setAutoRaise(true);
    fold->setArrowType(Qt::RightArrow);
    fold->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    return fold;
}

void openFold(QToolButton* fold, bool open) {
    fold->setChecked(open);
    fold->setArrowType(open ? Qt::DownArrow : Qt::RightArrow);
}

namespace {
// Never narrower than what is in it, which could not be reached: it is the page that grows.
class UprightArea : public QScrollArea {
  public:
    [[nodiscard]] QSize minimumSizeHint() const override {
        QSize least = QScrollArea::minimumSizeHint();
        if (widget() && horizontalScrollBarPolicy() == Qt::ScrollBarAlwaysOff)
            least.setWidth(widget()->minimumSizeHint().width() +
                           verticalScrollBar()->sizeHint().width() + 2 * frameWidth());
        return least;
    }

  protected:
    bool event(QEvent* event) override {
        const bool done = QScrollArea::event(event);
        if (event->type() == QEvent::LayoutRequest) updateGeometry();
        return done;
    }
};
}  // namespace

QWidget* scrolled(QWidget* content, const char* name) {
    auto* area = new UprightArea;
    area->setObjectName(QLatin1String(name));
    area->setWidget(content);
    area->setWidgetResizable(true);
    area->setFrameShape(QFrame::NoFrame);
    area->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    area->setFocusPolicy(Qt::NoFocus);
    content->setProperty("scrolled", true);
    return area;
}

// ---- Card

Card::Card(QWidget* parent)
    : QFrame(parent),
      m_title(makeLabel("heading")),
      m_head(new QHBoxLayout),
      m_body(new QVBoxLayout) {
    setProperty("card", true);
    m_title->setWordWrap(false);
    m_title->hide();
    m_head->addWidget(m_title);
    m_head->addStretch();
    m_head->setSpacing(8);
    m_body->setSpacing(8);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(14, 12, 14, 12);
    layout->setSpacing(8);
    layout->addLayout(m_head);
    layout->addLayout(m_body, 1);
}

void Card::setTitle(const QString& title) {
    m_title->setText(title);
    m_title->setVisible(!title.isEmpty());
}

// ---- Chip

Chip::Chip(QWidget* parent) : QLabel(parent) {
    setProperty("chip", true);
    setTextFormat(Qt::PlainText);
    setSizePolicy(QSizePolicy::Maximum, QSizePolicy::Maximum);
}

void Chip::show(const QString& text, Tone tone) {
    setText(text);
    setTone(this, tone);
    setVisible(!text.isEmpty());
}

// ---- EmptyState

EmptyState::EmptyState(const QString& iconName, QWidget* parent)
    : QWidget(parent),
      m_picture(new QLabel),
      m_title(makeLabel("heading")),
      m_sentence(makeLabel("muted")),
      m_button(makeButton({}, true)) {
    auto* layout = new QVBoxLayout(this);
    layout->setSpacing(10);
    layout->addStretch(2);
    for (QLabel* label : {m_picture, m_title, m_sentence}) {
        label->setAlignment(Qt::AlignCenter);
        layout->addWidget(label);
    }
    layout->addSpacing(4);
    layout->addWidget(m_button, 0, Qt::AlignHCenter);
    layout->addStretch(3);
    keepLook(this, [this, iconName] {
        m_picture->setPixmap(iconPixmap(iconName, colors().muted, 56, devicePixelRatioF()));
    });
}

void EmptyState::setTexts(const QString& title, const QString& sentence, const QString& button) {
    m_title->setText(title);
    m_sentence->setText(sentence);
    m_button->setText(button);
    m_button->setVisible(!button.isEmpty());
}

// ---- MessageBar

MessageBar::MessageBar(QWidget* parent)
    : QFrame(parent),
      m_buttons(new QHBoxLayout),
      m_picture(new QLabel),
      m_text(makeLabel("message")),
      m_details(makeLabel("mono")),
      m_more(makeFold("messageDetails")),
      m_close(makeIconButton(QStringLiteral("close"))) {
    setProperty("messageBar", true);
    for (QLabel* label : {m_text, m_details})
        label->setTextInteractionFlags(Qt::TextSelectableByMouse);
    auto* both = new QVBoxLayout(this);
    both->setContentsMargins(12, 6, 6, 6);
    both->setSpacing(4);
    auto* layout = new QHBoxLayout;
    both->addLayout(layout);
    both->addWidget(m_details);
    m_details->hide();
    connect(m_more, &QToolButton::toggled, this, [this](bool open) {
        openFold(m_more, open);
        m_details->setVisible(open);
    });
    layout->addWidget(m_picture, 0, Qt::AlignVCenter);
    layout->addWidget(m_text, 1);
    m_buttons->setSpacing(8);
    layout->addLayout(m_buttons);
    layout->addWidget(m_more, 0, Qt::AlignVCenter);
    layout->addWidget(m_close, 0, Qt::AlignVCenter);
    connect(m_close, &QToolButton::clicked, this, &QWidget::hide);
    keepText(this, [this] {
        m_more->setText(tr("Details"));
        m_close->setAccessibleName(tr("Dismiss the message"));
        writeText();
    });
    keepLook(this, [this] { drawPicture(); });
    hide();
}

void MessageBar::showMessage(Tone tone, std::function<Message()> make) {
    m_tone = tone;
    m_make = std::move(make);
    m_more->setChecked(false);
    setTone(this, tone);
    writeText();
    drawPicture();
    show();
    announce(this);
}

void MessageBar::leavePage() {
    if (m_tone == Tone::Good) hide();
}

// A button may take the whole bar away, so it is deleted later and acts when its click is over.
void MessageBar::makeButtons(std::vector<Button> buttons) {
    while (QLayoutItem* item = m_buttons->takeAt(0)) {
        item->widget()->hide();
        item->widget()->deleteLater();
        delete item;
    }
    for (Button& one : buttons) {
        QPushButton* button = makeButton({}, false);
        button->setObjectName(QStringLiteral("offer%1").arg(m_buttons->count() + 1));
        button->setText(one.text);
        connect(button, &QPushButton::clicked, this, one.press, Qt::QueuedConnection);
        m_buttons->addWidget(button);
    }
}

void MessageBar::writeText() {
    if (!m_make) return;
    Message message = m_make();
    makeButtons(std::exchange(message.buttons, {}));
    const QString line = message.hint.isEmpty()
                             ? message.text
                             : QStringLiteral("%1 %2").arg(message.text, message.hint);
    m_text->setText(message.code.isEmpty() ? line
                                           : QStringLiteral("%1 (%2)").arg(line, message.code));
    setAccessibleName(m_text->text());
    m_details->setText(message.details);
    m_more->setVisible(!message.details.isEmpty());
}

void MessageBar::drawPicture() {
    const bool good = m_tone == Tone::Good || m_tone == Tone::Neutral;
    const QColor color = good                      ? colors().good
                         : m_tone == Tone::Warning ? colors().warning
                                                   : colors().error;
    const QString name = good ? QStringLiteral("check") : QStringLiteral("warning");
    m_picture->setPixmap(iconPixmap(name, color, 18, devicePixelRatioF()));
}

QString MessageBar::text() const {
    return m_text->text();
}

// ---- wheel guard

namespace {
class WheelGuard : public QObject {
  public:
    using QObject::QObject;
    bool eventFilter(QObject* object, QEvent* event) override {
        if (event->type() != QEvent::Wheel) return false;
        auto* widget = qobject_cast<QWidget*>(object);
        const bool guarded =
            qobject_cast<QComboBox*>(widget) || qobject_cast<QAbstractSpinBox*>(widget) ||
            (qobject_cast<QAbstractSlider*>(widget) && !qobject_cast<QScrollBar*>(widget));
        if (!guarded || widget->hasFocus()) return false;
        event->ignore();
        return true;
    }
};
}  // namespace

namespace {
template <class Guard>
void installOnce(const char* name) {
    if (qApp->findChild<QObject*>(QLatin1String(name))) return;
    auto* guard = new Guard(qApp);
    guard->setObjectName(QLatin1String(name));
    qApp->installEventFilter(guard);
}
}  // namespace

void installWheelGuard() {
    installOnce<WheelGuard>("moelora.wheelGuard");
}

// ---- drop guard

QString droppedPath(const QMimeData* mime) {
    for (const QUrl& url : mime->urls())
        if (url.isLocalFile()) return url.toLocalFile();
    return {};
}

namespace {
// Many file managers offer a path as text, too, which a text field would take as typed.
class DropGuard : public QObject {
  public:
    using QObject::QObject;
    bool eventFilter(QObject* object, QEvent* event) override {
        if (event->type() != QEvent::DragEnter && event->type() != QEvent::DragMove &&
            event->type() != QEvent::Drop)
            return false;
        if (!types(object) || object->property("takesPaths").toBool()) return false;
        if (droppedPath(static_cast<QDropEvent*>(event)->mimeData()).isEmpty()) return false;
        event->ignore();
        return true;
    }

  private:
    // A text area's drags arrive at its viewport.
    static bool types(QObject* object) {
        const auto area = [](QObject* of) {
            return qobject_cast<QTextEdit*>(of) || qobject_cast<QPlainTextEdit*>(of);
        };
        return qobject_cast<QLineEdit*>(object) || area(object) ||
               (object->parent() && area(object->parent()));
    }
};
}  // namespace

void installDropGuard() {
    installOnce<DropGuard>("moelora.dropGuard");
}

}  // namespace moelora::ui
