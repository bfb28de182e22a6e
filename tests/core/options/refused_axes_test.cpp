// SPDX-License-Identifier: GPL-3.0-or-later
// What does not go together in an adapter, and what is hardly meant: each reason once, at the
// option that it names, before anything is loaded. (What needs the model's shapes: plan_test.cpp.)
#include <gmock/gmock.h>

#include <functional>

#include "core/options/config.h"

namespace moelora {
namespace {

struct Refused {
    const char* name;
    std::function<void(AdapterOptions&)> change;
    const char* item;
    const char* why;
    Severity severity = Severity::Error;
};
void PrintTo(const Refused& refused, std::ostream* out) {
    *out << refused.name;
}

class RefusedAxis : public testing::TestWithParam<Refused> {};

TEST_P(RefusedAxis, IsNamedWithTheReason) {
    RunOptions options;
    GetParam().change(options.adapter);
    std::string said;
    for (const Issue& issue : validate(options)) {
        if (issue.where.item == GetParam().item && issue.severity == GetParam().severity &&
            issue.error.arg("why").find(GetParam().why) != std::string::npos)
            return;
        said += issue.where.item + ": " + message_of(issue.error) + "\n";
    }
    ADD_FAILURE() << "said is only:\n" << said;
}

void make_blocks(AdapterOptions& o) {
    o.scope = ExpertScope::FfnBlock;
    o.router_scope = RouterScope::PerBlock;
}
void make_vectors(AdapterOptions& o) {
    o.bank = BankKind::Vector;
    o.init = ExpertInit::Ones;
}

INSTANTIATE_TEST_SUITE_P(
    Experts, RefusedAxis,
    testing::Values(Refused{"OnesOfMatrices", [](AdapterOptions& o) { o.init = ExpertInit::Ones; },
                            "adapter.init", "the start of scaling vectors"},
                    Refused{"UniformUpsideDown",
                            [](AdapterOptions& o) {
                                o.init = ExpertInit::Uniform;
                                o.init_low = 1;
                                o.init_high = 0.5;
                            },
                            "adapter.init_low", "below adapter.init_high"},
                    Refused{"InputOfMatrices",
                            [](AdapterOptions& o) { o.input_targets = {"down_proj"}; },
                            "adapter.input_targets", "can stand at a layer's input"},
                    Refused{"BlocksOfModulations",
                            [](AdapterOptions& o) {
                                make_blocks(o);
                                o.bank = BankKind::Modulation;
                            },
                            "adapter.scope", "low-rank updates"},
                    Refused{"BlocksOfVectors",
                            [](AdapterOptions& o) {
                                make_blocks(o);
                                make_vectors(o);
                            },
                            "adapter.scope", "low-rank updates"},
                    Refused{"BlocksWithARouterASite",
                            [](AdapterOptions& o) { o.scope = ExpertScope::FfnBlock; },
                            "adapter.scope", "has one router"},
                    Refused{"BlocksFromPieces",
                            [](AdapterOptions& o) {
                                make_blocks(o);
                                o.init = ExpertInit::SvdPieces;
                            },
                            "adapter.init", "cannot be taken off a whole"},
                    Refused{"BlocksThatMayBeEmpty",
                            [](AdapterOptions& o) {
                                make_blocks(o);
                                o.gate = GateKind::Threshold;
                                o.gate_level = 0.1;
                            },
                            "adapter.gate", "block would be zero"},
                    Refused{"PiecesOfDora",
                            [](AdapterOptions& o) {
                                o.bank = BankKind::Dora;
                                o.init = ExpertInit::SvdPieces;
                            },
                            "adapter.init", "A and B of low-rank experts"},
                    Refused{"PissaOfSeveral", [](AdapterOptions& o) { o.init = ExpertInit::Pissa; },
                            "adapter.init", "svd_pieces for several"},
                    Refused{"LoftqOfSeveral", [](AdapterOptions& o) { o.init = ExpertInit::Loftq; },
                            "adapter.init", "start alike"},
                    Refused{"OneASharedOut",
                            [](AdapterOptions& o) {
                                o.bank = BankKind::SharedA;
                                o.rank_rule = RankRule::Total;
                            },
                            "adapter.rank_rule", "nothing to share out"}),
    [](const auto& test) { return test.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Routing, RefusedAxis,
    testing::Values(Refused{"LowRankWithoutOneA",
                            [](AdapterOptions& o) { o.router = RouterKind::LowRank; },
                            "adapter.router", "an A that all experts share"},
                    Refused{"ZeroParamWithoutOneUpdate",
                            [](AdapterOptions& o) { o.router = RouterKind::ZeroParam; },
                            "adapter.router", "one update of all experts"},
                    Refused{"ActivationOfMatrices",
                            [](AdapterOptions& o) { o.router = RouterKind::TokenActivation; },
                            "adapter.router", "scaling vectors"},
                    Refused{"OneRouterForUnlikeInputs",
                            [](AdapterOptions& o) {
                                o.router = RouterKind::Task;
                                o.router_scope = RouterScope::PerBlock;
                            },
                            "adapter.router_scope", "their common input"},
                    Refused{"ALevelThatCannotBeLearnt",
                            [](AdapterOptions& o) {
                                o.gate = GateKind::Threshold;
                                o.gate_level_learned = true;
                            },
                            "adapter.gate_level_learned", "teaches the level nothing"},
                    Refused{"ALevelLearntFromTasks",
                            [](AdapterOptions& o) {
                                o.gate = GateKind::ThresholdShifted;
                                o.gate_level_learned = true;
                                o.router = RouterKind::Task;
                            },
                            "adapter.gate_level_learned", "learnt from tokens"},
                    Refused{"AFixedLevelThatAllReach",
                            [](AdapterOptions& o) {
                                o.gate = GateKind::ThresholdShifted;
                                o.gate_level = 0;
                            },
                            "adapter.gate_level", "every expert reaches it", Severity::Warning},
                    Refused{"JitterOfPromptMeans",
                            [](AdapterOptions& o) {
                                o.router = RouterKind::Instance;
                                o.gate_jitter = 0.3;
                                o.gate_jitter_on = GateJitterOn::Input;
                            },
                            "adapter.gate_jitter_on", "which is not jittered", Severity::Warning}),
    [](const auto& test) { return test.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Balance, RefusedAxis,
    testing::Values(Refused{"ThresholdsThatAreNone",
                            [](AdapterOptions& o) { o.balance = BalanceKind::SwitchThreshold; },
                            "adapter.balance", "what exceeds a threshold"},
                    Refused{"HeadsRoutedApart",
                            [](AdapterOptions& o) {
                                make_vectors(o);
                                o.router = RouterKind::PerHead;
                                o.balance = BalanceKind::Switch;
                            },
                            "adapter.balance", "no common load"},
                    Refused{"KlOfSamples",
                            [](AdapterOptions& o) {
                                o.balance = BalanceKind::SwitchBySample;
                                o.balance_kl = 0.1;
                            },
                            "adapter.balance_kl", "one of all tokens"},
                    Refused{"LocalizedOverALayer",
                            [](AdapterOptions& o) {
                                o.balance = BalanceKind::Localized;
                                o.balance_reduce = BalanceReduce::PerLayerConcat;
                            },
                            "adapter.balance_reduce", "one of each layer's site"},
                    Refused{"LocalizedOverAllLayers",
                            [](AdapterOptions& o) {
                                o.balance = BalanceKind::Localized;
                                o.balance_reduce = BalanceReduce::GlobalConcat;
                            },
                            "adapter.balance_reduce", "one of each layer's site"},
                    Refused{"ThreeHalves",
                            [](AdapterOptions& o) {
                                o.balance = BalanceKind::Localized;
                                o.expert_groups = {"a", "b", "c"};
                            },
                            "adapter.expert_groups", "give two names"}),
    [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace moelora
