// SPDX-License-Identifier: GPL-3.0-or-later
// The balance term of every preset, and of axes set freely, through all that its routers learn:
// router weights and biases, learnt thresholds, and the update that a router without weights looks
// at. Gradients against central differences along random directions, in f64.
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include <map>

#include "core/adapter/adapted_linear.h"
#include "tests/core/adapter/every_system.h"

namespace moelora {
namespace {

using namespace test;

constexpr std::int64_t samples = 2, length = 5;

// Padding, an answer, two sample types, two tasks.
ForwardInfo small_info() {
    ForwardInfo info;
    info.training = true;
    info.attention_mask = at::ones({samples, length}, at::kLong);
    info.attention_mask[0][length - 1] = 0;
    info.labels = at::full({samples, length}, -100, at::kLong);
    info.labels.select(1, 3).fill_(7);
    info.sample_types = at::tensor({1, 0}, at::kLong);
    info.task_ids = at::tensor({0, 1}, at::kLong);
    return info;
}

class SmallSites {
  public:
    explicit SmallSites(const AdapterOptions& options) : options_(options) {
        auto sites = expand_sites(
            small_linears({.layers = 2, .feed_forward = 9, .qkv_bias = false}), options_);
        if (!sites) throw std::runtime_error(message_of(sites.error()));
        sites_ = std::move(*sites);
        context_ = std::make_unique<RoutingContext>(sites_, options_, at::kCPU, 0);
        for (const SiteSpec& site : sites_) {
            FrozenLinear& base = bases_.emplace_back();
            base.shape = site.shape;
            base.weight = draw({site.shape.out, site.shape.in});
            inputs_.push_back(draw({samples, length, site.shape.in}));
            SiteTensors& t = tensors_.emplace_back(fresh_tensors(site, options_, 1, 0));
            if (site.bank == BankKind::Dora) t.magnitude = at::ones({site.experts, site.shape.out});
            for (at::Tensor* tensor : t.all())
                if (tensor->defined()) *tensor = draw(tensor->sizes()).requires_grad_(true);
        }
        for (std::size_t i = 0; i < sites_.size(); ++i)
            linears_.push_back(std::make_unique<AdaptedLinear>(
                sites_[i], i, options_, tensors_[i], *context_, TaskTensors{}, &bases_[i]));
        for (std::size_t i = 0; i < sites_.size(); ++i)
            if (leads_block(sites_[i])) linears_[i]->lead_block(*linears_[i + 1], *linears_[i + 2]);
    }
    // What a pass adds to the loss.
    at::Tensor term() {
        context_->begin_pass(small_info());
        at::Tensor sum;
        for (std::size_t i = 0; i < sites_.size(); ++i) {
            const std::int64_t layer = sites_[i].shape.layer;
            if (i == 0 || sites_[i - 1].shape.layer != layer) context_->begin_layer(false, layer);
            if (leads_block(sites_[i]))
                (void)linears_[i]->forward_block(bases_[i], bases_[i + 1], bases_[i + 2],
                                                 inputs_[i]);
            else if (!sites_[i].in_block)
                (void)linears_[i]->forward(bases_[i], inputs_[i], inputs_[i]);
            if (i + 1 < sites_.size() && sites_[i + 1].shape.layer == layer) continue;
            const at::Tensor loss = context_->take_layer_loss(false, layer);
            if (loss.defined()) sum = sum.defined() ? sum + loss : loss;
        }
        return context_->of_all_layers(sum);
    }
    // All that the routers of these sites learn, by what it is called.
    std::vector<NamedTensor> router_tensors() {
        std::vector<NamedTensor> all;
        for (std::size_t i = 0; i < sites_.size(); ++i) {
            if (!sites_[i].routes()) continue;
            const SiteTensors& t = tensors_[i];
            std::vector<NamedTensor> own = {{"router weight", t.router_weight},
                                            {"router bias", t.router_bias},
                                            {"threshold weight", t.threshold_weight},
                                            {"threshold bias", t.threshold_bias}};
            if (sites_[i].router == RouterKind::ZeroParam) {
                own.push_back({"A of the update", t.a});
                own.push_back({"B of the update", t.b});
            }
            for (NamedTensor& one : own)
                if (one.tensor.defined()) all.push_back(std::move(one));
        }
        return all;
    }

  private:
    at::Tensor draw(at::IntArrayRef shape) {
        return at::randn(shape, generator_, at::kDouble) * 0.5;
    }

    AdapterOptions options_;
    at::Generator generator_ = at::make_generator<at::CPUGeneratorImpl>(41);
    std::vector<SiteSpec> sites_;
    std::vector<FrozenLinear> bases_;
    std::vector<SiteTensors> tensors_;
    std::vector<at::Tensor> inputs_;
    std::unique_ptr<RoutingContext> context_;
    std::vector<std::unique_ptr<AdaptedLinear>> linears_;
};

void expect_gradients_of_the_term(SmallSites& sites) {
    constexpr double h = 1e-6;
    const std::vector<NamedTensor> all = sites.router_tensors();
    std::vector<at::Tensor> leaves;
    for (const NamedTensor& one : all) leaves.push_back(one.tensor);
    ASSERT_FALSE(leaves.empty());
    const auto gradients = torch::autograd::grad({sites.term()}, leaves, {}, std::nullopt, false,
                                                 /*allow_unused=*/true);
    const at::NoGradGuard no_grad;
    std::map<std::string, double> moved;  // by what it is called: of some site
    for (std::size_t i = 0; i < all.size(); ++i) {
        SCOPED_TRACE(all[i].name + " " + std::to_string(i));
        ASSERT_TRUE(gradients[i].defined()) << "the term does not reach it";
        const double largest = gradients[i].abs().max().item<double>();
        moved[all[i].name] = std::max(moved[all[i].name], largest);
        at::Tensor direction = at::randn_like(leaves[i]);
        direction /= direction.norm();
        leaves[i].add_(h * direction);
        const double above = sites.term().item<double>();
        leaves[i].sub_(2 * h * direction);
        const double below = sites.term().item<double>();
        leaves[i].add_(h * direction);
        EXPECT_NEAR((gradients[i] * direction).sum().item<double>(), (above - below) / (2 * h),
                    1e-7 * std::max(1.0, largest));
    }
    for (const auto& [name, size] : moved) EXPECT_GT(size, 1e-6) << name << " is not moved";
}

TEST(BalanceGradient, IsThatOfFiniteDifferencesInAllThatTheRoutersOfEverySystemLearn) {
    at::set_num_threads(1);
    at::manual_seed(6);
    int seen = 0;
    for (const System& system : systems()) {
        if (system.options.balance == BalanceKind::None) continue;
        SCOPED_TRACE(system.name);
        AdapterOptions options = system.options;
        options.balance_coef = 1;
        options.balance_delta = 0.1;
        SmallSites sites(options);
        expect_gradients_of_the_term(sites);
        ++seen;
    }
    EXPECT_GT(seen, 20);
}

}  // namespace
}  // namespace moelora
