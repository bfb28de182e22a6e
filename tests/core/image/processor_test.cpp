// SPDX-License-Identifier: GPL-3.0-or-later
#include <filesystem>
#include <fstream>

#include "tests/core/image/fixture.h"
#include "tests/support/bad_files.h"

namespace moelora {
namespace {

using Processor = test::ImageFixture;

ProcessorConfig config_of(const std::vector<double>& mean_std) {
    ProcessorConfig config;
    config.min_pixels = 1024;
    config.max_pixels = 4096;
    for (std::size_t i = 0; i < 3; ++i) {
        config.mean[i] = mean_std[i];
        config.std[i] = mean_std[i + 3];
    }
    return config;
}

TEST_F(Processor, Processor_PatchesEqualTransformersBitForBit) {
    int cases = 0, pillow = 0;
    for (; has("patch." + std::to_string(cases) + ".in"); ++cases) {
        const std::string name = "patch." + std::to_string(cases) + ".";
        const ProcessorConfig config = config_of(values<double>(name + "mean_std"));
        DataOptions data;
        const auto patches = make_patches(image(name + "in"), config, data);
        MOELORA_ASSERT_OK(patches);
        EXPECT_EQ((std::vector<std::int64_t>{patches->t, patches->h, patches->w}),
                  values<std::int64_t>(name + "grid"));
        EXPECT_EQ(patches->values, values<float>(name + "torchvision")) << name;
        EXPECT_EQ(patches->tokens, patches->rows / 4);
        if (!has(name + "pillow")) continue;
        data.resampler = Resampler::Pillow;
        const auto slow = make_patches(image(name + "in"), config, data);
        MOELORA_ASSERT_OK(slow);
        EXPECT_EQ(slow->values, values<float>(name + "pillow")) << name;
        ++pillow;
    }
    EXPECT_EQ(cases, 5);
    EXPECT_EQ(pillow, 2);
}

TEST_F(Processor, Processor_SmartResizeEqualsTransformersOnRandomSizes) {
    const auto rows = values<std::int64_t>("sizes");
    ASSERT_GT(rows.size(), 6u * 500);
    for (std::size_t i = 0; i < rows.size(); i += 6) {
        ProcessorConfig config;
        config.min_pixels = rows[i + 2];
        config.max_pixels = rows[i + 3];
        const auto size = smart_resize({rows[i + 1], rows[i]}, config);
        MOELORA_ASSERT_OK(size);
        EXPECT_EQ(size->height, rows[i + 4]) << rows[i] << " x " << rows[i + 1];
        EXPECT_EQ(size->width, rows[i + 5]) << rows[i] << " x " << rows[i + 1];
    }
}

TEST(SmartResize, SmartResize_VectorsOfTheReferenceAreEqual) {
    struct Row {
        std::int64_t h, w, out_h, out_w, tokens;
    };
    constexpr Row rows[] = {{280, 280, 288, 288, 81},        {720, 1280, 704, 1280, 880},
                            {240, 240, 256, 256, 64},        {256, 256, 256, 256, 64},
                            {255, 257, 256, 256, 64},        {100, 100, 256, 256, 64},
                            {16, 16, 256, 256, 64},          {48, 80, 224, 352, 77},
                            {1080, 1920, 1088, 1920, 2040},  {4096, 4096, 4096, 4096, 16384},
                            {5000, 7000, 3456, 4832, 16308}, {33, 1000, 64, 1440, 90},
                            {427, 640, 416, 640, 260},       {480, 640, 480, 640, 300},
                            {112, 112, 256, 256, 64}};
    for (const Row& row : rows) {
        const auto size = smart_resize({row.w, row.h}, {});
        MOELORA_ASSERT_OK(size);
        EXPECT_EQ(*size, (ImageSize{row.out_w, row.out_h})) << row.h << " x " << row.w;
        const auto plan = plan_patches({row.w, row.h}, {}, {});
        MOELORA_ASSERT_OK(plan);
        EXPECT_EQ(plan->tokens, row.tokens);
    }
}

TEST(SmartResize, SmartResize_SidesMayDifferByTwoHundred) {
    const auto allowed = smart_resize({200, 1}, {});
    MOELORA_ASSERT_OK(allowed);
    EXPECT_EQ(*allowed, (ImageSize{3648, 32}));
    const auto refused = smart_resize({201, 1}, {}, "long.png");
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().code, ErrorCode::ImageAspect);
    EXPECT_NE(message_of(refused.error()).find("long.png"), std::string::npos);
}

TEST(SmartResize, SmartResize_LimitsOfTheRunOverrideTheFile) {
    DataOptions data;
    data.max_pixels = 100 * 1024;
    EXPECT_LE(plan_patches({1000, 1000}, {}, data)->tokens, 100);
    data.max_pixels = 0;
    data.min_pixels = 512 * 512;
    EXPECT_EQ(plan_patches({32, 32}, {}, data)->tokens, 256);
    data.max_pixels = 1024;
    const auto refused = plan_patches({32, 32}, {}, data);
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().code, ErrorCode::OptionInvalid);
}

