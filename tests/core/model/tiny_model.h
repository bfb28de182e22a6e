// SPDX-License-Identifier: GPL-3.0-or-later
// The committed tiny folders of tests/golden/qwen3vl and tests/golden/text_models. The caller
// includes torch (precompiled header).
#pragma once

#include <ATen/Parallel.h>
#include <algorithm>
#include <filesystem>
#include <fstream>

#include "core/base/json.h"
#include "core/model/qwen3vl.h"
#include "tests/support/shared_data.h"
#include "tests/support/tensors.h"

namespace moelora::test {

inline constexpr const char* vision_fixtures = "tests/golden/qwen3vl";
inline constexpr const char* text_fixtures = "tests/golden/text_models";

// Sorted; found on disk, so that a new folder is tested without being listed.
inline std::vector<std::string> tiny_names(const std::string& root = vision_fixtures) {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(source_path(root)))
        if (entry.is_directory()) names.push_back(entry.path().filename().string());
    std::sort(names.begin(), names.end());
    return names;
}

struct TinyModel {
    std::string folder;
    TensorMap recorded;
    std::unique_ptr<Qwen3VL> model;

    [[nodiscard]] at::Tensor find(const std::string& name) const {
        const auto at = recorded.find(name);
        return at == recorded.end() ? at::Tensor() : at->second;
    }
    [[nodiscard]] ModelInputs inputs() const {
        return {find("input_ids"), find("attention_mask"), find("pixel_values"),
                find("image_grid_thw")};
    }
    // [B, T, 1] bool
    [[nodiscard]] at::Tensor real() const {
        return find("attention_mask").to(at::kBool).unsqueeze(2);
    }
    [[nodiscard]] at::Tensor logits() const {
        return model->logits(model->forward(inputs()).states);
    }
    [[nodiscard]] FrozenLinear& linear(const std::string& path) const {
        for (FrozenLinear* one : model->linears())
            if (one->shape.path == path) return *one;
        throw std::invalid_argument(path);
    }
};

inline std::unique_ptr<Qwen3VL> load_or_throw(const std::string& folder) {
    auto loaded = Qwen3VL::load(folder, ComputeDtype::Fp32, "cpu");
    if (!loaded) throw std::runtime_error(message_of(loaded.error()));
    return std::move(*loaded);
}

// One thread: at these sizes a second one only waits for the first.
inline TinyModel load_tiny(const std::string& name, const std::string& root = vision_fixtures) {
    at::set_num_threads(1);
    TinyModel out;
    out.folder = source_path(root + "/" + name);
    out.recorded = read_tensors(out.folder + "/recorded.safetensors");
    out.model = load_or_throw(out.folder);
    return out;
}

// Every row of the recorded batch alone: ids [1, T] without padding, with its own pictures.
inline std::vector<ModelInputs> single_rows(const TinyModel& tiny) {
    const at::Tensor ids = tiny.find("input_ids");
    std::int64_t picture = 0, patch = 0;
    std::vector<ModelInputs> rows;
    for (std::int64_t b = 0; b < ids.size(0); ++b) {
        const at::Tensor real = tiny.find("attention_mask")[b].nonzero().squeeze(1);
        ModelInputs row{ids[b].index_select(0, real).unsqueeze(0), {}, {}, {}};
        const auto pictures = (row.input_ids == tiny.model->config().vision_start_token_id)
                                  .sum()
                                  .item<std::int64_t>();
        if (pictures > 0) {
            row.grid_thw = tiny.find("image_grid_thw").narrow(0, picture, pictures);
            const auto patches = row.grid_thw.prod(1).sum().item<std::int64_t>();
            row.pixel_values = tiny.find("pixel_values").narrow(0, patch, patches);
            picture += pictures;
            patch += patches;
        }
        rows.push_back(row);
    }
    return rows;
}

// ---- what holds for every recorded folder. With gradients off.

inline void expect_recorded_logits(const TinyModel& tiny) {
    const at::Tensor logits = tiny.logits();
    EXPECT_TRUE(logits.isfinite().all().item<bool>());
    EXPECT_LE(max_difference(logits.masked_select(tiny.real()),
                             tiny.find("logits").masked_select(tiny.real())),
              3e-5);
}

// A folder padded on the right has none recorded: generation wants padding on the left.
inline void expect_recorded_greedy_tokens(const TinyModel& tiny) {
    const at::Tensor expected = tiny.find("greedy");
    if (!expected.defined()) GTEST_SKIP() << "padded on the right: nothing is recorded";
    const std::int64_t rows = expected.size(0), steps = expected.size(1);
    KVCache cache = tiny.model->make_cache(rows, tiny.inputs().input_ids.size(1) + steps);
    at::Tensor states = tiny.model->forward(tiny.inputs(), &cache).states;
    for (std::int64_t n = 0; n < steps; ++n) {
        const at::Tensor token =
            tiny.model->logits(states.select(1, states.size(1) - 1)).argmax(-1, true);
        ASSERT_TRUE(at::equal(token, expected.narrow(1, n, 1))) << "step " << n;
        states = tiny.model->forward({token, {}, {}, {}}, &cache).states;
    }
}

// A row alone, without its padding, and the same row in the padded batch.
inline void expect_rows_as_in_the_batch(const TinyModel& tiny) {
    const at::Tensor together = tiny.logits();
    std::int64_t b = 0;
    for (const ModelInputs& row : single_rows(tiny)) {
        const at::Tensor single = tiny.model->logits(tiny.model->forward(row).states);
        const at::Tensor real = tiny.find("attention_mask")[b].nonzero().squeeze(1);
        EXPECT_LE(max_difference(single[0], together[b].index_select(0, real)), 1e-5)
            << "row " << b;
        ++b;
    }
}

// Rows one behind the other in one row of a pack, and each alone.
inline void expect_a_pack_as_its_rows(const TinyModel& tiny) {
    const std::vector<ModelInputs> rows = single_rows(tiny);
    ModelInputs pack;
    std::vector<at::Tensor> ids, pixels, grids;
    for (const ModelInputs& row : rows) {
        ids.push_back(row.input_ids);
        pack.lengths.push_back(row.input_ids.size(1));
        if (!row.pixel_values.defined()) continue;
        pixels.push_back(row.pixel_values);
        grids.push_back(row.grid_thw);
    }
    pack.input_ids = at::cat(ids, 1);
    if (!pixels.empty()) pack.pixel_values = at::cat(pixels);
    if (!grids.empty()) pack.grid_thw = at::cat(grids);
    const auto together =
        tiny.model->logits(tiny.model->forward(pack).states).split_with_sizes(pack.lengths, 1);
    // Rotations see distances alone, so logits do not tell where positions begin.
    const ModelConfig& config = tiny.model->config();
    const auto positions =
        mrope_positions(pack.input_ids, {}, pack.grid_thw, config, nullptr, pack.lengths)
            .split_with_sizes(pack.lengths, 2);
    for (std::size_t b = 0; b < rows.size(); ++b)
        EXPECT_TRUE(at::equal(positions[b],
                              mrope_positions(rows[b].input_ids, {}, rows[b].grid_thw, config)));
    for (std::size_t b = 0; b < rows.size(); ++b)
        EXPECT_LE(
            max_difference(together[b], tiny.model->logits(tiny.model->forward(rows[b]).states)),
            1e-5)
            << "row " << b;
}

}  // namespace moelora::test
