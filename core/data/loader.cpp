// SPDX-License-Identifier: GPL-3.0-or-later
#include <ATen/ATen.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <new>
#include <thread>

#include "core/data/batch.h"

namespace moelora {

// One producer thread, one consumer. Guarded by mutex_: queue_, stop_, done_. Everything else is
// set before the thread starts and read only afterwards.
class DataLoader::Impl {
  public:
    Impl(const Dataset& dataset, const SampleEncoder& encoder, std::int64_t batch_size,
         std::vector<std::int64_t> order, std::int64_t first, TokenId pad_id)
        : dataset_(dataset),
          encoder_(encoder),
          batch_size_(static_cast<std::size_t>(std::max<std::int64_t>(batch_size, 1))),
          order_(std::move(order)),
          next_(static_cast<std::size_t>(std::max<std::int64_t>(first, 0)) * batch_size_),
          pad_id_(pad_id),
          thread_([this] { produce(); }) {}

    ~Impl() {
        {
            const std::lock_guard lock(mutex_);
            stop_ = true;
        }
        changed_.notify_all();
        thread_.join();
    }
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;

    Result<Batch> next() {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return !queue_.empty() || done_; });
        if (queue_.empty()) return Batch{};
        Result<Batch> batch = std::move(queue_.front());
        queue_.pop_front();
        lock.unlock();
        changed_.notify_all();
        return batch;
    }

  private:
    static constexpr std::size_t most_ahead = 2;

    void produce() {
        while (next_ < order_.size() && !stopped()) {
            Result<Batch> batch = guarded_batch();
            std::unique_lock lock(mutex_);
            changed_.wait(lock, [this] { return queue_.size() < most_ahead || stop_; });
            if (stop_) break;
            queue_.push_back(std::move(batch));
            lock.unlock();
            changed_.notify_all();
        }
        {
            const std::lock_guard lock(mutex_);
            done_ = true;
        }
        changed_.notify_all();
    }

    bool stopped() {
        const std::lock_guard lock(mutex_);
        return stop_;
    }

    // Nothing may leave the thread as an exception.
    Result<Batch> guarded_batch() {
        const std::size_t stop = std::min(next_ + batch_size_, order_.size());
        const std::size_t start = std::exchange(next_, stop);
        try {
            return make_batch(start, stop);
        } catch (const std::bad_alloc&) {
            return fail(ErrorCode::HostOutOfMemory, {{"stage", "reading samples"}});
        } catch (const std::exception& error) {
            return fail(ErrorCode::Internal, {{"what", error.what()}});
        }
    }

    Result<Batch> make_batch(std::size_t start, std::size_t stop) {
        std::vector<EncodedSample> samples;
        for (std::size_t i = start; i < stop; ++i) {
            if (stopped()) return Batch{};  // nobody will read it
            const DatasetSample& sample = dataset_.samples[static_cast<std::size_t>(order_[i])];
            auto encoded = encoder_.encode(sample.conversation(), sample.id);
            if (!encoded)
                return pass(std::move(encoded).error(), "sample " + sample.id + " of " +
                                                            sample.file.str() + ":" +
                                                            std::to_string(sample.line));
            encoded->task = task_index(sample.task);
            samples.push_back(std::move(*encoded));
        }
        return collate(samples, pad_id_, PadSide::Right);
    }

    [[nodiscard]] std::int64_t task_index(const std::string& task) const {
        const auto found = std::lower_bound(dataset_.tasks.begin(), dataset_.tasks.end(), task);
        return found == dataset_.tasks.end() || *found != task ? -1
                                                               : found - dataset_.tasks.begin();
    }

    const Dataset& dataset_;
    const SampleEncoder& encoder_;
    const std::size_t batch_size_;
    const std::vector<std::int64_t> order_;
    std::size_t next_;  // of the producer
    const TokenId pad_id_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<Result<Batch>> queue_;
    bool stop_ = false, done_ = false;
    std::thread thread_;  // last: starts when all else stands
};

DataLoader::DataLoader(const Dataset& dataset, const SampleEncoder& encoder,
                       std::int64_t batch_size, std::int64_t seed, std::int64_t epoch,
                       std::int64_t first, TokenId pad_id)
    : impl_(std::make_unique<Impl>(
          dataset, encoder, batch_size,
          epoch_order(static_cast<std::int64_t>(dataset.samples.size()), seed, epoch), first,
          pad_id)) {}
DataLoader::~DataLoader() = default;

std::int64_t DataLoader::batches_per_epoch(std::int64_t samples, std::int64_t batch_size) {
    return (samples + batch_size - 1) / batch_size;
}

Result<Batch> DataLoader::next() {
    return impl_->next();
}

}  // namespace moelora
