// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/batch_pass.h"

#include <ATen/ATen.h>

#include "core/train/label_loss.h"

namespace moelora {

ModelInputs begin_batch(Qwen3VL& model, Adapter* adapter, const Batch& batch, bool training) {
    const at::Device device(model.device());
    const auto on = [&](const at::Tensor& t) { return t.defined() ? t.to(device) : t; };
    ModelInputs inputs;
    inputs.input_ids = on(batch.input_ids);
    inputs.attention_mask = on(batch.attention_mask);
    inputs.pixel_values = on(batch.pixel_values);
    inputs.grid_thw = on(batch.grid_thw);
    if (!adapter) return inputs;
    ForwardInfo info;
    info.attention_mask = inputs.attention_mask;
    info.labels = on(batch.labels);
    info.task_ids = on(batch.task_ids);
    info.sample_types = on(batch.sample_types);
    info.patches = on(batch.patches);
    info.training = training;
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

}  // namespace moelora
