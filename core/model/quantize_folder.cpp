// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/quantize_folder.h"

#include <ATen/ATen.h>

#include <deque>
#include <filesystem>
#include <map>

#include "core/io/files.h"
#include "core/model/quantized_load.h"

namespace moelora {
namespace {

namespace fs = std::filesystem;

tl::unexpected<Error> refuse(const std::string& path, const std::string& tensor,
                             const std::string& why) {
    return fail(ErrorCode::QuantizationInvalid, {{"path", path}, {"tensor", tensor}, {"why", why}});
}

std::string python_name(at::ScalarType type) {
    return type == at::kBFloat16 ? "bfloat16" : type == at::kHalf ? "float16" : "float32";
}

// Collects tensors for one file; owns what is made here, borrows what is mapped.
class Collector {
  public:
    void borrow(const SafetensorsFile& file, const TensorEntry& entry) {
        list_.push_back({entry.name, entry.dtype, entry.shape, file.bytes(entry)});
    }
    // `name`: of the weight, "P.weight".
    void add(const std::string& name, QuantizedMatrix made) {
        matrices_.push_back(std::move(made));
        const QuantizedMatrix& w = matrices_.back();
        if (w.format == QuantFormat::Int8) {
            const std::string layer = name.substr(0, name.size() - std::string(".weight").size());
            tensor(name, Dtype::I8, w.codes);
            tensor(layer + ".SCB", Dtype::F32, w.absmax);
            text(layer + ".weight_format", std::string(1, '\0'), {});
            return;
        }
        tensor(name, Dtype::U8, w.codes);
        tensor(name + ".absmax", w.nested() ? Dtype::U8 : Dtype::F32, w.absmax);
        tensor(name + ".quant_map", Dtype::F32, w.table);
        if (w.nested()) {
            tensor(name + ".nested_absmax", Dtype::F32, w.nested_absmax);
            tensor(name + ".nested_quant_map", Dtype::F32, w.nested_table);
        }
        std::string state =
            quant_state_text(w.format, w.blocksize, python_name(w.source_type), w.out, w.in,
                             w.nested() ? std::optional<float>(w.nested_offset) : std::nullopt);
        const auto length = static_cast<std::int64_t>(state.size());
        text(name + ".quant_state.bitsandbytes__" + std::string(name_of(w.format)),
             std::move(state), {length});
    }
    [[nodiscard]] std::vector<TensorBytes> take() { return std::move(list_); }

