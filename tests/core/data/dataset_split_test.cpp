// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <numeric>
#include <set>

#include "core/data/dataset.h"
#include "tests/support/shared_data.h"

namespace moelora {
namespace {

using Order = std::vector<std::int64_t>;

TEST(EpochOrder, EpochOrder_EqualsTorchRandperm) {
    EXPECT_EQ(epoch_order(10, 0, 0), (Order{4, 1, 7, 5, 3, 9, 0, 8, 6, 2}));
    EXPECT_EQ(epoch_order(10, 1, 0), (Order{5, 6, 1, 2, 0, 8, 9, 3, 7, 4}));
    EXPECT_EQ(epoch_order(10, 42, 0), (Order{2, 6, 1, 8, 4, 5, 0, 9, 3, 7}));
    EXPECT_EQ(epoch_order(10, 42, 1), (Order{8, 4, 9, 0, 5, 1, 6, 7, 2, 3}));
    EXPECT_EQ(epoch_order(10, 42, 2), (Order{2, 6, 3, 8, 7, 9, 1, 4, 5, 0}));
    const auto start = [](Order order) {
        order.resize(8);
        return order;
    };
    EXPECT_EQ(start(epoch_order(496, 42, 0)), (Order{422, 393, 450, 372, 190, 171, 466, 483}));
    EXPECT_EQ(start(epoch_order(1000, 42, 0)), (Order{542, 618, 816, 68, 94, 215, 60, 585}));
    EXPECT_EQ(epoch_order(0, 42, 0), Order{});
    EXPECT_EQ(epoch_order(1, 42, 0), Order{0});
}

Dataset made(int images, int captions) {
    Dataset out;
    for (int i = 0; i < images; ++i)
        for (int c = 0; c < captions; ++c) {
            DatasetSample sample;
            sample.id = std::to_string(i * captions + c);
            sample.image_id = std::to_string(i).append(" image");
            sample.task = std::string(1, c == 0 ? 'a' : 'b');
            sample.set_caption(sample.image_id, std::string("q"), "x");
            out.samples.push_back(sample);
        }
    out.tasks = {"a", "b"};
    return out;
}

std::set<std::string> images_of(const Dataset& dataset) {
    std::set<std::string> out;
    for (const DatasetSample& sample : dataset.samples) out.insert(sample.image_id);
    return out;
}

TEST(Split, Split_NoPictureIsOnBothSides) {
    for (const double validation : {0.1, 0.5, 7.0}) {
        Dataset train = made(20, 3);
        const Dataset held = split_validation(train, validation, 42);
        const auto left = images_of(train), right = images_of(held);
        for (const std::string& id : right) EXPECT_FALSE(left.contains(id));
        const auto want = validation < 1 ? static_cast<std::size_t>(20 * validation) : 7u;
        EXPECT_EQ(right.size(), want);
        EXPECT_EQ(train.samples.size() + held.samples.size(), 60u);
        EXPECT_EQ(held.images, static_cast<std::int64_t>(want));
        EXPECT_EQ(train.images, static_cast<std::int64_t>(20 - want));
        EXPECT_EQ(held.tasks, (std::vector<std::string>{"a", "b"}));
    }
}

TEST(Split, Split_SeedDecidesAndOrderStays) {
    Dataset one = made(50, 2), two = made(50, 2), other = made(50, 2);
    const auto a = images_of(split_validation(one, 10, 1));
    const auto b = images_of(split_validation(two, 10, 1));
    const auto c = images_of(split_validation(other, 10, 2));
    EXPECT_EQ(a, b);
    EXPECT_NE(a, c);
    EXPECT_TRUE(std::is_sorted(one.samples.begin(), one.samples.end(),
                               [](auto& x, auto& y) { return std::stoi(x.id) < std::stoi(y.id); }));
}

TEST(Split, Split_NothingAskedNothingMovedAndTrainingIsNeverEmpty) {
    Dataset data = made(3, 1);
    EXPECT_TRUE(split_validation(data, 0, 42).samples.empty());
    EXPECT_EQ(data.samples.size(), 3u);
    EXPECT_EQ(split_validation(data, 100, 42).samples.size(), 2u);
    EXPECT_EQ(data.samples.size(), 1u);
}

}  // namespace
}  // namespace moelora
