// SPDX-License-Identifier: GPL-3.0-or-later
// The tiny random Qwen3-VL of tests/golden/qwen3vl/right_padded_batch, a batch for it (of
// peft_lora.safetensors), and helpers. The caller includes torch (precompiled header).
#pragma once

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Parallel.h>
#include <cstring>

#include "core/adapter/adapter.h"
#include "core/io/safetensors.h"
#include "tests/support/shared_data.h"

namespace moelora::test {

inline std::unique_ptr<Qwen3VL> tiny_model() {
    at::set_num_threads(1);  // tensors this small only pay for waking threads
    auto model = Qwen3VL::load(source_path("tests/golden/qwen3vl/right_padded_batch"),
                               ComputeDtype::Fp32, "cpu");
    if (!model) {
        ADD_FAILURE() << message_of(model.error());
        std::abort();
    }
    return std::move(*model);
}

inline at::Tensor read_tensor(const SafetensorsFile& file, const std::string& name) {
    const TensorEntry* entry = file.find(name);
    if (!entry) throw std::runtime_error("no tensor " + name);
    const at::Tensor t =
        at::empty(entry->shape, entry->dtype == Dtype::I64 ? at::kLong : at::kFloat);
    std::memcpy(t.mutable_data_ptr(), file.bytes(*entry).data(), file.bytes(*entry).size());
    return t;
}

struct TinyBatch {
    ModelInputs inputs;
    at::Tensor labels;
    [[nodiscard]] ForwardInfo info(bool training) const {
        ForwardInfo i;
        i.attention_mask = inputs.attention_mask;
        i.labels = labels;
        i.task_ids = at::tensor({0, 1}, at::kLong);
        i.training = training;
        return i;
    }
};

inline const SafetensorsFile& peft_fixture() {
    static const SafetensorsFile file = std::move(
        *SafetensorsFile::open(source_path("tests/golden/adapter/peft_lora.safetensors")));
    return file;
}

inline TinyBatch tiny_batch() {
    const auto read = [](const char* name) { return read_tensor(peft_fixture(), name); };
    return {{read("input_ids"), read("attention_mask"), read("pixel_values"), read("grid_thw")},
            read("labels")};
}

// The same samples with columns of padding behind them.
inline TinyBatch padded(TinyBatch batch, std::int64_t columns = 5) {
    const auto pad = [&](at::Tensor& t, std::int64_t value) {
        t = at::constant_pad_nd(t, {0, columns}, value);
    };
    pad(batch.inputs.input_ids, 0);
    pad(batch.inputs.attention_mask, 0);
    pad(batch.labels, -100);
    return batch;
}

// Logits [B, T, vocab] of one pass; the adapter, if any, is told of it.
inline at::Tensor logits(Qwen3VL& model, const TinyBatch& batch, Adapter* adapter = nullptr,
                         bool training = false, at::Tensor* aux = nullptr) {
    if (adapter) adapter->begin_pass(batch.info(training));
    const auto hidden = model.forward(batch.inputs);
    if (aux) *aux = hidden.loss;
    return model.logits(hidden.states);
}

inline at::Tensor cross_entropy(const at::Tensor& logits_of, const at::Tensor& labels) {
    const std::int64_t width = labels.size(1) - 1;
    return at::cross_entropy_loss(logits_of.narrow(1, 0, width).reshape({-1, logits_of.size(2)}),
                                  labels.narrow(1, 1, width).reshape({-1}));
}

inline AdapterOptions tiny_options() {
    AdapterOptions o;
    o.targets = {"q_proj", "v_proj", "down_proj", "attn.qkv", "linear_fc1"};
    o.num_experts = 3;
    o.rank = 4;
    o.gate = GateKind::TopK;
    o.top_k = 2;
    o.dropout = 0;
    o.balance = BalanceKind::Switch;
    return o;
}

inline std::unique_ptr<Adapter> make_adapter(Qwen3VL& model, const AdapterOptions& options,
                                             std::uint64_t seed = 1) {
    auto adapter = Adapter::create(model, options, seed);
    if (!adapter) throw std::runtime_error(message_of(adapter.error()));
    return std::move(*adapter);
}

// Every parameter drawn anew, so that B is not zero.
inline void randomise(Adapter& adapter, double size = 0.2) {
    const at::NoGradGuard no_grad;
    const auto gen = at::make_generator<at::CPUGeneratorImpl>(5);
    for (auto& [name, tensor] : adapter.parameters())
        tensor.copy_(at::randn(tensor.sizes(), gen, at::kFloat) * size);
}

}  // namespace moelora::test
