// SPDX-License-Identifier: GPL-3.0-or-later
// One system of each kind, with the real program on the bundled data: it trains, is watched, goes
// on after a stop, is compared and exported. tests/e2e/every-preset does the same at the published
// sizes for all presets, and has transformers open what was exported.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/e2e/program.h"

namespace moelora {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;

struct Kind {
    const char* preset;
    bool routed;
    const char* export_to;  // besides the native folder
    const char* task;       // of that export
    const char* flavour = "";
};
void PrintTo(const Kind& kind, std::ostream* out) {
    *out << kind.preset;
}

class EverySystemOnTheProgram : public Cli, public testing::WithParamInterface<Kind> {
  protected:
    // The first four samples, one of each task: every update sees them all, so its loss falls.
    void SetUp() override {
        std::ifstream all(demo_ + "/data/data.jsonl");
        std::ofstream few(temp_ / "few.jsonl");
        std::string line;
        for (int i = 0; i < 4 && std::getline(all, line); ++i) few << line << '\n';
    }
    Words train(const std::string& out, const std::string& updates = "8") {
        Words words = {"train",    "--model",         model_,  "--data", temp_ / "few.jsonl",
                       "--preset", GetParam().preset, "--out", out,      "--dtype",
                       "fp32",     "--device",        "cpu",   "-q"};
        if (*GetParam().flavour)
            words.insert(words.end(),
                         {"--set", "adapter.flavour=" + std::string(GetParam().flavour)});
        for (const std::string& setting :
             {"data.image_root=" + demo_ + "/data", std::string("data.allow_outside_root=true"),
              "train.max_steps=" + updates, std::string("train.batch_size=4"),
              std::string("train.gradient_accumulation=1"), std::string("train.probe_images=0"),
              std::string("train.warmup_steps=0"), std::string("train.learning_rate=1e-2")})
            words.insert(words.end(), {"--set", setting});
        return words;
    }
    // The router records of the newest update, one a site.
    static std::vector<Json> gates(const std::string& run_folder) {
        std::vector<Json> out;
        std::ifstream in(run_folder + "/metrics.jsonl");
        for (std::string line; std::getline(in, line);) {
            Json record = Json::parse(line);
            if (record.at("type") != "router") continue;
            if (!out.empty() && out.back().at("step") != record.at("step")) out.clear();
            out.push_back(std::move(record));
        }
        return out;
    }
    // Every kind of token has weights of its own, which are means over its tokens.
    void expect_watched(const std::string& run_folder) {
        const std::vector<Json> records = gates(run_folder);
        ASSERT_EQ(records.empty(), !GetParam().routed);
        for (const Json& record : records) {
            std::vector<std::string> kinds;
            for (const auto& [kind, weights] : record.at("by_kind").items()) {
                kinds.push_back(kind);
                EXPECT_EQ(weights.size(), record.at("weight").size());
            }
            EXPECT_THAT(kinds, ElementsAre("image", "prompt", "response")) << record;
            double sum = 0;
            for (const Json& p : record.at("probability")) sum += p.get<double>();
            EXPECT_NEAR(sum, 1, 1e-5);
        }
    }
};

TEST_P(EverySystemOnTheProgram, TrainsIsWatchedResumedComparedAndExported) {
    const std::string whole = temp_ / "whole", cut = temp_ / "cut";
    const Outcome trained = run(train(whole));
    ASSERT_EQ(trained.code, 0) << trained.err;
    const auto loss = losses(whole);
    ASSERT_EQ(loss.size(), 8U);
    EXPECT_LT(loss.at(8), 0.98 * loss.at(1));
    expect_watched(whole);

    (void)interrupt_after_first_update(train(cut), cut, SIGINT);
    ASSERT_LT(losses(cut).size(), 8U);
    const Outcome resumed = run({"resume", cut});
    ASSERT_EQ(resumed.code, 0) << resumed.err;
    EXPECT_EQ(losses(cut), loss);
    EXPECT_EQ(text_of(cut + "/adapter/adapter.safetensors"),
              text_of(whole + "/adapter/adapter.safetensors"));

    const Outcome compared =
        run({"compare", model_, "--adapter", whole, "--data", demo_ + "/held_out/data.jsonl",
             "--out", temp_ / "comparison", "--limit", "1", "--max-new-tokens", "4", "--json"});
    ASSERT_EQ(compared.code, 0) << compared.err;
    EXPECT_TRUE(compared.document().at("self_test").at("passed").get<bool>());
    const Outcome printed =
        run({"compare", model_, "--adapter", whole, "--data", demo_ + "/held_out/data.jsonl",
             "--out", temp_ / "printed", "--limit", "1", "--max-new-tokens", "1"});
    const std::string preset = GetParam().preset;
    if (preset == "loramoe") {
        for (const std::string& said : {printed.out, run({"runs", "show", whole}).out})
            EXPECT_THAT(said, testing::HasSubstr("experts 1 to 3 first half, 4 to 6 second half"));
    }
    if (preset == "mola") {  // 2, 4, 6 and 8 experts in the four layers
        for (const char* experts : {"2", "4", "6", "8"})
            EXPECT_THAT(printed.out, testing::HasSubstr("averaged over 7 sites (experts 1 to " +
                                                        std::string(experts) + ")"));
    }

    if (*GetParam().task) {  // of a picture, which has none of its own
        fs::create_directories(temp_ / "pictures");
        const std::string first = text_of(demo_ + "/held_out/data.jsonl");
        const std::string name = Json::parse(first.substr(0, first.find('\n'))).at("images").at(0);
        fs::copy(demo_ + "/held_out/" + name, temp_ / "pictures");
        Words alone = {
            "compare", model_,          "--adapter",        whole, "--data", temp_ / "pictures",
            "--out",   temp_ / "alone", "--max-new-tokens", "4",   "--json"};
        EXPECT_THAT(run(alone).err, testing::HasSubstr("ADAPT-007"));
        alone.insert(alone.end(), {"--task", GetParam().task});
        const Outcome judged = run(alone);
        ASSERT_EQ(judged.code, 0) << judged.err;
        EXPECT_EQ(judged.document().at("samples").at(0).at("task"), GetParam().task);
        const std::string asked = judged.document().at("samples").at(0).at("prompt");

        // The adapter alone, as others get it, asks the same; a task it has not learnt is refused.
        fs::copy(whole + "/adapter", temp_ / "sent");
        alone[3] = temp_ / "sent";
        alone.push_back("--force");
        EXPECT_EQ(run(alone).document().at("samples").at(0).at("prompt"), asked);
        EXPECT_NE(asked, "Describe the picture.");
        const Outcome unknown = run({"caption", model_, "--adapter", temp_ / "sent", "--image",
                                     temp_ / "pictures", "--task", "nosuch"});
        EXPECT_THAT(unknown.err, testing::HasSubstr("ADAPT-008"));
    }

    const Outcome native =
        run({"export", whole, "--to", "native", "--out", temp_ / "native", "--json"});
    ASSERT_EQ(native.code, 0) << native.err;
    EXPECT_TRUE(native.document().at("verified").get<bool>());
    Words other = {"export", whole,           "--to",  GetParam().export_to,
                   "--out",  temp_ / "other", "--json"};
    if (*GetParam().task) other.insert(other.end(), {"--task", GetParam().task});
    const Outcome exported = run(other);
    ASSERT_EQ(exported.code, 0) << exported.err;
    EXPECT_TRUE(exported.document().at("verified").get<bool>());
}

// The others, a few updates: they train, are watched and exported as well.
class EveryOtherSystemOnTheProgram : public EverySystemOnTheProgram {};

TEST_P(EveryOtherSystemOnTheProgram, TrainsToAFallingLossAndIsExported) {
    const std::string folder = temp_ / "run";
    const Outcome trained = run(train(folder, "3"));
    ASSERT_EQ(trained.code, 0) << trained.err;
    const auto loss = losses(folder);
    ASSERT_EQ(loss.size(), 3U);
    EXPECT_LT(loss.at(3), loss.at(1));
    expect_watched(folder);
    const Outcome exported = run(
        {"export", folder, "--to", GetParam().export_to, "--out", temp_ / "exported", "--json"});
    ASSERT_EQ(exported.code, 0) << exported.err;
    EXPECT_TRUE(exported.document().at("verified").get<bool>());
}

INSTANTIATE_TEST_SUITE_P(
    Presets, EveryOtherSystemOnTheProgram,
    testing::Values(Kind{"adamole", true, "peft-per-expert", ""}, Kind{"goat", true, "native", ""},
                    Kind{"lime", true, "native", ""},
                    Kind{"hydralora", true, "native", "", "llava"},
                    Kind{"molora", true, "peft-per-expert", ""},
                    Kind{"qwen3vl-moe-lora", true, "native", "", "as-written"}),
    [](const auto& test) {
        std::string name = test.param.preset;
        std::erase(name, '-');
        return name;
    });

INSTANTIATE_TEST_SUITE_P(
    OneOfEachKind, EverySystemOnTheProgram,
    testing::Values(Kind{"dora", false, "merged", ""}, Kind{"mixlora", true, "peft-per-expert", ""},
                    Kind{"ia3", false, "peft", ""}, Kind{"moelora", true, "peft-task", "count"},
                    Kind{"mov", true, "native", ""}, Kind{"loramoe", true, "peft-per-expert", ""},
                    Kind{"mola", true, "peft-per-expert", ""}),
    [](const auto& test) { return std::string(test.param.preset); });

}  // namespace
}  // namespace moelora
