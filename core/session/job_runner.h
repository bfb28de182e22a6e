// SPDX-License-Identifier: GPL-3.0-or-later
// JobRunner: one engine thread that runs jobs one after another, their states and commands.
// Thread-safe.
//
// stop() publishes Stopping at once, on the thread that calls it; Cancelled follows when the job
// has saved what is to be kept.
//
// A job body is a function; it reports through JobControl and returns how it ended. Every exception
// of a body becomes Failed here, at the one catch of the program (ADR 0003). Exactly one terminal
// state is published, nothing after it.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>
#include <thread>

#include "core/base/result.h"
#include "core/session/event_queue.h"

namespace moelora {

// What a running job sees of its commands. Used on the engine thread; flags are set by others.
class JobControl {
  public:
    JobControl(JobId job, EventQueue& events) : job_(job), events_(&events) {}

    [[nodiscard]] JobId job() const { return job_; }
    void publish(Event event) { events_->publish(std::move(event)); }
    void raise(const std::vector<Issue>& issues);
    void progress(const std::string& stage, std::int64_t done, std::int64_t total);
    // The same while loading, where nothing is to be kept yet: leaves the job, which then ends
    // Cancelled, when it must stop (by an exception that only JobRunner catches).
    void loading(const std::string& stage, std::int64_t done, std::int64_t total);

    void enter_running();  // Loading -> Running
    // A safe point: serves save, caption and free requests through `serve` (which takes them),
    // waits while paused (publishing Paused and Running), false when the job must stop. Once a free
    // request was taken, no other is served before the job goes on.
    [[nodiscard]] bool safe_point(const std::function<void()>& serve = {});
    // The same without waiting, for places that may not pause (inside an update).
    [[nodiscard]] bool stop_requested() const;
    // The job pauses itself, e.g. on a full disk; resume() lets it go on.
    void pause_here();
    // Called on the engine thread with true before Paused is published, and with false before
    // Running is again: for what other programs read of the job.
    void on_pause(std::function<void(bool)> tell) { tell_ = std::move(tell); }
    // True once per command.
    [[nodiscard]] bool take_save_request();
    [[nodiscard]] bool take_caption_request();
    [[nodiscard]] bool take_free_request();

  private:
    friend class JobRunner;
    struct LeaveLoading {};
    void move_to(JobState to, std::optional<Error> error = {}, std::string output = {});
    JobId job_;
    EventQueue* events_;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    JobState state_ = JobState::Queued;
    bool stop_ = false, pause_ = false, save_ = false, caption_ = false, free_ = false;
    std::function<void(bool)> tell_;
};

struct JobEnd {
    bool cancelled = false;
    std::string output;  // folder with what came out, "" when none
};
using JobBody = std::function<Result<JobEnd>(JobControl&)>;

class JobRunner {
  public:
    explicit JobRunner(std::function<void()> wakeup)
        : events_(std::move(wakeup)), thread_([this](const std::stop_token& stop) { run(stop); }) {}
    ~JobRunner();  // stops every job and joins
    JobRunner(const JobRunner&) = delete;
    JobRunner& operator=(const JobRunner&) = delete;

    [[nodiscard]] JobId start(JobBody body);
    Status pause(JobId job);
    Status pause_and_free(JobId job);
    Status resume(JobId job);
    Status stop(JobId job);
    Status save_checkpoint(JobId job);
    Status caption_now(JobId job);
    [[nodiscard]] EventQueue& events() { return events_; }

  private:
    struct Job {
        std::shared_ptr<JobControl> control;
        JobBody body;
    };
    void run(const std::stop_token& stop);
    void run_one(Job& job);
    [[nodiscard]] Result<std::shared_ptr<JobControl>> find(JobId job);
    Status with(JobId job, const std::function<void(JobControl&)>& command);
    bool leave_queue(JobId job);

    EventQueue events_;
    std::mutex mutex_;
    std::condition_variable_any changed_;
    std::deque<Job> waiting_;
    std::map<JobId, std::shared_ptr<JobControl>> alive_;  // waiting or running
    JobId last_ = 0;
    std::jthread thread_;  // last: joins before anything it uses dies
};

}  // namespace moelora
