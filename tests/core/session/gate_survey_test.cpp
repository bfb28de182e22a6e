// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/gate_survey.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>

#include "core/options/presets.h"
#include "core/session/data_needs.h"
#include "core/session/silent_gates.h"
#include "core/session/train_inputs.h"
#include "tests/support/shared_data.h"

namespace moelora {
namespace {

class TaskSurvey : public ::testing::Test {
  protected:
    void SetUp() override {
        auto loaded = load_model(test::source_path("resources/demo/model"), ComputeDtype::Fp32,
                                 {.name = "cpu", .threads = 1}, {});
        MOELORA_ASSERT_OK(loaded);
        loaded_ = std::make_unique<LoadedModel>(std::move(*loaded));
        RunOptions options;
        options.adapter.preset = "moelora";
        options.adapter.flavour = Flavour::Global;
        ASSERT_TRUE(apply_preset(options));
        options.adapter.num_tasks = 3;
        auto adapter = Adapter::create(*loaded_->model, options.adapter, 7);
        MOELORA_ASSERT_OK(adapter);
        adapter_ = std::move(*adapter);
        adapter_->attach();
        adapter_->card().tasks = {"zeta", "beta", "alpha"};  // not in the order of the alphabet
        const at::NoGradGuard frozen;
        for (const auto& p : adapter_->parameters())
            if (p.name.find("task") != std::string::npos) p.tensor.normal_(0, 1);
    }
    static CaptionSample sample(const std::string& task) {
        return {"s " + task, {}, "tags", task, {"beach"}};
    }
    Result<GateSurvey> survey(const std::vector<CaptionSample>& samples) {
        EventQueue events;
        JobControl control(1, events);
        return survey_gates(*loaded_, *adapter_, samples, 8, control);
    }
    void expect_weights(const std::vector<double>& found, const std::vector<std::int64_t>& tasks) {
        const at::Tensor wanted = adapter_->task_weights(0, tasks);
        ASSERT_EQ(static_cast<std::int64_t>(found.size()), wanted.numel());
        for (std::int64_t e = 0; e < wanted.numel(); ++e)
            EXPECT_NEAR(found[static_cast<std::size_t>(e)], wanted[e].item<double>(), 1e-5) << e;
    }
    std::unique_ptr<LoadedModel> loaded_;
    std::unique_ptr<Adapter> adapter_;
};

TEST_F(TaskSurvey, AsksTheTaskRouterWithTheNumbersItWasTrainedWith) {
    const auto found = survey({sample("alpha"), sample("beta")});  // a part of them, sorted
    MOELORA_ASSERT_OK(found);
    ASSERT_FALSE(found->trained.empty());
    const auto& by_task = found->trained.front().by_task;
    ASSERT_EQ(by_task.size(), 2U);
    expect_weights(by_task.at("alpha"), {2});
    expect_weights(by_task.at("beta"), {1});
}

TEST_F(TaskSurvey, AListOfTasksIsAskedAsOne) {
    const auto found = survey({sample("zeta|alpha")});
    MOELORA_ASSERT_OK(found);
    expect_weights(found->trained.front().weight, {0, 2});
}

TEST_F(TaskSurvey, ATaskTheRouterDoesNotKnowIsNamed) {
    const auto found = survey({sample("omega")});
    ASSERT_FALSE(found.has_value());
    EXPECT_EQ(found.error().code, ErrorCode::TaskUnknown);
    EXPECT_EQ(survey({sample("")}).error().code, ErrorCode::TaskMissing);
}

// MN-2: of every system each site that routes is in the records of a pass.
TEST_F(TaskSurvey, EveryGateOfEverySystemReports) {
    for (const std::string& name : preset_names()) {
        SCOPED_TRACE(name);
        RunOptions options;
        options.adapter.preset = name;
        ASSERT_TRUE(apply_preset(options));
        if (options.adapter.router == RouterKind::None) continue;
        options.adapter.num_tasks = 3;
        adapter_.reset();
        auto adapter = Adapter::create(*loaded_->model, options.adapter, 7);
        MOELORA_ASSERT_OK(adapter);
        adapter_ = std::move(*adapter);
        adapter_->attach();
        adapter_->card().tasks = {"zeta", "beta", "alpha"};
        const auto records = routing_on(*loaded_, *adapter_, {sample("alpha")});
        MOELORA_ASSERT_OK(records);
        const auto silent = silent_gates(adapter_->sites(), *records, false);
        EXPECT_FALSE(silent.has_value()) << message_of(silent->error);
    }
}

TEST(SilentGates, AGateWithoutARecordIsNamedWithTheNumberOfThem) {
    SiteSpec site;
    site.routed = true;
    site.experts = 2;
    std::vector<SiteSpec> sites(4, site);
    const char* const paths[] = {"layers.0.q_proj", "layers.0.k_proj", "layers.1.q_proj",
                                 "visual.blocks.0.qkv"};
    for (std::size_t i = 0; i < sites.size(); ++i) sites[i].shape.path = paths[i];
    sites[1].router_of = paths[0];  // takes the routing of another
    sites[3].shape.vision = true;
    RouterRecord record;
    record.site = paths[0];
    const auto silent = silent_gates(sites, {record}, false);
    ASSERT_TRUE(silent.has_value());
    EXPECT_EQ(silent->severity, Severity::Warning);
    EXPECT_EQ(message_of(silent->error),
              "1 of 2 routed layers tell nothing of their gates, the first of them "
              "layers.1.q_proj.");
    EXPECT_EQ(silent_gates(sites, {record}, true)->error.arg("found"), "2");
    RouterRecord other;
    other.site = paths[2];
    EXPECT_FALSE(silent_gates(sites, {record, other}, false).has_value());
}

TEST(BalanceDoubt, ALossOverThePicturesTokensNeedsPictures) {
    Dataset data;
    AdapterOptions options;
    options.balance = BalanceKind::Switch;
    options.balance_tokens = TokenMask::Image;
    const auto doubt = doubt_of_balance(options, data.images, std::ssize(data.sample_types));
    ASSERT_TRUE(doubt.has_value());
    EXPECT_EQ(doubt->severity, Severity::Warning);
    EXPECT_EQ(message_of(doubt->error),
              "adapter.balance_tokens is image: the data have no pictures, so it is zero");
    options.balance_coef = 0;
    EXPECT_FALSE(doubt_of_balance(options, data.images, std::ssize(data.sample_types)).has_value());
    options.balance_coef = 0.01;
    data.images = 1;
    EXPECT_FALSE(doubt_of_balance(options, data.images, std::ssize(data.sample_types)).has_value());
}

}  // namespace
}  // namespace moelora
