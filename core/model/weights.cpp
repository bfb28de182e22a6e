// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/weights.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>
#include <utility>

#include "core/base/assert.h"
#include "core/model/tied_head.h"

namespace moelora {
namespace {

// Reads tensors by name and counts the bytes of the file that are done.
class Reader {
  public:
    Reader(const std::shared_ptr<const SafetensorsFolder>& folder, std::string path,
           at::ScalarType dtype, const at::Device& device, const QuantOptions& quantization,
           std::function<void(std::int64_t, std::int64_t)> progress)
        : mapping_(quantization.map_stored && device.is_cpu() ? folder : nullptr),
          folder_(*folder),
          path_(std::move(path)),
          dtype_(dtype),
          device_(device),
          quantization_(quantization),
          progress_(std::move(progress)) {}

    // Everything is checked before the first byte is read.
    Status check(const std::vector<TensorShape>& wanted) {
        for (const TensorShape& tensor : wanted) {
            MOELORA_TRY_STATUS(check_tensor(folder_, path_, tensor));
            const TensorEntry& entry = *locate_tensor(folder_, tensor.name).entry;
            MOELORA_TRY(const auto stored, find_stored_matrix(folder_, path_, tensor));
            if (stored) in_few_bits_[tensor.name] = tensor;
            total_ += static_cast<std::int64_t>(entry.end - entry.begin);
        }
        return {};
    }
    at::Tensor read(const std::string& name) {
        const auto found = locate_tensor(folder_, name);
        const auto coded = in_few_bits_.find(name);
        const at::Tensor host = coded == in_few_bits_.end()
                                    ? convert(found.file->bytes(*found.entry), *found.entry)
                                    : unpacked(coded->second);
        found.file->release_pages(*found.entry);
        note_unless_finite(name, host);
        const at::Tensor out = host.to(device_);
        count(*found.entry, static_cast<std::int64_t>(out.nbytes()));
        return out;
    }
    // The weight of a linear: in few bits as the file holds it or as the options ask, else as
    // read(). A failure is kept for error().
    void read_linear(FrozenLinear& one) {
        const std::string name = one.shape.path + ".weight";
        const auto& spec = one.shape.vision ? quantization_.vision : quantization_.text;
        const auto stored = find_stored_matrix(
            folder_, path_, {name, {one.shape.out, one.shape.in}, one.shape.vision});
        const bool as_stored = stored && *stored;
        if (!as_stored && !spec) {
            one.weight = read(name);
            return;
        }
        const auto found = locate_tensor(folder_, name);
        Result<QuantizedMatrix> made =
            as_stored ? Result<QuantizedMatrix>(read_stored_matrix(**stored, mapping_))
                      : quantize_stored(found, *spec);
        if (!made) {
            if (!error_) error_ = made.error();
            return;
        }
        for (const at::Tensor& scales : {made->absmax, made->nested_absmax})
            if (scales.defined() && scales.is_floating_point()) note_unless_finite(name, scales);
        const std::int64_t bytes = made->bytes();
        if (as_stored && mapping_) mapped_ += static_cast<std::int64_t>(made->codes.nbytes());
        one.quantized =
            std::make_shared<const QuantizedMatrix>(to_device(std::move(*made), device_));
        count(*found.entry, bytes);
    }
    [[nodiscard]] std::int64_t bytes() const { return bytes_; }
    [[nodiscard]] std::int64_t mapped_bytes() const { return mapped_; }
    [[nodiscard]] const std::optional<Error>& error() const { return error_; }
    [[nodiscard]] std::vector<Issue> issues() const {
        if (not_finite_.empty()) return {};
        constexpr std::size_t listed = 8;
        std::string names;
        for (std::size_t i = 0; i < std::min(not_finite_.size(), listed); ++i)
            names += (names.empty() ? "" : ", ") + not_finite_[i];
        if (not_finite_.size() > listed) names += ", ...";
        return {{Severity::Warning,
                 {ErrorCode::WeightsNotFinite, {{"path", path_}, {"tensor", names}}, {}, {}},
                 {path_, 0, not_finite_.front()},
                 static_cast<std::int64_t>(not_finite_.size())}};
    }

