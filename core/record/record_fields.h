// SPDX-License-Identifier: GPL-3.0-or-later
// The fields of each record, named once; writing and reading are visitors (records_json.cpp).
// v(name, field); v.maybe(name, field) where older files or other kinds of lines lack the field.
#pragma once

#include <utility>

#include "core/record/records.h"

namespace moelora {

// Chooses the overload; the record itself may be const or not.
template <class R>
struct Of {};

template <class V>
void record_fields(V& v, auto& r, Of<MicroBatchRecord>) {
    v("samples", r.samples);
    v.maybe("loss", r.loss);
}
template <class V>
void record_fields(V& v, auto& r, Of<StepRecord>) {
    v("step", r.step);
    v("epoch", r.epoch);
    v("loss", r.loss);
    v.maybe("aux_loss", r.aux_loss);
    v("grad_norm", r.grad_norm);
    v("lr", r.lr);
    v("samples_seen", r.samples_seen);
    v("targets", r.targets);
    v.maybe("tokens_per_s", r.tokens_per_s);
    v.maybe("samples_per_s", r.samples_per_s);
    v.maybe("step_ms", r.step_ms);
    v.maybe("peak_mem_bytes", r.peak_mem_bytes);
    v.maybe("micro_batches", r.micro_batches);
}
template <class V>
void record_fields(V& v, auto& r, Of<RouterRecord>) {
    v("step", r.step);
    v("site", r.site);
    v("layer", r.layer);
    v("module", r.module);
    v("weight", r.weight);
    v("load", r.load);
    v("entropy", r.entropy);
    v("effective_experts", r.effective_experts);
    v("tokens", r.tokens);
    v.maybe("by_task", r.by_task);
    v.maybe("probability", r.probability);
    v.maybe("marginal_entropy", r.marginal_entropy);
    v.maybe("by_kind", r.by_kind);
}
template <class V>
void record_fields(V& v, auto& r, Of<EvalRecord>) {
    v("step", r.step);
    v("loss", r.loss);
    v("targets", r.targets);
    v.maybe("captions", r.captions);
    v.maybe("bleu4", r.bleu4);
    v.maybe("rouge_l", r.rouge_l);
    v.maybe("cider_d", r.cider_d);
    v.maybe("exact_match", r.exact_match);
}
template <class V>
void record_fields(V& v, auto& r, Of<CheckpointInfo>) {
    v("step", r.step);
    v("path", r.path);
}
template <class V>
void record_fields(V& v, auto& r, Of<NoteRecord>) {
    v("step", r.step);
    v("code", r.code);
    v("message", r.message);
    v.maybe("samples", r.samples);
}
template <class V>
void record_fields(V& v, auto& r, Of<Caption>) {
    v("sample", r.sample);
    v("variant", r.variant);
    v.maybe("image", r.image);
    v.maybe("prompt", r.prompt);
    v.maybe("task", r.task);
    v("text", r.text);
    v("tokens", r.tokens);
    v("stop_reason", r.stop_reason);
    v("ms", r.ms);
    v.maybe("step", r.step);
}
template <class V>
void record_fields(V& v, auto& r, Of<PromptPart>) {
    v.maybe("image", r.image);
    v.maybe("text", r.text);
}
template <class V>
void record_fields(V& v, auto& r, Of<PromptMessage>) {
    v("role", r.role);
    v("parts", r.parts);
}
template <class V>
void record_fields(V& v, auto& r, Of<CaptionSample>) {
    v("id", r.id);
    v.maybe("image", r.image);
    v.maybe("prompt", r.prompt);
    v.maybe("task", r.task);
    v.maybe("references", r.references);
    v.maybe("image_id", r.image_id);
    v.maybe("messages", r.messages);
}
template <class V>
void record_fields(V& v, auto& r, Of<DiffSpan>) {
    v("kind", r.kind);
    v("text", r.text);
}
template <class V>
void record_fields(V& v, auto& r, Of<ComparedSample>) {
    record_fields(v, r.sample, Of<CaptionSample>{});
    v("base", r.base);
    v("adapted", r.adapted);
    v("diff", r.diff);
}
template <class V>
void record_fields(V& v, auto& r, Of<Provenance>) {
    v("program_version", r.program_version);
    v("model_path", r.model_path);
    v("model_fingerprint", r.model_fingerprint);
    v.maybe("model_sha256", r.model_sha256);
    v("adapter_path", r.adapter_path);
    v("adapter_fingerprint", r.adapter_fingerprint);
    v("data_path", r.data_path);
    v("device", r.device);
    v("dtype", r.dtype);
    v("created_utc", r.created_utc);
    v("seed", r.seed);
    v("greedy", r.greedy);
    v.maybe("adapter_scale", r.adapter_scale);
    v.maybe("forced_expert", r.forced_expert);
    v.maybe("prompts", r.prompts);
    v.maybe("prompt_count", r.prompt_count);
    v.maybe("max_new_tokens", r.max_new_tokens);
    v.maybe("min_pixels", r.min_pixels);
    v.maybe("max_pixels", r.max_pixels);
    v.maybe("resize", r.resize);
    v.maybe("adapter_step", r.adapter_step);
    v.maybe("settings", r.settings);
}
template <class V>
void record_fields(V& v, auto& r, Of<SelfTest>) {
    v("adapter_off_equals_base", r.adapter_off_equals_base);
    v("adapter_on_differs", r.adapter_on_differs);
    v("max_logit_difference", r.max_logit_difference);
    v("sites", r.sites);
    v.maybe("picture_ignored", r.picture_ignored);
    v.maybe("columns_swapped", r.columns_swapped);
    v.maybe("pictures", r.pictures);
    v.maybe("caption_pairs", r.caption_pairs);
    v.maybe("untrained", r.untrained);
}
template <class V>
void record_fields(V& v, auto& r, Of<CaptionScores>) {
    v("bleu1", r.bleu1);
    v("bleu2", r.bleu2);
    v("bleu3", r.bleu3);
    v("bleu4", r.bleu4);
    v("rouge_l", r.rouge_l);
    v("cider_d", r.cider_d);
}
template <class V>
void record_fields(V& v, auto& r, Of<ModelFile>) {
    v("name", r.name);
    v("bytes", r.bytes);
}
template <class V>
void record_fields(V& v, auto& r, Of<SitePlan>) {
    v("site", r.site);
    v("layer", r.layer);
    v("module", r.module);
    v("in", r.in);
    v("out", r.out);
    v("experts", r.experts);
    v("rank", r.rank);
    v("top_k", r.top_k);
    v("parameters", r.parameters);
}
template <class V>
void record_fields(V& v, auto& r, Of<TokenBin>) {
    v("from", r.from);
    v("to", r.to);
    v("samples", r.samples);
}
template <class V>
void record_fields(V& v, auto& r, Of<SampleTokens>) {
    v("id", r.id);
    v("image", r.image);
    v("text", r.text);
    v("visual", r.visual);
}
template <class V>
void record_fields(V& v, auto& r, Of<TokenCounts>) {
    v("max", r.max);
    v("p50", r.p50);
    v("p95", r.p95);
    v("over_limit", r.over_limit);
    v("limit", r.limit);
    v("histogram", r.histogram);
    v("worst", r.worst);
}
// {"exact","samples"} of one task
template <class V>
void record_fields(V& v, auto& r, Of<std::pair<std::int64_t, std::int64_t>>) {
    v("exact", r.first);
    v("samples", r.second);
}
template <class V>
void record_fields(V& v, auto& r, Of<CaptionMetrics>) {
    v("samples", r.samples);
    v("exact", r.exact);
    v.maybe("by_task", r.by_task);
}
template <class V>
void record_fields(V& v, auto& r, Of<EvaluatedSample>) {
    record_fields(v, r.sample, Of<CaptionSample>{});
    v("caption", r.caption);
}

template <class V>
void record_fields(V& v, auto& r, Of<GateSurvey>) {
    v("samples", r.samples);
    v("trained", r.trained);
    v("untrained", r.untrained);
}

}  // namespace moelora
