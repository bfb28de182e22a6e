// SPDX-License-Identifier: GPL-3.0-or-later
// Files and documents that the verbs give: forward with an adapter, tokens, sidecars, the run
// library.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <numeric>

#include "tests/e2e/program.h"

namespace moelora {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

// A safetensors file by name: shapes and F32 or raw data.
class Tensors {
  public:
    explicit Tensors(const std::string& path) : file_(text_of(path)) {
        std::uint64_t length = 0;
        std::memcpy(&length, file_.data(), sizeof length);
        header_ = Json::parse(file_.substr(sizeof length, length));
        begin_ = sizeof length + length;
    }
    [[nodiscard]] std::string bytes(const std::string& name) const {
        const Json& at = header_.at(name).at("data_offsets");
        const auto from = at[0].get<std::size_t>(), to = at[1].get<std::size_t>();
        return file_.substr(begin_ + from, to - from);
    }
    [[nodiscard]] std::vector<float> floats(const std::string& name) const {
        const std::string raw = bytes(name);
        std::vector<float> out(raw.size() / sizeof(float));
        std::memcpy(out.data(), raw.data(), raw.size());
        return out;
    }
    [[nodiscard]] std::vector<std::size_t> shape(const std::string& name) const {
        return header_.at(name).at("shape").get<std::vector<std::size_t>>();
    }
    [[nodiscard]] Words names(const std::string& prefix) const {
        Words out;
        for (const auto& [name, entry] : header_.items())
            if (name.starts_with(prefix)) out.push_back(name);
        return out;
    }

