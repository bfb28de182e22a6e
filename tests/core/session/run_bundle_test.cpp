// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/run_bundle.h"

#include <gmock/gmock.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

#include "core/base/json.h"
#include "core/io/files.h"
#include "core/io/zip.h"
#include "core/session/run_store.h"
#include "tests/support/shared_data.h"

namespace moelora {
namespace {

namespace fs = std::filesystem;

// A finished run in STORE/the-run, whose files are full of the paths of its owner.
class Bundle : public ::testing::Test {
  protected:
    void SetUp() override {
        setenv("HOME", secret_.path().c_str(), 1);
        const std::string home = secret_.path();
        fs::create_directories(home + "/models/base");
        fs::create_directories(home + "/data/photos of us");
        fs::create_directories(run_ + "/adapter");
        fs::create_directories(run_ + "/checkpoints");
        write("run.json", Json{{"version", 1},
                               {"id", "the-run"},
                               {"name", "soft"},
                               {"model", {{"path", home + "/models/base"}}},
                               {"data", {{"path", home + "/data/photos of us"}}},
                               {"config",
                                {{"adapter", {{"init_from", home + "/old/start"}}},
                                 {"data", {{"image_root", "/mnt/jane doe/pics"}}}}},
                               {"total_steps", 2}}
                              .dump());
        write(
            "metrics.jsonl",
            R"({"type":"step","step":1,"epoch":0.5,"loss":0.1,"grad_norm":1,"lr":0.1,"samples_seen":2,"targets":3})"
            "\n{\"type\":\"st");  // a killed program's half line
        write("captions.jsonl",
              Json{{"image", home + "/data/photos of us/a.jpg"}, {"text", "and/or http://a/b"}}
                      .dump() +
                  "\n" + Json{{"image", "/mnt/jane doe/pics/b.jpg"}}.dump() + "\n" +
                  Json{{"image", "/mnt/john doe/other pics/c.jpg"}}.dump() + "\n");
        // As data sets that were made elsewhere name their pictures.
        for (const char* path : {R"(C:\Users\jane doe\pics\w.jpg)",
                                 R"(\\server\home\jane doe\u.jpg)", "../../home/jane doe/r.jpg"})
            elsewhere_ += Json{{"message", std::string("The picture ") + path + " does not exist."},
                               {"args", {{"path", path}}}}
                              .dump() +
                          "\n";
        write("issues.jsonl",
              Json{{"message", "/mnt/else/x.jpg does not exist."}}.dump() + "\n" + elsewhere_);
        write("tags.txt", "red\nblue\n");
        write("star.txt", "starred\n");
        write("log.txt", "2026 began in " + run_ + " with " + home + "/notes\n");
        write("note.txt",
              "good\n--data=/mnt/jim/d [/mnt/jim/y] file:///mnt/jim/q host:/mnt/jim/r "
              "\"C:\\Users\\jim k\\g.jpg\" ~/jim/h.jpg ~jim/i.jpg %USERPROFILE%\\jim\\j.jpg "
              "D:jim\\k.jpg $HOME/jim/l.jpg ~5 50%/2\n");
        write("samples.jsonl", Json{{"version", 1}}.dump() + "\n" +
                                   Json{{"images", {"a.jpg", "../../jane doe/b.jpg"}}}.dump() +
                                   "\n");
        write("tensorboard.bin", home);  // not of a bundle
        auto adapter = AtomicFolder::begin(run_ + "/adapter", true);
        ASSERT_TRUE(adapter);
        ASSERT_TRUE(write_text_atomic(adapter->temporary() + "/adapter.json",
                                      Json{{"base", {{"path", home + "/models/base"}}}}.dump()));
        ASSERT_TRUE(write_text_atomic(adapter->temporary() + "/adapter.safetensors", "weights"));
        ASSERT_TRUE(adapter->commit());
    }
    void write(const std::string& name, const std::string& text) {
        ASSERT_TRUE(write_text_atomic(run_ + "/" + name, text));
    }
    std::string bundle() {
        std::string file = temp_ / "the run.zip";
        const auto saved = run_bundle::save(run_, file);
        EXPECT_TRUE(saved) << (saved ? "" : message_of(saved.error()));
        return file;
    }
    test::TempDir secret_, temp_;
    std::string run_ = temp_ / "store/the-run", elsewhere_;
};

TEST_F(Bundle, HoldsNoPrivatePathAndOpensElsewhere) {
    const auto folder = run_bundle::open(bundle(), temp_ / "elsewhere");
    MOELORA_ASSERT_OK(folder);
    EXPECT_EQ(*folder, temp_ / "elsewhere/the-run");
    std::string everything;
    for (const auto& entry : fs::recursive_directory_iterator(*folder))
        if (entry.is_regular_file()) everything += read_text(entry.path().string()).value_or("");
    EXPECT_EQ(everything.find(secret_.path()), std::string::npos);
    EXPECT_EQ(everything.find(temp_.path()), std::string::npos);
    EXPECT_EQ(everything.find("/mnt/else"), std::string::npos);
    for (const char* secret : {" doe/", " doe\\", "Users", "server", "home/"})
        EXPECT_EQ(everything.find(secret), std::string::npos) << secret;
    for (const char* name : {"w.jpg", "u.jpg", "r.jpg"})
        EXPECT_NE(everything.find(std::string("The picture .../") + name + " does not exist."),
                  std::string::npos)
            << name;
    EXPECT_NE(everything.find("and/or http://a/b"), std::string::npos) << "texts stay as they are";
    const auto run = read_json(*folder + "/run.json");
    MOELORA_ASSERT_OK(run);
    EXPECT_EQ(run->at("model").at("path"), "base");
    EXPECT_EQ(run->at("config").at("adapter").at("init_from"), ".../start");
    EXPECT_NE(read_text(*folder + "/captions.jsonl")->find("\"photos of us/a.jpg\""),
              std::string::npos);
    EXPECT_NE(read_text(*folder + "/issues.jsonl")->find(".../x.jpg does not exist."),
              std::string::npos);
    EXPECT_NE(read_text(*folder + "/samples.jsonl")->find(R"(["a.jpg",".../b.jpg"])"),
              std::string::npos);
    EXPECT_TRUE(verify_complete(*folder + "/adapter"));
    EXPECT_FALSE(fs::exists(*folder + "/tensorboard.bin"));
    const auto summary = run_store::summarize(*folder);
    MOELORA_ASSERT_OK(summary);
    EXPECT_EQ(summary->note,
              "good\n--data=.../d [.../y] .../q host:.../r \".../g.jpg\" .../h.jpg .../i.jpg "
              ".../j.jpg .../k.jpg .../l.jpg ~5 50%/2");
    EXPECT_EQ(summary->tags, (std::vector<std::string>{"red", "blue"}));
    EXPECT_TRUE(summary->starred);
    EXPECT_EQ(summary->last_loss, 0.1);
    EXPECT_EQ(run_store::replay(*folder)->size(), 3U);  // began, one update, ended
}

TEST_F(Bundle, ASecondImportGetsANameOfItsOwn) {
    const std::string file = bundle();
    MOELORA_ASSERT_OK(run_bundle::open(file, temp_ / "store"));
    EXPECT_TRUE(fs::exists(temp_ / "store/the-run-2/run.json"));
    EXPECT_EQ(run_store::list(temp_ / "store")->size(), 2U);
}

TEST_F(Bundle, ReplacesNothingWithoutForceAndOnlyZipFilesWithIt) {
    const std::string file = bundle();
    EXPECT_EQ(run_bundle::save(run_, file).error().code, ErrorCode::OutputExists);
    EXPECT_TRUE(run_bundle::save(run_, file, true));
    ASSERT_TRUE(write_text_atomic(temp_ / "thesis.txt", "precious"));
    EXPECT_FALSE(run_bundle::save(run_, temp_ / "thesis.txt", true));
    EXPECT_EQ(*read_text(temp_ / "thesis.txt"), "precious");
    for (const auto& entry : fs::directory_iterator(temp_.path()))
        EXPECT_EQ(entry.path().string().find(".tmp-"), std::string::npos) << entry.path();
}

// A few bytes unpack to a thousand times as many.
TEST_F(Bundle, OneThatBringsMoreThanARunHoldsIsRefusedWithASentence) {
    const std::string staged = temp_ / "staged", file = temp_ / "bad.zip";
    fs::create_directories(staged + "/adapter");
    ASSERT_TRUE(write_text_atomic(staged + "/run.json", R"({"version":1})"));
    const auto refused = [&](const std::string& name, std::size_t bytes, char letter) {
        EXPECT_TRUE(write_text_atomic(staged + "/" + name, std::string(bytes, letter)));
        EXPECT_TRUE(write_zip(file, staged, {"run.json", name}));
        const auto opened = run_bundle::open(file, temp_ / "elsewhere");
        EXPECT_TRUE(fs::is_empty(temp_ / "elsewhere")) << name;
        return opened ? std::string("it was taken") : std::string(opened.error().arg("why"));
    };
    EXPECT_EQ(refused("tags.txt", 5'000'000, 'x'), "tags.txt in it is longer than 4096 bytes");
    EXPECT_EQ(refused("note.txt", 70'000, 'x'), "note.txt in it is longer than 65536 bytes");
    EXPECT_EQ(refused("star.txt", 70'000, 'x'), "star.txt in it is longer than 1024 bytes");
    EXPECT_EQ(refused("adapter/x.json", 34'000'000, ' '),
              "adapter/x.json in it is longer than 33554432 bytes");
    EXPECT_EQ(refused("metrics.jsonl", 20'000'000, 'x'),
              "metrics.jsonl in it has a line longer than 16777216 bytes");
    std::vector<std::string> many = {"run.json"};
    for (int i = 0; i < 1000; ++i) {
        many.push_back("adapter/" + std::to_string(i) + ".json");
        std::ofstream(staged + "/" + many.back()) << "{}";
    }
    ASSERT_TRUE(write_zip(file, staged, many));
    EXPECT_EQ(run_bundle::open(file, temp_ / "elsewhere").error().arg("why"),
              "it holds more than 1000 files");
}

TEST_F(Bundle, WhatARunIsGivenFitsIntoItsBundle) {
    EXPECT_EQ(run_store::set_note(run_, std::string(70'000, 'x')).error().code,
              ErrorCode::UsageInvalid);
    EXPECT_EQ(run_store::set_tags(run_, {std::string(5000, 'x')}).error().code,
              ErrorCode::UsageInvalid);
    EXPECT_TRUE(run_store::set_note(run_, std::string(65'000, 'x')));
    EXPECT_TRUE(run_bundle::open(bundle(), temp_ / "elsewhere"));
    // What another program wrote is shown as far as it goes.
    write("tags.txt", std::string(5'000'000, 'x'));
    const auto shown = run_store::summarize(run_);
    MOELORA_ASSERT_OK(shown);
    EXPECT_EQ(shown->tags.front().size(), 4096U);
    EXPECT_FALSE(run_bundle::save(run_, temp_ / "long.zip"));
}

TEST_F(Bundle, WhatIsNoBundleIsRefusedAndLeavesNothingBehind) {
    const std::string staged = temp_ / "staged", file = temp_ / "bad.zip";
    fs::create_directories(staged + "/adapter");
    fs::create_directories(staged + "/checkpoints/step-1x");
    for (const char* name :
         {"run.json", "evil.sh", "adapter/x.py", "checkpoints/step-1x/adapter.json"})
        ASSERT_TRUE(write_text_atomic(staged + "/" + name, "{}"));
    const auto refused = [&](const std::vector<std::string>& names) {
        EXPECT_TRUE(write_zip(file, staged, names));
        const auto opened = run_bundle::open(file, temp_ / "elsewhere");
        EXPECT_FALSE(opened.has_value());
        EXPECT_TRUE(fs::is_empty(temp_ / "elsewhere")) << names.front();
        return opened ? ErrorCode::Internal : opened.error().code;
    };
    for (const char* name : {"evil.sh", "adapter/x.py", "checkpoints/step-1x/adapter.json",
                             "adapter/../run.json", "../staged/run.json"})
        EXPECT_EQ(refused({name}), ErrorCode::ZipInvalid) << name;
    EXPECT_EQ(refused({"run.json", "run.json"}), ErrorCode::ZipInvalid) << "twice";
    ASSERT_TRUE(write_text_atomic(file, "PK no zip"));
    EXPECT_FALSE(run_bundle::open(file, temp_ / "elsewhere"));
    EXPECT_EQ(run_bundle::open(temp_ / "none.zip", temp_ / "elsewhere").error().code,
              ErrorCode::FileMissing);
    // Cut in the middle.
    const std::string whole = *read_text(bundle());
    ASSERT_TRUE(write_text_atomic(file, whole.substr(0, whole.size() / 2)));
    EXPECT_FALSE(run_bundle::open(file, temp_ / "elsewhere"));
    EXPECT_TRUE(fs::is_empty(temp_ / "elsewhere"));
}

}  // namespace
}  // namespace moelora
