// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/fingerprint.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

#include "core/io/files.h"
#include "core/model/config.h"
#include "core/session/cache_files.h"
#include "core/session/loaded_model.h"
#include "core/session/sample_list.h"
#include "tests/core/session/small_run.h"

namespace moelora {
namespace {

namespace fs = std::filesystem;

class Fingerprint : public ::testing::Test {
  protected:
    void SetUp() override {
        setenv("MOELORA_CACHE", (temp_ / "cache").c_str(), 1);
        for (const char* name : {"a", "b"})
            fs::copy(test::source_path("resources/demo/model"), temp_ / name);
    }
    void TearDown() override { unsetenv("MOELORA_CACHE"); }
    // Another value in the last weight: size and headers stay.
    void train(const std::string& folder) {
        std::fstream file(folder + "/model.safetensors",
                          std::ios::binary | std::ios::in | std::ios::out);
        file.seekg(-1, std::ios::end);
        const auto last = static_cast<char>(file.get());
        file.seekp(-1, std::ios::end);
        file.put(static_cast<char>(last ^ 1));
    }
    test::TempDir temp_;
};

TEST_F(Fingerprint, TellsTwoTrainingsOfOneModelApart) {
    const std::string before = WholeFingerprint(temp_ / "a").wait();
    EXPECT_EQ(before.size(), 64U);
    EXPECT_EQ(WholeFingerprint(temp_ / "b").wait(), before) << "a copy is the same model";
    train(temp_ / "b");
    EXPECT_EQ(*quick_fingerprint(temp_ / "a"), *quick_fingerprint(temp_ / "b"));
    EXPECT_NE(WholeFingerprint(temp_ / "b").wait(), before);
}

TEST_F(Fingerprint, IsKnownAtOnceFromTheCacheUntilAFileChanges) {
    const std::string first = WholeFingerprint(temp_ / "a").wait();
    EXPECT_EQ(WholeFingerprint(temp_ / "a").known(), first);
    EXPECT_TRUE(fs::exists(temp_ / "cache/fingerprints.json"));
    train(temp_ / "a");
    EXPECT_EQ(WholeFingerprint(temp_ / "a").known(), "") << "it is read again";
    EXPECT_NE(WholeFingerprint(temp_ / "a").wait(), first);
    for (const std::string& broken :
         {std::string("{broken"), "{\"" + std::string(5000, 'x') + "\": 1}"}) {
        ASSERT_TRUE(write_text_atomic(temp_ / "cache/fingerprints.json", broken));
        EXPECT_EQ(WholeFingerprint(temp_ / "b").wait(), first) << "a broken cache is no cache";
    }
    const std::string odd = temp_ / "\xff";
    fs::rename(temp_ / "b", odd);
    EXPECT_EQ(WholeFingerprint(odd).wait(), first) << "a name may hold any byte";
}

TEST_F(Fingerprint, CacheListsAndRemovesOnlyItsOwnFiles) {
    EXPECT_TRUE(list_cache().empty());
    (void)WholeFingerprint(temp_ / "a").wait();
    ASSERT_TRUE(write_text_atomic(temp_ / "cache/thesis.txt", "precious"));
    const auto files = list_cache();
    ASSERT_EQ(files.size(), 1U);
    EXPECT_EQ(files[0].name, "fingerprints.json");
    EXPECT_EQ(*clear_cache(), files[0].bytes);
    EXPECT_TRUE(list_cache().empty());
    EXPECT_TRUE(fs::exists(temp_ / "cache/thesis.txt"));
}

TEST_F(Fingerprint, WithoutFilesThereIsNone) {
    EXPECT_EQ(WholeFingerprint(temp_ / "nowhere").wait(), "");
    EXPECT_EQ(WholeFingerprint().wait(), "");
}

// A hole of 16 GiB takes no space, and seconds to read: far longer than the test waits.
TEST_F(Fingerprint, WaitingEndsWhenTheJobStopsAndReadingEndsWithTheLastCopy) {
    fs::resize_file(temp_ / "a/model.safetensors", std::uintmax_t{16} << 30);
    {
        const WholeFingerprint whole(temp_ / "a");
        int asked = 0;
        EXPECT_EQ(whole.wait([&] { return ++asked < 3; }), "");
        EXPECT_EQ(asked, 3);
        EXPECT_EQ(whole.known(), "");
    }
    EXPECT_FALSE(fs::exists(temp_ / "cache/fingerprints.json")) << "it was read to its end";
}

TEST_F(Fingerprint, AnAdapterOfAnotherTrainingOfTheBaseIsNamed) {
    train(temp_ / "b");
    LoadedModel loaded;
    loaded.fingerprint = *quick_fingerprint(temp_ / "b");
    loaded.whole = WholeFingerprint(temp_ / "b");
    AdapterCard card;
    card.base_fingerprint = *quick_fingerprint(temp_ / "a");
    card.base_sha256 = WholeFingerprint(temp_ / "a").wait();
    ASSERT_NE(loaded.whole.wait(), "");
    const auto issue = other_base(loaded, card, "folder");
    ASSERT_TRUE(issue.has_value());
    EXPECT_EQ(issue->error.code, ErrorCode::AdapterOtherBase);
    card.base_sha256 = loaded.whole.known();
    EXPECT_FALSE(other_base(loaded, card, "folder"));
    card.base_sha256.clear();  // written before it was known: the quick one decides
    EXPECT_FALSE(other_base(loaded, card, "folder"));
    card.base_fingerprint = "another";
    EXPECT_TRUE(other_base(loaded, card, "folder"));
}

TEST_F(Fingerprint, OfDataFollowsTextsAndNamesNotThePlaceOfTheFolder) {
    const auto of = [&](const std::string& caption, const char* folder) {
        fs::create_directories(temp_ / folder);
        EXPECT_TRUE(write_text_atomic((temp_ / folder) + "/data.jsonl",
                                      test::question_record("What?", caption).dump() + "\n"));
        DataOptions options;
        options.path = temp_ / folder;
        return data_fingerprint(*open_dataset(options));
    };
    EXPECT_EQ(of("A beach.", "x"), of("A beach.", "y"));
    EXPECT_NE(of("A beach.", "x"), of("A bench.", "y"));
}

// The list as version 1 of the format writes it.
class SampleListOfVersion1 : public ::testing::Test {
  protected:
    void SetUp() override {
        for (const char* name : {"a.webp", "b.webp"})
            fs::copy(test::source_path("resources/demo/held_out/images/0000.webp"), temp_ / name);
        write_list(R"({"fingerprint":"all","sample_types":[],"tasks":["t"],"version":1})"
                   "\n" +
                   line("1", "a", "015c49ba4b314dce") + line("2", "b", "ee08107cb960eea8"));
    }
    static std::string line(const std::string& id, const std::string& name,
                            const std::string& sum) {
        return R"({"id":")" + id + R"(","image_id":")" + name + R"(.webp","images":[")" + name +
               R"(.webp"],"part":0,"sum":")" + sum + R"(","task":""})" + "\n";
    }
    void write_list(const std::string& text) const {
        ASSERT_TRUE(write_text_atomic(temp_ / samples_file, text));
    }
    // What an import gives: samples whose pictures can be used.
    Dataset imported(const std::vector<std::pair<std::string, std::string>>& samples) const {
        Dataset out;
        out.root = temp_.path();
        for (const auto& [id, name] : samples) {
            DatasetSample sample;
            sample.id = id;
            sample.image_id = name;
            sample.set_caption(SharedText(temp_ / name), SharedText("q"), "x");
            out.samples.push_back(sample);
        }
        return out;
    }
    test::TempDir temp_;
};

