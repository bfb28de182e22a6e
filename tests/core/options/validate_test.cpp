// SPDX-License-Identifier: GPL-3.0-or-later
#include <gmock/gmock.h>

#include <functional>

#include "core/options/config.h"
#include "tests/support/shared_data.h"

namespace moelora {
namespace {

TEST(Validate, DefaultsAreValid) {
    const auto issues = validate(RunOptions{});
    EXPECT_TRUE(issues.empty()) << message_of(issues.front().error);
}

struct Bad {
    const char* name;
    std::function<void(RunOptions&)> change;
    const char* item;
    const char* message;
    Severity severity = Severity::Error;
};

class ValidateRule : public testing::TestWithParam<Bad> {};

TEST_P(ValidateRule, IsOneIssueAtItsField) {
    RunOptions options;
    GetParam().change(options);
    const auto issues = validate(options);
    ASSERT_EQ(issues.size(), 1u);
    EXPECT_EQ(issues[0].where.item, GetParam().item);
    EXPECT_EQ(issues[0].severity, GetParam().severity);
    EXPECT_THAT(message_of(issues[0].error), testing::HasSubstr(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    Rules, ValidateRule,
    testing::Values(
        Bad{"RankTooSmall", [](RunOptions& o) { o.adapter.rank = 0; }, "adapter.rank",
            "from 1 to 1024"},
        Bad{"PathThatIsNoUtf8", [](RunOptions& o) { o.data.path = "d\xff"; }, "data.path",
            "not valid UTF-8"},
        Bad{"TaskThatIsNoUtf8",
            [](RunOptions& o) {
                o.data.tasks = {"a", "\xc3"};
            },
            "data.tasks", "not valid UTF-8"},
        Bad{"ReserveWithoutUnit", [](RunOptions& o) { o.train.disk_reserve = "2"; },
            "train.disk_reserve", "GiB"},
        Bad{"BudgetWithoutUnit", [](RunOptions& o) { o.device.memory_budget = "8"; },
            "device.memory_budget", "GiB"},
        Bad{"BudgetOfNothing", [](RunOptions& o) { o.device.memory_budget = "0GiB"; },
            "device.memory_budget", "GiB"},
        Bad{"ValidationNegative", [](RunOptions& o) { o.data.validation = -0.5; },
            "data.validation", "from 0 to"},
        Bad{"ValidationHalfAPicture", [](RunOptions& o) { o.data.validation = 4.5; },
            "data.validation", "count of pictures"},
        Bad{"ListEntryOutOfRange",
            [](RunOptions& o) {
                o.adapter.layer_experts = {2, 65};
            },
            "adapter.layer_experts", "each entry"},
        Bad{"ResizeOneNumber", [](RunOptions& o) { o.data.resize = {280}; }, "data.resize",
            "height and width"},
        Bad{"ResizeZero",
            [](RunOptions& o) {
                o.data.resize = {280, 0};
            },
            "data.resize", "each entry"},
        Bad{"PixelsSwapped",
            [](RunOptions& o) {
                o.data.min_pixels = 2000;
                o.data.max_pixels = 1000;
            },
            "data.min_pixels", "data.max_pixels"},
        Bad{"TopKBeyondExperts",
            [](RunOptions& o) {
                o.adapter.gate = GateKind::TopK;
                o.adapter.top_k = 5;
            },
            "adapter.top_k", "more than the 4 experts"},
        Bad{"TopKBeyondTheExpertsOfEveryLayer",
            [](RunOptions& o) {
                o.adapter.gate = GateKind::TopK;
                o.adapter.top_k = 5;
                o.adapter.layer_experts = {4, 1, 2};
            },
            "adapter.top_k", "4 experts of adapter.layer_experts"},
        Bad{"AllocationTwice",
            [](RunOptions& o) {
                o.adapter.layer_experts = {4, 1, 2};
                o.adapter.allocation = {2, 4};
            },
            "adapter.allocation", "already says"},
        Bad{"VectorsThatStartAsMatrices", [](RunOptions& o) { o.adapter.bank = BankKind::Vector; },
            "adapter.init", "ones"},
        Bad{"HeadsOfLowRankExperts", [](RunOptions& o) { o.adapter.router = RouterKind::PerHead; },
            "adapter.router", "scaling vectors"},
        Bad{"OddHalves",
            [](RunOptions& o) {
                o.adapter.balance = BalanceKind::Localized;
                o.adapter.num_experts = 5;
            },
            "adapter.num_experts", "two halves"},
        Bad{"ExpertsWithoutRouter", [](RunOptions& o) { o.adapter.router = RouterKind::None; },
            "adapter.router", "need a router"},
        Bad{"RouterWithoutGate", [](RunOptions& o) { o.adapter.gate = GateKind::None; },
            "adapter.gate", "needs a gate"},
        Bad{"TotalRankNotDivisible",
            [](RunOptions& o) {
                o.adapter.rank_rule = RankRule::Total;
                o.adapter.rank = 6;
            },
            "adapter.rank", "divisible"},
        Bad{"TotalRankOfALayerNotDivisible",
            [](RunOptions& o) {
                o.adapter.rank_rule = RankRule::Total;
                o.adapter.layer_experts = {2, 4};
                o.adapter.layer_ranks = {4, 6};
            },
            "adapter.layer_ranks", "6 is shared out to 4"},
        Bad{"ListsOfUnequalLength",
            [](RunOptions& o) {
                o.adapter.layer_experts = {2, 4};
                o.adapter.layer_ranks = {4};
            },
            "adapter.layer_ranks", "another number of entries"},
        Bad{"EmptyTarget",
            [](RunOptions& o) {
                o.adapter.targets = {"q_proj", ""};
            },
            "adapter.targets", "not empty"},
        Bad{"UnknownPreset", [](RunOptions& o) { o.adapter.preset = "sof"; }, "adapter.preset",
            "There is no preset sof"},
        Bad{"FlavourOfAnotherPreset", [](RunOptions& o) { o.adapter.flavour = Flavour::AsRun; },
            "adapter.preset", "soft in the flavour as-run"},
        Bad{"DeviceName", [](RunOptions& o) { o.device.name = "gpu"; }, "device.name", "cuda:N"},
        Bad{"DeviceIndex", [](RunOptions& o) { o.device.name = "cuda:1x"; }, "device.name",
            "cuda:N"},
        Bad{"DeviceIndexEmpty", [](RunOptions& o) { o.device.name = "cuda:"; }, "device.name",
            "cuda:N"},
        Bad{"DeviceIndexNegative", [](RunOptions& o) { o.device.name = "cuda:-1"; }, "device.name",
            "cuda:N"},
        Bad{"GraphsOfACpu",
            [](RunOptions& o) {
                o.device.name = "cpu";
                o.device.cuda_graphs = true;
            },
            "device.cuda_graphs", "cpu records none"},
        Bad{"TopOneRenormalised",
            [](RunOptions& o) {
                o.adapter.gate = GateKind::TopK;
                o.adapter.top_k = 1;
                o.adapter.gate_renormalise = true;
            },
            "adapter.gate_renormalise", "learns nothing; set it to false"},
        Bad{"TopOneRenormalisedThatABalanceTeaches",
            [](RunOptions& o) {
                o.adapter.gate = GateKind::TopK;
                o.adapter.top_k = 1;
                o.adapter.gate_renormalise = true;
                o.adapter.balance = BalanceKind::Switch;
            },
            "adapter.gate_renormalise", "nothing from the task", Severity::Warning},
        Bad{"TopOneRenormalisedThatADivergenceTeaches",
            [](RunOptions& o) {
                o.adapter.gate = GateKind::TopK;
                o.adapter.top_k = 1;
                o.adapter.gate_renormalise = true;
                o.adapter.balance_kl = 0.1;
            },
            "adapter.gate_renormalise", "nothing from the task", Severity::Warning},
        Bad{"BalanceWithAllExperts",
            [](RunOptions& o) {
                o.adapter.gate = GateKind::TopK;
                o.adapter.top_k = 4;
                o.adapter.balance = BalanceKind::Switch;
            },
            "adapter.balance", "constant", Severity::Warning},
        Bad{"BalanceWithoutRouter",
            [](RunOptions& o) {
                o.adapter.router = RouterKind::None;
                o.adapter.num_experts = 1;
                o.adapter.balance = BalanceKind::Switch;
            },
            "adapter.balance", "no effect", Severity::Warning},
        Bad{"SoftTopKWithoutSoftness",
            [](RunOptions& o) {
                o.adapter.gate = GateKind::SoftTopK;
                o.adapter.gate_softness = 0;
            },
            "adapter.gate_softness", "gate topk"},
        Bad{"ThresholdOfVectors",
            [](RunOptions& o) {
                o.adapter.bank = BankKind::Vector;
                o.adapter.init = ExpertInit::Ones;
                o.adapter.gate = GateKind::Threshold;
                o.adapter.gate_level = 0.1;
            },
            "adapter.gate", "layer zero"},
        Bad{"ThresholdAboveAnEvenShare",
            [](RunOptions& o) {
                o.adapter.gate = GateKind::Threshold;
                o.adapter.gate_level = 0.3;
            },
            "adapter.gate_level", "each of 4 experts less", Severity::Warning},
        Bad{"ShiftedThresholdAtAnEvenShare",
            [](RunOptions& o) {
                o.adapter.gate = GateKind::ThresholdShifted;
                o.adapter.gate_level = 0.25;
            },
            "adapter.gate_level", "teach the router nothing", Severity::Warning},
        Bad{"JitterOnWhatATaskRouterDoesNotSee",
            [](RunOptions& o) {
                o.adapter.router = RouterKind::Task;
                o.adapter.gate_jitter = 0.1;
                o.adapter.gate_jitter_on = GateJitterOn::Input;
            },
            "adapter.gate_jitter_on", "sees no tokens", Severity::Warning},
        Bad{"AnyBalanceWithoutRouter",
            [](RunOptions& o) {
                o.adapter.router = RouterKind::None;
                o.adapter.num_experts = 1;
                o.adapter.balance = BalanceKind::ZLoss;
            },
            "adapter.balance", "no effect", Severity::Warning},
        Bad{"WarmupBeyondTheRun",
            [](RunOptions& o) {
                o.train.max_steps = 10;
                o.train.warmup_steps = 20;
            },
            "train.warmup_steps", "more than train.max_steps", Severity::Warning}),
    [](const auto& test) { return test.param.name; });

TEST(Validate, GivesAllIssuesNotTheFirst) {
    RunOptions options;
    options.adapter.rank = 0;
    options.data.resize = {1, 2, 3};
    options.device.name = "x";
    EXPECT_EQ(validate(options).size(), 3u);
}

TEST(Validate, AcceptsWhatOnlyLooksOdd) {
    RunOptions options;
    options.adapter.gate = GateKind::Threshold;
    options.adapter.gate_level = 0.25;  // an even share passes
    EXPECT_TRUE(validate(options).empty());
    options.adapter.gate = GateKind::TopK;
    options.adapter.top_k = 3;
    options.adapter.layer_experts = {1, 2, 4};  // layers with fewer experts use them all
    for (const char* name : {"auto", "cpu", "cuda", "cuda:0", "cuda:12"}) {
        options.device.name = name;
        EXPECT_TRUE(validate(options).empty()) << name;
    }
    RunOptions lora;
    lora.adapter.num_experts = 1;
    lora.adapter.router = RouterKind::None;
    EXPECT_TRUE(validate(lora).empty());
}

}  // namespace
}  // namespace moelora
