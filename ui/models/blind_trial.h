// SPDX-License-Identifier: GPL-3.0-or-later
// A blind comparison: the captions that differ, in random order, each with base and adapted on
// random sides; votes, and the share of wins with its interval. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/record/records.h"

namespace moelora::ui {

enum class Vote { First, Second, Equal };

class BlindTrial {
  public:
    // Only samples whose captions differ take part.
    void begin(const std::vector<ComparedSample>& samples, std::uint32_t seed);
    [[nodiscard]] std::size_t count() const { return m_questions.size(); }
    [[nodiscard]] std::size_t voted() const { return m_votes.size(); }
    [[nodiscard]] bool done() const { return voted() >= count(); }
    // The sample to judge next (its place in `samples`), and whether the adapted caption stands
    // first; not to be shown before the vote. None when done.
    struct Question {
        std::size_t sample = 0;
        bool adaptedFirst = false;
        bool operator==(const Question&) const = default;
    };
    [[nodiscard]] std::optional<Question> question() const;
    [[nodiscard]] std::optional<Question> last() const;  // that was voted on
    void vote(Vote vote);
    void takeBack();  // the last vote

    struct Score {
        std::int64_t adapted = 0, base = 0, equal = 0;
        // Share of the decided votes that went to the adapted side, with Wilson's 95 % interval;
        // absent without decided votes.
        struct Rate {
            double share = 0, low = 0, high = 0;
        };
        std::optional<Rate> rate;
    };
    [[nodiscard]] Score score() const;

  private:
    std::vector<Question> m_questions;
    std::vector<Vote> m_votes;
};

}  // namespace moelora::ui
