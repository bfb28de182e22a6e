// SPDX-License-Identifier: GPL-3.0-or-later
// `evaluate`: mean loss of the references and scores of the captions, of one model.
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <optional>

#include "core/eval/captions.h"
#include "core/eval/findings.h"
#include "core/io/files.h"
#include "core/session/caption_files.h"
#include "core/session/captioner.h"
#include "core/session/jobs.h"
#include "core/session/model_asker.h"
#include "core/session/output_folder.h"
#include "core/session/provenance.h"
#include "core/train/batch_pass.h"

namespace moelora {
namespace {

// The question of a sample with one of its references as the answer.
Conversation answered(const CaptionSample& sample, const std::string& reference) {
    Conversation out = caption_conversation(sample);
    out.messages.push_back({"assistant", {{ChatPart::Kind::Text, reference}}});
    out.add_generation_prompt = false;
    return out;
}

// One forward pass; its loss is added to `out` weighted by its answer tokens.
void add_loss(LoadedModel& loaded, Adapter* adapter, const std::vector<EncodedSample>& part,
              Evaluation& out) {
    const at::NoGradGuard no_graph;
    const Batch batch = collate(part, loaded.text.pad_id, PadSide::Right);
    const BatchLoss found = batch_loss(*loaded.model, adapter, batch);
    if (found.targets == 0) return;
    out.loss += found.loss.item<double>() * static_cast<double>(found.targets);
    out.targets += found.targets;
}

// False when the job must stop.
Result<bool> mean_loss(LoadedModel& loaded, Adapter* adapter,
                       const std::vector<CaptionSample>& samples, std::int64_t batch_size,
                       Evaluation& out, JobControl& control) {
    std::vector<std::pair<const CaptionSample*, const std::string*>> answers;
    for (const CaptionSample& sample : samples)
        for (const std::string& reference : sample.references)
            answers.emplace_back(&sample, &reference);
    const auto width = static_cast<std::size_t>(std::max<std::int64_t>(batch_size, 1));
    for (std::size_t first = 0; first < answers.size(); first += width) {
        if (!control.safe_point()) return false;
        std::vector<EncodedSample> part;
        for (std::size_t i = first; i < std::min(first + width, answers.size()); ++i) {
            const auto& [sample, reference] = answers[i];
            auto encoded = loaded.text.encoder.encode(answered(*sample, *reference), sample->id);
            if (!encoded) return pass(std::move(encoded).error(), "sample " + sample->id);
            MOELORA_TRY_STATUS(set_tasks(*encoded, adapter, *sample));
            part.push_back(std::move(*encoded));
        }
        add_loss(loaded, adapter, part, out);
        control.progress("measuring loss", static_cast<std::int64_t>(first + part.size()),
                         static_cast<std::int64_t>(answers.size()));
    }
    if (out.targets > 0) out.loss /= static_cast<double>(out.targets);
    return true;
}

// False when the job must stop.
Result<bool> caption_all(LoadedModel& loaded, Adapter* adapter, const EvaluateSpec& spec,
                         const std::vector<CaptionSample>& samples, Evaluation& out,
                         JobControl& control) {
    CaptionRequest request;
    request.variant = adapter ? "adapted" : "base";
    request.generate = spec.generate;
    const auto finished = [&](const Caption& caption) -> Status {
        out.samples.push_back({samples[out.samples.size()], caption});
        control.publish(CaptionFinished{control.job(), 0, caption});
        control.progress("captioning", static_cast<std::int64_t>(out.samples.size()),
                         static_cast<std::int64_t>(samples.size()));
        (void)control.safe_point();  // a pause holds here; a stop ends the loop behind the batch
        return {};
    };
    MOELORA_TRY(const auto captions, caption_samples_with(*loaded.model, adapter, loaded.text,
                                                          samples, request, control, finished));
    if (captions.size() < samples.size() || control.stop_requested()) return false;
    out.metrics = score_captions(samples, captions);
    out.issues = caption_findings(samples, captions);
    return true;
}

}  // namespace

Result<JobEnd> run_evaluation(const EvaluateSpec& spec, JobControl& control) {
    std::string folder;
    if (!spec.adapter.empty()) {
        MOELORA_TRY(folder, resolve_adapter_folder(spec.adapter));
    }
    MOELORA_TRY(const DataOptions data, inference_data(folder, spec.settings));
    MOELORA_TRY(std::vector<CaptionSample> samples,
                samples_to_caption(spec.data, data, spec.prompt, spec.limit, raise_in(control)));
    MOELORA_TRY_STATUS(check_task(folder, spec.task));
    assume_task(samples, spec.task);
    MOELORA_TRY_STATUS(leave_out_unusable(samples, data, control));
    std::optional<AtomicFolder> out_folder;
    if (!spec.out.empty()) {
        MOELORA_TRY_STATUS(check_output_folder(spec.out, spec.force, {evaluation_mark}));
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
    std::unique_ptr<Adapter> adapter;
    if (!folder.empty()) {
        MOELORA_TRY(adapter, load_adapter(loaded, folder));
        control.raise(adapter->card().issues);
        adapter->attach();
    }
    control.enter_running();
    Evaluation out;
    if (adapter) {
        MOELORA_TRY(out.self_test, test_adapter(ask_model(*loaded.model, *adapter, loaded.text),
                                                samples, tested(*adapter)));
        MOELORA_TRY_STATUS(refuse_if_failed(*out.self_test));
    }
    MOELORA_TRY(bool whole,
                mean_loss(loaded, adapter.get(), samples, spec.generate.batch_size, out, control));
    if (whole) {
        MOELORA_TRY(whole, caption_all(loaded, adapter.get(), spec, samples, out, control));
    }
    if (!whole) return JobEnd{true, {}};
    MOELORA_TRY(out.provenance, provenance_of(loaded,
                                              {spec.adapter, folder, adapter.get(), spec.data, data,
                                               samples, spec.generate, base},
                                              control));
    if (adapter) raise_late_base(loaded, *adapter, folder, control);
    if (out_folder) {
        MOELORA_TRY_STATUS(write_evaluation(out, out_folder->temporary()));
        MOELORA_TRY_STATUS(out_folder->commit(false));
    }
    control.publish(EvaluationFinished{control.job(), 0, std::move(out), spec.out});
    return JobEnd{false, spec.out};
}

}  // namespace moelora
