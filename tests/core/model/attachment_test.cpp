// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/attachment.h"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>

#include "tests/core/model/tiny_model.h"

namespace moelora {
namespace {

// A site with one trainable factor per output, noise of its own and an extra loss.
class DummySite : public SiteAdapter {
  public:
    DummySite(std::int64_t out, at::Tensor* sink, at::Generator* noise)
        : factor(at::ones({out}).requires_grad_(true)), sink_(sink), noise_(noise) {}
    at::Tensor forward(const FrozenLinear& base, const at::Tensor& x, const at::Tensor&) override {
        ++(in_recomputation() ? second_runs : first_runs);
        const at::Tensor y = base.base(x) * factor;
        const at::Tensor kept = at::bernoulli(at::full_like(y, 0.9), *noise_);
        const at::Tensor term = factor.square().sum() * y.detach().abs().mean();
        *sink_ = sink_->defined() ? *sink_ + term : term;
        return y * kept;
    }
    at::Tensor factor;
    int first_runs = 0, second_runs = 0;

  private:
    at::Tensor* sink_;
    at::Generator* noise_;
};

class Noise : public LayerLoss {
  public:
    void begin_layer(bool, std::int64_t) override { sink.reset(); }
    at::Tensor take_layer_loss(bool, std::int64_t) override { return std::exchange(sink, {}); }
    [[nodiscard]] at::Tensor random_state() const override { return generator.get_state(); }
    void set_random_state(const at::Tensor& state) override { generator.set_state(state); }
    at::Tensor sink;
    at::Generator generator = at::detail::createCPUGenerator(5);
};

// Every linear of the model gets a dummy site; the loss mixes logits and extra losses.
struct Trained {
    std::vector<at::Tensor> gradients;
    double loss = 0;
    int first_runs = 0, second_runs = 0;
};
Trained train(const std::string& name, bool checkpointing, bool text_only) {
    test::TinyModel tiny = test::load_tiny(name);
    Noise noise;
    std::vector<std::unique_ptr<DummySite>> sites;
    for (FrozenLinear* linear : tiny.model->linears()) {
        if (text_only && linear->shape.vision) continue;
        sites.push_back(
            std::make_unique<DummySite>(linear->shape.out, &noise.sink, &noise.generator));
        linear->adapter = sites.back().get();
    }
    tiny.model->set_layer_loss(&noise);
    tiny.model->set_gradient_checkpointing(checkpointing);
    const auto hidden = tiny.model->forward(tiny.inputs());
    EXPECT_TRUE(hidden.loss.defined());
    const at::Tensor loss =
        tiny.model->logits(hidden.states).masked_select(tiny.real()).square().mean() + hidden.loss;
    loss.backward();
    Trained out;
    out.loss = loss.item<double>();
    for (const auto& site : sites) {
        out.gradients.push_back(site->factor.grad().clone());
        out.first_runs += site->first_runs;
        out.second_runs += site->second_runs;
    }
    return out;
}

TEST(Checkpoint, GradientsAndExtraLossesAreEqualToTheBitWithAndWithout) {
    for (const bool text_only : {false, true}) {
        const Trained plain = train("left_padded_batch", false, text_only);
        const Trained kept = train("left_padded_batch", true, text_only);
        EXPECT_EQ(plain.loss, kept.loss);
        ASSERT_EQ(plain.gradients.size(), kept.gradients.size());
        for (std::size_t i = 0; i < plain.gradients.size(); ++i) {
            EXPECT_TRUE(at::equal(plain.gradients[i], kept.gradients[i])) << "site " << i;
            EXPECT_GT(plain.gradients[i].abs().max().item<double>(), 0) << "site " << i;
        }
        EXPECT_EQ(plain.second_runs, 0);
        EXPECT_EQ(kept.first_runs, plain.first_runs) << "recomputation is told apart";
        EXPECT_GT(kept.second_runs, 0);
    }
}

TEST(Checkpoint, InputWithoutGradientStillTrainsTheLayer) {
    const at::Tensor factor = at::full({3}, 2.0).requires_grad_(true);
    const at::Tensor x = at::ones({2, 3});
    const auto out = checkpoint_layer(
        [&](const at::Tensor& in) {
            return LayerOutput{in * factor, factor.sum()};
        },
        x, nullptr);
    EXPECT_TRUE(out.hidden.requires_grad());
    (out.hidden.sum() + 3 * out.loss).backward();
    EXPECT_TRUE(at::equal(factor.grad(), at::full({3}, 5.0)));
}

TEST(Checkpoint, InputGetsItsGradientFromBothOutputs) {
    at::Tensor x = at::full({2}, 3.0).requires_grad_(true);
    const auto f = [](const at::Tensor& in) { return LayerOutput{in * 2, in.square().sum()}; };
    const auto out = checkpoint_layer(f, x, nullptr);
    (out.hidden.sum() + out.loss).backward();
    EXPECT_TRUE(at::equal(x.grad(), at::full({2}, 8.0)));
    x.mutable_grad().reset();
    checkpoint_layer(f, x, nullptr).hidden.sum().backward();
    EXPECT_TRUE(at::equal(x.grad(), at::full({2}, 2.0))) << "an unused loss adds nothing";
}

TEST(Checkpoint, WithoutGradientsNothingIsRecorded) {
    const at::NoGradGuard frozen;
    const auto out = checkpoint_layer(
        [](const at::Tensor& in) {
            return LayerOutput{in * 2, {}};
        },
        at::ones({2}), nullptr);
    EXPECT_FALSE(out.hidden.requires_grad());
    EXPECT_FALSE(out.loss.defined());
}

TEST(FrozenLinear, DetachedAdapterGivesTheBaseToTheBit) {
    test::TinyModel tiny = test::load_tiny("gqa_one_image");
    const at::NoGradGuard frozen;
    const at::Tensor before = tiny.logits();
    Noise noise;
    FrozenLinear& linear = tiny.linear("model.language_model.layers.0.mlp.up_proj");
    DummySite site(linear.shape.out, &noise.sink, &noise.generator);
    linear.adapter = &site;
    EXPECT_FALSE(at::equal(tiny.logits(), before));
    linear.adapter = nullptr;
    EXPECT_TRUE(at::equal(tiny.logits(), before));
}

}  // namespace
}  // namespace moelora
