// SPDX-License-Identifier: GPL-3.0-or-later
// Against transformers' Trainer and PEFT: tests/golden/train/make_fixture.py.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "tests/core/train/train_fixture.h"

namespace moelora {
namespace {

using test::golden;

TrainOptions recorded_options(const Json& run) {
    TrainOptions o;
    o.batch_size = run["batch_size"];
    o.gradient_accumulation = run["gradient_accumulation"];
    o.max_steps = run["max_steps"];
    o.learning_rate = run["learning_rate"];
    o.schedule = LrScheduleKind::Linear;
    o.warmup_steps = run["warmup_steps"];
    o.weight_decay = run["weight_decay"];
    o.max_grad_norm = run["max_grad_norm"];
    o.seed = run["seed"];
    return o;
}

// The recorded micro-batches in groups of one update; no group crosses an epoch.
std::vector<std::vector<std::vector<std::int64_t>>> groups_of(const Json& run,
                                                              const TrainOptions& options) {
    const std::int64_t per_epoch = run["micro_batches_per_epoch"];
    std::vector<std::vector<std::vector<std::int64_t>>> groups;
    std::int64_t in_epoch = 0;
    for (const auto& micro_batch : run["micro_batches"]) {
        if (in_epoch % options.gradient_accumulation == 0) groups.emplace_back();
        groups.back().push_back(micro_batch.get<std::vector<std::int64_t>>());
        in_epoch = (in_epoch + 1) % per_epoch;
    }
    groups.resize(static_cast<std::size_t>(options.max_steps));  // the rest was only read ahead
    return groups;
}

std::unique_ptr<Adapter> load_adapter(Qwen3VL& model, const std::string& name) {
    auto adapter = Adapter::load(model, golden(name));
    EXPECT_TRUE(adapter.has_value()) << (adapter ? "" : message_of(adapter.error()));
    return adapter ? std::move(*adapter) : nullptr;
}

double largest_difference(const Adapter& a, const Adapter& b) {
    const auto left = a.parameters(), right = b.parameters();
    EXPECT_EQ(left.size(), right.size());
    double largest = 0;
    for (std::size_t i = 0; i < std::min(left.size(), right.size()); ++i) {
        EXPECT_EQ(left[i].name, right[i].name);
        largest = std::max(largest, (left[i].tensor - right[i].tensor).abs().max().item<double>());
    }
    return largest;
}

TEST(TrainerGolden, FiftyUpdatesEqualTransformersAndPeft) {
    auto read = read_json(golden("run.json"));
    MOELORA_ASSERT_OK(read);
    const Json run = *read;
    const TrainOptions options = recorded_options(run);
    const auto samples = test::read_samples();
    const auto model = test::load_tiny_model();
    const auto adapter = load_adapter(*model, "adapter_start");
    const auto wanted = load_adapter(*model, "adapter_final");
    ASSERT_TRUE(adapter && wanted);
    const double moved = largest_difference(*adapter, *wanted);
    adapter->attach();
    const auto counts = count_steps(static_cast<std::int64_t>(samples.size()), options);
    Trainer trainer(*model, *adapter, options, counts.total_updates);

    double loss_error = 0;
    const auto groups = groups_of(run, options);
    for (std::size_t u = 0; u < groups.size(); ++u) {
        std::vector<Batch> batches;
        for (const auto& numbers : groups[u]) batches.push_back(test::batch_of(samples, numbers));
        const auto record = trainer.step(batches);
        MOELORA_ASSERT_OK(record);
        EXPECT_EQ(record->step, static_cast<std::int64_t>(u) + 1);
        EXPECT_NEAR(record->loss, run["loss"][u].get<double>(), 1e-4) << u;
        const double norm = run["grad_norm"][u];
        EXPECT_NEAR(record->grad_norm, norm, 1e-4 * norm) << u;
        EXPECT_NEAR(record->lr, run["learning_rates"][u].get<double>(), 1e-12) << u;
        loss_error = std::max(loss_error, std::abs(record->loss - run["loss"][u].get<double>()));
    }
    const double weight_error = largest_difference(*adapter, *wanted);
    EXPECT_LE(weight_error, 1e-4);
    EXPECT_GT(moved, 1e-2);
    std::printf("largest loss difference %.2g, weight difference %.2g after moving by %.2g\n",
                loss_error, weight_error, moved);
    adapter->detach();
}

TEST(TrainerGolden, DataOrderEqualsTransformers) {
    const auto read = read_json(golden("run.json"));
    MOELORA_ASSERT_OK(read);
    const Json& run = *read;
    const std::int64_t per_epoch = run["micro_batches_per_epoch"], seed = run["seed"];
    for (std::int64_t epoch = 0; epoch < 12; ++epoch) {
        std::vector<std::int64_t> recorded;
        for (std::int64_t i = 0; i < per_epoch; ++i)
            for (const auto& n :
                 run["micro_batches"][static_cast<std::size_t>(epoch * per_epoch + i)])
                recorded.push_back(n);
        EXPECT_EQ(epoch_order(13, seed, epoch), recorded) << epoch;
    }
}

}  // namespace
}  // namespace moelora
