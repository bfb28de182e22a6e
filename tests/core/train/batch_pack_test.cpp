// SPDX-License-Identifier: GPL-3.0-or-later
// Micro-batches in one pass beside each of them alone, which is the slow twin: losses, balance
// terms, gradients and statistics of every system.
#include "core/train/batch_pack.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "core/train/batch_pass.h"
#include "tests/core/adapter/every_system.h"
#include "tests/core/train/train_fixture.h"

namespace moelora {
namespace {

using namespace test;
using testing::ElementsAre;

// Ragged lengths, pictures of several sizes, two pictures in one sample, none in others, padding,
// one sample of two tasks, types that are not known.
std::vector<Batch> micro_batches() {
    std::vector<EncodedSample> samples = read_samples();
    for (std::size_t i = 0; i < samples.size(); ++i)
        samples[i].sample_type = static_cast<std::int64_t>(i % 3) - 1;
    samples[4].tasks = {0, 1};
    return {batch_of(samples, {0, 1}), batch_of(samples, {5}), batch_of(samples, {4}),
            batch_of(samples, {11, 3}), batch_of(samples, {10, 9})};
}

std::vector<const Batch*> pointers(const std::vector<Batch>& batches) {
    std::vector<const Batch*> out;
    for (const Batch& batch : batches) out.push_back(&batch);
    return out;
}

struct Outcome {
    std::vector<double> losses, extras;
    std::vector<NamedTensor> gradients;
    std::vector<RouterRecord> statistics;
};

// Weights of the micro-batches' losses; any will do.
double weight_of(std::size_t m) {
    return 0.5 + 0.25 * static_cast<double>(m);
}

Outcome gathered(Adapter& adapter, std::vector<double> losses, std::vector<double> extras) {
    Outcome out{std::move(losses), std::move(extras), {}, adapter.take_statistics(1)};
    for (const NamedTensor& p : adapter.parameters()) {
        at::Tensor tensor = p.tensor;
        out.gradients.push_back(
            {p.name, tensor.grad().defined() ? tensor.grad().clone() : at::zeros_like(tensor)});
        tensor.mutable_grad().reset();
    }
    return out;
}

Outcome alone(Qwen3VL& model, Adapter& adapter, const std::vector<Batch>& batches) {
    std::vector<double> losses, extras;
    adapter.begin_statistics({"a", "b"});
    for (std::size_t m = 0; m < batches.size(); ++m) {
        const BatchLoss found = batch_loss(model, &adapter, batches[m], true);
        at::Tensor loss = found.loss * weight_of(m);
        if (found.extra.defined()) loss = loss + found.extra;
        loss.backward();
        losses.push_back(found.loss.item<double>());
        extras.push_back(found.extra.defined() ? found.extra.item<double>() : 0);
    }
    return gathered(adapter, losses, extras);
}

bool counts_padding(const Adapter& adapter) {
    return adapter.options().balance_tokens == TokenMask::All;
}

Outcome packed(Qwen3VL& model, Adapter& adapter, const std::vector<Batch>& batches) {
    adapter.begin_statistics({"a", "b"});
    const PackLoss found =
        pack_loss(model, &adapter, pack_of(pointers(batches), counts_padding(adapter)), true);
    at::Tensor loss = found.losses.sum() * 0;
    std::vector<double> losses, extras;
    for (std::size_t m = 0; m < batches.size(); ++m) {
        const auto at = static_cast<std::int64_t>(m);
        loss = loss + found.losses[at] * weight_of(m);
        losses.push_back(found.losses[at].item<double>());
        extras.push_back(found.extra.defined() ? found.extra[at].item<double>() : 0);
    }
    if (found.extra.defined()) loss = loss + found.extra.sum();
    loss.backward();
    return gathered(adapter, losses, extras);
}

struct Limits {
    double value = 2e-6;     // of losses and balance terms, relative
    double gradient = 4e-5;  // of a tensor's largest value, and the rounding of sums that cancel
    double cosine = 0.9999999;
};

void expect_equal(const Outcome& found, const Outcome& wanted, const Limits& limits) {
    for (std::size_t m = 0; m < wanted.losses.size(); ++m) {
        EXPECT_NEAR(found.losses[m], wanted.losses[m], limits.value * wanted.losses[m]) << m;
        EXPECT_NEAR(found.extras[m], wanted.extras[m],
                    limits.value * std::max(1e-1, std::abs(wanted.extras[m])))
            << m;
    }
    ASSERT_EQ(found.gradients.size(), wanted.gradients.size());
    for (std::size_t i = 0; i < wanted.gradients.size(); ++i) {
        SCOPED_TRACE(wanted.gradients[i].name);
        const at::Tensor a = found.gradients[i].tensor.to(at::kDouble).flatten(),
                         b = wanted.gradients[i].tensor.to(at::kDouble).flatten();
        const double largest = b.abs().max().item<double>();
        EXPECT_LE((a - b).abs().max().item<double>(), limits.gradient * largest + 5e-7);
        if (largest < 1e-7) continue;
        EXPECT_GE((a.dot(b) / (a.norm() * b.norm())).item<double>(), limits.cosine);
    }
}

void expect_near(const std::vector<double>& a, const std::vector<double>& b, double tolerance) {
    ASSERT_EQ(a.size(), b.size());
    for (std::size_t i = 0; i < a.size(); ++i) EXPECT_NEAR(a[i], b[i], tolerance);
}

void expect_equal_statistics(const std::vector<RouterRecord>& found,
                             const std::vector<RouterRecord>& wanted, double tolerance) {
    ASSERT_EQ(found.size(), wanted.size());
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        SCOPED_TRACE(wanted[i].site);
        EXPECT_EQ(found[i].site, wanted[i].site);
        EXPECT_EQ(found[i].tokens, wanted[i].tokens);
        expect_near(found[i].weight, wanted[i].weight, tolerance);
        expect_near(found[i].load, wanted[i].load, tolerance);
        expect_near(found[i].probability, wanted[i].probability, tolerance);
        EXPECT_NEAR(found[i].entropy, wanted[i].entropy, tolerance);
        for (const auto& [a, b] : {std::pair{&found[i].by_task, &wanted[i].by_task},
                                   std::pair{&found[i].by_kind, &wanted[i].by_kind}}) {
            ASSERT_EQ(a->size(), b->size());
            for (const auto& [name, values] : *b) expect_near(a->at(name), values, tolerance);
        }
    }
}

// ---- every system

class PackOfSystem : public testing::TestWithParam<System> {};

TEST_P(PackOfSystem, HasLossesBalanceGradientsAndStatisticsOfItsMicroBatches) {
    const AdapterOptions& options = GetParam().options;
    if (!can_pack(options)) GTEST_SKIP() << "samples depend on one another";
    const auto model = load_tiny_model();
    const auto adapter = make_adapter(*model, options);
    randomise(*adapter);
    adapter->attach();
    const auto batches = micro_batches();
    const Outcome wanted = alone(*model, *adapter, batches);
    EXPECT_GT(wanted.losses.size(), 1U);
    const Outcome found = packed(*model, *adapter, batches);
    expect_equal(found, wanted, {});
    expect_equal_statistics(found.statistics, wanted.statistics, 1e-6);
    adapter->detach();
}

std::string in_one_word(std::string name) {
    for (char& c : name)
        if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
    return name;
}

INSTANTIATE_TEST_SUITE_P(EverySystem, PackOfSystem, testing::ValuesIn(systems()),
                         [](const auto& i) {
                             return in_one_word(i.param.name) + "_" + std::to_string(i.index);
                         });

// ---- ways to compute

struct Way {
    const char* name;
    ComputeDtype dtype = ComputeDtype::Fp32;
    Quantization quantization = Quantization::None;
    bool checkpointing = false, tower = true;
    BalanceKind balance = BalanceKind::Switch;
    BalanceReduce reduce = BalanceReduce::SumSites;
    TokenMask tokens = TokenMask::Attention;
    Limits limits{};
};

class PackComputed : public testing::TestWithParam<Way> {};

AdapterOptions of_way(const Way& way) {
    AdapterOptions o = mixture_options();
    o.dropout = 0;
    o.num_experts = 4;
    o.gate = GateKind::Softmax;
    o.balance = way.balance;
    o.balance_reduce = way.reduce;
    o.balance_tokens = way.tokens;
    if (!way.tower) o.targets = {"q_proj", "o_proj", "gate_proj"};
    return o;
}

TEST_P(PackComputed, IsItsMicroBatches) {
    const Way& way = GetParam();
    at::set_num_threads(1);
    auto loaded =
        Qwen3VL::load(golden("model"), way.dtype, "cpu", {}, quant_options(way.quantization));
    MOELORA_ASSERT_OK(loaded);
    Qwen3VL& model = **loaded;
    model.set_gradient_checkpointing(way.checkpointing);
    const auto adapter = make_adapter(model, of_way(way));
    randomise(*adapter);
    adapter->attach();
    const auto batches = micro_batches();
    const Outcome wanted = alone(model, *adapter, batches);
    const Outcome found = packed(model, *adapter, batches);
    expect_equal(found, wanted, way.limits);
    expect_equal_statistics(found.statistics, wanted.statistics, way.limits.gradient);
    EXPECT_TRUE(std::any_of(wanted.extras.begin(), wanted.extras.end(),
                            [](double extra) { return extra != 0; }));
    adapter->detach();
}

constexpr Limits in_bf16{2e-2, 0.1, 0.999};

INSTANTIATE_TEST_SUITE_P(
    Ways, PackComputed,
    testing::Values(Way{.name = "Plain"}, Way{.name = "Checkpointing", .checkpointing = true},
                    Way{.name = "FrozenTower", .tower = false},
                    Way{.name = "FrozenTowerCheckpointing", .checkpointing = true, .tower = false},
                    Way{.name = "FourBits", .quantization = Quantization::Nf4Dq},
                    Way{.name = "EightBits", .quantization = Quantization::Int8},
                    Way{.name = "Bf16", .dtype = ComputeDtype::Bf16, .limits = in_bf16},
                    Way{.name = "Bf16FourBitsCheckpointing",
                        .dtype = ComputeDtype::Bf16,
                        .quantization = Quantization::Nf4Dq,
                        .checkpointing = true,
                        .limits = in_bf16},
                    Way{.name = "Localized", .balance = BalanceKind::Localized},
                    Way{.name = "PerLayer", .reduce = BalanceReduce::PerLayerConcat},
                    Way{.name = "AllSites", .reduce = BalanceReduce::GlobalConcat},
                    Way{.name = "PaddingCounts", .tokens = TokenMask::All},
                    Way{.name = "Answers", .tokens = TokenMask::Response},
                    Way{.name = "PicturesAlone", .tokens = TokenMask::Image}),
    [](const auto& i) { return std::string(i.param.name); });

// ---- what a pack is

TEST(Pack, HoldsTheSamplesWithoutPaddingInReadingOrder) {
    const auto batches = micro_batches();
    const PackedBatch pack = pack_of(pointers(batches), false);
    EXPECT_THAT(pack.pack.lengths, ElementsAre(10, 17, 8, 14, 19, 18, 11, 20));
    EXPECT_THAT(pack.pack.patches, ElementsAre(4, 8, 0, 12, 12, 16, 0, 16));
    EXPECT_THAT(pack.pack.samples, ElementsAre(2, 1, 1, 2, 2));
    EXPECT_EQ(pack.batch.input_ids.sizes(), (std::vector<std::int64_t>{1, 117}));
    EXPECT_EQ(pack.batch.attention_mask.sum().item<std::int64_t>(), 117);
    EXPECT_EQ(pack.batch.pixel_values.size(0), 68);
    EXPECT_EQ(pack.batch.grid_thw.size(0), 8);
    EXPECT_EQ(pack.batch.task_ids.sizes(), (std::vector<std::int64_t>{8, 2}));
    EXPECT_EQ(pack.batch.task_ids[3][1].item<std::int64_t>(), 1);
    EXPECT_EQ(pack.batch.task_ids[0][1].item<std::int64_t>(), -1);
    std::int64_t targets = 0, tokens = 0, padded = 0;
    for (const Batch& batch : batches) {
        targets += batch.targets;
        tokens += packed_tokens(batch, false);
        padded += packed_tokens(batch, true);
    }
    EXPECT_EQ(pack.batch.targets, targets);
    EXPECT_EQ(tokens, 117);
    EXPECT_EQ(padded, pack_of(pointers(batches), true).batch.input_ids.numel());
    EXPECT_GT(padded, tokens);
}

TEST(Pack, OfTextAloneHasNoPictures) {
    EncodedSample sample;
    sample.ids = sample.labels = {5, 6, 7};
    const Batch one = collate({sample}, 0, PadSide::Right);
    const std::vector<const Batch*> both{&one, &one};
    const PackedBatch pack = pack_of(both, false);
    EXPECT_FALSE(pack.batch.pixel_values.defined());
    EXPECT_FALSE(pack.batch.grid_thw.defined());
    EXPECT_THAT(pack.targets, ElementsAre(2, 2)) << "no sample predicts the next one's first token";
}

// What the first token of a sample is, is told by nothing before it.
TEST(Pack, NoSamplePredictsTheNextOne) {
    const auto model = load_tiny_model();
    EncodedSample sample;
    sample.ids = {5, 9, 12};
    sample.labels = {5, -100, 12};
    const Batch one = collate({sample}, 0, PadSide::Right);
    const std::vector<const Batch*> both{&one, &one};
    const double alone = batch_loss(*model, nullptr, one).loss.item<double>();
    const at::Tensor losses = pack_loss(*model, nullptr, pack_of(both, false)).losses;
    for (std::int64_t m = 0; m < 2; ++m) EXPECT_NEAR(losses[m].item<double>(), alone, 1e-6);
}

TEST(Pack, NothingIsSeenAcrossSamples) {
    const auto model = load_tiny_model();
    const auto adapter = make_adapter(*model, mixture_options());
    adapter->attach();
    auto batches = micro_batches();
    const auto losses = [&] {
        const at::NoGradGuard no_graph;
        return pack_loss(*model, adapter.get(), pack_of(pointers(batches), false)).losses;
    };
    const at::Tensor whole = losses();
    batches[2].pixel_values = at::full_like(batches[2].pixel_values, std::nan(""));
    const at::Tensor poisoned = losses();
    for (std::int64_t m = 0; m < 5; ++m) EXPECT_EQ(poisoned[m].isnan().item<bool>(), m == 2) << m;
    for (const std::int64_t m : {0, 1, 3, 4})
        EXPECT_NEAR(poisoned[m].item<double>(), whole[m].item<double>(), 1e-6) << m;
    adapter->detach();
}

TEST(Pack, TheOrderWithinItChangesNothing) {
    const auto model = load_tiny_model();
    const auto adapter = make_adapter(*model, of_way({}));
    randomise(*adapter);
    adapter->attach();
    std::vector<Batch> batches = micro_batches();
    const std::vector<Batch> pair{batches[1], batches[3]}, turned{batches[3], batches[1]};
    const auto gradients = [&](const std::vector<Batch>& of) {
        const PackLoss found = pack_loss(*model, adapter.get(), pack_of(pointers(of), false), true);
        (found.losses.sum() + found.extra.sum()).backward();
        return gathered(*adapter, {}, {});
    };
    const Outcome first = gradients(pair);
    expect_equal(gradients(turned), first, {});
    adapter->detach();
}

TEST(Pack, IsRefusedWhereSamplesDependOnOneAnother) {
    AdapterOptions options = mixture_options();
    EXPECT_TRUE(can_pack(options));
    options.router = RouterKind::ZeroParam;
    EXPECT_TRUE(can_pack(options));
    options.router_norm = RouterNorm::WholeSlice;
    EXPECT_FALSE(can_pack(options));
}

}  // namespace
}  // namespace moelora