TEST(SmartResize, SmartResize_FirstResizeComesBeforeTheProcessors) {
    DataOptions data;
    data.resize = {280, 280};
    const RgbImage picture{30, 20, std::vector<std::uint8_t>(1800, 77)};
    const auto patches = make_patches(picture, {}, data);
    MOELORA_ASSERT_OK(patches);
    EXPECT_EQ(patches->tokens, 81);
    EXPECT_EQ(patches->rows, 324);
    EXPECT_EQ(patches->values.size(), 324u * 1536);
    for (const std::vector<std::int64_t>& wrong : {std::vector<std::int64_t>{280}, {0, 280}}) {
        data.resize = wrong;
        EXPECT_EQ(make_patches(picture, {}, data).error().code, ErrorCode::OptionInvalid);
    }
}

TEST(ProcessorFile, ProcessorFile_EveryRowOfTheManifestIsAnsweredAsItSays) {
    MOELORA_NEED_SHARED_DATA();
    const std::vector<Json> rows = test::bad_rows("config/preprocessor_");
    EXPECT_EQ(rows.size(), 10U);
    for (const Json& entry : rows) {
        const auto path = entry["path"].get<std::string>();
        test::TempDir model;
        std::filesystem::copy_file(test::bad_file(path), model / "preprocessor_config.json");
        const auto config =
            test::within_limits(entry, [&] { return load_processor_config(model.path()); });
        // A mismatch shows beside the model only (ok_qwen3_vl has 16, 2, 2).
        Status status = config ? check_processor(*config, 16, 2, 2, model.path())
                               : Status(tl::make_unexpected(config.error()));
        EXPECT_EQ(status.has_value(), entry["action"] == "accept") << path;
        if (status) continue;
        EXPECT_EQ(status.error().code, ErrorCode::ModelConfigInvalid) << path;
        const auto names = entry["expect"]["message_names"].get<std::string>();
        EXPECT_NE(message_of(status.error()).find(names), std::string::npos)
            << path << ": " << message_of(status.error());
    }
}

class ProcessorText : public testing::Test {
  protected:
    Result<ProcessorConfig> load(const Json& json, const char* name = "preprocessor_config.json") {
        std::ofstream(dir_ / name) << json.dump();
        return load_processor_config(dir_.path());
    }
    Json good_ = Json::parse(R"({"patch_size":16,"merge_size":2,"temporal_patch_size":2,
        "size":{"shortest_edge":1024,"longest_edge":16384},"image_mean":[0.5,0.5,0.5],
        "image_std":[0.5,0.5,0.5]})");
    test::TempDir dir_;
};

TEST_F(ProcessorText, ProcessorFile_LimitsAreReadFromEitherSpelling) {
    EXPECT_EQ(load(good_)->max_pixels, 16384);
    good_["max_pixels"] = 4096;
    EXPECT_EQ(load(good_)->max_pixels, 4096);
    good_.erase("size");
    good_["min_pixels"] = 2048;
    EXPECT_EQ(load(good_)->min_pixels, 2048);
}

TEST_F(ProcessorText, ProcessorFile_NewerLayoutIsRead) {
    const auto config = load({{"image_processor", good_}}, "processor_config.json");
    MOELORA_ASSERT_OK(config);
    EXPECT_EQ(config->min_pixels, 1024);
}

TEST_F(ProcessorText, ProcessorFile_WhatCannotBeFollowedIsNamed) {
    for (const auto& [field, value] :
         std::vector<std::pair<std::string, Json>>{{"patch_size", 0},
                                                   {"merge_size", 2.5},
                                                   {"image_std", {0.5, 0, 0.5}},
                                                   {"image_mean", {0.5, 0.5}},
                                                   {"do_normalize", false},
                                                   {"resample", 2},
                                                   {"rescale_factor", "x"},
                                                   {"size", 5},
                                                   {"max_pixels", -1}}) {
        Json bad = good_;
        bad[field] = value;
        const auto config = load(bad);
        ASSERT_FALSE(config.has_value()) << field;
        EXPECT_NE(message_of(config.error()).find(field), std::string::npos);
    }
    for (const char* field : {"patch_size", "size", "image_mean", "image_std"}) {
        Json bad = good_;
        bad.erase(field);
        EXPECT_FALSE(load(bad).has_value()) << field;
    }
    std::filesystem::remove(dir_ / "preprocessor_config.json");
    EXPECT_EQ(load_processor_config(dir_.path()).error().code, ErrorCode::ModelFileMissing);
}

}  // namespace
}  // namespace moelora
