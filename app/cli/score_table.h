// SPDX-License-Identifier: GPL-3.0-or-later
// Scores of captions as a table: what compare and evaluate print.
#pragma once

#include "app/cli/context.h"

namespace moelora::cli {

// BLEU, ROUGE-L and CIDEr-D by task and of all, with their sample counts; `columns` are one model's
// metrics each, with its name ("" when there is only one). Nothing where no sample has a reference.
void print_score_table(const Context& context,
                       const std::vector<std::pair<std::string, const CaptionMetrics*>>& columns);

// One line: whether it passed, and each of its parts.
void print_self_test(const Context& context, const SelfTest& test);

// "93.6 %", "–" of nothing.
[[nodiscard]] std::string share(std::int64_t part, std::int64_t whole);

}  // namespace moelora::cli
