// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/shell/diagnostics.h"

#include <QCoreApplication>
#include <QDir>
#include <QFileInfo>
#include <QGuiApplication>
#include <QLocale>
#include <QRegularExpression>
#include <QScreen>
#include <QSet>
#include <QSysInfo>
#include <QThread>
#include <algorithm>

#include "core/session/machine.h"
#include "ui/bridge/text.h"
#include "ui/bridge/watchdog.h"
#include "ui/shell/crash_note.h"
#include "ui/widgets/theme.h"

namespace moelora::ui {

namespace {
QString withoutHome(QString text) {
    const QString home = QDir::homePath();
    if (home.size() <= 1) return text;
    text.replace(home + QLatin1Char('/'), QStringLiteral("~/"));
    return text.replace(home, QStringLiteral("~"));
}
}  // namespace

QString redacted(QString text) {
    // Names of folders tell as much as a user's name; the last part is enough to know the file. A
    // name may hold blanks: what stands between two strokes is taken for one, which may swallow a
    // word too many and lets none through.
    static const QRegularExpression path(
        QStringLiteral("(?<![\\w./])(?<!http:)(?<!https:)(?:file:)?(?:~|[A-Za-z]:)?/+(?:[^\\s/"
                       "\"'<>]+(?: [^\\s/\"'<>]+)*/+)+"));
    text = withoutHome(std::move(text)).replace(path, QStringLiteral(".../"));
    for (const char* variable : {"USER", "LOGNAME"}) {
        const QString name = qEnvironmentVariable(variable);
        if (name.size() > 2 && name != QLatin1String("root"))
            text.replace(name, QStringLiteral("<user>"));
    }
    const QString host = QSysInfo::machineHostName();
    if (host.size() > 2) text.replace(host, QStringLiteral("<host>"));
    return text;
}

Error withoutFolders(Error error) {
    const auto shorten = [](std::string& text) {
        const std::size_t last = text.find_last_not_of('/');
        const std::size_t stroke = last == text.npos ? text.npos : text.rfind('/', last);
        if (stroke != text.npos) text = ".../" + text.substr(stroke + 1);
    };
    for (Arg& arg : error.args)
        if (const std::string_view name = arg.name; name == "path" || name == "file" ||
                                                    name == "folder" || name == "picture" ||
                                                    arg.value.starts_with('/'))
            shorten(arg.value);
    return error;
}

namespace {
// Every folder that this program was told of, with the folders that hold it: known, so whatever
// their names are made of.
QString withoutKnownFolders(QString text, const Workbench& workbench) {
    const RunOptions& o = workbench.project.options();
    QSet<QString> known = {qs(o.model.path),
                           qs(o.data.path),
                           qs(o.data.image_root),
                           qs(o.data.edits),
                           qs(o.adapter.init_from),
                           workbench.project.heldOut(),
                           QDir(qs(workbench.session.runs_dir())).absolutePath(),
                           QDir::currentPath()};
    for (const char* purpose : {"model", "data"})
        for (const QString& path : workbench.settings.recent(QLatin1String(purpose))) known << path;
    for (const RunSummary& run : workbench.runs.runs())
        for (const std::string& path : {run.path, run.model, run.data}) known << qs(path);
    QStringList folders;
    for (const QString& path : known)
        if (const QString above = QFileInfo(path).path(); above.size() > 1)
            folders << withoutHome(above);
    std::sort(folders.begin(), folders.end(),
              [](const QString& a, const QString& b) { return a.size() > b.size(); });
    text = withoutHome(std::move(text));
    for (const QString& folder : folders)
        text.replace(folder + QLatin1Char('/'), QStringLiteral(".../"));
    return text;
}

// The card with its driver, or why there is none.
QStringList hardwareLines(const std::optional<HardwareReport>& hardware) {
    if (!hardware) return {QStringLiteral("Hardware: not looked at yet")};
    QStringList lines = {QStringLiteral("Processor: %1, %2, %3 cores, %4 of memory")
                             .arg(qs(hardware->processor), qs(hardware->instructions))
                             .arg(hardware->cores)
                             .arg(bytesText(hardware->memory_bytes))};
    for (const GpuReport& gpu : hardware->gpus)
        lines << QStringLiteral("GPU: %1, sm_%2, %3")
                     .arg(qs(gpu.name))
                     .arg(gpu.capability)
                     .arg(bytesText(gpu.memory_bytes));
    if (hardware->gpus.empty()) lines << QStringLiteral("GPU: none, %1").arg(qs(hardware->no_gpu));
    lines << QStringLiteral("Driver: %1")
                 .arg(hardware->driver.empty() ? QStringLiteral("none") : qs(hardware->driver));
    return lines;
}

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
        QStringLiteral("LibTorch %1").arg(qs(libtorch_version())),
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
        QStringLiteral("Longest event since the start: %1 ms (%2), over %3 ms: %4")
            .arg(dog.longestMs(), 0, 'f', 1)
            .arg(dog.longestWhat())
            .arg(Watchdog::limitMs)
            .arg(dog.overLimit()),
        QStringLiteral("Adapter: preset %1, experts %2, rank %3, alpha %4")
            .arg(qs(o.adapter.preset))
            .arg(o.adapter.num_experts)
            .arg(o.adapter.rank)
            .arg(o.adapter.alpha)};
    lines << hardwareLines(workbench.fit.hardware());
    if (const QScreen* screen = QGuiApplication::primaryScreen())
        lines << QStringLiteral("Screen: %1 x %2, ratio %3")
                     .arg(screen->size().width())
                     .arg(screen->size().height())
                     .arg(screen->devicePixelRatio());
    if (const QString crash = lastCrashNote(); !crash.isEmpty())
        lines << QStringLiteral("The program before this one died:") << crash;
    lines << QStringLiteral("Last lines of the log:") << lastLines(workbench.train.log());
    if (!lastErrors.isEmpty()) lines << QStringLiteral("Last messages:") << lastErrors;
    return redacted(withoutKnownFolders(lines.join(QLatin1Char('\n')), workbench));
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
