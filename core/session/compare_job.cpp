// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>

#include "core/eval/captions.h"
#include "core/eval/findings.h"
#include "core/io/files.h"
#include "core/session/captioner.h"
#include "core/session/compare_report.h"
#include "core/session/gate_survey.h"
#include "core/session/jobs.h"
#include "core/session/model_asker.h"
#include "core/session/output_folder.h"
#include "core/session/probes.h"
#include "core/session/provenance.h"

namespace moelora {
namespace {

// `run`: the adapter's; what it was asked in training is asked again where nothing else is named.
Result<std::vector<CaptionSample>> wanted_samples(const CompareSpec& spec, const DataOptions& data,
                                                  const std::string& adapter, JobControl& control) {
    std::vector<CaptionSample> samples;
    if (spec.data.empty() && spec.images.empty()) {
        samples = usable_probes(run_of_adapter(adapter));
        if (!spec.prompt.empty())
            for (CaptionSample& sample : samples) ask_instead(sample, spec.prompt);
        if (samples.empty())
            return fail(ErrorCode::UsageInvalid,
                        {{"why", "The adapter has no run with probes; name a data set."}});
    }
    DataOptions read = data;
    MOELORA_TRY(const std::string known, prompt_of_task(adapter, spec.task));
    if (!known.empty()) read.prompt = known;
    if (!spec.data.empty()) {
        MOELORA_TRY(samples, samples_to_caption(spec.data, read, spec.prompt, spec.limit,
                                                raise_in(control)));
    }
    const std::string prompt = spec.prompt.empty() ? read.prompt : spec.prompt;
    std::vector<std::string> pictures;
    if (!spec.images.empty()) {
        MOELORA_TRY(pictures, find_pictures(spec.images));
    }
    for (const std::string& image : pictures) samples.push_back({image, image, prompt, {}, {}});
    assume_task(samples, spec.task);
    if (spec.limit > 0 && samples.size() > static_cast<std::size_t>(spec.limit))
        samples.resize(static_cast<std::size_t>(spec.limit));
    if (samples.empty()) return fail(ErrorCode::DatasetEmpty, {{"path", spec.data}});
    return samples;
}

// Base and adapted captions of the same samples, decoded together batch by batch.
Status caption_both(LoadedModel& loaded, Adapter& adapter, const CompareSpec& spec,
                    const std::vector<CaptionSample>& samples, Comparison& out,
                    JobControl& control) {
    const auto total = static_cast<std::int64_t>(samples.size());
    const auto finished = [&](const CaptionPair& pair) -> Status {
        for (const Caption& caption : {pair.base, pair.adapted})
            control.publish(CaptionFinished{control.job(), 0, caption});
        out.samples.push_back(
            {pair.sample, pair.base, pair.adapted, word_diff(pair.base.text, pair.adapted.text)});
        control.progress("captioning", static_cast<std::int64_t>(out.samples.size()), total);
        (void)control.safe_point();  // a pause holds here; a stop ends the loop behind the batch
        return {};
    };
    return caption_pairs_with(*loaded.model, adapter, loaded.text, samples, spec.generate, control,
                              finished);
}

// The columns are judged on greedy captions; drawn ones, or with penalties, need some of their own.
Status prove_columns(LoadedModel& loaded, Adapter& adapter, const CompareSpec& spec,
                     const std::vector<CaptionSample>& samples, Comparison& out,
                     JobControl& control) {
    const AskModel ask = ask_model(*loaded.model, adapter, loaded.text);
    const double rounding = logit_rounding(*loaded.model);
    const GenerateOptions& g = spec.generate;
    if (!g.do_sample && g.repetition_penalty == 1)
        return test_columns(ask, out.samples, rounding, out.self_test);
    GenerateOptions greedy;
    greedy.max_new_tokens = std::min<std::int64_t>(g.max_new_tokens, 16);
    greedy.batch_size = g.batch_size;
    const auto few = static_cast<std::ptrdiff_t>(std::min<std::size_t>(samples.size(), 8));
    std::vector<ComparedSample> proof;
    MOELORA_TRY_STATUS(caption_pairs_with(
        *loaded.model, adapter, loaded.text, {samples.begin(), samples.begin() + few}, greedy,
        control, [&](const CaptionPair& pair) -> Status {
            proof.push_back({pair.sample, pair.base, pair.adapted, {}});
            return {};
        }));
    return test_columns(ask, proof, rounding, out.self_test);
}

void score(Comparison& out) {
    std::vector<CaptionSample> samples;
    std::vector<Caption> base, adapted;
    for (const ComparedSample& s : out.samples) {
        samples.push_back(s.sample);
        base.push_back(s.base);
        adapted.push_back(s.adapted);
    }
    out.base = score_captions(samples, base);
    out.adapted = score_captions(samples, adapted);
    out.issues = comparison_findings(out.samples);
}

}  // namespace

Result<JobEnd> run_comparison(const CompareSpec& spec, JobControl& control) {
    MOELORA_TRY_STATUS(check_adapter_scale(spec.adapter_scale));
    MOELORA_TRY(const std::string folder, resolve_adapter_folder(spec.adapter));
    MOELORA_TRY(const DataOptions data, inference_data(folder, spec.settings));
    const std::string run = run_of_adapter(folder);
    const bool asked_run = spec.data.empty() && spec.images.empty();
    MOELORA_TRY(std::vector<CaptionSample> samples, wanted_samples(spec, data, folder, control));
    MOELORA_TRY_STATUS(leave_out_unusable(samples, data, control));
    std::optional<AtomicFolder> out_folder;
    if (!spec.out.empty()) {
        MOELORA_TRY_STATUS(check_output_folder(spec.out, spec.force, {"comparison.json"}));
        MOELORA_TRY(out_folder, AtomicFolder::begin(spec.out, true));
    }
    MOELORA_TRY(const ModelOptions base,
                base_beside(spec.model, {spec.compute_dtype, spec.quantization}, folder));
    MOELORA_TRY(LoadedModel loaded,
                load_base(base, spec.device, data, [&](std::int64_t done, std::int64_t total) {
                    control.loading("loading model", done, total);
                }));
    control.raise(loaded.device.issues);
    control.raise(loaded.issues);
    MOELORA_TRY(const std::unique_ptr<Adapter> adapter, load_adapter(loaded, folder));
    control.raise(adapter->card().issues);
    control.enter_running();
    Comparison out;
    MOELORA_TRY(out.self_test, test_adapter(ask_model(*loaded.model, *adapter, loaded.text),
                                            samples, tested(*adapter)));
    MOELORA_TRY_STATUS(refuse_if_failed(out.self_test));
    // Proven as it was trained; what is heard may be weaker, stronger, or one expert alone.
    adapter->set_scale(spec.adapter_scale);
    MOELORA_TRY_STATUS(adapter->force_expert(spec.force_expert));
    MOELORA_TRY_STATUS(caption_both(loaded, *adapter, spec, samples, out, control));
    const bool whole = out.samples.size() == samples.size();
    if (!whole) return JobEnd{true, {}};
    MOELORA_TRY_STATUS(prove_columns(loaded, *adapter, spec, samples, out, control));
    MOELORA_TRY_STATUS(refuse_if_failed(out.self_test));
    MOELORA_TRY(out.gates, survey_gates(loaded, *adapter, samples, spec.gate_samples, control));
    if (control.stop_requested()) return JobEnd{true, {}};
    score(out);
    MOELORA_TRY(out.provenance, provenance_of(loaded,
                                              {spec.adapter, folder, adapter.get(),
                                               asked_run ? join_path(run, probes_file) : spec.data,
                                               data, samples, spec.generate, base},
                                              control));
    if (spec.adapter_scale != 1) out.provenance.adapter_scale = spec.adapter_scale;
    if (spec.force_expert >= 0) out.provenance.forced_expert = spec.force_expert;
    raise_late_base(loaded, *adapter, folder, control);
    if (out_folder) {
        MOELORA_TRY_STATUS(write_comparison(out, out_folder->temporary()));
        MOELORA_TRY_STATUS(out_folder->commit(false));
    }
    control.publish(ComparisonFinished{control.job(), 0, std::move(out), spec.out});
    return JobEnd{false, spec.out};
}

}  // namespace moelora
