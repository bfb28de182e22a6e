// SPDX-License-Identifier: GPL-3.0-or-later
// Looks at many pictures on several threads, and ends at once when asked to: a decoder cannot be
// interrupted, so a thread inside one is left to finish alone, and what it finds is dropped.
// Internal to core/data.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "core/data/picture_facts.h"

namespace moelora {

class PictureRound : public std::enable_shared_from_this<PictureRound> {
  public:
    PictureRound(std::vector<std::string> paths, std::shared_ptr<FactsCache> cache)
        : paths_(std::move(paths)), cache_(std::move(cache)), facts_(paths_.size()) {}

    // Called on the calling thread with pictures looked at and pictures in all, some twenty times a
    // second; false ends the round. Returns whether it came to its end. Once only; owned by a
    // shared_ptr.
    using GoOn = std::function<bool(std::int64_t, std::int64_t)>;
    [[nodiscard]] bool run(std::int64_t threads, const GoOn& go_on);

    // After run(). Empty: not reached.
    [[nodiscard]] const std::vector<std::optional<PictureFacts>>& facts() const { return facts_; }
    [[nodiscard]] std::int64_t decoded() const { return decoded_; }
    [[nodiscard]] std::int64_t cached() const { return cached_; }

  private:
    friend class LeftThreads;
    void work();
    void examine_one(std::size_t i);
    [[nodiscard]] bool all_ended();

    const std::vector<std::string> paths_;
    const std::shared_ptr<FactsCache> cache_;
    std::vector<std::optional<PictureFacts>> facts_;  // written under mutex_ until it is left
    std::atomic<std::int64_t> decoded_{0}, cached_{0};
    std::atomic<std::size_t> next_{0};
    std::atomic<bool> stop_{false};
    std::mutex mutex_;
    std::condition_variable ended_;
    std::int64_t running_ = 0;
    bool left_ = false;
};

}  // namespace moelora
