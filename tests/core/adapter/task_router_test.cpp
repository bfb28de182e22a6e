// SPDX-License-Identifier: GPL-3.0-or-later
// MOELoRA's task gate (adapters.md 7): known answers of section 18.3 in f64, lists of tasks, batch
// first, gradients.
#include <gtest/gtest.h>

#include "core/adapter/adapted_linear.h"
#include "tests/support/gradcheck.h"

namespace moelora {
namespace {

at::Tensor doubles(std::vector<double> values, at::IntArrayRef shape) {
    return at::tensor(values, at::kDouble).view(shape);
}

// Ids here begin with 0, row 0 of the table is padding: task 1 of the reference is id 0.
TaskTensors known_gate() {
    return {doubles({.9, -.9, .5, -.2, -.4, .3, .1, .7}, {4, 2}).requires_grad_(),
            doubles({.6, -.1, -.3, .8}, {2, 2}).requires_grad_()};
}

ForwardInfo of_tasks(at::Tensor task_ids, at::Tensor patches = {}) {
    ForwardInfo info;
    info.task_ids = std::move(task_ids);
    info.patches = std::move(patches);
    return info;
}

at::Tensor ids(std::vector<std::int64_t> values, at::IntArrayRef shape) {
    return at::tensor(values, at::kLong).view(shape);
}

void expect_row(const at::Tensor& row, double first, double second) {
    EXPECT_NEAR(row[0].item<double>(), first, 1e-12);
    EXPECT_NEAR(row[1].item<double>(), second, 1e-12);
}

TEST(TaskRouter, WeightsAreTheKnownAnswers) {
    const TaskRouter router(known_gate());
    const at::Tensor one = at::softmax(router.sample_logits(ids({0, 2}, {2})), 1);
    expect_row(one[0], .6524894621927444, .3475105378072555);
    expect_row(one[1], .36818758226389836, .6318124177361016);
    const at::Tensor list = at::softmax(router.sample_logits(ids({0, 2, -1}, {1, 3})), 1);
    expect_row(list[0], .5112481019468549, .4887518980531452);
}

// The site of section 18.3 with the task gate, its own or the model's.
struct TaskSite {
    std::vector<SiteSpec> sites;
    AdapterOptions options;
    TaskTensors gate = known_gate();
    SiteTensors tensors;
    FrozenLinear base;
    std::unique_ptr<RoutingContext> context;
    std::unique_ptr<AdaptedLinear> site;

    explicit TaskSite(bool own, bool vision = false) {
        SiteSpec s;
        s.shape = {"layers.0.q_proj", "q_proj", 0, vision, 3, 2, false};
        s.experts = 2;
        s.ranks = {1, 1};
        s.scales = {2, 2};
        s.routed = true;
        s.router = RouterKind::Task;
        s.tasks = own ? 3 : 0;
        s.task_embedding = own ? 2 : 0;
        options.router = RouterKind::Task;
        options.gate = GateKind::Softmax;
        options.dropout = 0;
        tensors.a = doubles({.1, .2, -.1, -.3, 0, .4}, {2, 3}).requires_grad_();
        tensors.b = doubles({1, -1, 2, .5}, {2, 2}).requires_grad_();
        if (own) tensors.task = gate;
        base.shape = s.shape;
        base.weight = at::zeros({2, 3}, at::kDouble);
        sites = {s};
        context = std::make_unique<RoutingContext>(sites, options, at::kCPU, 3);
        site = std::make_unique<AdaptedLinear>(sites[0], 0, options, tensors, *context, gate);
    }
    at::Tensor run(const at::Tensor& x, ForwardInfo info) {
        context->begin_pass(info);
        return site->forward(base, x);
    }
};

const at::Tensor x = doubles({1.0, -2.0, .5}, {1, 1, 3});

TEST(TaskRouter, UpdateOfATaskIsTheKnownAnswerForBothScopes) {
    for (const bool own : {false, true}) {
        TaskSite site(own);
        const at::Tensor y = site.run(x, of_tasks(ids({0}, {1})));
        expect_row(y.view({2}), -.38724051597347003, -.9482363008505678);
    }
}

TEST(TaskRouter, RowsGoByTheirSampleEvenWhenBatchAndLengthAgree) {
    TaskSite site(false);
    const at::Tensor in = x.expand({3, 3, 3}).contiguous();
    const at::Tensor y = site.run(in, of_tasks(ids({0, 2, 0}, {3})));
    for (std::int64_t t = 0; t < 3; ++t) {
        EXPECT_TRUE(at::equal(y[0][t], y[0][0]));
        EXPECT_TRUE(at::equal(y[2][t], y[0][0]));
        EXPECT_TRUE(at::equal(y[1][t], y[1][0]));
    }
    EXPECT_FALSE(at::allclose(y[0][0], y[1][0]));
}

TEST(TaskRouter, PatchesGoByTheSampleOfTheirPicture) {
    TaskSite site(false, true);
    const at::Tensor in = x.view({1, 3}).expand({3, 3}).contiguous();  // merged: 4 patches a row
    const at::Tensor y = site.run(in, of_tasks(ids({0, 1, 2}, {3}), ids({4, 0, 8}, {3})));
    EXPECT_FALSE(at::allclose(y[0], y[1]));
    EXPECT_TRUE(at::equal(y[1], y[2]));
}

TEST(TaskRouter, GradientsReachEmbeddingAndGate) {
    for (const bool own : {false, true}) {
        TaskSite site(own);
        const at::Tensor in = at::randn({2, 3, 3}, at::kDouble).requires_grad_();
        test::expect_gradients(
            {{"x", in},
             {"a", site.tensors.a},
             {"b", site.tensors.b},
             {"embedding", site.gate.embedding},
             {"gate", site.gate.gate}},
            [&] {
                return site.run(in, of_tasks(ids({0, 1, 2, -1}, {2, 2}))).square().sum();
            });
    }
}

}  // namespace
}  // namespace moelora
