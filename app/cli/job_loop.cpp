// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/job_loop.h"

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>

namespace moelora::cli {
namespace {

volatile sig_atomic_t signal_seen = 0;

extern "C" void on_signal(int number) {
    if (signal_seen != 0 && number == SIGINT) _exit(130);
    signal_seen = number;
}

std::int64_t now_ms() {
    using std::chrono::steady_clock;
    return std::chrono::duration_cast<std::chrono::milliseconds>(
               steady_clock::now().time_since_epoch())
        .count();
}

std::string duration_text(double seconds) {
    const auto s = static_cast<std::int64_t>(seconds + 0.5);
    return s < 3600 ? fmt::format("{}:{:02}", s / 60, s % 60)
                    : fmt::format("{}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60);
}

}  // namespace

void catch_signals() {
    struct sigaction action {};
    action.sa_handler = on_signal;
    sigaction(SIGINT, &action, nullptr);
    sigaction(SIGTERM, &action, nullptr);
}

int caught_signal() {
    return signal_seen;
}

ProgressLine::ProgressLine(const Context& context)
    : context_(context), terminal_(isatty(2) == 1), started_ms_(now_ms()) {}

void ProgressLine::update(const std::string& what, std::int64_t done, std::int64_t total,
                          const std::string& extra) {
    if (context_.quiet) return;
    const std::int64_t now = now_ms();
    if (what != stage_) {
        stage_ = what;
        started_ms_ = now;
        last_ms_ = 0;
    }
    const bool last = total > 0 && done >= total;
    if (!last && now - last_ms_ < (terminal_ ? 100 : 5000)) return;
    last_ms_ = now;
    const double seconds = static_cast<double>(now - started_ms_) / 1000;
    std::string left;
    if (done > 0 && total > done && seconds > 1)
        left = "  left " + duration_text(seconds * static_cast<double>(total - done) /
                                         static_cast<double>(done));
    if (!terminal_) {
        const std::string count = total > 0 ? fmt::format(" {}/{}", done, total) : "";
        fmt::print(stderr, "{}{}{}{}\n", what, count, extra, left);
        return;
    }
    constexpr std::int64_t width = 24;
    const std::int64_t filled = total > 0 ? std::min(width, width * done / total) : 0;
    std::string bar;
    for (std::int64_t i = 0; i < width; ++i) bar += i < filled ? "█" : "░";
    fmt::print(stderr, "\r\033[K{} {} {}/{}{}{}", what, bar, done, total, extra, left);
    std::fflush(stderr);
    drawn_ = true;
    if (last) clear();
}

void ProgressLine::clear() {
    if (drawn_) fmt::print(stderr, "\r\033[K");
    drawn_ = false;
}

int run_job(Context& context, const Result<JobId>& job, ProgressLine& progress,
            const std::function<void(const Event&)>& on_event) {
    if (!job) return context.fail_with(job.error());
    catch_signals();
    Session& session = context.session();
    bool stopping = false, paused = false;
    std::int64_t paused_ms = 0;
    for (;;) {
        session.wait_for_events(100);
        if (signal_seen != 0 && !stopping) {
            stopping = true;
            context.say("stopping; a second Ctrl-C ends at once");
            (void)session.stop(*job);  // an unknown job has just ended
        }
        // A job pauses by itself on a full disk only; it tries again now and then.
        if (paused && now_ms() - paused_ms > 10000) {
            paused_ms = now_ms();
            (void)session.resume(*job);
        }
        for (const Event& event : session.drain()) {
            if (const auto* raised = std::get_if<IssueRaised>(&event)) {
                progress.clear();
                context.print_issues({raised->issue});
            }
            on_event(event);
            const auto* changed = std::get_if<JobStateChanged>(&event);
            if (!changed) continue;
            paused = changed->to == JobState::Paused;
            if (paused) {
                paused_ms = now_ms();
                context.say("paused; trying again every 10 seconds (Ctrl-C stops)");
            }
            if (!is_terminal(changed->to)) continue;
            if (changed->to == JobState::Failed && changed->error)
                return context.fail_with(*changed->error);
            if (changed->to == JobState::Finished) return 0;
            return signal_seen == SIGTERM ? 143 : 130;
        }
    }
}

}  // namespace moelora::cli
