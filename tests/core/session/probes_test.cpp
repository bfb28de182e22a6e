// SPDX-License-Identifier: GPL-3.0-or-later
// Probes are chosen once; training, comparisons and exports ask the same ones.
#include "core/session/probes.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "tests/core/session/small_run.h"

namespace moelora {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using Names = std::vector<std::string>;

Names ids_of(const std::vector<CaptionSample>& samples) {
    Names out;
    for (const CaptionSample& sample : samples) out.push_back(sample.id);
    return out;
}

class Probes : public testing::Test {
  protected:
    void SetUp() override {
        DataOptions options;
        options.path = test::source_path("resources/demo/data/data.jsonl");
        auto opened = open_dataset(options);
        MOELORA_ASSERT_OK(opened);
        train_ = std::move(*opened);
        held_ = split_validation(train_, 4, 1);
    }
    Names chosen(const Names& names) const {
        const auto found = choose_probes(names, 4, train_, held_);
        EXPECT_TRUE(found) << message_of(found.error());
        return found ? ids_of(*found) : Names{};
    }
    Dataset train_, held_;
    test::TempDir temp_;
};

TEST_F(Probes, AreNamedByIdPictureOrFileInTheOrderGiven) {
    const CaptionSample learnt = caption_sample(train_.samples.front());
    const CaptionSample held = caption_sample(held_.samples.back());
    const fs::path picture = held.image;
    EXPECT_THAT(chosen({held.id, learnt.id}), ElementsAre(held.id, learnt.id)) << "of both parts";
    const Names of_file = chosen({picture.filename()});
    ASSERT_EQ(of_file.size(), 1U);
    EXPECT_EQ(chosen({picture.string()}), of_file);
    EXPECT_EQ(chosen({picture.stem()}), of_file);
    EXPECT_EQ(chosen({picture.parent_path().filename() / picture.filename()}), of_file);
    EXPECT_EQ(chosen({of_file.front(), picture.filename()}), of_file) << "each once";
}

TEST_F(Probes, WithoutNamesAreDifferentPicturesOfTheValidationPart) {
    const auto found = choose_probes({}, 3, train_, held_);
    MOELORA_ASSERT_OK(found);
    std::set<std::string> pictures, held;
    for (const CaptionSample& probe : *found) pictures.insert(probe.image);
    for (const DatasetSample& sample : held_.samples)
        sample.for_each_picture([&](const std::string& path) { held.insert(path); });
    EXPECT_EQ(pictures.size(), 3U);
    EXPECT_TRUE(std::includes(held.begin(), held.end(), pictures.begin(), pictures.end()));
}

TEST_F(Probes, ANameOfNothingIsRefusedWithNearMatches) {
    std::string wrong = fs::path(caption_sample(train_.samples.front()).image).filename();
    const std::string right = wrong;
    wrong.insert(1, "x");
    const auto refused = choose_probes({wrong}, 4, train_, held_);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::OptionInvalid);
    EXPECT_THAT(message_of(refused.error()), HasSubstr("data.probes cannot be " + wrong));
    EXPECT_THAT(message_of(refused.error()), HasSubstr("near matches: "));
    EXPECT_THAT(message_of(refused.error()), HasSubstr(right));
}

TEST_F(Probes, ComeBackFromTheirFileAndANewerFileIsRefused) {
    std::vector<CaptionSample> probes = {caption_sample(train_.samples.front())};
    probes.push_back({"t", {}, "Say it.", "task", {"one", "two"}, "9"});
    probes.back().messages = {{"user", {{"", "Say it."}}}};
    MOELORA_ASSERT_OK(write_probes(temp_.path(), probes));
    const auto again = read_probes(temp_.path());
    MOELORA_ASSERT_OK(again);
    EXPECT_EQ(*again, probes);
    probes.front().image = temp_ / "gone.png";
    MOELORA_ASSERT_OK(write_probes(temp_.path(), probes));
    EXPECT_THAT(ids_of(usable_probes(temp_.path())), ElementsAre("t"));
    EXPECT_TRUE(usable_probes({}).empty());
    probes.front().image = temp_ / "\xd6\xd0.png";
    MOELORA_ASSERT_OK(write_probes(temp_.path(), probes));
    EXPECT_TRUE(read_probes(temp_.path())) << "what it cannot name it does not fail for";

    MOELORA_ASSERT_OK(write_text_atomic(temp_ / "probes.json", R"({"version":2,"samples":[]})"));
    const auto newer = read_probes(temp_.path());
    ASSERT_FALSE(newer);
    EXPECT_THAT(message_of(newer.error()), HasSubstr("it has version 2, which a newer program"));
}

TEST_F(Probes, AreTheSameInTrainingComparisonAndExport) {
    Session session(temp_ / "runs");
    RunSpec spec = test::small_run(temp_ / "run");
    spec.options.train.max_steps = 2;
    const std::string picture =
        fs::path(caption_sample(train_.samples.back()).image).filename().string();
    spec.options.data.probes = {train_.samples[3].id, picture, train_.samples[40].id,
                                held_.samples[0].id};
    ASSERT_EQ(test::end_of(test::run_to_end(session, session.start(spec))), JobState::Finished);
    const auto kept = read_probes(temp_ / "run");
    MOELORA_ASSERT_OK(kept);
    const Names ids = ids_of(*kept);
    ASSERT_EQ(ids.size(), 4U);

    Names trained;
    EXPECT_TRUE(for_each_line(temp_ / "run/captions.jsonl", [&](auto, std::string_view line) {
        const auto id = Json::parse(line).at("sample").get<std::string>();
        if (std::find(trained.begin(), trained.end(), id) == trained.end()) trained.push_back(id);
        return true;
    }));
    EXPECT_EQ(trained, ids);

    CompareSpec compare;
    compare.model = spec.options.model.path;
    compare.adapter = temp_ / "run";
    compare.gate_samples = 0;
    compare.generate.max_new_tokens = 4;
    compare.device = {.name = "cpu", .threads = 1};
    Names compared;
    for (const Event& event : test::run_to_end(session, session.start(compare)))
        if (const auto* finished = std::get_if<ComparisonFinished>(&event)) {
            for (const ComparedSample& sample : finished->comparison.samples)
                compared.push_back(sample.sample.id);
            EXPECT_EQ(finished->comparison.provenance.data_path, temp_ / "run/probes.json");
        }
    EXPECT_EQ(compared, ids);

    ExportSpec wanted;
    wanted.adapter = temp_ / "run";
    wanted.format = "native";
    wanted.out = temp_ / "native";
    MOELORA_ASSERT_OK(session.export_adapter(wanted));
    const auto report = read_json(temp_ / "native/verification.json");
    MOELORA_ASSERT_OK(report);
    EXPECT_EQ(report->at("probe_ids").get<Names>(), ids);
}

}  // namespace
}  // namespace moelora