  private:
    std::string file_;
    Json header_;
    std::size_t begin_ = 0;
};

TEST_F(Cli, Cli_NamesOfFilesReachTheTerminalWithoutTheirControlCharacters) {
    const std::string data = temp_ / "data";
    fs::create_directories(data);
    for (const char* name : {"a\x1b]0;owned\x07.png", "b\x1b[2J.png", "c\xC2\x9B\n.png"})
        std::ofstream(data + "/" + name) << "no picture";
    std::ofstream(data + "/b\x1b[2J.txt") << "A caption.";
    for (const Words& words :
         {Words{"dataset", "check", data}, Words{"--json", "dataset", "check", data}}) {
        const Outcome checked = run(words);
        for (const std::string& text : {checked.out, checked.err})
            for (const char* control : {"\x1b", "\x07", "\xC2\x9B"})
                EXPECT_EQ(text.find(control), std::string::npos) << text;
    }
    EXPECT_THAT(run({"dataset", "check", data}).err, HasSubstr("b\\x1b[2J.png"));
}

TEST_F(Cli, Forward_WithAnAdapterIsTheBaseAtScaleZeroAndGivesTheMixingWeights) {
    const std::string trained = temp_ / "run";
    ASSERT_EQ(run({"train", "--config", write_config(2), "--out", trained}).code, 0);
    const Json conversation = {{"messages",
                                {{{"role", "user"},
                                  {"content",
                                   {{{"type", "image"}, {"image", picture_}},
                                    {{"type", "text"}, {"text", "List the tags."}}}}}}},
                               {"add_generation_prompt", true}};
    std::ofstream(temp_ / "c.json") << conversation.dump();
    const auto forward = [&](const std::string& name, const Words& more) {
        Words words = {"forward",    model_,    "--conversation", temp_ / "c.json", "--out",
                       temp_ / name, "--dtype", "fp32",           "--device",       "cpu"};
        words.insert(words.end(), more.begin(), more.end());
        const Outcome done = run(words);
        EXPECT_EQ(done.code, 0) << done.err;
        return Tensors(temp_ / name);
    };
    const Tensors base = forward("base", {});
    const Tensors off = forward("off", {"--adapter", trained, "--adapter-scale", "0"});
    const Tensors on = forward("on", {"--adapter", trained, "--adapter-scale", "1"});
    EXPECT_EQ(off.bytes("logits"), base.bytes("logits"));
    EXPECT_NE(on.bytes("logits"), base.bytes("logits"));
    EXPECT_EQ(forward("default", {"--adapter", trained}).bytes("logits"), on.bytes("logits"));
    EXPECT_TRUE(base.names("router.").empty());
    const Outcome endless = run({"forward", model_, "--conversation", temp_ / "c.json", "--out",
                                 temp_ / "endless", "--adapter-scale", "inf"});
    EXPECT_EQ(endless.code, 2) << endless.err;
    EXPECT_FALSE(fs::exists(temp_ / "endless"));

    const Words routers = on.names("router.");
    const Json plan =
        run({"adapter", "params", model_, "--config", temp_ / "config.json", "--json"}).document();
    EXPECT_EQ(routers.size(), plan.at("sites").size());
    const std::size_t tokens = on.shape("input_ids").at(1);
    for (const std::string& router : routers) {
        const auto shape = on.shape(router);
        ASSERT_EQ(shape.size(), 3U) << router;
        EXPECT_EQ(shape[0], 1U);
        EXPECT_EQ(shape[1], tokens);
        ASSERT_GT(shape[2], 1U);
        const std::vector<float> weights = on.floats(router);
        for (auto row = weights.begin(); row != weights.end();
             row += static_cast<std::ptrdiff_t>(shape[2]))
            ASSERT_NEAR(std::accumulate(row, row + static_cast<std::ptrdiff_t>(shape[2]), 0.0), 1,
                        1e-6)
                << router;
    }
}

TEST_F(Cli, AdapterInspect_CountsTheTensorsOfAFileThatIsNoAdapter) {
    const Outcome asked = run({"adapter", "inspect", model_ + "/model.safetensors", "--json"});
    EXPECT_EQ(asked.code, 3);
    const Json document = asked.document();
    EXPECT_EQ(document.at("format"), "safetensors");
    EXPECT_EQ(document.at("parameters"),
              run({"inspect", model_, "--json"}).document().at("parameters").at("total"));
    EXPECT_EQ(document.at("error").at("code"), "ADAPT-002");
}

TEST_F(Cli, DatasetCheck_TellsWhatIsNotTakenAndWhatToDoAboutIt) {
    const std::string data = temp_ / "data";
    fs::create_directory(data);
    fs::copy(picture_, data + "/a.webp");
    const Outcome bare = run({"dataset", "check", data, "--quick"});
    EXPECT_EQ(bare.code, 3);
    EXPECT_THAT(
        bare.err,
        HasSubstr("it holds pictures without captions (1); they can be captioned and compared, "
                  "not learnt"));
    const std::string line =
        R"({"messages":[{"role":"user","content":"<image>q"},{"role":"assistant","content":"x"}],"images":["a.webp"]})"
        "\n";
    std::ofstream(data + "/data.jsonl") << line;
    std::ofstream(data + "/more.jsonl") << line << line;
    const Outcome checked = run({"dataset", "check", data, "--quick"});
    EXPECT_EQ(checked.code, 0) << checked.err;
    EXPECT_THAT(checked.err, HasSubstr("more.jsonl holds 2 records"));
    EXPECT_THAT(checked.err, HasSubstr("hint: Choose that file itself as the data set"));
}

// A name may hold any byte; a document holds UTF-8.
TEST_F(Cli, Json_StaysReadableWhereANameIsNoUtf8) {
    const std::string odd = "b\xff.webp", shown = "b\uFFFD.webp";
    fs::create_directory(temp_ / "data");
    std::ofstream(temp_ / ("data/" + odd)) << "x";
    std::ofstream(temp_ / "data/b\xff.txt") << "A turtle.";
    fs::copy(picture_, temp_ / "data/a.webp");
    std::ofstream(temp_ / "data/a.txt") << "A turtle.";
    const Outcome checked = run({"dataset", "check", temp_ / "data", "--json"});
    EXPECT_EQ(checked.code, 0) << checked.err;
    EXPECT_THAT(checked.document().at("issues").at(1).at("message"), HasSubstr("b\\xFF.webp"))
        << "what was left out, so that it can be told from others";
    const Outcome captioned =
        run({"caption", model_, "--image", temp_ / ("data/" + odd), "--json"});
    EXPECT_EQ(captioned.code, 3) << captioned.err;
    EXPECT_THAT(captioned.document().at("error").at("message"), HasSubstr(shown));
    for (const Words& words :
         {Words{"inspect", temp_ / odd}, {"adapter", "inspect", temp_ / odd}}) {
        Words asked = words;
        asked.push_back("--json");
        const Outcome refused = run(asked);
        EXPECT_EQ(refused.code, 3) << refused.err;
        EXPECT_THAT(refused.document().at("error").at("message"), HasSubstr(shown));
    }
}

TEST_F(Cli, Tokenize_ReadsLinesAndTheWayBackGivesTheTexts) {
    const Words texts = {"A turtle.", "两只乌龟", "  two blanks, <|im_end|> and a\nnew line"};
    std::ofstream lines(temp_ / "texts.jsonl");
    for (const std::string& text : texts) lines << Json{{"text", text}}.dump() << "\n\n";
    lines.close();
    const Outcome there = run({"tokenize", model_, "--jsonl", temp_ / "texts.jsonl", "--json"});
    ASSERT_EQ(there.code, 0) << there.err;
    ASSERT_EQ(there.lines().size(), texts.size());
    std::ofstream(temp_ / "ids.jsonl") << there.out;
    const Outcome back =
        run({"tokenize", model_, "--jsonl", temp_ / "ids.jsonl", "--decode", "--json"});
    ASSERT_EQ(back.code, 0) << back.err;
    Words came_back;
    for (const Json& line : back.lines()) came_back.push_back(line.at("text"));
    EXPECT_EQ(came_back, texts);

    const Outcome folder = run({"tokenize", model_, "--jsonl", demo_, "--json"});
    EXPECT_EQ(folder.code, 3);
    EXPECT_EQ(folder.document().at("error").at("code"), "IO-002");
    EXPECT_EQ(run({"tokenize", model_, "--jsonl", temp_ / "nowhere"}).code, 3);
    const Outcome line = run({"tokenize", model_, "--jsonl", temp_ / "ids.jsonl"});
    EXPECT_EQ(line.code, 3);
    EXPECT_THAT(line.err, HasSubstr("ids.jsonl:1"));
    for (const char* ids : {"7", "[1, 2.5]", "[\"1\"]", "[1"}) {
        std::ofstream(temp_ / "odd.jsonl") << "{\"ids\": " << ids << "}\n";
        const Outcome odd = run({"tokenize", model_, "--jsonl", temp_ / "odd.jsonl", "--decode"});
        EXPECT_EQ(odd.code, 3) << ids;
        EXPECT_THAT(odd.err, HasSubstr("error[DATA-003]")) << ids;
        EXPECT_THAT(odd.err, HasSubstr("odd.jsonl:1")) << ids;
    }
}

TEST_F(Cli, Caption_WritesSidecarsAndNeverOverExistingOnes) {
    const std::string folder = temp_ / "pictures";
    fs::create_directory(folder);
    for (const char* name : {"/a.webp", "/b.webp"}) fs::copy(picture_, folder + name);
    std::ofstream(folder + "/b.txt") << "mine";
    const Words words = {"caption", model_, "--image",          folder,
                         "--save",  "txt",  "--max-new-tokens", "4"};
    const Outcome refused = run(words);
    EXPECT_EQ(refused.code, 2);
    EXPECT_THAT(refused.err, HasSubstr("error[IO-005]"));
    EXPECT_THAT(refused.err, HasSubstr("b.txt"));
    EXPECT_EQ(text_of(folder + "/b.txt"), "mine");
    EXPECT_FALSE(fs::exists(folder + "/a.txt"));

    Words forced = words;
    forced.push_back("--force");
    const Outcome written = run(forced);
    ASSERT_EQ(written.code, 0) << written.err;
    EXPECT_EQ(written.out, folder + "/a.webp\t" + text_of(folder + "/a.txt") + folder +
                               "/b.webp\t" + text_of(folder + "/b.txt"));
}

TEST_F(Cli, Runs_AreNotedAndRemovedAndSayWhat) {
    ASSERT_EQ(run({"train", "--config", write_config(1), "--json"}).code, 0);
    const Json runs = run({"runs", "list", "--json"}).document();
    ASSERT_EQ(runs.size(), 1U);
    const std::string id = runs[0].at("id");
    const Outcome noted = run({"runs", "note", id, "for the thesis", "--json"});
    ASSERT_EQ(noted.code, 0) << noted.err;
    EXPECT_EQ(noted.document().at("id"), id);
    EXPECT_EQ(noted.document().at("note"), "for the thesis");
    EXPECT_EQ(run({"runs", "show", id, "--json"}).document().at("note"), "for the thesis");
    EXPECT_EQ(run({"runs", "note", id, ""}).out, "");
    EXPECT_EQ(run({"runs", "show", id, "--json"}).document().at("note"), "");

    const Outcome removed = run({"runs", "remove", id, "--json"});
    ASSERT_EQ(removed.code, 0) << removed.err;
    EXPECT_EQ(removed.document(), (Json{{"removed", id}}));
    EXPECT_FALSE(fs::exists(temp_ / ("runs/" + id)));
    EXPECT_TRUE(run({"runs", "list", "--json"}).document().empty());
    for (const Words& words :
         {Words{"runs", "remove", id, "--json"}, {"runs", "note", id, "again", "--json"}}) {
        const Outcome gone = run(words);
        EXPECT_EQ(gone.code, 3) << words[1];
        EXPECT_TRUE(gone.document().contains("error")) << words[1];
    }
}

TEST_F(Cli, Runs_OneThatCannotBeReadIsListedAndSaid) {
    fs::create_directories(temp_ / "runs/20261124-081500-soft");
    std::ofstream(temp_ / "runs/20261124-081500-soft/run.json") << "{";
    const Outcome listed = run({"runs", "list"});
    EXPECT_EQ(listed.code, 0);
    EXPECT_THAT(listed.out, HasSubstr("20261124-081500-soft  unreadable"));
    EXPECT_THAT(listed.err, HasSubstr("warning[RUN-002]: The run folder " + temp_.path()));
    const Json document = run({"runs", "list", "--json"}).document();
    EXPECT_EQ(document.at(0).at("status"), "unreadable");
    EXPECT_EQ(document.at(0).at("error").at("code"), "RUN-002");
    EXPECT_EQ(run({"runs", "remove", "20261124"}).code, 0);
    EXPECT_THAT(run({"runs", "list"}).out, HasSubstr("no runs in"));
}

TEST_F(Cli, Runs_CarryTagsAndWhatTheyTookAndComeBackFromTheTrash) {
    ASSERT_EQ(run({"train", "--config", write_config(2), "--json"}).code, 0);
    const Json found = run({"runs", "list", "--json"}).document()[0];
    const std::string id = found.at("id");
    for (const char* known : {"predicted_peak_bytes", "peak_bytes", "folder_bytes"})
        EXPECT_GT(found.at(known).get<std::int64_t>(), 0) << known;
    for (const char* known : {"model_fingerprint", "data_fingerprint"})
        EXPECT_NE(found.at(known), "") << known;
    EXPECT_EQ(run({"runs", "tag", id, "good", "for later", "--json"}).document().at("tags"),
              (Json{"good", "for later"}));
    const std::string shown = run({"runs", "show", id}).out;
    EXPECT_THAT(shown, HasSubstr("good, for later"));
    EXPECT_THAT(shown, HasSubstr("averaged over 8 sites (experts 1 to "));  // of both updates
    EXPECT_THAT(shown, HasSubstr("mean over the last 2 recorded updates"));
    EXPECT_EQ(run({"runs", "tag", id, "a,b"}).code, 2);
    EXPECT_EQ(run({"runs", "tag", id, "--json"}).document().at("tags"), Json::array());

    ASSERT_EQ(run({"runs", "remove", id}).code, 0);
    EXPECT_EQ(run({"runs", "trash", "--json"}).document()[0].at("id"), id);
    EXPECT_EQ(run({"runs", "restore", id, "--json"}).document().at("id"), id);
    EXPECT_EQ(run({"runs", "list", "--json"}).document()[0].at("status"), "finished");
    EXPECT_EQ(run({"runs", "restore", id}).code, 3);
    ASSERT_EQ(run({"runs", "remove", id}).code, 0);
    EXPECT_EQ(run({"runs", "trash", "--empty"}).code, 0);
    EXPECT_THAT(run({"runs", "trash"}).out, HasSubstr("the trash is empty"));
    EXPECT_FALSE(fs::exists(temp_ / "runs/.trash"));
}

TEST_F(Cli, Queue_GoesOnAfterAConfigurationThatFails) {
    Words words = {"queue"};
    for (const char* name : {"first", "broken", "last"}) {
        Json config = Json::parse(text_of(write_config(1)));
        if (name == std::string("broken")) config["data"]["path"] = temp_ / "nowhere";
        words.push_back(temp_ / (std::string(name) + ".json"));
        std::ofstream(words.back()) << config;
    }
    const Outcome queue = run(words);
    EXPECT_EQ(queue.code, 3);
    EXPECT_THAT(queue.err, testing::ContainsRegex("first.json +finished +0"));
    EXPECT_THAT(queue.err, testing::ContainsRegex("broken.json +failed +3"));
    EXPECT_THAT(queue.err, testing::ContainsRegex("last.json +finished +0"));
    const Json runs = run({"runs", "list", "--json"}).document();
    ASSERT_EQ(runs.size(), 2U);
    for (const Json& one : runs) EXPECT_EQ(one.at("status"), "finished");
}

TEST_F(Cli, DryRun_SaysWhatWillBeWrittenAndRefusesWhatDoesNotFit) {
    const Words dry = {"train", "--config", write_config(2), "--dry-run"};
    EXPECT_THAT(run(dry).err, HasSubstr("would write at most"));
    // What the adapter needs of the data: tasks, two sample types.
    const std::string plain = temp_ / "plain.jsonl";
    std::ofstream(plain) << R"({"messages":[{"role":"user","content":"<image>q"},)"
                         << R"({"role":"assistant","content":"a"}],"images":[")" << picture_
                         << "\"]}\n";
    const auto trial = [&](const std::string& preset) {
        return run({"train", "--model", model_, "--data", plain, "--preset", preset, "--dry-run",
                    "--set", "data.allow_outside_root=true"});
    };
    const Outcome task = trial("moelora");
    EXPECT_EQ(task.code, 3);
    EXPECT_THAT(task.err, HasSubstr("error[ADAPT-007]"));
    const Outcome types = trial("loramoe");
    EXPECT_EQ(types.code, 0) << types.err;
    EXPECT_THAT(types.err, HasSubstr("the data name no sample types, so it is zero"));
    Words taken = dry;
    taken.insert(taken.end(), {"--out", model_});
    EXPECT_EQ(run(taken).code, 2);
    EXPECT_THAT(run(taken).err, HasSubstr("exists already"));
    Words full = dry;
    full.insert(full.end(), {"--json", "--set", "train.disk_reserve=8000000GiB"});
    const Outcome refused = run(full);
    EXPECT_EQ(refused.code, 4);
    EXPECT_EQ(refused.document().at("disk").at("fits"), false);
    EXPECT_EQ(refused.document().at("error").at("code"), "IO-011");
}

}  // namespace
}  // namespace moelora