  private:
    // A sum is one quick pass and shows every NaN and infinity; it may also overflow.
    void note_unless_finite(const std::string& name, const at::Tensor& tensor) {
        if (std::isfinite(tensor.sum().item<double>())) return;
        if (!at::isfinite(tensor).all().item<bool>()) not_finite_.push_back(name);
    }
    void count(const TensorEntry& entry, std::int64_t held) {
        done_ += static_cast<std::int64_t>(entry.end - entry.begin);
        bytes_ += held;
        if (progress_) progress_(done_, total_);
    }
    // A head or an embedding that others put into few bits: it is held in full.
    [[nodiscard]] at::Tensor unpacked(const TensorShape& tensor) const {
        const auto stored = find_stored_matrix(folder_, path_, tensor);
        MOELORA_ASSERT(stored && *stored, "[weights] " + tensor.name + " was checked before");
        return dequantize(read_stored_matrix(**stored), dtype_);
    }
    [[nodiscard]] at::Tensor convert(std::span<const std::byte> bytes,
                                     const TensorEntry& entry) const {
        const at::ScalarType type = scalar_type_of(entry.dtype);
        at::Tensor out = at::empty(entry.shape, at::TensorOptions().dtype(dtype_));
        const std::size_t width = c10::elementSize(type);
        const bool aligned = reinterpret_cast<std::uintptr_t>(bytes.data()) % width == 0;
        if (type == dtype_) {
            std::memcpy(out.mutable_data_ptr(), bytes.data(), bytes.size());
        } else if (aligned) {
            // from_blob wants a mutable pointer; the source is only read.
            out.copy_(at::from_blob(const_cast<std::byte*>(bytes.data()), entry.shape,
                                    at::TensorOptions().dtype(type)));
        } else {
            at::Tensor source = at::empty(entry.shape, at::TensorOptions().dtype(type));
            std::memcpy(source.mutable_data_ptr(), bytes.data(), bytes.size());
            out.copy_(source);
        }
        return out;
    }

    std::shared_ptr<const SafetensorsFolder> mapping_;  // undefined = everything is copied
    const SafetensorsFolder& folder_;
    std::string path_;
    at::ScalarType dtype_;
    at::Device device_;
    QuantOptions quantization_;
    std::function<void(std::int64_t, std::int64_t)> progress_;
    std::int64_t done_ = 0, total_ = 0, bytes_ = 0, mapped_ = 0;
    std::optional<Error> error_;
    std::vector<std::string> not_finite_;
    std::map<std::string, TensorShape> in_few_bits_;  // as the file holds them
};

// A head in the file counts more than the flags; equal to the embedding it is the tied one.
void settle_head(const SafetensorsFolder& folder, const std::string& path, ModelConfig& config) {
    if (!config.tie_word_embeddings || !has_own_head(folder)) return;
    if (head_repeats_embedding(folder, config)) return;
    config.tie_word_embeddings = false;
    config.issues.push_back({Severity::Warning,
                             {ErrorCode::ModelHeadUntied, {{"path", path}}, {}, {}},
                             {path, 0, "lm_head.weight"},
                             1});
}

LayerNormWeights layer_norm(Reader& reader, const std::string& at) {
    return {reader.read(at + ".weight"), reader.read(at + ".bias")};
}

class Builder {
  public:
    Builder(Reader& reader, Weights& out) : reader_(reader), out_(out) {
        for (FrozenLinear& linear : out_.linears) by_path_[linear.shape.path] = &linear;
    }
    // Linears are read where they stand in the network, so that a file in that order is read once
    // from front to back.
    FrozenLinear* linear(const std::string& path) {
        FrozenLinear* one = by_path_.at(path);
        reader_.read_linear(*one);
        if (one->shape.bias) one->bias = reader_.read(path + ".bias");
        return one;
    }
    void text(const ModelConfig& config) {
        const std::string root = config.text_root();
        out_.embedding = reader_.read(root + "embed_tokens.weight");
        for (std::int64_t i = 0; i < config.text.num_layers; ++i) {
            const std::string at = root + "layers." + std::to_string(i) + ".";
            TextLayer layer;
            layer.input_norm = reader_.read(at + "input_layernorm.weight");
            layer.q = linear(at + "self_attn.q_proj");
            layer.k = linear(at + "self_attn.k_proj");
            layer.v = linear(at + "self_attn.v_proj");
            layer.o = linear(at + "self_attn.o_proj");
            if (config.text.qk_norm) {
                layer.q_norm = reader_.read(at + "self_attn.q_norm.weight");
                layer.k_norm = reader_.read(at + "self_attn.k_norm.weight");
            }
            layer.post_norm = reader_.read(at + "post_attention_layernorm.weight");
            layer.gate = linear(at + "mlp.gate_proj");
            layer.up = linear(at + "mlp.up_proj");
            layer.down = linear(at + "mlp.down_proj");
            out_.layers.push_back(layer);
        }
        out_.final_norm = reader_.read(root + "norm.weight");
        out_.head = config.tie_word_embeddings ? out_.embedding : reader_.read("lm_head.weight");
    }
    void vision(const VisionConfig& config) {
        const std::string root = "model.visual.";
        out_.patch_weight =
            reader_.read(root + "patch_embed.proj.weight").view({config.hidden_size, -1});
        out_.patch_bias = reader_.read(root + "patch_embed.proj.bias");
        out_.position_table = reader_.read(root + "pos_embed.weight");
        for (std::int64_t j = 0; j < config.depth; ++j) {
            const std::string at = root + "blocks." + std::to_string(j) + ".";
            VisionBlock block;
            block.norm1 = layer_norm(reader_, at + "norm1");
            block.qkv = linear(at + "attn.qkv");
            block.proj = linear(at + "attn.proj");
            block.norm2 = layer_norm(reader_, at + "norm2");
            block.fc1 = linear(at + "mlp.linear_fc1");
            block.fc2 = linear(at + "mlp.linear_fc2");
            out_.blocks.push_back(block);
        }
        for (std::size_t k = 0; k < config.deepstack.size(); ++k)
            out_.deepstack.push_back(
                merger(root + "deepstack_merger_list." + std::to_string(k) + ".", true));
        out_.merger = merger(root + "merger.", false);
    }

