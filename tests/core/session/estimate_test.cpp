// SPDX-License-Identifier: GPL-3.0-or-later
// The prediction beside counted bytes of two real updates, on the bundled model and data.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <tuple>

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

// What --measure does not see, and is told of beside it.
std::int64_t beside(const MemoryEstimate& e) {
    return part(e, "program") + part(e, "picture features");
}

class Estimate : public testing::TestWithParam<std::pair<const char*, Set>> {};

TEST_P(Estimate, PredictedPeakIsWithinTenPercentOfTheCountedOne) {
    const auto& [name, changes] = GetParam();
    const Session session("runs");
    const auto e = session.estimate({demo(changes), 0, true});
    MOELORA_ASSERT_OK(e);
    const std::int64_t program = beside(*e);
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
        std::pair{"packed", Set{{"train.batch_size", "1"},
                                {"train.gradient_accumulation", "8"},
                                {"train.pack_tokens", "400"}}},
        std::pair{"packed pairs", Set{{"train.batch_size", "2"},
                                      {"train.gradient_accumulation", "4"},
                                      {"train.pack_tokens", "1000"},
                                      {"adapter.targets", R"(["o_proj", "down_proj"])"}}},
        std::pair{"four bits", Set{{"model.quantization", "nf4-dq"}}},
        std::pair{"evicted", Set{{"device.evict_vision", "true"}, {"train.batch_size", "2"}}},
        std::pair{"vectors", Set{{"adapter.preset", "mov"}, {"train.batch_size", "8"}}},
        std::pair{"dora", Set{{"adapter.preset", "dora"}, {"adapter.num_experts", "1"}}}),
    in_one_word);

// No more layers than needed are computed again, and a budget that is no wish of the user's asks
// for none.
TEST(EstimateRecomputation, LayersAreComputedAgainAsTheBudgetAsks) {
    const Session session("runs");
    const auto none = session.estimate({demo({}), 0, false});
    const auto all = session.estimate({demo({{"train.gradient_checkpointing", "true"}}), 0, false});
    MOELORA_ASSERT_OK(none);
    MOELORA_ASSERT_OK(all);
    EXPECT_EQ(none->recomputed_layers, 0);
    EXPECT_EQ(all->recomputed_layers, 4);
    // Without what the program holds by itself, which grows in these tests.
    const auto own = [](const MemoryEstimate& e) {
        return e.predicted_peak_bytes - part(e, "program");
    };
    const std::int64_t most = own(*none), least = own(*all);
    std::int64_t before = 0;
    for (const double share : {1.0, 0.6, 0.3}) {
        const auto within = [&] {
            const auto now = session.estimate({demo({}), 0, false});
            const std::int64_t program = now ? part(*now, "program") : 0;
            const auto budget =
                least + static_cast<std::int64_t>(share * static_cast<double>(most - least)) +
                program + (1 << 20);
            auto found = session.estimate({demo({}), budget, true});
            const bool grew = found && part(*found, "program") > program + (1 << 20);
            return std::pair{std::move(found), grew};
        };
        auto [e, grew] = within();
        for (int again = 0; grew && again < 5; ++again) std::tie(e, grew) = within();
        MOELORA_ASSERT_OK(e);
        EXPECT_TRUE(e->fits) << share;
        EXPECT_GE(e->recomputed_layers, before) << share;
        before = e->recomputed_layers;
        const std::int64_t program = beside(*e);
        const auto predicted = static_cast<double>(e->predicted_peak_bytes - program);
        const auto measured = static_cast<double>(*e->measured_peak_bytes - program);
        EXPECT_LT(std::abs(predicted - measured), 0.1 * measured)
            << before << " layers: predicted " << predicted << ", counted " << measured;
    }
    EXPECT_GT(before, 0);
    EXPECT_LT(before, 4);
}

TEST(EstimateWeights, OfAFolderThatIsQuantisedAlreadyAreThoseOfItsFiles) {
    const test::TempDir temp;
    MOELORA_ASSERT_OK(Session("runs").quantize_model(
        {test::source_path("resources/demo/model"), temp / "nf4", Quantization::Nf4Dq}));
    RunOptions options = demo({});
    options.model.path = temp / "nf4";
    const auto e = Session("runs").estimate({options, 0, true});
    MOELORA_ASSERT_OK(e);
    const std::int64_t program = beside(*e);
    const auto predicted = static_cast<double>(e->predicted_peak_bytes - program);
    const auto measured = static_cast<double>(*e->measured_peak_bytes - program);
    EXPECT_LT(std::abs(predicted - measured), 0.1 * measured) << predicted << " " << measured;
    const auto whole = Session("runs").estimate({demo({}), 0, false});
    MOELORA_ASSERT_OK(whole);
    EXPECT_LT(part(*e, "weights"), part(*whole, "weights") / 2);
}

