// SPDX-License-Identifier: GPL-3.0-or-later
// Adapters for use elsewhere. An export is read back from disk before it counts: every tensor
// equal to what was to be written, and the logits of the probes compared with the adapter's.
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <utility>

#include "core/infer/generator.h"
#include "core/io/files.h"
#include "core/options/config.h"
#include "core/session/captioner.h"
#include "core/session/disk_plan.h"
#include "core/session/export_formats.h"
#include "core/session/export_offer.h"
#include "core/session/licence.h"
#include "core/session/output_folder.h"
#include "core/session/probes.h"
#include "core/session/questions.h"
#include "core/session/run_writer.h"
#include "core/train/batch_pass.h"

namespace moelora::questions {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t most_probes = 8;  // of --data
constexpr std::int64_t answer_tokens = 48;
constexpr double exact_tolerance = 1e-4;  // of logits in f32, through other orders of summation

struct Probes {
    std::vector<CaptionSample> samples;
    std::string what;  // "6 probes of its run"
};

// The samples of --data, spread over it; without, the probes of the adapter's run; without one, one
// question without a picture.
Probes probes_for(const ExportSource& source, const std::string& run) {
    const AdapterCard& card = source.adapter.card();
    Probes out;
    std::vector<CaptionSample>& samples = out.samples;
    const std::size_t given = std::min(most_probes, source.samples.size());
    for (std::size_t i = 0; i < given; ++i)
        samples.push_back(source.samples[i * source.samples.size() / given]);
    const char* what = " probes";
    if (samples.empty()) {
        samples = usable_probes(run);
        what = " probes of its run";
    }
    if (samples.empty()) {
        samples.push_back({"prompt",
                           {},
                           card.prompt.empty() ? "Describe the picture." : card.prompt,
                           card.tasks.empty() ? std::string() : card.tasks.front(),
                           {}});
        what = " question without picture";
    }
    if (!source.spec.task.empty())
        for (CaptionSample& sample : samples) sample.task = source.spec.task;
    out.what = std::to_string(samples.size()) + what;
    return out;
}

// The settings that read spec.data: those given, else what the adapter's run read the same data
// with.
std::vector<std::string> settings_for(const ExportSpec& spec, const std::string& run) {
    if (!spec.settings.empty() || spec.data.empty() || run.empty()) return spec.settings;
    const auto json = read_json(join_path(run, run_mark));
    if (!json || !json->is_object() || !json->contains("config")) return {};
    RunOptions recorded;
    for (const Issue& issue : from_json(json->at("config"), recorded, run_mark))
        if (issue.severity == Severity::Error) return {};
    std::error_code error;
    if (!fs::equivalent(spec.data, recorded.data.path, error)) return {};
    return reading_settings(recorded.data);
}

// The samples of spec.data, none without; of data without any usable one the first reason why.
Result<std::vector<CaptionSample>> samples_for(const ExportSpec& spec, const DataOptions& data,
                                               std::vector<Issue>& issues) {
    if (spec.data.empty()) return std::vector<CaptionSample>{};
    auto samples = samples_to_caption(spec.data, data, "", spec.limit,
                                      [&](const std::vector<Issue>& found) { issues = found; });
    if (samples || samples.error().code != ErrorCode::DatasetEmpty) return samples;
    for (const Issue& issue : issues)
        if (issue.severity != Severity::Info) return tl::make_unexpected(issue.error);
    return samples;
}

struct ProbeAnswers {
    at::Tensor logits;             // of the last position of each probe, [probes, vocab] f32, CPU
    std::vector<Generation> said;  // the greedy answers' first tokens
};

Result<ProbeAnswers> ask_probes(Qwen3VL& model, Adapter* adapter, const TextSide& text,
                                const std::vector<CaptionSample>& probes) {
    const at::NoGradGuard no_graph;
    std::vector<EncodedSample> prompts;
    std::vector<at::Tensor> rows;
    for (const CaptionSample& sample : probes) {
        MOELORA_TRY(EncodedSample encoded,
                    text.encoder.encode(caption_conversation(sample), sample.id, false));
        MOELORA_TRY_STATUS(set_tasks(encoded, adapter, sample));
        const Batch batch = collate({encoded}, text.pad_id, PadSide::Left);
        const auto hidden = model.forward(begin_batch(model, adapter, batch));
        rows.push_back(model.logits(hidden.states.select(1, -1)).to(at::kFloat).cpu());
        prompts.push_back(std::move(encoded));
    }
    GenerateOptions greedy;
    greedy.max_new_tokens = answer_tokens;
    ProbeAnswers out{at::cat(rows), {}};
    MOELORA_TRY(out.said,
                generate(model, adapter, prompts, greedy, text.encoder.tokens.end_marker));
    return out;
}

std::int64_t equal_answers(const ProbeAnswers& a, const ProbeAnswers& b) {
    std::int64_t equal = 0;
    for (std::size_t i = 0; i < a.said.size(); ++i) equal += a.said[i].ids == b.said[i].ids ? 1 : 0;
    return equal;
}

double largest(const at::Tensor& difference) {
    return difference.abs().max().item<double>();
}

// What adapter and base say, before anything is written.
struct Answers {
    Probes probes;
    ProbeAnswers adapted, base;
};

Result<Answers> ask_before(const ExportSource& source, const std::string& run) {
    Qwen3VL& model = *source.loaded.model;
    Answers out;
    out.probes = probes_for(source, run);
    const std::vector<CaptionSample>& probes = out.probes.samples;
    MOELORA_TRY(out.adapted, ask_probes(model, &source.adapter, source.loaded.text, probes));
    source.adapter.detach();
    MOELORA_TRY(out.base, ask_probes(model, nullptr, source.loaded.text, probes));
    source.adapter.attach();
    return out;
}

// What the export says, read from disk: of each folder by itself.
struct AnswersNow {
    std::vector<ProbeAnswers> of;        // at least one
    std::optional<ProbeAnswers> folded;  // of a merged model before its files round it
};

Result<ProbeAnswers> ask_with(LoadedModel& loaded, Adapter& adapter,
                              const std::vector<CaptionSample>& probes) {
    adapter.attach();
    auto out = ask_probes(*loaded.model, &adapter, loaded.text, probes);
    adapter.detach();
    return out;
}

Result<AnswersNow> ask_again(LoadedModel& loaded, ExportedAs& exported, const std::string& folder,
                             const std::vector<CaptionSample>& probes) {
    AnswersNow out;
    for (const auto& adapter : exported.adapters) {
        MOELORA_TRY(out.of.emplace_back(), ask_with(loaded, *adapter, probes));
    }
    if (!exported.folded) return out;
    MOELORA_TRY(out.folded, ask_with(loaded, *exported.folded, probes));
    exported.folded.reset();
    loaded.model.reset();  // one model in memory at a time
    MOELORA_TRY(loaded.model, Qwen3VL::load(folder, ComputeDtype::Fp32, "cpu"));
    MOELORA_TRY(out.of.emplace_back(), ask_probes(*loaded.model, nullptr, loaded.text, probes));
    return out;
}

// Where there are several: how far each is, so that one that says nothing new is seen.
std::string each_of(const std::vector<ProbeAnswers>& now, const Answers& before) {
    std::string out;
    for (std::size_t e = 0; e < now.size() && now.size() > 1; ++e)
        out += (e == 0 ? " (" : ", ") + ("expert_" + std::to_string(e)) + " " +
               std::to_string(largest(now[e].logits - before.adapted.logits));
    return out.empty() ? out : out + ")";
}

// Fills the report: what the export gives now beside the adapter and the base; of several folders
// the one that is farthest.
void compare(const Answers& before, const AnswersNow& now, const ExportedAs& exported,
             ExportReport& report) {
    report.probes = static_cast<std::int64_t>(before.probes.samples.size());
    report.effect = largest(before.adapted.logits - before.base.logits);
    bool finite = true;
    report.equal_answers = report.probes;
    for (const ProbeAnswers& one : now.of) {
        report.max_logit_difference =
            std::max(report.max_logit_difference, largest(one.logits - before.adapted.logits));
        report.equal_answers = std::min(report.equal_answers, equal_answers(one, before.adapted));
        finite = finite && one.logits.isfinite().all().item<bool>();
    }
    report.base_equal_answers = equal_answers(before.base, before.adapted);
    report.exact = exported.exact;
    // Files of 16 bits round what was folded in; that is told, and no fault of the folding.
    const double folding = now.folded ? largest(now.folded->logits - before.adapted.logits) : 0;
    const bool near = (now.folded ? folding : report.max_logit_difference) <= exact_tolerance;
    report.verified = exported.equal && (near || !exported.exact) && finite;
    report.report = std::string("read back from disk: ") +
                    (exported.equal ? "every tensor equal" : "TENSORS DIFFER") + "; " +
                    (exported.note.empty() ? std::string() : exported.note + "; ") +
                    "largest logit difference to the adapter on " + before.probes.what + ": " +
                    std::to_string(report.max_logit_difference) + each_of(now.of, before) +
                    (now.folded ? " (folded in f32: " + std::to_string(folding) + ")" : "") +
                    " (the adapter itself moves logits by " + std::to_string(report.effect) +
                    "); equal answers: " + std::to_string(report.equal_answers) + " of " +
                    std::to_string(report.probes) + " (the base gives " +
                    std::to_string(report.base_equal_answers) + " of them)" +
                    (report.verified || exported.equal == false ? "" : "; THAT IS TOO MUCH");
}

// What the run recorded until this update, where the adapter lies in its run's folder.
std::string run_results(const fs::path& run, std::int64_t step) {
    if (run.empty()) return {};
    std::ifstream metrics(run / "metrics.jsonl");
    Json last, evaluated;
    for (std::string line; std::getline(metrics, line);) {
        const Json record = Json::parse(line, nullptr, false);
        if (!record.is_object() || record.value("step", step + 1) > step) continue;
        if (record.value("type", "") == "step") last = record;
        if (record.value("type", "") == "eval") evaluated = record;
    }
    std::string out;
    const auto begun = read_json((run / run_mark).string());
    if (const Json data = begun && begun->is_object() ? begun->value("data", Json()) : Json();
        data.is_object() && data.contains("samples"))
        out += "\n* trained on: " + data.at("samples").dump() + " samples of " +
               fs::path(as_string(data.value("path", Json())).value_or("")).filename().string() +
               ", fingerprint `" + as_string(data.value("fingerprint", Json())).value_or("") + "`";
    if (!last.is_null()) out += "\n* loss of that update: " + last.value("loss", Json()).dump();
    if (!evaluated.is_null())
        out += "\n* evaluation loss: " + evaluated.value("loss", Json()).dump() + " over " +
               evaluated.value("targets", Json()).dump() + " targets, at update " +
               evaluated.value("step", Json()).dump();
    for (const auto& [name, shown] : {std::pair{"bleu4", "BLEU-4"},
                                      {"rouge_l", "ROUGE-L"},
                                      {"cider_d", "CIDEr-D"},
                                      {"exact_match", "exact match"}})
        if (evaluated.is_object() && evaluated.contains(name))
            out += std::string("\n* ") + shown + " of its probes: " + evaluated.at(name).dump();
    return out;
}

// How the model is asked, with what options leave to its folder.
std::string seen_by(const TextSide& text) {
    const ChatTokens& chat = text.encoder.tokens;
    constexpr const char* styles[] = {"Qwen3-VL's", "ChatML", "Llama 2's", "a template"};
    std::string out =
        "\n* conversation: " + std::string(styles[static_cast<std::size_t>(chat.style)]) +
        ", answers end with `" + text.tokenizer->decode({chat.end_marker}, false) + "`";
    if (!text.config.has_vision()) return out;
    const ProcessorConfig& processor = text.encoder.processor;
    const DataOptions& data = text.encoder.data;
    const auto pixels = [](std::int64_t asked, std::int64_t of_folder) {
        return std::to_string(asked > 0 ? asked : of_folder);
    };
    return out + "\n* pictures: " + pixels(data.min_pixels, processor.min_pixels) + " to " +
           pixels(data.max_pixels, processor.max_pixels) + " pixels, patches of " +
           std::to_string(processor.patch_size) + " x " + std::to_string(processor.patch_size);
}

// The card that a reader of the folder wants first.
std::string readme(const ExportSpec& spec, const AdapterCard& card, const ExportReport& report,
                   const TextSide& text, const std::string& folder) {
    RunOptions all;
    all.adapter = card.options;
    all.data = card.data.preprocessing();
    const Json json = moelora::to_json(all);
    return "# Adapter\n\nWritten by MoE-LoRA Workbench " + program_version() + " in the format `" +
           spec.format + "`.\n\n* base model: " + fs::path(card.base_path).filename().string() +
           (card.base_sha256.empty() ? ", quick fingerprint `" + card.base_fingerprint
                                     : ", SHA-256 `" + card.base_sha256) +
           "`\n* licence of the base model: " +
           licence_said_in(spec.model.empty() ? card.base_path : spec.model) +
           "\n* licence of this adapter: yours to fill in\n* prompt: " + card.prompt +
           seen_by(text) + "\n* update: " + std::to_string(card.step) +
           run_results(run_of_adapter(folder), card.step) +
           "\n* checked when it was written: " + report.report +
           "\n\nMethod it was trained with, every axis:\n\n```json\n" + json.at("adapter").dump(2) +
           "\n```\n\nPreprocessing:\n\n```json\n" + json.at("data").dump(2) + "\n```\n";
}

// What adapter, base and export answer to each probe: where routing is dropped, how far the
// captions drift can be read; of several folders a list.
Json captions_of(const Answers& before, const std::vector<ProbeAnswers>& now,
                 const Tokenizer& tokenizer) {
    const auto said = [&](const ProbeAnswers& answers, std::size_t i) {
        return tokenizer.decode(answers.said[i].ids, true);
    };
    Json out = Json::array();
    for (std::size_t i = 0; i < before.probes.samples.size(); ++i) {
        Json exported = Json::array();
        for (const ProbeAnswers& one : now) exported.push_back(said(one, i));
        out.push_back({{"id", before.probes.samples[i].id},
                       {"base", said(before.base, i)},
                       {"adapter", said(before.adapted, i)},
                       {"exported", now.size() == 1 ? exported.front() : exported}});
    }
    return out;
}

Status write_report(const ExportSpec& spec, const AdapterCard& card, const ExportReport& report,
                    const Json& captions, const TextSide& text, const std::string& adapter,
                    const std::string& folder) {
    Json probe_ids = Json::array();
    for (const Json& caption : captions) probe_ids.push_back(caption.at("id"));
    const Json json = {{"format", spec.format},
                       {"program_version", program_version()},
                       {"verified", report.verified},
                       {"probes", report.probes},
                       {"probe_ids", probe_ids},
                       {"data", fs::path(spec.data).filename().string()},
                       {"max_logit_difference", report.max_logit_difference},
                       {"adapter_effect", report.effect},
                       {"equal_answers", report.equal_answers},
                       {"base_equal_answers", report.base_equal_answers},
                       {"captions", captions},
                       {"report", report.report}};
    MOELORA_TRY_STATUS(
        write_text_atomic(join_path(folder, "verification.json"), json.dump(2) + "\n"));
    const std::string name = spec.format == "merged" ? "ADAPTER.md" : "README.md";
    return write_text_atomic(join_path(folder, name), readme(spec, card, report, text, adapter));
}

}  // namespace

