// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/command_line.h"

#include <QCommandLineParser>
#include <QCoreApplication>
#include <cstdio>

namespace moelora::gui {

namespace {
struct Option {
    const char *name, *value, *help;
    QString CommandLine::*field;
};
const Option options[] = {
    {"model", "FOLDER", "Start with this model folder.", &CommandLine::model},
    {"data", "PATH", "Start with this data.", &CommandLine::data},
    {"run", "RUN", "Open a run: its id or folder.", &CommandLine::run},
    {"compare", "FOLDER", "Show a written comparison (comparison.json).", &CommandLine::compare},
    {"page", "NAME", "Show this page: start, data, adapter, train, monitor, compare, export, runs.",
     &CommandLine::page},
    {"theme", "NAME", "system, light or dark; for this start only.", &CommandLine::theme},
    {"lang", "CODE", "en or zh_CN; for this start only.", &CommandLine::language},
    {"runs", "FOLDER", "Where runs are kept.", &CommandLine::runs},
    {"screenshots", "FOLDER", "Write pictures of every page in both languages and themes, and end.",
     &CommandLine::screenshots},
    {"screenshot", "FILE", "Write a picture of the window and end.", &CommandLine::screenshot}};
}  // namespace

std::optional<CommandLine> parseCommandLine(const QStringList& arguments, int& exitCode) {
    QCommandLineParser parser;
    parser.setApplicationDescription(
        QStringLiteral("MoE-LoRA Workbench: fine-tune captioners with mixtures of LoRA experts, "
                       "and see what changed."));
    const QCommandLineOption help = parser.addHelpOption(), version = parser.addVersionOption();
    for (const Option& option : options)
        parser.addOption(QCommandLineOption(QLatin1String(option.name), QLatin1String(option.help),
                                            QLatin1String(option.value)));
    const QCommandLineOption demo(QStringLiteral("demo"),
                                  QStringLiteral("Start with the bundled demo."));
    const QCommandLineOption selfTest(
        QStringLiteral("self-test"),
        QStringLiteral("Create every page without showing a window, and end."));
    parser.addOption(demo);
    parser.addOption(selfTest);
    exitCode = 0;
    if (!parser.parse(arguments) || !parser.positionalArguments().isEmpty()) {
        const QString why = parser.positionalArguments().isEmpty()
                                ? parser.errorText()
                                : QStringLiteral("Unexpected argument '%1'.")
                                      .arg(parser.positionalArguments().first());
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
