// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/batch_pass.h"

#include <ATen/ATen.h>

#include "core/train/label_loss.h"

namespace moelora {
namespace {

constexpr std::int64_t ignored_label = -100;

// ForwardInfo::token_kinds.
at::Tensor kinds_of(const Batch& batch, const ModelConfig& config) {
    const auto number = [](TokenKind kind) { return static_cast<std::int64_t>(kind); };
    at::Tensor kinds = at::full_like(batch.input_ids, number(TokenKind::Prompt));
    if (batch.labels.defined())
        kinds.masked_fill_(batch.labels != ignored_label, number(TokenKind::Response));
    kinds.masked_fill_((batch.input_ids == config.image_token_id)
                           .logical_or(batch.input_ids == config.video_token_id),
                       number(TokenKind::Image));
    if (batch.attention_mask.defined()) kinds.masked_fill_(batch.attention_mask == 0, -1);
    return kinds;
}

// Labels with none at the first place of a sample: nothing before it predicts it.
at::Tensor predicted_labels(const PackedBatch& packed) {
    at::Tensor labels = packed.batch.labels.clone();
    auto* first = labels.mutable_data_ptr<std::int64_t>();
    for (const std::int64_t length : packed.pack.lengths) {
        *first = ignored_label;
        first += length;
    }
    return labels;
}

}  // namespace

ModelInputs begin_batch(Qwen3VL& model, Adapter* adapter, const Batch& batch, bool training,
                        const Pack& pack) {
    const at::Device device(model.device());
    const auto on = [&](const at::Tensor& t) { return t.defined() ? t.to(device) : t; };
    ModelInputs inputs;
    inputs.input_ids = on(batch.input_ids);
    inputs.attention_mask = on(batch.attention_mask);
    inputs.pixel_values = on(batch.pixel_values);
    inputs.grid_thw = on(batch.grid_thw);
    inputs.lengths = pack.lengths;
    if (!adapter) return inputs;
    ForwardInfo info;
    info.attention_mask = inputs.attention_mask;
    info.labels = on(batch.labels);
    info.task_ids = on(batch.task_ids);
    info.sample_types = on(batch.sample_types);
    info.patches = on(batch.patches);
    info.token_kinds = on(kinds_of(batch, model.config()));
    info.training = training;
    info.pack = pack;
    adapter->begin_pass(info);
    return inputs;
}

BatchLoss batch_loss(Qwen3VL& model, Adapter* adapter, const Batch& batch, bool training) {
    const LabelPlaces labelled = label_places(batch.labels.cpu());
    BatchLoss out;
    out.targets = labelled.places.size(0);
    if (out.targets == 0) return out;
    ModelInputs inputs = begin_batch(model, adapter, batch, training);
    inputs.wanted = labelled.places;
    const auto hidden = model.forward(inputs);
    out.loss = label_cross_entropy(hidden.states, model.head_weight(),
                                   labelled.targets.to(hidden.states.device()));
    out.extra = hidden.loss;
    return out;
}

PackLoss pack_loss(Qwen3VL& model, Adapter* adapter, const PackedBatch& packed, bool training) {
    const LabelPlaces labelled = label_places(predicted_labels(packed));
    ModelInputs inputs = begin_batch(model, adapter, packed.batch, training, packed.pack);
    inputs.wanted = labelled.places;
    const auto hidden = model.forward(inputs);
    const at::Tensor rows = label_losses(hidden.states, model.head_weight(),
                                         labelled.targets.to(hidden.states.device()));
    std::vector<at::Tensor> losses;
    for (const at::Tensor& own : rows.split_with_sizes(packed.targets))
        losses.push_back(own.mean());
    return {at::stack(losses), hidden.loss};
}

}  // namespace moelora
