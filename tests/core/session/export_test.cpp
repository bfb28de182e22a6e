// SPDX-License-Identifier: GPL-3.0-or-later
// Exports of adapters on the bundled model, through the facade: what is written is read back from
// disk and does what the adapter does.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "core/adapter/adapter.h"
#include "core/base/json.h"
#include "core/io/files.h"
#include "core/io/safetensors.h"
#include "core/session/session.h"
#include "tests/support/shared_data.h"

namespace moelora {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class Export : public ::testing::Test {
  protected:
    // A native folder with random weights, as a finished run would leave it.
    void make_adapter(RouterKind router) {
        at::set_num_threads(1);
        auto model = Qwen3VL::load(model_, ComputeDtype::Fp32, "cpu");
        MOELORA_ASSERT_OK(model);
        AdapterOptions o;
        o.targets = {"q_proj", "down_proj"};
        o.num_experts = router == RouterKind::None ? 1 : 3;
        o.rank = 2;
        o.router = router;
        o.gate = router == RouterKind::None ? GateKind::None : GateKind::Softmax;
        o.num_tasks = router == RouterKind::Task ? 3 : 0;
        auto adapter = Adapter::create(**model, o, 1);
        MOELORA_ASSERT_OK(adapter);
        const at::NoGradGuard no_grad;
        at::manual_seed(4);
        for (const NamedTensor& one : (*adapter)->parameters())
            at::Tensor(one.tensor).copy_(0.2 * at::randn(one.tensor.sizes()));
        AdapterCard& card = (*adapter)->card();
        card.base_path = model_;
        card.prompt = "Describe the picture.";
        card.tasks = {"chinese", "count", "tags"};
        fs::create_directories(adapter_);
        MOELORA_ASSERT_OK(save_native(**adapter, adapter_));
    }
    Result<ExportReport> run(const std::string& format, const std::string& task = {},
                             const std::string& data = {}, std::int64_t rank = 0) {
        ExportSpec spec;
        spec.adapter = adapter_;
        spec.format = format;
        spec.out = temp_ / format;
        spec.task = task;
        spec.data = data;
        spec.limit = 6;
        spec.rank = rank;
        return session_.export_adapter(spec);
    }
    test::TempDir temp_;
    std::string model_ = test::source_path("resources/demo/model");
    std::string data_ = test::source_path("resources/demo/held_out/data.jsonl");
    std::string adapter_ = temp_ / "adapter";
    Session session_{temp_ / "runs"};
};

TEST_F(Export, PlainLoraMergesIntoAModelThatGivesItsLogits) {
    make_adapter(RouterKind::None);
    const auto report = run("merged", {}, data_);
    MOELORA_ASSERT_OK(report);
    EXPECT_TRUE(report->verified) << report->report;
    EXPECT_LT(report->max_logit_difference, 0.5 * report->effect);
    EXPECT_EQ(report->probes, 6);
    for (const char* name : {"config.json", "tokenizer.json", "model.safetensors",
                             "verification.json", "ADAPTER.md", "COMPLETE"})
        EXPECT_TRUE(fs::exists(temp_ / ("merged/" + std::string(name)))) << name;
    MOELORA_ASSERT_OK(run("peft"));
}

// Every second tensor in a file of its own, and a pickle of the same weights beside them.
TEST_F(Export, AMergedModelIsShardedAsItsBaseAndCarriesNoStaleWeights) {
    make_adapter(RouterKind::None);
    MOELORA_ASSERT_OK(run("merged"));
    const auto whole = SafetensorsFile::open(temp_ / "merged/model.safetensors");
    MOELORA_ASSERT_OK(whole);

    const std::string sharded = temp_ / "sharded";
    fs::copy(model_, sharded);
    fs::remove(sharded + "/model.safetensors");
    const auto base = SafetensorsFile::open(model_ + "/model.safetensors");
    MOELORA_ASSERT_OK(base);
    std::vector<TensorBytes> parts[2];
    Json index = {{"metadata", Json::object()}, {"weight_map", Json::object()}};
    const auto shard = [](std::size_t i) {
        return "model-0000" + std::to_string(i + 1) + "-of-00002.safetensors";
    };
    for (std::size_t i = 0; i < base->entries().size(); ++i) {
        const TensorEntry& entry = base->entries()[i];
        parts[i % 2].push_back({entry.name, entry.dtype, entry.shape, base->bytes(entry)});
        index["weight_map"][entry.name] = shard(i % 2);
    }
    for (std::size_t i = 0; i < 2; ++i)
        MOELORA_ASSERT_OK(write_safetensors(sharded + "/" + shard(i), parts[i]));
    ASSERT_TRUE(write_text_atomic(sharded + "/model.safetensors.index.json", index.dump()));
    ASSERT_TRUE(write_text_atomic(sharded + "/pytorch_model.bin", "stale"));

    ExportSpec spec;
    spec.adapter = adapter_;
    spec.format = "merged";
    spec.model = sharded;
    spec.out = temp_ / "merged shards";
    MOELORA_ASSERT_OK(session_.export_adapter(spec));
    EXPECT_FALSE(fs::exists(spec.out + "/pytorch_model.bin"));
    EXPECT_EQ(*read_text(spec.out + "/model.safetensors.index.json"), index.dump());
    std::size_t equal = 0;
    for (std::size_t i = 0; i < 2; ++i) {
        const auto part = SafetensorsFile::open(spec.out + "/" + shard(i));
        MOELORA_ASSERT_OK(part);
        for (const TensorEntry& entry : part->entries()) {
            const TensorEntry* other = whole->find(entry.name);
            ASSERT_TRUE(other) << entry.name;
            const auto a = part->bytes(entry), b = whole->bytes(*other);
            ASSERT_TRUE(std::equal(a.begin(), a.end(), b.begin(), b.end())) << entry.name;
            ++equal;
        }
    }
    EXPECT_EQ(equal, whole->entries().size());
}

TEST_F(Export, OneTaskIsExactAsPeftAndMerged) {
    make_adapter(RouterKind::Task);
    const auto peft = run("peft-task", "count", data_);
    MOELORA_ASSERT_OK(peft);
    EXPECT_LT(peft->max_logit_difference, 1e-4);
    EXPECT_THAT(peft->report, HasSubstr("exact for that task"));
    EXPECT_THAT(peft->report, HasSubstr("equal answers: 6 of 6"));
    MOELORA_ASSERT_OK(run("merged", "count|tags", data_));
    fs::remove_all(temp_ / "peft-task");
    const auto unknown = run("peft-task", "poems");
    ASSERT_FALSE(unknown.has_value());
    EXPECT_EQ(unknown.error().code, ErrorCode::TaskUnknown);
    EXPECT_THAT(hint_of(unknown.error()), HasSubstr("chinese, count, tags"));
}

TEST_F(Export, TokenRoutedMixtureIsRefusedWhereItCannotBeKept) {
    make_adapter(RouterKind::Token);
    for (const char* format : {"peft", "peft-task", "merged", "peft-static"}) {
        const auto report = run(format, std::string(format) == "peft-task" ? "count" : "");
        ASSERT_FALSE(report.has_value()) << format;
        EXPECT_EQ(report.error().code, ErrorCode::ExportRefused) << format;
        EXPECT_FALSE(fs::exists(temp_ / format)) << "nothing is left behind";
    }
    MOELORA_ASSERT_OK(run("native"));
}

TEST_F(Export, StaticMixtureSaysHowFarItDrifts) {
    make_adapter(RouterKind::Token);
    const auto whole = run("peft-static", {}, data_);
    MOELORA_ASSERT_OK(whole);
    EXPECT_GT(whole->max_logit_difference, 0);
    EXPECT_LT(whole->max_logit_difference, whole->effect);
    EXPECT_THAT(whole->report, HasSubstr("the routing is dropped"));
    EXPECT_THAT(whole->report, HasSubstr("equal answers: "));
    fs::remove_all(temp_ / "peft-static");
    const auto small = run("peft-static", {}, data_, 1);
    MOELORA_ASSERT_OK(small);
    EXPECT_GT(small->max_logit_difference, whole->max_logit_difference);
    const auto summary = summarize_adapter(temp_ / "peft-static");
    MOELORA_ASSERT_OK(summary);
    EXPECT_EQ(summary->rank, 1);
}

TEST_F(Export, EachExpertIsAFolderOfItsOwn) {
    make_adapter(RouterKind::Token);
    MOELORA_ASSERT_OK(run("peft-per-expert"));
    for (const char* name : {"expert_0", "expert_1", "expert_2"}) {
        const auto summary = summarize_adapter(temp_ / ("peft-per-expert/" + std::string(name)));
        MOELORA_ASSERT_OK(summary);
        EXPECT_EQ(summary->experts, 1);
        EXPECT_EQ(summary->rank, 2);
    }
}

// The adapter of a run takes along what the run recorded up to its update, and no later numbers.
TEST_F(Export, TheCardTellsWhatItsRunRecorded) {
    make_adapter(RouterKind::None);
    std::ofstream(temp_ / "run.json") << "{}";
    std::ofstream(temp_ / "metrics.jsonl")
        << R"({"type":"step","step":0,"loss":0.5})" << '\n'
        << R"({"type":"eval","step":0,"loss":0.25,"targets":12})" << '\n'
        << R"({"type":"step","step":1,"loss":0.125})" << '\n';
    MOELORA_ASSERT_OK(run("native"));
    const auto card = read_text(temp_ / "native/README.md");
    MOELORA_ASSERT_OK(card);
    EXPECT_THAT(*card, HasSubstr("* loss of that update: 0.5\n"));
    EXPECT_THAT(*card, HasSubstr("* evaluation loss: 0.25 over 12 targets, at update 0\n"));
    EXPECT_THAT(*card, testing::Not(HasSubstr("0.125")));
}

TEST_F(Export, NothingIsOverwrittenWithoutForce) {
    make_adapter(RouterKind::None);
    MOELORA_ASSERT_OK(run("native"));
    const auto again = run("native");
    ASSERT_FALSE(again.has_value());
    EXPECT_EQ(again.error().code, ErrorCode::OutputExists);
}

TEST_F(Export, AFlippedByteTurnsTheReportRed) {
    make_adapter(RouterKind::None);
    MOELORA_ASSERT_OK(run("native"));
    const std::string folder = temp_ / "native", file = folder + "/adapter.safetensors";
    const auto before = session_.inspect_adapter(folder);
    MOELORA_ASSERT_OK(before);
    EXPECT_TRUE(before->issues.empty());
    {
        std::fstream bytes(file, std::ios::in | std::ios::out | std::ios::binary);
        bytes.seekg(-1, std::ios::end);
        const auto last = static_cast<char>(bytes.get() ^ 1);
        bytes.seekp(-1, std::ios::end);
        bytes.put(last);
    }
    const auto after = session_.inspect_adapter(folder);
    MOELORA_ASSERT_OK(after);
    ASSERT_EQ(after->issues.size(), 1U);
    EXPECT_EQ(after->issues[0].severity, Severity::Error);
    EXPECT_THAT(message_of(after->issues[0].error), HasSubstr("adapter.safetensors"));
}

}  // namespace
}  // namespace moelora
