// SPDX-License-Identifier: GPL-3.0-or-later
// What a run will need at most: predicted from shapes and the longest sample, and measured where
// asked.
#include <ATen/ATen.h>

#include <algorithm>
#include <optional>

#include "core/io/files.h"
#include "core/io/safetensors.h"
#include "core/model/stored_quantization.h"
#include "core/options/config.h"
#include "core/session/adapter_start.h"
#include "core/session/device_memory.h"
#include "core/session/exact_weights.h"
#include "core/session/loaded_model.h"
#include "core/session/questions.h"
#include "core/session/samples_by_length.h"
#include "core/train/batch_pack.h"
#include "core/train/memory_model.h"
#include "core/train/trainer.h"

namespace moelora::questions {
namespace {

// From the headers of the weights; none where they cannot be read, which loading will tell.
StoredFormats stored_formats(const std::string& path, const ModelConfig& config) {
    StoredFormats out;
    const auto folder = SafetensorsFolder::open(path);
    if (!folder) return out;
    for (const LinearShape& linear : linear_shapes(config)) {
        const TensorShape tensor{linear.path + ".weight", {linear.out, linear.in}, linear.vision};
        const auto found = find_stored_matrix(*folder, path, tensor);
        if (!found || !*found) continue;
        const StoredMatrix& matrix = **found;
        out[tensor.name] = matrix.format == QuantFormat::Int8 ? Quantization::Int8
                           : matrix.nested()                  ? Quantization::Nf4Dq
                                                              : Quantization::Nf4;
    }
    return out;
}

// What the estimates of a run and of its variants have in common.
class Peaks {
  public:
    Peaks(SamplesByLength& samples, const std::vector<SiteSpec>& sites, const DeviceChoice& device,
          const std::string& model)
        : config_(samples.config()),
          samples_(samples),
          sites_(sites),
          on_host_(device.name == "cpu"),
          element_(device.dtype == ComputeDtype::Fp32 ? 4 : 2),
          stored_(stored_formats(model, config_)),
          // What the libraries hold for themselves: what this process has now, before any tensor.
          program_(on_host_ ? resident_bytes() - file_backed_bytes() : 0) {}

    [[nodiscard]] MemoryEstimate of(const RunOptions& options, const BatchShape& shape,
                                    std::int64_t recomputed = 0) const {
        MemoryEstimate out = estimate_memory(config_, sites_of(options), options, shape, element_,
                                             stored_, recomputed);
        out.recomputed_layers = options.train.gradient_checkpointing ? layers() : recomputed;
        const std::pair<const char*, std::int64_t> more[] = {{"picture features", kept(options)},
                                                             {"program", program_}};
        for (const auto& [name, bytes] : more) {
            if (bytes <= 0) continue;
            out.parts.push_back({name, bytes});
            out.predicted_peak_bytes += bytes;
        }
        return out;
    }
    [[nodiscard]] Result<MemoryEstimate> of(const RunOptions& options) const {
        MOELORA_TRY(const LargestPass pass, samples_.largest_pass(options.train));
        return of(options, pass.shape);
    }

    // With as few layers recomputed as the budget allows, each of which costs time; with none where
    // no number of them fits, or where there is no budget (0).
    [[nodiscard]] MemoryEstimate within(const RunOptions& options, const BatchShape& shape,
                                        std::int64_t budget) const {
        MemoryEstimate none = of(options, shape);
        if (budget == 0 || options.train.gradient_checkpointing ||
            none.predicted_peak_bytes <= budget)
            return none;
        const auto number = [&](std::int64_t limit) {
            std::int64_t n = 1;
            while (n <= layers() && of(options, shape, n).predicted_peak_bytes > limit) ++n;
            return n;
        };
        for (const std::int64_t limit : {with_room(budget), budget})
            if (const std::int64_t n = number(limit); n <= layers()) return of(options, shape, n);
        return none;
    }

    // What train.pack_tokens = 0 stands for. A base in 4 or 8 bits is unpacked once a pass, which
    // is worth more than the memory of a few short samples; wide ones gain little.
    [[nodiscard]] Result<std::int64_t> pack_tokens(RunOptions options, std::int64_t budget) const {
        if (!can_pack(options.adapter)) return 1;
        if (options.train.pack_tokens != 0) return options.train.pack_tokens;
        const bool unpacks = options.model.quantization != Quantization::None || !stored_.empty();
        if (!unpacks || options.train.gradient_accumulation == 1) return 1;
        for (const std::int64_t tokens : {1024, 768, 512, 384, 256}) {
            options.train.pack_tokens = tokens;
            MOELORA_TRY(const MemoryEstimate found, of(options));
            if (budget == 0 || found.predicted_peak_bytes <= with_room(budget)) return tokens;
        }
        return 1;
    }

