// SPDX-License-Identifier: GPL-3.0-or-later
// Models with a text side only, through the facade: they train on data without pictures and answer.
// The folders are made here from the decoder of the bundled demo, so that tokenizer and weights are
// real; the family says which parts of it are kept.
#include <gtest/gtest.h>

#include <filesystem>

#include "core/io/safetensors.h"
#include "tests/core/session/small_run.h"

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

// A text model of `row.family` in `folder`.
void make_text_model(const FamilyRow& row, const std::string& folder) {
    const std::string demo = source_path("resources/demo/model");
    fs::create_directories(folder);
    for (const char* name : {"tokenizer.json", "tokenizer_config.json", "chat_template.jinja"})
        fs::copy_file(demo + "/" + name, folder + "/" + name);
    const auto whole = read_json(demo + "/config.json");
    MOELORA_ASSERT_OK(whole);
    Json config = whole->at("text_config");
    config["model_type"] = row.family;
    config["rope_parameters"] = {{"rope_type", "default"}, {"rope_theta", 10000.0}};
    ASSERT_TRUE(write_text_atomic(folder + "/config.json", config.dump(1)));

    const auto file = SafetensorsFile::open(demo + "/model.safetensors");
    MOELORA_ASSERT_OK(file);
    const std::vector<std::byte> zeros(16384);
    std::vector<TensorBytes> tensors;
    const std::string inside = "model.language_model.";
    for (const TensorEntry& entry : file->entries()) {
        if (!entry.name.starts_with(inside)) continue;
        const std::string name = "model." + entry.name.substr(inside.size());
        if (!row.head_norms && (name.ends_with("q_norm.weight") || name.ends_with("k_norm.weight")))
            continue;
        tensors.push_back({name, entry.dtype, entry.shape, file->bytes(entry)});
        const bool qkv = name.ends_with("q_proj.weight") || name.ends_with("k_proj.weight") ||
                         name.ends_with("v_proj.weight");
        if (!row.biases || !qkv) continue;
        const auto bytes = static_cast<std::size_t>(entry.shape[0] * bytes_of(entry.dtype));
        ASSERT_LE(bytes, zeros.size());
        tensors.push_back({name.substr(0, name.size() - 6) + "bias",
                           entry.dtype,
                           {entry.shape[0]},
                           std::span(zeros).first(bytes)});
    }
    ASSERT_GT(tensors.size(), 30U);
    ASSERT_TRUE(write_safetensors(folder + "/model.safetensors", std::move(tensors)));
}

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
    ASSERT_NO_FATAL_FAILURE(make_text_model(GetParam(), model));
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
