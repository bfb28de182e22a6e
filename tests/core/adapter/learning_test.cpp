// SPDX-License-Identifier: GPL-3.0-or-later
// Does the mixture learn what one low-rank update cannot (adapters.md 19.21)? Two tasks, told apart
// by one input feature, ask for opposite updates of the same layer; a plain LoRA can only serve
// their mean.
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Parallel.h>
#include <gtest/gtest.h>
#include <torch/optim/adam.h>

#include "core/adapter/adapted_linear.h"

namespace moelora {
namespace {

constexpr std::int64_t width = 8, tokens = 64;

struct Outcome {
    double loss, first_entropy, last_entropy;
};

Outcome train(std::int64_t experts, std::int64_t rank, bool train_router) {
    at::set_num_threads(1);  // tensors this small only pay for waking threads
    AdapterOptions options;
    options.num_experts = experts;
    options.gate = GateKind::Softmax;
    options.dropout = 0;
    SiteSpec site;
    site.shape = {"layers.0.q_proj", "q_proj", 0, false, width, width, false};
    site.experts = experts;
    site.ranks.assign(static_cast<std::size_t>(experts), rank);
    site.scales.assign(static_cast<std::size_t>(experts), 2.0);
    site.routed = experts > 1;
    const std::vector<SiteSpec> sites{site};
    SiteTensors tensors = fresh_tensors(site, options, 3, 0);
    std::vector<at::Tensor> parameters{tensors.a, tensors.b};
    if (site.routed && train_router) parameters.push_back(tensors.router_weight);
    for (auto& p : parameters) p.requires_grad_();

    const auto gen = at::make_generator<at::CPUGeneratorImpl>(17);
    const at::Tensor x = at::randn({tokens, width}, gen, at::kFloat);
    const at::Tensor task = at::arange(tokens, at::kFloat).remainder(2).mul(2).sub(1).unsqueeze(1);
    x.select(1, 0).copy_(task.squeeze(1));
    const at::Tensor direction =
        at::mm(at::randn({width, 1}, gen, at::kFloat), at::randn({1, width}, gen, at::kFloat)) *
        0.5;
    FrozenLinear base;
    base.shape = site.shape;
    base.weight = at::zeros({width, width});
    const at::Tensor wanted = at::mm(x, direction.t()) * task;

    RoutingContext context(sites, options, at::kCPU, 0);
    AdaptedLinear layer(site, 0, options, tensors, context);
    torch::optim::Adam adam(parameters, torch::optim::AdamOptions(0.02));
    Outcome outcome{};
    for (int step = 0; step < 400; ++step) {
        context.begin_statistics({});
        context.begin_pass({});
        const at::Tensor loss = (layer.forward(base, x.unsqueeze(0))[0] - wanted).square().mean();
        adam.zero_grad();
        loss.backward();
        adam.step();
        outcome.loss = loss.item<double>();
        for (const auto& record : context.take_statistics(step)) {
            if (step == 0) outcome.first_entropy = record.entropy;
            outcome.last_entropy = record.entropy;
        }
    }
    return outcome;
}

TEST(Learning, MixtureServesOppositeTasksThatOneLoraCannot) {
    const Outcome lora = train(1, 5, false);  // 80 parameters; the mixture: 2·(2·16 + 8) = 80
    const Outcome mixture = train(2, 2, true);
    const Outcome frozen = train(2, 2, false);
    EXPECT_LT(mixture.loss, 0.1 * lora.loss);
    EXPECT_LT(mixture.loss, 0.5 * frozen.loss) << "the router, not the second expert, makes it";
    EXPECT_LT(mixture.last_entropy, 0.7 * mixture.first_entropy);
    EXPECT_EQ(frozen.last_entropy, frozen.first_entropy);
}

}  // namespace
}  // namespace moelora
