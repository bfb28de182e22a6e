// SPDX-License-Identifier: GPL-3.0-or-later
// Run, adapter and configuration carry a version. A committed sample of each version is loaded as
// long as the program says that it reads it; what a newer program wrote is refused with a sentence.
#include <gmock/gmock.h>

#include <array>
#include <filesystem>

#include "core/session/probes.h"
#include "tests/core/session/small_run.h"

namespace moelora {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

std::string sample(const std::string& name) {
    return test::source_path("tests/golden/formats/" + name);
}

void replace_in(const std::string& file, const std::string& from, const std::string& to) {
    auto text = read_text(file);
    MOELORA_ASSERT_OK(text);
    ASSERT_NE(text->find(from), std::string::npos) << file << " holds no " << from;
    for (std::size_t at = text->find(from); at != std::string::npos;
         at = text->find(from, at + to.size()))
        text->replace(at, from.size(), to);
    MOELORA_ASSERT_OK(write_text_atomic(file, *text));
}

// A copy that can be changed, with this checkout's paths.
class Formats : public testing::Test {
  protected:
    void SetUp() override {
        test::copy_writable(sample("run-1"), run_);
        for (const char* file : {"/run.json", "/probes.json"})
            replace_in(run_ + file, "/tmp/moelora-sample", test::source_path("."));
    }
    test::TempDir temp_;
    std::string run_ = temp_ / "run";
    Session session_{temp_ / "runs"};
};

TEST_F(Formats, ARunOfVersion1IsListedReplayedAndGoesOn) {
    const auto summary = session_.find_run(run_);
    MOELORA_ASSERT_OK(summary);
    EXPECT_EQ(summary->status, RunStatus::Finished);
    EXPECT_EQ(summary->step, 2);
    EXPECT_EQ(summary->checkpoints.size(), 1U);
    EXPECT_TRUE(summary->has_adapter);
    const auto events = session_.replay(run_);
    MOELORA_ASSERT_OK(events);
    EXPECT_EQ(test::all_of<StepRecorded>(*events).size(), 2U);
    EXPECT_EQ(test::all_of<CaptionFinished>(*events).size(), 4U) << "two probes, twice";
    const auto probes = read_probes(run_);
    MOELORA_ASSERT_OK(probes);
    EXPECT_EQ(probes->size(), 2U);

    const auto before = test::losses(run_);
    const ResumeSpec more{run_, {{"train.max_steps", "3"}}};
    const auto resumed = test::run_to_end(session_, session_.start(more));
    EXPECT_EQ(test::end_of(resumed), JobState::Finished);
    const auto after = test::losses(run_);
    EXPECT_EQ(after.size(), 3U);
    for (const auto& [step, loss] : before) EXPECT_EQ(after.at(step), loss);
}

TEST_F(Formats, AnAdapterOfVersion1IsReadAndCompared) {
    const auto adapter = session_.inspect_adapter(run_ + "/adapter");
    MOELORA_ASSERT_OK(adapter);
    EXPECT_EQ(adapter->format, "moelora 1");
    EXPECT_EQ(adapter->experts, 2);
    EXPECT_TRUE(adapter->issues.empty());
    CompareSpec spec;
    spec.model = test::source_path("resources/demo/model");
    spec.adapter = run_ + "/adapter";
    spec.gate_samples = 0;
    spec.generate.max_new_tokens = 4;
    spec.device = {.name = "cpu", .threads = 1};
    EXPECT_EQ(test::end_of(test::run_to_end(session_, session_.start(spec))), JobState::Finished);
}

TEST_F(Formats, AConfigurationOfVersion1IsResolved) {
    ConfigRequest request;
    request.config_path = sample("config-1.json");
    const auto resolved = resolve_config(request);
    MOELORA_ASSERT_OK(resolved);
    for (const Issue& issue : resolved->issues)
        EXPECT_NE(issue.severity, Severity::Error) << message_of(issue.error);
    EXPECT_EQ(resolved->options.adapter.num_experts, 2);
    EXPECT_EQ(resolved->options.train.max_steps, 2);
}

// Whole and unharmed by its COMPLETE, but of tomorrow, or written by something else.
TEST_F(Formats, ACheckpointThatSaysSomethingElseIsRefusedWithASentence) {
    const std::string checkpoint = run_ + "/checkpoints/step-000002";
    for (const auto& [from, to, why] :
         {std::array{"\"went_back_for\": []", "\"went_back_for\": 5", "it has another format"},
          {"\"version\": 1", "\"version\": 2", "version 2, which a newer program wrote"}}) {
        auto folder = AtomicFolder::begin(checkpoint, true);
        MOELORA_ASSERT_OK(folder);
        for (const auto& entry : fs::directory_iterator(checkpoint))
            if (entry.path().filename() != "COMPLETE")
                fs::copy_file(entry.path(),
                              fs::path(folder->temporary()) / entry.path().filename());
        replace_in(folder->temporary() + "/trainer.json", from, to);
        MOELORA_ASSERT_OK(folder->commit());
        test::WatchedSession session(temp_ / "runs");
        const auto events = session.run(ResumeSpec{run_, {{"train.max_steps", "3"}}});
        ASSERT_FALSE(events.empty());
        const auto& end = std::get<JobStateChanged>(events.back());
        EXPECT_EQ(end.to, JobState::Failed);
        ASSERT_TRUE(end.error.has_value());
        EXPECT_EQ(end.error->code, ErrorCode::CheckpointInvalid);
        EXPECT_THAT(message_of(*end.error), HasSubstr(why));
    }
}

TEST_F(Formats, WhatANewerProgramWroteIsRefusedWithASentence) {
    const std::string card = run_ + "/adapter/adapter.json";
    replace_in(card, "\"format_version\": 1", "\"format_version\": 2");
    const auto adapter = session_.inspect_adapter(run_ + "/adapter");
    ASSERT_FALSE(adapter);
    EXPECT_THAT(message_of(adapter.error()), HasSubstr("it has version 2"));

    replace_in(run_ + "/run.json", "\"version\": 1", "\"version\": 2");
    const auto run = session_.find_run(run_);
    ASSERT_FALSE(run);
    EXPECT_EQ(run.error().code, ErrorCode::RunInvalid);
    EXPECT_THAT(
        message_of(run.error()),
        HasSubstr("run.json cannot be used: it has version 2, which a newer program wrote"));
    EXPECT_FALSE(session_.replay(run_));

    MOELORA_ASSERT_OK(write_text_atomic(temp_ / "config.json", R"({"version": 2})"));
    ConfigRequest request;
    request.config_path = temp_ / "config.json";
    const auto config = resolve_config(request);
    const Error* refused = config ? &config->issues.at(0).error : &config.error();
    EXPECT_EQ(refused->code, ErrorCode::ConfigVersion);
}

}  // namespace
}  // namespace moelora
