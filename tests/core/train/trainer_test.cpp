// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/trainer.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "core/ops/host_memory.h"
#include "core/ops/memory_error.h"
#include "core/train/batch_rows.h"
#include "tests/core/train/train_fixture.h"

namespace moelora {
namespace {

using test::batch_of;
using test::expect_bit_equal;
using test::TinyRun;

// Update u of a run: two micro-batches of two samples, walking through the 13 samples.
std::vector<Batch> group(const std::vector<EncodedSample>& samples, std::int64_t update) {
    auto pick = [&](std::int64_t k) { return (update * 4 + k) % 13; };
    return {batch_of(samples, {pick(0), pick(1)}), batch_of(samples, {pick(2), pick(3)})};
}

StepRecord made(TinyRun& run, const std::vector<Batch>& batches) {
    const auto record = run.trainer->step(batches);
    EXPECT_TRUE(record.has_value()) << (record ? "" : message_of(record.error()));
    return record ? *record : StepRecord{};
}

// Everything an update may change.
struct Snapshot {
    std::vector<NamedTensor> parameters, optimizer;
    at::Tensor random;
    std::int64_t updates;
    explicit Snapshot(const TinyRun& run)
        : parameters(run.copy_of_parameters()),
          optimizer(run.copy_of_optimizer()),
          random(run.adapter->random_state().clone()),
          updates(run.trainer->updates_made()) {}
    void expect_equal(const Snapshot& other) const {
        expect_bit_equal(parameters, other.parameters);
        expect_bit_equal(optimizer, other.optimizer);
        EXPECT_TRUE(at::equal(random, other.random));
        EXPECT_EQ(updates, other.updates);
    }
};

TEST(Trainer, ResumeIsBitEqual) {
    const auto samples = test::read_samples();
    TinyRun whole;
    std::vector<StepRecord> records;
    constexpr std::int64_t stop = 2, end = 5;  // 13 samples: stops in the middle of an epoch
    std::unique_ptr<Snapshot> saved;
    for (std::int64_t u = 0; u < end; ++u) {
        if (u == stop) saved = std::make_unique<Snapshot>(whole);
        records.push_back(made(whole, group(samples, u)));
    }
    TinyRun resumed(test::short_run(), test::mixture_options(), 99);  // other fresh weights
    resumed.set_parameters(saved->parameters);
    resumed.adapter->set_random_state(saved->random);
    ASSERT_TRUE(resumed.trainer->restore(saved->optimizer, stop));
    for (std::int64_t u = stop; u < end; ++u)
        EXPECT_EQ(made(resumed, group(samples, u)), records[static_cast<std::size_t>(u)]) << u;
    Snapshot(resumed).expect_equal(Snapshot(whole));
}

TEST(Trainer, ResumeIsBitEqualWithMomentsIn8Bits) {
    const auto samples = test::read_samples();
    TrainOptions options = test::short_run();
    options.optimizer = OptimizerKind::AdamW8bit;
    AdapterOptions adapter = test::mixture_options();
    adapter.rank = 48;
    TinyRun whole(options, adapter), full(test::short_run(), adapter),
        resumed(options, adapter, 99);
    bool small = false;
    for (const auto& s : whole.trainer->optimizer_state())
        small |= s.tensor.scalar_type() == at::kByte;
    ASSERT_TRUE(small);
    for (std::int64_t u = 0; u < 4; ++u) {
        if (u == 2) {
            const Snapshot saved(whole);
            resumed.set_parameters(saved.parameters);
            resumed.adapter->set_random_state(saved.random);
            ASSERT_TRUE(resumed.trainer->restore(saved.optimizer, 2));
        }
        const auto record = made(whole, group(samples, u)), beside = made(full, group(samples, u));
        EXPECT_NEAR(record.loss, beside.loss, 0.02 * beside.loss) << u;
        if (u < 2) continue;
        EXPECT_EQ(made(resumed, group(samples, u)), record) << u;
    }
    Snapshot(resumed).expect_equal(Snapshot(whole));
}

// The allocator refuses each allocation of an update in turn, and all that come behind it;
// afterwards the update is made as if nothing had been.
struct MemoryCase {
    const char* name;
    std::int64_t every = 11;  // allocation; all of them in the first case
    std::int64_t rows_at_once = 0;
    bool checkpointing = false;
    OptimizerKind optimizer = OptimizerKind::AdamW;
    ComputeDtype dtype = ComputeDtype::Fp32;
    std::int64_t pack_tokens = 0;
};

class UsedUpMemory : public testing::TestWithParam<MemoryCase> {};

TEST_P(UsedUpMemory, AnywhereInAnUpdateChangesNothing) {
    const MemoryCase& given = GetParam();
    host_memory::count();
    const auto samples = test::read_samples();
    TrainOptions options = test::short_run();
    options.gradient_checkpointing = given.checkpointing;
    options.optimizer = given.optimizer;
    options.pack_tokens = given.pack_tokens;
    AdapterOptions adapter = test::mixture_options();
    adapter.targets = {"q_proj", "down_proj"};
    if (given.optimizer == OptimizerKind::AdamW8bit) adapter.rank = 48;  // tensors large enough
    TinyRun run(options, adapter, 3, 10, given.dtype),
        undisturbed(options, adapter, 3, 10, given.dtype);
    const auto first = group(samples, 0);
    // Short ones: fewer allocations to refuse.
    std::vector<Batch> second = {given.rows_at_once > 0 ? batch_of(samples, {4, 11})
                                                        : batch_of(samples, {4})};
    if (given.pack_tokens > 0) second.push_back(batch_of(samples, {0}));
    for (const TinyRun* one : {&run, &undisturbed})
        one->trainer->set_rows_at_once(given.rows_at_once);
    EXPECT_EQ(made(run, first), made(undisturbed, first));
    const Snapshot before(run);
    std::int64_t failed = 0;
    StepRecord record;
    for (std::int64_t n = 1;; n += given.every) {
        run.adapter->begin_statistics({"a", "b"});
        host_memory::fail_at(n, std::int64_t{1} << 40);
        bool thrown = false;
        try {
            const auto step = run.trainer->step(second);
            host_memory::fail_at(0);
            ASSERT_TRUE(step.has_value());
            record = *step;
        } catch (const std::exception& error) {
            host_memory::fail_at(0);
            thrown = true;
            ASSERT_TRUE(memory_error(error, "training")) << error.what();
        }
        if (!thrown) break;
        ++failed;
        Snapshot(run).expect_equal(before);
        for (const auto& p : run.adapter->parameters())
            ASSERT_FALSE(p.tensor.grad().defined()) << n << " " << p.name;
    }
    EXPECT_GT(failed * given.every, 500);
    undisturbed.adapter->begin_statistics({"a", "b"});
    EXPECT_EQ(record, made(undisturbed, second));
    Snapshot(run).expect_equal(Snapshot(undisturbed));
    EXPECT_EQ(run.adapter->take_statistics(2), undisturbed.adapter->take_statistics(2));
}

INSTANTIATE_TEST_SUITE_P(
    Trainer, UsedUpMemory,
    testing::Values(MemoryCase{"Plain", 1}, MemoryCase{.name = "InParts", .rows_at_once = 1},
                    MemoryCase{.name = "Packed", .pack_tokens = 100},
                    MemoryCase{.name = "Checkpointing", .checkpointing = true},
                    MemoryCase{.name = "EightBitMoments", .optimizer = OptimizerKind::AdamW8bit},
                    MemoryCase{.name = "HalfPrecision", .dtype = ComputeDtype::Fp16}),
    [](const auto& i) { return std::string(i.param.name); });

// What failed can be named, so that the ladder knows whom to spare.
TEST(Trainer, NamesTheSamplesAtWorkWhenTheMemoryWasUsedUp) {
    host_memory::count();
    const auto samples = test::read_samples();
    TinyRun run;
    const std::vector<Batch> batches = {batch_of(samples, {4, 11})};
    const auto fail_at = [&](std::int64_t n) {
        host_memory::fail_at(n);
        EXPECT_THROW((void)run.trainer->step(batches), c10::Error) << n;
        host_memory::fail_at(0);
        return run.trainer->at_work();
    };
    host_memory::fail_at(0);
    made(run, batches);
    const std::int64_t whole = host_memory::fail_at(0);
    EXPECT_EQ(fail_at(whole / 2).samples, (std::vector<std::string>{"sample 4", "sample 11"}));
    run.trainer->set_rows_at_once(1);
    made(run, batches);
    const std::int64_t in_parts = host_memory::fail_at(0);
    EXPECT_EQ(fail_at(in_parts / 4).samples, (std::vector<std::string>{"sample 4"}));
    const auto late = fail_at(in_parts * 3 / 4);
    EXPECT_EQ(late.samples, (std::vector<std::string>{"sample 11"}));
    EXPECT_EQ(late.picture, largest_picture(batch_of(samples, {11})));
    made(run, batches);
    EXPECT_TRUE(run.trainer->at_work().samples.empty());
}

TEST(Trainer, AnUpdateInPartsHasLossAndGradientOfTheWhole) {
    const auto samples = test::read_samples();
    AdapterOptions options = test::mixture_options();
    options.dropout = 0;  // it is drawn anew
    for (const bool balanced : {false, true}) {
        if (!balanced)
            options.balance = BalanceKind::None;
        else
            options.balance = BalanceKind::Switch;
        TinyRun whole(test::short_run(), options), parts(test::short_run(), options);
        parts.trainer->set_rows_at_once(2);
        const std::vector<Batch> batches = {batch_of(samples, {0, 1, 2}),
                                            batch_of(samples, {3, 4, 5})};
        const auto a = made(whole, batches), b = made(parts, batches);
        EXPECT_NEAR(a.loss, b.loss, 1e-5 * a.loss);
        EXPECT_EQ(a.targets, b.targets);
        EXPECT_EQ(a.lr, b.lr);
        EXPECT_NEAR(a.aux_loss, b.aux_loss, 0.05 * a.aux_loss) << "of fewer tokens each";
        EXPECT_NEAR(a.grad_norm, b.grad_norm, (balanced ? 0.02 : 1e-4) * a.grad_norm);
        if (balanced) continue;
        const auto of_whole = whole.copy_of_optimizer(), of_parts = parts.copy_of_optimizer();
        for (std::size_t i = 0; i < of_whole.size(); ++i)
            EXPECT_TRUE(at::allclose(of_whole[i].tensor, of_parts[i].tensor, 1e-3, 1e-7))
                << of_whole[i].name;
    }
}

TEST(Trainer, CheckpointingGivesEqualLossesAndGradients) {
    const auto samples = test::read_samples();
    TrainOptions all = test::short_run();
    all.gradient_checkpointing = true;
    for (const bool some : {false, true}) {
        TinyRun plain, checkpointed(some ? test::short_run() : all);
        if (some) checkpointed.trainer->recompute(1);
        for (std::int64_t u = 0; u < 3; ++u) {
            const auto a = made(plain, group(samples, u)),
                       b = made(checkpointed, group(samples, u));
            EXPECT_EQ(a.loss, b.loss) << u;
            EXPECT_EQ(a.aux_loss, b.aux_loss) << u;
            EXPECT_NEAR(a.grad_norm, b.grad_norm, 1e-6 * a.grad_norm) << u;
            EXPECT_GT(a.aux_loss, 0) << u;
        }
        const auto a = plain.copy_of_optimizer(), b = checkpointed.copy_of_optimizer();
        for (std::size_t i = 0; i < a.size(); ++i)  // first moments: the gradients themselves
            EXPECT_TRUE(at::allclose(a[i].tensor, b[i].tensor, 1e-5, 1e-8)) << a[i].name;
    }
}

// ---- micro-batches in one pass

TrainOptions packing(std::int64_t tokens) {
    TrainOptions options = test::short_run();
    options.pack_tokens = tokens;
    return options;
}

// Five micro-batches: of two samples, of one without a picture, without targets, ...
std::vector<Batch> long_group(const std::vector<EncodedSample>& samples) {
    return {batch_of(samples, {0, 1}), batch_of(samples, {5}),
            test::without_targets(batch_of(samples, {2})), batch_of(samples, {4, 3}),
            batch_of(samples, {9})};
}

void expect_same_update(const StepRecord& found, const StepRecord& wanted) {
    EXPECT_NEAR(found.loss, wanted.loss, 1e-6 * wanted.loss);
    EXPECT_NEAR(found.aux_loss, wanted.aux_loss, 1e-6 * wanted.aux_loss + 1e-9);
    EXPECT_NEAR(found.grad_norm, wanted.grad_norm, 1e-5 * wanted.grad_norm);
    EXPECT_EQ(found.targets, wanted.targets);
    EXPECT_EQ(found.lr, wanted.lr);
    ASSERT_EQ(found.micro_batches.size(), wanted.micro_batches.size());
    for (std::size_t m = 0; m < wanted.micro_batches.size(); ++m) {
        EXPECT_EQ(found.micro_batches[m].samples, wanted.micro_batches[m].samples);
        const auto &a = found.micro_batches[m].loss, &b = wanted.micro_batches[m].loss;
        ASSERT_EQ(a.has_value(), b.has_value());
        EXPECT_NEAR(a.value_or(0), b.value_or(0), 1e-5) << m;
    }
}

// Also where a limit makes packs of some of them, and where fewer rows fit at a time.
TEST(Trainer, APackedUpdateIsTheUpdateOfItsMicroBatches) {
    const auto samples = test::read_samples();
    AdapterOptions adapter = test::mixture_options();
    adapter.dropout = 0;  // drawn for all tokens of a pass
    const auto batches = long_group(samples);
    TinyRun alone(packing(1), adapter);
    const StepRecord wanted = made(alone, batches);
    ASSERT_GT(wanted.aux_loss, 0);
    for (const auto& [tokens, rows] :
         std::vector<std::pair<std::int64_t, std::int64_t>>{{1000, 0}, {45, 0}, {1000, 3}}) {
        SCOPED_TRACE(std::to_string(tokens) + " " + std::to_string(rows));
        TinyRun run(packing(tokens), adapter);
        run.trainer->set_rows_at_once(rows);
        const at::Tensor noise = run.adapter->random_state().clone();
        expect_same_update(made(run, batches), wanted);
        EXPECT_TRUE(at::equal(run.adapter->random_state(), noise));
        const auto a = run.copy_of_parameters(), b = alone.copy_of_parameters();
        for (std::size_t i = 0; i < a.size(); ++i)
            EXPECT_LE((a[i].tensor - b[i].tensor).abs().max().item<double>(), 1e-5) << a[i].name;
    }
}

TEST(Trainer, AbsentOrOneTokenPacksNothingBitForBit) {
    const auto samples = test::read_samples();
    TinyRun before(packing(0)), off(packing(1));
    for (std::int64_t u = 0; u < 2; ++u)
        EXPECT_EQ(made(before, group(samples, u)), made(off, group(samples, u)));
    Snapshot(before).expect_equal(Snapshot(off));
}

TEST(Trainer, AnEvaluationIsNotPacked) {
    const auto samples = test::read_samples();
    const TinyRun with(packing(1000)), without(packing(1));
    for (const Batch& batch : long_group(samples))
        EXPECT_EQ(with.trainer->evaluate(batch).loss, without.trainer->evaluate(batch).loss);
}

TEST(Trainer, APassIsAsLargeAsTokensAndRowsAllow) {
    const auto samples = test::read_samples();
    const auto batches = long_group(samples);  // 27, 8, -, 32 and 20 tokens in 2, 1, -, 2, 1 rows
    const auto passes = [&](std::int64_t tokens, std::int64_t rows) {
        TinyRun run(packing(tokens));
        run.trainer->set_rows_at_once(rows);
        int asked = 0;
        EXPECT_TRUE(run.trainer->step(batches, [&] { return ++asked > 0; }).has_value());
        return asked;
    };
    EXPECT_EQ(passes(1, 0), 4);
    EXPECT_EQ(passes(87, 0), 1);
    EXPECT_EQ(passes(86, 0), 2);
    EXPECT_EQ(passes(35, 0), 3) << "27 + 8, 32, 20";
    EXPECT_EQ(passes(87, 3), 2) << "2 + 1, 2 + 1";
    EXPECT_EQ(passes(87, 1), 4);
}

TEST(Trainer, ResumeIsBitEqualWithPacks) {
    const auto samples = test::read_samples();
    TinyRun whole(packing(60));
    std::vector<StepRecord> records;
    std::unique_ptr<Snapshot> saved;
    for (std::int64_t u = 0; u < 4; ++u) {
        if (u == 2) saved = std::make_unique<Snapshot>(whole);
        records.push_back(made(whole, group(samples, u)));
    }
    TinyRun resumed(packing(60), test::mixture_options(), 99);
    resumed.set_parameters(saved->parameters);
    resumed.adapter->set_random_state(saved->random);
    ASSERT_TRUE(resumed.trainer->restore(saved->optimizer, 2));
    for (std::int64_t u = 2; u < 4; ++u)
        EXPECT_EQ(made(resumed, group(samples, u)), records[static_cast<std::size_t>(u)]) << u;
    Snapshot(resumed).expect_equal(Snapshot(whole));
}

TEST(Trainer, ABadSampleOfAPackIsNamedWithItsMicroBatchAlone) {
    const auto samples = test::read_samples();
    TinyRun run(packing(1000));
    const Snapshot before(run);
    auto broken = group(samples, 1);
    broken[1].pixel_values = at::full_like(broken[1].pixel_values, std::nan(""));
    const auto record = run.trainer->step(broken);
    ASSERT_FALSE(record.has_value());
    EXPECT_EQ(record.error().code, ErrorCode::LossNotFinite);
    EXPECT_EQ(record.error().arg("samples"), "sample 6, sample 7");
    Snapshot(run).expect_equal(before);
}

TEST(Trainer, APackThatUsesUpTheMemoryNamesItsSamples) {
    host_memory::count();
    const auto samples = test::read_samples();
    TinyRun run(packing(1000));
    const std::vector<Batch> batches = {batch_of(samples, {4}), batch_of(samples, {11, 9})};
    host_memory::fail_at(0);
    made(run, batches);
    const std::int64_t whole = host_memory::fail_at(0);
    host_memory::fail_at(whole / 2);
    EXPECT_THROW((void)run.trainer->step(batches), c10::Error);
    host_memory::fail_at(0);
    EXPECT_EQ(run.trainer->at_work().samples,
              (std::vector<std::string>{"sample 4", "sample 11", "sample 9"}));
    EXPECT_EQ(run.trainer->at_work().picture, largest_picture(batch_of(samples, {9})));
}

TEST(Trainer, NanStopsTheUpdateBeforeTheOptimizerAndNamesTheSamples) {
    const auto samples = test::read_samples();
    TinyRun run, twin;
    made(run, group(samples, 0));
    made(twin, group(samples, 0));
    const Snapshot before(run);
    auto broken = group(samples, 1);
    broken[1].pixel_values = at::full_like(broken[1].pixel_values, std::nan(""));
    const auto record = run.trainer->step(broken);
    ASSERT_FALSE(record.has_value());
    EXPECT_EQ(record.error().code, ErrorCode::LossNotFinite);
    EXPECT_EQ(record.error().arg("samples"), "sample 6, sample 7");
    EXPECT_EQ(record.error().arg("step"), "2");
    EXPECT_EQ(record.error().arg("value"), "NaN");
    Snapshot(run).expect_equal(before);
    EXPECT_EQ(made(run, group(samples, 1)), made(twin, group(samples, 1)));
    Snapshot(run).expect_equal(Snapshot(twin));
}

TEST(Trainer, SamplesOfABadUpdateAreAListWhateverTheirNamesHold) {
    const auto samples = test::read_samples();
    TinyRun run;
    auto broken = group(samples, 1);
    broken[1].pixel_values = at::full_like(broken[1].pixel_values, std::nan(""));
    broken[1].sample_ids = {"birds, two", "a"};
    const auto refused = run.trainer->step(broken);
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(run.trainer->bad_samples(), (std::vector<std::string>{"birds, two", "a"}));
    EXPECT_EQ(refused.error().arg("samples"), "\"birds, two\", a");
}

TEST(Trainer, InfiniteGradientStopsTheUpdateBeforeTheOptimizer) {
    const auto samples = test::read_samples();
    AdapterOptions options = test::mixture_options();
    options.dropout = 0;
    TinyRun run(test::short_run(), options);
    {
        // B is zero, so the loss stays finite; the gradient of B holds x·Aᵀ and its square
        // overflows.
        const at::NoGradGuard no_graph;
        for (const auto& p : run.adapter->parameters())
            if (p.name.find("expert_a") != std::string::npos) p.tensor.mul_(1e30);
    }
    const Snapshot before(run);
    const auto record = run.trainer->step(group(samples, 0));
    ASSERT_FALSE(record.has_value());
    EXPECT_EQ(record.error().code, ErrorCode::GradientNotFinite);
    EXPECT_EQ(record.error().arg("samples"), "sample 0, sample 1, sample 2, sample 3");
    Snapshot(run).expect_equal(before);
}

TEST(Trainer, GivingUpBetweenMicroBatchesLeavesNoTrace) {
    const auto samples = test::read_samples();
    TinyRun run, twin;
    const Snapshot before(run);
    int asked = 0;
    const auto record = run.trainer->step(group(samples, 0), [&] { return ++asked < 2; });
    ASSERT_TRUE(record.has_value());
    EXPECT_EQ(record->step, 0);
    EXPECT_EQ(asked, 2);
    Snapshot(run).expect_equal(before);
    EXPECT_EQ(made(run, group(samples, 0)), made(twin, group(samples, 0)));
}

TEST(Trainer, MicroBatchWithoutTargetsContributesNothing) {
    const auto samples = test::read_samples();
    TinyRun with, without;
    auto batches = group(samples, 0);
    auto a = made(with, {batches[0], test::without_targets(batches[1])});
    const auto b = made(without, {batches[0]});
    ASSERT_EQ(a.micro_batches.size(), 2U);
    EXPECT_FALSE(a.micro_batches[1].loss.has_value());
    a.micro_batches.pop_back();
    EXPECT_EQ(a, b);
    Snapshot(with).expect_equal(Snapshot(without));

    const Snapshot before(with);
    const auto none = made(with, {test::without_targets(batches[0])});
    EXPECT_EQ(none.step, 2);
    EXPECT_EQ(none.targets, 0);
    EXPECT_EQ(none.loss, 0);
    expect_bit_equal(Snapshot(with).parameters, before.parameters);
}

TEST(Trainer, LossIsTheMeanOfMicroBatchMeans) {
    const auto samples = test::read_samples();
    AdapterOptions options = test::mixture_options();
    options.dropout = 0;
    TinyRun run(test::short_run(), options);
    const auto batches = group(samples, 0);
    const LossSum first = run.trainer->evaluate(batches[0]);
    const LossSum second = run.trainer->evaluate(batches[1]);
    ASSERT_NE(first.targets, second.targets);
    const auto record = made(run, batches);
    EXPECT_NEAR(record.loss, (first.loss + second.loss) / 2, 1e-6);
    EXPECT_EQ(record.targets, first.targets + second.targets);
    EXPECT_EQ(record.targets, batches[0].targets + batches[1].targets);
}

// One micro-batch of two samples is the mean over all their targets by itself.
TEST(Trainer, TextModelsWeighEveryTargetOfAnUpdateTheSame) {
    const auto sample = [](std::vector<TokenId> ids, std::size_t prompt) {
        EncodedSample out;
        out.labels = ids;
        std::fill_n(out.labels.begin(), prompt, TokenId{-100});
        out.ids = std::move(ids);
        return out;
    };
    const std::vector<EncodedSample> samples = {sample({5, 6, 7, 8}, 2),
                                                sample({9, 10, 11, 12, 13, 14, 15}, 1)};
    AdapterOptions options = test::mixture_options();
    options.targets = {"q_proj", "v_proj"};
    options.dropout = 0;
    options.balance = BalanceKind::None;
    const auto update = [&](const std::vector<Batch>& batches, double& loss,
                            std::int64_t rows = 0) {
        auto model = Qwen3VL::load(test::source_path("tests/golden/text_models/qwen3_head_norms"),
                                   ComputeDtype::Fp32, "cpu");
        auto adapter = Adapter::create(**model, options, 3);
        (*adapter)->attach();
        Trainer trainer(**model, **adapter, test::short_run(), 10);
        trainer.set_rows_at_once(rows);
        const auto record = trainer.step(batches);
        EXPECT_TRUE(record.has_value());
        loss = record->loss;
        std::vector<at::Tensor> moments;  // the first ones: the gradients themselves
        for (const auto& s : trainer.optimizer_state()) moments.push_back(s.tensor.clone());
        (*adapter)->detach();
        return moments;
    };
    double apart = 0, together = 0, first = 0;
    const auto a = update({batch_of(samples, {0}), batch_of(samples, {1})}, apart);
    const auto b = update({batch_of(samples, {0, 1})}, together);
    double in_parts = 0;
    const auto c = update({batch_of(samples, {0, 1})}, in_parts, 1);
    (void)update({batch_of(samples, {0})}, first);
    EXPECT_NEAR(apart, together, 1e-6);
    EXPECT_NEAR(in_parts, together, 1e-6);
    EXPECT_GT(std::abs(first - together), 1e-4) << "else the weights would not show";
    for (std::size_t i = 0; i < a.size(); ++i)
        EXPECT_TRUE(at::allclose(a[i], b[i], 1e-4, 1e-8) && at::allclose(c[i], b[i], 1e-4, 1e-8))
            << i;
}

TEST(Trainer, EvaluationDrawsNoNoiseAndChangesNothing) {
    const auto samples = test::read_samples();
    TinyRun run;
    made(run, group(samples, 0));
    made(run, group(samples, 1));
    const Snapshot before(run);
    const Batch batch = batch_of(samples, {0, 4, 11});
    const LossSum a = run.trainer->evaluate(batch), b = run.trainer->evaluate(batch);
    EXPECT_EQ(a.loss, b.loss);
    EXPECT_GT(a.targets, 0);
    EXPECT_EQ(run.trainer->evaluate(test::without_targets(batch)).targets, 0);
    Snapshot(run).expect_equal(before);
}

TEST(Trainer, Bf16ModelTrainsAnFp32AdapterWithNearlyTheSameNumbers) {
    const auto samples = test::read_samples();
    AdapterOptions options = test::mixture_options();
    options.dropout = 0;
    options.gate = GateKind::Softmax;  // a choice of experts could tip over by rounding
    options.balance = BalanceKind::None;
    TinyRun half(test::short_run(), options, 3, 10, ComputeDtype::Bf16);
    TinyRun full(test::short_run(), options, 3, 10);
    ASSERT_EQ(half.model->dtype(), at::kBFloat16);
    for (std::int64_t u = 0; u < 3; ++u) {
        const auto a = made(half, group(samples, u)), b = made(full, group(samples, u));
        EXPECT_NEAR(a.loss, b.loss, 0.02 * b.loss) << u;
        EXPECT_NEAR(a.grad_norm, b.grad_norm, 0.1 * b.grad_norm) << u;
    }
    for (const auto& p : half.adapter->parameters()) EXPECT_EQ(p.tensor.scalar_type(), at::kFloat);
    for (const auto& s : half.trainer->optimizer_state())
        EXPECT_EQ(s.tensor.scalar_type(), s.name == "adamw.steps" ? at::kLong : at::kFloat);
}

// Gradients below 6e-8 would be lost without the scale.
TEST(Trainer, Fp16ModelsTrainWithALossScale) {
    const auto samples = test::read_samples();
    AdapterOptions options = test::mixture_options();
    options.dropout = 0;
    TinyRun half(test::short_run(), options, 3, 10, ComputeDtype::Fp16);
    TinyRun full(test::short_run(), options);
    for (std::int64_t u = 0; u < 4; ++u) {
        const auto a = made(half, group(samples, u)), b = made(full, group(samples, u));
        EXPECT_NEAR(a.loss, b.loss, 2e-2 * b.loss) << u;
        EXPECT_NEAR(a.grad_norm, b.grad_norm, 5e-2 * b.grad_norm) << u;
    }
}

TEST(Trainer, AnOverflowOfTheLossScaleIsMadeAgainWithHalfOfIt) {
    const auto samples = test::read_samples();
    TinyRun run(test::short_run(), test::mixture_options(), 3, 10, ComputeDtype::Fp16);
    TinyRun usual(test::short_run(), test::mixture_options(), 3, 10, ComputeDtype::Fp16);
    const auto scale_of = [](const TinyRun& r) {
        for (const auto& s : r.trainer->optimizer_state())
            if (s.name == "loss_scale") return s.tensor[0].item<double>();
        return 0.0;
    };
    auto state = run.copy_of_optimizer();
    for (auto& s : state)
        if (s.name == "loss_scale") s.tensor[0] = std::ldexp(1.0, 60);
    ASSERT_TRUE(run.trainer->restore(state, 0));
    const auto a = made(run, group(samples, 0)), b = made(usual, group(samples, 0));
    EXPECT_LT(scale_of(run), std::ldexp(1.0, 40));
    EXPECT_EQ(scale_of(usual), 65536);
    EXPECT_EQ(a.loss, b.loss) << "the same noise was drawn again";
    EXPECT_NEAR(a.grad_norm, b.grad_norm, 5e-2 * b.grad_norm);
    EXPECT_EQ(a.step, 1);
    // It is kept with the optimizer, and a broken one is refused.
    TinyRun resumed(test::short_run(), test::mixture_options(), 3, 10, ComputeDtype::Fp16);
    ASSERT_TRUE(resumed.trainer->restore(run.copy_of_optimizer(), 1));
    EXPECT_EQ(scale_of(resumed), scale_of(run));
    for (auto& s : state)
        if (s.name == "loss_scale") s.tensor[0] = 0.0;
    EXPECT_FALSE(resumed.trainer->restore(state, 0));
}

// The update stops the run, which is saved before it: what is saved can be taken back.
TEST(Trainer, AnOverflowThatIsNotTheScalesFaultLeavesTheScaleAsItWas) {
    const auto samples = test::read_samples();
    AdapterOptions options = test::mixture_options();
    options.dropout = 0;
    TinyRun run(test::short_run(), options, 3, 10, ComputeDtype::Fp16);
    {
        const at::NoGradGuard no_graph;
        for (const auto& p : run.adapter->parameters())
            if (p.name.find("expert_a") != std::string::npos) p.tensor.mul_(1e30);
    }
    const auto record = run.trainer->step(group(samples, 0));
    ASSERT_FALSE(record.has_value());
    ASSERT_EQ(record.error().code, ErrorCode::GradientNotFinite);
    bool seen = false;
    for (const auto& s : run.trainer->optimizer_state()) {
        if (s.name != "loss_scale") continue;
        EXPECT_EQ(s.tensor[0].item<double>(), 65536);
        seen = true;
    }
    EXPECT_TRUE(seen);
    TinyRun resumed(test::short_run(), options, 3, 10, ComputeDtype::Fp16);
    MOELORA_ASSERT_OK(resumed.trainer->restore(run.copy_of_optimizer(), 0));
}

TEST(Trainer, MixtureConvergesOnFourSamples) {
    const auto samples = test::read_samples();
    AdapterOptions options = test::mixture_options();
    options.dropout = 0;
    options.rank = 8;
    TrainOptions train = test::short_run();
    train.learning_rate = 2e-2;
    TinyRun run(train, options, 3, 60);
    const std::vector<Batch> batches{batch_of(samples, {0, 1}), batch_of(samples, {2, 3})};
    const double first = made(run, batches).loss;
    double last = 0;
    for (int i = 1; i < 60; ++i) last = made(run, batches).loss;
    EXPECT_LT(last, 0.1 * first);
}

}  // namespace
}  // namespace moelora
