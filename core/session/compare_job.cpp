// SPDX-License-Identifier: GPL-3.0-or-later
#include <ATen/ATen.h>
#include <torch/torch.h>

#include <filesystem>

#include "core/eval/captions.h"
#include "core/io/files.h"
#include "core/session/captioner.h"
#include "core/session/compare_report.h"
#include "core/session/jobs.h"
#include "core/session/output_folder.h"
#include "core/session/run_writer.h"

namespace moelora {
namespace {

Result<std::vector<CaptionSample>> wanted_samples(const CompareSpec& spec,
                                                  const DataOptions& data) {
    std::vector<CaptionSample> samples;
    if (!spec.data.empty()) {
        DataOptions options = data;
        options.path = std::filesystem::absolute(spec.data).string();
        MOELORA_TRY(const Dataset dataset, open_dataset(options));
        samples = caption_samples(dataset);
    }
    const std::string prompt = spec.prompt.empty() ? data.prompt : spec.prompt;
    for (const std::string& image : spec.images) samples.push_back({image, image, prompt, {}, {}});
    if (!spec.prompt.empty())
        for (CaptionSample& sample : samples) sample.prompt = spec.prompt;
    if (spec.limit > 0 && samples.size() > static_cast<std::size_t>(spec.limit))
        samples.resize(static_cast<std::size_t>(spec.limit));
    if (samples.empty()) return fail(ErrorCode::DatasetEmpty, {{"path", spec.data}});
    return samples;
}

// Logits of the last position of one prompt, on the CPU in fp32.
Result<at::Tensor> last_logits(Qwen3VL& model, Adapter* adapter, const TextSide& text,
                               const CaptionSample& sample) {
    const torch::NoGradGuard no_graph;
    MOELORA_TRY(const EncodedSample encoded,
                text.encoder.encode(caption_conversation(sample), sample.id, false));
    const Batch batch = collate({encoded}, text.pad_id, PadSide::Left);
    const at::Device device(model.device());
    const auto on = [&](const at::Tensor& t) { return t.defined() ? t.to(device) : t; };
    const ModelInputs inputs{on(batch.input_ids), on(batch.attention_mask), on(batch.pixel_values),
                             on(batch.grid_thw)};
    if (adapter)
        adapter->begin_pass({.attention_mask = inputs.attention_mask,
                             .labels = {},
                             .task_ids = {},
                             .training = false});
    const auto hidden = model.forward(inputs);
    return model.logits(hidden.states.select(1, -1)).to(at::kFloat).cpu();
}

// Base before anything is attached, adapter switched off, adapter on: the three must stand in the
// right relation.
Result<SelfTest> self_test(Qwen3VL& model, Adapter& adapter, const TextSide& text,
                           const CaptionSample& sample) {
    SelfTest out;
    adapter.detach();
    MOELORA_TRY(const at::Tensor base, last_logits(model, nullptr, text, sample));
    adapter.attach();
    adapter.set_enabled(false);
    MOELORA_TRY(const at::Tensor off, last_logits(model, &adapter, text, sample));
    adapter.set_enabled(true);
    MOELORA_TRY(const at::Tensor on, last_logits(model, &adapter, text, sample));
    out.sites = static_cast<std::int64_t>(adapter.sites().size());
    out.adapter_off_equals_base = at::equal(off, base);
    out.max_logit_difference = (on - base).abs().max().item<double>();
    out.adapter_on_differs = out.max_logit_difference > 0;
    return out;
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

Result<Provenance> provenance_of(const CompareSpec& spec, const LoadedModel& loaded,
                                 const std::string& adapter) {
    Provenance p;
    p.program_version = program_version();
    p.model_path = spec.model;
    p.model_fingerprint = loaded.fingerprint;
    p.adapter_path = spec.adapter;
    MOELORA_TRY(p.adapter_fingerprint, adapter_fingerprint(adapter));
    p.data_path = spec.data;
    p.device = loaded.device.note.empty() ? loaded.device.name : loaded.device.note;
    p.dtype = std::string(name_of_enum(loaded.device.dtype));
    p.created_utc = utc_now();
    p.seed = spec.generate.seed;
    p.greedy = !spec.generate.do_sample;
    return p;
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
}

}  // namespace

Result<JobEnd> run_comparison(const CompareSpec& spec, JobControl& control) {
    MOELORA_TRY(const std::string folder, resolve_adapter_folder(spec.adapter));
    MOELORA_TRY(const DataOptions data, inference_data(folder));
    MOELORA_TRY(const std::vector<CaptionSample> samples, wanted_samples(spec, data));
    std::optional<AtomicFolder> out_folder;
    if (!spec.out.empty()) {
        MOELORA_TRY_STATUS(check_output_folder(spec.out, spec.force, {"comparison.json"}));
        MOELORA_TRY(out_folder, AtomicFolder::begin(spec.out, true));
    }
    MOELORA_TRY(LoadedModel loaded, load_model(spec.model, ComputeDtype::Auto, spec.device, data,
                                               [&](std::int64_t done, std::int64_t total) {
                                                   control.progress("loading model", done, total);
                                               }));
    MOELORA_TRY(const std::unique_ptr<Adapter> adapter, Adapter::load(*loaded.model, folder));
    control.enter_running();
    Comparison out;
    MOELORA_TRY(out.self_test, self_test(*loaded.model, *adapter, loaded.text, samples.front()));
    if (!out.self_test.adapter_off_equals_base)
        return fail(ErrorCode::SelfTestFailed,
                    {{"why", "with the adapter switched off the model is not the base"}});
    if (!out.self_test.adapter_on_differs)
        return fail(ErrorCode::SelfTestFailed, {{"why", "the adapter changes nothing"}});
    MOELORA_TRY_STATUS(caption_both(loaded, *adapter, spec, samples, out, control));
    const bool whole = out.samples.size() == samples.size();
    if (!whole) return JobEnd{true, {}};
    score(out);
    MOELORA_TRY(out.provenance, provenance_of(spec, loaded, folder));
    if (out_folder) {
        MOELORA_TRY_STATUS(write_comparison(out, out_folder->temporary()));
        MOELORA_TRY_STATUS(out_folder->commit(false));
    }
    control.publish(ComparisonFinished{control.job(), 0, std::move(out), spec.out});
    return JobEnd{false, spec.out};
}

}  // namespace moelora
