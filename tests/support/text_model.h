// SPDX-License-Identifier: GPL-3.0-or-later
// A model with a text side only, made from the decoder of the bundled demo, so that tokenizer and
// weights are real.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "core/base/json.h"
#include "core/io/files.h"
#include "core/io/safetensors.h"
#include "tests/support/shared_data.h"

namespace moelora::test {

struct TextFamily {
    const char* family;       // model_type
    bool head_norms = false;  // of the demo's decoder: kept
    bool biases = false;      // q, k, v: added, as zeros
    std::int64_t layers = 0;  // the first ones; 0 = all
};

// Of "model.layers.3.mlp...", -1 for what is in no layer.
inline std::int64_t layer_of(const std::string& name) {
    const std::string start = "model.layers.";
    return name.starts_with(start) ? std::stoll(name.substr(start.size())) : -1;
}

// Writes it into `folder`.
inline void make_text_model(const TextFamily& row, const std::string& folder) {
    const std::string demo = source_path("resources/demo/model");
    std::filesystem::create_directories(folder);
    for (const char* name : {"tokenizer.json", "tokenizer_config.json", "chat_template.jinja"})
        std::filesystem::copy_file(demo + "/" + name, folder + "/" + name);
    const auto whole = read_json(demo + "/config.json");
    MOELORA_ASSERT_OK(whole);
    Json config = whole->at("text_config");
    if (row.layers > 0) config["num_hidden_layers"] = row.layers;
    config["model_type"] = row.family;
    config["rope_parameters"] = {{"rope_type", "default"}, {"rope_theta", 10000.0}};
    ASSERT_TRUE(write_text_atomic(folder + "/config.json", config.dump(1)));

    const auto file = SafetensorsFile::open(demo + "/model.safetensors");
    MOELORA_ASSERT_OK(file);
    const std::vector<std::byte> zeros(16384);
    std::vector<TensorBytes> tensors;
    const std::string inside = "model.language_model.";
    for (const TensorEntry& entry : file->entries()) {
        if (!entry.name.starts_with(inside)) continue;
        const std::string name = "model." + entry.name.substr(inside.size());
        if (row.layers > 0 && layer_of(name) >= row.layers) continue;
        if (!row.head_norms && (name.ends_with("q_norm.weight") || name.ends_with("k_norm.weight")))
            continue;
        tensors.push_back({name, entry.dtype, entry.shape, file->bytes(entry)});
        const bool qkv = name.ends_with("q_proj.weight") || name.ends_with("k_proj.weight") ||
                         name.ends_with("v_proj.weight");
        if (!row.biases || !qkv) continue;
        const auto bytes = static_cast<std::size_t>(entry.shape[0] * bytes_of(entry.dtype));
        ASSERT_LE(bytes, zeros.size());
        tensors.push_back({name.substr(0, name.size() - 6) + "bias",
                           entry.dtype,
                           {entry.shape[0]},
                           std::span(zeros).first(bytes)});
    }
    ASSERT_GT(tensors.size(), 8U);
    ASSERT_TRUE(write_safetensors(folder + "/model.safetensors", std::move(tensors)));
}

}  // namespace moelora::test
