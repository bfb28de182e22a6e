// SPDX-License-Identifier: GPL-3.0-or-later
// Names and shapes that follow from a configuration (qwen3vl.md section 3).
#include "core/model/config.h"

namespace moelora {
namespace {

const std::string vision_prefix = "model.visual.";

std::int64_t merged_width(const VisionConfig& vision) {
    return vision.hidden_size * vision.merge_size * vision.merge_size;
}

void add_merger(std::vector<LinearShape>& out, const std::string& at, std::int64_t number,
                const VisionConfig& vision) {
    const std::int64_t wide = merged_width(vision);
    out.push_back({at + "linear_fc1", "linear_fc1", number, true, wide, wide, true});
    out.push_back(
        {at + "linear_fc2", "linear_fc2", number, true, wide, vision.out_hidden_size, true});
}

void add_text_layer(std::vector<LinearShape>& out, const ModelConfig& config, std::int64_t layer) {
    const TextConfig& text = config.text;
    const std::string at = config.text_root() + "layers." + std::to_string(layer) + ".";
    const std::int64_t hidden = text.hidden_size, queries = text.num_heads * text.head_dim,
                       keys = text.num_kv_heads * text.head_dim, inner = text.intermediate_size;
    const struct {
        const char *part, *module;
        std::int64_t in, out;
        bool bias;
        std::int64_t heads;
    } rows[] = {{"self_attn.", "q_proj", hidden, queries, text.qkv_bias, text.num_heads},
                {"self_attn.", "k_proj", hidden, keys, text.qkv_bias, text.num_kv_heads},
                {"self_attn.", "v_proj", hidden, keys, text.qkv_bias, text.num_kv_heads},
                {"self_attn.", "o_proj", queries, hidden, text.o_bias, 1},
                {"mlp.", "gate_proj", hidden, inner, text.mlp_bias, 1},
                {"mlp.", "up_proj", hidden, inner, text.mlp_bias, 1},
                {"mlp.", "down_proj", inner, hidden, text.mlp_bias, 1}};
    for (const auto& row : rows)
        out.push_back({at + row.part + row.module, row.module, layer, false, row.in, row.out,
                       row.bias, row.heads});
}

void add_vision_block(std::vector<LinearShape>& out, const VisionConfig& vision,
                      std::int64_t block) {
    const std::string at = vision_prefix + "blocks." + std::to_string(block) + ".";
    const std::int64_t width = vision.hidden_size, inner = vision.intermediate_size;
    const struct {
        const char *part, *module;
        std::int64_t in, out;
    } rows[] = {{"attn.", "qkv", width, 3 * width},
                {"attn.", "proj", width, width},
                {"mlp.", "linear_fc1", width, inner},
                {"mlp.", "linear_fc2", inner, width}};
    for (const auto& row : rows)
        out.push_back({at + row.part + row.module, row.module, block, true, row.in, row.out, true});
}

void add_norms(std::vector<TensorShape>& out, const ModelConfig& config) {
    const TextConfig& text = config.text;
    for (std::int64_t i = 0; i < text.num_layers; ++i) {
        const std::string at = config.text_root() + "layers." + std::to_string(i) + ".";
        out.push_back({at + "input_layernorm.weight", {text.hidden_size}, false});
        if (text.qk_norm) {
            out.push_back({at + "self_attn.q_norm.weight", {text.head_dim}, false});
            out.push_back({at + "self_attn.k_norm.weight", {text.head_dim}, false});
        }
        out.push_back({at + "post_attention_layernorm.weight", {text.hidden_size}, false});
    }
    out.push_back({config.text_root() + "norm.weight", {text.hidden_size}, false});
    if (!config.has_vision()) return;
    const auto vision_norm = [&](const std::string& at, std::int64_t width) {
        out.push_back({vision_prefix + at + ".weight", {width}, true});
        out.push_back({vision_prefix + at + ".bias", {width}, true});
    };
    const VisionConfig& vision = config.vision;
    for (std::int64_t j = 0; j < vision.depth; ++j)
        for (const char* norm : {".norm1", ".norm2"})
            vision_norm("blocks." + std::to_string(j) + norm, vision.hidden_size);
    vision_norm("merger.norm", vision.hidden_size);
    for (std::size_t k = 0; k < vision.deepstack.size(); ++k)
        vision_norm("deepstack_merger_list." + std::to_string(k) + ".norm", merged_width(vision));
}

}  // namespace

std::vector<LinearShape> linear_shapes(const ModelConfig& config) {
    std::vector<LinearShape> out;
    for (std::int64_t i = 0; i < config.text.num_layers; ++i) add_text_layer(out, config, i);
    if (!config.has_vision()) return out;
    for (std::int64_t j = 0; j < config.vision.depth; ++j) add_vision_block(out, config.vision, j);
    for (std::size_t k = 0; k < config.vision.deepstack.size(); ++k)
        add_merger(out, vision_prefix + "deepstack_merger_list." + std::to_string(k) + ".",
                   static_cast<std::int64_t>(k), config.vision);
    add_merger(out, vision_prefix + "merger.", 0, config.vision);
    return out;
}

std::vector<TensorShape> tensor_shapes(const ModelConfig& config) {
    const TextConfig& text = config.text;
    const VisionConfig& vision = config.vision;
    std::vector<TensorShape> out;
    out.push_back(
        {config.text_root() + "embed_tokens.weight", {text.vocab_size, text.hidden_size}, false});
    if (!config.tie_word_embeddings)
        out.push_back({"lm_head.weight", {text.vocab_size, text.hidden_size}, false});
    for (const LinearShape& linear : linear_shapes(config)) {
        out.push_back({linear.path + ".weight", {linear.out, linear.in}, linear.vision});
        if (linear.bias) out.push_back({linear.path + ".bias", {linear.out}, linear.vision});
    }
    add_norms(out, config);
    if (!config.has_vision()) return out;
    out.push_back(
        {vision_prefix + "patch_embed.proj.weight",
         {vision.hidden_size, 3, vision.temporal_patch_size, vision.patch_size, vision.patch_size},
         true});
    out.push_back({vision_prefix + "patch_embed.proj.bias", {vision.hidden_size}, true});
    out.push_back(
        {vision_prefix + "pos_embed.weight", {vision.num_positions, vision.hidden_size}, true});
    return out;
}

}  // namespace moelora
