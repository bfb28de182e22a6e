// SPDX-License-Identifier: GPL-3.0-or-later
// The recorded run of tests/golden/train as objects: model, samples, micro-batches.
#pragma once

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>

#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "core/adapter/adapter.h"
#include "core/base/json.h"
#include "core/data/batch.h"
#include "core/io/safetensors.h"
#include "core/train/trainer.h"
#include "tests/support/shared_data.h"

namespace moelora::test {

inline std::string golden(const std::string& name) {
    return source_path("tests/golden/train/" + name);
}

inline std::unique_ptr<Qwen3VL> load_tiny_model(ComputeDtype dtype = ComputeDtype::Fp32) {
    at::set_num_threads(1);  // tensors this small only pay for waking threads
    auto model = Qwen3VL::load(golden("model"), dtype, "cpu");
    EXPECT_TRUE(model.has_value()) << (model ? "" : message_of(model.error()));
    return model ? std::move(*model) : nullptr;
}

template <class T>
std::vector<T> values_of(const SafetensorsFile& file, const std::string& name) {
    const TensorEntry* entry = file.find(name);
    if (!entry) return {};
    const auto bytes = file.bytes(*entry);
    std::vector<T> values(bytes.size() / sizeof(T));
    std::memcpy(values.data(), bytes.data(), bytes.size());
    return values;
}

// Reads "<number>.input_ids" and so on. A sample's pictures follow each other in pixel_values.
inline EncodedSample read_sample(const SafetensorsFile& file, std::int64_t number) {
    const std::string n = std::to_string(number) + ".";
    EncodedSample sample;
    sample.id = "sample " + std::to_string(number);
    for (const auto id : values_of<std::int64_t>(file, n + "input_ids"))
        sample.ids.push_back(static_cast<TokenId>(id));
    for (const auto id : values_of<std::int64_t>(file, n + "labels"))
        sample.labels.push_back(static_cast<TokenId>(id));
    const auto grid = values_of<std::int64_t>(file, n + "grid_thw");
    const auto pixels = values_of<float>(file, n + "pixel_values");
    constexpr std::int64_t columns = 3 * 2 * 8 * 8;
    auto next = pixels.begin();
    for (std::size_t i = 0; i < grid.size(); i += 3) {
        Patches p;
        p.t = grid[i], p.h = grid[i + 1], p.w = grid[i + 2];
        p.rows = p.t * p.h * p.w, p.columns = columns, p.tokens = p.rows / 4;
        p.values.assign(next, next + p.rows * columns);
        next += p.rows * columns;
        sample.images.push_back(std::move(p));
    }
    sample.tasks = {number % 2};
    return sample;
}

inline std::vector<EncodedSample> read_samples() {
    std::vector<EncodedSample> samples;
    auto file = SafetensorsFile::open(golden("samples.safetensors"));
    EXPECT_TRUE(file.has_value());
    if (!file) return samples;
    for (std::int64_t i = 0; i < 13; ++i) samples.push_back(read_sample(*file, i));
    return samples;
}

inline Batch batch_of(const std::vector<EncodedSample>& samples,
                      const std::vector<std::int64_t>& numbers) {
    std::vector<EncodedSample> chosen;
    for (const auto n : numbers) chosen.push_back(samples[static_cast<std::size_t>(n)]);
    return collate(chosen, 0, PadSide::Right);
}

inline Batch without_targets(Batch batch) {
    batch.labels = at::full_like(batch.labels, -100);
    batch.targets = 0;
    return batch;
}

// A mixture with everything that draws or routes: dropout, top-2 of 3 experts, balance.
inline AdapterOptions mixture_options() {
    AdapterOptions o;
    o.targets = {"q_proj", "v_proj", "down_proj", "attn.qkv"};
    o.num_experts = 3;
    o.rank = 4;
    o.alpha = 8;
    o.dropout = 0.2;
    o.router = RouterKind::Token;
    o.gate = GateKind::TopK;
    o.top_k = 2;
    o.gate_renormalise = true;
    o.balance = BalanceKind::Switch;
    o.balance_coef = 0.05;
    return o;
}

inline TrainOptions short_run() {
    TrainOptions o;
    o.batch_size = 2;
    o.gradient_accumulation = 2;
    o.learning_rate = 5e-3;
    o.schedule = LrScheduleKind::Cosine;
    o.warmup_steps = 1;
    o.weight_decay = 0.01;
    return o;
}

// A model with a fresh mixture on it and a trainer: what a run owns.
struct TinyRun {
    std::unique_ptr<Qwen3VL> model;
    std::unique_ptr<Adapter> adapter;
    std::unique_ptr<Trainer> trainer;

    explicit TinyRun(const TrainOptions& train = short_run(),
                     const AdapterOptions& options = mixture_options(), std::uint64_t seed = 3,
                     std::int64_t total = 10, ComputeDtype dtype = ComputeDtype::Fp32)
        : model(load_tiny_model(dtype)) {
        auto made = Adapter::create(*model, options, seed);
        if (!made) throw std::runtime_error(message_of(made.error()));
        adapter = std::move(*made);
        adapter->attach();
        trainer = std::make_unique<Trainer>(*model, *adapter, train, total);
    }
    ~TinyRun() {
        if (adapter) adapter->detach();
    }
    TinyRun(const TinyRun&) = delete;
    TinyRun& operator=(const TinyRun&) = delete;

    [[nodiscard]] std::vector<NamedTensor> copy_of_parameters() const {
        std::vector<NamedTensor> copies;
        for (const auto& p : adapter->parameters())
            copies.push_back({p.name, p.tensor.detach().clone()});
        return copies;
    }
    [[nodiscard]] std::vector<NamedTensor> copy_of_optimizer() const {
        std::vector<NamedTensor> copies;
        for (const auto& s : trainer->optimizer_state())
            copies.push_back({s.name, s.tensor.clone()});
        return copies;
    }
    void set_parameters(const std::vector<NamedTensor>& values) const {
        const at::NoGradGuard no_graph;
        const auto own = adapter->parameters();
        ASSERT_EQ(own.size(), values.size());
        for (std::size_t i = 0; i < own.size(); ++i) own[i].tensor.copy_(values[i].tensor);
    }
};

inline void expect_bit_equal(const std::vector<NamedTensor>& a, const std::vector<NamedTensor>& b) {
    ASSERT_EQ(a.size(), b.size());
    for (std::size_t i = 0; i < a.size(); ++i) {
        EXPECT_EQ(a[i].name, b[i].name);
        EXPECT_TRUE(at::equal(a[i].tensor, b[i].tensor)) << a[i].name;
    }
}

}  // namespace moelora::test
