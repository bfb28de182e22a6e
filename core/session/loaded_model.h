// SPDX-License-Identifier: GPL-3.0-or-later
// A model folder as jobs use it: weights, tokenizer, encoder, and an adapter on top. Engine thread
// only.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "core/adapter/adapter.h"
#include "core/data/batch.h"
#include "core/model/decode_graphs.h"
#include "core/model/feature_cache.h"
#include "core/model/qwen3vl.h"
#include "core/session/device.h"
#include "core/session/fingerprint.h"

namespace moelora {

// Everything of a model folder but the weights. Movable: `encoder` borrows `tokenizer`, which stays
// where it is.
struct TextSide {
    std::unique_ptr<Tokenizer> tokenizer;
    ModelConfig config;
    SampleEncoder encoder;  // processor checked against the configuration
    TokenId pad_id = 0;
};
[[nodiscard]] Result<TextSide> load_text_side(const std::string& folder, const DataOptions& data);

struct LoadedModel {
    TextSide text;
    std::unique_ptr<Qwen3VL> model;
    DeviceChoice device;
    std::string path, fingerprint;  // quick fingerprint
    WholeFingerprint whole;         // perhaps not known yet
    // Borrowed by `model`; nullptr = pictures are seen anew each time.
    std::unique_ptr<FeatureCache> features{};
    std::vector<Issue> issues{};             // of the model, and of how it was loaded
    std::unique_ptr<DecodeGraphs> graphs{};  // the same of device.cuda_graphs; nullptr = off
};
[[nodiscard]] Result<LoadedModel> load_model(const std::string& folder, ComputeDtype dtype,
                                             const DeviceOptions& device, const DataOptions& data,
                                             const LoadProgress& progress = {},
                                             const QuantOptions& quantization = {});

// The base as a question (a spec of session.h) means it beside its adapter in `adapter_folder`
// ("" = none). Where the question says nothing, the base is what the adapter learnt on, for another
// rounding would show another model than the one that was watched: in fp32 when it was trained in
// fp32 (else as the device has it), and in its quantization. Errors: those of read_card.
struct AskedBase {
    ComputeDtype dtype = ComputeDtype::Auto;
    std::optional<Quantization> quantization;
};
[[nodiscard]] Result<ModelOptions> base_beside(const std::string& folder, const AskedBase& asked,
                                               const std::string& adapter_folder);
[[nodiscard]] Result<LoadedModel> load_base(const ModelOptions& base, const DeviceOptions& device,
                                            const DataOptions& data,
                                            const LoadProgress& progress = {});

// From here on what the tower says of pictures is kept as `device` allows, for a job that sees the
// same ones again and again.
void keep_features(LoadedModel& loaded, const DeviceOptions& device, const QuantOptions& formats);

// The adapter folder behind what a user names: an adapter folder itself, a run folder (its
// adapter/, else its newest valid checkpoint), a checkpoint folder. Errors: FileMissing,
// AdapterInvalid.
[[nodiscard]] Result<std::string> resolve_adapter_folder(const std::string& path);

// The adapter of a folder on a loaded model. What its card says of itself, and an adapter of
// another base, are issues of the card. `training`: as in Adapter::load. Errors: those of
// Adapter::load; AdapterInvalid for files that are not what COMPLETE says.
[[nodiscard]] Result<std::unique_ptr<Adapter>> load_adapter(
    LoadedModel& loaded, const std::string& folder, std::uint64_t seed = 0,
    const AdapterOptions* training = nullptr);
// The issue that the adapter was trained on another base: by content where both sides know it, else
// by the quick fingerprint. Asked when an adapter is loaded, and again when a job is done.
[[nodiscard]] std::optional<Issue> other_base(const LoadedModel& loaded, const AdapterCard& card,
                                              const std::string& folder);

// Errors: OptionInvalid for a factor that is not finite.
[[nodiscard]] Status check_adapter_scale(double factor);

// Preprocessing of inference: the adapter's own data options (resize, resampler, alpha, pixels, end
// marker, prompt) when there is an adapter, else the defaults.
[[nodiscard]] Result<DataOptions> inference_data(const std::string& adapter_folder);
// The same with the settings of a spec over them. Errors: OptionInvalid, also for other groups.
[[nodiscard]] Result<DataOptions> inference_data(const std::string& adapter_folder,
                                                 const std::vector<std::string>& settings);

// SHA-256 over adapter.safetensors (or adapter_model.safetensors).
[[nodiscard]] Result<std::string> adapter_fingerprint(const std::string& adapter_folder);

}  // namespace moelora
