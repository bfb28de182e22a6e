// SPDX-License-Identifier: GPL-3.0-or-later
// `moelora forward`: one pass of one conversation, everything written out (command_line.md, 2.1).
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <cmath>
#include <limits>

#include "core/io/safetensors.h"
#include "core/session/captioner.h"
#include "core/session/loaded_model.h"
#include "core/session/questions.h"
#include "core/train/batch_pass.h"

namespace moelora::questions {
namespace {

// Named tensors as contiguous host copies, I64 or F32.
Status write_pass(const std::string& path, const std::vector<NamedTensor>& named,
                  std::map<std::string, std::string> metadata) {
    std::vector<at::Tensor> kept;
    std::vector<TensorBytes> out;
    kept.reserve(named.size());
    for (const NamedTensor& n : named) {
        const bool integer = n.tensor.scalar_type() == at::kLong;
        const at::Tensor& t = kept.emplace_back(
            n.tensor.detach().to(integer ? at::kLong : at::kFloat).cpu().contiguous());
        out.push_back({n.name,
                       integer ? Dtype::I64 : Dtype::F32,
                       t.sizes().vec(),
                       {static_cast<const std::byte*>(t.const_data_ptr()), t.nbytes()}});
    }
    return write_safetensors(path, std::move(out), std::move(metadata));
}

}  // namespace

Status forward(const ForwardSpec& spec) {
    const at::NoGradGuard no_graph;
    MOELORA_TRY_STATUS(check_adapter_scale(spec.adapter_scale));
    MOELORA_TRY(const Conversation conversation, read_conversation(spec.conversation));
    std::string folder;
    if (!spec.adapter.empty()) {
        MOELORA_TRY(folder, resolve_adapter_folder(spec.adapter));
    }
    MOELORA_TRY(DataOptions data, inference_data(folder));
    if (!spec.chat_template.empty()) data.chat_template = spec.chat_template;
    data.max_length = std::numeric_limits<std::int64_t>::max();  // it was asked for as it is
    MOELORA_TRY(const ModelOptions base,
                base_beside(spec.model, {spec.compute_dtype, spec.quantization}, folder));
    MOELORA_TRY(LoadedModel loaded, load_base(base, spec.device, data));
    std::unique_ptr<Adapter> adapter;
    if (!folder.empty()) {
        MOELORA_TRY(adapter, load_adapter(loaded, folder));
        adapter->attach();
        adapter->set_scale(spec.adapter_scale);
        adapter->record_weights(true);
    }
    MOELORA_TRY(EncodedSample sample, loaded.text.encoder.encode(conversation, spec.conversation));
    const CaptionSample named{spec.conversation, {}, {}, conversation.task, {}};
    MOELORA_TRY_STATUS(set_tasks(sample, adapter.get(), named));
    const Batch batch = collate({sample}, loaded.text.pad_id, PadSide::Right);
    const auto hidden = loaded.model->forward(begin_batch(*loaded.model, adapter.get(), batch));

    const at::Tensor positions =
        mrope_positions(batch.input_ids, batch.attention_mask, batch.grid_thw, loaded.text.config);
    std::vector<NamedTensor> out = {
        {"input_ids", batch.input_ids},
        {"labels", batch.labels},
        {"position_ids", loaded.text.config.has_vision() ? positions : positions[0]},
        {"logits", loaded.model->logits(hidden.states)}};
    if (batch.pixel_values.defined()) {
        out.push_back({"pixel_values", batch.pixel_values});
        out.push_back({"image_grid_thw", batch.grid_thw});
    }
    if (adapter)
        for (const auto& [site, weights] : adapter->recorded_weights())
            out.push_back({"router." + site, weights});
    return write_pass(spec.out, out,
                      {{"rendered_text", sample.rendered},
                       {"model_fingerprint", loaded.fingerprint},
                       {"dtype", std::string(name_of_enum(loaded.device.dtype))}});
}

}  // namespace moelora::questions
