// SPDX-License-Identifier: GPL-3.0-or-later
// The last layer gives wanted places only: how many rows it computes, and that nothing changes.
#include <gtest/gtest.h>

#include "core/options/presets.h"
#include "tests/core/adapter/tiny_model.h"

namespace moelora {
namespace {

using namespace test;

// Counts the rows that reach a layer.
class Counter : public SiteAdapter {
  public:
    explicit Counter(bool every_row) : every_row_(every_row) {}
    at::Tensor forward(const FrozenLinear& base, const at::Tensor& x, const at::Tensor&) override {
        rows = x.numel() / x.size(-1);
        return base.base(x);
    }
    [[nodiscard]] bool needs_every_row() const override { return every_row_; }
    std::int64_t rows = 0;

  private:
    bool every_row_;
};

// Without pictures: the tiny model adds deepstack features behind its last layer, at any place.
TinyBatch text_batch(const Qwen3VL& model) {
    TinyBatch batch = tiny_batch();
    at::Tensor& ids = batch.inputs.input_ids;
    ids = ids.masked_fill(ids == model.config().image_token_id, 5);
    batch.inputs.pixel_values = batch.inputs.grid_thw = at::Tensor();
    return batch;
}

at::Tensor some_places(const TinyBatch& batch) {
    const at::Tensor labelled = batch.labels.ne(-100).flatten().nonzero().squeeze(1);
    return labelled.slice(0, 0, labelled.size(0) - 1);
}

// Rows of the last layer's output projection and of its way down.
std::pair<std::int64_t, std::int64_t> rows_of(bool o_counts, bool down_counts) {
    const auto model = tiny_model();
    Counter o(o_counts), down(down_counts);
    for (FrozenLinear* linear : model->linears()) {  // the last layer's come last
        if (linear->shape.vision) continue;
        if (linear->shape.module == "o_proj") linear->adapter = &o;
        if (linear->shape.module == "down_proj") linear->adapter = &down;
    }
    TinyBatch batch = text_batch(*model);
    batch.inputs.wanted = some_places(batch);
    (void)model->forward(batch.inputs);
    return {o.rows, down.rows};
}

TEST(WantedPlaces, TheLastLayerComputesNoOthersUnlessASiteCountsRows) {
    const TinyBatch batch = tiny_batch();
    const std::int64_t all = batch.labels.numel(), some = some_places(batch).size(0);
    ASSERT_LT(some, all);
    EXPECT_EQ(rows_of(false, false), std::pair(some, some));
    EXPECT_EQ(rows_of(true, false), std::pair(all, some));
    EXPECT_EQ(rows_of(false, true), std::pair(all, all));
}

struct Pass {
    at::Tensor states, extra;
    std::vector<at::Tensor> gradients;
    std::vector<RouterRecord> statistics;
};

struct Way {
    bool checkpointing, pictures, counted = true;
};

Pass run(const AdapterOptions& options, bool wanted, Way way) {
    const auto model = tiny_model();
    model->set_gradient_checkpointing(way.checkpointing);
    const auto adapter = make_adapter(*model, options);
    randomise(*adapter);
    adapter->attach();
    if (way.counted) adapter->begin_statistics({"a", "b"});
    TinyBatch batch = way.pictures ? tiny_batch() : text_batch(*model);
    const at::Tensor places = some_places(batch);
    if (wanted) batch.inputs.wanted = places;
    adapter->begin_pass(batch.info(true));
    const auto hidden = model->forward(batch.inputs);
    Pass pass;
    pass.states = wanted ? hidden.states : hidden.states.flatten(0, 1).index_select(0, places);
    at::Tensor total = (pass.states * pass.states.detach().cos()).sum();
    if (hidden.loss.defined()) total = total + hidden.loss;
    pass.extra = hidden.loss;
    total.backward();
    for (auto& [name, tensor] : adapter->parameters())
        pass.gradients.push_back(tensor.grad().defined() ? tensor.grad() : at::zeros_like(tensor));
    if (way.counted) pass.statistics = adapter->take_statistics(1);
    return pass;
}

double largest(const at::Tensor& t) {
    return t.numel() == 0 ? 0 : t.abs().max().item<double>();
}

// Equal but for the rounding of products with fewer rows.
void expect_equal(const Pass& a, const Pass& b) {
    ASSERT_EQ(a.states.sizes(), b.states.sizes());
    EXPECT_LE(largest(a.states - b.states), 1e-5 * largest(a.states));
    ASSERT_EQ(a.extra.defined(), b.extra.defined());
    if (a.extra.defined()) {
        EXPECT_LE(largest(a.extra - b.extra), 1e-6);
    }
    ASSERT_EQ(a.gradients.size(), b.gradients.size());
    for (std::size_t i = 0; i < a.gradients.size(); ++i)
        EXPECT_LE(largest(a.gradients[i] - b.gradients[i]), 1e-5 * largest(a.gradients[i]) + 1e-6);
    ASSERT_EQ(a.statistics.size(), b.statistics.size());
    for (std::size_t i = 0; i < a.statistics.size(); ++i) {
        EXPECT_EQ(a.statistics[i].tokens, b.statistics[i].tokens);
        for (std::size_t e = 0; e < a.statistics[i].weight.size(); ++e)
            EXPECT_NEAR(a.statistics[i].weight[e], b.statistics[i].weight[e], 1e-6);
    }
}

AdapterOptions everywhere(bool mixture) {
    AdapterOptions o = tiny_options();
    o.targets = {"q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"};
    if (mixture) return o;
    o.num_experts = 1;
    o.router = RouterKind::None;
    o.gate = GateKind::None;
    o.balance = BalanceKind::None;
    return o;
}

TEST(WantedPlaces, ChangeNoStateNoGradientNoBalanceAndNoStatistics) {
    AdapterOptions attention = everywhere(true);
    attention.targets = {"q_proj", "k_proj", "v_proj", "o_proj"};
    for (const auto& options : {everywhere(false), everywhere(true), attention})
        for (const Way way : {Way{false, false}, Way{true, false}, Way{false, true}})
            expect_equal(run(options, false, way), run(options, true, way));
}

// Whether a site on the last way down wants all rows of a training pass.
bool wants_all(const AdapterOptions& options, bool counted) {
    const auto model = tiny_model();
    const auto adapter = make_adapter(*model, options);
    adapter->attach();
    if (counted) adapter->begin_statistics({});
    const TinyBatch batch = text_batch(*model);
    adapter->begin_pass(batch.info(true));
    bool all = false;
    for (const FrozenLinear* linear : model->linears())
        if (!linear->shape.vision && linear->adapter)
            all = all || linear->adapter->needs_every_row();
    return all;
}

TEST(WantedPlaces, AreEnoughForRoutersThatJudgeTokensWhereNobodyCounts) {
    AdapterOptions options = everywhere(true);
    options.balance = BalanceKind::None;
    options.dropout = options.gate_dropout = options.gate_jitter = 0;
    EXPECT_FALSE(wants_all(options, false));
    EXPECT_TRUE(wants_all(options, true));
    for (const Way way : {Way{false, false, false}, Way{true, false, false}})
        expect_equal(run(options, false, way), run(options, true, way));
    AdapterOptions drawn = options;
    drawn.dropout = 0.1;
    EXPECT_TRUE(wants_all(drawn, false)) << "what is drawn does not depend on who counts";
    AdapterOptions balanced = everywhere(true);
    balanced.dropout = balanced.gate_dropout = balanced.gate_jitter = 0;
    ASSERT_NE(balanced.balance, BalanceKind::None);
    EXPECT_TRUE(wants_all(balanced, false));
}

// Its logits are divided by the largest value of all tokens.
TEST(WantedPlaces, AreNotEnoughForARouterThatLooksAtTheWholeSlice) {
    RunOptions lime;
    lime.adapter.preset = "lime";
    lime.adapter.flavour = Flavour::Code;
    MOELORA_ASSERT_OK(apply_preset(lime));
    AdapterOptions options = lime.adapter;
    options.balance = BalanceKind::None;
    options.dropout = options.gate_dropout = options.gate_jitter = 0;
    ASSERT_EQ(options.router_norm, RouterNorm::WholeSlice);
    EXPECT_TRUE(wants_all(options, false));
    const Way way{false, false, false};
    expect_equal(run(options, false, way), run(options, true, way));
    options.router_norm = RouterNorm::Token;
    EXPECT_FALSE(wants_all(options, false));
}

TEST(WantedPlaces, DoNotGoWithACache) {
    const auto model = tiny_model();
    TinyBatch batch = tiny_batch();
    batch.inputs.wanted = some_places(batch);
    KVCache cache = model->make_cache(2, 200);
    EXPECT_THROW((void)model->forward(batch.inputs, &cache), std::invalid_argument);
}

}  // namespace
}  // namespace moelora
