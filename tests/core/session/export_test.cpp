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
#include "core/session/exact_weights.h"
#include "core/session/export_formats.h"
#include "core/session/licence.h"
#include "core/session/probes.h"
#include "core/session/session.h"
#include "core/session/written_folder.h"
#include "tests/support/shared_data.h"

namespace moelora {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class Export : public ::testing::Test {
  protected:
    // A native folder with random weights, as a finished run would leave it.
    void make_adapter(RouterKind router, double size = 0.2) {
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
            at::Tensor(one.tensor).copy_(size * at::randn(one.tensor.sizes()));
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
        spec.limit = samples_;
        spec.rank = rank;
        return session_.export_adapter(spec);
    }
    test::TempDir temp_;
    std::string model_ = test::source_path("resources/demo/model");
    std::string data_ = test::source_path("resources/demo/held_out/data.jsonl");
    std::string adapter_ = temp_ / "adapter";
    std::int64_t samples_ = 6;  // of data_
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

// An adapter of a few updates moves weights by less than their last bit: its merge is right all the
// same, and the report says how far the files' rounding goes.
TEST_F(Export, AMergeIsJudgedBeforeItsFilesRoundIt) {
    make_adapter(RouterKind::None, 0.002);
    const auto report = run("merged");
    MOELORA_ASSERT_OK(report);
    EXPECT_TRUE(report->verified) << report->report;
    EXPECT_GT(report->max_logit_difference, 0.5 * report->effect) << report->report;
    EXPECT_THAT(report->report, HasSubstr("(folded in f32: 0.0000"));
}

// The demo's model as a folder of 32 bit.
std::string in_single_precision(const std::string& model, const std::string& folder) {
    fs::copy(model, folder);
    const auto base = SafetensorsFile::open(model + "/model.safetensors");
    std::vector<at::Tensor> kept;
    std::vector<TensorBytes> tensors;
    for (const TensorEntry& entry : base->entries()) {
        kept.push_back(read_float(*base, entry));
        tensors.push_back(
            {entry.name,
             Dtype::F32,
             entry.shape,
             {static_cast<const std::byte*>(kept.back().const_data_ptr()), kept.back().nbytes()}});
    }
    fs::remove(folder + "/model.safetensors");
    EXPECT_TRUE(write_safetensors(folder + "/model.safetensors", tensors));
    Json config = *read_json(folder + "/config.json");
    config["dtype"] = "float32";
    EXPECT_TRUE(write_text_atomic(folder + "/config.json", config.dump()));
    return folder;
}

TEST_F(Export, ABaseIn32BitIsMergedIn16UnlessAskedOtherwise) {
    make_adapter(RouterKind::None);
    ExportSpec spec;
    spec.adapter = adapter_;
    spec.format = "merged";
    spec.model = in_single_precision(model_, temp_ / "single");
    struct Case {
        ComputeDtype wanted;
        Dtype written;
        const char* said;
        double most;  // largest difference of logits, as a share of what the adapter moves
    };
    for (const Case& c : {Case{ComputeDtype::Auto, Dtype::BF16, "bfloat16", 0.5},
                          Case{ComputeDtype::Fp16, Dtype::F16, "float16", 0.1},
                          Case{ComputeDtype::Fp32, Dtype::F32, "float32", 1e-4}}) {
        SCOPED_TRACE(c.said);
        spec.dtype = c.wanted;
        spec.out = temp_ / c.said;
        const auto report = session_.export_adapter(spec);
        MOELORA_ASSERT_OK(report);
        EXPECT_LT(report->max_logit_difference, c.most * report->effect) << report->report;
        EXPECT_THAT(report->report, HasSubstr("stored as " + std::string(name_of(c.written))));
        const auto merged = SafetensorsFile::open(spec.out + "/model.safetensors");
        MOELORA_ASSERT_OK(merged);
        for (const TensorEntry& entry : merged->entries())
            EXPECT_EQ(entry.dtype, c.written) << entry.name;
        EXPECT_EQ(read_json(spec.out + "/config.json")->at("dtype"), c.said);
        const auto offer = session_.offer_export(spec);
        MOELORA_ASSERT_OK(offer);
        EXPECT_GE(offer->formats.back().bytes, merged->file_bytes());
        EXPECT_LT(offer->formats.back().bytes, merged->file_bytes() + (3 << 20)) << "texts";
    }
}

TEST_F(Export, AMergeThatFp16CannotHoldIsRefusedByName) {
    make_adapter(RouterKind::None, 400);
    ExportSpec spec;
    spec.adapter = adapter_;
    spec.format = "merged";
    spec.dtype = ComputeDtype::Fp16;
    spec.out = temp_ / "merged";
    const auto report = session_.export_adapter(spec);
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().code, ErrorCode::ExportRefused);
    EXPECT_THAT(message_of(report.error()), HasSubstr("too large for fp16"));
    EXPECT_FALSE(fs::exists(spec.out));
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

