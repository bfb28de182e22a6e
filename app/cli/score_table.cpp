// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/score_table.h"

#include <fmt/format.h>

#include <set>

namespace moelora::cli {
namespace {

using Row = std::vector<std::string>;

Row score_row(const std::string& name, std::int64_t samples, const CaptionScores& s) {
    Row row = {name, std::to_string(samples)};
    for (const double score : {s.bleu1, s.bleu2, s.bleu3, s.bleu4, s.rouge_l, s.cider_d})
        row.push_back(fmt::format("{:.3f}", score));
    return row;
}

}  // namespace

std::string share(std::int64_t part, std::int64_t whole) {
    return whole > 0 ? fmt::format("{:.1f} %",
                                   100.0 * static_cast<double>(part) / static_cast<double>(whole))
                     : "–";
}

void print_score_table(const Context& context,
                       const std::vector<std::pair<std::string, const CaptionMetrics*>>& columns) {
    std::vector<Row> rows = {
        {"scores", ">samples", ">BLEU-1", ">BLEU-2", ">BLEU-3", ">BLEU-4", ">ROUGE-L", ">CIDEr-D"}};
    const auto named = [](const std::string& what, const std::string& column) {
        return column.empty() ? what : what + ", " + column;
    };
    std::set<std::string> tasks;
    for (const auto& [column, metrics] : columns)
        for (const auto& [task, scores] : metrics->scores_by_task) tasks.insert(task);
    for (const std::string& task : tasks)
        for (const auto& [column, metrics] : columns)
            if (const auto scores = metrics->scores_by_task.find(task);
                scores != metrics->scores_by_task.end())
                rows.push_back(score_row(named(task, column), metrics->by_task.at(task).second,
                                         scores->second));
    for (const auto& [column, metrics] : columns)
        if (metrics->samples > 0)
            rows.push_back(score_row(named("all", column), metrics->samples, metrics->scores));
    if (rows.size() == 1) return;
    for (const std::string& line : table(rows)) context.print(line);
}

void print_self_test(const Context& context, const SelfTest& t) {
    const auto yes = [](bool good) { return good ? "yes" : "no"; };
    context.print(fmt::format(
        "self-test: {} (adapter off equals base: {}, adapter on differs: {}, {} sites; picture "
        "looked at: {}; columns in place: {})",
        t.passed() ? context.paint("passed", "32") : context.paint("FAILED", "1;31"),
        yes(t.adapter_off_equals_base), yes(t.adapter_on_differs), t.sites,
        t.pictures > 0 ? yes(!t.picture_ignored) : "no picture",
        t.caption_pairs > 0 ? yes(!t.columns_swapped) : "no captions differ"));
    if (t.untrained)
        context.print("the adapter has not learnt anything yet: what it adds is zero everywhere");
}

}  // namespace moelora::cli