  private:
    void tensor(const std::string& name, Dtype dtype, const at::Tensor& t) {
        list_.push_back({name,
                         dtype,
                         t.sizes().vec(),
                         {static_cast<const std::byte*>(t.const_data_ptr()), t.nbytes()}});
    }
    void text(const std::string& name, std::string bytes, std::vector<std::int64_t> shape) {
        texts_.push_back(std::move(bytes));
        list_.push_back({name, Dtype::U8, std::move(shape),
                         std::as_bytes(std::span<const char>(texts_.back()))});
    }
    std::deque<QuantizedMatrix> matrices_;
    std::deque<std::string> texts_;
    std::vector<TensorBytes> list_;
};

// As transformers writes it; what it does not quantise by itself is named.
Json quantization_config(const QuantOptions& options, const std::string& dtype, bool vision) {
    const QuantSpec& spec = options.text ? *options.text : *options.vision;
    const bool eight = spec.format == QuantFormat::Int8;
    Json skipped = nullptr;
    if (!options.text) skipped = {"model.language_model", "lm_head"};
    if (vision && !options.vision) skipped = {"model.visual", "lm_head"};
    return {{"quant_method", "bitsandbytes"},
            {"load_in_4bit", !eight},
            {"load_in_8bit", eight},
            {"_load_in_4bit", !eight},
            {"_load_in_8bit", eight},
            {"bnb_4bit_quant_type", eight ? "nf4" : std::string(name_of(spec.format))},
            {"bnb_4bit_use_double_quant", spec.nested},
            {"bnb_4bit_compute_dtype", dtype.empty() ? "float32" : dtype},
            {"bnb_4bit_quant_storage", "uint8"},
            {"llm_int8_skip_modules", skipped},
            {"llm_int8_threshold", 6.0},
            {"llm_int8_enable_fp32_cpu_offload", false},
            {"llm_int8_has_fp16_weight", false}};
}

bool is_copied(const std::string& name) {
    return !holds_weights(name) && !name.ends_with(".safetensors.index.json") &&
           name != "config.json" && name != "COMPLETE" && !name.starts_with(".");
}

Status copy_other_files(const std::string& source, const std::string& target) {
    std::error_code code;
    for (const auto& entry : fs::directory_iterator(source, code)) {
        const std::string name = entry.path().filename().string();
        if (!entry.is_regular_file(code) || !is_copied(name)) continue;
        fs::copy_file(entry.path(), join_path(target, name), code);
        if (code)
            return fail(ErrorCode::FileUnwritable,
                        {{"path", join_path(target, name)}, {"why", code.message()}});
    }
    return {};
}

// What becomes of each linear, by the name its weight has in the file.
Result<std::map<std::string, const QuantSpec*>> plan(const SafetensorsFolder& files,
                                                     const std::string& source,
                                                     const ModelConfig& config,
                                                     const QuantOptions& options) {
    std::map<std::string, const QuantSpec*> out;
    for (const LinearShape& linear : linear_shapes(config)) {
        const TensorShape weight{linear.path + ".weight", {linear.out, linear.in}, linear.vision};
        MOELORA_TRY(const auto stored, find_stored_matrix(files, source, weight));
        if (stored) return refuse(source, weight.name, "it is quantised already");
        MOELORA_TRY_STATUS(check_tensor(files, source, weight));
        const auto& spec = linear.vision ? options.vision : options.text;
        if (spec) out[locate_tensor(files, weight.name).entry->name] = &*spec;
    }
    return out;
}

std::int64_t file_bytes(const SafetensorsFolder& files) {
    std::int64_t total = 0;
    for (const SafetensorsFile& file : files.files())
        total += static_cast<std::int64_t>(file.file_bytes());
    return total;
}

}  // namespace

bool holds_weights(const std::string& name) {
    for (const char* end : {".safetensors", ".bin", ".bin.index.json", ".pt", ".pth", ".pkl",
                            ".gguf", ".h5", ".msgpack", ".onnx"})
        if (name.ends_with(end)) return true;
    return false;
}

Result<QuantizedFolder> quantize_folder(
    const std::string& source, const std::string& target, const QuantOptions& formats, bool replace,
    const std::function<void(std::int64_t, std::int64_t)>& progress) {
    MOELORA_TRY(const ModelConfig config, load_model_config(source));
    if (!formats.text && !formats.vision) return refuse(source, "-", "no format was asked for");
    if (formats.text && formats.vision && config.has_vision() &&
        (formats.text->format == QuantFormat::Int8) !=
            (formats.vision->format == QuantFormat::Int8))
        return refuse(source, "-", "one folder holds 4 bits or 8 bits, not both");
    MOELORA_TRY(const SafetensorsFolder files, SafetensorsFolder::open(source));
    MOELORA_TRY(const auto wanted, plan(files, source, config, formats));
    MOELORA_TRY(AtomicFolder out, AtomicFolder::begin(target, replace));
    Collector tensors;
    const std::int64_t total = file_bytes(files);
    std::int64_t done = 0;
    for (const SafetensorsFile& file : files.files())
        for (const TensorEntry& entry : file.entries()) {
            const auto at = wanted.find(entry.name);
            if (at == wanted.end()) {
                tensors.borrow(file, entry);
            } else {
                MOELORA_TRY(QuantizedMatrix made, quantize_stored({&file, &entry}, *at->second));
                tensors.add(entry.name, std::move(made));
            }
            done += static_cast<std::int64_t>(entry.end - entry.begin);
            if (progress) progress(done, total);
        }
    const std::string weights = join_path(out.temporary(), "model.safetensors");
    MOELORA_TRY_STATUS(write_safetensors(weights, tensors.take()));
    MOELORA_TRY_STATUS(copy_other_files(source, out.temporary()));
    MOELORA_TRY(Json json, read_json(join_path(source, "config.json")));
    json["quantization_config"] = quantization_config(formats, config.dtype, config.has_vision());
    MOELORA_TRY_STATUS(
        write_text_atomic(join_path(out.temporary(), "config.json"), json.dump(2) + "\n"));
    std::error_code code;
    const auto after = static_cast<std::int64_t>(fs::file_size(weights, code));
    MOELORA_TRY_STATUS(out.commit(false));
    return QuantizedFolder{total, after};
}

}  // namespace moelora
