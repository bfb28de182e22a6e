// SPDX-License-Identifier: GPL-3.0-or-later
// Also run under the thread sanitizer.
#include "core/session/event_queue.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <map>
#include <thread>

namespace moelora {
namespace {

StepRecorded step_of(JobId job, std::int64_t step) {
    StepRecorded event;
    event.job = job;
    event.record.step = step;
    return event;
}

TEST(EventQueue, Contract_SeqOfLosslessEventsHasNoGap) {
    constexpr JobId jobs = 3;
    constexpr std::int64_t steps = 5000;
    EventQueue queue;
    std::atomic<int> running = jobs;
    std::vector<std::jthread> producers;
    for (JobId job = 1; job <= jobs; ++job)
        producers.emplace_back([&, job] {
            for (std::int64_t s = 1; s <= steps; ++s) {
                queue.publish(StageProgress{job, "training", s, steps});
                queue.publish(step_of(job, s));
            }
            --running;
        });
    std::map<JobId, std::int64_t> last_seq, last_step;
    const auto read = [&] {
        for (Event& event : queue.drain()) {
            const std::int64_t* seq = seq_of(event);
            if (!seq) continue;
            EXPECT_EQ(*seq, ++last_seq[job_of(event)]);
            EXPECT_EQ(std::get<StepRecorded>(event).record.step, ++last_step[job_of(event)]);
        }
    };
    while (running > 0) {
        (void)queue.wait(5);
        read();
    }
    producers.clear();
    read();
    for (JobId job = 1; job <= jobs; ++job) EXPECT_EQ(last_step[job], steps);
}

TEST(EventQueue, CoalescedEventsKeepTheNewestInPlace) {
    EventQueue queue;
    queue.publish(StageProgress{1, "training", 1, 10});
    queue.publish(step_of(1, 1));
    queue.publish(StageProgress{1, "training", 2, 10});
    queue.publish(StageProgress{1, "captioning", 7, 10});
    const auto events = queue.drain();
    ASSERT_EQ(events.size(), 3U);
    EXPECT_EQ(std::get<StageProgress>(events[0]).done, 2);
    EXPECT_EQ(std::get<StageProgress>(events[2]).stage, "captioning");
    EXPECT_TRUE(queue.drain().empty());
}

TEST(EventQueue, Contract_PublishNeverWaitsForTheReader) {
    EventQueue queue;
    std::jthread producer([&] {
        for (std::int64_t s = 1; s <= 100000; ++s) queue.publish(step_of(1, s));
    });
    producer.join();  // returns although nobody reads
    EXPECT_EQ(queue.drain().size(), 100000U);
}

TEST(EventQueue, Contract_WakeupOnlyPosts) {
    // Once per drain, on the publishing thread, outside the lock: the wake-up may look at the
    // queue.
    int wakeups = 0;
    std::thread::id woken_on;
    EventQueue* self = nullptr;
    EventQueue queue([&] {
        ++wakeups;
        woken_on = std::this_thread::get_id();
        EXPECT_TRUE(self->wait(0));
    });
    self = &queue;
    std::jthread producer([&] {
        for (std::int64_t s = 1; s <= 3; ++s) queue.publish(step_of(1, s));
    });
    const auto id = producer.get_id();
    producer.join();
    EXPECT_EQ(wakeups, 1);
    EXPECT_EQ(woken_on, id);
    (void)queue.drain();
    queue.publish(step_of(1, 4));
    EXPECT_EQ(wakeups, 2);
}

TEST(EventQueue, WaitGivesUpInTime) {
    EventQueue queue;
    EXPECT_FALSE(queue.wait(10));
    queue.publish(step_of(1, 1));
    EXPECT_TRUE(queue.wait(0));
}

}  // namespace
}  // namespace moelora
