// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/blind_trial.h"

#include <algorithm>
#include <cmath>
#include <random>

namespace moelora::ui {

void BlindTrial::begin(const std::vector<ComparedSample>& samples, std::uint32_t seed) {
    m_questions.clear();
    m_votes.clear();
    std::mt19937 random(seed);
    for (std::size_t i = 0; i < samples.size(); ++i)
        if (samples[i].base.text != samples[i].adapted.text)
            m_questions.push_back({i, (random() & 1U) != 0});
    std::shuffle(m_questions.begin(), m_questions.end(), random);
}

std::optional<BlindTrial::Question> BlindTrial::question() const {
    if (done()) return {};
    return m_questions[voted()];
}

std::optional<BlindTrial::Question> BlindTrial::last() const {
    if (m_votes.empty()) return {};
    return m_questions[voted() - 1];
}

void BlindTrial::vote(Vote vote) {
    if (!done()) m_votes.push_back(vote);
}

void BlindTrial::takeBack() {
    if (!m_votes.empty()) m_votes.pop_back();
}

BlindTrial::Score BlindTrial::score() const {
    Score out;
    for (std::size_t i = 0; i < m_votes.size(); ++i) {
        if (m_votes[i] == Vote::Equal)
            ++out.equal;
        else if ((m_votes[i] == Vote::First) == m_questions[i].adaptedFirst)
            ++out.adapted;
        else
            ++out.base;
    }
    const auto n = static_cast<double>(out.adapted + out.base);
    if (n == 0) return out;
    constexpr double z = 1.959963984540054;
    const double p = static_cast<double>(out.adapted) / n;
    const double middle = (p + z * z / (2 * n)) / (1 + z * z / n);
    const double half = z / (1 + z * z / n) * std::sqrt(p * (1 - p) / n + z * z / (4 * n * n));
    out.rate = Score::Rate{p, std::max(0.0, middle - half), std::min(1.0, middle + half)};
    return out;
}

}  // namespace moelora::ui
