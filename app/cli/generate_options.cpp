// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/generate_options.h"

#include <CLI/CLI.hpp>

namespace moelora::cli {

void add_generate_options(CLI::App* verb, GenerateOptions& g) {
    verb->add_option("--max-new-tokens", g.max_new_tokens, "Longest answer")
        ->check(CLI::Range(1, 32768))
        ->capture_default_str();
    verb->add_option("--batch", g.batch_size, "Pictures at once")
        ->check(CLI::Range(1, 1024))
        ->capture_default_str();
    verb->add_flag("--sample", g.do_sample, "Draw tokens instead of taking the likeliest");
    verb->add_option("--temperature", g.temperature, "With --sample")
        ->check(CLI::Range(0.01, 100.0))
        ->capture_default_str();
    verb->add_option("--top-k", g.top_k, "With --sample; 0 = all")->capture_default_str();
    verb->add_option("--top-p", g.top_p, "With --sample")
        ->check(CLI::Range(0.000001, 1.0))
        ->capture_default_str();
    verb->add_option("--repetition-penalty", g.repetition_penalty,
                     "Above 1: said tokens become less likely")
        ->capture_default_str();
}

}  // namespace moelora::cli
