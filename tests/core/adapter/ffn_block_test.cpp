// SPDX-License-Identifier: GPL-3.0-or-later
// Experts that are whole feed-forward blocks (adapters.md 11.1): the known answer of 18.3, the
// gradients, dropout, and what such a mixture can and cannot be exported as.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/adapter/adapted_linear.h"
#include "core/adapter/dora_bank.h"
#include "core/adapter/merge.h"
#include "core/base/json.h"
#include "core/io/files.h"
#include "core/ops/swiglu.h"
#include "tests/core/adapter/every_system.h"
#include "tests/support/gradcheck.h"

namespace moelora {
namespace {

using namespace test;
using testing::HasSubstr;

at::Tensor doubles(std::vector<double> values, at::IntArrayRef shape) {
    return at::tensor(values, at::kDouble).view(shape);
}

// The block of the known answer: x of 2, 3 inside, 3 experts of rank 1 whose scale is in B.
struct SmallBlock {
    std::vector<SiteSpec> sites{3};
    AdapterOptions options;
    SiteTensors tensors[3];
    FrozenLinear base[3];  // gate, up, down

    SmallBlock() {
        options.scope = ExpertScope::FfnBlock;
        options.router_scope = RouterScope::PerBlock;
        options.gate = GateKind::TopK;
        options.gate_renormalise = true;
        options.dropout = 0;
        const char* modules[] = {"gate_proj", "up_proj", "down_proj"};
        for (std::size_t p = 0; p < 3; ++p) {
            SiteSpec& s = sites[p];
            const bool down = p == 2;
            s.shape = {std::string("layers.0.mlp.") + modules[p],
                       modules[p],
                       0,
                       false,
                       down ? 3 : 2,
                       down ? 2 : 3,
                       false,
                       1};
            s.experts = 3;
            s.routed = s.in_block = true;
            s.router = RouterKind::Token;
            s.top_k = 2;
            s.ranks = {1, 1, 1};
            s.scales = {1, 1, 1};
            if (p > 0) s.router_of = sites[0].shape.path;
            base[p].shape = s.shape;
        }
        base[0].weight = doubles({.3, -.5, .8, .1, -.2, .6}, {3, 2});
        base[1].weight = doubles({.4, .2, -.3, .9, .5, -.1}, {3, 2});
        base[2].weight = doubles({.6, -.4, .2, .1, .7, -.5}, {2, 3});
        tensors[0].a = doubles({1, .5, .2, 1, 1, -1}, {3, 2});
        tensors[0].b = doubles({.1, -.3, 0, -.2, .1, .4, .3, 0, -.1}, {3, 3});
        tensors[1].a = doubles({.5, -1, 1, 1, .3, .3}, {3, 2});
        tensors[1].b = doubles({.2, .1, -.2, 0, .1, .3, -.1, .1, 0}, {3, 3});
        tensors[2].a = doubles({1, 0, 1, 0, 1, -1, 1, 1, 1}, {3, 3});
        tensors[2].b = doubles({.3, 0, -.1, -.1, .2, .1}, {2, 3});
        tensors[0].router_weight = doubles({.5, .1, -.3, .4, .2, -.6}, {3, 2});
    }
    // The rows of each expert keep their lengths, or get half and twice of them from `first` on.
    void make_dora(std::size_t first) {
        for (std::size_t p = 0; p < 3; ++p) {
            sites[p].bank = BankKind::Dora;
            const at::Tensor lengths = row_norms(base[p], sites[p], tensors[p].a, tensors[p].b);
            tensors[p].magnitude = p < first ? lengths : lengths * doubles({0.5, 1, 2}, {3, 1});
        }
    }
    void empty_ways_in() {
        tensors[0].b.zero_();
        tensors[1].b.zero_();
    }
    [[nodiscard]] at::Tensor run(const at::Tensor& x, const ForwardInfo& info = {}) const {
        RoutingContext context(sites, options, at::kCPU, 3);
        context.begin_pass(info);
        std::unique_ptr<AdaptedLinear> linears[3];
        for (std::size_t p = 0; p < 3; ++p)
            linears[p] = std::make_unique<AdaptedLinear>(sites[p], p, options, tensors[p], context,
                                                         TaskTensors{}, &base[p]);
        linears[0]->lead_block(*linears[1], *linears[2]);
        return linears[0]->forward_block(base[0], base[1], base[2], x);
    }
    [[nodiscard]] at::Tensor frozen(const at::Tensor& x) const {
        return base[2].base(swiglu(base[0].base(x), base[1].base(x)));
    }
};

const at::Tensor x = doubles({.7, -1.2}, {1, 1, 2});

TEST(FfnBlock, IsTheKnownAnswerOfMixLora) {
    const SmallBlock block;
    EXPECT_TRUE(at::allclose(block.frozen(x).flatten(),
                             doubles({0.1275168264015435, -0.1793387615453375}, {2}), 0, 1e-12));
    const at::Tensor y = block.run(x).flatten();
    EXPECT_TRUE(at::allclose(y, doubles({0.5000922279835245, -0.6671385097268527}, {2}), 0, 1e-12))
        << y;
}

TEST(FfnBlock, HasTheGradientOfFiniteDifferences) {
    SmallBlock block;
    at::Tensor tokens = at::randn({2, 3, 2}, at::kDouble).requires_grad_();
    std::vector<test::GradcheckInput> inputs = {{"x", tokens}};
    for (SiteTensors& t : block.tensors)
        for (at::Tensor* tensor : t.all())
            if (tensor->defined()) inputs.push_back({"parameter", tensor->requires_grad_(true)});
    ASSERT_EQ(inputs.size(), 8U);
    const at::Tensor c = at::randn({2, 3, 2}, at::kDouble);
    for (const bool renormalise : {true, false}) {
        block.options.gate_renormalise = renormalise;
        test::expect_gradients(inputs, [&] { return (block.run(tokens) * c).sum(); });
    }
}

TEST(FfnBlock, OfAPairTheFirstHalfIsTheBaseBitForBit) {
    const SmallBlock block;
    const at::Tensor tokens = at::randn({4, 3, 2}, at::kDouble);
    ForwardInfo info;
    info.paired = true;
    const at::Tensor y = block.run(tokens, info);
    const auto halves = tokens.chunk(2);
    EXPECT_TRUE(at::equal(y.chunk(2)[0], block.frozen(halves[0])));
    EXPECT_TRUE(at::allclose(y.chunk(2)[1], block.run(halves[1]), 0, 1e-14));
}

// Wherever dropout stands, its mean over many draws of a block that is linear in what is dropped is
// what comes out without: here of the ways down, since gate and up get no update.
void expect_the_mean_is_kept(SmallBlock block) {
    const at::Tensor expected = block.run(x).flatten();
    const at::Tensor many = x.expand({1, 20000, 2}).contiguous();
    block.options.dropout = 0.3;
    ForwardInfo info;
    info.training = true;
    constexpr std::int64_t tokens = 0;  // the axis
    for (const DropoutSite site : {DropoutSite::Input, DropoutSite::Rank})
        for (const DropoutDraw draw : {DropoutDraw::Shared, DropoutDraw::PerExpert}) {
            block.options.dropout_site = site;
            block.options.dropout_draw = draw;
            const at::Tensor y = block.run(many, info).flatten(0, 1);
            const at::Tensor mean = y.sum(tokens) / y.size(tokens);
            EXPECT_GT((y - mean).abs().max().item<double>(), 1e-3) << "it is drawn";
            EXPECT_TRUE(at::allclose(mean, expected, 0, 5e-3)) << mean << expected;
        }
}

TEST(FfnBlock, DropoutKeepsTheMeanAtEveryPlace) {
    SmallBlock block;
    block.empty_ways_in();
    expect_the_mean_is_kept(block);
    block.make_dora(2);
    expect_the_mean_is_kept(block);
}

// The lengths count as constants in the gradient, as PEFT has it, so A and B have another one than
// finite differences.
TEST(FfnBlock, OfDoraExpertsHasTheGradientOfFiniteDifferencesInWhatHoldsNoLengths) {
    SmallBlock block;
    block.make_dora(0);
    at::Tensor tokens = at::randn({2, 3, 2}, at::kDouble).requires_grad_();
    std::vector<test::GradcheckInput> inputs = {
        {"x", tokens}, {"router", block.tensors[0].router_weight.requires_grad_(true)}};
    for (SiteTensors& t : block.tensors)
        inputs.push_back({"lengths", t.magnitude.requires_grad_(true)});
    const at::Tensor c = at::randn({2, 3, 2}, at::kDouble);
    test::expect_gradients(inputs, [&] { return (block.run(tokens) * c).sum(); });
}

AdapterOptions mixlora() {
    RunOptions run;
    run.adapter.preset = "mixlora";
    EXPECT_TRUE(apply_preset(run).has_value());
    run.adapter.num_experts = 3;
    run.adapter.rank = 4;
    run.adapter.dropout = 0;
    return run.adapter;
}

// PEFT's LoRA (or DoRA) of gate, up and down is the block of that expert, beside attention's own.
class FfnBlockOf : public testing::TestWithParam<BankKind> {};
INSTANTIATE_TEST_SUITE_P(Banks, FfnBlockOf, testing::Values(BankKind::Lora, BankKind::Dora),
                         [](const auto& row) { return std::string(name_of_enum(row.param)); });

TEST_P(FfnBlockOf, OneExpertAloneIsALoraWithItsLogits) {
    const auto model = tiny_model();
    AdapterOptions options = mixlora();
    options.bank = GetParam();
    const auto adapter = make_adapter(*model, options);
    randomise(*adapter, 0.1);
    for (std::int64_t e = 0; e < 3; ++e) {
        adapter->attach();
        MOELORA_ASSERT_OK(adapter->force_expert(e));
        const at::Tensor expected = logits(*model, tiny_batch(), adapter.get());
        adapter->detach();
        auto alone = single_expert(*adapter, e);
        MOELORA_ASSERT_OK(alone);
        const auto plain = Adapter::assemble(*model, std::move(*alone));
        MOELORA_ASSERT_OK(plain);
        EXPECT_EQ((*plain)->sites().size(), adapter->sites().size());
        (*plain)->attach();
        const at::Tensor real = tiny_batch().inputs.attention_mask.to(at::kBool);
        const at::Tensor off =
            (logits(*model, tiny_batch(), plain->get()) - expected).index({real}).abs().max();
        EXPECT_LT(off.item<double>(), 1e-5);
    }
}

TEST(FfnBlock, AMixtureOfBlocksHasNoFixedWeightsAndSaysSo) {
    const auto model = tiny_model();
    const auto adapter = make_adapter(*model, mixlora());
    ConstantWeights weights;
    for (const SiteSpec& site : adapter->sites())
        weights.push_back(at::full({site.experts}, 1.0 / static_cast<double>(site.experts)));
    const auto stored = collapsed(*adapter, weights);
    ASSERT_FALSE(stored);
    EXPECT_EQ(stored.error().code, ErrorCode::ExportRefused);
    EXPECT_THAT(message_of(stored.error()), HasSubstr("whole feed-forward blocks"));
}

TEST(FfnBlock, ABrokenBlockInAFileIsNamed) {
    const auto model = tiny_model();
    const TempDir folder;
    {
        const auto adapter = make_adapter(*model, mixlora());
        MOELORA_ASSERT_OK(save_native(*adapter, folder.path()));
    }
    Json card = *read_json(folder / "adapter.json");
    for (Json& site : card["sites"])
        if (site["module"] == "up_proj") site.erase("in_block");
    ASSERT_TRUE(write_text_atomic(folder / "adapter.json", card.dump()).has_value());
    const auto loaded = Adapter::load(*model, folder.path());
    ASSERT_FALSE(loaded);
    EXPECT_THAT(message_of(loaded.error()), HasSubstr("block that is not whole"));
}

}  // namespace
}  // namespace moelora
