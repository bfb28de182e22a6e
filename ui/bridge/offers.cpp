// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/offers.h"

#include <QCoreApplication>
#include <algorithm>

#include "ui/bridge/text.h"

namespace moelora::ui {

namespace {
// Codes that begin like this; the first row that fits counts, with all its buttons.
struct Row {
    const char* code;
    struct Button {
        const char *text, *target;
    } first, second = {nullptr, nullptr}, third = {nullptr, nullptr};
};
const char* const fitMemory = QT_TRANSLATE_NOOP("offers", "Fit to this device");
const char* const showRuns = QT_TRANSLATE_NOOP("offers", "Show the runs");
const char* const showTrash = QT_TRANSLATE_NOOP("offers", "Show the trash");
const char* const showData = QT_TRANSLATE_NOOP("offers", "Show the data");
const char* const examine = QT_TRANSLATE_NOOP("offers", "Open the data doctor");
const char* const showModel = QT_TRANSLATE_NOOP("offers", "Show the model");
const char* const showAdapter = QT_TRANSLATE_NOOP("offers", "Show the adapter");
const char* const copy = QT_TRANSLATE_NOOP("offers", "Copy diagnostics");
const char* const samples = QT_TRANSLATE_NOOP("offers", "Show the samples");

const char* const nameColumns = QT_TRANSLATE_NOOP("offers", "Name the columns");

const Row rows[] = {
    {"GEN-", {copy, "action/diagnostics"}},
    {"MEM-",
     {fitMemory, "press/train/fitToDevice"},
     {QT_TRANSLATE_NOOP("offers", "Choose smaller pictures"), "pane/data/2"}},
    {"DEV-", {QT_TRANSLATE_NOOP("offers", "Choose the device"), "field/device.name"}},
    {"IO-004", {showTrash, "press/runs/openTrash"}},
    {"IO-011", {showTrash, "press/runs/openTrash"}},
    {"IO-007", {showModel, "page/model"}},
    {"IO-008", {showModel, "page/model"}},
    {"IO-009", {showRuns, "page/runs"}},
    {"MODEL-", {showModel, "page/model"}},
    {"TOK-", {showModel, "page/model"}},
    {"IMG-", {examine, "pane/data/3"}},
    {"DATA-007",
     {QT_TRANSLATE_NOOP("offers", "Show the longest samples"), "pane/data/2"},
     {QT_TRANSLATE_NOOP("offers", "Change the limit"), "field/data.max_length"}},
    {"DATA-001", {showData, "page/data"}, {nameColumns, "field/data.columns"}},
    {"DATA-004",
     {QT_TRANSLATE_NOOP("offers", "Choose the picture folder"), "field/data.image_root"},
     {examine, "pane/data/3"}},
    {"DATA-008", {QT_TRANSLATE_NOOP("offers", "Name the encoding"), "field/data.encoding"}},
    {"DATA-009", {nameColumns, "field/data.columns"}},
    {"DATA-002", {showData, "page/data"}},
    {"DATA-", {examine, "pane/data/3"}},
    {"TRAIN-004", {copy, "action/diagnostics"}},
    {"ADAPT-001", {QT_TRANSLATE_NOOP("offers", "Change the targets"), "field/adapter.targets"}},
    {"ADAPT-007", {showData, "page/data"}},
    {"ADAPT-008", {showData, "page/data"}},
    {"ADAPT-", {showAdapter, "page/adapter"}},
    {"TRAIN-00",
     {samples, "pane/monitor/2"},
     {QT_TRANSLATE_NOOP("offers", "Skip such updates in the next run"),
      "set/train.on_nonfinite=skip"},
     {QT_TRANSLATE_NOOP("offers", "Choose another precision"), "field/model.compute_dtype"}},
    {"RUN-", {showRuns, "page/runs"}}};
}  // namespace

std::vector<Offer> offersOf(const Error& error) {
    const std::string_view id = entry_of(error.code).id;
    std::vector<Offer> out;
    const auto add = [&](const char* text, const QString& target) {
        out.push_back({QCoreApplication::translate("offers", text), target});
    };
    // An option is mended where it stands.
    if (const std::string_view option = error.arg("option"); option.find('.') != option.npos)
        add(QT_TRANSLATE_NOOP("offers", "Show the setting"), QStringLiteral("field/") + qs(option));
    const auto* row = std::find_if(std::begin(rows), std::end(rows), [&](const Row& candidate) {
        return id.starts_with(candidate.code);
    });
    if (row == std::end(rows)) return out;
    for (const Row::Button& button : {row->first, row->second, row->third})
        if (button.text) add(button.text, QLatin1String(button.target));
    return out;
}

std::vector<QString> offeredTargets() {
    std::vector<QString> out;
    for (const Row& row : rows)
        for (const Row::Button& button : {row.first, row.second, row.third})
            if (button.target) out.push_back(QLatin1String(button.target));
    return out;
}

}  // namespace moelora::ui