    // Predictions are within 10 %, and what is not asked for should not use that up.
    static std::int64_t with_room(std::int64_t budget) { return budget - budget / 11; }
    [[nodiscard]] std::int64_t layers() const { return config_.text.num_layers; }

    // Of frozen pictures, in the host's memory.
    [[nodiscard]] std::int64_t kept(const RunOptions& options) const {
        if (!on_host_ || trains_tower() || !config_.has_vision()) return 0;
        return std::min(bytes_of_text(options.device.feature_cache).value_or(0),
                        feature_bytes(config_, samples_.visual_tokens(), element_));
    }
    // Why the tower cannot leave memory as device.evict_vision asks.
    [[nodiscard]] Status can_evict(const RunOptions& options) const {
        if (!options.device.evict_vision || !config_.has_vision()) return {};
        const auto refuse = [](std::string why) {
            return fail(
                ErrorCode::OptionInvalid,
                {{"option", "device.evict_vision"}, {"value", "true"}, {"why", std::move(why)}});
        };
        if (trains_tower()) return refuse("adapter.targets names layers of the vision tower");
        const std::int64_t needed = feature_bytes(config_, samples_.visual_tokens(), element_);
        std::int64_t room = 0;
        for (const auto& text : {options.device.feature_cache, options.device.feature_cache_disk})
            room += bytes_of_text(text).value_or(0);
        if (needed <= room) return {};
        return refuse("the features of all pictures need " + text_of_bytes(needed) +
                      ", and feature_cache and feature_cache_disk hold " + text_of_bytes(room));
    }
    // What --measure does not see: the program, and features of pictures of other updates.
    [[nodiscard]] std::int64_t beside(const RunOptions& options) const {
        return program_ + kept(options);
    }
    [[nodiscard]] std::int64_t merge() const {
        return std::max<std::int64_t>(config_.vision.merge_size, 1);
    }
    [[nodiscard]] std::int64_t pixels_of_patch() const {
        return config_.vision.patch_size * config_.vision.patch_size;
    }
    [[nodiscard]] SamplesByLength& samples() const { return samples_; }
    // For variants with another adapter than the run's; false: the model has no such one.
    [[nodiscard]] bool adapt(const RunOptions& options) {
        const auto start = adapter_start(linear_shapes(config_), options.adapter);
        if (!start) return false;
        other_ = {options.adapter, start->sites};
        return true;
    }

  private:
    [[nodiscard]] bool trains_tower() const {
        return std::any_of(sites_.begin(), sites_.end(),
                           [](const SiteSpec& site) { return site.shape.vision; });
    }
    [[nodiscard]] const std::vector<SiteSpec>& sites_of(const RunOptions& options) const {
        return other_ && other_->first == options.adapter ? other_->second : sites_;
    }

