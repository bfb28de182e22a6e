// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/job_runner.h"

#include <c10/util/Exception.h>

#include "core/ops/memory_error.h"

namespace moelora {

void JobControl::progress(const std::string& stage, std::int64_t done, std::int64_t total) {
    publish(StageProgress{job_, stage, done, total});
}

void JobControl::loading(const std::string& stage, std::int64_t done, std::int64_t total) {
    if (stop_requested()) throw LeaveLoading{};
    progress(stage, done, total);
}

void JobControl::raise(const std::vector<Issue>& issues) {
    for (const Issue& issue : issues) publish(IssueRaised{job_, 0, issue});
}

void JobControl::move_to(JobState to, std::optional<Error> error, std::string output) {
    JobState from{};
    {
        const std::lock_guard lock(mutex_);
        if (is_terminal(state_) || state_ == to) return;
        if (state_ == JobState::Stopping && !is_terminal(to)) return;  // there is no way back
        from = std::exchange(state_, to);
    }
    publish(JobStateChanged{job_, 0, from, to, std::move(error), std::move(output)});
}

void JobControl::enter_running() {
    if (!stop_requested()) move_to(JobState::Running);
}

bool JobControl::safe_point(const std::function<void()>& serve) {
    bool freed = false, told = false;
    const auto wanted = [&] { return serve && !freed && (save_ || caption_ || free_); };
    for (;;) {
        bool requested = false, paused = false;
        {
            const std::lock_guard lock(mutex_);
            if (stop_) return false;
            requested = wanted();
            paused = pause_;
            freed = freed || (requested && free_);
        }
        if (requested) {
            serve();
            if (told) tell_(true);  // a save said otherwise
            continue;
        }
        if (!paused) {
            if (told) tell_(false);
            move_to(JobState::Running);
            return true;
        }
        if (tell_ && !std::exchange(told, true)) tell_(true);
        move_to(JobState::Paused);
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return stop_ || !pause_ || wanted(); });
    }
}

void JobControl::pause_here() {
    const std::lock_guard lock(mutex_);
    pause_ = true;
}

bool JobControl::stop_requested() const {
    const std::lock_guard lock(mutex_);
    return stop_;
}

bool JobControl::take_save_request() {
    const std::lock_guard lock(mutex_);
    return std::exchange(save_, false);
}

bool JobControl::take_caption_request() {
    const std::lock_guard lock(mutex_);
    return std::exchange(caption_, false);
}

bool JobControl::take_free_request() {
    const std::lock_guard lock(mutex_);
    return std::exchange(free_, false);
}

JobRunner::~JobRunner() {
    {
        const std::lock_guard lock(mutex_);
        for (const auto& [id, control] : alive_) {
            const std::lock_guard inner(control->mutex_);
            control->stop_ = true;
            control->changed_.notify_all();
        }
    }
    thread_.request_stop();
    thread_.join();
}

JobId JobRunner::start(JobBody body) {
    const std::lock_guard lock(mutex_);
    const JobId id = ++last_;
    auto control = std::make_shared<JobControl>(id, events_);
    alive_[id] = control;
    waiting_.push_back({std::move(control), std::move(body)});
    changed_.notify_all();
    return id;
}

void JobRunner::run(const std::stop_token& stop) {
    for (;;) {
        Job job;
        {
            std::unique_lock lock(mutex_);
            changed_.wait(lock, stop, [this] { return !waiting_.empty(); });
            if (waiting_.empty())
                return;  // asked to stop, nothing left: jobs still waiting end Cancelled first
            job = std::move(waiting_.front());
            waiting_.pop_front();
        }
        run_one(job);
        const std::lock_guard lock(mutex_);
        alive_.erase(job.control->job());
    }
}

void JobRunner::run_one(Job& job) {
    JobControl& control = *job.control;
    if (control.stop_requested()) return control.move_to(JobState::Cancelled);
    control.move_to(JobState::Loading);
    const auto failed = [&](ErrorCode code, std::vector<Arg> args, const char* detail) {
        control.move_to(JobState::Failed, Error{code, std::move(args), {}, detail});
    };
    try {
        Result<JobEnd> end = job.body(control);
        if (!end) return control.move_to(JobState::Failed, std::move(end).error());
        if (end->cancelled) {
            control.move_to(JobState::Stopping);
            return control.move_to(JobState::Cancelled, {}, end->output);
        }
        control.move_to(JobState::Finished, {}, end->output);
    } catch (const JobControl::LeaveLoading&) {
        control.move_to(JobState::Stopping);
        control.move_to(JobState::Cancelled);
    } catch (const c10::Error& error) {
        if (auto full = memory_error(error, "working"))
            return control.move_to(JobState::Failed, std::move(full));
        failed(ErrorCode::Internal, {{"what", error.what_without_backtrace()}}, error.what());
    } catch (const std::exception& error) {
        if (auto full = memory_error(error, "working"))
            return control.move_to(JobState::Failed, std::move(full));
        failed(ErrorCode::Internal, {{"what", error.what()}}, error.what());
    } catch (...) {
        failed(ErrorCode::Internal, {{"what", "an exception of unknown type"}}, "");
    }
}

Result<std::shared_ptr<JobControl>> JobRunner::find(JobId job) {
    const std::lock_guard lock(mutex_);
    const auto found = alive_.find(job);
    if (found == alive_.end()) return fail(ErrorCode::JobUnknown, {{"job", std::to_string(job)}});
    return found->second;
}

Status JobRunner::with(JobId job, const std::function<void(JobControl&)>& command) {
    MOELORA_TRY(const std::shared_ptr<JobControl> control, find(job));
    const std::lock_guard lock(control->mutex_);
    command(*control);
    control->changed_.notify_all();
    return {};
}

Status JobRunner::pause(JobId job) {
    return with(job, [](JobControl& c) { c.pause_ = true; });
}
Status JobRunner::pause_and_free(JobId job) {
    return with(job, [](JobControl& c) { c.pause_ = c.free_ = true; });
}
Status JobRunner::resume(JobId job) {
    return with(job, [](JobControl& c) { c.pause_ = c.free_ = false; });
}
// True when the job was waiting still; it will not be run.
bool JobRunner::leave_queue(JobId job) {
    const std::lock_guard lock(mutex_);
    const bool left = std::erase_if(waiting_, [&](const Job& waiting) {
                          return waiting.control->job() == job;
                      }) > 0;
    if (left) alive_.erase(job);
    return left;
}
Status JobRunner::stop(JobId job) {
    MOELORA_TRY(const std::shared_ptr<JobControl> control, find(job));
    if (leave_queue(job)) {
        control->move_to(JobState::Cancelled);
        return {};
    }
    bool started = false;
    {
        const std::lock_guard lock(control->mutex_);
        control->stop_ = true;
        started = control->state_ != JobState::Queued;
        control->changed_.notify_all();
    }
    if (started) control->move_to(JobState::Stopping);
    return {};
}
Status JobRunner::save_checkpoint(JobId job) {
    return with(job, [](JobControl& c) { c.save_ = true; });
}
Status JobRunner::caption_now(JobId job) {
    return with(job, [](JobControl& c) { c.caption_ = true; });
}

}  // namespace moelora
