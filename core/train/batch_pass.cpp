// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/batch_pass.h"

#include <ATen/ATen.h>

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

}  // namespace moelora
