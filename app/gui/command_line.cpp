// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/command_line.h"

#include <QCommandLineParser>
#include <QCoreApplication>
#include <algorithm>
#include <cstdio>

namespace moelora::gui {

namespace {
struct Option {
    const char *name, *value, *help;
    QString CommandLine::*field;
    const char* allowed = "";  // "a, b"; "" = anything
};
const Option options[] = {
    {"model", "FOLDER", "Start with this model folder.", &CommandLine::model},
    {"data", "PATH", "Start with this data.", &CommandLine::data},
    {"run", "RUN", "Open a run: its id or folder.", &CommandLine::run},
    {"compare", "FOLDER", "Show a written comparison (comparison.json).", &CommandLine::compare},
    {"page", "NAME", "Show this page: %1.", &CommandLine::page,
     "start, data, model, adapter, train, monitor, compare, export, runs"},
    {"theme", "NAME", "Colours, for this start only: %1.", &CommandLine::theme,
     "system, light, dark, contrast"},
    {"lang", "CODE", "Language, for this start only: %1.", &CommandLine::language, "en, zh_CN"},
    {"runs", "FOLDER", "Where runs are kept.", &CommandLine::runs},
    {"screenshots", "FOLDER", "Write pictures of every page in both languages and themes, and end.",
     &CommandLine::screenshots},
    {"screenshot", "FILE", "Write a picture of the window and end.", &CommandLine::screenshot}};

// Why the line cannot be used; "" when it can.
QString objection(const QCommandLineParser& parser) {
    if (!parser.positionalArguments().isEmpty())
        return QStringLiteral("Unexpected argument '%1'.")
            .arg(parser.positionalArguments().first());
    for (const Option& option : options) {
        const QString name = QLatin1String(option.name), allowed = QLatin1String(option.allowed);
        if (parser.isSet(name) && !allowed.isEmpty() &&
            !allowed.split(QStringLiteral(", ")).contains(parser.value(name)))
            return QStringLiteral("--%1 does not know '%2'. Allowed: %3.")
                .arg(name, parser.value(name), allowed);
    }
    return {};
}
}  // namespace

Screen screenFor(const QStringList& arguments) {
    const auto given = [&](const char* name) {
        return std::any_of(arguments.begin(), arguments.end(), [&](const QString& argument) {
            return argument.startsWith(QLatin1String(name));
        });
    };
    if (given("--self-test")) return Screen::Offscreen;  // nobody wants to see it
    for (const char* name : {"DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"})
        if (!qEnvironmentVariableIsEmpty(name)) return Screen::AsIs;
    if (given("-platform") || given("--platform")) return Screen::AsIs;
    for (const char* name : {"--screenshot", "--help", "-h", "--version", "-v"})
        if (given(name)) return Screen::Offscreen;
    return Screen::Missing;
}

std::optional<CommandLine> parseCommandLine(const QStringList& arguments, int& exitCode) {
    QCommandLineParser parser;
    parser.setApplicationDescription(
        QStringLiteral("MoE-LoRA Workbench: fine-tune captioners with mixtures of LoRA experts, "
                       "and see what changed."));
    const QCommandLineOption help = parser.addHelpOption(), version = parser.addVersionOption();
    for (const Option& option : options)
        parser.addOption(
            QCommandLineOption(QLatin1String(option.name),
                               QString::fromLatin1(option.help)
                                   .replace(QLatin1String("%1"), QLatin1String(option.allowed)),
                               QLatin1String(option.value)));
    const QCommandLineOption demo(QStringLiteral("demo"),
                                  QStringLiteral("Start with the bundled demo."));
    const QCommandLineOption selfTest(
        QStringLiteral("self-test"),
        QStringLiteral("Create every page without showing a window, and end."));
    parser.addOption(demo);
    parser.addOption(selfTest);
    exitCode = 0;
    const QString why = parser.parse(arguments) ? objection(parser) : parser.errorText();
    if (!why.isEmpty()) {
        std::fprintf(stderr, "%s\nSee --help.\n", qPrintable(why));
        exitCode = 2;
        return {};
    }
    if (parser.isSet(help) || parser.isSet(version)) {
        const QString text = parser.isSet(help) ? parser.helpText()
                                                : QStringLiteral("moelora-workbench %1\n")
                                                      .arg(QCoreApplication::applicationVersion());
        std::fputs(qPrintable(text), stdout);
        return {};
    }
    CommandLine line;
    for (const Option& option : options)
        line.*option.field = parser.value(QLatin1String(option.name));
    line.demo = parser.isSet(demo);
    line.selfTest = parser.isSet(selfTest);
    return line;
}

}  // namespace moelora::gui