    spec.dtype = ComputeDtype::Fp32;
    spec.out = temp_ / "wide shards";
    MOELORA_ASSERT_OK(session_.export_adapter(spec));
    std::uint64_t bytes = 0;
    for (const TensorEntry& entry : whole->entries()) bytes += 2 * (entry.end - entry.begin);
    EXPECT_EQ(
        read_json(spec.out + "/model.safetensors.index.json")->at("metadata").at("total_size"),
        bytes);
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

// Asked before anything is loaded: every format, or the reason that the export itself would give.
TEST_F(Export, TheOfferIsWhatTheExportDoes) {
    const auto offered = [this](RouterKind router) {
        fs::remove_all(adapter_);
        make_adapter(router);
        ExportSpec spec;
        spec.adapter = adapter_;
        spec.out = temp_ / "out";
        auto offer = session_.offer_export(spec);
        EXPECT_TRUE(offer.has_value());
        return std::move(*offer);
    };
    for (const RouterKind router : {RouterKind::None, RouterKind::Task, RouterKind::Token}) {
        const ExportOffer offer = offered(router);
        ASSERT_EQ(offer.formats.size(), export_formats().size());
        EXPECT_EQ(offer.tasks.size(), 3U);
        EXPECT_GT(offer.free_bytes, 0);
        for (const ExportChoice& choice : offer.formats) {
            SCOPED_TRACE(choice.format + " of router " + std::string(name_of_enum(router)));
            const auto report = run(choice.format, choice.needs_task ? "count" : "",
                                    choice.needs_data ? data_ : "");
            EXPECT_EQ(report.has_value(), !choice.refused.has_value());
            if (!report) {
                EXPECT_EQ(message_of(report.error()), message_of(*choice.refused));
                continue;
            }
            EXPECT_EQ(report->exact, !choice.needs_data && choice.format != "peft-per-expert");
            std::int64_t written = 0;
            for (const std::string& file : report->files)
                written += static_cast<std::int64_t>(fs::file_size(file));
            EXPECT_LE(written, choice.bytes + (1 << 20));
            EXPECT_GT(written, choice.bytes / 4 - (1 << 20));
            fs::remove_all(temp_ / choice.format);
        }
    }
}

TEST_F(Export, StaticMixtureSaysHowFarItDrifts) {
    make_adapter(RouterKind::Token);
    const auto whole = run("peft-static", {}, data_);
    MOELORA_ASSERT_OK(whole);
    EXPECT_GT(whole->max_logit_difference, 0);
    EXPECT_LT(whole->max_logit_difference, whole->effect);
    EXPECT_THAT(whole->report, HasSubstr("the routing is dropped"));
    EXPECT_THAT(whole->report, HasSubstr("equal answers: "));
    const auto written = read_json(temp_ / "peft-static/verification.json");
    MOELORA_ASSERT_OK(written);
    EXPECT_EQ(written->at("equal_answers"), whole->equal_answers);
    std::int64_t equal = 0, of_base = 0;
    for (const Json& caption : written->at("captions")) {
        equal += caption.at("exported") == caption.at("adapter") ? 1 : 0;
        of_base += caption.at("base") == caption.at("adapter") ? 1 : 0;
    }
    EXPECT_EQ(equal, whole->equal_answers);
    EXPECT_EQ(of_base, whole->base_equal_answers);
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
    // Each was asked.
    const auto written = read_json(temp_ / "peft-per-expert/verification.json");
    MOELORA_ASSERT_OK(written);
    EXPECT_EQ(written->at("captions").at(0).at("exported").size(), 3U);
    EXPECT_THAT(written->at("report").get<std::string>(), HasSubstr(", expert_2 "));
}

// The adapter of a run takes along what the run recorded up to its update, and no later numbers.
TEST_F(Export, TheCardTellsWhatItsRunRecorded) {
    make_adapter(RouterKind::None);
    std::ofstream(temp_ / "run.json") << "{}";
    std::ofstream(temp_ / "metrics.jsonl")
        << R"({"type":"step","step":0,"loss":0.5})" << '\n'
        << R"({"type":"eval","step":0,"loss":0.25,"targets":12,"bleu4":0.75})" << '\n'
        << R"({"type":"step","step":1,"loss":0.125})" << '\n';
    MOELORA_ASSERT_OK(run("native"));
    const auto card = read_text(temp_ / "native/README.md");
    MOELORA_ASSERT_OK(card);
    EXPECT_THAT(*card, HasSubstr("* loss of that update: 0.5\n"));
    EXPECT_THAT(*card, HasSubstr("* conversation: Qwen3-VL's, answers end with `<|im_end|>`\n"));
    EXPECT_THAT(*card, HasSubstr(" pixels, patches of 16 x 16\n"));
    EXPECT_THAT(*card, HasSubstr("* evaluation loss: 0.25 over 12 targets, at update 0\n"));
    EXPECT_THAT(*card, HasSubstr("* BLEU-4 of its probes: 0.75\n"));
    EXPECT_THAT(*card, testing::Not(HasSubstr("0.125")));
}

// Whoever passes an adapter on must know under which terms the base came.
TEST_F(Export, TheCardNamesTheLicenceThatTheBasesFolderNames) {
    const auto said = [&](const char* readme) {
        std::ofstream(temp_ / "README.md") << readme;
        return licence_said_in(temp_.path());
    };
    EXPECT_EQ(said("---\nlanguage: en\nlicense: apache-2.0\n---\n# A model\n"),
              "apache-2.0, as its README.md says");
    EXPECT_EQ(said("---\r\nlicense: other\r\nlicense_name: 'qwen-research'\r\n---\r\n"),
              "qwen-research, as its README.md says");
    EXPECT_EQ(said("---\nlicense: `x` <b>\n---\n"), "not said in its folder");  // no markup
    EXPECT_EQ(said("# A model\nlicense: mit\n"), "not said in its folder");
    std::ofstream(temp_ / "LICENSE") << "Terms.";
    EXPECT_EQ(said("---\nno end\n"), "as its file LICENSE says");
    make_adapter(RouterKind::None);
    MOELORA_ASSERT_OK(run("native"));
    const auto card = read_text(temp_ / "native/README.md");
    MOELORA_ASSERT_OK(card);
    EXPECT_THAT(*card, HasSubstr("\n* licence of the base model: not said in its folder\n"
                                 "* licence of this adapter: yours to fill in\n"));
}

// A data set whose pictures lie outside its folder is readable with an option that the run of the
// adapter was given: an export of it knows that. (The model is not there, which is found behind the
// data, so that nothing need be computed.)
TEST_F(Export, TheDataOfTheAdaptersRunAreReadAsItReadThem) {
    make_adapter(RouterKind::Token);
    const std::string data = temp_ / "data.csv";
    const std::string picture = test::source_path("resources/demo/held_out/images/0000.webp");
    std::ofstream(data) << "image,caption\n" << picture << ",one\n" << picture << ",two\n";
    ExportSpec spec;
    spec.adapter = adapter_;
    spec.format = "native";
    spec.out = temp_ / "native";
    spec.data = data;
    spec.model = temp_ / "nosuch";
    const auto refused = [&](const std::string& data_of_run, const char* setting) {
        Json config = moelora::to_json(RunOptions());
        config["data"]["path"] = data_of_run;
        config["data"]["allow_outside_root"] = true;
        std::ofstream(temp_ / "run.json") << Json{{"config", config}}.dump();
        spec.settings.clear();
        if (*setting) spec.settings = {setting};
        const auto report = session_.export_adapter(spec);
        return report ? "nothing" : message_of(report.error()) + " " + hint_of(report.error());
    };
    EXPECT_THAT(refused(data, ""), HasSubstr("nosuch"));
    // Of other data nothing is known: told is what stands in the way, and a setting helps.
    EXPECT_THAT(refused(data_, ""), HasSubstr("data.allow_outside_root"));
    EXPECT_THAT(refused(data_, "data.allow_outside_root=true"), HasSubstr("nosuch"));
    EXPECT_THAT(refused(data, "data.allow_outside_root=false"),
                HasSubstr("data.allow_outside_root"));
    EXPECT_THAT(refused(data, "train.epochs=1"), HasSubstr("options of the group data alone"));
}

// A sample that cannot be used is told beside the report.
TEST_F(Export, WhatIsWrongWithTheDataIsToldBesideTheReport) {
    make_adapter(RouterKind::Token);
    const std::string data = temp_ / "data.csv";
    const std::string picture = test::source_path("resources/demo/held_out/images/0000.webp");
    fs::copy(picture, temp_ / "a.webp");
    std::ofstream(data) << "image,caption\na.webp,one\nmissing.webp,two\n";
    const auto report = run("native", {}, data);
    MOELORA_ASSERT_OK(report);
    EXPECT_EQ(report->probes, 1);
    ASSERT_EQ(report->issues.size(), 1U);
    EXPECT_THAT(message_of(report->issues[0].error), HasSubstr("missing.webp"));
}

// A file that is all hole costs nothing here, but copied into a merged model it would.
TEST_F(Export, WithoutRoomNothingIsLoadedOrWritten) {
    make_adapter(RouterKind::None);
    const std::string model = temp_ / "model";
    fs::copy(model_, model);
    std::ofstream(model + "/large.dat");
    fs::resize_file(model + "/large.dat", std::uintmax_t{15} << 40);
    ExportSpec spec;
    spec.adapter = adapter_;
    spec.format = "merged";
    spec.out = temp_ / "merged";
    spec.model = model;
    const auto report = session_.export_adapter(spec);
    ASSERT_FALSE(report.has_value());
    EXPECT_EQ(report.error().code, ErrorCode::SpaceNeeded);
    EXPECT_FALSE(fs::exists(spec.out));
}

TEST_F(Export, NothingIsOverwrittenWithoutForce) {
    make_adapter(RouterKind::None);
    MOELORA_ASSERT_OK(run("native"));
    const auto again = run("native");
    ASSERT_FALSE(again.has_value());
    EXPECT_EQ(again.error().code, ErrorCode::OutputExists);
}

// What the run asked while it was trained is what the export is tried on; a picture that is gone
// since is left out.
TEST_F(Export, ProbesAreThoseOfItsRun) {
    make_adapter(RouterKind::None);
    std::ofstream(temp_ / "run.json") << "{}";
    std::vector<CaptionSample> probes;
    for (const char* id : {"one", "two", "three"})
        probes.push_back({id, {}, std::string("What is ") + id + "?", {}, {}});
    probes[1].image = temp_ / "gone.png";
    MOELORA_ASSERT_OK(write_probes(temp_.path(), probes));
    const auto report = run("native");
    MOELORA_ASSERT_OK(report);
    EXPECT_EQ(report->probes, 2);
    EXPECT_THAT(report->report, HasSubstr("on 2 probes of its run: "));
    EXPECT_EQ(read_json(temp_ / "native/verification.json")->at("probe_ids"),
              (Json{"one", "three"}));
    samples_ = 1;
    const auto with_data = run("peft", {}, data_);
    MOELORA_ASSERT_OK(with_data);
    EXPECT_THAT(with_data->report, HasSubstr("on 1 probes: "));
}

// Merging is never undone by subtraction: each task is folded anew into the base, whose files stay.
TEST_F(Export, MergingATaskLeavesTheBaseForTheNextTask) {
    make_adapter(RouterKind::Task);
    const std::string weights = model_ + "/model.safetensors";
    const std::string before = *sha256_file(weights);
    std::vector<std::string> merged;
    for (const char* task : {"count", "tags", "count"}) {
        MOELORA_ASSERT_OK(run("merged", task));
        merged.push_back(*sha256_file(temp_ / "merged/model.safetensors"));
        fs::remove_all(temp_ / "merged");
        EXPECT_EQ(*sha256_file(weights), before);
    }
    EXPECT_NE(merged[0], merged[1]);
    EXPECT_EQ(merged[0], merged[2]) << "bit for bit, whatever was merged in between";
}

void flip_last_bit(const std::string& file) {
    std::fstream bytes(file, std::ios::in | std::ios::out | std::ios::binary);
    bytes.seekg(-1, std::ios::end);
    const auto last = static_cast<char>(bytes.get() ^ 1);
    bytes.seekp(-1, std::ios::end);
    bytes.put(last);
}

// The check that every export passes before it counts.
TEST_F(Export, AFlippedByteBetweenWritingAndReadingBackIsNoticed) {
    make_adapter(RouterKind::None);
    auto model = Qwen3VL::load(model_, ComputeDtype::Fp32, "cpu");
    MOELORA_ASSERT_OK(model);
    const auto adapter = Adapter::load(**model, adapter_);
    MOELORA_ASSERT_OK(adapter);
    const struct {
        const char* file;
        Status (*save)(const Adapter&, const std::string&);
    } forms[] = {{"/adapter.safetensors", save_native}, {"/adapter_model.safetensors", save_peft}};
    for (const auto& form : forms) {
        const test::TempDir folder;
        MOELORA_ASSERT_OK(form.save(**adapter, folder.path()));
        EXPECT_TRUE(read_back(**model, **adapter, folder.path())->equal);
        flip_last_bit(folder.path() + form.file);
        EXPECT_FALSE(read_back(**model, **adapter, folder.path())->equal);
    }
    // Scales stand in the configuration.
    const test::TempDir folder;
    MOELORA_ASSERT_OK(save_peft(**adapter, folder.path()));
    Json config = *read_json(folder / "adapter_config.json");
    config["lora_alpha"] = config.at("lora_alpha").get<double>() * 2;
    ASSERT_TRUE(write_text_atomic(folder / "adapter_config.json", config.dump()));
    EXPECT_FALSE(read_back(**model, **adapter, folder.path())->equal);
    // A merged model's shards.
    const auto base = SafetensorsFile::open(model_ + "/model.safetensors");
    MOELORA_ASSERT_OK(base);
    const TensorEntry& entry = base->entries().front();
    const std::vector<TensorBytes> tensors = {
        {entry.name, entry.dtype, entry.shape, base->bytes(entry)}};
    MOELORA_ASSERT_OK(write_safetensors(folder / "shard.safetensors", tensors));
    MOELORA_ASSERT_OK(check_written(folder / "shard.safetensors", tensors));
    flip_last_bit(folder / "shard.safetensors");
    const Status changed = check_written(folder / "shard.safetensors", tensors);
    ASSERT_FALSE(changed);
    EXPECT_EQ(changed.error().code, ErrorCode::SelfTestFailed);
    EXPECT_THAT(message_of(changed.error()), HasSubstr(entry.name));
}

TEST_F(Export, AFlippedByteTurnsTheReportRedInEveryFormat) {
    const struct {
        const char *format, *folder, *file;  // the adapter's folder in the export
        RouterKind router;
    } exports[] = {{"native", "", "adapter.safetensors", RouterKind::Token},
                   {"peft", "", "adapter_model.safetensors", RouterKind::None},
                   {"peft-per-expert", "/expert_1", "adapter_model.safetensors", RouterKind::Token},
                   {"native", "", "verification.json", RouterKind::Token},
                   {"peft", "", "verification.json", RouterKind::None},
                   {"peft-static", "", "adapter_model.safetensors", RouterKind::Token},
                   {"peft-task", "", "adapter_model.safetensors", RouterKind::Task}};
    samples_ = 1;
    for (const auto& one : exports) {
        SCOPED_TRACE(one.format);
        fs::remove_all(adapter_);
        fs::remove_all(temp_ / one.format);
        make_adapter(one.router);
        const bool measures = std::string(one.format) == "peft-static";
        MOELORA_ASSERT_OK(run(one.format, one.router == RouterKind::Task ? "count" : "",
                              measures ? data_ : std::string()));
        const std::string folder = temp_ / one.format + one.folder;
        const auto before = session_.inspect_adapter(folder);
        MOELORA_ASSERT_OK(before);
        EXPECT_TRUE(before->issues.empty());
        EXPECT_EQ(fs::path(before->listed_in), fs::path(temp_ / one.format));
        EXPECT_TRUE(before->files_whole);
        flip_last_bit(folder + "/" + one.file);
        const auto after = session_.inspect_adapter(folder);
        MOELORA_ASSERT_OK(after);
        EXPECT_FALSE(after->files_whole);
        ASSERT_EQ(after->issues.size(), 1U);
        EXPECT_EQ(after->issues[0].severity, Severity::Error);
        EXPECT_THAT(message_of(after->issues[0].error), HasSubstr(one.file));
    }
}

// Sizes alone say nothing of a byte; hashing gigabytes is asked for.
TEST_F(Export, AFlippedByteInAMergedModelIsFoundByReadingIt) {
    make_adapter(RouterKind::None);
    MOELORA_ASSERT_OK(run("merged"));
    const std::string folder = temp_ / "merged";
    EXPECT_EQ(written_model(folder, true).listed_in, folder);
    EXPECT_TRUE(written_model(folder, true).whole);
    flip_last_bit(folder + "/model.safetensors");
    EXPECT_TRUE(written_model(folder, false).whole);
    const WrittenFolder changed = written_model(folder, true);
    ASSERT_FALSE(changed.whole);
    EXPECT_THAT(message_of(changed.whole.error()), HasSubstr("model.safetensors"));
    fs::resize_file(folder + "/model.safetensors", 1000);
    EXPECT_FALSE(written_model(folder, false).whole);
    EXPECT_EQ(written_model(model_, true).listed_in, "") << "no folder of this program";
}

}  // namespace
}  // namespace moelora
