// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/adapter/plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "core/options/presets.h"
#include "tests/support/shared_data.h"

namespace moelora {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const std::vector<std::string> attention{"q_proj", "k_proj", "v_proj", "o_proj"};
const std::vector<std::string> all_seven{"q_proj",    "k_proj",  "v_proj",   "o_proj",
                                         "gate_proj", "up_proj", "down_proj"};

struct Widths {
    std::int64_t hidden, heads, kv_heads, inner, layers, vision = 1024, blocks = 24,
                                                         vision_inner = 4096;
};
const Widths llama{4096, 32, 32, 11008, 32};
const Widths qwen2b{2048, 16, 8, 6144, 28};
const Widths qwen4b{2560, 32, 8, 9728, 36};
const Widths qwen8b{4096, 32, 8, 12288, 36, 1152, 27, 4304};

std::vector<LinearShape> linears(const Widths& w) {
    ModelConfig config;
    config.text.hidden_size = w.hidden;
    config.text.num_heads = w.heads;
    config.text.num_kv_heads = w.kv_heads;
    config.text.head_dim = 128;
    config.text.intermediate_size = w.inner;
    config.text.num_layers = w.layers;
    config.vision.depth = w.blocks;
    config.vision.hidden_size = w.vision;
    config.vision.intermediate_size = w.vision_inner;
    config.vision.out_hidden_size = w.hidden;
    config.vision.deepstack = {5, 11, 17};
    return linear_shapes(config);
}

AdapterOptions lora(std::vector<std::string> targets, std::int64_t rank) {
    AdapterOptions o;
    o.targets = std::move(targets);
    o.num_experts = 1;
    o.rank = rank;
    o.router = RouterKind::None;
    o.gate = GateKind::None;
    return o;
}

AdapterOptions recipe(bool bias) {
    AdapterOptions o;
    o.targets = attention;
    o.num_experts = 2;
    o.gate = GateKind::TopK;
    o.top_k = 1;
    o.router_bias = bias;
    return o;
}

std::int64_t count(const Widths& widths, const AdapterOptions& options) {
    const auto sites = expand_sites(linears(widths), options);
    EXPECT_TRUE(sites.has_value()) << message_of(sites.error());
    return plan_of(*sites, options).total;
}

std::string refusal(const Widths& widths, const AdapterOptions& options) {
    const auto sites = expand_sites(linears(widths), options);
    return sites ? "accepted" : message_of(sites.error()) + " " + hint_of(sites.error());
}

// adapters.md 18.4
TEST(Plan, PlainLoraCountsAreThePublishedOnes) {
    const struct {
        std::vector<std::string> targets;
        std::int64_t rank, llama_7b, qwen_2b, qwen_4b, qwen_8b;
    } rows[] = {{attention, 8, 8388608, 3211264, 5898240, 7667712},
                {{"q_proj", "k_proj", "v_proj"}, 8, 6291456, 2293760, 3981312, 5308416},
                {all_seven, 8, 19988480, 8716288, 16515072, 21823488},
                {all_seven, 64, 159907840, 69730304, 132120576, 174587904}};
    for (const auto& row : rows) {
        const AdapterOptions o = lora(row.targets, row.rank);
        EXPECT_EQ(count(llama, o), row.llama_7b);
        EXPECT_EQ(count(qwen2b, o), row.qwen_2b);
        EXPECT_EQ(count(qwen4b, o), row.qwen_4b);
        EXPECT_EQ(count(qwen8b, o), row.qwen_8b);
    }
}

TEST(Plan, RecipeCountsAreTheGoldenOnes) {
    EXPECT_EQ(count(llama, recipe(false)), 17825792);
    EXPECT_EQ(count(qwen2b, recipe(false)), 6881280);
    EXPECT_EQ(count(qwen4b, recipe(false)), 12644352);
    EXPECT_EQ(count(qwen8b, recipe(false)), 16515072);
    EXPECT_EQ(count(llama, recipe(true)), 17826048);
    EXPECT_EQ(count(qwen2b, recipe(true)), 6881504);
    EXPECT_EQ(count(qwen4b, recipe(true)), 12644640);
    EXPECT_EQ(count(qwen8b, recipe(true)), 16515360);
}

TEST(Plan, PresetsOfTheRecipeGiveTheGoldenCounts) {
    const auto of = [](const char* name, Flavour flavour) {
        RunOptions run;
        run.adapter.preset = name;
        run.adapter.flavour = flavour;
        EXPECT_TRUE(apply_preset(run).has_value());
        return count(qwen4b, run.adapter);
    };
    EXPECT_EQ(of("qwen3vl-moe-lora", Flavour::AsRun), 5898240);
    EXPECT_EQ(of("qwen3vl-moe-lora", Flavour::AsWritten), 12644640);
    EXPECT_EQ(of("qwen3vl-moe-lora", Flavour::Intended), 12644352);
}

// adapters.md 18.4, from the presets with their published sizes.
TEST(Plan, SystemsGiveTheGoldenCounts) {
    struct Row {
        const char* name;
        Flavour flavour;
        std::function<void(AdapterOptions&)> set;
        std::int64_t llama_7b, qwen_2b, qwen_4b, qwen_8b;
    };
    const auto experts = [](std::int64_t count) {
        return [count](AdapterOptions& o) { o.num_experts = count; };
    };
    const auto tasks = [](AdapterOptions& o) { o.num_tasks = 16; };
    const auto rectangle = [](AdapterOptions& o) { o.allocation = {8, 8, 8, 8}; };
    const auto nothing = [](AdapterOptions&) {};
    const auto four = [](AdapterOptions& o) { o.targets = attention; };
    const auto every_linear = [](AdapterOptions& o) {
        o.targets = all_seven;
        o.input_targets = {"gate_proj", "up_proj", "down_proj"};
    };
    const Row rows[] = {
        {"moelora", Flavour::Global, tasks, 39978560, 17434176, 33031744, 43648576},
        {"moelora", Flavour::PerSite, tasks, 40335360, 17746176, 33433344, 44050176},
        {"loramoe", Flavour::Code, nothing, 51314688, 24313856, 46743552, 62521344},
        {"loramoe", Flavour::Default, nothing, 38486016, 18235392, 35057664, 46891008},
        {"mola", Flavour::InvertedTriangle, nothing, 105635840, 46161920, 87367680, 115752960},
        {"mola", Flavour::Triangle, nothing, 105635840, 46161920, 87367680, 115752960},
        {"mola", Flavour::Rectangle, nothing, 105635840, 46161920, 87367680, 115752960},
        {"mola", Flavour::Rectangle, rectangle, 169017344, 73859072, 139788288, 185204736},
        {"molora", Flavour::Default, nothing, 90685440, 38993920, 73543680, 97320960},
        {"dora", Flavour::Default, four, 8912896, 3383296, 6211584, 8036352},
        {"ia3", Flavour::Default, nothing, 614400, 229376, 423936, 516096},
        {"ia3", Flavour::Default, every_linear, 1138688, 458752, 847872, 1105920},
        {"mov", Flavour::Code, experts(10), 9748480, 4085760, 7833600, 9676800},
        {"mixlora", Flavour::Default, nothing, 203423744, 94961664, 182403072, 243007488},
        {"mixlora", Flavour::Dynamic, nothing, 203423744, 94961664, 182403072, 243007488},
        {"hydralora", Flavour::Default, nothing, 18284544, 8716288, 16957440, 22413312},
        {"adamole", Flavour::Default, nothing, 38273152, 14909552, 27408528, 35979408},
        {"goat", Flavour::Default, nothing, 29097984, 12845056, 24182784, 32440320},
        {"lime", Flavour::Default, nothing, 4718720, 1663088, 3041424, 3760272}};
    for (const Row& row : rows) {
        SCOPED_TRACE(row.name + std::string(" ") + std::string(name_of_enum(row.flavour)));
        RunOptions run;
        run.adapter.preset = row.name;
        run.adapter.flavour = row.flavour;
        ASSERT_TRUE(apply_preset(run).has_value());
        row.set(run.adapter);
        EXPECT_EQ(count(llama, run.adapter), row.llama_7b);
        EXPECT_EQ(count(qwen2b, run.adapter), row.qwen_2b);
        EXPECT_EQ(count(qwen4b, run.adapter), row.qwen_4b);
        EXPECT_EQ(count(qwen8b, run.adapter), row.qwen_8b);
    }
}

TEST(Plan, EveryTargetThatMatchesNothingIsNamed) {
    AdapterOptions options;
    options.targets = {"q_porj", "q_proj", "visual_x"};
    const auto sites = expand_sites(linears(qwen2b), options);
    ASSERT_FALSE(sites.has_value());
    EXPECT_EQ(sites.error().code, ErrorCode::TargetUnmatched);
    EXPECT_EQ(sites.error().arg("pattern"), "q_porj, visual_x");
    EXPECT_THAT(std::string(sites.error().arg("nearest")), HasSubstr("q_proj"));
}

TEST(Plan, AllocationIsSpreadOverAnyNumberOfLayers) {  // adapters.md 10.2
    const auto sizes = [](std::int64_t layers) {
        std::vector<std::int64_t> out(4);
        for (const std::int64_t group : spread_over_layers({0, 1, 2, 3}, layers))
            ++out[static_cast<std::size_t>(group)];
        return out;
    };
    EXPECT_THAT(sizes(27), ElementsAre(6, 7, 7, 7));
    EXPECT_THAT(sizes(28), ElementsAre(7, 7, 7, 7));
    EXPECT_THAT(sizes(32), ElementsAre(8, 8, 8, 8));
    EXPECT_THAT(sizes(36), ElementsAre(9, 9, 9, 9));
    EXPECT_THAT(sizes(2), ElementsAre(0, 0, 1, 1));
}

TEST(Plan, LayersWithFewExpertsUseThemAll) {
    AdapterOptions o = recipe(false);
    o.allocation = {1, 2, 4, 8};
    o.top_k = 4;
    const auto sites = expand_sites(linears(qwen2b), o);
    MOELORA_ASSERT_OK(sites);
    EXPECT_FALSE(sites->front().routed);
    EXPECT_EQ((*sites)[7 * 4].top_k, 2);
    EXPECT_EQ(sites->back().top_k, 4);
    o.top_k = 9;
    EXPECT_THAT(refusal(qwen2b, o), HasSubstr("8 experts"));
}

TEST(Plan, AxesThatDoNotFitTogetherAreRefusedWithTheReason) {
    const auto with = [](auto&& set) {
        AdapterOptions o = recipe(false);
        set(o);
        return refusal(qwen2b, o);
    };
    EXPECT_THAT(with([](AdapterOptions& o) { o.router = RouterKind::PerHead; }),
                HasSubstr("scaling vectors"));
    EXPECT_THAT(with([](AdapterOptions& o) {
                    o.balance = BalanceKind::Localized;
                    o.num_experts = 3;
                }),
                HasSubstr("two halves"));
    EXPECT_THAT(with([](AdapterOptions& o) {
                    o.router = RouterKind::Task;
                    o.router_scope = RouterScope::Global;
                    o.allocation = {2, 4};
                }),
                HasSubstr("same number of experts"));
    EXPECT_THAT(with([](AdapterOptions& o) {
                    o.bank = BankKind::Vector;
                    o.router = RouterKind::PerHead;
                    o.balance = BalanceKind::Switch;
                }),
                HasSubstr("routed apart"));
    EXPECT_THAT(with([](AdapterOptions& o) {
                    o.balance = BalanceKind::Switch;
                    o.balance_reduce = BalanceReduce::PerLayerConcat;
                    o.site_axes = {"layers.3.*.q_proj: experts=2"};
                    o.num_experts = 4;
                }),
                HasSubstr("the sites of layer 3 differ in their number of experts"));
    EXPECT_THAT(with([](AdapterOptions& o) {
                    o.balance = BalanceKind::Switch;
                    o.balance_reduce = BalanceReduce::GlobalConcat;
                    o.allocation = {2, 4};
                }),
                HasSubstr("the layers differ in their number of experts"));
    EXPECT_THAT(with([](AdapterOptions& o) {
                    o.router = RouterKind::Instance;
                    o.targets = {"q_proj", "attn.qkv"};
                }),
                HasSubstr("the vision tower's model.visual.blocks.0.attn.qkv does not see"));
    EXPECT_THAT(with([](AdapterOptions& o) {
                    o.bank = BankKind::Modulation;
                    o.router = RouterKind::ZeroParam;
                    o.targets = {"k_proj"};
                    o.num_experts = 1025;
                }),
                HasSubstr("has only 1024 channels"));
}

TEST(Plan, ABlockOfExpertsIsWholeOrRefused) {
    RunOptions run;
    run.adapter.preset = "mixlora";
    ASSERT_TRUE(apply_preset(run).has_value());
    const auto sites = expand_sites(linears(qwen2b), run.adapter);
    MOELORA_ASSERT_OK(sites);
    std::int64_t blocks = 0, routers = 0;
    for (const SiteSpec& site : *sites) {
        const bool part = site.shape.module == "gate_proj" || site.shape.module == "up_proj" ||
                          site.shape.module == "down_proj";
        EXPECT_EQ(site.in_block, part) << site.shape.path;
        blocks += leads_block(site) ? 1 : 0;
        routers += site.has_router_weight() ? 1 : 0;
        EXPECT_EQ(site.experts, part ? 8 : 1) << site.shape.path;
    }
    EXPECT_EQ(blocks, 28);
    EXPECT_EQ(routers, 28);
    run.adapter.targets = {"gate_proj", "down_proj"};
    EXPECT_THAT(refusal(qwen2b, run.adapter), HasSubstr("gate_proj, up_proj and down_proj"));
    run.adapter.targets = {"q_proj", "v_proj"};
    EXPECT_THAT(refusal(qwen2b, run.adapter), HasSubstr("no feed-forward block"));
    run.adapter.targets = {"gate_proj", "up_proj", "down_proj"};
    run.adapter.site_axes = {"up_proj: experts=4"};
    EXPECT_THAT(refusal(qwen2b, run.adapter), HasSubstr("differ in their experts"));
}

TEST(Plan, VisionCountsAreTheGoldenOnes) {
    const AdapterOptions tower = lora({"attn.qkv", "attn.proj"}, 8);
    EXPECT_EQ(count(qwen2b, tower), 1179648);
    EXPECT_EQ(count(qwen4b, tower), 1179648);
    EXPECT_EQ(count(qwen8b, tower), 1492992);
    const AdapterOptions mergers = lora({"merger.linear_fc*", "deepstack_merger_list.*"}, 8);
    EXPECT_EQ(count(qwen2b, mergers), 458752);
    EXPECT_EQ(count(qwen4b, mergers), 475136);
    EXPECT_EQ(count(qwen8b, mergers), 573440);
}

TEST(Plan, ExpertCountsPerLayerGiveThePublishedCount) {
    AdapterOptions o = lora(all_seven, 8);
    o.router = RouterKind::Token;
    o.gate = GateKind::TopK;
    o.top_k = 2;
    o.num_experts = 5;
    EXPECT_EQ(count(llama, o), 105635840);
    o.layer_experts.clear();
    for (const std::int64_t experts : {2, 4, 6, 8})
        o.layer_experts.insert(o.layer_experts.end(), 8, experts);
    EXPECT_EQ(count(llama, o), 105635840);
    o.layer_experts.assign(32, 8);
    EXPECT_EQ(count(llama, o), 169017344);
}

TEST(Plan, PatternsMatchWholeTails) {
    const std::string path = "model.visual.blocks.0.attn.qkv";
    EXPECT_TRUE(matches(path, "qkv"));
    EXPECT_TRUE(matches(path, "attn.qkv"));
    EXPECT_TRUE(matches(path, path));
    EXPECT_TRUE(matches(path, "blocks.*.qkv"));
    EXPECT_TRUE(matches(path, "*"));
    EXPECT_TRUE(matches(path, "blocks.0.*"));
    EXPECT_FALSE(matches(path, "kv"));
    EXPECT_FALSE(matches(path, "attn"));
    EXPECT_FALSE(matches(path, "blocks.1.*"));
    EXPECT_FALSE(matches(path, "ocks.0.attn.qkv"));
    EXPECT_FALSE(matches(path, ""));
    EXPECT_TRUE(matches("model.language_model.layers.11.mlp.up_proj", "layers.1*.mlp.*"));
    EXPECT_FALSE(matches("model.language_model.layers.11.mlp.up_proj", "layers.1.mlp.*"));
}

TEST(Plan, PatternWithoutMatchNamesNearOnes) {
    // The published list: one missing comma, two modules that do not exist.
    EXPECT_THAT(
        refusal(qwen4b, lora({"q_proj", "visual_q_proj"}, 8)),
        testing::AllOf(HasSubstr("visual_q_proj"), HasSubstr("Near matches"), HasSubstr("q_proj")));
    EXPECT_THAT(refusal(qwen4b, lora({"gate_prj"}, 8)), HasSubstr("gate_proj"));
    EXPECT_THAT(refusal(qwen4b, lora({}, 8)), HasSubstr("at least one"));
}

TEST(Plan, SitesAreInForwardOrderAndStandOnce) {
    const auto sites = expand_sites(linears(qwen2b), lora({"layers.0.*", "v_proj", "q_proj"}, 8));
    MOELORA_ASSERT_OK(sites);
    EXPECT_EQ(sites->size(), 7u + 27 * 2);
    EXPECT_EQ((*sites)[0].shape.module, "q_proj");
    EXPECT_EQ((*sites)[1].shape.module, "k_proj");
    EXPECT_EQ((*sites)[7].shape.path, "model.language_model.layers.1.self_attn.q_proj");
}

TEST(Plan, ListsPerLayerReachTextLayersOnly) {
    AdapterOptions o = recipe(false);
    o.targets = {"q_proj", "attn.qkv"};
    o.layer_experts.assign(28, 2);
    o.layer_experts[1] = 1;
    o.layer_experts[2] = 3;
    o.layer_ranks.assign(28, 4);
    o.layer_ranks[2] = 6;
    o.num_experts = 2;
    const auto sites = expand_sites(linears(qwen2b), o);
    MOELORA_ASSERT_OK(sites);
    EXPECT_FALSE((*sites)[1].routed) << "one expert has no router";
    EXPECT_EQ((*sites)[1].top_k, 0);
    EXPECT_EQ((*sites)[2].experts, 3);
    EXPECT_THAT((*sites)[2].ranks, ElementsAre(6, 6, 6));
    EXPECT_THAT((*sites)[2].scales, ElementsAre(16.0 / 6, 16.0 / 6, 16.0 / 6));
    EXPECT_EQ((*sites)[28].shape.module, "qkv");
    EXPECT_THAT((*sites)[28].ranks, ElementsAre(8, 8));
    o.layer_ranks.pop_back();
    EXPECT_THAT(refusal(qwen2b, o), HasSubstr("28 text layers"));
}

TEST(Plan, SingleSitesHaveAxesOfTheirOwn) {
    AdapterOptions o = recipe(false);
    o.targets = {"q_proj", "down_proj", "attn.qkv"};
    o.site_axes = {"down_proj: rank=4, experts=3, top_k=2, alpha=8", "attn.qkv:experts=1",
                   "layers.1.mlp.down_proj : rank = 2"};
    const auto sites = expand_sites(linears(qwen2b), o);
    MOELORA_ASSERT_OK(sites);
    const auto site = [&](const std::string& path) {
        for (const SiteSpec& s : *sites)
            if (s.shape.path == path) return s;
        ADD_FAILURE() << path;
        return SiteSpec{};
    };
    const std::string layers = "model.language_model.layers.";
    EXPECT_THAT(site(layers + "0.self_attn.q_proj").ranks, ElementsAre(8, 8)) << "as everywhere";
    EXPECT_THAT(site(layers + "0.mlp.down_proj").ranks, ElementsAre(4, 4, 4));
    EXPECT_THAT(site(layers + "0.mlp.down_proj").scales, ElementsAre(2, 2, 2));
    EXPECT_EQ(site(layers + "0.mlp.down_proj").top_k, 2);
    EXPECT_THAT(site(layers + "1.mlp.down_proj").ranks, ElementsAre(2, 2, 2)) << "the later entry";
    EXPECT_THAT(site(layers + "1.mlp.down_proj").scales, ElementsAre(4, 4, 4));
    EXPECT_FALSE(site("model.visual.blocks.0.attn.qkv").routed);
    EXPECT_EQ(plan_of(*sites, o).total, [&] {
        std::int64_t total = 0;
        for (const SiteSpec& s : *sites) total += s.parameters();
        return total;
    }());
}

TEST(Plan, AxesOfSingleSitesThatMeanNothingAreRefused) {
    const std::pair<const char*, const char*> wrong[] = {
        {"down_proj: rank=4", "down_proj"},  // is no target
        {"q_proj", "PATTERN: rank=4"},       {": rank=4", "PATTERN: rank=4"},
        {"q_proj: rank", "needs a value"},   {"q_proj: rank=0", "from 1 to 1024"},
        {"q_proj: rank=4x", "from 1 to"},    {"q_proj: experts=65", "from 1 to 64"},
        {"q_proj: alpha=-1", "above 0"},     {"q_proj: ranks=4", "there is no ranks"},
        {"q_proj: rank=4,", "needs a value"}};
    for (const auto& [entry, why] : wrong) {
        AdapterOptions o = recipe(false);
        o.site_axes = {entry};
        o.targets = {"q_proj"};
        EXPECT_THAT(refusal(qwen2b, o), HasSubstr(why)) << entry;
    }
    AdapterOptions o = recipe(false);
    o.gate = GateKind::Softmax;
    o.site_axes = {"q_proj: top_k=1"};
    EXPECT_THAT(refusal(qwen2b, o), HasSubstr("gate topk"));
}

TEST(Plan, ScaleAndRankRules) {
    AdapterOptions o = recipe(false);
    const auto scale = [&](ScaleRule rule) {
        o.scale_rule = rule;
        return (*expand_sites(linears(qwen2b), o))[0].scales[1];
    };
    EXPECT_EQ(scale(ScaleRule::AlphaOverRank), 2.0);
    EXPECT_EQ(scale(ScaleRule::AlphaOverTotalRank), 1.0);
    EXPECT_NEAR(scale(ScaleRule::AlphaOverSqrtRank), 5.656854249492, 1e-12);
    o.scale = 0.25;
    EXPECT_EQ(scale(ScaleRule::Fixed), 0.25);
    o.rank_rule = RankRule::Total;
    EXPECT_EQ(scale(ScaleRule::AlphaOverRank), 4.0);
    EXPECT_EQ(scale(ScaleRule::AlphaOverTotalRank), 2.0);
    o.rank = 7;
    EXPECT_THAT(refusal(qwen2b, o), HasSubstr("divisible"));
}

TEST(Plan, ImpossibleAxesAreRefused) {
    AdapterOptions o = recipe(false);
    o.top_k = 3;
    EXPECT_THAT(refusal(qwen2b, o), HasSubstr("adapter.top_k"));
    o = recipe(false);
    o.router = RouterKind::None;
    EXPECT_THAT(refusal(qwen2b, o), HasSubstr("adapter.router"));
    o = recipe(false);
    o.gate = GateKind::None;
    EXPECT_THAT(refusal(qwen2b, o), HasSubstr("adapter.gate"));
    o = recipe(false);
    o.layer_ranks.assign(28, 8);
    o.layer_ranks[3] = 0;
    EXPECT_THAT(refusal(qwen2b, o), HasSubstr("adapter.layer_ranks"));
}

TEST(Plan, DoubtfulChoicesAreNamed) {
    const auto warnings = [](const AdapterOptions& o) {
        std::string text;
        for (const auto& issue : adapter_warnings(*expand_sites(linears(qwen2b), o), o))
            text += message_of(issue.error) + "\n";
        return text;
    };
    AdapterOptions o = recipe(false);
    EXPECT_EQ(warnings(o), "");
    o.gate_renormalise = true;
    EXPECT_THAT(warnings(o), HasSubstr("router learns nothing"));
    o = recipe(false);
    o.balance = BalanceKind::Switch;
    EXPECT_EQ(warnings(o), "");
    o.layer_experts.assign(28, 2);
    o.top_k = 2;
    o.layer_experts[0] = 3;
    EXPECT_THAT(warnings(o), HasSubstr("constant at 108 of 112 sites"));
    for (const GateKind gate : {GateKind::Softmax, GateKind::SoftTopK, GateKind::Relative}) {
        o.gate = gate;
        EXPECT_THAT(warnings(o), HasSubstr("constant at 112 of 112 sites")) << name_of_enum(gate);
    }
    // A level that some experts may miss, and one that each of them reaches.
    for (const auto& [gate, some, all] :
         {std::tuple(GateKind::TopP, 0.6, 1.0), {GateKind::Threshold, 0.2, 0.0}}) {
        o.gate = gate;
        o.gate_level = some;
        EXPECT_EQ(warnings(o), "") << name_of_enum(gate);
        o.gate_level = all;
        EXPECT_THAT(warnings(o), HasSubstr("constant at 112 of 112 sites")) << name_of_enum(gate);
    }
    o = recipe(false);
    o.init = ExpertInit::DefaultBoth;
    EXPECT_THAT(warnings(o), HasSubstr("before the first update"));
}

// The weights of chosen vectors must sum to 1 for the model to start unchanged.
TEST(Plan, VectorsUnderAGateThatDoesNotSumToOneAreNamed) {
    const auto warnings = [](const AdapterOptions& o) {
        std::string text;
        for (const auto& issue : adapter_warnings(*expand_sites(linears(qwen2b), o), o))
            text += message_of(issue.error) + "\n";
        return text;
    };
    AdapterOptions o;
    o.bank = BankKind::Vector;
    o.init = ExpertInit::Ones;
    o.targets = {"v_proj"};
    o.num_experts = 4;
    o.router = RouterKind::Token;
    o.gate = GateKind::TopK;
    o.top_k = 2;
    EXPECT_THAT(warnings(o), HasSubstr("sum to less than 1"));
    o.gate_renormalise = true;
    EXPECT_EQ(warnings(o), "");
    o.gate_renormalise = false;
    o.top_k = 4;
    EXPECT_EQ(warnings(o), "") << "all of them are chosen";
    o.gate = GateKind::Softmax;
    EXPECT_EQ(warnings(o), "");
    o.gate = GateKind::TopP;
    EXPECT_THAT(warnings(o), HasSubstr("sum to less than 1"));
    o.gate_renormalise = true;
    EXPECT_EQ(warnings(o), "");
    o.gate_renormalise = false;
    for (const GateKind gate :
         {GateKind::StraightThrough, GateKind::Relative, GateKind::SoftTopK}) {
        o.gate = gate;
        EXPECT_EQ(warnings(o), "") << name_of_enum(gate);
    }
    o.gate = GateKind::Threshold;
    const auto refused = expand_sites(linears(qwen2b), o);
    ASSERT_FALSE(refused.has_value());
    EXPECT_THAT(message_of(refused.error()), HasSubstr("layer zero"));
}

// What a single site has of its own is warned of as well.
TEST(Plan, OneActiveExpertAtASingleSiteIsNamed) {
    AdapterOptions o = recipe(false);
    o.num_experts = 4;
    o.top_k = 2;
    o.gate_renormalise = true;
    const auto warnings = [&] {
        return adapter_warnings(*expand_sites(linears(qwen2b), o), o).size();
    };
    EXPECT_EQ(warnings(), 0U);
    o.site_axes = {"v_proj: top_k=1"};
    EXPECT_EQ(warnings(), 1U);
}

TEST(Plan, RowsAddUpToTheTotal) {
    const AdapterOptions o = recipe(true);
    const auto plan = plan_of(*expand_sites(linears(qwen4b), o), o);
    std::int64_t sum = 0;
    for (const auto& row : plan.sites) sum += row.parameters;
    EXPECT_EQ(plan.sites.size(), 144u);
    EXPECT_EQ(sum, plan.total);
    EXPECT_EQ(plan.bytes, 4 * plan.total);
    EXPECT_EQ(plan.sites[0].parameters, 2 * 8 * (2560 + 4096) + 2 * 2560 + 2);
}

}  // namespace
}  // namespace moelora
