// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/shell/application.h"

#include <QFontDatabase>
#include <QLibraryInfo>
#include <QLocale>
#include <clocale>

#include "core/session/session.h"
#include "ui/bridge/text.h"
#include "ui/bridge/watchdog.h"
#include "ui/shell/accessibility.h"
#include "ui/widgets/basics.h"
#include "ui/widgets/theme.h"

namespace moelora::ui {

Application::Application(int& argc, char** argv) : QApplication(argc, argv) {
    std::setlocale(LC_NUMERIC,
                   "C");  // QApplication took the desktop's; a decimal comma would break parsers
    setOrganizationName(QStringLiteral("moelora"));
    setApplicationName(QStringLiteral("moelora-workbench"));
    setApplicationVersion(qs(program_version()));
    setWindowIcon(QIcon(QStringLiteral(":/icons/workbench.svg")));
    setDesktopFileName(QStringLiteral("moelora-workbench"));
    installWheelGuard();
    installDropGuard();
    installAccessibleRoles();
    chooseFonts();
}

bool Application::notify(QObject* receiver, QEvent* event) {
    const Watchdog::Scope scope(receiver, event->type());
    return QApplication::notify(receiver, event);
}

// Without a named family the fallback for Chinese may be a bold or a Japanese face.
void Application::chooseFonts() {
    QStringList families = {font().family()};
    for (const char* name : {"Noto Sans CJK SC", "Source Han Sans SC", "WenQuanYi Micro Hei"})
        if (QFontDatabase::hasFamily(QLatin1String(name))) families << QLatin1String(name);
    QFont chosen = font();
    chosen.setFamilies(families);
    setFont(chosen);
    m_letters = chosen;
    m_chinese = QFontDatabase::families(QFontDatabase::SimplifiedChinese);
}

bool Application::lacksLetters() const {
    return m_language == QLatin1String("zh_CN") && m_chinese.isEmpty();
}

void Application::setTextScale(int percent) {
    if (percent == m_textScale) return;
    m_textScale = percent;
    QFont scaled = m_letters;
    const double factor = percent / 100.0;
    if (scaled.pointSizeF() > 0)
        scaled.setPointSizeF(scaled.pointSizeF() * factor);
    else
        scaled.setPixelSize(qRound(scaled.pixelSize() * factor));
    setFont(scaled);
    Theme::instance().setMode(Theme::instance().mode());  // titles are of its size
}

bool Application::setLanguage(const QString& code) {
    QString wanted = code.isEmpty() ? QLocale::system().name() : code;
    wanted =
        wanted.startsWith(QLatin1String("zh")) ? QStringLiteral("zh_CN") : QStringLiteral("en");
    if (wanted == m_language) return true;
    removeTranslator(&m_qt);
    removeTranslator(&m_ours);
    m_language = QStringLiteral("en");
    QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedStates));
    // English has its plurals: "1 picture", "2 pictures".
    if (!m_ours.load(QStringLiteral(":/i18n/moelora_%1.qm").arg(wanted))) return false;
    if (wanted == QLatin1String("en")) return installTranslator(&m_ours);
    QLocale::setDefault(QLocale(wanted));
    m_language = wanted;
    if (m_qt.load(QStringLiteral("qtbase_%1").arg(wanted),
                  QLibraryInfo::path(QLibraryInfo::TranslationsPath)))
        installTranslator(&m_qt);
    installTranslator(&m_ours);
    return true;
}

}  // namespace moelora::ui
