// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/loaded_model.h"

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "core/io/files.h"
#include "core/options/config.h"
#include "core/session/cache_files.h"
#include "core/session/kept_weights.h"
#include "core/session/run_store.h"
#include "core/session/written_folder.h"

namespace moelora {
namespace fs = std::filesystem;

namespace {

// Form of the conversations and, with a vision tower, the processor.
Status read_forms(const std::string& folder, const DataOptions& data, TextSide& out) {
    SampleEncoder& encoder = out.encoder;
    if (!out.config.has_vision()) {
        const auto& ends = out.config.eos_ids;
        MOELORA_TRY(encoder.tokens,
                    resolve_text_chat(*out.tokenizer, data.chat_template, data.end_marker,
                                      ends.empty() ? -1 : ends.front()));
        return {};
    }
    if (data.chat_template != "auto")
        return fail(ErrorCode::OptionInvalid, {{"option", "data.template"},
                                               {"value", data.chat_template},
                                               {"why", "a vision model has a form of its own"}});
    MOELORA_TRY(encoder.tokens, resolve_chat_tokens(*out.tokenizer, data.end_marker));
    MOELORA_TRY(encoder.processor, load_processor_config(folder));
    const VisionConfig& vision = out.config.vision;
    MOELORA_TRY_STATUS(check_processor(encoder.processor, vision.patch_size,
                                       vision.temporal_patch_size, vision.merge_size, folder));
    if (encoder.tokens.image_pad != out.config.image_token_id)
        return fail(ErrorCode::ModelConfigInvalid,
                    {{"path", folder},
                     {"field", "image_token_id"},
                     {"why", "the tokenizer gives <|image_pad|> another id"}});
    return {};
}

}  // namespace

Result<TextSide> load_text_side(const std::string& folder, const DataOptions& data) {
    TextSide out;
    MOELORA_TRY(out.config, load_model_config(folder));
    MOELORA_TRY(Tokenizer tokenizer, Tokenizer::load(folder));
    out.tokenizer = std::make_unique<Tokenizer>(std::move(tokenizer));
    out.encoder.tokenizer = out.tokenizer.get();
    out.encoder.data = data;
    MOELORA_TRY_STATUS(read_forms(folder, data, out));
    out.pad_id = out.config.pad_id;
    return out;
}

namespace {

Result<std::unique_ptr<DecodeGraphs>> decode_graphs_of(const std::string& device) {
    RecordWork record = recorder_of(c10::Device(device));
    if (!record)
        return fail(ErrorCode::OptionInvalid, {{"option", "device.cuda_graphs"},
                                               {"value", "true"},
                                               {"why", "graphs are recorded on CUDA devices, and " +
                                                           device + " records none"}});
    return std::make_unique<DecodeGraphs>(std::move(record));
}

}  // namespace

Result<LoadedModel> load_model(const std::string& folder, ComputeDtype dtype,
                               const DeviceOptions& device, const DataOptions& data,
                               const LoadProgress& progress, const QuantOptions& quantization) {
    LoadedModel out;
    out.path = folder;
    MOELORA_TRY(out.device, choose_device(device, dtype));
    if (device.cuda_graphs) {
        MOELORA_TRY(out.graphs, decode_graphs_of(out.device.name));
    }
    MOELORA_TRY(out.text, load_text_side(folder, data));
    MOELORA_TRY(out.fingerprint, quick_fingerprint(folder));
    out.whole = WholeFingerprint(folder);
    WeightsSource source{folder, quantization, {}};
    if (device.quantized_cache) source = kept_weights(folder, quantization, progress);
    MOELORA_TRY(out.model, Qwen3VL::load(source.folder, out.device.dtype, out.device.name, progress,
                                         source.formats));
    out.model->set_decode_graphs(out.graphs.get());
    out.issues = out.model->config().issues;
    out.issues.insert(out.issues.end(), source.issues.begin(), source.issues.end());
    return out;
}

void keep_features(LoadedModel& loaded, const DeviceOptions& device, const QuantOptions& formats) {
    FeatureCacheLimits limits;
    limits.memory_bytes = bytes_of_text(device.feature_cache).value_or(0);
    limits.disk_bytes = bytes_of_text(device.feature_cache_disk).value_or(0);
    // Without any room, too: then pictures are seen one by one all the same, to the same bits.
    if (!loaded.text.config.has_vision()) return;
    limits.folder = feature_cache_folder();
    limits.tower = files_identity(loaded.path) + " " + name_of(formats.vision) + " " +
                   std::string(c10::toString(loaded.model->dtype())) + " " + loaded.device.name;
    loaded.features = std::make_unique<FeatureCache>(std::move(limits));
    loaded.model->set_feature_cache(loaded.features.get());
}

Result<std::string> resolve_adapter_folder(const std::string& path) {
    std::error_code error;
    if (!fs::exists(path, error)) return fail(ErrorCode::FileMissing, {{"path", path}});
    const auto holds = [&](const std::string& folder, const char* name) {
        return fs::exists(join_path(folder, name), error);
    };
    const auto is_adapter = [&](const std::string& folder) {
        return holds(folder, "adapter.json") || holds(folder, "adapter_config.json");
    };
    if (is_adapter(path)) return path;
    if (const std::string inner = join_path(path, "adapter"); is_adapter(inner)) return inner;
    if (holds(path, "run.json")) {
        const auto checkpoints = run_store::valid_checkpoints(path);
        if (checkpoints.empty()) return fail(ErrorCode::RunNoCheckpoint, {{"path", path}});
        return join_path(path, checkpoints.back().path);
    }
    if (is_adapter(join_path(path, "expert_0")))
        return fail(ErrorCode::AdapterInvalid,
                    {{"path", path},
                     {"why", "it holds a folder for each expert; name one of them, as expert_0"}});
    return fail(ErrorCode::AdapterInvalid,
                {{"path", path},
                 {"why", "it holds neither adapter.json nor adapter_config.json, and is no run"}});
}

Result<std::unique_ptr<Adapter>> load_adapter(LoadedModel& loaded, const std::string& folder,
                                              std::uint64_t seed, const AdapterOptions* training) {
    MOELORA_TRY_STATUS(written_adapter(folder).whole);
    MOELORA_TRY(std::unique_ptr<Adapter> adapter,
                Adapter::load(*loaded.model, folder, seed, training));
    if (auto issue = other_base(loaded, adapter->card(), folder))
        adapter->card().issues.push_back(std::move(*issue));
    return adapter;
}

std::optional<Issue> other_base(const LoadedModel& loaded, const AdapterCard& card,
                                const std::string& folder) {
    const std::string whole = card.base_sha256.empty() ? std::string{} : loaded.whole.known();
    const bool same =
        whole.empty() ? card.base_fingerprint.empty() || card.base_fingerprint == loaded.fingerprint
                      : card.base_sha256 == whole;
    if (same) return std::nullopt;
    return Issue{
        Severity::Warning,
        {ErrorCode::AdapterOtherBase, {{"path", folder}, {"found", card.base_path}}, {}, {}},
        {folder, 0, {}},
        1};
}

Status check_adapter_scale(double factor) {
    if (std::isfinite(factor)) return {};
    return fail(ErrorCode::OptionInvalid, {{"option", "--adapter-scale"},
                                           {"value", std::to_string(factor)},
                                           {"why", "it must be finite"}});
}

Result<ModelOptions> base_beside(const std::string& folder, const AskedBase& asked,
                                 const std::string& adapter_folder) {
    ModelOptions base;
    base.path = folder;
    base.compute_dtype = asked.dtype;
    base.quantization = asked.quantization.value_or(base.quantization);
    if (adapter_folder.empty()) return base;
    MOELORA_TRY(const AdapterCard card, read_card(adapter_folder));
    if (asked.dtype == ComputeDtype::Auto && card.compute_dtype == name_of_enum(ComputeDtype::Fp32))
        base.compute_dtype = ComputeDtype::Fp32;
    if (!asked.quantization) {
        base.quantization = card.quantization;
        base.vision_quantization = card.vision_quantization;
    }
    return base;
}

Result<LoadedModel> load_base(const ModelOptions& base, const DeviceOptions& device,
                              const DataOptions& data, const LoadProgress& progress) {
    return load_model(base.path, base.compute_dtype, device, data, progress, quant_options(base));
}

Result<DataOptions> inference_data(const std::string& adapter_folder) {
    if (adapter_folder.empty()) return DataOptions{};
    MOELORA_TRY(const AdapterCard card, read_card(adapter_folder));
    DataOptions out = card.data.preprocessing();
    if (!card.prompt.empty()) out.prompt = card.prompt;
    return out;
}

Result<DataOptions> inference_data(const std::string& adapter_folder,
                                   const std::vector<std::string>& settings) {
    RunOptions options;
    MOELORA_TRY(options.data, inference_data(adapter_folder));
    for (const std::string& setting : settings) {
        const std::string path = setting.substr(0, setting.find('='));
        const std::string value = setting.substr(std::min(path.size() + 1, setting.size()));
        if (!path.starts_with("data.") || path == "data.path" || path == setting)
            return fail(
                ErrorCode::OptionInvalid,
                {{"option", path},
                 {"value", value},
                 {"why", "here KEY=VALUE sets options of the group data alone, and no path"}});
        MOELORA_TRY_STATUS(set_option(options, path, value));
    }
    for (const Issue& issue : validate(options))
        if (issue.severity == Severity::Error && issue.where.item.starts_with("data.") &&
            issue.where.item != "data.path")
            return tl::make_unexpected(issue.error);
    return options.data;
}

Result<std::string> adapter_fingerprint(const std::string& adapter_folder) {
    std::error_code error;
    for (const char* name : {"adapter.safetensors", "adapter_model.safetensors"})
        if (const std::string file = join_path(adapter_folder, name); fs::exists(file, error))
            return sha256_file(file);
    return fail(ErrorCode::AdapterInvalid,
                {{"path", adapter_folder}, {"why", "it holds no safetensors file"}});
}

}  // namespace moelora
