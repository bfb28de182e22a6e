// SPDX-License-Identifier: GPL-3.0-or-later
// The application object: watchdog around every event, C numbers, wheel guard, language.
#pragma once

#include <QApplication>
#include <QTranslator>

namespace moelora::ui {

class Application : public QApplication {
    Q_OBJECT
  public:
    Application(int& argc, char** argv);
    bool notify(QObject* receiver, QEvent* event) override;

    // "en" or "zh_CN"; "" = the desktop's. False: there is no such translation (English stays).
    bool setLanguage(const QString& code);
    [[nodiscard]] QString language() const { return m_language; }

  private:
    void chooseFonts();

    QString m_language;
    QTranslator m_ours, m_qt;
};

}  // namespace moelora::ui
