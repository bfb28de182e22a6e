// SPDX-License-Identifier: GPL-3.0-or-later
// The application object: watchdog around every event, C numbers, wheel guard, language.
#pragma once

#include <QApplication>
#include <QFont>
#include <QTranslator>

namespace moelora::ui {

class Application : public QApplication {
    Q_OBJECT
  public:
    Application(int& argc, char** argv);
    bool notify(QObject* receiver, QEvent* event) override;

    // "en" or "zh_CN"; "" = the desktop's. False: there is no such translation (English stays).
    bool setLanguage(const QString& code);
    // The language has letters that no font of this computer holds.
    [[nodiscard]] bool lacksLetters() const;
    void setChineseFamilies(const QStringList& families) { m_chinese = families; }  // for tests
    [[nodiscard]] QString language() const { return m_language; }

    // Letters of so many percent of the desktop's, at any time: what measures letters does it
    // inside keepLook().
    void setTextScale(int percent);
    [[nodiscard]] int textScale() const { return m_textScale; }

  private:
    void chooseFonts();

    QString m_language;
    QFont m_letters;        // as the desktop has them
    QStringList m_chinese;  // fonts with its letters
    int m_textScale = 100;
    QTranslator m_ours, m_qt;
};

}  // namespace moelora::ui
