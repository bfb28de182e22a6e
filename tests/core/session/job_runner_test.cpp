// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/job_runner.h"

#include <c10/util/Exception.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string_view>
#include <thread>
#include <type_traits>

#include "core/adapter/named_tensor.h"
#include "tests/support/plain_value.h"

namespace moelora {
namespace {

using namespace std::chrono_literals;

// All events until the job's terminal one.
std::vector<Event> events_of(JobRunner& runner, JobId job) {
    std::vector<Event> out;
    for (int i = 0; i < 12000; ++i) {
        (void)runner.events().wait(10);
        for (Event& event : runner.events().drain()) {
            out.push_back(std::move(event));
            const auto* changed = std::get_if<JobStateChanged>(&out.back());
            if (changed && changed->job == job && is_terminal(changed->to)) return out;
        }
    }
    ADD_FAILURE() << "no terminal state";
    return out;
}

JobStateChanged last_state(const std::vector<Event>& events) {
    return std::get<JobStateChanged>(events.back());
}

std::vector<JobState> states(const std::vector<Event>& events) {
    std::vector<JobState> out;
    for (const Event& event : events)
        if (const auto* changed = std::get_if<JobStateChanged>(&event)) out.push_back(changed->to);
    return out;
}

void wait_for_state(JobRunner& runner, JobState wanted) {
    for (int i = 0; i < 12000; ++i) {
        (void)runner.events().wait(10);
        for (const Event& event : runner.events().drain())
            if (const auto* changed = std::get_if<JobStateChanged>(&event);
                changed && changed->to == wanted)
                return;
    }
    ADD_FAILURE() << "the state was not reached";
}

JobBody endless() {
    return [](JobControl& control) -> Result<JobEnd> {
        control.enter_running();
        while (control.safe_point()) std::this_thread::sleep_for(1ms);
        return JobEnd{true, "kept"};
    };
}

TEST(JobRunner, Contract_OneTerminalStateAndNothingAfterIt) {
    JobRunner runner({});
    const JobId job = runner.start([](JobControl& control) -> Result<JobEnd> {
        control.enter_running();
        return JobEnd{false, "out"};
    });
    const auto events = events_of(runner, job);
    EXPECT_EQ(states(events),
              (std::vector{JobState::Loading, JobState::Running, JobState::Finished}));
    EXPECT_EQ(last_state(events).output, "out");
    std::this_thread::sleep_for(20ms);
    EXPECT_TRUE(runner.events().drain().empty());
    EXPECT_EQ(runner.stop(job).error().code, ErrorCode::JobUnknown);
}

TEST(JobRunner, Contract_EveryExceptionBecomesFailed) {
    JobRunner runner({});
    const std::pair<JobBody, ErrorCode> cases[] = {
        {[](JobControl&) -> Result<JobEnd> {
             return fail(ErrorCode::RunMissing, {{"run", "7"}});
         },
         ErrorCode::RunMissing},
        {[](JobControl&) -> Result<JobEnd> { throw std::bad_alloc(); }, ErrorCode::HostOutOfMemory},
        {[](JobControl&) -> Result<JobEnd> { throw std::logic_error("a bug"); },
         ErrorCode::Internal},
        {[](JobControl&) -> Result<JobEnd> { TORCH_CHECK(false, "shapes"); }, ErrorCode::Internal},
        {[](JobControl&) -> Result<JobEnd> {
             TORCH_CHECK_WITH(OutOfMemoryError, false, "CUDA out of memory");
         },
         ErrorCode::DeviceOutOfMemory},
        {[](JobControl&) -> Result<JobEnd> { throw 7; }, ErrorCode::Internal}};
    for (const auto& [body, code] : cases) {
        const auto end = last_state(events_of(runner, runner.start(body)));
        EXPECT_EQ(end.to, JobState::Failed);
        ASSERT_TRUE(end.error.has_value());
        EXPECT_EQ(end.error->code, code) << end.error->detail;
    }
}

TEST(JobRunner, CancelIsAStateNotAnError) {
    JobRunner runner({});
    const JobId job = runner.start(endless());
    wait_for_state(runner, JobState::Running);
    ASSERT_TRUE(runner.stop(job));
    const auto events = events_of(runner, job);
    EXPECT_EQ(states(events), (std::vector{JobState::Stopping, JobState::Cancelled}));
    EXPECT_FALSE(last_state(events).error.has_value());
    EXPECT_EQ(last_state(events).output, "kept");
}

TEST(JobRunner, APauseThatFreesIsServedOnceAndOtherRequestsWaitUntilTheJobGoesOn) {
    JobRunner runner({});
    std::atomic<int> freed = 0, saved_while_free = 0, saved = 0;
    const JobId job = runner.start([&](JobControl& control) -> Result<JobEnd> {
        control.enter_running();
        bool free = false;
        while (control.safe_point([&] {
            if (control.take_save_request()) ++(free ? saved_while_free : saved);
            if (control.take_free_request()) {
                free = true;
                ++freed;
            }
        })) {
            free = false;
            std::this_thread::sleep_for(1ms);
        }
        return JobEnd{true, {}};
    });
    wait_for_state(runner, JobState::Running);
    ASSERT_TRUE(runner.pause_and_free(job));
    wait_for_state(runner, JobState::Paused);
    EXPECT_EQ(freed, 1);
    ASSERT_TRUE(runner.save_checkpoint(job));
    ASSERT_TRUE(runner.resume(job));
    wait_for_state(runner, JobState::Running);
    for (int i = 0; i < 1000 && saved == 0; ++i) std::this_thread::sleep_for(10ms);
    EXPECT_EQ(saved, 1);
    EXPECT_EQ(saved_while_free, 0);
    EXPECT_EQ(freed, 1);
    ASSERT_TRUE(runner.stop(job));
    (void)events_of(runner, job);
}

// Stopping stands there while the job still works; the job cannot make it Running again.
TEST(JobRunner, StopIsSeenAtOnceAndThereIsNoWayBack) {
    JobRunner runner({});
    std::atomic<bool> go_on = false;
    const JobId job = runner.start([&](JobControl& control) -> Result<JobEnd> {
        control.enter_running();
        while (!go_on) std::this_thread::sleep_for(1ms);
        control.enter_running();
        return JobEnd{true, "kept"};
    });
    wait_for_state(runner, JobState::Running);
    ASSERT_TRUE(runner.stop(job));
    const auto at_once = runner.events().drain();
    EXPECT_EQ(states(at_once), std::vector{JobState::Stopping});
    ASSERT_TRUE(runner.stop(job)) << "once more changes nothing";
    go_on = true;
    EXPECT_EQ(states(events_of(runner, job)), std::vector{JobState::Cancelled});
}

TEST(JobRunner, Session_StopDuringLoadingEndsCancelled) {
    JobRunner runner({});
    std::atomic<bool> loading = false;
    const JobId job = runner.start([&](JobControl& control) -> Result<JobEnd> {
        for (std::int64_t i = 0;; ++i) {
            control.loading("loading model", i, 0);
            loading = true;
            std::this_thread::sleep_for(1ms);
        }
    });
    while (!loading) std::this_thread::sleep_for(1ms);
    ASSERT_TRUE(runner.stop(job));
    EXPECT_EQ(last_state(events_of(runner, job)).to, JobState::Cancelled);
}

TEST(JobRunner, PausedJobsServeRequestsAndGoOn) {
    JobRunner runner({});
    std::atomic<int> saved = 0;
    const JobId job = runner.start([&](JobControl& control) -> Result<JobEnd> {
        control.enter_running();
        while (control.safe_point([&] {
            if (control.take_save_request()) ++saved;
            (void)control.take_caption_request();
        }))
            std::this_thread::sleep_for(1ms);
        return JobEnd{true, {}};
    });
    wait_for_state(runner, JobState::Running);
    ASSERT_TRUE(runner.pause(job));
    wait_for_state(runner, JobState::Paused);
    ASSERT_TRUE(runner.save_checkpoint(job));
    for (int i = 0; i < 30000 && saved == 0; ++i) std::this_thread::sleep_for(2ms);
    EXPECT_EQ(saved, 1);
    ASSERT_TRUE(runner.resume(job));
    wait_for_state(runner, JobState::Running);
    ASSERT_TRUE(runner.stop(job));
    EXPECT_EQ(last_state(events_of(runner, job)).to, JobState::Cancelled);
}

TEST(JobRunner, StopBeforeTheStartEndsCancelled) {
    JobRunner runner({});
    const JobId first = runner.start(endless());
    bool ran = false;
    const JobId second = runner.start([&](JobControl&) -> Result<JobEnd> {
        ran = true;
        return JobEnd{};
    });
    wait_for_state(runner, JobState::Running);
    ASSERT_TRUE(runner.stop(second));
    EXPECT_EQ(last_state(events_of(runner, second)).to, JobState::Cancelled)
        << "at once, not when the job before it has ended";
    EXPECT_FALSE(runner.stop(second).has_value());
    ASSERT_TRUE(runner.stop(first));
    EXPECT_FALSE(ran);
}

// Running or held by a pause; a job that waits behind it is not begun.
TEST(JobRunner, Contract_DestroyingSessionJoins) {
    for (const bool paused : {false, true}) {
        std::atomic<bool> left = false, second = false;
        {
            JobRunner runner({});
            const JobId first = runner.start([&](JobControl& control) -> Result<JobEnd> {
                control.enter_running();
                while (control.safe_point()) std::this_thread::sleep_for(1ms);
                left = true;
                return JobEnd{true, {}};
            });
            (void)runner.start([&](JobControl&) -> Result<JobEnd> {
                second = true;
                return JobEnd{};
            });
            wait_for_state(runner, JobState::Running);
            if (paused) {
                EXPECT_TRUE(runner.pause(first));
                wait_for_state(runner, JobState::Paused);
            }
        }
        EXPECT_TRUE(left) << paused;
        EXPECT_FALSE(second) << paused;
    }
}

struct Borrows {
    std::string_view text;
};
struct Shares {
    std::string name;
    std::optional<std::shared_ptr<int>> owner;
};
struct HoldsATensor {
    std::vector<NamedTensor> tensors;
};
static_assert(!test::is_plain<Borrows> && !test::is_plain<Shares> &&
              !test::is_plain<HoldsATensor> && !test::is_plain<const char*>);

// Every field of every event, down to the last: no tensor, no pointer, no view, no class that could
// hide one; of Qt nothing is plain. A sentence would be a text like any other: that errors travel
// as code and arguments is what Error holds.
TEST(JobRunner, Contract_EventsArePlainValues) {
    static_assert(test::is_plain<Event>);
    static_assert(std::is_same_v<decltype(IssueRaised::issue.error), Error>);
    static_assert(std::is_same_v<decltype(JobStateChanged::error), std::optional<Error>>);
    static_assert(std::is_same_v<decltype(Error::code), ErrorCode>);
    Event original = StepRecorded{1, 2, {}};
    const Event copy = original;
    std::get<StepRecorded>(original).record.loss = 7;
    EXPECT_EQ(std::get<StepRecorded>(copy).record.loss, 0);  // shares nothing
}

}  // namespace
}  // namespace moelora
