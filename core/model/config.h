// SPDX-License-Identifier: GPL-3.0-or-later
// config.json of a dense Qwen3-VL folder, checked field by field before anything is allocated.
// Torch-free.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/issue.h"
#include "core/base/json.h"
#include "core/record/records.h"

namespace moelora {

struct TextConfig {
    std::int64_t vocab_size = 0, hidden_size = 0, intermediate_size = 0, num_layers = 0;
    std::int64_t num_heads = 0, num_kv_heads = 0, head_dim = 0, max_positions = 0;
    double rms_norm_eps = 1e-6, rope_theta = 0;
    std::int64_t mrope_section[3] = {24, 20, 20};
};
struct VisionConfig {
    std::int64_t depth = 0, hidden_size = 0, intermediate_size = 0, num_heads = 0,
                 out_hidden_size = 0;
    std::int64_t patch_size = 16, temporal_patch_size = 2, merge_size = 2, num_positions = 2304;
    double rope_theta = 10000;
    std::vector<std::int64_t> deepstack;  // ascending block indexes
};
struct ModelConfig {
    TextConfig text;
    VisionConfig vision;
    bool tie_word_embeddings = false;
    std::int64_t image_token_id = 0, video_token_id = 0, vision_start_token_id = 0,
                 vision_end_token_id = 0;
    std::string dtype;                  // as written: "bfloat16"
    std::vector<std::int64_t> eos_ids;  // generation_config.json, else config.json
    std::int64_t pad_id = 0;
    std::vector<Issue> issues;
};

// `path`: config.json or the folder. Errors: FileMissing, JsonInvalid, ModelUnsupported,
// ModelConfigInvalid (names the field).
[[nodiscard]] Result<ModelConfig> load_model_config(const std::string& path);

// A linear layer by its module path, as an adapter sees it.
struct LinearShape {
    std::string path;        // "model.language_model.layers.0.self_attn.q_proj"
    std::string module;      // "q_proj"
    std::int64_t layer = 0;  // text layer, vision block or merger number
    bool vision = false;
    std::int64_t in = 0, out = 0;
    bool bias = false;
};
// Every linear that can be adapted, text first, in forward order; from the configuration alone.
[[nodiscard]] std::vector<LinearShape> linear_shapes(const ModelConfig& config);

struct TensorShape {
    std::string name;
    std::vector<std::int64_t> shape;
    bool vision = false;
};
// Every tensor the folder must hold (the tied head excluded).
[[nodiscard]] std::vector<TensorShape> tensor_shapes(const ModelConfig& config);

// Headers only: config, safetensors headers, tokenizer and preprocessor files; everything missing
// or wrong as issues.
[[nodiscard]] Result<ModelSummary> summarize_model(const std::string& folder);

// SHA-256 over configuration, safetensors headers and sizes: cheap, stands in until the full one is
// known.
[[nodiscard]] Result<std::string> quick_fingerprint(const std::string& folder);

}  // namespace moelora
