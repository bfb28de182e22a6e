// SPDX-License-Identifier: GPL-3.0-or-later
// Invariants of adapters.md 19 that hold for every system, on a whole (tiny) model; systems_test
// has the rest of them.
#include <gtest/gtest.h>

#include "core/adapter/site_tensors.h"
#include "tests/core/adapter/every_system.h"

namespace moelora {
namespace {

using namespace test;

// The presets adapt the text decoder; one more mixture reaches into the vision tower.
std::vector<System> systems_and_vision() {
    std::vector<System> all = systems();
    all.push_back({"top-k with vision", tiny_options()});
    return all;
}

// Declared so (11.5): the largest value of a batch is no sample's own.
bool looks_at_batch_mates(const System& system) {
    return system.options.router == RouterKind::ZeroParam &&
           system.options.router_norm == RouterNorm::WholeSlice;
}

double largest(const at::Tensor& t) {
    return t.abs().max().item<double>();
}

// To rounding of f32, whatever size the values of random experts have.
void expect_near(const at::Tensor& got, const at::Tensor& expected) {
    EXPECT_LT(largest(got - expected), 2e-5 * std::max(1.0, largest(expected)));
}

at::Tensor real(const at::Tensor& per_token, const TinyBatch& batch) {
    return per_token.index({batch.inputs.attention_mask.to(at::kBool)});
}

// Row 1 of the batch, the longer one: no padding.
TinyBatch second_row() {
    const TinyBatch both = tiny_batch();
    return {{both.inputs.input_ids.narrow(0, 1, 1), both.inputs.attention_mask.narrow(0, 1, 1),
             both.inputs.pixel_values.narrow(0, 8, 36), both.inputs.grid_thw.narrow(0, 1, 2)},
            both.labels.narrow(0, 1, 1)};
}

ForwardInfo of_second_row() {
    ForwardInfo info;
    info.labels = second_row().labels;
    info.task_ids = at::tensor({1}, at::kLong);
    info.sample_types = at::tensor({0}, at::kLong);
    return info;
}

// Of a pass over the first `seen` tokens, the prompt, or over one of the tokens behind it; `length`
// in all, of which those behind the prompt are an answer.
ForwardInfo of_tokens(std::int64_t seen, std::int64_t prompt, std::int64_t length) {
    ForwardInfo info = of_second_row();
    info.attention_mask = at::ones({1, seen}, at::kLong);
    info.labels = at::Tensor();
    if (seen == length) {
        info.labels = at::ones({1, length}, at::kLong);
        info.labels.narrow(1, 0, prompt).fill_(-100);
    }
    return info;
}

std::unique_ptr<Adapter> drawn(Qwen3VL& model, const AdapterOptions& options) {
    auto adapter = make_adapter(model, options);
    randomise(*adapter, 0.1);
    adapter->attach();
    return adapter;
}

// 19.19
TEST(EverySystem, SwitchedOffIsTheBaseBitForBitAndOnAgainItself) {
    const at::NoGradGuard no_grad;
    const auto model = tiny_model();
    const at::Tensor base = logits(*model, tiny_batch());
    for (const System& system : systems_and_vision()) {
        SCOPED_TRACE(system.name);
        const auto adapter = drawn(*model, system.options);
        const at::Tensor on = pass(*model, *adapter, false).logits;
        EXPECT_GT(largest(on - base), 1e-3);
        adapter->set_enabled(false);
        EXPECT_TRUE(at::equal(pass(*model, *adapter, false).logits, base));
        adapter->set_enabled(true);
        EXPECT_TRUE(at::equal(pass(*model, *adapter, false).logits, on));
        adapter->detach();
        EXPECT_TRUE(at::equal(logits(*model, tiny_batch()), base));
    }
}

// 19.12
TEST(EverySystem, ASampleDoesNotDependOnItsBatchMates) {
    const at::NoGradGuard no_grad;
    const auto model = tiny_model();
    const TinyBatch alone = second_row();
    for (const System& system : systems_and_vision()) {
        SCOPED_TRACE(system.name);
        const auto adapter = drawn(*model, system.options);
        const at::Tensor together = pass(*model, *adapter, false).logits[1];
        adapter->begin_pass(of_second_row());
        const at::Tensor by_itself = model->logits(model->forward(alone.inputs).states)[0];
        if (looks_at_batch_mates(system))
            EXPECT_GT(largest(by_itself - together), 1e-3);
        else
            expect_near(by_itself, together);
    }
}

// 19.13, logits and routing
TEST(EverySystem, DecodingWithACacheEqualsTheFullPass) {
    const at::NoGradGuard no_grad;
    const auto model = tiny_model();
    ModelInputs inputs = second_row().inputs;
    inputs.attention_mask = at::Tensor();
    const std::int64_t length = inputs.input_ids.size(1), prefill = length - 4;
    for (const System& system : systems_and_vision()) {
        if (looks_at_batch_mates(system)) continue;  // and at the tokens beside one
        SCOPED_TRACE(system.name);
        const auto adapter = drawn(*model, system.options);
        adapter->record_weights(true);
        adapter->begin_pass(of_tokens(length, prefill, length));
        const at::Tensor full = model->logits(model->forward(inputs).states)[0];
        const auto routing = adapter->recorded_weights();
        KVCache cache = model->make_cache(1, length);
        ModelInputs first = inputs;
        first.input_ids = inputs.input_ids.narrow(1, 0, prefill);
        adapter->begin_pass(of_tokens(prefill, prefill, length));
        expect_near(model->logits(model->forward(first, &cache).states)[0],
                    full.narrow(0, 0, prefill));
        for (std::int64_t t = prefill; t < length; ++t) {
            ModelInputs next;
            next.input_ids = inputs.input_ids.narrow(1, t, 1);
            ForwardInfo info = of_tokens(t + 1, prefill, length);
            info.labels = at::Tensor();
            adapter->begin_pass(info);
            expect_near(model->logits(model->forward(next, &cache).states)[0][0], full[t]);
            for (const auto& [site, weights] : adapter->recorded_weights())
                EXPECT_LT(largest(weights[0][0] - routing.at(site)[0][t]), 1e-5) << site;
        }
    }
}

// 19.11
TEST(EverySystem, PaddingReachesRealTokensOfNoneAndBalanceOnlyInModeAll) {
    const auto model = tiny_model();
    const TinyBatch batch = tiny_batch(), with_padding = padded(batch);
    for (const System& system : systems_and_vision()) {
        SCOPED_TRACE(system.name);
        const auto adapter = drawn(*model, system.options);
        const Passed plain = pass(*model, *adapter, true),
                     wide = pass(*model, *adapter, true, with_padding);
        if (looks_at_batch_mates(system)) continue;
        expect_near(real(wide.logits, with_padding), real(plain.logits, batch));
        ASSERT_EQ(plain.aux.defined(), wide.aux.defined());
        if (!plain.aux.defined()) continue;
        if (system.options.balance_tokens == TokenMask::All) {
            EXPECT_GT(largest(plain.aux - wide.aux), 1e-3 * largest(plain.aux));
        } else {
            expect_near(wide.aux, plain.aux);
        }
    }
}

// 19.16
TEST(EverySystem, TrainingWithoutDropoutComputesWhatEvaluationDoes) {
    const auto model = tiny_model();
    for (const System& system : systems_and_vision()) {
        SCOPED_TRACE(system.name);
        const auto adapter = drawn(*model, system.options);
        const at::Tensor state = adapter->random_state().clone();
        EXPECT_TRUE(
            at::equal(pass(*model, *adapter, true).logits, pass(*model, *adapter, false).logits));
        EXPECT_TRUE(at::equal(adapter->random_state(), state)) << "nothing was drawn";
    }
}

// 19.5
TEST(EverySystem, WithOneExpertIsThePlainAdapterOfItsKindBitForBit) {
    const at::NoGradGuard no_grad;
    const auto model = tiny_model();
    for (const System& system : systems_and_vision()) {
        SCOPED_TRACE(system.name);
        AdapterOptions one = system.options;
        one.num_experts = 1;
        one.allocation.clear();
        AdapterOptions plain = one;
        plain.router = RouterKind::None;
        plain.gate = GateKind::None;
        plain.balance = BalanceKind::None;
        plain.gate_renormalise = false;
        const at::Tensor y = pass(*model, *drawn(*model, one), true).logits;
        EXPECT_TRUE(at::equal(pass(*model, *drawn(*model, plain), true).logits, y));
    }
}

// The last expert becomes the first, everywhere.
void reverse_experts(Adapter& adapter) {
    const at::NoGradGuard no_grad;
    for (std::size_t i = 0; i < adapter.sites().size(); ++i) {
        const SiteSpec& site = adapter.sites()[i];
        const SiteTensors& t = adapter.site_tensors(i);
        const std::int64_t experts = site.experts;
        const auto reverse = [&](const at::Tensor& tensor, at::IntArrayRef shape,
                                 std::int64_t dim) {
            if (tensor.defined())
                tensor.copy_(tensor.reshape(shape).flip(dim).reshape(tensor.sizes()));
        };
        const bool one_update = site.bank == BankKind::Modulation;
        if (site.bank != BankKind::SharedA && !one_update)
            reverse(t.a, {experts, -1, site.shape.in}, 0);
        if (!one_update) reverse(t.b, {site.shape.out, experts, -1}, 1);
        for (const at::Tensor* rows :
             {&t.magnitude, &t.vector, &t.router_weight, &t.router_bias, &t.task.gate})
            reverse(*rows, rows->defined() ? rows->sizes() : at::IntArrayRef(), 0);
    }
    for (const auto& [name, tensor] : adapter.parameters())
        if (name == "task.gate") tensor.copy_(tensor.flip(0));
}

// 19.6; the localized term knows two halves, which change places with the types of the samples.
TEST(EverySystem, NamesOfExpertsMatterNeitherToTheOutputNorToTheBalance) {
    const auto model = tiny_model();
    for (const System& system : systems_and_vision()) {
        // There the channels of the layer have the experts' names.
        if (system.options.router == RouterKind::ZeroParam) continue;
        SCOPED_TRACE(system.name);
        AdapterOptions o = system.options;
        o.balance_coef = 1;
        o.balance_delta = 0.1;
        const auto adapter = drawn(*model, o);
        const Passed before = pass(*model, *adapter, true);
        reverse_experts(*adapter);
        const bool halves = o.balance == BalanceKind::Localized;
        const Passed after =
            pass(*model, *adapter, true, tiny_batch(),
                 halves ? std::vector<std::int64_t>{0, 1} : std::vector<std::int64_t>{1, 0});
        expect_near(after.logits, before.logits);
        ASSERT_EQ(before.aux.defined(), o.balance != BalanceKind::None);
        if (before.aux.defined()) expect_near(after.aux, before.aux);
        if (!halves) continue;
        EXPECT_GT(largest(pass(*model, *adapter, true).aux - before.aux), 1e-4)
            << "the halves are told apart";
    }
}

// 19.18
TEST(EverySystem, FrozenWeightsKeepTheirBytesAndGetNoGradient) {
    const auto model = tiny_model();
    std::vector<at::Tensor> before;
    for (const FrozenLinear* linear : model->linears()) before.push_back(linear->weight.clone());
    for (const System& system : systems_and_vision()) {
        SCOPED_TRACE(system.name);
        const auto adapter = drawn(*model, system.options);
        const Passed passed = pass(*model, *adapter, true);
        (passed.aux.defined() ? passed.loss + passed.aux : passed.loss).backward();
        {
            const at::NoGradGuard no_grad;
            for (const auto& [name, tensor] : adapter->parameters())
                if (tensor.grad().defined()) tensor.sub_(tensor.grad(), 0.1);
        }
        EXPECT_FALSE(at::equal(pass(*model, *adapter, false).logits, passed.logits))
            << "an update that changes nothing proves nothing";
        for (std::size_t i = 0; i < before.size(); ++i) {
            const FrozenLinear& linear = *model->linears()[i];
            ASSERT_FALSE(linear.weight.requires_grad() || linear.weight.grad().defined());
            ASSERT_TRUE(at::equal(linear.weight, before[i])) << linear.shape.path;
        }
    }
}

}  // namespace
}  // namespace moelora
