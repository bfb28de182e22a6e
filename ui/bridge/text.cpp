// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/text.h"

#include <QCoreApplication>
#include <QLocale>
#include <cmath>
#include <utility>

#include "ui/bridge/memory_text.h"
#include "ui/bridge/reasons.h"

namespace moelora::ui {

namespace {
constexpr const char* names = "names";

template <std::size_t N>
QString nameAt(const char* const (&table)[N], int index) {
    return QCoreApplication::translate(names, table[index]);
}
}  // namespace

QString translated(const char* context, std::string_view source) {
    if (source.empty()) return {};
    return QCoreApplication::translate(context, std::string(source).c_str());
}

QString ErrorText::oneLine() const {
    return hint.isEmpty() ? QStringLiteral("%1  %2").arg(code, what)
                          : QStringLiteral("%1  %2 %3").arg(code, what, hint);
}

namespace {
// What a run that goes on was begun with.
QString inputName(const std::string& input) {
    static constexpr std::pair<const char*, const char*> known[] = {
        {"model", QT_TRANSLATE_NOOP("names", "the model")},
        {"data", QT_TRANSLATE_NOOP("names", "the data set")},
        {"dtype", QT_TRANSLATE_NOOP("names", "precision")},
        {"device", QT_TRANSLATE_NOOP("names", "device")},
        {"program_version", QT_TRANSLATE_NOOP("names", "version of the program")}};
    for (const auto& [name, text] : known)
        if (input == name) return QCoreApplication::translate(names, text);
    return qs(input);
}

QString filled(std::string_view source, const Error& error) {
    std::vector<Arg> args = error.args;
    const bool input =
        error.code == ErrorCode::RunInputChanged || error.code == ErrorCode::RunElsewhere;
    for (Arg& arg : args)
        if (arg.name == "why" || arg.name == "stage")
            arg.value = ss(reasonText(arg.value));
        else if (input && arg.name == "what")
            arg.value = ss(inputName(arg.value));
        else if (error.code == ErrorCode::BudgetExceeded && arg.name == "changes")
            arg.value = ss(memoryChangesText(arg.value));
    return qs(fill(ss(translated("errors", source)), args));
}

// Where the catalogue's remedy is one of the command line, what the window has for it.
struct WindowHint {
    ErrorCode code;
    const char* hint;
};
constexpr WindowHint windowHints[] = {
    {ErrorCode::Internal,
     QT_TRANSLATE_NOOP("hints",
                       "This is a bug. Nothing saved so far is lost; please report it with what "
                       "Help > Copy diagnostics gives.")},
    {ErrorCode::OutputExists,
     QT_TRANSLATE_NOOP("hints", "Choose another name, or tick that it may be replaced.")},
    {ErrorCode::ZipInvalid,
     QT_TRANSLATE_NOOP("hints", "Make the bundle again (Export bundle, on the page Runs).")},
    {ErrorCode::UsageInvalid, ""},
    {ErrorCode::CaptionLong,
     QT_TRANSLATE_NOOP("hints",
                       "Shorten it or leave it out; Tokens, on the page Data, shows the "
                       "longest samples.")},
    {ErrorCode::QuantizedKept,
     QT_TRANSLATE_NOOP("hints", "With device.quantized_cache=false none are kept.")},
    {ErrorCode::CaptionCut,
     QT_TRANSLATE_NOOP("hints",
                       "Allow more new tokens (page Train), or look whether it repeats "
                       "itself.")},
    {ErrorCode::OptionUnknown,
     QT_TRANSLATE_NOOP("hints",
                       "Did you mean {nearest}? The search box of a page finds settings.")},
    {ErrorCode::OptionInvalid,
     QT_TRANSLATE_NOOP("hints", "Give a value that the setting allows; F1 on it says which.")},
    {ErrorCode::TaskMissing,
     QT_TRANSLATE_NOOP("hints",
                       "Choose a task above, or give the data a task column. Known tasks: "
                       "{known}.")},
    {ErrorCode::RunMissing, QT_TRANSLATE_NOOP("hints", "The page Runs shows all runs.")}};
}  // namespace

ErrorText errorText(const Error& error) {
    const ErrorEntry& entry = entry_of(error.code);
    ErrorText out{qs(entry.id), filled(entry.what, error), filled(entry.hint, error)};
    for (const WindowHint& mine : windowHints)
        if (mine.code == error.code)
            out.hint = qs(fill(ss(translated("hints", mine.hint)), error.args));
    return out;
}

QString placeText(const Place& place) {
    QString text = qs(place.file);
    if (place.line > 0)
        text = QCoreApplication::translate("names", "%1, line %2").arg(text).arg(place.line);
    if (!place.item.empty())
        text = text.isEmpty() ? qs(place.item) : QStringLiteral("%1: %2").arg(text, qs(place.item));
    return text;
}

QString stateName(JobState state) {
    static constexpr const char* table[] = {
        QT_TRANSLATE_NOOP("names", "queued"),   QT_TRANSLATE_NOOP("names", "loading"),
        QT_TRANSLATE_NOOP("names", "running"),  QT_TRANSLATE_NOOP("names", "paused"),
        QT_TRANSLATE_NOOP("names", "stopping"), QT_TRANSLATE_NOOP("names", "finished"),
        QT_TRANSLATE_NOOP("names", "stopped"),  QT_TRANSLATE_NOOP("names", "failed")};
    return nameAt(table, static_cast<int>(state));
}

QString statusName(RunStatus status) {
    static constexpr const char* table[] = {
        QT_TRANSLATE_NOOP("names", "running"),   QT_TRANSLATE_NOOP("names", "paused"),
        QT_TRANSLATE_NOOP("names", "finished"),  QT_TRANSLATE_NOOP("names", "stopped"),
        QT_TRANSLATE_NOOP("names", "failed"),    QT_TRANSLATE_NOOP("names", "interrupted"),
        QT_TRANSLATE_NOOP("names", "unreadable")};
    return nameAt(table, static_cast<int>(status));
}

QString stageName(std::string_view stage) {
    static constexpr const char* known[] = {QT_TRANSLATE_NOOP("names", "reading data"),
                                            QT_TRANSLATE_NOOP("names", "loading model"),
                                            QT_TRANSLATE_NOOP("names", "training"),
                                            QT_TRANSLATE_NOOP("names", "captioning"),
                                            QT_TRANSLATE_NOOP("names", "evaluating"),
                                            QT_TRANSLATE_NOOP("names", "saving"),
                                            QT_TRANSLATE_NOOP("names", "estimating memory"),
                                            QT_TRANSLATE_NOOP("names", "measuring samples"),
                                            QT_TRANSLATE_NOOP("names", "decomposing weights"),
                                            QT_TRANSLATE_NOOP("names", "seeing pictures")};
    for (const char* name : known)
        if (stage == name) return QCoreApplication::translate(names, name);
    return qs(stage);
}

QString severityName(Severity severity) {
    static constexpr const char* table[] = {QT_TRANSLATE_NOOP("names", "note"),
                                            QT_TRANSLATE_NOOP("names", "warning"),
                                            QT_TRANSLATE_NOOP("names", "error")};
    return nameAt(table, static_cast<int>(severity));
}

namespace {
// The words among the choices of describe(), for lupdate; names such as "fp32" stay as they are.
[[maybe_unused]] constexpr const char* choices[] = {
    QT_TRANSLATE_NOOP("choices", "auto"),
    QT_TRANSLATE_NOOP("choices", "none"),
    QT_TRANSLATE_NOOP("choices", "same"),
    QT_TRANSLATE_NOOP("choices", "drop"),
    QT_TRANSLATE_NOOP("choices", "white"),
    QT_TRANSLATE_NOOP("choices", "all"),
    QT_TRANSLATE_NOOP("choices", "first"),
    QT_TRANSLATE_NOOP("choices", "random"),
    QT_TRANSLATE_NOOP("choices", "default"),
    QT_TRANSLATE_NOOP("choices", "intended"),
    QT_TRANSLATE_NOOP("choices", "as-run"),
    QT_TRANSLATE_NOOP("choices", "as-written"),
    QT_TRANSLATE_NOOP("choices", "code"),
    QT_TRANSLATE_NOOP("choices", "paper"),
    QT_TRANSLATE_NOOP("choices", "global"),
    QT_TRANSLATE_NOOP("choices", "per-site"),
    QT_TRANSLATE_NOOP("choices", "inverted-triangle"),
    QT_TRANSLATE_NOOP("choices", "triangle"),
    QT_TRANSLATE_NOOP("choices", "diamond"),
    QT_TRANSLATE_NOOP("choices", "hourglass"),
    QT_TRANSLATE_NOOP("choices", "rectangle"),
    QT_TRANSLATE_NOOP("choices", "before_norm"),
    QT_TRANSLATE_NOOP("choices", "after_norm"),
    QT_TRANSLATE_NOOP("choices", "per_expert"),
    QT_TRANSLATE_NOOP("choices", "total"),
    QT_TRANSLATE_NOOP("choices", "fixed"),
    QT_TRANSLATE_NOOP("choices", "kaiming_zero"),
    QT_TRANSLATE_NOOP("choices", "normal_zero"),
    QT_TRANSLATE_NOOP("choices", "default_both"),
    QT_TRANSLATE_NOOP("choices", "ones"),
    QT_TRANSLATE_NOOP("choices", "input"),
    QT_TRANSLATE_NOOP("choices", "rank"),
    QT_TRANSLATE_NOOP("choices", "shared"),
    QT_TRANSLATE_NOOP("choices", "token"),
    QT_TRANSLATE_NOOP("choices", "token_activation"),
    QT_TRANSLATE_NOOP("choices", "per_head"),
    QT_TRANSLATE_NOOP("choices", "task"),
    QT_TRANSLATE_NOOP("choices", "per_site"),
    QT_TRANSLATE_NOOP("choices", "topk"),
    QT_TRANSLATE_NOOP("choices", "logits"),
    QT_TRANSLATE_NOOP("choices", "probs"),
    QT_TRANSLATE_NOOP("choices", "straight_through"),
    QT_TRANSLATE_NOOP("choices", "top_p"),
    QT_TRANSLATE_NOOP("choices", "threshold"),
    QT_TRANSLATE_NOOP("choices", "threshold_shifted"),
    QT_TRANSLATE_NOOP("choices", "relative"),
    QT_TRANSLATE_NOOP("choices", "soft_topk"),
    QT_TRANSLATE_NOOP("choices", "importance_cv2"),
    QT_TRANSLATE_NOOP("choices", "importance_scv"),
    QT_TRANSLATE_NOOP("choices", "kl_uniform"),
    QT_TRANSLATE_NOOP("choices", "z_loss"),
    QT_TRANSLATE_NOOP("choices", "image"),
    QT_TRANSLATE_NOOP("choices", "text"),
    QT_TRANSLATE_NOOP("choices", "switch"),
    QT_TRANSLATE_NOOP("choices", "localized"),
    QT_TRANSLATE_NOOP("choices", "var_over_mean"),
    QT_TRANSLATE_NOOP("choices", "attention"),
    QT_TRANSLATE_NOOP("choices", "response"),
    QT_TRANSLATE_NOOP("choices", "sum_sites"),
    QT_TRANSLATE_NOOP("choices", "mean_sites"),
    QT_TRANSLATE_NOOP("choices", "per_layer_concat"),
    QT_TRANSLATE_NOOP("choices", "linear"),
    QT_TRANSLATE_NOOP("choices", "cosine"),
    QT_TRANSLATE_NOOP("choices", "cosine-restarts"),
    QT_TRANSLATE_NOOP("choices", "constant"),
    QT_TRANSLATE_NOOP("choices", "polynomial"),
    QT_TRANSLATE_NOOP("choices", "inverse-sqrt"),
    QT_TRANSLATE_NOOP("choices", "stop"),
    QT_TRANSLATE_NOOP("choices", "skip"),
    QT_TRANSLATE_NOOP("choices", "rollback"),
    QT_TRANSLATE_NOOP("choices", "split"),
    QT_TRANSLATE_NOOP("choices", "ladder"),
    QT_TRANSLATE_NOOP("choices", "true"),
    QT_TRANSLATE_NOOP("choices", "alone"),
    QT_TRANSLATE_NOOP("choices", "beside"),
    QT_TRANSLATE_NOOP("choices", "lora_shared_a"),
    QT_TRANSLATE_NOOP("choices", "modulation"),
    QT_TRANSLATE_NOOP("choices", "low_rank"),
    QT_TRANSLATE_NOOP("choices", "instance"),
    QT_TRANSLATE_NOOP("choices", "zero_param"),
    QT_TRANSLATE_NOOP("choices", "per_block"),
    QT_TRANSLATE_NOOP("choices", "whole_slice"),
    QT_TRANSLATE_NOOP("choices", "switch_threshold"),
    QT_TRANSLATE_NOOP("choices", "global_concat"),
    QT_TRANSLATE_NOOP("choices", "goat_theory"),
    QT_TRANSLATE_NOOP("choices", "uniform"),
    QT_TRANSLATE_NOOP("choices", "pissa"),
    QT_TRANSLATE_NOOP("choices", "svd_pieces"),
    QT_TRANSLATE_NOOP("choices", "loftq"),
    QT_TRANSLATE_NOOP("choices", "ffn_block"),
    QT_TRANSLATE_NOOP("choices", "normalised_sigmoid"),
    QT_TRANSLATE_NOOP("choices", "switch_by_sample"),
    QT_TRANSLATE_NOOP("choices", "llava"),
    QT_TRANSLATE_NOOP("choices", "dynamic"),
    QT_TRANSLATE_NOOP("choices", "false")};
}  // namespace

QString choiceText(const QString& value) {
    const QString meaning = translated("choices", ss(value));
    return meaning == value || value.isEmpty()
               ? value
               : QCoreApplication::translate(names, "%1 (%2)").arg(meaning, value);
}

QString countText(qint64 value) {
    return QLocale().toString(value);
}

QString bytesText(qint64 bytes) {
    return QLocale().formattedDataSize(bytes, bytes < 1000000 ? 0 : 1, QLocale::DataSizeSIFormat);
}

QString realText(double value, int digits) {
    if (std::isnan(value)) return QStringLiteral("NaN");
    if (std::isinf(value)) return value > 0 ? QStringLiteral("inf") : QStringLiteral("-inf");
    return QLocale().toString(value, 'g', digits).replace(QLatin1Char('E'), QLatin1Char('e'));
}

QString fixedText(double value, int decimals) {
    return std::isfinite(value) ? QLocale().toString(value, 'f', decimals) : realText(value);
}

QString percentText(double share, int decimals) {
    return QCoreApplication::translate(names, "%1 %").arg(fixedText(100 * share, decimals));
}

QString durationText(double seconds) {
    const auto total = static_cast<qint64>(std::llround(std::max(0.0, seconds)));
    return QStringLiteral("%1:%2:%3")
        .arg(total / 3600)
        .arg(total / 60 % 60, 2, 10, QLatin1Char('0'))
        .arg(total % 60, 2, 10, QLatin1Char('0'));
}

}  // namespace moelora::ui
