// SPDX-License-Identifier: GPL-3.0-or-later
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "core/base/json.h"
#include "core/io/files.h"
#include "tests/core/adapter/tiny_model.h"

namespace moelora {
namespace {

using namespace test;
using testing::HasSubstr;

AdapterOptions ragged() {
    AdapterOptions o = tiny_options();
    o.layer_experts = {1, 3};
    o.layer_ranks = {2, 4};
    o.router_bias = true;
    return o;
}

AdapterOptions single_sites() {
    AdapterOptions o = tiny_options();
    o.site_axes = {"down_proj: rank=2, experts=2, top_k=1", "layers.0.self_attn.q_proj: alpha=4"};
    return o;
}

void save_sample(Qwen3VL& model, const AdapterOptions& options, const std::string& folder) {
    const auto adapter = make_adapter(model, options);
    randomise(*adapter);
    AdapterCard& card = adapter->card();
    card.base_path = "tests/golden/qwen3vl/right_padded_batch";
    card.base_fingerprint = "0123";
    card.compute_dtype = "fp32";
    card.prompt = "Beschreibe das Bild.";
    card.tasks = {"tags", "描述"};
    card.data.sample_types = {"knowledge", "captions"};
    card.data.prompt = card.prompt;
    card.data.resize = {280, 280};
    card.base_sha256 = "4567";
    card.data.path = "/somewhere/private";
    card.data.image_root = "/somewhere/private/pictures";
    card.data.columns = {"image=bild"};
    card.data.encoding = TextEncoding::Latin1;
    card.step = 12;
    const auto saved = save_native(*adapter, folder);
    MOELORA_ASSERT_OK(saved);
}

std::string refusal(Qwen3VL& model, const std::string& folder) {
    const auto adapter = Adapter::load(model, folder);
    return adapter ? "accepted" : message_of(adapter.error());
}

TEST(NativeFormat, SavedAndLoadedIsBitEqual) {
    const auto model = tiny_model();
    for (const AdapterOptions& options : {tiny_options(), ragged(), single_sites()}) {
        const TempDir folder;
        save_sample(*model, options, folder.path());
        const auto written = make_adapter(*model, options);
        randomise(*written);
        const auto read = Adapter::load(*model, folder.path());
        MOELORA_ASSERT_OK(read);
        const auto a = written->parameters(), b = (*read)->parameters();
        ASSERT_EQ(a.size(), b.size());
        for (std::size_t i = 0; i < a.size(); ++i) {
            EXPECT_EQ(a[i].name, b[i].name);
            EXPECT_TRUE(at::equal(a[i].tensor, b[i].tensor)) << a[i].name;
        }
        const TinyBatch batch = tiny_batch();
        written->attach();
        const at::Tensor y = logits(*model, batch, written.get());
        written->detach();
        (*read)->attach();
        EXPECT_TRUE(at::equal(logits(*model, batch, read->get()), y));
    }
}

TEST(NativeFormat, SaysEverythingAboutItself) {
    const auto model = tiny_model();
    const TempDir folder;
    save_sample(*model, ragged(), folder.path());
    const auto card = read_card(folder.path());
    MOELORA_ASSERT_OK(card);
    EXPECT_EQ(card->options, ragged());
    EXPECT_EQ(card->prompt, "Beschreibe das Bild.");
    EXPECT_EQ(card->tasks, (std::vector<std::string>{"tags", "描述"}));
    EXPECT_EQ(card->data.resize, (std::vector<std::int64_t>{280, 280}));
    EXPECT_EQ(read_text(folder / "adapter.json")->find("/somewhere"), std::string::npos)
        << "where the data lay is nobody's business";
    EXPECT_EQ(card->data.sample_types, (std::vector<std::string>{"knowledge", "captions"}));
    EXPECT_TRUE(card->data.columns.empty()) << "how that data set was read is no preprocessing";
    EXPECT_EQ(card->data.encoding, TextEncoding::Auto);
    EXPECT_EQ(card->base_fingerprint, "0123");
    EXPECT_EQ(card->base_sha256, "4567");
    EXPECT_EQ(card->step, 12);
    EXPECT_FALSE(card->program_version.empty());
    const auto plan = make_adapter(*model, ragged());
    ASSERT_EQ(card->sites.size(), plan->sites().size());
    for (std::size_t i = 0; i < card->sites.size(); ++i) {
        EXPECT_EQ(card->sites[i].shape.path, plan->sites()[i].shape.path);
        EXPECT_EQ(card->sites[i].shape.layer, plan->sites()[i].shape.layer);
        EXPECT_EQ(card->sites[i].ranks, plan->sites()[i].ranks);
        EXPECT_EQ(card->sites[i].scales, plan->sites()[i].scales);
        EXPECT_EQ(card->sites[i].top_k, plan->sites()[i].top_k);
    }
    const auto file = SafetensorsFile::open(folder / "adapter.safetensors");
    MOELORA_ASSERT_OK(file);
    const std::string p = "model.language_model.layers.1.self_attn.q_proj";
    EXPECT_EQ(file->find(p + ".expert_a")->shape, (std::vector<std::int64_t>{3, 4, 32}));
    EXPECT_EQ(file->find(p + ".expert_b")->shape, (std::vector<std::int64_t>{3, 48, 4}));
    EXPECT_EQ(file->find(p + ".router.weight")->shape, (std::vector<std::int64_t>{3, 32}));
    EXPECT_EQ(file->find(p + ".router.bias")->shape, (std::vector<std::int64_t>{3}));
    const auto summary = summarize_adapter(folder.path());
    MOELORA_ASSERT_OK(summary);
    EXPECT_EQ(summary->experts, 3);
    EXPECT_EQ(summary->rank, 4);
    EXPECT_EQ(summary->tensors, static_cast<std::int64_t>(file->entries().size()));
    EXPECT_THAT(summary->axes_json, HasSubstr("\"gate\":\"topk\""));
}

TEST(NativeFormat, UnequalRanksInsideASiteAreKept) {
    const auto model = tiny_model();
    const TempDir folder;
    AdapterOptions options = tiny_options();
    options.targets = {"layers.0.self_attn.q_proj"};
    save_sample(*model, options, folder.path());
    Json card = *read_json(folder / "adapter.json");
    card["sites"][0]["ranks"] = {1, 3, 2};
    ASSERT_TRUE(write_text_atomic(folder / "adapter.json", card.dump()).has_value());
    EXPECT_THAT(refusal(*model, folder.path()),
                HasSubstr("expert_a is F32 [3, 4, 32], not [6, 32]"));
    const at::Tensor a = at::randn({6, 32}), b = at::randn({48, 6}), w = at::randn({3, 32});
    const auto bytes = [](const at::Tensor& t) {
        return std::as_bytes(
            std::span(t.const_data_ptr<float>(), static_cast<std::size_t>(t.numel())));
    };
    const std::string p = "model.language_model.layers.0.self_attn.q_proj";
    ASSERT_TRUE(write_safetensors(folder / "adapter.safetensors",
                                  {{p + ".expert_a", Dtype::F32, {6, 32}, bytes(a)},
                                   {p + ".expert_b", Dtype::F32, {48, 6}, bytes(b)},
                                   {p + ".router.weight", Dtype::F32, {3, 32}, bytes(w)}})
                    .has_value());
    const auto adapter = Adapter::load(*model, folder.path());
    MOELORA_ASSERT_OK(adapter);
    EXPECT_TRUE(at::equal((*adapter)->parameters()[0].tensor, a));
    EXPECT_TRUE(at::equal((*adapter)->parameters()[1].tensor, b));
    const TempDir second;
    ASSERT_TRUE(save_native(**adapter, second.path()).has_value());
    const auto again = Adapter::load(*model, second.path());
    MOELORA_ASSERT_OK(again);
    EXPECT_TRUE(at::equal((*again)->parameters()[1].tensor, b));
}

TEST(NativeFormat, EverythingWrongIsListed) {
    const auto model = tiny_model();
    const TempDir folder;
    AdapterOptions options = tiny_options();
    options.targets = {"layers.0.self_attn.q_proj"};
    save_sample(*model, options, folder.path());
    const std::string p = "model.language_model.layers.0.self_attn.q_proj";
    const at::Tensor bad = at::full({3, 48, 4}, NAN), small = at::zeros({3, 31}),
                     other = at::zeros({1});
    const auto bytes = [](const at::Tensor& t) {
        return std::as_bytes(
            std::span(t.const_data_ptr<float>(), static_cast<std::size_t>(t.numel())));
    };
    ASSERT_TRUE(write_safetensors(folder / "adapter.safetensors",
                                  {{p + ".expert_b", Dtype::F32, {3, 48, 4}, bytes(bad)},
                                   {p + ".router.weight", Dtype::F32, {3, 31}, bytes(small)},
                                   {p + ".surprise", Dtype::F32, {1}, bytes(other)}})
                    .has_value());
    EXPECT_THAT(refusal(*model, folder.path()),
                testing::AllOf(HasSubstr("missing tensors (1): " + p + ".expert_a"),
                               HasSubstr("unexpected tensors (1): " + p + ".surprise"),
                               HasSubstr(p + ".router.weight is F32 [3, 31], not [3, 32]"),
                               HasSubstr("NaN or infinity (1): " + p + ".expert_b")));
}

TEST(NativeFormat, AdapterOfAnotherModelIsRefused) {
    const auto model = tiny_model();
    const TempDir folder;
    save_sample(*model, tiny_options(), folder.path());
    const std::string text = *read_text(folder / "adapter.json");
    const auto with = [&](const std::string& from, const std::string& to) {
        std::string changed = text;
        for (auto at = changed.find(from); at != std::string::npos;
             at = changed.find(from, at + to.size()))
            changed.replace(at, from.size(), to);
        EXPECT_TRUE(write_text_atomic(folder / "adapter.json", changed).has_value());
        return refusal(*model, folder.path());
    };
    EXPECT_THAT(with("model.language_model.layers.1.", "model.language_model.layers.7."),
                HasSubstr("missing tensors"));
    EXPECT_THAT(with("\"moelora-adapter\"", "\"something\""), HasSubstr("another format"));
    EXPECT_THAT(with("\"format_version\": 1", "\"format_version\": 2"), HasSubstr("version 2"));
    EXPECT_THAT(with("\"top_k\": 2,\n   \"vision\": false", "\"top_k\": 9,\n   \"vision\": false"),
                HasSubstr("top_k"));
    EXPECT_THAT(with("\"gate\": \"topk\"", "\"gate\": \"none\""), HasSubstr("no gate"));
    EXPECT_THAT(with("\"gate\": \"topk\"", "\"gate\": \"magic\""), HasSubstr("gate"));
    EXPECT_THAT(with("\"experts\": 3", "\"experts\": 900000000"), HasSubstr("experts"));
    EXPECT_THAT(with("\"sites\"", "\"places\""), HasSubstr("no adapted layer"));
    EXPECT_EQ(with("\"sites\"", "\"sites\""), "accepted");
}

TEST(NativeFormat, NoMatchingLayerIsAMismatch) {
    const auto model = tiny_model();
    const TempDir folder;
    AdapterOptions options = tiny_options();
    options.targets = {"layers.0.self_attn.q_proj"};
    save_sample(*model, options, folder.path());
    const std::string p = "model.language_model.layers.0.self_attn.q_proj", q = "base.model." + p;
    std::string text = *read_text(folder / "adapter.json");
    for (auto at = text.find(p); at != std::string::npos; at = text.find(p, at + q.size()))
        text.replace(at, p.size(), q);
    ASSERT_TRUE(write_text_atomic(folder / "adapter.json", text).has_value());
    std::vector<TensorBytes> rows;
    const auto file = SafetensorsFile::open(folder / "adapter.safetensors");
    for (const auto& e : file->entries())
        rows.push_back({"base.model." + e.name, e.dtype, e.shape, file->bytes(e)});
    ASSERT_TRUE(write_safetensors(folder / "renamed", rows).has_value());
    std::filesystem::rename(folder / "renamed", folder / "adapter.safetensors");
    const auto adapter = Adapter::load(*model, folder.path());
    ASSERT_FALSE(adapter.has_value());
    EXPECT_EQ(adapter.error().code, ErrorCode::AdapterMismatch);
    EXPECT_THAT(message_of(adapter.error()), HasSubstr("none of its layers"));
}

TEST(NativeFormat, FoldersWithoutAnAdapterAreRefused) {
    const auto model = tiny_model();
    const TempDir folder;
    EXPECT_THAT(refusal(*model, folder.path()), HasSubstr("neither adapter.json"));
    EXPECT_FALSE(summarize_adapter(folder.path()).has_value());
}

// Written by version 1 of the format and kept for ever: later programs must read it.
TEST(NativeFormat, SampleOfVersion1Loads) {
    const std::string folder = source_path("tests/golden/adapter/v1");
    if (std::getenv("MOELORA_WRITE_GOLDEN")) {
        std::filesystem::create_directories(folder);
        save_sample(*tiny_model(), ragged(), folder);
    }
    const auto model = tiny_model();
    const auto adapter = Adapter::load(*model, folder);
    MOELORA_ASSERT_OK(adapter);
    EXPECT_EQ((*adapter)->sites().size(), 13u);
    EXPECT_EQ((*adapter)->card().tasks[1], "描述");
    EXPECT_EQ((*adapter)->options(), ragged());
    const auto written = make_adapter(*model, ragged());
    randomise(*written);
    EXPECT_TRUE(at::equal((*adapter)->parameters()[1].tensor, written->parameters()[1].tensor));
}

}  // namespace
}  // namespace moelora
