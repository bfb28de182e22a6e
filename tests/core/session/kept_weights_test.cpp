// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/kept_weights.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

#include "core/model/qwen3vl.h"
#include "core/session/cache_files.h"
#include "tests/core/session/small_run.h"

namespace moelora {
namespace {

namespace fs = std::filesystem;

class KeptWeights : public ::testing::Test {
  protected:
    void SetUp() override {
        setenv("MOELORA_CACHE", (temp_ / "cache").c_str(), 1);
        fs::copy(test::source_path("resources/demo/model"), temp_ / "model");
    }
    void TearDown() override { unsetenv("MOELORA_CACHE"); }
    [[nodiscard]] WeightsSource kept(Quantization format = Quantization::Nf4Dq) {
        quantised_ = 0;
        return kept_weights(
            temp_ / "model", quant_options(format),
            [this](std::int64_t, std::int64_t) { ++quantised_; }, 1);
    }
    test::TempDir temp_;
    int quantised_ = 0;  // tensors, in the last call
};

at::Tensor logits_of(Qwen3VL& model) {
    const at::NoGradGuard frozen;
    return model.logits(model.forward({at::arange(1, 9).unsqueeze(0), {}, {}, {}}).states);
}

TEST_F(KeptWeights, OnlyTheFirstStartQuantisesAndTheModelIsTheSame) {
    const WeightsSource first = kept();
    EXPECT_GT(quantised_, 0);
    ASSERT_EQ(first.issues.size(), 1U);
    EXPECT_EQ(first.issues[0].error.code, ErrorCode::QuantizedKept);
    const WeightsSource second = kept();
    EXPECT_EQ(quantised_, 0);
    EXPECT_TRUE(second.issues.empty());
    EXPECT_EQ(second.folder, first.folder);

    const auto load = [](const std::string& folder, const QuantOptions& formats) {
        auto model = Qwen3VL::load(folder, ComputeDtype::Fp32, "cpu", {}, formats);
        if (!model) throw std::runtime_error(message_of(model.error()));
        return std::move(*model);
    };
    const auto direct = load(temp_ / "model", quant_options(Quantization::Nf4Dq));
    const auto copy = load(second.folder, second.formats);
    EXPECT_TRUE(at::equal(logits_of(*copy), logits_of(*direct)));
    EXPECT_EQ(copy->weight_bytes(), direct->weight_bytes());
    EXPECT_EQ(direct->mapped_bytes(), 0);
    std::int64_t codes = 0;
    for (const FrozenLinear* linear : copy->linears())
        codes += static_cast<std::int64_t>(linear->quantized->codes.nbytes());
    EXPECT_EQ(copy->mapped_bytes(), codes);
}

TEST_F(KeptWeights, ACopyBelongsToItsFilesAndItsFormat) {
    const std::string copy = kept().folder;
    EXPECT_NE(kept(Quantization::Int8).folder, copy);
    fs::last_write_time(
        temp_ / "model/model.safetensors",
        fs::last_write_time(temp_ / "model/model.safetensors") + std::chrono::seconds(1));
    EXPECT_NE(kept().folder, copy);
    EXPECT_GT(quantised_, 0);
}

TEST_F(KeptWeights, SmallModelsAndThoseThatStayAsTheyAreHaveNone) {
    for (const auto& [format, from] :
         {std::pair{Quantization::Nf4, kept_from_bytes}, {Quantization::None, std::int64_t{1}}})
        EXPECT_EQ(kept_weights(temp_ / "model", quant_options(format), {}, from).folder,
                  temp_ / "model");
    EXPECT_FALSE(fs::exists(quantized_cache_folder()));
}

TEST_F(KeptWeights, WithoutRoomTheModelIsLoadedAsBefore) {
    std::ofstream(temp_ / "model/other.safetensors");
    fs::resize_file(temp_ / "model/other.safetensors", std::uintmax_t{15} << 40);
    const WeightsSource source = kept();
    EXPECT_EQ(source.folder, temp_ / "model");
    ASSERT_EQ(source.issues.size(), 1U);
    EXPECT_EQ(source.issues[0].error.code, ErrorCode::SpaceNeeded);
}

TEST_F(KeptWeights, AreListedAndCleared) {
    const std::string copy = kept().folder;
    const auto files = list_cache();
    ASSERT_EQ(files.size(), 1U);
    EXPECT_EQ(files[0].path, copy);
    EXPECT_GT(files[0].bytes, std::int64_t{1} << 20);
    EXPECT_EQ(*clear_cache(), files[0].bytes);
    EXPECT_FALSE(fs::exists(copy));
}

}  // namespace
}  // namespace moelora
