// SPDX-License-Identifier: GPL-3.0-or-later
// What can be said of a model folder from its headers alone.
#include <algorithm>
#include <cstring>
#include <filesystem>

#include "core/io/files.h"
#include "core/model/stored_quantization.h"
#include "core/model/tied_head.h"

namespace moelora {
namespace {

std::string shape_text(const std::vector<std::int64_t>& shape) {
    std::string text = "[";
    for (const std::int64_t side : shape)
        text += (text.size() > 1 ? ", " : "") + std::to_string(side);
    return text + "]";
}

std::int64_t count_of(const std::vector<std::int64_t>& shape) {
    std::int64_t count = 1;
    for (const std::int64_t side : shape) count *= side;
    return count;
}

bool is_float(Dtype dtype) {
    return dtype == Dtype::F32 || dtype == Dtype::BF16 || dtype == Dtype::F16 ||
           dtype == Dtype::F64;
}

std::vector<ModelFile> files_of(const std::string& folder) {
    std::vector<ModelFile> files;
    std::error_code code;
    for (const auto& entry : std::filesystem::directory_iterator(folder, code)) {
        if (!entry.is_regular_file(code)) continue;
        files.push_back(
            {entry.path().filename().string(), static_cast<std::int64_t>(entry.file_size(code))});
    }
    std::sort(files.begin(), files.end(),
              [](const ModelFile& a, const ModelFile& b) { return a.name < b.name; });
    return files;
}

bool has(const std::vector<ModelFile>& files, std::string_view name) {
    return std::any_of(files.begin(), files.end(),
                       [&](const ModelFile& file) { return file.name == name; });
}

void add_issue(ModelSummary& summary, Error error, const std::string& item = {}) {
    summary.issues.push_back({Severity::Error, std::move(error), {summary.path, 0, item}, 1});
}

void need_file(ModelSummary& summary, const std::string& name) {
    if (has(summary.files, name)) return;
    summary.missing.push_back(name);
    add_issue(summary,
              {ErrorCode::ModelFileMissing, {{"path", summary.path}, {"file", name}}, {}, {}});
}

void check_weights(ModelSummary& summary, ModelConfig& config) {
    const auto folder = SafetensorsFolder::open(summary.path);
    if (!folder) {
        if (folder.error().code == ErrorCode::ModelFileMissing)
            summary.missing.emplace_back(folder.error().arg("file"));
        return add_issue(summary, folder.error());
    }
    if (has_own_head(*folder) &&
        !(config.tie_word_embeddings && head_repeats_embedding(*folder, config)))
        config.tie_word_embeddings = false;
    for (const TensorShape& tensor : tensor_shapes(config)) {
        const Status status = check_tensor(*folder, summary.path, tensor);
        if (status) continue;
        if (status.error().code == ErrorCode::ModelTensorMissing)
            summary.missing.push_back(tensor.name);
        add_issue(summary, status.error(), tensor.name);
    }
    summary.quantization = stored_quantization(*folder, summary.path, config);
    const auto first = locate_tensor(*folder, config.text_root() + "embed_tokens.weight");
    if (summary.dtype.empty() && first.entry) summary.dtype = name_of(first.entry->dtype);
}

void count_parameters(ModelSummary& summary, const ModelConfig& config) {
    for (const TensorShape& tensor : tensor_shapes(config))
        (tensor.vision ? summary.parameters_vision : summary.parameters_text) +=
            count_of(tensor.shape);
    summary.parameters_total = summary.parameters_text + summary.parameters_vision;
}

}  // namespace

SafetensorsFolder::Located locate_tensor(const SafetensorsFolder& folder, const std::string& name) {
    const auto found = folder.find(name);
    constexpr std::string_view prefix = "model.";
    if (found.entry || name.compare(0, prefix.size(), prefix) != 0) return found;
    return folder.find(std::string_view(name).substr(prefix.size()));
}

Status check_tensor(const SafetensorsFolder& folder, const std::string& folder_path,
                    const TensorShape& wanted) {
    const auto found = locate_tensor(folder, wanted.name);
    if (!found.entry)
        return fail(ErrorCode::ModelTensorMissing,
                    {{"path", folder_path}, {"tensor", wanted.name}});
    MOELORA_TRY(const auto stored, find_stored_matrix(folder, folder_path, wanted));
    if (stored) return {};
    if (found.entry->shape != wanted.shape)
        return fail(ErrorCode::ModelTensorShape, {{"path", found.file->path()},
                                                  {"tensor", wanted.name},
                                                  {"found", shape_text(found.entry->shape)},
                                                  {"expected", shape_text(wanted.shape)}});
    if (!is_float(found.entry->dtype))
        return fail(ErrorCode::SafetensorsInvalid,
                    {{"path", found.file->path()},
                     {"why", "the tensor " + wanted.name + " has the type " +
                                 found.entry->dtype_name + ", which holds no weights"}});
    return {};
}

bool has_own_head(const SafetensorsFolder& folder) {
    return locate_tensor(folder, "lm_head.weight").entry != nullptr;
}

bool head_repeats_embedding(const SafetensorsFolder& folder, const ModelConfig& config) {
    const auto x = locate_tensor(folder, "lm_head.weight"),
               y = locate_tensor(folder, config.text_root() + "embed_tokens.weight");
    // Codes that are equal may have other scales.
    if (!x.entry || !y.entry || x.entry->shape != y.entry->shape || !is_float(x.entry->dtype))
        return false;
    const auto left = x.file->bytes(*x.entry), right = y.file->bytes(*y.entry);
    const bool equal =
        left.size() == right.size() && std::memcmp(left.data(), right.data(), left.size()) == 0;
    x.file->release_pages(*x.entry);
    y.file->release_pages(*y.entry);
    return equal;
}

Result<ModelSummary> summarize_model(const std::string& path) {
    MOELORA_TRY(ModelConfig config, load_model_config(path));
    std::error_code code;
    const std::string folder =
        std::filesystem::is_directory(path, code)
            ? path
            : ("." / std::filesystem::path(path)).parent_path().lexically_normal().string();
    ModelSummary summary;
    summary.path = folder;
    summary.family = config.family;
    summary.dtype = config.dtype;
    summary.quantization = "none";
    summary.layers = config.text.num_layers;
    summary.hidden = config.text.hidden_size;
    summary.vocab = config.text.vocab_size;
    summary.files = files_of(folder);
    summary.issues = config.issues;
    const bool pieces = has(summary.files, "tokenizer.model");
    if (!pieces) need_file(summary, "tokenizer.json");
    if (config.has_vision()) need_file(summary, "preprocessor_config.json");
    if (has(summary.files, "preprocessor_config.json"))
        summary.processor = "preprocessor_config.json";
    summary.vision_layers = config.has_vision() ? config.vision.depth : 0;
    if (pieces || has(summary.files, "tokenizer.json"))
        summary.tokenizer = pieces ? "tokenizer.model" : "tokenizer.json";
    check_weights(summary, config);
    summary.tied = config.tie_word_embeddings;
    count_parameters(summary, config);
    return summary;
}

Result<std::string> quick_fingerprint(const std::string& folder) {
    MOELORA_TRY(const std::string config, read_text(join_path(folder, "config.json")));
    MOELORA_TRY(const auto weights, SafetensorsFolder::open(folder));
    std::string text = config;
    for (const SafetensorsFile& file : weights.files()) {
        // File names are left out: a folder is the same model under other shard names.
        text += '\n' + std::to_string(file.file_bytes());
        for (const TensorEntry& entry : file.entries())
            text += '\n' + entry.name + ' ' + entry.dtype_name + ' ' + shape_text(entry.shape) +
                    ' ' + std::to_string(entry.begin) + ' ' + std::to_string(entry.end);
    }
    return sha256_hex(text);
}

}  // namespace moelora
