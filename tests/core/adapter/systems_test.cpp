// SPDX-License-Identifier: GPL-3.0-or-later
// Every preset on a whole (tiny) model: the invariants of adapters.md 19 that hold for all systems.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/optim/adamw.h>

#include <filesystem>

#include "tests/core/adapter/every_system.h"

namespace moelora {
namespace {

using namespace test;

bool changes_the_start(const AdapterOptions& o) {
    return o.init == ExpertInit::DefaultBoth || o.init == ExpertInit::SvdPieces ||
           (o.init == ExpertInit::Uniform && o.bank == BankKind::Vector) ||
           (o.scope == ExpertScope::FfnBlock && o.gate == GateKind::TopP && !o.gate_renormalise);
}

TEST(Systems, EachIsTheBaseAtTheStart) {
    const auto model = tiny_model();
    const at::Tensor base = logits(*model, tiny_batch());
    for (const System& system : systems()) {
        SCOPED_TRACE(system.name);
        const auto adapter = make_adapter(*model, system.options);
        adapter->attach();
        const double change =
            (pass(*model, *adapter, false).logits - base).abs().max().item<double>();
        if (changes_the_start(system.options))
            EXPECT_GT(change, 1e-4);
        else
            EXPECT_LT(change, 1e-5);
    }
}

TEST(Systems, ParametersAreAsPlanned) {
    const auto model = tiny_model();
    for (const System& system : systems()) {
        SCOPED_TRACE(system.name);
        const auto adapter = make_adapter(*model, system.options);
        std::int64_t count = 0;
        for (const auto& [name, tensor] : adapter->parameters()) count += tensor.numel();
        EXPECT_EQ(count, plan_of(adapter->sites(), system.options).total);
    }
}

TEST(Systems, EveryParameterLearnsAndCheckpointingChangesNothing) {
    for (const System& system : systems()) {
        SCOPED_TRACE(system.name);
        const auto model = tiny_model();
        const auto adapter = make_adapter(*model, system.options);
        randomise(*adapter);
        adapter->attach();
        std::vector<std::vector<at::Tensor>> gradients(2);
        double losses[2];
        for (const bool recompute : {false, true}) {
            model->set_gradient_checkpointing(recompute);
            const Passed passed = pass(*model, *adapter, true);
            const at::Tensor loss = passed.aux.defined() ? passed.loss + passed.aux : passed.loss;
            losses[recompute] = loss.item<double>();
            loss.backward();
            for (auto& [name, tensor] : adapter->parameters()) {
                ASSERT_TRUE(tensor.grad().defined()) << name;
                gradients[recompute].push_back(tensor.grad().clone());
                EXPECT_GT(tensor.grad().abs().max().item<double>(), 0) << name;
                tensor.mutable_grad() = at::Tensor();
            }
        }
        EXPECT_EQ(losses[0], losses[1]);
        for (std::size_t i = 0; i < gradients[0].size(); ++i)
            EXPECT_TRUE(at::allclose(gradients[0][i], gradients[1][i], 1e-4, 1e-6));
    }
}

TEST(Systems, LossFallsInAFewSteps) {
    for (const System& system : systems()) {
        SCOPED_TRACE(system.name);
        const auto model = tiny_model();
        const auto adapter = make_adapter(*model, system.options);
        adapter->attach();
        std::vector<at::Tensor> parameters;
        for (const auto& named : adapter->parameters()) parameters.push_back(named.tensor);
        torch::optim::AdamW optimizer(parameters, torch::optim::AdamWOptions(2e-2));
        double first = 0, last = 0;
        for (int step = 0; step < 12; ++step) {
            optimizer.zero_grad();
            const Passed passed = pass(*model, *adapter, true);
            (passed.aux.defined() ? passed.loss + passed.aux : passed.loss).backward();
            optimizer.step();
            last = passed.loss.item<double>();
            if (step == 0) first = last;
        }
        EXPECT_LT(last, first - 0.01);
    }
}

TEST(Systems, SavedAndLoadedIsBitEqual) {
    const auto model = tiny_model();
    for (const System& system : systems()) {
        SCOPED_TRACE(system.name);
        const std::string folder = ::testing::TempDir() + "moelora_system";
        std::filesystem::remove_all(folder);
        std::filesystem::create_directories(folder);
        at::Tensor expected;
        {
            const auto adapter = make_adapter(*model, system.options);
            randomise(*adapter);
            adapter->card().tasks = {"one", "two"};
            adapter->attach();
            expected = pass(*model, *adapter, false).logits;
            MOELORA_ASSERT_OK(save_native(*adapter, folder));
        }
        auto loaded = Adapter::load(*model, folder);
        MOELORA_ASSERT_OK(loaded);
        (*loaded)->attach();
        EXPECT_TRUE(at::equal(pass(*model, **loaded, false).logits, expected));
        EXPECT_EQ((*loaded)->options(), system.options);
        const auto summary = summarize_adapter(folder);
        MOELORA_ASSERT_OK(summary);
        EXPECT_EQ(summary->parameters, plan_of((*loaded)->sites(), system.options).total);
    }
}

TEST(Systems, BalanceTermMovesTheRouter) {
    for (const System& system : systems()) {
        if (system.options.balance == BalanceKind::None) continue;
        SCOPED_TRACE(system.name);
        std::vector<at::Tensor> router[2];
        for (const bool on : {false, true}) {
            AdapterOptions o = system.options;
            o.balance_coef = on ? 1 : 0;
            o.balance_delta = 0.1;
            o.allocation.clear();
            const auto model = tiny_model();
            const auto adapter = make_adapter(*model, o);
            randomise(*adapter);
            adapter->attach();
            const Passed passed = pass(*model, *adapter, true);
            (passed.aux.defined() ? passed.loss + passed.aux : passed.loss).backward();
            // Without weights of its own it is moved through the update that it looks at.
            const char* moved = o.router == RouterKind::ZeroParam ? "expert_b" : "router.weight";
            for (auto& [name, tensor] : adapter->parameters())
                if (name.ends_with(moved)) router[on].push_back(tensor.grad().clone());
        }
        ASSERT_FALSE(router[0].empty());
        for (std::size_t i = 0; i < router[0].size(); ++i)
            EXPECT_GT((router[0][i] - router[1][i]).abs().max().item<double>(), 1e-7);
    }
}

}  // namespace
}  // namespace moelora