Result<ExportReport> export_adapter(const ExportSpec& spec) {
    const auto& formats = export_formats();
    const auto format = std::find_if(formats.begin(), formats.end(),
                                     [&](const ExportFormat& f) { return spec.format == f.name; });
    if (format == formats.end())
        return fail(ErrorCode::UsageInvalid,
                    {{"why", "There is no export format " + spec.format + "."}});
    MOELORA_TRY(const std::string source_folder, resolve_adapter_folder(spec.adapter));
    MOELORA_TRY(const AdapterCard card, read_card(source_folder));
    const std::string run = run_of_adapter(source_folder);
    MOELORA_TRY(const DataOptions data, inference_data(source_folder, settings_for(spec, run)));
    MOELORA_TRY_STATUS(check_output_folder(
        spec.out, spec.force, {"adapter.json", "adapter_config.json", "verification.json"}));
    const std::string model = spec.model.empty() ? card.base_path : spec.model;
    MOELORA_TRY_STATUS(check_export(spec.format, card, model));
    MOELORA_TRY_STATUS(check_space(spec.out, export_bytes(spec.format, card, model, spec.dtype)));
    ExportReport report;
    MOELORA_TRY(const std::vector<CaptionSample> samples, samples_for(spec, data, report.issues));
    MOELORA_TRY(AtomicFolder out, AtomicFolder::begin(spec.out, true));
    MOELORA_TRY(LoadedModel loaded, load_model(model, ComputeDtype::Fp32, {.name = "cpu"}, data));
    MOELORA_TRY(std::unique_ptr<Adapter> adapter, load_adapter(loaded, source_folder));
    adapter->attach();
    const AdapterCard of_adapter = adapter->card();
    for (const auto* said : {&std::as_const(loaded).issues, &of_adapter.issues})
        report.issues.insert(report.issues.end(), said->begin(), said->end());
    Json captions;
    {
        const ExportSource source{spec, loaded, *adapter, samples};
        MOELORA_TRY(const Answers before, ask_before(source, run));
        MOELORA_TRY(ExportedAs exported, format->write(source, out.temporary()));
        adapter.reset();
        MOELORA_TRY(const AnswersNow now,
                    ask_again(loaded, exported, out.temporary(), before.probes.samples));
        compare(before, now, exported, report);
        captions = captions_of(before, now.of, *loaded.text.tokenizer);
    }
    // A folder that does not read back equal is not left behind, nor put over a good one.
    if (!report.verified) return fail(ErrorCode::SelfTestFailed, {{"why", report.report}});
    MOELORA_TRY_STATUS(write_report(spec, of_adapter, report, captions, loaded.text, source_folder,
                                    out.temporary()));
    MOELORA_TRY_STATUS(out.commit());
    std::error_code error;
    for (const auto& entry : fs::recursive_directory_iterator(spec.out, error))
        if (entry.is_regular_file()) report.files.push_back(entry.path().string());
    std::sort(report.files.begin(), report.files.end());
    return report;
}

}  // namespace moelora::questions
