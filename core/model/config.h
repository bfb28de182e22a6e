// SPDX-License-Identifier: GPL-3.0-or-later
// config.json of a dense Qwen3-VL folder, or of a text model (llama, mistral, qwen2, qwen3),
// checked field by field before anything is allocated. Torch-free.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/issue.h"
#include "core/base/json.h"
#include "core/record/records.h"

namespace moelora {

// How the frequencies of the rotary embedding are stretched (transformers' rope_type).
struct RopeScaling {
    enum class Kind { None, Linear, Llama3 } kind = Kind::None;
    double factor = 1;
    double low_freq_factor = 1, high_freq_factor = 4;  // Llama3
    std::int64_t original_positions = 0;               // Llama3
};
struct TextConfig {
    std::int64_t vocab_size = 0, hidden_size = 0, intermediate_size = 0, num_layers = 0;
    std::int64_t num_heads = 0, num_kv_heads = 0, head_dim = 0, max_positions = 0;
    double rms_norm_eps = 1e-6, rope_theta = 0;
    std::int64_t mrope_section[3] = {24, 20, 20};  // of the vision families
    RopeScaling rope_scaling;
    bool qk_norm = true;  // RMS norm of each query and key head
    bool qkv_bias = false, o_bias = false, mlp_bias = false;
    // A key is seen by a sliding layer when it lies less than `window` places back; 0 = no layer
    // slides.
    std::int64_t window = 0;
    std::vector<bool> sliding;  // one entry a layer; empty = none
};
struct VisionConfig {
    std::int64_t depth = 0, hidden_size = 0, intermediate_size = 0, num_heads = 0,
                 out_hidden_size = 0;
    std::int64_t patch_size = 16, temporal_patch_size = 2, merge_size = 2, num_positions = 2304;
    double rope_theta = 10000;
    std::vector<std::int64_t> deepstack;  // ascending block indexes
};
struct ModelConfig {
    std::string family = "qwen3_vl";  // model_type
    TextConfig text;
    VisionConfig vision;  // depth 0 = no vision tower
    [[nodiscard]] bool has_vision() const { return vision.depth > 0; }
    // What the names of the text decoder's tensors begin with.
    [[nodiscard]] std::string text_root() const {
        return has_vision() ? "model.language_model." : "model.";
    }
    bool tie_word_embeddings = false;
    // -1 without a vision tower
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
    std::int64_t heads = 1;  // parts of the output: attention heads of q, k and v, else 1
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