TEST(EstimateVision, ItsPartGrowsWithThePicturesAndThePartsSumToThePeak) {
    const auto with = [](const char* resize) {
        const auto found = Session("runs").estimate({demo({{"data.resize", resize}}), 0, false});
        EXPECT_TRUE(found.has_value());
        return found.value_or(MemoryEstimate{});
    };
    const MemoryEstimate small = with("[64, 64]"), large = with("[256, 256]");
    EXPECT_GT(part(small, "vision"), 0);
    EXPECT_GT(part(large, "vision"), part(small, "vision"));
    EXPECT_GT(part(large, "activations"), part(small, "activations"));
    EXPECT_EQ(part(large, "weights"), part(small, "weights"));
    std::int64_t sum = 0;
    for (const MemoryPart& one : large.parts) sum += one.bytes;
    EXPECT_EQ(sum, large.predicted_peak_bytes);
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
    const std::int64_t program = beside(*eight);
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

// So that the bar follows a key: the file is blank, and only its time could tell.
TEST(EstimateKeys, AnotherAdapterReadsNoDataAgainUnlessAFileOfThemChanged) {
    namespace fs = std::filesystem;
    const test::TempDir temp;
    const std::string folder = temp / "data";
    fs::copy(test::source_path("resources/demo/held_out"), folder, fs::copy_options::recursive);
    const std::string records = folder + "/data.jsonl";
    const auto time = fs::last_write_time(records);
    const Session session(temp / "runs");
    const auto estimate = [&](const char* rank, const char* batch = "8") {
        return session.estimate(
            {demo({{"data.path", records}, {"adapter.rank", rank}, {"train.batch_size", batch}}), 0,
             false});
    };
    const auto first = estimate("4");
    MOELORA_ASSERT_OK(first);
    const std::string blank(fs::file_size(records), '\n');
    std::ofstream(records, std::ios::binary | std::ios::in) << blank;  // in place
    fs::last_write_time(records, time);
    const auto second = estimate("8");
    MOELORA_ASSERT_OK(second);
    EXPECT_EQ(second->sample, first->sample);
    EXPECT_EQ(second->tokens, first->tokens);
    EXPECT_GT(part(*second, "optimizer"), part(*first, "optimizer"));
    fs::last_write_time(records, time + std::chrono::seconds(1));
    EXPECT_FALSE(estimate("8"));
}

TEST(EstimatePack, FourBitsPackWhatFitsAndOtherBasesPackWhatIsAskedFor) {
    const Session session("runs");
    const auto estimate = [&](Set set, std::int64_t budget = 0) {
        set.insert(set.begin(), {{"train.batch_size", "1"}, {"train.gradient_accumulation", "64"}});
        const auto found = session.estimate({demo(set), budget, false});
        EXPECT_TRUE(found.has_value());
        return found ? *found : MemoryEstimate{};
    };
    const auto plain = estimate({});
    EXPECT_EQ(plain.pack_tokens, 1);
    EXPECT_EQ(plain.samples, 1);
    const auto asked = estimate({{"train.pack_tokens", "300"}});
    EXPECT_EQ(asked.pack_tokens, 300);
    EXPECT_GT(asked.samples, 1);
    EXPECT_EQ(asked.rows, 1);
    EXPECT_LE(asked.tokens, 300);
    EXPECT_GT(asked.tokens, 300 - plain.tokens);
    EXPECT_GT(part(asked, "activations"), part(plain, "activations"));
    const Set four_bits{{"model.quantization", "nf4-dq"}};
    const auto chosen = estimate(four_bits);
    EXPECT_EQ(chosen.pack_tokens, 1024);
    EXPECT_GT(chosen.tokens, 512);
    // As many as fit into a budget, with a tenth in reserve.
    const auto less = estimate(four_bits, chosen.predicted_peak_bytes);
    EXPECT_LT(less.pack_tokens, 1024);
    EXPECT_TRUE(less.fits);
    EXPECT_EQ(estimate(four_bits, part(chosen, "weights")).pack_tokens, 1);
    EXPECT_EQ(estimate({{"model.quantization", "nf4-dq"}, {"train.pack_tokens", "1"}}).samples, 1);
    const auto tight =
        estimate({{"train.pack_tokens", "1000"}}, plain.predicted_peak_bytes + 1000000);
    EXPECT_FALSE(tight.fits);
    ASSERT_FALSE(tight.ladder.empty());
    EXPECT_EQ(tight.ladder[0].change, "train.pack_tokens=1");
}

TEST(EstimateFeatures, OfAllPicturesAreCountedUpToTheLimitWhileTheTowerIsFrozen) {
    const Session session("runs");
    const auto features = [&](const Set& set) {
        const auto found = session.estimate({demo(set), 0, false});
        EXPECT_TRUE(found.has_value());
        return found ? part(*found, "picture features") : -1;
    };
    const std::int64_t all = features({});
    EXPECT_GT(all, 100000);
    EXPECT_EQ(features({{"device.feature_cache", "50KB"}}), 50000);
    EXPECT_EQ(features({{"device.feature_cache", ""}}), 0);
    EXPECT_EQ(features({{"adapter.targets", R"(["attn.qkv", "q_proj"])"}}), 0);
}

TEST(EstimateFeatures, ATowerLeavesMemoryWhereItIsFrozenAndItsFeaturesHaveRoom) {
    const Session session("runs");
    const auto asked = [&](Set set) {
        set.emplace_back("device.evict_vision", "true");
        return session.estimate({demo(set), 0, false});
    };
    const auto why = [&](const Set& set) {
        const auto found = asked(set);
        return found ? std::string() : message_of(found.error());
    };
    const auto there = session.estimate({demo({}), 0, false}), gone = asked({});
    MOELORA_ASSERT_OK(there);
    MOELORA_ASSERT_OK(gone);
    EXPECT_LT(part(*gone, "vision"), part(*there, "vision") - (1 << 20));
    EXPECT_THAT(why({{"device.feature_cache", "50KB"}}), testing::HasSubstr("hold 0.05 MB"));
    EXPECT_EQ(why({{"device.feature_cache", "50KB"}, {"device.feature_cache_disk", "1GB"}}), "");
    EXPECT_THAT(why({{"adapter.targets", R"(["attn.qkv", "q_proj"])"}}),
                testing::HasSubstr("vision tower"));
    // It is proposed where it saves more than giving up the features would.
    const auto proposed = [&](const Set& set) {
        const auto tight = session.estimate({demo(set), 1, false});
        return tight &&
               std::any_of(tight->ladder.begin(), tight->ladder.end(), [](const MemoryChange& one) {
                   return one.change == "device.evict_vision=true";
               });
    };
    EXPECT_FALSE(proposed({}));
    EXPECT_TRUE(proposed({{"device.feature_cache", ""}, {"device.feature_cache_disk", "1GB"}}));
}

TEST(EstimateLadder, NamesWhatMakesItFit) {
    const Session session("runs");
    // Layers that are computed again anyhow; else they would be before anything else is asked for.
    const Set computed{{"device.feature_cache", ""}, {"train.gradient_checkpointing", "true"}};
    const auto whole = session.estimate({demo(computed), std::int64_t{1} << 40, false});
    MOELORA_ASSERT_OK(whole);
    EXPECT_TRUE(whole->fits);
    EXPECT_TRUE(whole->ladder.empty());
    EXPECT_FALSE(whole->measured_peak_bytes);
    const auto changed =
        session.estimate({demo({{"train.batch_size", "1"}, computed[0], computed[1]}), 0, false});
    MOELORA_ASSERT_OK(changed);
    const auto tight = session.estimate(
        {demo(computed), (whole->predicted_peak_bytes + changed->predicted_peak_bytes) / 2, false});
    MOELORA_ASSERT_OK(tight);
    EXPECT_FALSE(tight->fits);
    ASSERT_EQ(tight->ladder.size(), 1u);  // no more than is needed
    EXPECT_THAT(tight->ladder[0].change, testing::HasSubstr("train.batch_size=1"));
    EXPECT_LE(tight->ladder[0].peak_bytes, tight->budget_bytes);
    // What it says is what the configuration with the change is predicted to need.
    EXPECT_NEAR(static_cast<double>(changed->predicted_peak_bytes),
                static_cast<double>(tight->ladder[0].peak_bytes), 2e6);  // the program itself grows
    // Features of pictures go before anything is computed twice in a step.
    const auto kept = session.estimate({demo({{"train.batch_size", "1"}}), 1, false});
    MOELORA_ASSERT_OK(kept);
    ASSERT_FALSE(kept->ladder.empty());
    EXPECT_THAT(kept->ladder[0].change, testing::StartsWith("device.feature_cache="));
    EXPECT_EQ(kept->ladder[0].saves_bytes, part(*kept, "picture features"));
}

TEST(EstimateLadder, AtTheEndTheAdapterShrinksInRankThenExpertsThenTargets) {
    const Session session("runs");
    const auto e = session.estimate({demo({}), 1, false});  // nothing will do
    MOELORA_ASSERT_OK(e);
    std::vector<std::string> order;
    std::int64_t before = e->predicted_peak_bytes;
    for (const MemoryChange& change : e->ladder) {
        EXPECT_GT(change.saves_bytes, 0) << change.change;
        EXPECT_EQ(change.peak_bytes, before - change.saves_bytes) << change.change;
        before = change.peak_bytes;
        order.push_back(change.change.substr(0, change.change.find('=')));
    }
    const auto at = [&](const std::string& name) {
        return std::find(order.begin(), order.end(), name) - order.begin();
    };
    ASSERT_LT(at("adapter.targets"), std::ssize(order));
    EXPECT_LT(at("data.max_pixels"), at("adapter.rank"));
    EXPECT_LT(at("adapter.rank"), at("adapter.num_experts"));
    EXPECT_LT(at("adapter.num_experts"), at("adapter.targets"));
    // What is said last is what the changed configuration is predicted to need.
    const auto changed =
        session.estimate({demo({{"adapter.rank", "4"}, {"adapter.alpha", "8"}}), 0, false});
    const auto whole = session.estimate({demo({}), 0, false});
    MOELORA_ASSERT_OK(changed);
    MOELORA_ASSERT_OK(whole);
    EXPECT_LT(part(*changed, "adapter"), part(*whole, "adapter"));
}

}  // namespace
}  // namespace moelora
