// SPDX-License-Identifier: GPL-3.0-or-later
// The one table of colours, light, dark and of high contrast; palette, style sheet, charts and
// views take theirs from here. GUI thread.
#pragma once

#include <QColor>
#include <QIcon>
#include <QObject>
#include <functional>

class QWidget;

namespace moelora::ui {

struct Colors {
    QColor window, surface, sunken, border, text, muted, accent, accentText, hover;
    QColor good, goodFill, warning, warningFill, error, errorFill;
    QColor inserted, insertedFill, deleted, deletedFill;
    QColor series[4], grid;
};

class Theme : public QObject {
    Q_OBJECT
  public:
    enum Mode { System, Light, Dark, HighContrast };
    static Theme& instance();

    // Sets palette and style sheet of the application. Call once before the first window; System
    // follows the desktop.
    void setMode(Mode mode);
    [[nodiscard]] Mode mode() const { return m_mode; }
    [[nodiscard]] bool dark() const { return m_dark; }
    [[nodiscard]] const Colors& colors() const;

  Q_SIGNALS:
    void changed();

  private:
    Theme();
    [[nodiscard]] bool systemIsDark() const;
    void apply();

    Mode m_mode = System;
    bool m_dark = false, m_systemDark = false;
};

[[nodiscard]] inline const Colors& colors() {
    return Theme::instance().colors();
}
// An icon of resources/icons in a theme colour; disabled and selected variants come with it.
[[nodiscard]] QIcon icon(const QString& name, const QColor& color);
[[nodiscard]] QIcon icon(const QString& name);
[[nodiscard]] QPixmap iconPixmap(const QString& name, const QColor& color, int side, qreal ratio);

// Runs `set` now and again after a change of the language / theme, for as long as `widget` lives.
// Another size of the letters is another look.
void keepText(QWidget* widget, std::function<void()> set);
void keepLook(QWidget* widget, std::function<void()> set);

}  // namespace moelora::ui
