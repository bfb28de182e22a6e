// SPDX-License-Identifier: GPL-3.0-or-later
// Waits for a job, hands its events to a printer and turns signals into a stop. SIGINT, SIGTERM,
// SIGHUP (the terminal was closed) and SIGPIPE (as behind `| head`) let the job save what can be
// saved and end with 130, 143, 129 and 141; a second SIGINT ends the program at once. A SIGHUP that
// nohup ignores stays ignored.
#pragma once

#include <functional>

#include "app/cli/context.h"

namespace moelora::cli {

// For verbs that work without a job: catch_signals() once, then 0 or the number of a signal.
void catch_signals();
[[nodiscard]] int caught_signal();

// A progress line on stderr with rate and time left: a bar on a terminal, never wider than it; a
// plain line every few seconds elsewhere.
class ProgressLine {
  public:
    explicit ProgressLine(const Context& context);
    // `extras` fall away, the last first, where the terminal is narrow. `total` 0: unknown.
    void update(const std::string& what, std::int64_t done, std::int64_t total,
                const std::vector<std::string>& extras = {});
    void clear();  // before something else is printed

  private:
    const Context& context_;
    bool terminal_, drawn_ = false;
    std::int64_t last_ms_ = 0;
    // Where the stage was first seen: a resumed run does not begin at zero.
    std::int64_t started_ms_ = 0, first_done_ = 0;
    std::string stage_;
};

// The exit code of the verb. `on_event` sees every event in order, also the last one. Issues are
// printed here, with the progress line out of the way.
int run_job(Context& context, const Result<JobId>& job, ProgressLine& progress,
            const std::function<void(const Event&)>& on_event);

}  // namespace moelora::cli
