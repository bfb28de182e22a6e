// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/options/presets.h"

#include <gmock/gmock.h>

#include <regex>
#include <set>

#include "core/options/visit.h"
#include "tests/support/shared_data.h"

namespace moelora {
namespace {
using testing::ElementsAre;
using testing::HasSubstr;

RunOptions expanded(const std::string& name, Flavour flavour = Flavour::Default) {
    RunOptions options;
    options.adapter.preset = name;
    options.adapter.flavour = flavour;
    EXPECT_TRUE(apply_preset(options));
    return options;
}

TEST(Presets, AreThoseOfTheReference) {
    EXPECT_THAT(preset_names(),
                ElementsAre("lora", "dora", "soft", "topk-switch", "qwen3vl-moe-lora", "ia3",
                            "moelora", "mov", "molora", "loramoe", "mola", "mixlora", "hydralora",
                            "adamole", "goat", "lime"));
    std::vector<std::string> flavours;
    for (const Preset& preset : presets())
        if (preset.name == "qwen3vl-moe-lora") flavours.push_back(preset.flavour);
    EXPECT_THAT(flavours, ElementsAre("intended", "as-run", "as-written"));
}

TEST(Presets, EachIsValidAndExplained) {
    for (const Preset& preset : presets()) {
        SCOPED_TRACE(preset.name + " " + preset.flavour);
        RunOptions options;
        EXPECT_TRUE(from_json(preset.options, options).empty());
        EXPECT_TRUE(validate(options).empty());
        EXPECT_FALSE(preset.title.empty());
        EXPECT_FALSE(preset.source.empty());
        EXPECT_FALSE(preset.notes.empty());
        EXPECT_FALSE(preset.differences.empty());
    }
}

// Otherwise what the preset before it has set would stay.
TEST(Presets, EachSetsEveryAxisAndNothingThatIsNotAPresets) {
    for (const Preset& preset : presets()) {
        SCOPED_TRACE(preset.name + " " + preset.flavour);
        const RunOptions defaults;
        for_each_option(defaults, [&](const std::string& path, const auto&, const Meta& meta) {
            const std::size_t dot = path.find('.');
            const std::string group = path.substr(0, dot), name = path.substr(dot + 1);
            const bool set = preset.options.contains(group) && preset.options[group].contains(name);
            EXPECT_TRUE(meta.preset || !set) << path;
            EXPECT_TRUE(set || !meta.preset || group != "adapter") << path;
        });
    }
}

// "(adapter.balance_coef)": the switch that chooses between paper and code.
TEST(Presets, DifferencesNameSwitchesThatExist) {
    std::set<std::string> known;
    const RunOptions defaults;
    for_each_option(defaults,
                    [&](const std::string& path, const auto&, const Meta&) { known.insert(path); });
    const std::regex option(R"((?:adapter|data|model|train)\.[a-z_]+)");
    for (const Preset& preset : presets()) {
        std::int64_t named = 0;
        for (const std::string& difference : preset.differences)
            for (std::sregex_iterator at(difference.begin(), difference.end(), option), end;
                 at != end; ++at, ++named)
                EXPECT_TRUE(known.contains(at->str())) << at->str();
        EXPECT_TRUE(named > 0 || preset.name == "dora") << preset.name;
    }
}

TEST(Presets, DefaultFlavourIsTheFirst) {
    EXPECT_EQ(find_preset("qwen3vl-moe-lora")->flavour, "intended");
    EXPECT_EQ(find_preset("qwen3vl-moe-lora", Flavour::AsRun)->flavour, "as-run");
    EXPECT_EQ(find_preset("soft", Flavour::AsRun), nullptr);
    EXPECT_EQ(find_preset("none"), nullptr);
}

TEST(Presets, UnknownOnesAreRefusedWithTheKnownNames) {
    RunOptions options;
    options.adapter.preset = "x-lora";
    const auto status = apply_preset(options);
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code, ErrorCode::PresetUnknown);
    EXPECT_THAT(
        hint_of(status.error()),
        HasSubstr(
            "lora, dora, soft, topk-switch, qwen3vl-moe-lora (intended, as-run, as-written)"));
}

TEST(Presets, SystemsAreThoseOfTheTable) {  // adapters.md 13.1
    const AdapterOptions ia3 = expanded("ia3").adapter;
    EXPECT_EQ(ia3.bank, BankKind::Vector);
    EXPECT_THAT(ia3.targets, ElementsAre("k_proj", "v_proj", "down_proj"));
    EXPECT_THAT(ia3.input_targets, ElementsAre("down_proj"));
    const AdapterOptions moelora = expanded("moelora").adapter;
    EXPECT_EQ(moelora.router, RouterKind::Task);
    EXPECT_EQ(moelora.router_scope, RouterScope::Global);
    EXPECT_EQ(moelora.rank_rule, RankRule::Total);
    EXPECT_EQ(moelora.scale_rule, ScaleRule::AlphaOverTotalRank);
    EXPECT_EQ(expanded("moelora", Flavour::PerSite).adapter.router_scope, RouterScope::PerSite);
    EXPECT_EQ(expanded("mov").adapter.router, RouterKind::PerHead);
    EXPECT_EQ(expanded("mov", Flavour::Paper).adapter.router, RouterKind::Token);
    const AdapterOptions loramoe = expanded("loramoe").adapter;
    EXPECT_EQ(loramoe.balance, BalanceKind::Localized);
    EXPECT_EQ(loramoe.balance_form, LocalizedForm::Cv2);
    EXPECT_TRUE(loramoe.balance_by_length);
    EXPECT_EQ(expanded("loramoe", Flavour::Paper).adapter.balance_form, LocalizedForm::VarOverMean);
    EXPECT_EQ(expanded("loramoe", Flavour::Code).adapter.balance_coef, 0);
    const AdapterOptions mola = expanded("mola").adapter;
    EXPECT_THAT(mola.allocation, ElementsAre(2, 4, 6, 8));
    EXPECT_TRUE(mola.gate_renormalise);
    EXPECT_EQ(mola.balance_reduce, BalanceReduce::PerLayerConcat);
    EXPECT_THAT(expanded("mola", Flavour::Diamond).adapter.allocation, ElementsAre(2, 8, 8, 2));
}

// The last columns of adapters.md 13.1: sites, E, r, k, alpha, dropout; k 0 = all experts.
TEST(Presets, SizesAreThoseOfTheTable) {
    const struct {
        const char* name;
        std::size_t sites;
        std::int64_t experts, rank, top_k;
        double alpha, dropout;
    } rows[] = {{"lora", 7, 1, 8, 0, 16, .05},        {"soft", 7, 4, 8, 0, 16, .05},
                {"topk-switch", 7, 4, 8, 2, 16, .05}, {"qwen3vl-moe-lora", 4, 2, 8, 1, 16, .05},
                {"moelora", 7, 8, 16, 0, 32, .1},     {"molora", 6, 10, 4, 0, 16, 0},
                {"loramoe", 3, 6, 4, 0, 32, .05}};
    for (const auto& row : rows) {
        SCOPED_TRACE(row.name);
        const AdapterOptions o = expanded(row.name).adapter;
        EXPECT_EQ(o.targets.size(), row.sites);
        EXPECT_EQ(o.num_experts, row.experts);
        EXPECT_EQ(o.rank, row.rank);
        EXPECT_EQ(o.gate == GateKind::TopK ? o.top_k : 0, row.top_k);
        EXPECT_EQ(o.alpha, row.alpha);
        EXPECT_EQ(o.dropout, row.dropout);
        EXPECT_EQ(o.dropout_draw, DropoutDraw::Shared) << "the default; code flavours redraw";
    }
    const AdapterOptions mola = expanded("mola").adapter;
    EXPECT_EQ(mola.rank, 8);
    EXPECT_EQ(mola.top_k, 2);
    EXPECT_EQ(mola.alpha, 16);
    EXPECT_EQ(mola.balance_coef, 0.001);
    EXPECT_EQ(expanded("mov").adapter.num_experts, 10);
    EXPECT_EQ(expanded("loramoe").adapter.balance_coef, 0.1);
    EXPECT_EQ(expanded("loramoe").adapter.balance_delta, 0.1);
    EXPECT_EQ(expanded("molora").adapter.init, ExpertInit::NormalZero);
    EXPECT_EQ(expanded("molora").adapter.init_std, 0.02);
    EXPECT_EQ(expanded("molora").adapter.router_init_std, 0.02);
}

TEST(Presets, LoraIsOneExpertWithoutRouter) {
    const AdapterOptions a = expanded("lora").adapter;
    EXPECT_EQ(a.num_experts, 1);
    EXPECT_EQ(a.router, RouterKind::None);
    EXPECT_EQ(a.rank, 8);
    EXPECT_EQ(a.alpha, 16);
    EXPECT_EQ(a.targets.size(), 7u);
}

TEST(Presets, SoftAndTopKSwitchAreThoseOfTheTable) {  // adapters.md 13.1
    const AdapterOptions soft = expanded("soft").adapter;
    EXPECT_EQ(soft.gate, GateKind::Softmax);
    EXPECT_EQ(soft.num_experts, 4);
    EXPECT_EQ(soft.balance, BalanceKind::None);
    const AdapterOptions top = expanded("topk-switch").adapter;
    EXPECT_EQ(top.gate, GateKind::TopK);
    EXPECT_EQ(top.top_k, 2);
    EXPECT_FALSE(top.gate_renormalise);
    EXPECT_EQ(top.balance, BalanceKind::Switch);
    EXPECT_EQ(top.balance_coef, 0.01);
    EXPECT_TRUE(top.balance_divide_by_k);
    EXPECT_EQ(top.balance_reduce, BalanceReduce::MeanSites);
    EXPECT_EQ(top.balance_tokens, TokenMask::Attention);
}

TEST(Presets, RecipeFlavoursAreThoseOfTheReference) {  // adapters.md 6.4
    const std::vector<std::string> qkvo = {"q_proj", "k_proj", "v_proj", "o_proj"};
    const AdapterOptions intended = expanded("qwen3vl-moe-lora").adapter;
    EXPECT_EQ(intended.targets, qkvo);
    EXPECT_EQ(intended.num_experts, 2);
    EXPECT_EQ(intended.gate, GateKind::TopK);
    EXPECT_EQ(intended.top_k, 1);
    EXPECT_FALSE(intended.gate_renormalise);
    EXPECT_FALSE(intended.router_bias);
    EXPECT_EQ(intended.gate_dropout, 0.1);
    EXPECT_EQ(intended.gate_dropout_on, GateDropoutOn::Logits);
    EXPECT_EQ(intended.init, ExpertInit::KaimingZero);
    const AdapterOptions run = expanded("qwen3vl-moe-lora", Flavour::AsRun).adapter;
    EXPECT_EQ(run.num_experts, 1);
    EXPECT_EQ(run.router, RouterKind::None);
    EXPECT_EQ(run.targets, qkvo);
    const AdapterOptions written = expanded("qwen3vl-moe-lora", Flavour::AsWritten).adapter;
    EXPECT_TRUE(written.router_bias);
    EXPECT_EQ(written.gate_dropout_on, GateDropoutOn::Probabilities);
    EXPECT_EQ(written.init, ExpertInit::DefaultBoth);
    EXPECT_EQ(written.dropout_site, DropoutSite::Rank);
}

TEST(Presets, RecipeSetsDataAndTrainingAsPublished) {
    for (const Flavour flavour : {Flavour::Intended, Flavour::AsRun, Flavour::AsWritten}) {
        const RunOptions o = expanded("qwen3vl-moe-lora", flavour);
        EXPECT_EQ(o.data.prompt, "COCO Yes:");
        EXPECT_THAT(o.data.resize, ElementsAre(280, 280));
        EXPECT_EQ(o.data.validation, 4);
        EXPECT_EQ(o.data.end_marker, flavour == Flavour::AsRun ? "<|endoftext|>" : "<|im_end|>");
        EXPECT_EQ(o.train.batch_size, 1);
        EXPECT_EQ(o.train.gradient_accumulation, 8);
        EXPECT_EQ(o.train.epochs, 5);
        EXPECT_EQ(o.train.learning_rate, 1e-4);
        EXPECT_EQ(o.train.schedule, LrScheduleKind::Linear);
        EXPECT_EQ(o.train.save_every, 100);
        EXPECT_THAT(find_preset("qwen3vl-moe-lora", flavour)->notes, HasSubstr("plain LoRA"));
    }
}

}  // namespace
}  // namespace moelora
