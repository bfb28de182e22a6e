// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/picture_round.h"

#include <algorithm>
#include <chrono>

#include "core/io/files.h"

namespace moelora {

// Threads that were left inside a decoder. The end of the program waits for them: what they use
// must not go before they do, and it was made before this, which is made when the first is left.
class LeftThreads {
  public:
    static LeftThreads& instance() {
        static LeftThreads all;
        return all;
    }
    LeftThreads() = default;
    LeftThreads(const LeftThreads&) = delete;
    LeftThreads& operator=(const LeftThreads&) = delete;
    ~LeftThreads() {
        join_if([](const Left&) { return true; });
    }

    void add(std::shared_ptr<PictureRound> round, std::vector<std::thread> threads) {
        const std::lock_guard lock(mutex_);
        join_if([](const Left& left) { return left.round->all_ended(); });
        all_.push_back({std::move(round), std::move(threads)});
    }

  private:
    struct Left {
        std::shared_ptr<PictureRound> round;
        std::vector<std::thread> threads;
    };
    template <class F>
    void join_if(const F& ended) {
        std::erase_if(all_, [&](Left& left) {
            if (!ended(left)) return false;
            for (std::thread& thread : left.threads) thread.join();
            return true;
        });
    }
    std::mutex mutex_;
    std::vector<Left> all_;
};

bool PictureRound::run(std::int64_t threads, const GoOn& go_on) {
    const auto all = static_cast<std::int64_t>(paths_.size());
    running_ = std::clamp<std::int64_t>(threads, 1, std::max<std::int64_t>(all, 1));
    std::vector<std::thread> workers;
    for (std::int64_t i = running_; i > 0; --i)
        workers.emplace_back([self = shared_from_this()] { self->work(); });
    {
        std::unique_lock lock(mutex_);
        const auto none_left = [this] { return running_ == 0; };
        while (!stop_ && !ended_.wait_for(lock, std::chrono::milliseconds(50), none_left)) {
            lock.unlock();
            const bool stop = go_on && !go_on(decoded_ + cached_, all);
            lock.lock();
            stop_ = stop;
        }
        // Most are between two pictures within that time.
        left_ = stop_ && !ended_.wait_for(lock, std::chrono::milliseconds(50), none_left);
    }
    if (left_)
        LeftThreads::instance().add(shared_from_this(), std::move(workers));
    else
        for (std::thread& worker : workers) worker.join();
    if (!stop_ && go_on) static_cast<void>(go_on(all, all));
    return !stop_;
}

bool PictureRound::all_ended() {
    const std::lock_guard lock(mutex_);
    return running_ == 0;
}

void PictureRound::work() {
    for (std::size_t i = next_++; i < paths_.size() && !stop_; i = next_++) examine_one(i);
    const std::lock_guard lock(mutex_);
    --running_;
    ended_.notify_all();
}

void PictureRound::examine_one(std::size_t i) {
    const FileStamp stamp = FileStamp::of(paths_[i]);
    auto facts = cache_->by_stamp(stamp);
    bool known = facts.has_value();
    std::string hash;
    if (!known) {
        hash = sha256_file(paths_[i], [this] { return !stop_; }).value_or("");
        if (stop_) return;
        facts = cache_->by_hash(hash);
        known = facts.has_value();
        if (!known) facts = look_at(paths_[i], hash);
    }
    const std::lock_guard lock(mutex_);
    if (left_) return;
    const bool of_picture = !facts->error || facts->error->code != ErrorCode::HostOutOfMemory;
    if (!hash.empty() && of_picture) cache_->keep(stamp, *facts);
    ++(known ? cached_ : decoded_);
    facts_[i] = std::move(*facts);
}

}  // namespace moelora