    const ModelConfig& config_;
    SamplesByLength& samples_;
    const std::vector<SiteSpec>& sites_;
    bool on_host_;
    std::int64_t element_;
    StoredFormats stored_;
    std::int64_t program_;
    std::optional<std::pair<AdapterOptions, std::vector<SiteSpec>>> other_;
};

// Changes from the one that costs least on, each on top of those before.
struct Step {
    std::string change;
    void (*apply)(RunOptions&);
    bool (*possible)(const RunOptions&, const BatchShape&);
};
const Step steps[] = {
    {"train.pack_tokens=1", [](RunOptions& o) { o.train.pack_tokens = 1; },
     [](const RunOptions&, const BatchShape& b) { return b.packed; }},
    {"train.batch_size=1, as many more micro-batches",
     [](RunOptions& o) {
         o.train.gradient_accumulation *= o.train.batch_size;
         o.train.batch_size = 1;
     },
     [](const RunOptions& o, const BatchShape&) { return o.train.batch_size > 1; }},
    {"device.evict_vision=true", [](RunOptions& o) { o.device.evict_vision = true; },
     [](const RunOptions& o, const BatchShape& b) {
         return !o.device.evict_vision && b.patches > 0;
     }},
    {"device.feature_cache=, so that pictures are seen anew each time",
     [](RunOptions& o) { o.device.feature_cache.clear(); },
     [](const RunOptions& o, const BatchShape&) {
         return !o.device.feature_cache.empty() && !o.device.evict_vision;
     }},
    {"train.gradient_checkpointing=true",
     [](RunOptions& o) { o.train.gradient_checkpointing = true; },
     [](const RunOptions& o, const BatchShape&) { return !o.train.gradient_checkpointing; }},
    {"model.quantization=nf4-dq",
     [](RunOptions& o) {
         o.model.quantization = Quantization::Nf4Dq;
         o.model.vision_quantization = VisionQuantization::Same;
     },
     [](const RunOptions& o, const BatchShape&) {
         return o.model.quantization == Quantization::None ||
                o.model.quantization == Quantization::Int8;
     }}};

void halve_pictures(BatchShape& shape, std::int64_t merge) {
    shape.tokens -= shape.patches / shape.rows / 2 / (merge * merge);
    shape.patches /= 2;
}

// What costs most comes last: a smaller adapter learns less. Each as often as it is needed.
struct Shrink {
    std::string (*change)(RunOptions&);  // makes the change and says it; "" = not possible
};
const Shrink shrinks[] = {
    {[](RunOptions& o) -> std::string {
        constexpr std::int64_t least = 4;
        if (!o.adapter.layer_ranks.empty() || o.adapter.rank / 2 < least) return {};
        o.adapter.rank /= 2;
        o.adapter.alpha /= 2;
        return "adapter.rank=" + std::to_string(o.adapter.rank) + ", and adapter.alpha halved, too";
    }},
    {[](RunOptions& o) -> std::string {
        if (!o.adapter.layer_experts.empty() || o.adapter.num_experts < 4) return {};
        o.adapter.num_experts /= 2;
        return "adapter.num_experts=" + std::to_string(o.adapter.num_experts) + ", half as many";
    }},
    {[](RunOptions& o) -> std::string {
        const std::vector<std::string> attention = {"self_attn.*"};
        if (o.adapter.targets == attention) return {};
        o.adapter.targets = attention;
        return "adapter.targets=self_attn.*, the attention alone";
    }}};

bool valid(const RunOptions& options) {
    const auto issues = validate(options);
    return std::none_of(issues.begin(), issues.end(),
                        [](const Issue& issue) { return issue.severity == Severity::Error; });
}

std::vector<MemoryChange> ladder(Peaks& peaks, RunOptions options, BatchShape shape,
                                 std::int64_t peak, std::int64_t budget) {
    std::vector<MemoryChange> out;
    // Only what saves more than `least`; the options then are those with the change.
    const auto add = [&](const std::string& change, const RunOptions& changed,
                         const BatchShape& changed_shape, std::int64_t least = 0) {
        const std::int64_t now = peaks.of(changed, changed_shape).predicted_peak_bytes;
        if (peak - now <= least) return false;
        out.push_back({change, peak - now, now});
        peak = now;
        options = changed;
        shape = changed_shape;
        return true;
    };
    for (const Step& step : steps) {
        if (peak <= budget) return out;
        if (!step.possible(options, shape)) continue;
        RunOptions changed = options;
        step.apply(changed);
        if (!peaks.can_evict(changed)) continue;
        const auto pass = peaks.samples().largest_pass(changed.train);
        if (!pass) return out;
        // Without the tower the features cannot be given up any more.
        const bool evicts = changed.device.evict_vision != options.device.evict_vision;
        (void)add(step.change, changed, pass->shape, evicts ? peaks.kept(options) : 0);
    }
    if (peak > budget && shape.patches > 0) {
        BatchShape halved = shape;
        halve_pictures(halved, peaks.merge());
        (void)add("data.max_pixels=" +
                      std::to_string(halved.patches / std::max<std::int64_t>(halved.rows, 1) *
                                     peaks.pixels_of_patch()) +
                      ", half of the largest picture",
                  RunOptions(options), halved);
    }
    if (!options.adapter.init_from.empty()) return out;  // the folder decides what it is
    for (const Shrink& shrink : shrinks)
        while (peak > budget) {
            RunOptions smaller = options;
            const std::string change = shrink.change(smaller);
            if (change.empty() || !valid(smaller) || !peaks.adapt(smaller)) break;
            if (!add(change, smaller, shape)) break;
        }
    return out;
}

// Two updates of the pass that needs most, with a fresh adapter, on the device of that name;
// nothing is kept.
Result<std::int64_t> measured_peak(const RunOptions& options, const std::string& place,
                                   const std::string& start,
                                   const std::vector<EncodedSample>& samples,
                                   std::int64_t recomputed) {
    MOELORA_TRY(PeakMeter meter, PeakMeter::on(place));
    DeviceOptions device = options.device;
    device.quantized_cache = false;  // mapped codes are not counted
    MOELORA_TRY(LoadedModel loaded,
                load_model(options.model.path, options.model.compute_dtype, device, options.data,
                           {}, quant_options(options.model)));
    MOELORA_TRY(const auto adapter, start.empty()
                                        ? Adapter::create(*loaded.model, options.adapter, 1,
                                                          exact_weights(options.model.path))
                                        : load_adapter(loaded, start, 1, &options.adapter));
    adapter->attach();
    std::vector<Batch> batches;
    for (const EncodedSample& sample : samples)
        batches.push_back(collate(
            std::vector<EncodedSample>(static_cast<std::size_t>(options.train.batch_size), sample),
            loaded.text.pad_id, PadSide::Right));
    meter.begin_anew();
    if (device.evict_vision) {
        device.feature_cache_disk.clear();
        keep_features(loaded, device, quant_options(options.model));
        for (const Batch& batch : batches)
            if (batch.pixel_values.defined())
                (void)loaded.model->encode_images(batch.pixel_values, batch.grid_thw);
        loaded.model->evict_vision();
    }
    Trainer trainer(*loaded.model, *adapter, options.train, 2);
    trainer.recompute(recomputed);
    for (int update = 0; update < 2; ++update) {
        if (options.train.router_every > 0) adapter->begin_statistics({});  // as a run counts
        MOELORA_TRY_STATUS(trainer.step(batches));
        static_cast<void>(adapter->take_statistics(update));
    }
    return meter.peak();
}

Result<MemoryEstimate> estimate_of(const EstimateSpec& spec, SamplesByLength& samples) {
    RunOptions options = spec.options;
    MOELORA_TRY(const DeviceChoice device,
                choose_device(options.device, options.model.compute_dtype));
    MOELORA_TRY(const AdapterStart start,
                adapter_start(linear_shapes(samples.config()), options.adapter));
    options.adapter = start.options;
    Peaks peaks(samples, start.sites, device, options.model.path);
    MOELORA_TRY_STATUS(peaks.can_evict(options));
    const auto wanted = bytes_of_text(options.device.memory_budget);
    const std::int64_t budget = spec.budget_bytes > 0 ? spec.budget_bytes
                                : wanted              ? *wanted
                                                      : available_bytes(device.name);
    const std::int64_t asked = options.train.pack_tokens;
    MOELORA_TRY(options.train.pack_tokens, peaks.pack_tokens(options, budget));
    MOELORA_TRY(const LargestPass pass, samples.largest_pass(options.train));
    // Only who names a budget wants time to be given for it.
    const std::int64_t named = spec.budget_bytes > 0 || wanted ? budget : 0;
    MemoryEstimate out = peaks.within(options, pass.shape, named);
    for (const auto& [value, name] : EnumNames<Quantization>::table) {
        RunOptions held = options;
        held.model.quantization = value;
        held.train.pack_tokens = asked;
        MOELORA_TRY(held.train.pack_tokens, peaks.pack_tokens(held, budget));
        MOELORA_TRY(const LargestPass largest, samples.largest_pass(held.train));
        const MemoryEstimate found = peaks.within(held, largest.shape, named);
        out.by_quantization.push_back({value, found.predicted_peak_bytes});
    }
    out.device = device.note.empty() ? device.name : device.note;
    out.sample = pass.sample;
    out.samples = options.train.batch_size * pass.samples;
    out.pack_tokens = options.train.pack_tokens;
    out.budget_bytes = budget;
    out.fits = out.budget_bytes == 0 || out.predicted_peak_bytes <= out.budget_bytes;
    if (!out.fits)
        out.ladder = ladder(peaks, options, pass.shape, out.predicted_peak_bytes, out.budget_bytes);
    if (spec.measure) {
        MOELORA_TRY(const auto longest, samples.samples_of(options.train));
        MOELORA_TRY(const std::int64_t peak, measured_peak(options, device.name, start.folder,
                                                           longest, out.recomputed_layers));
        out.measured_peak_bytes = peak + peaks.beside(options);
    }
    return out;
}

}  // namespace

Result<MemoryEstimate> estimate(const EstimateSpec& spec) {
    MOELORA_TRY(SamplesByLength samples, SamplesByLength::of(spec.options));
    return estimate_of(spec, samples);
}

Result<MemoryEstimate> estimate(const EstimateSpec& spec, const Dataset& data) {
    MOELORA_TRY(SamplesByLength samples, SamplesByLength::of(spec.options, data));
    return estimate_of(spec, samples);
}

}  // namespace moelora::questions
