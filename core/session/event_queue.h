// SPDX-License-Identifier: GPL-3.0-or-later
// The queue between engine and reader: many publishers, one reader who drains at its own pace.
// Publishing never waits for the reader; a coalesced event replaces the pending one of its key in
// place; lossless events get the next `seq` of their job here. Thread-safe. Not bounded: an hour of
// steps is some ten thousand small structs (architecture.md, section 10).
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "core/record/events.h"

namespace moelora {

class EventQueue {
  public:
    // `wakeup` runs on the publishing thread, outside the lock, once per drain; it may only post.
    explicit EventQueue(std::function<void()> wakeup = {}) : wakeup_(std::move(wakeup)) {}

    void publish(Event event);
    [[nodiscard]] std::vector<Event> drain();
    // True when events are pending; waits for them up to the time.
    [[nodiscard]] bool wait(int timeout_ms);

  private:
    std::mutex mutex_;
    std::condition_variable filled_;
    std::vector<Event> queue_;
    std::map<std::string, std::size_t> slots_;  // where the pending event of a key stands
    std::map<JobId, std::int64_t> seq_;         // of the last lossless event of a job
    std::function<void()> wakeup_;
};

}  // namespace moelora
