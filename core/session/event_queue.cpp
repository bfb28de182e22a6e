// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/event_queue.h"

#include <chrono>
#include <utility>

namespace moelora {

void EventQueue::publish(Event event) {
    const std::string key = coalesce_key(event);
    bool was_empty = false;
    {
        const std::lock_guard lock(mutex_);
        was_empty = queue_.empty();
        if (std::int64_t* seq = seq_of(event)) *seq = ++seq_[job_of(event)];
        if (!key.empty()) {
            const auto [slot, fresh] = slots_.try_emplace(key, queue_.size());
            if (!fresh) {
                queue_[slot->second] = std::move(event);
                return;
            }
        }
        queue_.push_back(std::move(event));
    }
    filled_.notify_all();
    if (was_empty && wakeup_) wakeup_();
}

std::vector<Event> EventQueue::drain() {
    const std::lock_guard lock(mutex_);
    slots_.clear();
    return std::exchange(queue_, {});
}

bool EventQueue::wait(int timeout_ms) {
    std::unique_lock lock(mutex_);
    return filled_.wait_for(lock, std::chrono::milliseconds(timeout_ms),
                            [this] { return !queue_.empty(); });
}

}  // namespace moelora
