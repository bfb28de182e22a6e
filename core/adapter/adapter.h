// SPDX-License-Identifier: GPL-3.0-or-later
// Adapter: the trainable part of a run - experts and routers of every site - that can be put on a
// model and taken off. Engine thread only. Owns its parameters; borrows the model while attached.
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/adapter/named_tensor.h"
#include "core/adapter/plan.h"
#include "core/model/qwen3vl.h"

namespace moelora {

// What a native folder says beside its tensors (adapter.json).
struct AdapterCard {
    AdapterOptions options;  // every axis
    std::vector<SiteSpec> sites;
    std::string base_path, base_fingerprint;  // the quick one
    std::string base_sha256;                  // by content; "" = was not known
    std::string program_version;              // that wrote the file
    std::string prompt;                       // of training
    DataOptions data;  // preprocessing: resize, resampler, alpha, pixels, end marker
    std::string compute_dtype;
    Quantization quantization = Quantization::None;  // of the base's linears, while it learnt
    VisionQuantization vision_quantization = VisionQuantization::Same;
    std::vector<std::string> tasks;
    std::int64_t step = 0;
    std::vector<Issue> issues;  // what the reader wants to say; not part of the file
    std::map<std::string, std::string> task_prompts{};  // what training asked first for each task
};

struct StoredAdapter;  // formats.h
struct SiteTensors;    // site_tensors.h

// The weight [out, in] of a layer before it was quantised.
using ExactWeights = std::function<Result<at::Tensor>(const LinearShape&)>;
// Layers done, and in all.
using StartProgress = std::function<void(std::int64_t, std::int64_t)>;

class Adapter {
  public:
    // Fresh weights from `seed` (independent of global state), fp32, on the model's device. `exact`
    // for an initialisation that makes up for quantisation. `progress`: before each layer whose
    // weight an initialisation takes apart, which may take a minute; may throw to give up. Errors:
    // OptionInvalid, TargetUnmatched.
    [[nodiscard]] static Result<std::unique_ptr<Adapter>> create(
        Qwen3VL& model, const AdapterOptions& options, std::uint64_t seed,
        const ExactWeights& exact = {}, const StartProgress& progress = {});
    // Native folder (adapter.json + adapter.safetensors) or PEFT LoRA folder. Strict: missing,
    // unexpected, mis-shaped and non-finite tensors are all listed in the error. The weights keep
    // their bits; `seed` starts the noise. `training`: whose training axes count instead of the
    // folder's (take_training_axes). Errors: FileMissing, JsonInvalid, SafetensorsInvalid,
    // AdapterInvalid, AdapterMismatch.
    [[nodiscard]] static Result<std::unique_ptr<Adapter>> load(
        Qwen3VL& model, const std::string& folder, std::uint64_t seed = 0,
        const AdapterOptions* training = nullptr);
    // From tensors in memory, f32 on the CPU, for sites of this model. Errors: AdapterMismatch.
    [[nodiscard]] static Result<std::unique_ptr<Adapter>> assemble(Qwen3VL& model,
                                                                   StoredAdapter stored);
    ~Adapter();  // detaches

    void attach();  // every site; idempotent; another adapter's sites there are replaced
    void detach();  // the model is the base again, bit for bit
    [[nodiscard]] bool attached() const;
    void set_enabled(bool on);      // keeps attached, gives the base's output bit for bit when off
    void set_scale(double factor);  // multiplies every expert's scale (1 = as trained)
    // Every routed site gives this expert the weight 1 and all others 0, whatever its gate says;
    // -1 = as routed. Errors: OptionInvalid where nothing is routed or a site has fewer experts.
    [[nodiscard]] Status force_expert(std::int64_t expert);

    // Whether passes that bring one new token for each row differ in nothing but the tokens and
    // what the cache holds, so that one may be recorded and replayed: nothing is counted or
    // recorded of them, and no router looks at samples.
    [[nodiscard]] bool passes_alike() const;
    // Called by whoever runs the model, before each forward pass.
    void begin_pass(const ForwardInfo& info);
    // Balance terms are carried by the model (LayerLoss), coefficient and reduction applied.
    // Statistics of the passes since begin_statistics(), one record a routed site; `tasks` are the
    // names that ForwardInfo::task_ids count. Nothing is collected after take_statistics().
    void begin_statistics(const std::vector<std::string>& tasks);
    [[nodiscard]] std::vector<RouterRecord> take_statistics(std::int64_t step);
    // With recording on: the mixing weights [B, T, E] f32 of the last pass, by site (for `forward`
    // and inspectors).
    void record_weights(bool on);
    [[nodiscard]] const std::map<std::string, at::Tensor>& recorded_weights() const;

    // All, in a fixed order; f32 leaves that require grad, shared with the layers, in the layout
    // of SiteTensors.
    [[nodiscard]] std::vector<NamedTensor> parameters() const;
    // The parameters, and what a file holds beside them.
    [[nodiscard]] std::vector<NamedTensor> stored_tensors() const;
    [[nodiscard]] const std::vector<SiteSpec>& sites() const;
    // Of site number i of sites(), as the layer computes with them.
    [[nodiscard]] const SiteTensors& site_tensors(std::size_t i) const;
    // Mixing weights [E] f32 on the CPU of that site for a sample of these tasks; undefined when
    // its router looks at tokens.
    [[nodiscard]] at::Tensor task_weights(std::size_t i,
                                          const std::vector<std::int64_t>& tasks) const;
    [[nodiscard]] const AdapterOptions& options() const;
    [[nodiscard]] AdapterCard& card();
    [[nodiscard]] const AdapterCard& card() const;
    // Random state of dropout and noise (for checkpoints). [n] u8.
    [[nodiscard]] at::Tensor random_state() const;
    void set_random_state(const at::Tensor& state);

  private:
    Adapter();
    [[nodiscard]] static std::unique_ptr<Adapter> from_stored(Qwen3VL& model, StoredAdapter stored,
                                                              std::uint64_t seed);
    class Impl;
    std::unique_ptr<Impl> impl_;
};

// The axes that neither shapes nor the forward pass of inference depend on: dropouts, jitter,
// relaxed draws, the balance term, and the names of the experts' halves where `from` has some.
void take_training_axes(AdapterOptions& to, const AdapterOptions& from);

// Native folder: adapter.safetensors + adapter.json, into an existing folder (the caller makes it
// atomic). Form: native_format.cpp.
[[nodiscard]] Status save_native(const Adapter& adapter, const std::string& folder);
// PEFT's LoRA layout (adapter_config.json, adapter_model.safetensors). Errors: ExportRefused for a
// mixture.
[[nodiscard]] Status save_peft(const Adapter& adapter, const std::string& folder);
// The sites of a file as the model has them; the file's own layer numbers are not believed. Errors:
// AdapterMismatch, naming every layer that is absent or of another size.
[[nodiscard]] Status fit_to_model(std::vector<SiteSpec>& sites,
                                  const std::vector<LinearShape>& linears,
                                  const std::string& folder);
// From headers and JSON alone: a folder (native, PEFT) or a file of one. Of another safetensors
// file the tensors are counted, and an issue says that it is no adapter.
[[nodiscard]] Result<AdapterSummary> summarize_adapter(const std::string& path);
[[nodiscard]] Result<AdapterCard> read_card(const std::string& folder);

}  // namespace moelora