  private:
    Merger merger(const std::string& at, bool norm_after_join) {
        const LayerNormWeights norm = layer_norm(reader_, at + "norm");
        FrozenLinear* fc1 = linear(at + "linear_fc1");
        return {norm, fc1, linear(at + "linear_fc2"), norm_after_join};
    }
    Reader& reader_;
    Weights& out_;
    std::map<std::string, FrozenLinear*> by_path_;
};

void read_vision_tower(Reader& reader, const VisionConfig& config, Weights& out) {
    const std::int64_t bytes = reader.bytes(), mapped = reader.mapped_bytes();
    Builder(reader, out).vision(config);
    out.vision_bytes = reader.bytes() - bytes;
    out.vision_mapped_bytes = reader.mapped_bytes() - mapped;
}

}  // namespace

void release_vision(Weights& weights) {
    weights.patch_weight.reset();
    weights.patch_bias.reset();
    weights.position_table.reset();
    weights.blocks.clear();
    weights.deepstack.clear();
    weights.merger = {};
    for (FrozenLinear& linear : weights.linears) {
        if (!linear.shape.vision) continue;
        linear.weight.reset();
        linear.bias.reset();
        linear.quantized.reset();
    }
    weights.bytes -= std::exchange(weights.vision_bytes, 0);
    weights.mapped_bytes -= std::exchange(weights.vision_mapped_bytes, 0);
}

Result<Weights> load_weights(const std::string& folder, ModelConfig& config, at::ScalarType dtype,
                             const at::Device& device, const QuantOptions& quantization,
                             const std::function<void(std::int64_t, std::int64_t)>& progress) {
    const at::NoGradGuard frozen;
    MOELORA_TRY(SafetensorsFolder opened, SafetensorsFolder::open(folder));
    const auto files = std::make_shared<const SafetensorsFolder>(std::move(opened));
    settle_head(*files, folder, config);
    Reader reader(files, folder, dtype, device, quantization, progress);
    MOELORA_TRY_STATUS(reader.check(tensor_shapes(config)));
    Weights out;
    for (LinearShape& shape : linear_shapes(config)) {
        out.linears.emplace_back();
        out.linears.back().shape = std::move(shape);
    }
    Builder(reader, out).text(config);
    if (config.has_vision()) read_vision_tower(reader, config.vision, out);
    if (reader.error()) return pass(*reader.error());
    for (Issue& issue : reader.issues()) config.issues.push_back(std::move(issue));
    out.bytes = reader.bytes();
    out.mapped_bytes = reader.mapped_bytes();
    // Beside memory nothing can fail of it that did not fail now.
    out.read_vision = [files, folder, dtype, device, quantization,
                       vision = config.vision](Weights& into) {
        const at::NoGradGuard frozen_again;
        Reader again(files, folder, dtype, device, quantization, {});
        try {
            read_vision_tower(again, vision, into);
        } catch (...) {  // the memory is used up: whole or not there
            release_vision(into);
            throw;
        }
        into.bytes += into.vision_bytes;
        into.mapped_bytes += into.vision_mapped_bytes;
    };
    return out;
}

}  // namespace moelora
