// SPDX-License-Identifier: GPL-3.0-or-later
// Small domain-free pieces every page is made of.
#pragma once

#include <QFrame>
#include <QLabel>
#include <QPushButton>
#include <QToolButton>
#include <QVBoxLayout>
#include <functional>
#include <utility>
#include <vector>

class QMimeData;

namespace moelora::ui {

enum class Tone { Neutral, Good, Warning, Bad };

// A framed area with an optional heading; content goes into body().
class Card : public QFrame {
    Q_OBJECT
  public:
    explicit Card(QWidget* parent = nullptr);
    void setTitle(const QString& title);
    [[nodiscard]] QVBoxLayout* body() const { return m_body; }
    [[nodiscard]] QHBoxLayout* head() const { return m_head; }  // right of the heading
  private:
    QLabel* m_title;
    QHBoxLayout* m_head;
    QVBoxLayout* m_body;
};

// A short state word on a coloured ground; the word, not the colour, carries the meaning.
class Chip : public QLabel {
    Q_OBJECT
  public:
    explicit Chip(QWidget* parent = nullptr);
    void show(const QString& text, Tone tone);
};

// What a page shows when it has nothing to show: a picture, a sentence, a button.
class EmptyState : public QWidget {
    Q_OBJECT
  public:
    EmptyState(const QString& iconName, QWidget* parent = nullptr);
    void setTexts(const QString& title, const QString& sentence, const QString& button);
    [[nodiscard]] QPushButton* button() const { return m_button; }

  private:
    QLabel *m_picture, *m_title, *m_sentence;
    QPushButton* m_button;
};

// An inline, dismissible message. Never over the controls that are needed to mend the matter.
class MessageBar : public QFrame {
    Q_OBJECT
  public:
    explicit MessageBar(QWidget* parent = nullptr);
    struct Button {
        QString text;
        std::function<void()> press;
    };
    struct Message {
        QString text, hint, code;
        std::vector<Button> buttons{};
        QString details{};  // shown on demand: where it arose, in the engine's words
    };
    // `make` is asked again after a change of the language.
    void showMessage(Tone tone, std::function<Message()> make);
    void leavePage();  // good news belongs to the page on which it came
    [[nodiscard]] QString text() const;

  private:
    void drawPicture();
    void writeText();
    void makeButtons(std::vector<Button> buttons);

    std::function<Message()> m_make;
    QHBoxLayout* m_buttons;
    QLabel *m_picture, *m_text, *m_details;
    QToolButton *m_more, *m_close;
    Tone m_tone = Tone::Neutral;
};

// role: "title", "heading", "muted", "number", "mono"
[[nodiscard]] QLabel* makeLabel(const char* role, QWidget* parent = nullptr);
// Makes `label` the name of `widget` and puts both on `line`.
void addField(QBoxLayout* line, QLabel*& label, QWidget* widget, int stretch = 0);
// For factTable().
[[nodiscard]] QLabel* makeFacts(QWidget* parent = nullptr);
// Name and value lines as a small table, in the colours of now.
[[nodiscard]] QString factTable(const std::vector<std::pair<QString, QString>>& facts);
void setTone(QWidget* widget, Tone tone);  // for the style sheet
void repolish(QWidget* widget);
// Tells who listens instead of looking: `widget` says something new in its name.
void announce(QWidget* widget);
// A flat button with an icon of the theme.
[[nodiscard]] QToolButton* makeIconButton(const QString& iconName, QWidget* parent = nullptr);
[[nodiscard]] QPushButton* makeButton(const QString& iconName, bool primary,
                                      QWidget* parent = nullptr);
// A button that opens what stands below it; the owner shows that when it is toggled.
[[nodiscard]] QToolButton* makeFold(const char* name);
void openFold(QToolButton* fold, bool open);  // its tick and its arrow
// Puts `content` into a frameless scroll area that never scrolls sideways.
[[nodiscard]] QWidget* scrolled(QWidget* content, const char* name);
// Spin boxes, combo boxes and sliders leave the wheel to the page unless they have the focus. Once
// per application.
void installWheelGuard();
// Files that are dropped on a text field are not typed into it: they go to whatever is around it,
// unless the field has the property "takesPaths". Once per application.
void installDropGuard();
// The path of the first local file of a drag; "" = it has none.
[[nodiscard]] QString droppedPath(const QMimeData* mime);

}  // namespace moelora::ui
