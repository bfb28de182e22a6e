// SPDX-License-Identifier: GPL-3.0-or-later
// config.json of the families with a text side only, with the defaults of transformers 5.23.
#include <cmath>

#include "core/model/config_fields.h"

namespace moelora {
namespace {

enum class HeadDim { FromHidden, OneTwentyEight };
enum class Window { Never, UnlessNull, WhenAsked };  // when layers slide
struct Family {
    const char* name;
    HeadDim head_dim;       // where the file names none
    std::int64_t kv_heads;  // the same; 0 = as many as query heads
    bool qk_norm;
    bool qkv_bias;        // always, whatever attention_bias says
    bool attention_bias;  // the key counts (all four projections; qwen3: too)
    bool mlp_bias;        // the key counts
    Window window;
    std::int64_t end_id;  // where the file names none; -1 = none
};
constexpr Family families[] = {
    {"llama", HeadDim::FromHidden, 0, false, false, true, true, Window::Never, 2},
    {"mistral", HeadDim::FromHidden, 8, false, false, false, false, Window::UnlessNull, 2},
    {"qwen2", HeadDim::FromHidden, 32, false, true, false, false, Window::WhenAsked, -1},
    {"qwen3", HeadDim::OneTwentyEight, 32, true, false, true, false, Window::WhenAsked, -1},
};

const Family* find_family(const std::string& name) {
    for (const Family& family : families)
        if (name == family.name) return &family;
    return nullptr;
}

// What a file without head_dim means; refuses sizes that do not divide.
std::optional<std::int64_t> default_head_dim(const Json& json, const Family& family,
                                             Fields& fields) {
    if (fields.find("head_dim")) return {};
    if (family.head_dim == HeadDim::OneTwentyEight) return 128;
    const auto whole = [&](const char* key) {
        return json.contains(key) ? as_int(json[key]).value_or(0) : 0;
    };
    const std::int64_t hidden = whole("hidden_size"), heads = whole("num_attention_heads");
    if (hidden <= 0 || heads <= 0) return 2;  // refused where it is read
    if (hidden % heads == 0) return hidden / heads;
    fields.refuse("num_attention_heads", "hidden_size " + std::to_string(hidden) +
                                             " is not a multiple of " + std::to_string(heads));
    return 2;
}

// rope_scaling (4.x) or rope_parameters (5.x); the former wins, as in transformers 5.23.
void read_scaling(const Json& json, const std::string& path, std::optional<Error>& error,
                  TextConfig& out) {
    static const Json empty = Json::object();
    Fields fields(json, path, error);
    const Json* source = &empty;
    for (const char* key : {"rope_parameters", "rope_scaling"}) {
        const Json* value = fields.find(key);
        if (!value) continue;
        if (!value->is_object()) return fields.refuse(key, "it is not an object");
        if (!value->empty()) source = value;
    }
    Fields rope(*source, path, error);
    out.rope_theta = (rope.find("rope_theta") ? rope : fields).positive("rope_theta", 1e18, 1e4);
    if ((rope.find("partial_rotary_factor") ? rope : fields)
            .positive("partial_rotary_factor", 1, 1.0) != 1)
        fields.refuse("partial_rotary_factor", "heads that are rotated in part are not supported");
    const char* key = rope.find("rope_type") ? "rope_type" : "type";
    const std::string kind = rope.word(key, {"default", "linear", "llama3"});
    if (error || kind.empty() || kind == "default") return;
    RopeScaling& scaling = out.rope_scaling;
    scaling.factor = rope.positive("factor", 1e6);
    scaling.kind = kind == "linear" ? RopeScaling::Kind::Linear : RopeScaling::Kind::Llama3;
    if (kind == "linear") return;
    scaling.low_freq_factor = rope.positive("low_freq_factor", 1e6);
    scaling.high_freq_factor = rope.positive("high_freq_factor", 1e6);
    scaling.original_positions =
        rope.integer("original_max_position_embeddings", 1, INT64_MAX, out.max_positions);
    if (!error && scaling.high_freq_factor <= scaling.low_freq_factor)
        rope.refuse("high_freq_factor", "it must be above low_freq_factor");
}

// Which layers slide, and how far they see.
void read_window(const Json& json, const Family& family, Fields& fields, TextConfig& out) {
    if (family.window == Window::Never) return;
    const bool asked = family.window == Window::WhenAsked;
    if (asked && !fields.flag("use_sliding_window")) {
        if (const Json* types = fields.find("layer_types");
            types && types->is_array() && types->dump().find("sliding") != std::string::npos)
            fields.refuse("layer_types", "it names sliding layers, use_sliding_window is off");
        return;
    }
    if (json.contains("sliding_window") && json["sliding_window"].is_null()) return;
    out.window = fields.integer("sliding_window", 1, INT64_MAX, 4096);
    const auto layers = static_cast<std::size_t>(out.num_layers);
    out.sliding.assign(layers, true);
    if (!asked) return;
    const Json* types = fields.find("layer_types");
    if (!types) {
        const std::int64_t first = fields.integer("max_window_layers", 0, INT64_MAX, 28);
        for (std::size_t i = 0; i < layers; ++i)
            out.sliding[i] = static_cast<std::int64_t>(i) >= first;
        return;
    }
    if (!types->is_array() || types->size() != layers)
        return fields.refuse("layer_types", "it must name the kind of every layer");
    for (std::size_t i = 0; i < layers; ++i) {
        const Json& type = (*types)[i];
        if (type != "full_attention" && type != "sliding_attention")
            return fields.refuse("layer_types", Fields::shown(type) + " is unknown");
        out.sliding[i] = type == "sliding_attention";
    }
}

}  // namespace

bool is_text_family(const std::string& model_type) {
    return find_family(model_type) != nullptr;
}

std::string known_families() {
    std::string out = "qwen3_vl";
    for (const Family& family : families) out += std::string(", ") + family.name;
    return out;
}

void read_text_sizes(Fields& fields, std::optional<Error>& error, TextConfig& out,
                     std::optional<std::int64_t> head_dim, std::optional<std::int64_t> kv_heads) {
    out.vocab_size = fields.integer("vocab_size", 1, max_int32);
    out.hidden_size = fields.integer("hidden_size", 1, max_int32);
    if (!error &&
        static_cast<double>(out.vocab_size) * static_cast<double>(out.hidden_size) > max_parameters)
        fields.refuse("vocab_size", "times hidden_size it gives an embedding beyond all memory");
    out.intermediate_size = fields.integer("intermediate_size", 1, max_int32);
    out.num_layers = fields.integer("num_hidden_layers", 1, max_layers);
    out.num_heads = fields.integer("num_attention_heads", 1, 65536);
    if (kv_heads == 0) kv_heads = out.num_heads;
    out.num_kv_heads = fields.integer("num_key_value_heads", 1, 65536, kv_heads);
    if (!error && out.num_heads % out.num_kv_heads != 0)
        fields.refuse("num_key_value_heads", std::to_string(out.num_heads) +
                                                 " query heads cannot share " +
                                                 std::to_string(out.num_kv_heads));
    // transformers takes a null head_dim for a missing one.
    out.head_dim = head_dim ? *head_dim : fields.integer("head_dim", 2, 65536);
    if (out.head_dim % 2 != 0) fields.refuse("head_dim", "an odd size cannot be rotated in pairs");
    fields.word("hidden_act", {"silu"});
    out.max_positions = fields.integer("max_position_embeddings", 1, INT64_MAX);
    out.rms_norm_eps = fields.positive("rms_norm_eps", 1, 1e-6);
}

void read_text_family(const std::string& name, const Json& json, const std::string& path,
                      std::optional<Error>& error, ModelConfig& out) {
    const Family& family = *find_family(name);
    Fields fields(json, path, error);
    TextConfig& text = out.text;
    const auto head_dim = default_head_dim(json, family, fields);
    read_text_sizes(fields, error, text, head_dim, family.kv_heads);
    if (error) return;
    text.qk_norm = family.qk_norm;
    const bool all_four = fields.flag("attention_bias") && family.attention_bias;
    text.qkv_bias = family.qkv_bias || all_four;
    text.o_bias = all_four;
    text.mlp_bias = fields.flag("mlp_bias") && family.mlp_bias;
    std::fill(std::begin(text.mrope_section), std::end(text.mrope_section), 0);
    read_scaling(json, path, error, text);
    if (!error) read_window(json, family, fields, text);
    out.image_token_id = out.video_token_id = -1;
    out.vision_start_token_id = out.vision_end_token_id = -1;
    if (family.end_id >= 0 && family.end_id < text.vocab_size && !json.contains("eos_token_id"))
        out.eos_ids = {family.end_id};
}

}  // namespace moelora
