// SPDX-License-Identifier: GPL-3.0-or-later
// device.cuda_graphs as a job meets it.
#include "core/model/decode_graphs.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "core/session/captioner.h"
#include "core/session/loaded_model.h"
#include "tests/core/model/fake_graphs.h"
#include "tests/support/shared_data.h"

namespace moelora {
namespace {

Result<LoadedModel> demo(const DeviceOptions& device) {
    return load_model(test::source_path("resources/demo/model"), ComputeDtype::Fp32, device, {});
}

TEST(CudaGraphs, AreRefusedWhereTheDeviceRecordsNone) {
    DeviceOptions device{.name = "cpu", .threads = 1};
    EXPECT_EQ(demo(device)->model->decode_graphs(), nullptr);
    device.cuda_graphs = true;
    const auto refused = demo(device);
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().code, ErrorCode::OptionInvalid);
    EXPECT_EQ(refused.error().arg("option"), "device.cuda_graphs");
    EXPECT_EQ(refused.error().arg("why"),
              "graphs are recorded on CUDA devices, and cpu records none");
}

class CaptionsOfTheDemo : public ::testing::Test {
  protected:
    void SetUp() override {
        auto loaded = demo({.name = "cpu", .threads = 1});
        MOELORA_ASSERT_OK(loaded);
        loaded_ = std::make_unique<LoadedModel>(std::move(*loaded));
        request_.generate.max_new_tokens = 8;
    }
    std::vector<std::string> captions() {
        JobControl control(1, events_);
        const std::vector<CaptionSample> samples = {{"a", {}, "tags", {}, {}},
                                                    {"b", {}, "a longer question", {}, {}}};
        const auto found = caption_samples_with(*loaded_->model, nullptr, loaded_->text, samples,
                                                request_, control, {});
        std::vector<std::string> texts;
        if (!found) ADD_FAILURE() << message_of(found.error());
        for (std::size_t i = 0; found && i < found->size(); ++i) texts.push_back((*found)[i].text);
        return texts;
    }
    std::vector<Issue> issues() {
        std::vector<Issue> out;
        for (const Event& event : events_.drain())
            if (const auto* raised = std::get_if<IssueRaised>(&event)) out.push_back(raised->issue);
        return out;
    }
    std::unique_ptr<LoadedModel> loaded_;
    EventQueue events_;
    CaptionRequest request_;
    test::FakeGraphs device_;
    DecodeGraphs graphs_{device_.recorder()};
};

TEST_F(CaptionsOfTheDemo, AreTheSameFromRecordings) {
    const auto launched = captions();
    loaded_->model->set_decode_graphs(&graphs_);
    EXPECT_EQ(captions(), launched);
    EXPECT_EQ(captions(), launched);
    EXPECT_GT(device_.replays, 0);
    EXPECT_EQ(device_.asked, 1);
    EXPECT_TRUE(issues().empty());
}

TEST_F(CaptionsOfTheDemo, AreTheSameWhereTheDeviceRefusesWhichIsSaidOnce) {
    const auto launched = captions();
    device_.refuses = true;
    loaded_->model->set_decode_graphs(&graphs_);
    EXPECT_EQ(captions(), launched);
    EXPECT_EQ(captions(), launched);
    const auto said = issues();
    ASSERT_EQ(said.size(), 1U);
    EXPECT_EQ(said[0].severity, Severity::Warning);
    EXPECT_EQ(said[0].error.code, ErrorCode::GraphsFailed);
    EXPECT_EQ(said[0].error.arg("why"), "operation not permitted");
    std::vector<Issue> noted;  // as a run does, whose records keep it
    request_.note = [&](const Issue& issue) -> Status {
        noted.push_back(issue);
        return {};
    };
    DecodeGraphs fresh(device_.recorder());
    loaded_->model->set_decode_graphs(&fresh);
    EXPECT_EQ(captions(), launched);
    EXPECT_EQ(captions(), launched);
    EXPECT_TRUE(issues().empty());
    ASSERT_EQ(noted.size(), 1U);
    EXPECT_EQ(noted[0].error.code, ErrorCode::GraphsFailed);
}

}  // namespace
}  // namespace moelora
