// SPDX-License-Identifier: GPL-3.0-or-later
// Models with a text side only, through the facade: they train on data without pictures and answer.
// The folders are made here from the decoder of the bundled demo, so that tokenizer and weights are
// real; the family says which parts of it are kept.
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/core/session/small_run.h"
#include "tests/support/text_model.h"

namespace moelora {
namespace {

namespace fs = std::filesystem;
using namespace test;

struct FamilyRow {
    const char* family;
    const char* preset;  // the systems were published on such models
    Flavour flavour;
    bool head_norms;  // of the demo's decoder: kept
    bool biases;      // q, k, v: added, as zeros
};
constexpr FamilyRow rows[] = {{"qwen3", "loramoe", Flavour::Default, true, false},
                              {"qwen2", "mola", Flavour::Triangle, false, true},
                              {"llama", "moelora", Flavour::Global, false, false},
                              {"mistral", "molora", Flavour::Default, false, false}};

// The answers are words that the demo's tokenizer knows.
constexpr std::pair<const char*, const char*> questions[] = {
    {"What is cold and white?", "snow"},
    {"What lies at the sea?", "beach"},
    {"Who is slow?", "turtle"},
    {"What is red and sweet?", "strawberry"}};

void make_questions(const std::string& path) {
    std::string lines;
    for (std::size_t i = 0; i < std::size(questions); ++i) {
        Json line = question_record(questions[i].first, questions[i].second);
        line["task"] = i < 2 ? "places" : "things";
        line["sample_type"] = i < 2 ? "memory" : "thought";
        lines += line.dump() + "\n";
    }
    ASSERT_TRUE(write_text_atomic(path, lines));
}

// The answers to the questions of `data`, in their order.
std::vector<std::string> answers(Session& session, const std::string& model,
                                 const std::string& data, const std::string& adapter) {
    CaptionSpec spec;
    spec.model = model;
    spec.adapter = adapter;
    spec.data = data;
    spec.generate.max_new_tokens = 12;
    spec.device = {.name = "cpu", .threads = 1};
    std::vector<std::string> out;
    for (const auto& event : all_of<CaptionFinished>(run_to_end(session, session.start(spec))))
        out.push_back(event.caption.text);
    return out;
}

class TextTraining : public ::testing::TestWithParam<FamilyRow> {};

TEST_P(TextTraining, LearnsFromTextAloneGoesOnAfterAStopAndAnswers) {
    const TempDir temp;
    const std::string model = temp / "model", data = temp / "questions.jsonl";
    ASSERT_NO_FATAL_FAILURE(
        make_text_model({GetParam().family, GetParam().head_norms, GetParam().biases}, model));
    ASSERT_NO_FATAL_FAILURE(make_questions(data));
    RunSpec spec = small_run(temp / "run");
    spec.options.adapter = {};
    spec.options.adapter.preset = GetParam().preset;
    spec.options.adapter.flavour = GetParam().flavour;
    ASSERT_TRUE(apply_preset(spec.options));
    spec.options.model.path = model;
    spec.options.data.path = data;
    spec.options.data.validation = 0;
    spec.options.train.batch_size = 4;
    spec.options.train.gradient_accumulation = 1;
    spec.options.train.max_steps = 100;
    spec.options.train.learning_rate = 5e-3;
    spec.options.train.save_every = 0;
    spec.options.train.probe_images = 0;

    WatchedSession watched(temp / "runs");
    const auto stopped = watched.run(spec, stop_after(10));
    EXPECT_EQ(end_of(stopped), JobState::Cancelled);
    ASSERT_EQ(end_of(watched.run(ResumeSpec{temp / "run", {}})), JobState::Finished);
    const auto loss = losses(temp / "run");
    ASSERT_EQ(loss.size(), 100U);
    EXPECT_LT(loss.rbegin()->second, 0.1 * loss.begin()->second);

    Session session(temp / "runs");
    std::vector<std::string> wanted;
    for (const auto& [question, answer] : questions) wanted.emplace_back(answer);
    EXPECT_NE(answers(session, model, data, ""), wanted);
    EXPECT_EQ(answers(session, model, data, temp / "run"), wanted);
}

INSTANTIATE_TEST_SUITE_P(Families, TextTraining, ::testing::ValuesIn(rows),
                         [](const auto& one) { return std::string(one.param.family); });

}  // namespace
}  // namespace moelora
