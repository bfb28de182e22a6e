// SPDX-License-Identifier: GPL-3.0-or-later
// Comparing and evaluating with the bundled model: what the self-test catches on real weights, and
// the numbers of `evaluate`.
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <gmock/gmock.h>

#include <filesystem>

#include "core/adapter/adapter.h"
#include "core/data/dataset.h"
#include "core/io/files.h"
#include "core/options/presets.h"
#include "core/session/captioner.h"
#include "core/session/compare_report.h"
#include "core/session/model_asker.h"
#include "core/session/session.h"
#include "tests/support/shared_data.h"
#include "tests/support/spoilt_picture.h"

namespace moelora {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

std::string demo(const std::string& name) {
    return test::source_path("resources/demo/" + name);
}

struct End {
    JobState state = JobState::Failed;
    std::optional<Error> error;
    std::optional<Comparison> comparison;
    std::optional<Evaluation> evaluation;
    std::vector<Issue> issues;
    int captions = 0;
    [[nodiscard]] const Issue* issue(ErrorCode code) const {
        for (const Issue& one : issues)
            if (one.error.code == code) return &one;
        return nullptr;
    }
};

End end_of(Session& session, const Result<JobId>& job) {
    End out;
    if (!job) {
        out.error = job.error();
        return out;
    }
    for (int i = 0; i < 6000; ++i) {
        session.wait_for_events(20);
        for (Event& event : session.drain()) {
            if (auto* c = std::get_if<ComparisonFinished>(&event))
                out.comparison = std::move(c->comparison);
            if (auto* e = std::get_if<EvaluationFinished>(&event))
                out.evaluation = std::move(e->evaluation);
            out.captions += std::holds_alternative<CaptionFinished>(event);
            if (const auto* raised = std::get_if<IssueRaised>(&event))
                out.issues.push_back(raised->issue);
            const auto* changed = std::get_if<JobStateChanged>(&event);
            if (!changed || !is_terminal(changed->to)) continue;
            out.state = changed->to;
            out.error = changed->error;
            return out;
        }
    }
    ADD_FAILURE() << "the job did not end";
    return out;
}

// One model and two adapters for all tests: random experts, and fresh ones that add nothing.
class Judging : public testing::Test {
  protected:
    static void SetUpTestSuite() {
        folder_ = std::make_unique<test::TempDir>();
        auto loaded = load_model(demo("model"), ComputeDtype::Fp32, {.name = "cpu", .threads = 1},
                                 DataOptions{});
        ASSERT_TRUE(loaded) << message_of(loaded.error());
        loaded_ = std::make_unique<LoadedModel>(std::move(*loaded));
        RunOptions options;
        options.adapter.preset = "soft";
        ASSERT_TRUE(apply_preset(options));
        options.adapter.num_experts = 2;
        options.adapter.rank = 2;
        auto adapter = Adapter::create(*loaded_->model, options.adapter, 1);
        ASSERT_TRUE(adapter) << message_of(adapter.error());
        write(**adapter, adapter_path(false));
        const at::NoGradGuard no_graph;
        at::manual_seed(3);
        for (const NamedTensor& p : (*adapter)->parameters()) p.tensor.normal_(0, 0.1);
        write(**adapter, adapter_path(true));
    }
    static void TearDownTestSuite() {
        loaded_.reset();
        folder_.reset();
    }
    static void write(const Adapter& adapter, const std::string& folder) {
        fs::create_directories(folder);
        const Status saved = save_native(adapter, folder);
        ASSERT_TRUE(saved) << message_of(saved.error());
    }
    static std::string adapter_path(bool random) {
        return *folder_ / (random ? "random" : "fresh");
    }
    // Every B has learnt something, and none of it is reached: each A is zero.
    static std::string adapter_without_input() {
        const std::string folder = *folder_ / "without_input";
        if (fs::exists(folder)) return folder;
        const auto adapter = Adapter::load(*loaded_->model, adapter_path(true));
        EXPECT_TRUE(adapter);
        const at::NoGradGuard no_graph;
        for (const NamedTensor& p : (*adapter)->parameters())
            if (p.name.ends_with("expert_a")) p.tensor.zero_();
        write(**adapter, folder);
        return folder;
    }
    static CompareSpec comparison(const std::string& adapter) {
        CompareSpec spec;
        spec.model = demo("model");
        spec.adapter = adapter;
        spec.data = demo("held_out/data.jsonl");
        spec.limit = 4;
        spec.gate_samples = 0;
        spec.generate.max_new_tokens = 8;
        spec.device = {.name = "cpu", .threads = 1};
        return spec;
    }
    static EvaluateSpec evaluation(const std::string& adapter = {}) {
        EvaluateSpec spec;
        spec.model = demo("model");
        spec.adapter = adapter;
        spec.data = demo("held_out/data.jsonl");
        spec.limit = 6;
        spec.generate.max_new_tokens = 8;
        spec.compute_dtype = ComputeDtype::Fp32;
        spec.device = {.name = "cpu", .threads = 1};
        return spec;
    }
    static CaptionSpec captioning(const std::string& adapter = {}) {
        CaptionSpec spec;
        spec.model = demo("model");
        spec.adapter = adapter;
        spec.images = {demo("held_out/images/0000.webp")};
        spec.generate.max_new_tokens = 4;
        spec.device = {.name = "cpu", .threads = 1};
        return spec;
    }
    // The random adapter with COMPLETE, trained on `base`.
    static std::string complete_adapter(const std::string& name, const std::string& base) {
        const std::string folder = *folder_ / name;
        const auto adapter = Adapter::load(*loaded_->model, adapter_path(true));
        EXPECT_TRUE(adapter);
        (*adapter)->card().base_fingerprint = base;
        (*adapter)->card().compute_dtype = "fp32";
        auto out = AtomicFolder::begin(folder, true);
        EXPECT_TRUE(out && save_native(**adapter, out->temporary()));
        EXPECT_TRUE(write_text_atomic(out->temporary() + "/README.md", "mine"));
        EXPECT_TRUE(out->commit());
        return folder;
    }
    static std::unique_ptr<test::TempDir> folder_;
    static std::unique_ptr<LoadedModel> loaded_;
    Session session_{*folder_ / "runs"};
};
std::unique_ptr<test::TempDir> Judging::folder_;
std::unique_ptr<LoadedModel> Judging::loaded_;

TEST_F(Judging, AComparisonProvesColumnsAndPictures) {
    CompareSpec spec = comparison(adapter_path(true));
    spec.out = *folder_ / "comparison";
    const End end = end_of(session_, session_.start(spec));
    ASSERT_EQ(end.state, JobState::Finished) << (end.error ? message_of(*end.error) : "");
    ASSERT_TRUE(end.comparison.has_value());
    const SelfTest& test = end.comparison->self_test;
    EXPECT_TRUE(test.passed());
    EXPECT_EQ(test.pictures, 1);
    EXPECT_GT(test.caption_pairs, 0);
    const auto back = read_comparison(spec.out);
    MOELORA_ASSERT_OK(back);
    EXPECT_EQ(back->base.scores, end.comparison->base.scores);
    EXPECT_EQ(back->adapted.scores_by_task, end.comparison->adapted.scores_by_task);
    EXPECT_EQ(back->self_test.caption_pairs, test.caption_pairs);
    EXPECT_TRUE(fs::exists(spec.out + "/coco_results_base.json"));
    EXPECT_TRUE(fs::exists(spec.out + "/coco_results_adapted.json"));
}

TEST_F(Judging, SwappedColumnsOfARealComparisonAreNoticed) {
    End end = end_of(session_, session_.start(comparison(adapter_path(true))));
    ASSERT_TRUE(end.comparison.has_value());
    auto adapter = Adapter::load(*loaded_->model, adapter_path(true));
    MOELORA_ASSERT_OK(adapter);
    const AskModel ask = ask_model(*loaded_->model, **adapter, loaded_->text);
    SelfTest straight, swapped;
    MOELORA_ASSERT_OK(
        test_columns(ask, end.comparison->samples, logit_rounding(*loaded_->model), straight));
    EXPECT_FALSE(straight.columns_swapped);
    for (ComparedSample& s : end.comparison->samples) std::swap(s.base, s.adapted);
    MOELORA_ASSERT_OK(
        test_columns(ask, end.comparison->samples, logit_rounding(*loaded_->model), swapped));
    EXPECT_GT(swapped.caption_pairs, 0);
    EXPECT_TRUE(swapped.columns_swapped);
}

TEST_F(Judging, DrawnCaptionsAreProvedByGreedyOnes) {
    CompareSpec spec = comparison(adapter_path(true));
    spec.generate.do_sample = true;
    const End end = end_of(session_, session_.start(spec));
    ASSERT_EQ(end.state, JobState::Finished) << (end.error ? message_of(*end.error) : "");
    ASSERT_TRUE(end.comparison.has_value());
    EXPECT_EQ(end.comparison->samples.size(), 4U);
    EXPECT_GT(end.comparison->self_test.caption_pairs, 0);
}

// Pictures without captions, or records without an answer.
TEST_F(Judging, WhatHasNoReferenceIsComparedAndNotScored) {
    const std::string data = *folder_ / "unanswered";
    fs::create_directories(data + "/birds");
    fs::copy_file(demo("held_out/images/0000.webp"), data + "/a.webp");
    fs::copy_file(demo("held_out/images/0001.webp"), data + "/birds/b.webp");
    CompareSpec spec = comparison(adapter_path(true));
    spec.data = data;
    spec.out = *folder_ / "without references";
    End end = end_of(session_, session_.start(spec));
    ASSERT_EQ(end.state, JobState::Finished) << (end.error ? message_of(*end.error) : "");
    ASSERT_EQ(end.comparison->samples.size(), 2U);
    EXPECT_EQ(end.comparison->base.samples, 0);
    EXPECT_THAT(*read_text(spec.out + "/index.html"),
                HasSubstr("No sample has a reference, so nothing is judged."));
    EXPECT_THAT(*read_text(spec.out + "/comparison.csv"), HasSubstr("a.webp"));

    ASSERT_TRUE(write_text_atomic(
        data + "/data.jsonl",
        R"({"messages":[{"role":"user","content":"<image>What?"}],"images":["a.webp"]})"
        "\n"));
    spec.out.clear();
    end = end_of(session_, session_.start(spec));
    ASSERT_EQ(end.state, JobState::Finished) << (end.error ? message_of(*end.error) : "");
    ASSERT_EQ(end.comparison->samples.size(), 1U);
    EXPECT_EQ(end.comparison->samples[0].sample.prompt, "What?");
    CaptionSpec captions = captioning(adapter_path(true));
    captions.images.clear();
    captions.data = data;
    EXPECT_EQ(end_of(session_, session_.start(captions)).captions, 1);
    EvaluateSpec judged = evaluation();
    judged.data = data;
    end = end_of(session_, session_.start(judged));
    ASSERT_TRUE(end.evaluation.has_value());
    EXPECT_EQ(end.evaluation->targets, 0);
    EXPECT_EQ(end.evaluation->samples.size(), 1U);
}

TEST_F(Judging, AnAdapterThatHasLearntNothingIsComparedWithANotice) {
    CompareSpec spec = comparison(adapter_path(false));
    spec.out = *folder_ / "untrained";
    const End end = end_of(session_, session_.start(spec));
    ASSERT_EQ(end.state, JobState::Finished) << (end.error ? message_of(*end.error) : "");
    ASSERT_TRUE(end.comparison.has_value());
    EXPECT_TRUE(end.comparison->self_test.untrained);
    EXPECT_TRUE(end.comparison->self_test.passed());
    EXPECT_EQ(end.comparison->samples.front().base.text,
              end.comparison->samples.front().adapted.text);
    const auto back = read_comparison(spec.out);
    MOELORA_ASSERT_OK(back);
    EXPECT_TRUE(back->self_test.untrained);
}

TEST_F(Judging, AnAdapterWhoseUpdateIsLostIsRefusedLoudly) {
    CompareSpec spec = comparison(adapter_without_input());
    spec.out = *folder_ / "nothing";
    const End end = end_of(session_, session_.start(spec));
    EXPECT_EQ(end.state, JobState::Failed);
    ASSERT_TRUE(end.error.has_value());
    EXPECT_EQ(end.error->code, ErrorCode::SelfTestFailed);
    EXPECT_EQ(entry_of(end.error->code).exit_code, 1);
    EXPECT_THAT(message_of(*end.error), HasSubstr("changes nothing"));
    EXPECT_FALSE(fs::exists(spec.out));
}

TEST_F(Judging, AModelThatIgnoresPicturesIsRefusedLoudly) {
    // The bundled model with mergers of zeros: whatever it is shown, the decoder sees the same.
    const std::string blind = *folder_ / "blind";
    fs::copy(demo("model"), blind);
    const std::string file = blind + "/model.safetensors";
    auto bytes = read_text(file);
    MOELORA_ASSERT_OK(bytes);
    std::uint64_t head = 0;
    std::memcpy(&head, bytes->data(), sizeof head);
    const Json names = Json::parse(bytes->substr(8, head));
    int zeroed = 0;
    for (const auto& [name, entry] : names.items()) {
        if (name.find("merger") == std::string::npos) continue;
        const std::size_t from = entry.at("data_offsets").at(0),
                          to = entry.at("data_offsets").at(1);
        std::memset(bytes->data() + 8 + head + from, 0, to - from);
        ++zeroed;
    }
    ASSERT_GT(zeroed, 0);
    fs::remove(file);
    MOELORA_ASSERT_OK(write_text_atomic(file, *bytes));
    CompareSpec spec = comparison(adapter_path(true));
    spec.model = blind;
    const End end = end_of(session_, session_.start(spec));
    EXPECT_EQ(end.state, JobState::Failed);
    ASSERT_TRUE(end.error.has_value());
    EXPECT_EQ(end.error->code, ErrorCode::SelfTestFailed);
    EXPECT_THAT(message_of(*end.error), HasSubstr("the picture is not looked at"));
}

// Cross-entropy of the answers from full logits, one sample at a time.
double loss_by_hand(LoadedModel& loaded, const std::vector<CaptionSample>& samples) {
    const at::NoGradGuard no_graph;
    double sum = 0;
    std::int64_t targets = 0;
    for (const CaptionSample& sample : samples) {
        Conversation c = caption_conversation(sample);
        c.messages.push_back({"assistant", {{ChatPart::Kind::Text, sample.references.at(0)}}});
        c.add_generation_prompt = false;
        const auto encoded = loaded.text.encoder.encode(c, sample.id);
        EXPECT_TRUE(encoded);
        const Batch batch = collate({*encoded}, loaded.text.pad_id, PadSide::Right);
        const auto hidden = loaded.model->forward(
            {batch.input_ids, batch.attention_mask, batch.pixel_values, batch.grid_thw});
        const at::Tensor logits = loaded.model->logits(hidden.states)[0];
        const std::int64_t length = logits.size(0);
        sum +=
            at::cross_entropy_loss(logits.narrow(0, 0, length - 1),
                                   batch.labels[0].narrow(0, 1, length - 1), {}, at::Reduction::Sum)
                .item<double>();
        targets += batch.targets;
    }
    return sum / static_cast<double>(targets);
}

TEST_F(Judging, EvaluationGivesTheLossOfTheReferencesAndWritesItsFiles) {
    EvaluateSpec spec = evaluation();
    spec.out = *folder_ / "evaluation";
    const End end = end_of(session_, session_.start(spec));
    ASSERT_EQ(end.state, JobState::Finished) << (end.error ? message_of(*end.error) : "");
    ASSERT_TRUE(end.evaluation.has_value());
    const Evaluation& e = *end.evaluation;
    ASSERT_EQ(e.samples.size(), 6U);
    std::vector<CaptionSample> samples;
    for (const EvaluatedSample& s : e.samples) samples.push_back(s.sample);
    EXPECT_NEAR(e.loss, loss_by_hand(*loaded_, samples), 1e-4);
    EXPECT_GT(e.targets, 6);
    EXPECT_EQ(e.metrics.samples, 6);
    EXPECT_EQ(e.metrics.by_task.size(), 3U);  // tags, chinese, count
    EXPECT_EQ(e.samples.front().caption.variant, "base");
    EXPECT_EQ(e.provenance.adapter_path, "");

    const auto json = read_json(spec.out + "/evaluation.json");
    MOELORA_ASSERT_OK(json);
    for (const char* name : {"loss", "targets", "bleu1", "bleu2", "bleu3", "bleu4", "rouge_l",
                             "cider_d", "exact_match", "samples", "by_task"})
        EXPECT_TRUE(json->contains(name)) << name;
    EXPECT_EQ(json->at("by_task").at("tags").at("samples"), 2);
    EXPECT_TRUE(json->at("by_task").at("tags").contains("cider_d"));
    const auto coco = read_json(spec.out + "/coco_results.json");
    MOELORA_ASSERT_OK(coco);
    EXPECT_EQ(coco->size(), 2U);  // two pictures, three prompts each
    EXPECT_THAT(read_text(spec.out + "/captions.csv").value(),
                testing::StartsWith("id,image,task,prompt,references,caption,"));
    spec.limit = 1;
    EXPECT_EQ(end_of(session_, session_.start(spec)).error->code, ErrorCode::OutputExists);
}

TEST_F(Judging, EvaluationOfAnAdapterIsAnotherAndDoesNotDependOnTheBatch) {
    EvaluateSpec spec = evaluation(adapter_path(true));
    const End batched = end_of(session_, session_.start(spec));
    spec.generate.batch_size = 1;
    const End alone = end_of(session_, session_.start(spec));
    const End base = end_of(session_, session_.start(evaluation()));
    ASSERT_TRUE(batched.evaluation && alone.evaluation && base.evaluation);
    EXPECT_NEAR(batched.evaluation->loss, alone.evaluation->loss, 1e-4);
    EXPECT_EQ(batched.evaluation->targets, alone.evaluation->targets);
    EXPECT_GT(std::abs(batched.evaluation->loss - base.evaluation->loss), 1e-3);
    EXPECT_EQ(batched.evaluation->samples.front().caption.variant, "adapted");
    ASSERT_TRUE(batched.evaluation->self_test.has_value());
    EXPECT_TRUE(batched.evaluation->self_test->passed());
    EXPECT_GT(batched.evaluation->self_test->sites, 0);
    EXPECT_FALSE(base.evaluation->self_test.has_value());
}

TEST_F(Judging, EvaluationRefusesAnAdapterThatChangesNothingAndNamesAnUntrainedOne) {
    const End lost = end_of(session_, session_.start(evaluation(adapter_without_input())));
    EXPECT_EQ(lost.state, JobState::Failed);
    ASSERT_TRUE(lost.error.has_value());
    EXPECT_EQ(lost.error->code, ErrorCode::SelfTestFailed);
    const End fresh = end_of(session_, session_.start(evaluation(adapter_path(false))));
    ASSERT_TRUE(fresh.evaluation.has_value());
    ASSERT_TRUE(fresh.evaluation->self_test.has_value());
    EXPECT_TRUE(fresh.evaluation->self_test->untrained);
}

TEST_F(Judging, AnAdapterOfAnotherBaseIsNamedAndUsed) {
    const std::string other = complete_adapter("other_base", "0123");
    const End captioned = end_of(session_, session_.start(captioning(other)));
    EXPECT_EQ(captioned.state, JobState::Finished);
    const End compared = end_of(session_, session_.start(comparison(other)));
    EXPECT_EQ(compared.state, JobState::Finished);
    for (const End* end : {&captioned, &compared}) {
        const Issue* issue = end->issue(ErrorCode::AdapterOtherBase);
        ASSERT_NE(issue, nullptr);
        EXPECT_EQ(issue->severity, Severity::Warning);
        EXPECT_EQ(issue->error.arg("path"), other);
    }
    const End same = end_of(
        session_, session_.start(captioning(complete_adapter("same", loaded_->fingerprint))));
    EXPECT_EQ(same.state, JobState::Finished);
    EXPECT_TRUE(same.issues.empty());
}

TEST_F(Judging, ADamagedAdapterIsRefusedAndItsReadmeMayChange) {
    const std::string folder = complete_adapter("damaged", loaded_->fingerprint);
    MOELORA_ASSERT_OK(write_text_atomic(folder + "/README.md", "mine, improved"));
    MOELORA_ASSERT_OK(write_text_atomic(folder + "/more.txt", "x"));
    EXPECT_EQ(end_of(session_, session_.start(captioning(folder))).state, JobState::Finished);
    EXPECT_TRUE(session_.inspect_adapter(folder)->issues.empty());
    auto bytes = read_text(folder + "/adapter.safetensors");
    MOELORA_ASSERT_OK(bytes);
    bytes->back() ^= 1;
    MOELORA_ASSERT_OK(write_text_atomic(folder + "/adapter.safetensors", *bytes));
    const End end = end_of(session_, session_.start(captioning(folder)));
    EXPECT_EQ(end.state, JobState::Failed);
    ASSERT_TRUE(end.error.has_value());
    EXPECT_EQ(end.error->code, ErrorCode::AdapterInvalid);
    EXPECT_THAT(message_of(*end.error), HasSubstr("adapter.safetensors has another content"));
    const auto inspected = session_.inspect_adapter(folder);
    MOELORA_ASSERT_OK(inspected);
    ASSERT_EQ(inspected->issues.size(), 1U);
    EXPECT_EQ(inspected->issues[0].severity, Severity::Error);
    EXPECT_EQ(inspected->issues[0].error.code, ErrorCode::AdapterInvalid);
}

TEST_F(Judging, InspectionComparesTheSitesWithTheTensors) {
    const std::string folder = *folder_ / "mixed";
    fs::copy(adapter_path(true), folder);
    EXPECT_TRUE(session_.inspect_adapter(folder)->issues.empty());
    auto card = read_json(folder + "/adapter.json");
    MOELORA_ASSERT_OK(card);
    card->at("sites").erase(0);
    MOELORA_ASSERT_OK(write_text_atomic(folder + "/adapter.json", card->dump()));
    const auto inspected = session_.inspect_adapter(folder);
    MOELORA_ASSERT_OK(inspected);
    ASSERT_EQ(inspected->issues.size(), 1U);
    EXPECT_EQ(inspected->issues[0].error.code, ErrorCode::AdapterInvalid);
    EXPECT_THAT(message_of(inspected->issues[0].error), HasSubstr("unexpected tensors (3)"));
}

TEST_F(Judging, APictureThatCannotBeReadIsNamedAndLeftOut) {
    const std::string pictures = *folder_ / "pictures";
    fs::create_directory(pictures);
    fs::copy(demo("held_out/images/0000.webp"), pictures + "/a.webp");
    MOELORA_ASSERT_OK(write_text_atomic(pictures + "/b.png", "no picture"));
    fs::copy(demo("held_out/images/0001.webp"), pictures + "/c.webp");
    CaptionSpec spec = captioning();
    spec.images = {pictures};
    const End end = end_of(session_, session_.start(spec));
    EXPECT_EQ(end.state, JobState::Finished) << (end.error ? message_of(*end.error) : "");
    EXPECT_EQ(end.captions, 2);
    const Issue* issue = end.issue(ErrorCode::ImageUnreadable);
    ASSERT_NE(issue, nullptr);
    EXPECT_EQ(issue->where.file, pictures + "/b.png");
    spec.images = {pictures + "/b.png"};  // alone it is an error
    EXPECT_EQ(end_of(session_, session_.start(spec)).state, JobState::Failed);
}

// A table whose columns have names of its own: two pictures, one that holds no pixels (the import
// takes it, decoding does not), and none.
std::string table_of(const std::string& folder) {
    fs::create_directories(folder);
    fs::copy(demo("held_out/images/0000.webp"), folder + "/a.webp");
    fs::copy(demo("held_out/images/0001.webp"), folder + "/c.webp");
    test::spoil(folder + "/b.png");
    std::string file = folder + "/data.csv";
    EXPECT_TRUE(write_text_atomic(
        file, "bild;satz\na.webp;One.\nb.png;Two.\nd.png;Four.\nc.webp;Three.\n"));
    return file;
}

TEST_F(Judging, DataIsReadWithTheSettingsThatReadItForTraining) {
    EvaluateSpec judged = evaluation(adapter_path(true));
    CompareSpec compared = comparison(adapter_path(true));
    judged.data = compared.data = table_of(*folder_ / "table");
    for (const End& end :
         {end_of(session_, session_.start(judged)), end_of(session_, session_.start(compared))}) {
        ASSERT_TRUE(end.error.has_value());
        EXPECT_EQ(end.error->code, ErrorCode::DatasetUnrecognised) << message_of(*end.error);
    }
    DataOptions reading;
    reading.columns = {"image=bild", "caption=satz"};
    judged.settings = compared.settings = reading_settings(reading);
    const End read = end_of(session_, session_.start(judged));
    ASSERT_TRUE(read.evaluation.has_value()) << (read.error ? message_of(*read.error) : "");
    EXPECT_EQ(read.evaluation->samples.size(), 2U);
    const Issue* issue = read.issue(ErrorCode::ImageUnreadable);  // named, and left out
    ASSERT_NE(issue, nullptr);
    EXPECT_THAT(issue->where.file, testing::EndsWith("b.png"));
    EXPECT_NE(read.issue(ErrorCode::ImageMissing), nullptr) << "what the import says is told, too";
    const End both = end_of(session_, session_.start(compared));
    EXPECT_EQ(both.state, JobState::Finished) << (both.error ? message_of(*both.error) : "");
    EXPECT_NE(both.issue(ErrorCode::ImageUnreadable), nullptr);
    for (const char* wrong : {"train.epochs=3", "data.path=x", "data.colums=a", "data.columns"}) {
        judged.settings = {wrong};
        const End end = end_of(session_, session_.start(judged));
        ASSERT_TRUE(end.error.has_value()) << wrong;
        EXPECT_TRUE(end.error->code == ErrorCode::OptionInvalid ||
                    end.error->code == ErrorCode::OptionUnknown)
            << message_of(*end.error);
    }
}

TEST_F(Judging, ProvenanceTellsWhatWasAskedAndSeen) {
    EvaluateSpec spec = evaluation(complete_adapter("in fp32", ""));
    spec.settings = {"data.max_pixels=65536", "data.alpha=white"};
    spec.generate.do_sample = true;
    spec.generate.top_p = 0.5;
    spec.compute_dtype = ComputeDtype::Auto;
    const End end = end_of(session_, session_.start(spec));
    ASSERT_TRUE(end.evaluation.has_value()) << (end.error ? message_of(*end.error) : "");
    const Provenance& p = end.evaluation->provenance;
    EXPECT_EQ(p.prompt_count, 3);
    ASSERT_EQ(p.prompts.size(), 3U);
    EXPECT_EQ(p.prompts.front(), end.evaluation->samples.front().sample.prompt);
    EXPECT_EQ(p.max_new_tokens, 8);
    EXPECT_EQ(p.max_pixels, 65536);
    EXPECT_EQ(p.dtype, "fp32") << "as it was trained";
    EXPECT_EQ(p.settings, (std::vector<std::string>{"data.alpha=white", "generate.top_p=0.5"}));
    EXPECT_TRUE(fs::path(p.data_path).is_absolute());
}

// The bundled model with one tensor of NaN.
TEST_F(Judging, WeightsThatAreNotFiniteAreSaid) {
    const std::string model = *folder_ / "nan";
    fs::copy(demo("model"), model);
    const std::string file = model + "/model.safetensors";
    auto bytes = read_text(file);
    MOELORA_ASSERT_OK(bytes);
    std::uint64_t head = 0;
    std::memcpy(&head, bytes->data(), sizeof head);
    const Json names = Json::parse(bytes->substr(8, head));
    const Json& place = names.at("model.language_model.norm.weight").at("data_offsets");
    const std::size_t from = place.at(0);
    std::memset(bytes->data() + 8 + head + from, 0xff, 4);
    fs::remove(file);
    MOELORA_ASSERT_OK(write_text_atomic(file, *bytes));
    CaptionSpec spec = captioning();
    spec.model = model;
    const Issue* issue = nullptr;
    const End end = end_of(session_, session_.start(spec));
    ASSERT_NE(issue = end.issue(ErrorCode::WeightsNotFinite), nullptr);
    EXPECT_EQ(issue->error.arg("tensor"), "model.language_model.norm.weight");
}

TEST_F(Judging, SystemMessagesAndSecondPicturesAreAskedToo) {
    const std::string data = *folder_ / "pairs.jsonl";
    const auto line = [](const char* second) {
        const auto picture = [](const char* name) {
            return Json{{"type", "image"}, {"image", demo(std::string("held_out/images/") + name)}};
        };
        return Json{{"messages",
                     {{{"role", "system"}, {"content", "Be brief."}},
                      {{"role", "user"},
                       {"content",
                        {picture("0000.webp"),
                         picture(second),
                         {{"type", "text"}, {"text", "Compare."}}}}},
                      {{"role", "assistant"}, {"content", "Both show snow."}}}}}
                   .dump() +
               "\n";
    };
    MOELORA_ASSERT_OK(write_text_atomic(data, line("0001.webp") + line("0002.webp")));
    DataOptions options;
    options.path = data;
    options.allow_outside_root = true;
    const auto read = open_dataset(options);
    MOELORA_ASSERT_OK(read);
    ASSERT_EQ(read->samples.size(), 2U);
    const auto samples = caption_samples(*read);
    ASSERT_EQ(samples.size(), 2U);
    for (std::size_t i = 0; i < 2; ++i) {
        Conversation whole = read->samples[i].conversation();
        whole.messages.pop_back();
        EXPECT_EQ(caption_conversation(samples[i]).messages, whole.messages);
        const auto encoded =
            loaded_->text.encoder.encode(caption_conversation(samples[i]), "x", false);
        MOELORA_ASSERT_OK(encoded);
        EXPECT_EQ(encoded->images.size(), 2U);
        EXPECT_THAT(encoded->rendered, HasSubstr("Be brief."));
    }
}

}  // namespace
}  // namespace moelora
