// SPDX-License-Identifier: GPL-3.0-or-later
#include <ATen/ATen.h>

#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>
#include <new>
#include <thread>

#include "core/data/batch.h"

namespace moelora {

// Several producer threads, one consumer. A producer claims the next batch by its number, so what a
// batch holds does not depend on who makes it, and the consumer takes them by number, so their
// order does not either. Guarded by mutex_: claimed_, taken_, made_, stop_. Everything else is set
// before the threads start and read only afterwards.
class DataLoader::Impl {
  public:
    Impl(const Dataset& dataset, const SampleEncoder& encoder, std::int64_t batch_size,
         std::vector<std::int64_t> order, std::int64_t first, TokenId pad_id)
        : dataset_(dataset),
          encoder_(encoder),
          batch_size_(static_cast<std::size_t>(std::max<std::int64_t>(batch_size, 1))),
          order_(std::move(order)),
          batches_((order_.size() + batch_size_ - 1) / batch_size_),
          pad_id_(pad_id),
          claimed_(std::min(static_cast<std::size_t>(std::max<std::int64_t>(first, 0)), batches_)),
          taken_(claimed_) {
        const auto threads =
            static_cast<std::size_t>(std::clamp<std::int64_t>(encoder.data.loader_threads, 1, 64));
        most_ahead_ = std::max<std::size_t>(threads, 2);
        for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { produce(); });
    }

    ~Impl() {
        {
            const std::lock_guard lock(mutex_);
            stop_ = true;
        }
        changed_.notify_all();
        for (std::thread& thread : threads_) thread.join();
    }
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;

    Result<Batch> next() {
        std::unique_lock lock(mutex_);
        if (taken_ == batches_) return Batch{};
        changed_.wait(lock, [this] { return made_.contains(taken_); });
        auto node = made_.extract(taken_++);
        lock.unlock();
        changed_.notify_all();
        return std::move(node.mapped());
    }

  private:
    void produce() {
        for (;;) {
            std::unique_lock lock(mutex_);
            changed_.wait(lock, [this] {
                return stop_ || claimed_ == batches_ || claimed_ < taken_ + most_ahead_;
            });
            if (stop_ || claimed_ == batches_) return;
            const std::size_t number = claimed_++;
            lock.unlock();
            Result<Batch> batch = guarded_batch(number);
            lock.lock();
            made_.emplace(number, std::move(batch));
            lock.unlock();
            changed_.notify_all();
        }
    }

    bool stopped() {
        const std::lock_guard lock(mutex_);
        return stop_;
    }

    // Nothing may leave the thread as an exception.
    Result<Batch> guarded_batch(std::size_t number) {
        const std::size_t start = number * batch_size_;
        const std::size_t stop = std::min(start + batch_size_, order_.size());
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
        std::vector<Issue> left_out;
        for (std::size_t i = start; i < stop; ++i) {
            if (stopped()) return Batch{};  // nobody will read it
            const DatasetSample& sample = dataset_.samples[static_cast<std::size_t>(order_[i])];
            auto encoded = encoder_.encode(sample.conversation(), sample.id);
            if (!encoded && encoder_.data.on_bad_picture == OnBadPicture::Skip) {
                const Place place{sample.file, sample.line, sample.id};
                // Placed at the picture: the samples that share it name it once.
                left_out.push_back({Severity::Warning,
                                    encoded.error(),
                                    {std::string(encoded.error().arg("path")), 0, {}},
                                    1});
                left_out.push_back({Severity::Warning,
                                    {ErrorCode::BadPictureSkipped, {{"sample", sample.id}}, {}, {}},
                                    place,
                                    1});
                continue;
            }
            if (!encoded)
                return pass(std::move(encoded).error(), "sample " + sample.id + " of " +
                                                            sample.file.str() + ":" +
                                                            std::to_string(sample.line));
            encoded->tasks = task_numbers(dataset_.tasks, sample.task);
            encoded->sample_type = number_of(dataset_.sample_types, sample.sample_type);
            samples.push_back(std::move(*encoded));
        }
        Batch batch = samples.empty() ? Batch{} : collate(samples, pad_id_, PadSide::Right);
        batch.left_out = std::move(left_out);
        return batch;
    }

    const Dataset& dataset_;
    const SampleEncoder& encoder_;
    const std::size_t batch_size_;
    const std::vector<std::int64_t> order_;
    const std::size_t batches_;
    const TokenId pad_id_;
    std::size_t most_ahead_ = 2;  // batches made or in the making; bounds the memory
    std::mutex mutex_;
    std::condition_variable changed_;
    std::size_t claimed_, taken_;  // numbers of batches
    std::map<std::size_t, Result<Batch>> made_;
    bool stop_ = false;
    std::vector<std::thread> threads_;
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
