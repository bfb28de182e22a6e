// SPDX-License-Identifier: GPL-3.0-or-later
#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>

#include "core/base/json.h"
#include "core/io/atomic_file.h"
#include "core/io/files.h"
#include "tests/support/shared_data.h"

namespace moelora {
namespace {
namespace fs = std::filesystem;
using test::TempDir;

void put(const std::string& path, const std::string& text) {
    std::ofstream(path, std::ios::binary) << text;
}

// A committed folder with two files, one of them in a sub-folder.
void make(const std::string& target, bool replace = false, const std::string& text = "abc") {
    auto folder = AtomicFolder::begin(target, replace);
    MOELORA_ASSERT_OK(folder);
    put(folder->temporary() + "/a.bin", text);
    fs::create_directory(folder->temporary() + "/sub");
    put(folder->temporary() + "/sub/b.json", "{}");
    MOELORA_ASSERT_OK(folder->commit());
}

int entries_of(const std::string& folder) {
    int n = 0;
    for ([[maybe_unused]] const auto& entry : fs::directory_iterator(folder)) ++n;
    return n;
}

TEST(AtomicFolder, CommittedFolderIsCompleteAndAlone) {
    const TempDir dir;
    make(dir / "out");
    MOELORA_ASSERT_OK(verify_complete(dir / "out"));
    MOELORA_ASSERT_OK(verify_complete(dir / "out/"));
    EXPECT_EQ(entries_of(dir.path()), 1);
    const auto complete = read_json(dir / "out/COMPLETE");
    MOELORA_ASSERT_OK(complete);
    EXPECT_EQ(
        (*complete)["files"][0],
        (Json{{"name", "a.bin"},
              {"bytes", 3},
              {"sha256", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"}}));
    EXPECT_EQ((*complete)["files"][1]["name"], "sub/b.json");
}

TEST(AtomicFolder, WithoutCommitNothingStays) {
    const TempDir dir;
    {
        auto folder = AtomicFolder::begin(dir / "out");
        MOELORA_ASSERT_OK(folder);
        put(folder->temporary() + "/a", "x");
        EXPECT_FALSE(fs::exists(dir / "out"));
    }
    EXPECT_EQ(entries_of(dir.path()), 0);
}

// A child that ends like a killed program: without cleaning up.
void begin_and_die(const std::string& target) {
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
        const auto folder = AtomicFolder::begin(target);
        const auto file = AtomicFile::begin(target + ".json");
        _exit(folder && file ? 0 : 1);
    }
    int status = 1;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_EQ(status, 0);
}

TEST(AtomicFolder, WhatAKilledProgramLeftIsRemovedByALaterWriteBeside) {
    const TempDir dir;
    begin_and_die(dir / "killed");
    EXPECT_EQ(entries_of(dir.path()), 2);
    const std::string others[] = {dir / "a.tmp-0123abcd-1-0",  // of another machine
                                  dir / "b.tmp-", dir / "c.tmp-1-1", dir / "d.tmp-x-y-z"};
    for (const std::string& name : others) put(name, "x");
    const auto living = AtomicFolder::begin(dir / "living");
    MOELORA_ASSERT_OK(living);
    EXPECT_EQ(entries_of(dir.path()), 5);
    const auto second = AtomicFolder::begin(dir / "second");
    MOELORA_ASSERT_OK(second);
    EXPECT_TRUE(fs::exists(living->temporary()));
    for (const std::string& name : others) EXPECT_TRUE(fs::exists(name)) << name;
}

TEST(AtomicFolder, ExistingTargetIsKeptUnlessReplaced) {
    const TempDir dir;
    make(dir / "out");
    const auto refused = AtomicFolder::begin(dir / "out");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::OutputExists);
    {
        auto abandoned = AtomicFolder::begin(dir / "out", true);
        MOELORA_ASSERT_OK(abandoned);
    }
    EXPECT_EQ(read_text(dir / "out/a.bin").value(), "abc");
    make(dir / "out", true, "new");
    EXPECT_EQ(read_text(dir / "out/a.bin").value(), "new");
    MOELORA_ASSERT_OK(verify_complete(dir / "out"));
    EXPECT_EQ(entries_of(dir.path()), 1);
}

TEST(AtomicFolder, TargetThatAppearsMeanwhileIsNotOverwritten) {
    const TempDir dir;
    auto folder = AtomicFolder::begin(dir / "out");
    MOELORA_ASSERT_OK(folder);
    fs::create_directory(dir / "out");
    put(dir / "out/mine", "x");
    const auto status = folder->commit();
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code, ErrorCode::OutputExists);
    EXPECT_EQ(read_text(dir / "out/mine").value(), "x");
}

TEST(AtomicFolder, CompleteFileCanBeLeftOut) {
    const TempDir dir;
    auto folder = AtomicFolder::begin(dir / "deep/er/out");
    MOELORA_ASSERT_OK(folder);
    put(folder->temporary() + "/a", "x");
    MOELORA_ASSERT_OK(folder->commit(false));
    EXPECT_TRUE(fs::exists(dir / "deep/er/out/a"));
    EXPECT_FALSE(fs::exists(dir / "deep/er/out/COMPLETE"));
}

struct Damage {
    const char* name;
    std::function<void(const std::string& folder)> apply;
    const char* why;  // what the message must say
};

class VerifyComplete : public testing::TestWithParam<Damage> {};

TEST_P(VerifyComplete, DamageIsFoundAndNamed) {
    const TempDir dir;
    make(dir / "out");
    GetParam().apply(dir / "out");
    const auto status = verify_complete(dir / "out");
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code, ErrorCode::CheckpointInvalid);
    EXPECT_THAT(message_of(status.error()), testing::HasSubstr(dir / "out"));
    EXPECT_THAT(message_of(status.error()), testing::HasSubstr(GetParam().why));
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, VerifyComplete,
    testing::Values(
        Damage{"FlippedByte", [](const std::string& f) { put(f + "/a.bin", "abd"); },
               "a.bin has another content"},
        Damage{"ShorterFile", [](const std::string& f) { put(f + "/a.bin", "ab"); },
               "a.bin has another size"},
        Damage{"MissingFile", [](const std::string& f) { fs::remove(f + "/sub/b.json"); },
               "sub/b.json is missing"},
        Damage{"ExtraFile", [](const std::string& f) { put(f + "/x", ""); },
               "x does not belong to it"},
        Damage{"NoCompleteFile", [](const std::string& f) { fs::remove(f + "/COMPLETE"); },
               "COMPLETE is missing"},
        Damage{"HalfCompleteFile",
               [](const std::string& f) { put(f + "/COMPLETE", "{\"version\":1,\"fi"); },
               "COMPLETE is missing or cannot be read"},
        Damage{"NameOutside",
               [](const std::string& f) {
                   put(f + "/../outside", "abc");
                   auto json = read_json(f + "/COMPLETE").value();
                   json["files"][0]["name"] = "../outside";
                   put(f + "/COMPLETE", json.dump());
               },
               "../outside is missing"}),
    [](const auto& test) { return test.param.name; });

TEST(VerifyCompleteFolder, WhatFileManagersLeaveBehindHarmsNothing) {
    const TempDir dir;
    make(dir / "out");
    for (const char* name : {"/.DS_Store", "/.directory", "/Thumbs.db", "/sub/desktop.ini"})
        put(dir / "out" + name, "view");
    EXPECT_TRUE(verify_complete(dir / "out"));
}

TEST(VerifyCompleteFolder, MissingFolderIsInvalid) {
    const TempDir dir;
    const auto status = verify_complete(dir / "none");
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code, ErrorCode::CheckpointInvalid);
}

}  // namespace
}  // namespace moelora