TEST_F(SampleListOfVersion1, FillsInASampleWhosePictureIsGone) {
    fs::remove(temp_ / "a.webp");
    Dataset data = imported({{"2", "b.webp"}});
    EXPECT_EQ(restore_samples(temp_.path(), data), "all");
    ASSERT_EQ(data.samples.size(), 2U);
    EXPECT_EQ(data.samples[0].id, "1");
    EXPECT_EQ(data.tasks, std::vector<std::string>{"t"});
}

TEST_F(SampleListOfVersion1, InventsNoSampleWhosePictureIsThere) {
    Dataset data = imported({{"2", "b.webp"}});
    EXPECT_EQ(restore_samples(temp_.path(), data), "");
    EXPECT_EQ(data.samples.size(), 1U);
}

TEST_F(SampleListOfVersion1, IsThatOfOtherDataWithAnotherOrANewSample) {
    Dataset other = imported({{"1", "b.webp"}, {"2", "b.webp"}});
    EXPECT_EQ(restore_samples(temp_.path(), other), "");
    Dataset more = imported({{"1", "a.webp"}, {"2", "b.webp"}, {"3", "b.webp"}});
    EXPECT_EQ(restore_samples(temp_.path(), more), "");
}

TEST_F(SampleListOfVersion1, DamagedCountsAsNone) {
    write_list(R"({"fingerprint":"all","sample_types":[],"tasks":[],"version":1})"
               "\n"
               R"({"id":"1","ima)");
    Dataset data = imported({{"1", "a.webp"}, {"2", "b.webp"}});
    EXPECT_EQ(restore_samples(temp_.path(), data), "");
}

}  // namespace
}  // namespace moelora
