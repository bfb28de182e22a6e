// SPDX-License-Identifier: GPL-3.0-or-later
// BLEU-1..4, ROUGE-L and CIDEr-D over tokens, equal to pycocoevalcap 1.2 within 1e-6 (fixtures of
// tests/golden/eval). Pure.
//
// BLEU: of the corpus, closest reference length, no smoothing beyond its 1e-15. ROUGE-L: mean over
// samples of F with beta 1.2 of the best precision and the best recall. CIDEr-D: mean over samples,
// n = 1..4, sigma 6, document frequencies from the references given here; with a single sample
// every idf is 0, and so is the score.
#pragma once

#include <array>
#include <span>
#include <string>
#include <vector>

#include "core/record/records.h"

namespace moelora {

struct TokenisedCaption {
    std::vector<std::string> caption;
    std::vector<std::vector<std::string>> references;  // one at least
};
[[nodiscard]] TokenisedCaption tokenised(const std::string& caption,
                                         const std::vector<std::string>& references);

[[nodiscard]] std::array<double, 4> corpus_bleu(std::span<const TokenisedCaption> captions);
[[nodiscard]] double rouge_l(const TokenisedCaption& caption);
[[nodiscard]] std::vector<double> cider_d(std::span<const TokenisedCaption> captions);

// All of them; zeros for nothing.
[[nodiscard]] CaptionScores corpus_scores(std::span<const TokenisedCaption> captions);

}  // namespace moelora
