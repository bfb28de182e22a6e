// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/config.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <utility>

#include "core/io/files.h"
#include "core/model/config_fields.h"
#include "core/model/stored_quantization.h"

namespace moelora {
namespace {

constexpr const char* vision_family = "qwen3_vl";

// A member that must be an object; an empty object after refusing.
const Json& object_of(Fields& fields, const std::string& key) {
    static const Json empty = Json::object();
    const Json* value = fields.find(key);
    if (value && value->is_object()) return *value;
    fields.refuse(key, value ? "it is not an object" : "it is missing");
    return empty;
}

// 4.x files: rope_theta + rope_scaling; 5.x files: rope_parameters. The old spelling wins when it
// is complete, as in transformers 5.23.
void read_rope(const Json& text, const std::string& path, std::optional<Error>& error,
               TextConfig& out) {
    static const Json empty = Json::object();
    Fields fields(text, path, error);
    const Json* old_scaling = fields.find("rope_scaling");
    const Json* parameters = fields.find("rope_parameters");
    for (const auto& [key, value] :
         {std::pair<const char*, const Json*>{"rope_scaling", old_scaling},
          {"rope_parameters", parameters}})
        if (value && !value->is_object()) fields.refuse(key, "it is not an object");
    if (error) return;
    const bool old_spelling = !parameters || (old_scaling && fields.find("rope_theta"));
    const Json& source = old_spelling ? (old_scaling ? *old_scaling : empty) : *parameters;
    Fields rope(source, path, error);
    const bool theta_inside = !old_spelling && rope.find("rope_theta");
    out.rope_theta = (theta_inside ? rope : fields).positive("rope_theta", 1e18);
    if (rope.find("rope_type"))
        rope.word("rope_type", {"default"});
    else
        rope.word("type", {"default", "mrope"});
    if (!rope.find("mrope_section")) return;
    const auto section = rope.integers("mrope_section", 0, max_int32);
    if (error) return;
    if (section.size() != 3) return rope.refuse("mrope_section", "it must hold three numbers");
    if (section[0] + section[1] + section[2] != out.head_dim / 2)
        return rope.refuse("mrope_section",
                           "its sum must be half of head_dim, " + std::to_string(out.head_dim / 2));
    std::copy(section.begin(), section.end(), out.mrope_section);
}

void read_text(const Json& json, const std::string& path, std::optional<Error>& error,
               TextConfig& out) {
    Fields fields(json, path, error);
    read_text_sizes(fields, error, out);
    if (fields.flag("attention_bias"))
        fields.refuse("attention_bias", "this family has no attention bias");
    if (!error) read_rope(json, path, error, out);
}

void check_vision(const VisionConfig& vision, const TextConfig& text, Fields& fields) {
    if (vision.hidden_size % vision.num_heads != 0 ||
        vision.hidden_size / vision.num_heads % 4 != 0)
        fields.refuse("num_heads", "hidden_size " + std::to_string(vision.hidden_size) + " by " +
                                       std::to_string(vision.num_heads) +
                                       " heads gives no head size that is a multiple of 4");
    if (vision.out_hidden_size != text.hidden_size)
        fields.refuse("out_hidden_size", std::to_string(vision.out_hidden_size) +
                                             " differs from hidden_size of the text model, " +
                                             std::to_string(text.hidden_size));
    const auto side = static_cast<std::int64_t>(
        std::llround(std::sqrt(static_cast<double>(vision.num_positions))));
    if (side * side != vision.num_positions)
        fields.refuse("num_position_embeddings",
                      std::to_string(vision.num_positions) + " positions do not form a square");
    const auto& taps = vision.deepstack;
    if (std::adjacent_find(taps.begin(), taps.end(), std::greater_equal<>{}) != taps.end())
        fields.refuse("deepstack_visual_indexes", "the layers must rise");
    if (static_cast<std::int64_t>(taps.size()) > text.num_layers)
        fields.refuse("deepstack_visual_indexes", "it has more entries than text layers");
}

void read_vision(const Json& json, const std::string& path, std::optional<Error>& error,
                 const TextConfig& text, VisionConfig& out) {
    Fields fields(json, path, error);
    out.depth = fields.integer("depth", 1, max_layers);
    out.hidden_size = fields.integer("hidden_size", 1, 1 << 20);
    out.intermediate_size = fields.integer("intermediate_size", 1, 1 << 24);
    out.num_heads = fields.integer("num_heads", 1, 65536);
    out.out_hidden_size = fields.integer("out_hidden_size", 1, max_int32);
    fields.integer("in_channels", 3, 3, 3);
    out.patch_size = fields.integer("patch_size", 1, 1024);
    out.merge_size = fields.integer("spatial_merge_size", 1, 64);
    out.temporal_patch_size = fields.integer("temporal_patch_size", 1, 64);
    out.num_positions = fields.integer("num_position_embeddings", 1, 1 << 24);
    fields.word("hidden_act", {"gelu_pytorch_tanh"});
    out.deepstack = fields.integers("deepstack_visual_indexes", 0, out.depth - 1);
    if (const Json* rope = fields.find("rope_parameters"); rope && rope->is_object())
        out.rope_theta = Fields(*rope, path, error).positive("rope_theta", 1e18, 10000.0);
    if (!error) check_vision(out, text, fields);
}

void read_special_ids(Fields& fields, std::optional<Error>& error, ModelConfig& out) {
    const std::int64_t last = out.text.vocab_size - 1;
    out.image_token_id = fields.integer("image_token_id", 0, last);
    out.video_token_id = fields.integer("video_token_id", 0, last);
    out.vision_start_token_id = fields.integer("vision_start_token_id", 0, last);
    out.vision_end_token_id = fields.integer("vision_end_token_id", 0, last);
    if (!error && out.image_token_id == out.video_token_id)
        fields.refuse("image_token_id", "it equals video_token_id");
}

// A dtype is informative; an unknown one is a sign of a file this program would misread.
void read_dtype(Fields& fields, std::string& out) {
    for (const char* key : {"dtype", "torch_dtype"}) {
        const std::string found = fields.word(key, {"float32", "bfloat16", "float16", "float64"});
        if (out.empty()) out = found;
    }
}

// One id or a list of ids; empty when the key is absent.
std::vector<std::int64_t> read_ids(Fields& fields, const std::string& key, std::int64_t vocab) {
    const Json* value = fields.find(key);
    if (!value) return {};
    if (value->is_array()) return fields.integers(key, 0, vocab - 1);
    return {fields.integer(key, 0, vocab - 1)};
}

void check_size(const ModelConfig& config, Fields& fields) {
    double total = 0;
    for (const TensorShape& tensor : tensor_shapes(config)) {
        double count = 1;
        for (const std::int64_t side : tensor.shape) count *= static_cast<double>(side);
        total += count;
    }
    if (total > max_parameters)
        fields.refuse("hidden_size", "the sizes together give a model beyond all memory");
}

Result<std::string> family_of(const Json& json, const std::string& path) {
    std::optional<Error> error;
    Fields fields(json, path, error);
    const Json* type = fields.find("model_type");
    if (!type) {
        fields.refuse("model_type", "it is missing");
        return pass(*error);
    }
    if (const auto name = as_string(*type);
        name && (*name == vision_family || is_text_family(*name)))
        return *name;
    return fail(ErrorCode::ModelUnsupported,
                {{"path", path}, {"found", Fields::shown(*type)}, {"known", known_families()}});
}

// Text and vision part in their own objects.
void read_vision_family(const Json& json, const std::string& path, std::optional<Error>& error,
                        ModelConfig& out) {
    Fields top(json, path, error);
    const Json& text = object_of(top, "text_config");
    const Json& vision = object_of(top, "vision_config");
    if (error) return;
    Fields text_fields(text, path, error);
    read_text(text, path, error, out.text);
    read_vision(vision, path, error, out.text, out.vision);
    if (error) return;
    out.tie_word_embeddings = text_fields.flag("tie_word_embeddings");
    read_special_ids(top, error, out);
}

Status read_config(const Json& json, const std::string& path, ModelConfig& out) {
    std::optional<Error> error;
    if (!json.is_object()) {
        return fail(ErrorCode::JsonInvalid, {{"path", path}, {"why", "it is not an object"}});
    }
    MOELORA_TRY(out.family, family_of(json, path));
    Fields top(json, path, error);
    if (const Json* quantization = top.find("quantization_config"))
        if (const std::string why = refuse_quantization(*quantization); !why.empty())
            top.refuse("quantization_config", why);
    const bool vision = out.family == vision_family;
    if (vision)
        read_vision_family(json, path, error, out);
    else
        read_text_family(out.family, json, path, error, out);
    if (error) return pass(*error);
    if (top.flag("tie_word_embeddings")) out.tie_word_embeddings = true;
    // Where a family has a text part, the file may say it there.
    std::vector<Fields> places = {top};
    if (vision) places.emplace_back(json.at("text_config"), path, error);
    out.pad_id = -1;
    bool own_ids = false;
    for (Fields& fields : places) {
        read_dtype(fields, out.dtype);
        auto ids = read_ids(fields, "eos_token_id", out.text.vocab_size);
        if (!ids.empty() && !std::exchange(own_ids, true)) out.eos_ids = std::move(ids);
        if (out.pad_id < 0 && fields.find("pad_token_id"))
            out.pad_id = fields.integer("pad_token_id", 0, out.text.vocab_size - 1);
    }
    if (!error) check_size(out, top);
    if (error) return pass(*error);
    return {};
}

Status read_generation(const std::string& folder, ModelConfig& out) {
    const std::string path = join_path(folder, "generation_config.json");
    if (std::error_code code; !std::filesystem::exists(path, code)) return {};
    MOELORA_TRY(const Json json, read_json(path));
    std::optional<Error> error;
    if (!json.is_object())
        return fail(ErrorCode::JsonInvalid, {{"path", path}, {"why", "it is not an object"}});
    Fields fields(json, path, error);
    if (auto ids = read_ids(fields, "eos_token_id", out.text.vocab_size); !ids.empty())
        out.eos_ids = std::move(ids);
    if (fields.find("pad_token_id"))
        out.pad_id = fields.integer("pad_token_id", 0, out.text.vocab_size - 1);
    if (error) return pass(*error);
    return {};
}

// Pictures cut for another patch size would be read as noise; core/image checks the file itself.
Status check_preprocessor(const std::string& folder, const ModelConfig& config) {
    if (!config.has_vision()) return {};
    const std::string path = join_path(folder, "preprocessor_config.json");
    if (std::error_code code; !std::filesystem::exists(path, code)) return {};
    MOELORA_TRY(const Json json, read_json(path));
    const std::pair<const char*, std::int64_t> rows[] = {
        {"patch_size", config.vision.patch_size},
        {"merge_size", config.vision.merge_size},
        {"temporal_patch_size", config.vision.temporal_patch_size}};
    for (const auto& [key, wanted] : rows) {
        if (!json.is_object() || !json.contains(key)) continue;
        if (as_int(json[key]) == wanted) continue;
        return fail(ErrorCode::ModelConfigInvalid,
                    {{"path", path},
                     {"field", key},
                     {"why", Fields::shown(json[key]) + " differs from the model's " +
                                 std::to_string(wanted)}});
    }
    return {};
}

}  // namespace

Result<ModelConfig> load_model_config(const std::string& path) {
    namespace fs = std::filesystem;
    std::error_code code;
    const bool is_folder = fs::is_directory(path, code);
    const std::string file = is_folder ? join_path(path, "config.json") : path;
    const std::string folder = is_folder ? path : fs::path(path).parent_path().string();
    if (is_folder && !fs::exists(file, code))
        return fail(ErrorCode::ModelFileMissing, {{"path", path}, {"file", "config.json"}});
    MOELORA_TRY(const Json json, read_json(file));
    ModelConfig config;
    MOELORA_TRY_STATUS(read_config(json, file, config));
    MOELORA_TRY_STATUS(read_generation(folder, config));
    MOELORA_TRY_STATUS(check_preprocessor(folder, config));
    if (config.pad_id < 0) config.pad_id = config.eos_ids.empty() ? 0 : config.eos_ids.back();
    return config;
}

}  // namespace moelora
