// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/record/events.h"

#include <gtest/gtest.h>

#include <set>

namespace moelora {
namespace {

template <std::size_t I = 0>
std::vector<Event> one_of_each() {
    std::vector<Event> out;
    if constexpr (I < std::variant_size_v<Event>) {
        std::variant_alternative_t<I, Event> event;
        event.job = static_cast<JobId>(I) + 1;
        out.emplace_back(event);
        for (Event& rest : one_of_each<I + 1>()) out.push_back(std::move(rest));
    }
    return out;
}

TEST(Events, JobIsFoundInEveryKind) {
    JobId expected = 1;
    for (const Event& event : one_of_each()) EXPECT_EQ(job_of(event), expected++);
}

TEST(Events, AnEventIsEitherNumberedOrCoalesced) {
    int coalesced = 0;
    for (Event& event : one_of_each()) {
        std::int64_t* seq = seq_of(event);
        EXPECT_EQ(seq == nullptr, !coalesce_key(event).empty()) << event.index();
        if (!seq) {
            ++coalesced;
            continue;
        }
        *seq = 7;
        EXPECT_EQ(*seq_of(event), 7);
    }
    EXPECT_EQ(coalesced, 3);  // StageProgress, CaptionProgress, ResourceSampled
}

TEST(Events, KeysDifferByWhatMayNotReplaceEachOther) {
    const std::vector<Event> different = {
        StageProgress{1, "training", 1, 2},
        StageProgress{2, "training", 1, 2},
        StageProgress{1, "captioning", 1, 2},
        CaptionProgress{1, "a", "base", "x"},
        CaptionProgress{1, "a", "adapted", ""},
        CaptionProgress{1, "b", "base", "x"},
        CaptionProgress{11, "a", "base", "x"},
        ResourceSampled{1, 5, 6},
        ResourceSampled{2, 5, 6},
    };
    std::set<std::string> keys;
    for (const Event& event : different) EXPECT_TRUE(keys.insert(coalesce_key(event)).second);
    EXPECT_EQ(coalesce_key(StageProgress{1, "training", 1, 2}),
              coalesce_key(StageProgress{1, "training", 9, 9}));
    EXPECT_EQ(coalesce_key(CaptionProgress{1, "a", "base", "x"}),
              coalesce_key(CaptionProgress{1, "a", "base", "x y"}));
    EXPECT_EQ(coalesce_key(ResourceSampled{1, 5, 6}), coalesce_key(ResourceSampled{1, 7, 8}));
}

TEST(Events, TerminalStatesAreThree) {
    for (const JobState s : {JobState::Queued, JobState::Loading, JobState::Running,
                             JobState::Paused, JobState::Stopping})
        EXPECT_FALSE(is_terminal(s)) << name_of(s);
    for (const JobState s : {JobState::Finished, JobState::Cancelled, JobState::Failed})
        EXPECT_TRUE(is_terminal(s)) << name_of(s);
}

}  // namespace
}  // namespace moelora
