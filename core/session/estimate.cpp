// SPDX-License-Identifier: GPL-3.0-or-later
// What a run will need at most: predicted from shapes and the longest sample, and measured where
// asked.
#include <ATen/ATen.h>

#include "core/io/files.h"
#include "core/io/safetensors.h"
#include "core/model/stored_quantization.h"
#include "core/ops/host_memory.h"
#include "core/options/config.h"
#include "core/session/adapter_start.h"
#include "core/session/loaded_model.h"
#include "core/session/questions.h"
#include "core/train/memory_model.h"
#include "core/train/trainer.h"

namespace moelora::questions {
namespace {

// The samples by length, longest first; pictures are read for the first alone.
struct Longest {
    EncodedSample sample;
    BatchShape shape;
};

Result<Longest> longest_of(const Dataset& data, const TextSide& text, const RunOptions& options) {
    const DatasetSample* longest = nullptr;
    std::int64_t most = -1;
    for (const DatasetSample& sample : data.samples) {
        const auto length = text.encoder.measure(sample.conversation());
        if (!length || length->all() <= most) continue;
        most = length->all();
        longest = &sample;
    }
    if (!longest) return fail(ErrorCode::DatasetEmpty, {{"path", options.data.path}});
    Longest out;
    MOELORA_TRY(out.sample, text.encoder.encode(longest->conversation(), longest->id));
    const std::int64_t rows = options.train.batch_size;
    out.shape.rows = rows;
    out.shape.tokens = static_cast<std::int64_t>(out.sample.ids.size());
    for (const TokenId label : out.sample.labels) out.shape.labels += label >= 0 ? rows : 0;
    for (const Patches& picture : out.sample.images) out.shape.patches += rows * picture.rows;
    return out;
}

// From the headers of the weights; none where they cannot be read, which loading will tell.
StoredFormats stored_formats(const std::string& path, const ModelConfig& config) {
    StoredFormats out;
    const auto folder = SafetensorsFolder::open(path);
    if (!folder) return out;
    for (const TensorShape& tensor : tensor_shapes(config)) {
        const auto found = find_stored_matrix(*folder, path, tensor);
        if (!found || !*found) continue;
        const StoredMatrix& matrix = **found;
        out[tensor.name] = matrix.format == QuantFormat::Int8 ? Quantization::Int8
                           : matrix.nested()                  ? Quantization::Nf4Dq
                                                              : Quantization::Nf4;
    }
    return out;
}

// Changes from the one that costs least on, each on top of those before.
struct Step {
    std::string change;
    void (*apply)(RunOptions&, BatchShape&, std::int64_t merge);
    bool (*possible)(const RunOptions&, const BatchShape&);
};
const Step steps[] = {
    {"train.batch_size=1, as many more micro-batches",
     [](RunOptions& o, BatchShape& b, std::int64_t) {
         o.train.gradient_accumulation *= o.train.batch_size;
         b.labels /= b.rows;
         b.patches /= b.rows;
         b.rows = o.train.batch_size = 1;
     },
     [](const RunOptions& o, const BatchShape&) { return o.train.batch_size > 1; }},
    {"train.gradient_checkpointing=true",
     [](RunOptions& o, BatchShape&, std::int64_t) { o.train.gradient_checkpointing = true; },
     [](const RunOptions& o, const BatchShape&) { return !o.train.gradient_checkpointing; }},
    {"model.quantization=nf4-dq",
     [](RunOptions& o, BatchShape&, std::int64_t) {
         o.model.quantization = Quantization::Nf4Dq;
         o.model.vision_quantization = VisionQuantization::Same;
     },
     [](const RunOptions& o, const BatchShape&) {
         return o.model.quantization == Quantization::None ||
                o.model.quantization == Quantization::Int8;
     }},
    {"data.max_pixels at half of the largest picture",
     [](RunOptions&, BatchShape& b, std::int64_t merge) {
         b.tokens -= b.patches / b.rows / 2 / (merge * merge);
         b.patches /= 2;
     },
     [](const RunOptions&, const BatchShape& b) { return b.patches > 0; }}};

std::vector<MemoryChange> ladder(const ModelConfig& config, const std::vector<SiteSpec>& sites,
                                 RunOptions options, BatchShape shape, std::int64_t element,
                                 const StoredFormats& stored, std::int64_t peak,
                                 std::int64_t program, std::int64_t budget) {
    std::vector<MemoryChange> out;
    for (const Step& step : steps) {
        if (peak <= budget) break;
        if (!step.possible(options, shape)) continue;
        step.apply(options, shape, std::max<std::int64_t>(config.vision.merge_size, 1));
        const std::int64_t now =
            estimate_memory(config, sites, options, shape, element, stored).predicted_peak_bytes +
            program;
        if (now >= peak) continue;
        out.push_back({step.change, peak - now, now});
        peak = now;
    }
    return out;
}

// Two updates on the largest micro-batch with a fresh adapter; nothing is kept.
Result<std::int64_t> measured_peak(const RunOptions& options, const std::string& start,
                                   const EncodedSample& sample) {
    host_memory::count();
    DeviceOptions device = options.device;
    device.quantized_cache = false;  // mapped codes are not counted
    MOELORA_TRY(LoadedModel loaded,
                load_model(options.model.path, options.model.compute_dtype, device, options.data,
                           {}, quant_options(options.model)));
    if (loaded.device.name != "cpu")
        return fail(
            ErrorCode::UsageInvalid,
            {{"why", "--measure counts the memory of the host; run it with --device cpu."}});
    MOELORA_TRY(const auto adapter, start.empty()
                                        ? Adapter::create(*loaded.model, options.adapter, 1)
                                        : load_adapter(loaded, start));
    adapter->attach();
    Trainer trainer(*loaded.model, *adapter, options.train, 2);
    const std::vector<EncodedSample> rows(static_cast<std::size_t>(options.train.batch_size),
                                          sample);
    const Batch batch = collate(rows, loaded.text.pad_id, PadSide::Right);
    host_memory::reset_peak();
    for (int update = 0; update < 2; ++update) MOELORA_TRY_STATUS(trainer.step({&batch, 1}));
    return host_memory::peak();
}

}  // namespace

Result<MemoryEstimate> estimate(const EstimateSpec& spec) {
    RunOptions options = spec.options;
    MOELORA_TRY(const DeviceChoice device,
                choose_device(options.device, options.model.compute_dtype));
    MOELORA_TRY(const TextSide text, load_text_side(options.model.path, options.data));
    MOELORA_TRY(const Dataset data, open_dataset(options.data, options.train.seed));
    MOELORA_TRY(const Longest longest, longest_of(data, text, options));
    MOELORA_TRY(const AdapterStart start,
                adapter_start(linear_shapes(text.config), options.adapter));
    options.adapter = start.options;
    const std::vector<SiteSpec>& sites = start.sites;
    const std::int64_t element = device.dtype == ComputeDtype::Fp32 ? 4 : 2;
    const StoredFormats stored = stored_formats(options.model.path, text.config);
    MemoryEstimate out =
        estimate_memory(text.config, sites, options, longest.shape, element, stored);
    const bool host = device.name == "cpu";
    // What the libraries hold for themselves: what this process has now, before any tensor.
    const std::int64_t program = host ? resident_bytes() - file_backed_bytes() : 0;
    if (program > 0) out.parts.push_back({"program", program});
    out.predicted_peak_bytes += program;
    for (const auto& [value, name] : EnumNames<Quantization>::table) {
        RunOptions held = options;
        held.model.quantization = value;
        out.by_quantization.push_back(
            {value, estimate_memory(text.config, sites, held, longest.shape, element, stored)
                            .predicted_peak_bytes +
                        program});
    }
    out.device = device.note.empty() ? device.name : device.note;
    out.sample = longest.sample.id;
    const auto wanted = bytes_of_text(options.device.memory_budget);
    out.budget_bytes = spec.budget_bytes > 0 ? spec.budget_bytes
                       : wanted              ? *wanted
                       : host                ? available_memory()
                                             : 0;
    out.fits = out.budget_bytes == 0 || out.predicted_peak_bytes <= out.budget_bytes;
    if (!out.fits)
        out.ladder = ladder(text.config, sites, options, longest.shape, element, stored,
                            out.predicted_peak_bytes, program, out.budget_bytes);
    if (spec.measure) {
        MOELORA_TRY(const std::int64_t peak, measured_peak(options, start.folder, longest.sample));
        out.measured_peak_bytes = peak + program;
    }
    return out;
}

}  // namespace moelora::questions
