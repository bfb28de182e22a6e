// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/infer/generator.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <optional>

#include "core/infer/decode.h"

namespace moelora {
namespace {

Status check(const std::vector<EncodedSample>& prompts, const GenerateOptions& options) {
    if (prompts.empty())
        return fail(ErrorCode::UsageInvalid, {{"why", "There is nothing to answer: no prompts."}});
    for (const EncodedSample& prompt : prompts)
        if (prompt.ids.empty())
            return fail(ErrorCode::UsageInvalid,
                        {{"why", "The prompt of " + prompt.id + " is empty."}});
    if (options.do_sample && !(options.temperature > 0))
        return fail(ErrorCode::OptionInvalid, {{"option", "generate.temperature"},
                                               {"value", std::to_string(options.temperature)},
                                               {"why", "sampling needs a positive one"}});
    return {};
}

using Prompts = std::vector<EncodedSample>;

DecodeBatch batch_of(const Prompts& part, const ModelConfig& config, TokenId extra_end) {
    const Batch batch = collate(part, config.pad_id, PadSide::Left);
    DecodeBatch out;
    out.inputs = {batch.input_ids, batch.attention_mask, batch.pixel_values, batch.grid_thw};
    out.task_ids = batch.task_ids;
    out.patches = batch.patches;
    out.end_ids = config.eos_ids;
    if (extra_end >= 0) out.end_ids.push_back(extra_end);
    for (const EncodedSample& prompt : part) out.prompts.push_back(prompt.ids);
    return out;
}

// Of a router that looks at samples, or while something is counted, each pass is another.
DecodeGraphs* graphs_for(const Qwen3VL& model, const Adapter* adapter) {
    return !adapter || adapter->passes_alike() ? model.decode_graphs() : nullptr;
}

at::Tensor twice(const at::Tensor& t) {
    return t.defined() ? at::cat({t, t}) : t;
}

DecodeBatch doubled(DecodeBatch batch) {
    ModelInputs& in = batch.inputs;
    for (at::Tensor* t : {&in.input_ids, &in.attention_mask, &in.pixel_values, &in.grid_thw})
        *t = twice(*t);
    batch.task_ids = twice(batch.task_ids);
    batch.patches = twice(batch.patches);
    const std::size_t count = batch.prompts.size();
    for (std::size_t i = 0; i < count; ++i) batch.prompts.push_back(batch.prompts[i]);
    batch.paired = true;
    return batch;
}

// What the tower sees is the same for both halves unless the adapter sits in it.
std::optional<VisionFeatures> shared_features(Qwen3VL& model, const Adapter& adapter,
                                              const ModelInputs& inputs) {
    const auto& sites = adapter.sites();
    const bool adapted = std::any_of(sites.begin(), sites.end(),
                                     [](const SiteSpec& site) { return site.shape.vision; });
    if (adapted || !inputs.pixel_values.defined()) return {};
    const at::NoGradGuard frozen;
    VisionFeatures features =
        model.encode_images(inputs.pixel_values.to(at::Device(model.device())), inputs.grid_thw);
    features.merged = twice(features.merged);
    for (at::Tensor& level : features.deepstack) level = twice(level);
    return features;
}

// Calls decode_part(part, number of its first prompt in `prompts`) for batches of at most
// options.batch_size prompts until one sets `cancelled`.
template <class DecodePart>
void in_batches(const Prompts& prompts, const GenerateOptions& options, const bool& cancelled,
                DecodePart&& decode_part) {
    const auto width = static_cast<std::size_t>(std::max<std::int64_t>(1, options.batch_size));
    for (std::size_t begin = 0; begin < prompts.size() && !cancelled; begin += width) {
        const auto at = prompts.begin() + static_cast<std::ptrdiff_t>(begin);
        const std::size_t count = std::min(width, prompts.size() - begin);
        decode_part(Prompts(at, at + static_cast<std::ptrdiff_t>(count)), begin);
    }
}

}  // namespace

Result<std::vector<Generation>> generate(Qwen3VL& model, Adapter* adapter, const Prompts& prompts,
                                         const GenerateOptions& options, TokenId extra_end,
                                         const OnToken& on_token, std::size_t first_number) {
    MOELORA_TRY_STATUS(check(prompts, options));
    const BeforePass before_pass = [&](const ForwardInfo& info) {
        if (adapter) adapter->begin_pass(info);
    };
    std::vector<Generation> out;
    bool cancelled = false;
    in_batches(prompts, options, cancelled, [&](const Prompts& part, std::size_t begin) {
        DecodeBatch batch = batch_of(part, model.config(), extra_end);
        batch.graphs = graphs_for(model, adapter);
        batch.first_row = first_number + begin;
        const OnToken on_row = [&](std::size_t row, TokenId id) {
            return !on_token || on_token(begin + row, id);
        };
        for (Generation& one : decode(model, batch, options, before_pass, on_row, cancelled))
            out.push_back(std::move(one));
    });
    out.resize(prompts.size(), {{}, StopReason::Cancelled});
    return out;
}

Result<std::vector<Generation>> generate_pairs(Qwen3VL& model, Adapter& adapter,
                                               const Prompts& prompts,
                                               const GenerateOptions& options, TokenId extra_end,
                                               const OnToken& on_token, std::size_t first_number) {
    MOELORA_TRY_STATUS(check(prompts, options));
    const BeforePass before_pass = [&](const ForwardInfo& info) { adapter.begin_pass(info); };
    std::vector<Generation> out(2 * prompts.size(), {{}, StopReason::Cancelled});
    bool cancelled = false;
    in_batches(prompts, options, cancelled, [&](const Prompts& part, std::size_t begin) {
        DecodeBatch batch = batch_of(part, model.config(), extra_end);
        adapter.begin_pass({});
        const auto features = shared_features(model, adapter, batch.inputs);
        if (features) batch.inputs.pixel_values = at::Tensor();
        batch = doubled(std::move(batch));
        batch.graphs = graphs_for(model, &adapter);
        batch.first_row = first_number + begin;
        batch.features = features ? &*features : nullptr;
        const auto place = [&](std::size_t row) {
            return begin + row % part.size() + (row < part.size() ? 0 : prompts.size());
        };
        const OnToken on_row = [&](std::size_t row, TokenId id) {
            return !on_token || on_token(place(row), id);
        };
        auto rows = decode(model, batch, options, before_pass, on_row, cancelled);
        for (std::size_t row = 0; row < rows.size(); ++row) out[place(row)] = std::move(rows[row]);
    });
    return out;
}

}  // namespace moelora
