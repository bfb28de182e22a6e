// SPDX-License-Identifier: GPL-3.0-or-later
#include <ATen/ATen.h>

#include <chrono>
#include <thread>

#include "core/data/batch.h"
#include "tests/core/data/encoder.h"

namespace moelora {
namespace {

using test::DataFolder;
using test::message_line;

class Loader : public testing::Test, public test::EncoderFixture {
  protected:
    void SetUp() override {
        std::string lines;
        for (int i = 0; i < 11; ++i) {
            const std::string name = std::to_string(i).append(".png");
            folder_.picture(name, i * 20);
            lines += message_line(name, "answer " + std::to_string(i), i % 2 == 0 ? "b" : "a");
        }
        folder_.text("data.jsonl", lines);
        auto data = open_dataset(folder_.options());
        MOELORA_ASSERT_OK(data);
        data_ = std::move(*data);
        ASSERT_EQ(data_.samples.size(), 11u);
    }
    std::unique_ptr<DataLoader> loader(std::int64_t batch, std::int64_t epoch = 0,
                                       std::int64_t first = 0) {
        return std::make_unique<DataLoader>(data_, encoder, batch, 42, epoch, first, pad);
    }
    static std::vector<std::string> ids_of(DataLoader& loader) {
        std::vector<std::string> out;
        for (;;) {
            auto batch = loader.next();
            if (!batch) {
                out.push_back("error");
                continue;
            }
            if (batch->sample_ids.empty()) return out;
            out.insert(out.end(), batch->sample_ids.begin(), batch->sample_ids.end());
        }
    }
    DataFolder folder_;
    Dataset data_;
};

TEST_F(Loader, Loader_OrderIsThatOfSeedAndEpoch) {
    for (const std::int64_t epoch : {0, 1}) {
        std::vector<std::string> want;
        for (const std::int64_t i : epoch_order(11, 42, epoch))
            want.push_back(data_.samples[static_cast<std::size_t>(i)].id);
        EXPECT_EQ(ids_of(*loader(3, epoch)), want);
    }
}

TEST_F(Loader, Loader_LastBatchIsShortAndTheEndStays) {
    const auto one = loader(4);
    std::vector<std::int64_t> sizes;
    for (int i = 0; i < 5; ++i) {
        const auto batch = one->next();
        MOELORA_ASSERT_OK(batch);
        sizes.push_back(static_cast<std::int64_t>(batch->sample_ids.size()));
    }
    EXPECT_EQ(sizes, (std::vector<std::int64_t>{4, 4, 3, 0, 0}));
    EXPECT_EQ(DataLoader::batches_per_epoch(11, 4), 3);
    EXPECT_EQ(DataLoader::batches_per_epoch(12, 4), 3);
    EXPECT_EQ(DataLoader::batches_per_epoch(0, 4), 0);
}

TEST_F(Loader, Loader_StartsInTheMiddleWithTheSameContent) {
    const auto whole = loader(2), late = loader(2, 0, 3);
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(whole->next().has_value());
    for (;;) {
        const auto a = whole->next(), b = late->next();
        MOELORA_ASSERT_OK(a);
        MOELORA_ASSERT_OK(b);
        EXPECT_EQ(a->sample_ids, b->sample_ids);
        if (a->sample_ids.empty()) break;
        EXPECT_TRUE(at::equal(a->input_ids, b->input_ids));
        EXPECT_TRUE(at::equal(a->pixel_values, b->pixel_values));
    }
}

TEST_F(Loader, Loader_TimingChangesNothing) {
    const auto slow = loader(2), fast = loader(2);
    for (;;) {
        std::this_thread::sleep_for(std::chrono::milliseconds(3));
        const auto a = slow->next(), b = fast->next();
        MOELORA_ASSERT_OK(a);
        MOELORA_ASSERT_OK(b);
        EXPECT_EQ(a->sample_ids, b->sample_ids);
        if (a->sample_ids.empty()) break;
        EXPECT_TRUE(at::equal(a->labels, b->labels));
    }
}

TEST_F(Loader, Loader_OrderAndContentAreBitEqualForAnyNumberOfThreads) {
    std::vector<Batch> want;
    const auto read_all = [&](std::int64_t threads) {
        encoder.data.loader_threads = threads;
        std::vector<Batch> out;
        const auto one = loader(2, 1);
        for (;;) {
            auto batch = one->next();
            if (!batch || batch->sample_ids.empty()) return out;
            out.push_back(std::move(*batch));
        }
    };
    want = read_all(1);
    ASSERT_EQ(want.size(), 6u);
    for (const std::int64_t threads : {2, 3, 8, 64}) {
        const auto got = read_all(threads);
        ASSERT_EQ(got.size(), want.size()) << threads;
        for (std::size_t i = 0; i < want.size(); ++i) {
            EXPECT_EQ(got[i].sample_ids, want[i].sample_ids);
            EXPECT_TRUE(at::equal(got[i].input_ids, want[i].input_ids));
            EXPECT_TRUE(at::equal(got[i].labels, want[i].labels));
            EXPECT_TRUE(at::equal(got[i].pixel_values, want[i].pixel_values));
            EXPECT_TRUE(at::equal(got[i].task_ids, want[i].task_ids));
        }
    }
}

TEST_F(Loader, Loader_ManyThreadsReadOnlyABoundedWayAhead) {
    encoder.data.loader_threads = 4;
    const auto one = loader(1);
    ASSERT_TRUE(one->next().has_value());
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    // One taken and at most four ahead: what lies further on is still read from the disk.
    const auto order = epoch_order(11, 42, 0);
    for (std::size_t i = 5; i < order.size(); ++i)
        std::filesystem::remove(
            caption_sample(data_.samples[static_cast<std::size_t>(order[i])]).image);
    int good = 1, lost = 0;
    for (int i = 1; i < 11; ++i) (one->next().has_value() ? good : lost)++;
    EXPECT_EQ(good, 5);
    EXPECT_EQ(lost, 6);
}

TEST_F(Loader, Loader_TasksAreIndexesOfTheDataset) {
    const auto one = loader(11);
    const auto batch = one->next();
    MOELORA_ASSERT_OK(batch);
    const auto order = epoch_order(11, 42, 0);
    for (std::int64_t row = 0; row < 11; ++row) {
        const auto& task =
            data_.samples[static_cast<std::size_t>(order[static_cast<std::size_t>(row)])].task;
        EXPECT_EQ(batch->task_ids[row].item<std::int64_t>(), task == "a" ? 0 : 1);
    }
}

TEST_F(Loader, Loader_LeavesOutPicturesThatCannotBeUsedWhenAskedTo) {
    const auto want = ids_of(*loader(2));
    std::filesystem::remove(folder_ / "4.png");
    std::filesystem::resize_file(folder_ / "7.png", 60);  // the header stays
    encoder.data.on_bad_picture = OnBadPicture::Skip;
    for (const std::int64_t threads : {1, 4})
        for (const std::int64_t size : {1, 2}) {
            encoder.data.loader_threads = threads;
            const auto one = loader(size);
            std::vector<std::string> ids, left_out;
            std::vector<ErrorCode> codes;
            for (;;) {
                const auto batch = one->next();
                MOELORA_ASSERT_OK(batch);
                if (batch->ends_epoch()) break;
                ids.insert(ids.end(), batch->sample_ids.begin(), batch->sample_ids.end());
                EXPECT_EQ(batch->input_ids.defined(), !batch->sample_ids.empty());
                for (const Issue& issue : batch->left_out) {
                    left_out.push_back(issue.where.item);
                    codes.push_back(issue.error.code);
                }
            }
            EXPECT_EQ(ids.size(), 9u);
            ASSERT_EQ(left_out.size(), 4u);
            for (const std::string& id : want)
                EXPECT_NE(std::count(ids.begin(), ids.end(), id) > 0,
                          std::count(left_out.begin(), left_out.end(), id) > 0);
            EXPECT_EQ(std::count(codes.begin(), codes.end(), ErrorCode::FileMissing), 1);
            EXPECT_EQ(std::count(codes.begin(), codes.end(), ErrorCode::ImageUnreadable), 1);
            EXPECT_EQ(std::count(codes.begin(), codes.end(), ErrorCode::BadPictureSkipped), 2);
        }
}

TEST_F(Loader, Loader_ALostPictureIsAnErrorNamingTheSampleAndTheRestGoesOn) {
    std::filesystem::remove(folder_ / "4.png");
    const auto one = loader(1);
    int errors = 0, good = 0;
    for (;;) {
        const auto batch = one->next();
        if (!batch) {
            ++errors;
            EXPECT_EQ(batch.error().code, ErrorCode::FileMissing);
            ASSERT_FALSE(batch.error().context.empty());
            EXPECT_NE(batch.error().context.back().find("sample 5"), std::string::npos);
            continue;
        }
        if (batch->sample_ids.empty()) break;
        ++good;
    }
    EXPECT_EQ(errors, 1);
    EXPECT_EQ(good, 10);
}

TEST_F(Loader, Loader_LeavingEarlyNeverHangs) {
    for (int i = 0; i < 30; ++i) {
        const auto one = loader(1 + i % 3);
        for (int k = 0; k < i % 5; ++k) ASSERT_TRUE(one->next().has_value());
    }
    Dataset none;
    DataLoader empty(none, encoder, 2, 42, 0, 0, pad);
    const auto batch = empty.next();
    MOELORA_ASSERT_OK(batch);
    EXPECT_TRUE(batch->sample_ids.empty());
    DataLoader beyond(data_, encoder, 2, 42, 0, 99, pad);
    EXPECT_TRUE(beyond.next()->sample_ids.empty());
}

}  // namespace
}  // namespace moelora
