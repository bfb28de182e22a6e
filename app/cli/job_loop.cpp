// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/job_loop.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>

#include "app/cli/put.h"

namespace moelora::cli {
namespace {

volatile sig_atomic_t signal_seen = 0;
std::atomic<std::int64_t> signal_at = 0;  // now_ms() of the first
// Programs around this one may hand on what the terminal sent here as well (timeout, sudo).
constexpr std::int64_t one_interrupt_ms = 500;
// Outputs that are a terminal, and where outputs go when nobody reads them any more: writing would
// fail, and what there is to save comes first.
volatile sig_atomic_t on_terminal[3] = {0, 0, 0};
volatile sig_atomic_t nowhere = -1;

bool has_no_reader(int fd) {
    pollfd asked{fd, POLLOUT, 0};
    return poll(&asked, 1, 0) == 1 && (asked.revents & POLLERR) != 0;
}

std::int64_t now_ms() {
    using std::chrono::steady_clock;
    return std::chrono::duration_cast<std::chrono::milliseconds>(
               steady_clock::now().time_since_epoch())
        .count();
}

extern "C" void on_signal(int number) {
    if (signal_seen != 0 && number == SIGINT && now_ms() - signal_at >= one_interrupt_ms)
        _exit(130);
    const int before = errno;  // of what the signal interrupts
    for (int fd = 1; fd <= 2 && nowhere >= 0; ++fd)
        if (number == SIGHUP ? on_terminal[fd] != 0 : number == SIGPIPE && has_no_reader(fd))
            dup2(nowhere, fd);
    errno = before;
    if (signal_seen != 0) return;
    signal_at = now_ms();
    signal_seen = number;
}

std::string duration_text(double seconds) {
    const auto s = static_cast<std::int64_t>(seconds + 0.5);
    return s < 3600 ? fmt::format("{}:{:02}", s / 60, s % 60)
                    : fmt::format("{}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60);
}

// 1867, 270.3k, 6.8M
std::string amount_text(double amount) {
    if (amount < 1e5) return std::to_string(static_cast<std::int64_t>(amount));
    const char* unit = amount < 1e6 ? "k" : amount < 1e9 ? "M" : "G";
    return fmt::format("{:.1f}{}", amount / (amount < 1e6 ? 1e3 : amount < 1e9 ? 1e6 : 1e9), unit);
}

std::string rate_text(double per_second) {
    if (per_second < 1) return fmt::format("{:.1f} s each", 1 / per_second);
    return (per_second < 1000 ? fmt::format("{:.1f}", per_second) : amount_text(per_second)) + "/s";
}

// "12/100", time left, rate, then the stage's own: in the order of their worth.
std::vector<std::string> facts(std::int64_t done, std::int64_t total, std::int64_t since_start,
                               double seconds) {
    std::vector<std::string> out;
    const std::string so_far = amount_text(static_cast<double>(done));
    const std::string all = amount_text(static_cast<double>(total));
    if (total > 0)  // of one width, so that the bar does not tremble
        out.push_back(fmt::format("{:>{}}/{}", so_far, all.size(), all));
    else if (done > 0)
        out.push_back(so_far);
    if (since_start <= 0 || seconds <= 0) return out;
    const double rate = static_cast<double>(since_start) / seconds;
    if (total > done)
        out.push_back(duration_text(static_cast<double>(total - done) / rate) + " left");
    out.push_back(rate_text(rate));
    return out;
}

// At most `width` columns: the bar shrinks first, then the last parts go. No bar where the share is
// unknown (below 0).
std::string frame(std::string line, std::vector<std::string> parts, double share,
                  std::size_t width) {
    constexpr std::size_t widest = 24, narrowest = 6, gap = 2;
    const std::size_t least = share < 0 ? 0 : gap + narrowest;
    std::size_t used = text_width(line);
    for (const std::string& part : parts) used += gap + text_width(part);
    for (; used + least > width && !parts.empty(); parts.pop_back())
        used -= gap + text_width(parts.back());
    line.resize(std::min(line.size(), width));  // names of stages are ASCII
    if (share >= 0 && used + least <= width) {
        const std::size_t bar = std::min(widest, width - used - gap);
        const auto filled = static_cast<std::size_t>(share * static_cast<double>(bar));
        line += "  ";
        for (std::size_t i = 0; i < bar; ++i) line += i < filled ? "█" : "░";
    }
    for (const std::string& part : parts) line += "  " + part;
    return line;
}

}  // namespace

void catch_signals() {
    struct sigaction action {};
    action.sa_handler = on_signal;
    sigaction(SIGINT, &action, nullptr);
    sigaction(SIGTERM, &action, nullptr);
    if (nowhere < 0) nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    sigaction(SIGPIPE, &action, nullptr);
    struct sigaction before {};
    sigaction(SIGHUP, nullptr, &before);
    if (before.sa_handler == SIG_IGN) return;  // of nohup: it stays so
    for (int fd = 1; fd <= 2; ++fd) on_terminal[fd] = isatty(fd);
    sigaction(SIGHUP, &action, nullptr);
}

int caught_signal() {
    return signal_seen;
}

ProgressLine::ProgressLine(const Context& context)
    : context_(context), terminal_(isatty(2) == 1), started_ms_(now_ms()) {}

void ProgressLine::update(const std::string& what, std::int64_t done, std::int64_t total,
                          const std::vector<std::string>& extras) {
    if (context_.quiet) return;
    const std::int64_t now = now_ms();
    if (what != stage_) {
        stage_ = what;
        started_ms_ = now;
        first_done_ = done;
        last_ms_ = 0;
    }
    const bool last = total > 0 && done >= total;
    if (!last && now - last_ms_ < (terminal_ ? 100 : 5000)) return;
    last_ms_ = now;
    std::vector<std::string> all =
        facts(done, total, done - first_done_, static_cast<double>(now - started_ms_) / 1000);
    all.insert(all.end(), extras.begin(), extras.end());
    if (!terminal_) {
        put(stderr, "{}{}{}\n", what, all.empty() ? "" : "  ", fmt::join(all, "  "));
        return;
    }
    const double share =
        total > 0 ? static_cast<double>(std::min(done, total)) / static_cast<double>(total) : -1;
    // The last column stays free: a terminal may go on to the next line there.
    put(stderr, "\r\033[K{}", frame(what, std::move(all), share, terminal_width(2, 80) - 1));
    std::fflush(stderr);
    drawn_ = true;
    if (last) clear();
}

void ProgressLine::clear() {
    if (drawn_) put(stderr, "\r\033[K");
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
            progress.clear();
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
                progress.clear();
                context.say("paused; trying again every 10 seconds (Ctrl-C stops)");
            }
            if (!is_terminal(changed->to)) continue;
            if (changed->to == JobState::Failed && changed->error)
                return context.fail_with(*changed->error);
            if (changed->to == JobState::Finished) return 0;
            return signal_seen == 0 ? 130 : 128 + signal_seen;
        }
    }
}

}  // namespace moelora::cli
