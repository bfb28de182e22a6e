// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/shell/diagnostics.h"

#include <QCoreApplication>
#include <QDir>
#include <QGuiApplication>
#include <QLocale>
#include <QRegularExpression>
#include <QScreen>
#include <QSysInfo>
#include <QThread>
#include <algorithm>

#include "ui/bridge/text.h"
#include "ui/bridge/watchdog.h"
#include "ui/shell/crash_note.h"
#include "ui/widgets/theme.h"

namespace moelora::ui {

QString redacted(QString text) {
    // Names of folders tell as much as a user's name; the last part is enough to know the file.
    // They may hold blanks: a line with two paths loses what stands between them.
    static const QRegularExpression path(QStringLiteral("(?<![\\w./~])/(?:[^/\"'\\n]{1,120}/)+")),
        ofHome(QStringLiteral("~/(?:[^/\"'\\n]{1,120}/)+"));
    text.replace(QDir::homePath() + QLatin1Char('/'), QStringLiteral("~/"));
    text.replace(path, QStringLiteral(".../"));
    text.replace(ofHome, QStringLiteral("~/.../"));
    text.replace(QDir::homePath(), QStringLiteral("~"));
    for (const char* variable : {"USER", "LOGNAME"}) {
        const QString name = qEnvironmentVariable(variable);
        if (name.size() > 2 && name != QLatin1String("root"))
            text.replace(name, QStringLiteral("<user>"));
    }
    const QString host = QSysInfo::machineHostName();
    if (host.size() > 2) text.replace(host, QStringLiteral("<host>"));
    return text;
}

namespace {
QStringList lastLines(const LogModel& log) {
    constexpr int most = 50;
    QStringList lines;
    for (int row = std::max(0, log.rowCount() - most); row < log.rowCount(); ++row)
        lines << QStringLiteral("    ") + log.index(row).data(Qt::AccessibleTextRole).toString();
    return lines;
}
}  // namespace

QString diagnosticsText(const Workbench& workbench, const QString& lastErrors) {
    const Watchdog& dog = Watchdog::instance();
    const RunOptions& o = workbench.project.options();
    QStringList lines = {
        QStringLiteral("MoE-LoRA Workbench %1").arg(qs(program_version())),
        QStringLiteral("Qt %1 (built with %2), platform %3, locale %4")
            .arg(QLatin1String(qVersion()), QLatin1String(QT_VERSION_STR),
                 QGuiApplication::platformName(), QLocale::system().name()),
        QStringLiteral("System: %1, %2, %3 threads")
            .arg(QSysInfo::prettyProductName(), QSysInfo::currentCpuArchitecture())
            .arg(QThread::idealThreadCount()),
        QStringLiteral("Device: %1").arg(qs(device_report())),
        QStringLiteral("Theme: %1")
            .arg(Theme::instance().mode() == Theme::HighContrast ? QStringLiteral("high contrast")
                 : Theme::instance().dark()                      ? QStringLiteral("dark")
                                                                 : QStringLiteral("light")),
        QStringLiteral("Longest event while training: %1 ms (%2), over %3 ms: %4")
            .arg(dog.longestMs(), 0, 'f', 1)
            .arg(dog.longestWhat())
            .arg(Watchdog::limitMs)
            .arg(dog.overLimit()),
        QStringLiteral("Adapter: preset %1, experts %2, rank %3, alpha %4")
            .arg(qs(o.adapter.preset))
            .arg(o.adapter.num_experts)
            .arg(o.adapter.rank)
            .arg(o.adapter.alpha)};
    if (const auto& hardware = workbench.fit.hardware())
        for (const GpuReport& gpu : hardware->gpus)
            lines << QStringLiteral("GPU: %1, compute capability %2, driver %3")
                         .arg(qs(gpu.name))
                         .arg(static_cast<double>(gpu.capability) / 10, 0, 'f', 1)
                         .arg(qs(hardware->driver));
    if (const QScreen* screen = QGuiApplication::primaryScreen())
        lines << QStringLiteral("Screen: %1 x %2, ratio %3")
                     .arg(screen->size().width())
                     .arg(screen->size().height())
                     .arg(screen->devicePixelRatio());
    if (const QString crash = lastCrashNote(); !crash.isEmpty())
        lines << QStringLiteral("The program before this one died:") << crash;
    lines << QStringLiteral("Last lines of the log:") << lastLines(workbench.train.log());
    if (!lastErrors.isEmpty()) lines << QStringLiteral("Last messages:") << lastErrors;
    return redacted(lines.join(QLatin1Char('\n')));
}

QString aboutHtml() {
    const auto text = [](const char* source) {
        return QCoreApplication::translate("about", source).toHtmlEscaped();
    };
    return QStringLiteral("<h3>MoE-LoRA Workbench %1</h3><p>%2</p><p>%3</p><p>%4</p>")
        .arg(qs(program_version()).toHtmlEscaped(),
             text(QT_TRANSLATE_NOOP(
                 "about",
                 "Fine-tunes vision-language captioners with mixtures of LoRA experts, on this "
                 "computer, and shows what changed because experts learnt.")),
             text(QT_TRANSLATE_NOOP("about",
                                    "Free software under the GNU General Public License, version 3 "
                                    "or later; it comes without any warranty.")),
             text(QT_TRANSLATE_NOOP("about",
                                    "Uses Qt, LibTorch, OpenCV, PCRE2, utf8proc, "
                                    "nlohmann_json, fmt and spdlog. The demo's pictures are "
                                    "composed of Noto Color Emoji (SIL Open Font License 1.1).")));
}

}  // namespace moelora::ui
