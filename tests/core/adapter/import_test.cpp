// SPDX-License-Identifier: GPL-3.0-or-later
// Adapters of other programs give the logits of those programs (tests/golden/adapter/imports, made
// by make_import_fixtures.py).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <functional>
#include <span>

#include "core/base/json.h"
#include "core/io/files.h"
#include "tests/core/adapter/tiny_model.h"

namespace moelora {
namespace {

using namespace test;
using testing::HasSubstr;

std::string folder_of(const std::string& scheme) {
    return source_path("tests/golden/adapter/imports/" + scheme);
}

at::Tensor expected_of(const std::string& scheme) {
    const auto file =
        SafetensorsFile::open(source_path("tests/golden/adapter/imports.safetensors"));
    if (!file) throw std::runtime_error(message_of(file.error()));
    return read_tensor(*file, scheme);
}

void expect_logits(const std::string& scheme, const ForwardInfo* given = nullptr) {
    SCOPED_TRACE(scheme);
    const auto model = tiny_model();
    auto adapter = Adapter::load(*model, folder_of(scheme));
    MOELORA_ASSERT_OK(adapter);
    (*adapter)->attach();
    const TinyBatch batch = tiny_batch();
    ForwardInfo info = given ? *given : batch.info(false);
    info.attention_mask = batch.inputs.attention_mask;
    (*adapter)->begin_pass(info);
    const at::NoGradGuard no_grad;
    const at::Tensor y = model->logits(model->forward(batch.inputs).states);
    const at::Tensor real = batch.inputs.attention_mask.to(at::kBool);
    const at::Tensor difference = (y - expected_of(scheme)).index({real}).abs().max();
    EXPECT_LT(difference.item<double>(), 2e-5);
}

// Experts that are whole feed-forward blocks, with an alpha of their own, beside a plain LoRA of
// attention.
TEST(Import, MixLoraGivesTheLogitsOfItsEquations) {
    expect_logits("mixlora");
    const auto card = read_card(folder_of("mixlora"));
    MOELORA_ASSERT_OK(card);
    EXPECT_EQ(card->options.scope, ExpertScope::FfnBlock);
    for (const SiteSpec& site : card->sites) {
        const bool attention = site.shape.path.find("self_attn") != std::string::npos;
        EXPECT_EQ(site.in_block, !attention) << site.shape.path;
        EXPECT_EQ(site.scales[0], attention ? 4 : 2) << site.shape.path;
    }
    const TempDir temp;
    std::filesystem::copy(folder_of("mixlora"), temp.path(),
                          std::filesystem::copy_options::recursive |
                              std::filesystem::copy_options::overwrite_existing);
    Json config = *read_json(temp / "adapter_config.json");
    config["routing_strategy"] = "mixlora-switch";
    ASSERT_TRUE(write_text_atomic(temp / "adapter_config.json", config.dump()).has_value());
    const auto refused = read_card(temp.path());
    ASSERT_FALSE(refused);
    EXPECT_THAT(message_of(refused.error()), HasSubstr("capacity"));
}

TEST(Import, Ia3OfPeftGivesItsLogits) {
    expect_logits("ia3");
}

TEST(Import, DoraOfPeftGivesItsLogits) {
    expect_logits("dora");
    const auto card = read_card(folder_of("dora"));
    MOELORA_ASSERT_OK(card);
    EXPECT_EQ(card->options.bank, BankKind::Dora);
    EXPECT_EQ(card->options.preset, "dora");
}

// Its scale is α / √r, of patterns too.
TEST(Import, RsLoraOfPeftGivesItsLogits) {
    expect_logits("rslora");
    const auto card = read_card(folder_of("rslora"));
    MOELORA_ASSERT_OK(card);
    EXPECT_EQ(card->options.scale_rule, ScaleRule::AlphaOverSqrtRank);
    for (const SiteSpec& site : card->sites)
        EXPECT_DOUBLE_EQ(site.scales[0], site.shape.module == "down_proj" ? 6 / std::sqrt(2.0)
                                         : site.shape.module == "q_proj"  ? 3 / std::sqrt(4.0)
                                                                          : 6 / std::sqrt(4.0))
            << site.shape.path;
}

// Written in PEFT's layout again, every tensor is the one that was read, and so is every scale.
TEST(Import, FoldersOfPeftAreWrittenAsPeftWroteThem) {
    const auto model = tiny_model();
    for (const char* scheme : {"ia3", "dora", "rslora"}) {
        SCOPED_TRACE(scheme);
        const auto adapter = Adapter::load(*model, folder_of(scheme));
        MOELORA_ASSERT_OK(adapter);
        const TempDir temp;
        MOELORA_ASSERT_OK(save_peft(**adapter, temp.path()));
        const auto want = SafetensorsFile::open(folder_of(scheme) + "/adapter_model.safetensors");
        const auto got = SafetensorsFile::open(temp / "adapter_model.safetensors");
        MOELORA_ASSERT_OK(want);
        MOELORA_ASSERT_OK(got);
        ASSERT_EQ(got->entries().size(), want->entries().size());
        for (const TensorEntry& entry : want->entries()) {
            ASSERT_TRUE(got->find(entry.name)) << entry.name;
            EXPECT_TRUE(at::equal(read_tensor(*got, entry.name), read_tensor(*want, entry.name)))
                << entry.name;
        }
        const auto again = Adapter::load(*model, temp.path());
        MOELORA_ASSERT_OK(again);
        EXPECT_EQ((*again)->options().scale_rule, (*adapter)->options().scale_rule);
        for (std::size_t i = 0; i < (*adapter)->sites().size(); ++i) {
            const SiteSpec &a = (*adapter)->sites()[i], &b = (*again)->sites()[i];
            EXPECT_EQ(a.shape.path, b.shape.path);
            EXPECT_EQ(a.ranks, b.ranks);
            ASSERT_EQ(a.scales.size(), b.scales.size());
            for (std::size_t e = 0; e < a.scales.size(); ++e)
                EXPECT_DOUBLE_EQ(a.scales[e], b.scales[e]);
        }
    }
}

TEST(Import, TokenRoutedMixturesGiveTheLogitsOfTheirEquations) {
    for (const char* scheme :
         {"loramoe", "mola", "moe-peft-loramoe", "moe-peft-mola", "hydralora", "adamole"})
        expect_logits(scheme);
}

// What MoLA's scheme is for: experts, and here ranks, that differ by layer.
TEST(Import, MolaOfUnequalLayersGivesTheLogitsOfItsEquations) {
    expect_logits("mola-by-layer");
    const auto card = read_card(folder_of("mola-by-layer"));
    MOELORA_ASSERT_OK(card);
    ASSERT_EQ(card->issues.size(), 1U);
    EXPECT_EQ(card->issues[0].severity, Severity::Info) << "top_k is given, so nothing is guessed";
    for (const SiteSpec& site : card->sites) {
        const bool low = site.shape.path.find("layers.0.") != std::string::npos;
        EXPECT_EQ(site.experts, low ? 2 : 5) << site.shape.path;
        EXPECT_EQ(site.ranks, std::vector<std::int64_t>(low ? 2 : 5, low ? 2 : 3));
        EXPECT_EQ(site.top_k, 2);
    }
}

TEST(Import, TaskGateOfMoeloraGivesTheLogitsOfItsEquations) {
    ForwardInfo info;
    info.task_ids = at::tensor({0, 2, 1, -1}, at::kLong).view({2, 2});  // ids 1, 3 and 2, none
    expect_logits("moelora", &info);
}

TEST(Import, TellsWhatWasUsedAndWhatWasGuessed) {
    const auto mola = read_card(folder_of("mola"));
    MOELORA_ASSERT_OK(mola);
    ASSERT_EQ(mola->issues.size(), 1U);
    EXPECT_EQ(mola->issues[0].severity, Severity::Warning);
    EXPECT_THAT(message_of(mola->issues[0].error), HasSubstr("taken as 2"));
    const auto moelora = read_card(folder_of("moelora"));
    MOELORA_ASSERT_OK(moelora);
    EXPECT_THAT(message_of(moelora->issues[0].error),
                testing::AllOf(HasSubstr("MOELoRA-peft"), HasSubstr("4 layers"),
                               HasSubstr("34 tensors used"), HasSubstr("40 copies")));
    // By name, those of all layers and experts as one.
    for (const char* unused :
         {"q_proj.lora_A.loraA.*.weight (8)", "down_proj.lora_B.loraB.*.weight (8)",
          "base_model.model.model.language_model.layers.*.self_attn.q_proj."
          "lora_task_embedding.weight (2)",
          "mlp.down_proj.lora_gate.GateL.weight (2)"})
        EXPECT_THAT(message_of(moelora->issues[0].error), HasSubstr(unused));
    EXPECT_EQ(moelora->tasks, (std::vector<std::string>{"1", "2", "3"}));
}

// The folder of a scheme in `out`, its tensors changed.
void rewrite(const std::string& scheme, const std::string& out,
             const std::function<void(std::vector<TensorBytes>&)>& change) {
    std::filesystem::copy(folder_of(scheme) + "/adapter_config.json", out);
    const auto file = SafetensorsFile::open(folder_of(scheme) + "/adapter_model.safetensors");
    MOELORA_ASSERT_OK(file);
    std::vector<TensorBytes> tensors;
    for (const TensorEntry& entry : file->entries())
        tensors.push_back({entry.name, entry.dtype, entry.shape, file->bytes(entry)});
    change(tensors);
    MOELORA_ASSERT_OK(write_safetensors(out + "/adapter_model.safetensors", tensors));
}

TEST(Import, ForeignTensorsAreRefusedByName) {
    const TempDir temp;
    rewrite("loramoe", temp.path(), [](std::vector<TensorBytes>& tensors) {
        tensors.push_back({"lm_head.weight", tensors[0].dtype, tensors[0].shape, tensors[0].bytes});
    });
    const auto model = tiny_model();
    const auto adapter = Adapter::load(*model, temp.path());
    ASSERT_FALSE(adapter.has_value());
    EXPECT_THAT(message_of(adapter.error()), HasSubstr("lm_head.weight"));
}

constexpr const char* all_schemes[] = {
    "ia3",           "dora",          "rslora",    "loramoe",
    "mola",          "mola-by-layer", "moelora",   "moe-peft-loramoe",
    "moe-peft-mola", "mixlora",       "hydralora", "adamole"};

// A prefix that nobody writes, and layers that the model does not have: an adapter that does
// nothing is never the outcome.
TEST(Import, AWrongPrefixIsRefusedInEveryScheme) {
    const auto model = tiny_model();
    for (const char* scheme : all_schemes) {
        SCOPED_TRACE(scheme);
        const TempDir strange, elsewhere;
        rewrite(scheme, strange.path(), [](std::vector<TensorBytes>& tensors) {
            for (TensorBytes& tensor : tensors) tensor.name = "module." + tensor.name;
        });
        EXPECT_FALSE(Adapter::load(*model, strange.path()).has_value());
        rewrite(scheme, elsewhere.path(), [](std::vector<TensorBytes>& tensors) {
            for (TensorBytes& tensor : tensors)
                if (const auto at = tensor.name.find("layers."); at != std::string::npos)
                    tensor.name.replace(at, 7, "blocks.");
        });
        const auto other = Adapter::load(*model, elsewhere.path());
        ASSERT_FALSE(other.has_value());
        EXPECT_EQ(other.error().code, ErrorCode::AdapterMismatch);
    }
}

// Files that no published code writes: a sentence, never an exception.
TEST(Import, BrokenFilesOfASchemeAreRefusedWithASentence) {
    const std::vector<float> zeros(64);
    const auto bytes = std::as_bytes(std::span(zeros));
    const std::string site = "base_model.model.model.layers.0.mlp.gate_proj.";
    using Shapes = std::vector<std::pair<std::string, std::vector<std::int64_t>>>;
    const Shapes broken[] = {
        {{site + "lora_A99999999999999999999.weight", {2, 8}}},
        {{site + "lora_A0.weight", {2, 8}}},                                     // no B
        {{site + "lora_A0.weight", {2, 8}}, {site + "lora_B1.weight", {8, 2}}},  // of another
        {{site + "lora_A0.weight", {2, 8}},
         {site + "lora_B0.weight", {8, 2}},
         {"base_model.model.other.lora_route.weight", {1, 8}}},  // a router without experts
        {{site + std::string(5000, 'x') + ".lora_A0.weight", {2, 8}}}};
    const auto model = tiny_model();
    for (const Shapes& shapes : broken) {
        const TempDir temp;
        std::vector<TensorBytes> tensors;
        for (const auto& [name, shape] : shapes)
            tensors.push_back({name, Dtype::F32, shape,
                               bytes.first(static_cast<std::size_t>(shape[0] * shape[1] * 4))});
        MOELORA_ASSERT_OK(write_safetensors(temp / "adapter_model.safetensors", tensors));
        ASSERT_TRUE(write_text_atomic(temp / "adapter_config.json",
                                      R"({"peft_type":"LORA","base_model_name_or_path":null})"));
        EXPECT_FALSE(Adapter::load(*model, temp.path()).has_value()) << shapes[0].first;
        EXPECT_FALSE(read_card(temp.path()).has_value()) << shapes[0].first;
    }
}

TEST(Import, APickleIsNamedWithTheWayOut) {
    const TempDir temp;
    ASSERT_TRUE(write_text_atomic(temp / "adapter_config.json", R"({"peft_type":"LORA"})"));
    ASSERT_TRUE(write_text_atomic(temp / "adapter_model.bin", "\x80\x02"));
    const auto card = read_card(temp.path());
    ASSERT_FALSE(card.has_value());
    EXPECT_EQ(card.error().code, ErrorCode::PickleRefused);
    EXPECT_THAT(hint_of(card.error()), HasSubstr("convert_pickle.py"));
}

// What was imported is ours from then on: saved natively it is the same adapter, and it trains.
TEST(Import, IsAStartForTraining) {
    for (const char* scheme : all_schemes) {
        SCOPED_TRACE(scheme);
        const TempDir temp;
        const auto model = tiny_model();
        auto adapter = Adapter::load(*model, folder_of(scheme));
        MOELORA_ASSERT_OK(adapter);
        (*adapter)->attach();
        const TinyBatch batch = tiny_batch();
        const at::Tensor before = logits(*model, batch, adapter->get());
        cross_entropy(logits(*model, batch, adapter->get(), true), batch.labels).backward();
        for (const auto& [name, tensor] : (*adapter)->parameters())
            EXPECT_TRUE(tensor.grad().defined()) << name;
        MOELORA_ASSERT_OK(save_native(**adapter, temp.path()));
        (*adapter)->detach();
        auto again = Adapter::load(*model, temp.path());
        MOELORA_ASSERT_OK(again);
        (*again)->attach();
        EXPECT_TRUE(at::equal(logits(*model, batch, again->get()), before));
    }
}

}  // namespace
}  // namespace moelora
