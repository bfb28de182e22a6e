// SPDX-License-Identifier: GPL-3.0-or-later
// Adapters of other programs give the logits of those programs (tests/golden/adapter/imports, made
// by make_import_fixtures.py).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <span>

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

// Written in PEFT's layout again, every tensor is the one that was read.
TEST(Import, DoraIsWrittenAsPeftWroteIt) {
    const auto model = tiny_model();
    const auto adapter = Adapter::load(*model, folder_of("dora"));
    MOELORA_ASSERT_OK(adapter);
    const TempDir temp;
    MOELORA_ASSERT_OK(save_peft(**adapter, temp.path()));
    const auto want = SafetensorsFile::open(folder_of("dora") + "/adapter_model.safetensors");
    const auto got = SafetensorsFile::open(temp / "adapter_model.safetensors");
    MOELORA_ASSERT_OK(want);
    MOELORA_ASSERT_OK(got);
    ASSERT_EQ(got->entries().size(), want->entries().size());
    for (const TensorEntry& entry : want->entries()) {
        ASSERT_TRUE(got->find(entry.name)) << entry.name;
        EXPECT_TRUE(at::equal(read_tensor(*got, entry.name), read_tensor(*want, entry.name)))
            << entry.name;
    }
}

TEST(Import, TokenRoutedMixturesGiveTheLogitsOfTheirEquations) {
    for (const char* scheme : {"loramoe", "mola", "moe-peft-loramoe", "moe-peft-mola"})
        expect_logits(scheme);
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
    EXPECT_EQ(moelora->tasks, (std::vector<std::string>{"1", "2", "3"}));
}

TEST(Import, ForeignTensorsAreRefusedByName) {
    const TempDir temp;
    std::filesystem::copy(folder_of("loramoe"), temp.path());
    const std::string path = temp / "adapter_model.safetensors";
    const auto file = SafetensorsFile::open(path);
    MOELORA_ASSERT_OK(file);
    std::vector<TensorBytes> tensors;
    for (const TensorEntry& entry : file->entries())
        tensors.push_back({entry.name, entry.dtype, entry.shape, file->bytes(entry)});
    tensors.push_back({"lm_head.weight", tensors[0].dtype, tensors[0].shape, tensors[0].bytes});
    MOELORA_ASSERT_OK(write_safetensors(temp / "new.safetensors", tensors));
    std::filesystem::rename(temp / "new.safetensors", path);
    const auto model = tiny_model();
    const auto adapter = Adapter::load(*model, temp.path());
    ASSERT_FALSE(adapter.has_value());
    EXPECT_THAT(message_of(adapter.error()), HasSubstr("lm_head.weight"));
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
    for (const char* scheme : {"ia3", "dora", "loramoe", "mola", "moelora"}) {
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
