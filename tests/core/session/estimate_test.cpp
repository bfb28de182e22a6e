// SPDX-License-Identifier: GPL-3.0-or-later
// The prediction beside counted bytes of two real updates, on the bundled model and data.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "core/session/session.h"
#include "tests/support/shared_data.h"

namespace moelora {
namespace {

using Set = std::vector<std::pair<std::string, std::string>>;

RunOptions demo(const Set& changes) {
    ConfigRequest request;
    request.config_path = test::source_path("resources/demo/train.json");
    request.overrides = changes;
    request.overrides.emplace_back("device.name", "cpu");
    request.overrides.emplace_back("device.threads", "1");
    const auto resolved = resolve_config(request);
    EXPECT_TRUE(resolved && resolved->usable());
    return resolved->options;
}

std::int64_t part(const MemoryEstimate& e, const std::string& name) {
    for (const MemoryPart& one : e.parts)
        if (one.name == name) return one.bytes;
    return 0;
}

class Estimate : public testing::TestWithParam<std::pair<const char*, Set>> {};

TEST_P(Estimate, PredictedPeakIsWithinTenPercentOfTheCountedOne) {
    const auto& [name, changes] = GetParam();
    const Session session("runs");
    const auto e = session.estimate({demo(changes), 0, true});
    MOELORA_ASSERT_OK(e);
    const std::int64_t program = part(*e, "program");
    const auto predicted = static_cast<double>(e->predicted_peak_bytes - program);
    const auto measured = static_cast<double>(*e->measured_peak_bytes - program);
    std::string parts;
    for (const MemoryPart& one : e->parts)
        parts += one.name + " " + std::to_string(one.bytes) + "  ";
    EXPECT_LT(std::abs(predicted - measured), 0.1 * measured)
        << "predicted " << predicted << ", counted " << measured << ": " << parts;
}

std::string in_one_word(const testing::TestParamInfo<Estimate::ParamType>& given) {
    std::string name = given.param.first;
    std::replace(name.begin(), name.end(), ' ', '_');
    return name;
}

INSTANTIATE_TEST_SUITE_P(
    Demo, Estimate,
    testing::Values(
        std::pair{"mixture", Set{}}, std::pair{"dropout", Set{{"adapter.dropout", "0.1"}}},
        std::pair{"checkpointing", Set{{"train.gradient_checkpointing", "true"}}},
        std::pair{"small batch", Set{{"train.batch_size", "2"}}},
        std::pair{"lora", Set{{"adapter.preset", "lora"}, {"adapter.num_experts", "1"}}},
        std::pair{"attention", Set{{"adapter.targets", R"(["q_proj", "v_proj"])"}}},
        std::pair{"last layer", Set{{"adapter.targets", R"(["layers.3.mlp.down_proj"])"}}},
        std::pair{"vision", Set{{"adapter.targets", R"(["attn.qkv", "q_proj"])"}}},
        std::pair{"four bits", Set{{"model.quantization", "nf4-dq"}}},
        std::pair{"vectors", Set{{"adapter.preset", "mov"}, {"train.batch_size", "8"}}},
        std::pair{"dora", Set{{"adapter.preset", "dora"}, {"adapter.num_experts", "1"}}}),
    in_one_word);

TEST(EstimateWeights, OfAFolderThatIsQuantisedAlreadyAreThoseOfItsFiles) {
    const test::TempDir temp;
    MOELORA_ASSERT_OK(Session("runs").quantize_model(
        {test::source_path("resources/demo/model"), temp / "nf4", Quantization::Nf4Dq}));
    RunOptions options = demo({});
    options.model.path = temp / "nf4";
    const auto e = Session("runs").estimate({options, 0, true});
    MOELORA_ASSERT_OK(e);
    const std::int64_t program = part(*e, "program");
    const auto predicted = static_cast<double>(e->predicted_peak_bytes - program);
    const auto measured = static_cast<double>(*e->measured_peak_bytes - program);
    EXPECT_LT(std::abs(predicted - measured), 0.1 * measured) << predicted << " " << measured;
    const auto whole = Session("runs").estimate({demo({}), 0, false});
    MOELORA_ASSERT_OK(whole);
    EXPECT_LT(part(*e, "weights"), part(*whole, "weights") / 2);
}

TEST(EstimateOptimizer, MomentsIn8BitsAreAQuarterWhereATensorIsLargeEnough) {
    const Session session("runs");
    const Set large = {{"adapter.rank", "32"}};
    Set small = large;
    small.emplace_back("train.optimizer", "adamw8bit");
    const auto full = session.estimate({demo(large), 0, false});
    const auto eight = session.estimate({demo(small), 0, true});
    MOELORA_ASSERT_OK(full);
    MOELORA_ASSERT_OK(eight);
    const auto share = static_cast<double>(part(*eight, "optimizer")) /
                       static_cast<double>(part(*full, "optimizer"));
    EXPECT_GT(share, 0.25);
    EXPECT_LT(share, 0.28);
    const std::int64_t program = part(*eight, "program");
    const auto predicted = static_cast<double>(eight->predicted_peak_bytes - program);
    const auto measured = static_cast<double>(*eight->measured_peak_bytes - program);
    EXPECT_LT(std::abs(predicted - measured), 0.1 * measured);
}

TEST(EstimateFormats, EachIsWhatAnEstimateWithItPredicts) {
    const Session session("runs");
    const auto all = session.estimate({demo({}), 0, false});
    MOELORA_ASSERT_OK(all);
    ASSERT_EQ(all->by_quantization.size(), std::size(EnumNames<Quantization>::table));
    for (const QuantizedPeak& one : all->by_quantization) {
        const std::string name(name_of_enum(one.quantization));
        const auto alone = session.estimate({demo({{"model.quantization", name}}), 0, false});
        MOELORA_ASSERT_OK(alone);
        EXPECT_EQ(one.peak_bytes - part(*all, "program"),
                  alone->predicted_peak_bytes - part(*alone, "program"))
            << name;
    }
    EXPECT_EQ(all->by_quantization[0].peak_bytes, all->predicted_peak_bytes);
}

TEST(EstimateLadder, NamesWhatMakesItFit) {
    const Session session("runs");
    const auto whole = session.estimate({demo({}), std::int64_t{1} << 40, false});
    MOELORA_ASSERT_OK(whole);
    EXPECT_TRUE(whole->fits);
    EXPECT_TRUE(whole->ladder.empty());
    EXPECT_FALSE(whole->measured_peak_bytes);
    const auto tight = session.estimate({demo({}), whole->predicted_peak_bytes * 3 / 4, false});
    MOELORA_ASSERT_OK(tight);
    EXPECT_FALSE(tight->fits);
    ASSERT_EQ(tight->ladder.size(), 1u);  // no more than is needed
    EXPECT_THAT(tight->ladder[0].change, testing::HasSubstr("train.batch_size=1"));
    EXPECT_LE(tight->ladder[0].peak_bytes, tight->budget_bytes);
    // What it says is what the configuration with the change is predicted to need.
    const auto changed = session.estimate({demo({{"train.batch_size", "1"}}), 0, false});
    MOELORA_ASSERT_OK(changed);
    EXPECT_NEAR(static_cast<double>(changed->predicted_peak_bytes),
                static_cast<double>(tight->ladder[0].peak_bytes), 2e6);  // the program itself grows
}

}  // namespace
}  // namespace moelora
