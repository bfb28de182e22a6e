// SPDX-License-Identifier: GPL-3.0-or-later
// One picture, its prompt and its caption in a single pass: which expert handled which token.
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>

#include "core/session/captioner.h"
#include "core/session/jobs.h"
#include "core/session/token_texts.h"
#include "core/train/batch_pass.h"

namespace moelora {
namespace {

constexpr TokenId ignored_label = -100;

Result<std::string> caption_to_trace(LoadedModel& loaded, Adapter& adapter, const RoutingSpec& spec,
                                     JobControl& control) {
    if (!spec.caption.empty()) return spec.caption;
    CaptionRequest request;
    request.variant = "adapted";
    request.generate = spec.generate;
    MOELORA_TRY(const auto captions, caption_samples_with(*loaded.model, &adapter, loaded.text,
                                                          {spec.sample}, request, control, {}));
    return captions.empty() ? std::string() : captions.front().text;
}

// The tokens of the trace; of several pictures the first has the grid.
void name_tokens(const EncodedSample& sample, const TextSide& text, RoutingTrace& trace) {
    const std::vector<std::string> texts = token_texts(*text.tokenizer, sample.ids);
    const TokenId pad = sample.images.empty() ? -1 : text.encoder.tokens.image_pad;
    for (std::size_t i = 0; i < sample.ids.size(); ++i) {
        const bool visual = sample.ids[i] == pad;
        const bool said = sample.labels[i] != ignored_label;
        trace.tokens.push_back({texts[i], visual ? "image" : said ? "response" : "prompt"});
    }
    if (sample.images.empty()) return;
    const std::int64_t merge = text.encoder.processor.merge_size;
    trace.grid_rows = sample.images.front().h / merge;
    trace.grid_columns = sample.images.front().w / merge;
    trace.first_visual = std::find(sample.ids.begin(), sample.ids.end(), pad) - sample.ids.begin();
}

// [1, T, E] -> [tokens, E]; of the tower [1, patches, E] -> means over each visual token of the
// first picture, whose patches stand behind each other.
SiteTrace site_trace(const SiteSpec& site, const at::Tensor& recorded, const RoutingTrace& trace,
                     std::int64_t visual_tokens, std::int64_t merged) {
    SiteTrace out{site.shape.path,   site.shape.module, site.shape.layer,
                  site.shape.vision, site.experts,      {}};
    at::Tensor weights = recorded.reshape({-1, recorded.size(-1)});
    if (site.shape.vision) {
        const std::int64_t first = trace.grid_rows * trace.grid_columns;
        // Mergers see visual tokens already.
        const std::int64_t each = weights.size(0) == visual_tokens ? 1 : merged;
        weights = weights.narrow(0, 0, first * each).view({first, each, -1}).mean(1);
    }
    weights = weights.to(at::kCPU, at::kFloat).contiguous();
    const auto* values = weights.const_data_ptr<float>();
    out.weight.assign(values, values + weights.numel());
    return out;
}

Result<RoutingTrace> trace_routing(LoadedModel& loaded, Adapter& adapter, const RoutingSpec& spec,
                                   const std::string& caption) {
    const at::NoGradGuard no_graph;
    Conversation conversation = caption_conversation(spec.sample);
    conversation.add_generation_prompt = false;
    conversation.messages.push_back({"assistant", {{ChatPart::Kind::Text, caption}}});
    MOELORA_TRY(EncodedSample encoded,
                loaded.text.encoder.encode(conversation, spec.sample.id, true));
    MOELORA_TRY_STATUS(set_tasks(encoded, &adapter, spec.sample));
    const Batch batch = collate({encoded}, loaded.text.pad_id, PadSide::Right);
    adapter.record_weights(true);
    (void)loaded.model->forward(begin_batch(*loaded.model, &adapter, batch));
    RoutingTrace out;
    out.sample = spec.sample;
    out.caption = caption;
    out.forced = spec.force_expert;
    name_tokens(encoded, loaded.text, out);
    std::int64_t visual = 0;
    for (const Patches& image : encoded.images) visual += image.tokens;
    const std::int64_t merge = loaded.text.encoder.processor.merge_size;
    for (const SiteSpec& site : adapter.sites())
        if (const auto found = adapter.recorded_weights().find(site.shape.path);
            found != adapter.recorded_weights().end())
            out.sites.push_back(site_trace(site, found->second, out, visual, merge * merge));
    adapter.record_weights(false);
    return out;
}

}  // namespace

Result<JobEnd> run_routing(const RoutingSpec& spec, JobControl& control) {
    MOELORA_TRY_STATUS(check_adapter_scale(spec.adapter_scale));
    MOELORA_TRY(const std::string folder, resolve_adapter_folder(spec.adapter));
    MOELORA_TRY(const DataOptions data, inference_data(folder));
    MOELORA_TRY(const ModelOptions base,
                base_beside(spec.model, {spec.compute_dtype, spec.quantization}, folder));
    MOELORA_TRY(LoadedModel loaded,
                load_base(base, spec.device, data, [&](std::int64_t done, std::int64_t total) {
                    control.loading("loading model", done, total);
                }));
    MOELORA_TRY(const std::unique_ptr<Adapter> adapter, load_adapter(loaded, folder));
    control.raise(adapter->card().issues);
    adapter->attach();
    adapter->set_scale(spec.adapter_scale);
    MOELORA_TRY_STATUS(adapter->force_expert(spec.force_expert));
    control.enter_running();
    MOELORA_TRY(const std::string caption, caption_to_trace(loaded, *adapter, spec, control));
    if (control.stop_requested()) return JobEnd{true, {}};
    MOELORA_TRY(RoutingTrace trace, trace_routing(loaded, *adapter, spec, caption));
    control.publish(RoutingTraced{control.job(), 0, std::move(trace)});
    return JobEnd{false, {}};
}

}  // namespace moelora
