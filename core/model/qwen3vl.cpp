// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/qwen3vl.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <stdexcept>

#include "core/model/decoder.h"
#include "core/model/feature_cache.h"
#include "core/model/vision.h"
#include "core/model/weights.h"

namespace moelora {

class Qwen3VL::Impl {
  public:
    Impl(ModelConfig model_config, Weights model_weights)
        : config(std::move(model_config)),
          weights(std::move(model_weights)),
          vision(config.vision, weights),
          decoder(config.text, weights) {}

    // Flat places of the picture tokens, in reading order.
    [[nodiscard]] at::Tensor visual_places(const at::Tensor& ids) const {
        const at::Tensor pads =
            (ids == config.image_token_id).logical_or(ids == config.video_token_id);
        return pads.flatten().nonzero().squeeze(1);
    }

    VisionTower::Output see(const at::Tensor& pixel_values, const at::Tensor& grid_thw) {
        const bool adapted =
            std::any_of(weights.linears.begin(), weights.linears.end(),
                        [](const FrozenLinear& l) { return l.shape.vision && l.adapter; });
        if (features && !adapted) {
            VisionFeatures seen = see_one_by_one(pixel_values, grid_thw);
            if (evicted && vision_here()) release();
            return {std::move(seen), {}};
        }
        return tower().run(pixel_values.to(device()), grid_thw, loss, checkpointing);
    }

    void release() {
        release_vision(weights);
        vision.forget();
    }

    ModelConfig config;
    Weights weights;
    VisionTower vision;
    Decoder decoder;
    LayerLoss* loss = nullptr;
    FeatureCache* features = nullptr;
    bool evicted = false;         // the tower is here only while it sees
    bool checkpointing = false;   // of the vision tower
    std::int64_t recomputed = 0;  // text layers, from the lowest on
    DecodeGraphs* graphs = nullptr;
    std::uint64_t changes = 0;

  private:
    [[nodiscard]] at::Device device() const { return weights.embedding.device(); }
    [[nodiscard]] bool vision_here() const { return weights.patch_weight.defined(); }
    VisionTower& tower() {
        if (!vision_here()) weights.read_vision(weights);
        return vision;
    }

    // What is said of a picture depends neither on its company nor on whether it was kept.
    VisionFeatures see_one_by_one(const at::Tensor& pixel_values, const at::Tensor& grid_thw) {
        const at::NoGradGuard frozen;
        const at::Tensor grids = grid_thw.cpu().to(at::kLong);
        if (!agree(pixel_values, grids))  // throws, with the reason
            return tower().run(pixel_values, grid_thw, nullptr, false).features;
        const at::Tensor sizes = grids.prod(1);
        std::vector<VisionFeatures> seen;
        std::int64_t row = 0;
        for (std::int64_t i = 0; i < grids.size(0); ++i) {
            const std::int64_t rows = sizes[i].item<std::int64_t>();
            seen.push_back(see_one(pixel_values.narrow(0, row, rows), grids.narrow(0, i, 1)));
            row += rows;
        }
        return joined(seen);
    }

    static bool agree(const at::Tensor& pixel_values, const at::Tensor& grids) {
        return grids.dim() == 2 && grids.size(1) == 3 && grids.size(0) > 0 &&
               (grids > 0).all().item<bool>() &&
               grids.prod(1).sum().item<std::int64_t>() == pixel_values.size(0);
    }

    VisionFeatures see_one(const at::Tensor& pixel_values, const at::Tensor& grid) {
        const std::string key = FeatureCache::key_of(pixel_values, grid);
        if (auto kept = features->find(key)) {
            kept->merged = kept->merged.to(device());
            for (at::Tensor& level : kept->deepstack) level = level.to(device());
            return *kept;
        }
        VisionFeatures computed =
            tower().run(pixel_values.to(device()), grid, nullptr, false).features;
        features->put(key, computed);
        return computed;
    }

    static VisionFeatures joined(const std::vector<VisionFeatures>& seen) {
        if (seen.size() == 1) return seen.front();
        VisionFeatures out;
        const auto all = [&](auto part) {
            std::vector<at::Tensor> parts;
            for (const VisionFeatures& one : seen) parts.push_back(part(one));
            return at::cat(parts);
        };
        out.merged = all([](const VisionFeatures& one) { return one.merged; });
        for (std::size_t level = 0; level < seen.front().deepstack.size(); ++level)
            out.deepstack.push_back(
                all([level](const VisionFeatures& one) { return one.deepstack[level]; }));
        return out;
    }
};

namespace {

Result<at::Device> device_of(const std::string& name) {
    const auto refuse = [&](const std::string& why) {
        return fail(ErrorCode::DeviceUnavailable, {{"device", name}, {"why", why}});
    };
    try {
        const at::Device device(name);
        if (device.is_cpu()) return device;
        if (!device.is_cuda()) return refuse("the program knows cpu and cuda devices only");
        if (!at::globalContext().hasCUDA()) return refuse("no CUDA device was found");
        return device;
    } catch (const c10::Error& error) {
        return fail(ErrorCode::DeviceUnavailable, {{"device", name}, {"why", "unknown device"}},
                    error.what_without_backtrace());
    }
}

// Auto: bf16 where a GPU computes it, else fp32, the reference precision on a CPU.
at::ScalarType scalar_type_of(ComputeDtype dtype, const at::Device& device) {
    switch (dtype) {
        case ComputeDtype::Bf16:
            return at::kBFloat16;
        case ComputeDtype::Fp16:
            return at::kHalf;
        case ComputeDtype::Fp32:
            return at::kFloat;
        case ComputeDtype::Auto:
            break;
    }
    return device.is_cuda() ? at::kBFloat16 : at::kFloat;
}

// Whether every padded slot lies behind the real ones of its row: then causal attention alone keeps
// padding out of every real position.
bool right_padded(const at::Tensor& key_mask) {
    const at::Tensor steps = key_mask.to(at::kChar);
    if (steps.size(1) < 2) return true;
    const std::int64_t tail = steps.size(1) - 1;
    return (steps.narrow(1, 1, tail) <= steps.narrow(1, 0, tail)).all().item<bool>();
}

// Notes the new tokens in the cache's mask; returns the mask of all keys so far.
at::Tensor extend(KVCache& cache, const at::Tensor& new_mask) {
    const std::int64_t tokens = new_mask.size(1), all = cache.length + tokens;
    if (all > cache.key_mask.size(1))
        throw std::invalid_argument("[Qwen3VL] the cache has no room for " +
                                    std::to_string(tokens) + " more tokens");
    cache.key_mask.narrow(1, cache.length, tokens).copy_(new_mask);
    return cache.key_mask.narrow(1, 0, all);
}

}  // namespace

Qwen3VL::Qwen3VL() = default;
Qwen3VL::~Qwen3VL() = default;

Result<std::unique_ptr<Qwen3VL>> Qwen3VL::load(const std::string& folder, ComputeDtype dtype,
                                               const std::string& device,
                                               const LoadProgress& progress,
                                               const QuantOptions& quantization) {
    MOELORA_TRY(const at::Device place, device_of(device));
    MOELORA_TRY(ModelConfig config, load_model_config(folder));
    MOELORA_TRY(Weights weights, load_weights(folder, config, scalar_type_of(dtype, place), place,
                                              quantization, progress));
    std::unique_ptr<Qwen3VL> model(new Qwen3VL);
    model->impl_ = std::make_unique<Impl>(std::move(config), std::move(weights));
    return model;
}

const ModelConfig& Qwen3VL::config() const {
    return impl_->config;
}
at::ScalarType Qwen3VL::dtype() const {
    return impl_->weights.embedding.scalar_type();
}
std::string Qwen3VL::device() const {
    return impl_->weights.embedding.device().str();
}
void Qwen3VL::set_layer_loss(LayerLoss* loss) {
    impl_->loss = loss;
}
void Qwen3VL::set_feature_cache(FeatureCache* cache) {
    impl_->features = cache;
}
void Qwen3VL::set_decode_graphs(DecodeGraphs* graphs) {
    impl_->graphs = graphs;
}
DecodeGraphs* Qwen3VL::decode_graphs() const {
    return impl_->graphs;
}
void Qwen3VL::note_change() {
    ++impl_->changes;
}
std::uint64_t Qwen3VL::changes() const {
    return impl_->changes;
}
void Qwen3VL::evict_vision() {
    impl_->evicted = impl_->config.has_vision();
    if (impl_->evicted) impl_->release();
}
void Qwen3VL::set_gradient_checkpointing(bool on, std::int64_t text_layers) {
    impl_->checkpointing = on && text_layers == every_layer;
    const std::int64_t all = impl_->config.text.num_layers;
    impl_->recomputed = !on ? 0 : text_layers == every_layer ? all : std::min(text_layers, all);
}
const at::Tensor& Qwen3VL::head_weight() const {
    return impl_->weights.head;
}
const at::Tensor& Qwen3VL::position_table() const {
    return impl_->weights.position_table;
}
std::int64_t Qwen3VL::weight_bytes() const {
    return impl_->weights.bytes;
}
std::int64_t Qwen3VL::mapped_bytes() const {
    return impl_->weights.mapped_bytes;
}

std::vector<FrozenLinear*> Qwen3VL::linears() {
    std::vector<FrozenLinear*> out;
    for (FrozenLinear& linear : impl_->weights.linears) out.push_back(&linear);
    return out;
}

VisionFeatures Qwen3VL::encode_images(const at::Tensor& pixel_values, const at::Tensor& grid_thw) {
    return impl_->see(pixel_values, grid_thw).features;
}

KVCache Qwen3VL::make_cache(std::int64_t rows, std::int64_t capacity) const {
    const TextConfig& text = impl_->config.text;
    const at::TensorOptions options = impl_->weights.embedding.options().requires_grad(false);
    KVCache cache;
    for (std::int64_t i = 0; i < text.num_layers; ++i) {
        cache.keys.push_back(
            at::empty({rows, text.num_kv_heads, capacity, text.head_dim}, options));
        cache.values.push_back(at::empty_like(cache.keys.back()));
    }
    cache.next_position = at::zeros({rows}, options.dtype(at::kLong));
    cache.key_mask = at::zeros({rows, capacity}, options.dtype(at::kBool));
    return cache;
}

at::Tensor Qwen3VL::next_logits(const at::Tensor& ids, KVCache& cache, std::int64_t seen) {
    cache.key_mask.index_fill_(1, cache.place, true);
    const at::Tensor positions = cache.next_position.unsqueeze(1).expand({3, ids.size(0), 1});
    PassTables pass = impl_->decoder.fixed_tables(positions, cache, seen);
    const at::Tensor x = at::embedding(impl_->weights.embedding, ids);
    const at::Tensor states = impl_->decoder.run(x, pass, {}, {}, &cache, impl_->loss, 0).states;
    cache.next_position.add_(1);
    cache.place.add_(1);
    return logits(states.select(1, 0));
}

Qwen3VL::Hidden Qwen3VL::forward(const ModelInputs& inputs, KVCache* cache) {
    const at::Device device = impl_->weights.embedding.device();
    const at::Tensor ids = inputs.input_ids.to(device);
    const std::int64_t tokens = ids.size(1);
    const bool first = !cache || cache->length == 0;
    const at::Tensor mask = inputs.attention_mask.defined()
                                ? inputs.attention_mask.to(device).to(at::kBool)
                                : at::ones_like(ids, at::kBool);
    at::Tensor positions, next, visual;
    if (first) {
        positions = mrope_positions(ids, inputs.attention_mask, inputs.grid_thw, impl_->config,
                                    &next, inputs.lengths);
    } else {
        const at::Tensor steps = at::arange(tokens, ids.options());
        positions = (cache->next_position.unsqueeze(1) + steps).expand({3, ids.size(0), tokens});
        next = cache->next_position + tokens;
    }
    const bool packed = !inputs.lengths.empty();
    if (packed && cache) throw std::invalid_argument("[Qwen3VL] a pack and a cache");
    const at::Tensor keys = cache ? extend(*cache, mask) : mask;
    // Samples of a pack are padded on the right, if at all.
    const bool plain = packed  ? true
                       : first ? right_padded(keys)
                               : tokens == 1 && keys.all().item<bool>();
    const at::Tensor additive = plain ? at::Tensor() : attention_mask_of(keys, tokens, dtype());
    PassTables pass = impl_->decoder.tables(positions.to(device), additive, first);
    if (packed)
        impl_->decoder.pack(pass, inputs.lengths);
    else
        pass.window_mask = impl_->decoder.window_mask(keys, tokens);
    if (inputs.wanted.defined()) {
        if (cache) throw std::invalid_argument("[Qwen3VL] wanted places and a cache");
        pass.wanted = inputs.wanted.to(device);
    }

    at::Tensor x = at::embedding(impl_->weights.embedding, ids);
    VisionTower::Output pictures;
    if (inputs.features || inputs.pixel_values.defined()) {
        if (!first) throw std::invalid_argument("[Qwen3VL] pictures belong to the first pass");
        if (!impl_->config.has_vision())
            throw std::invalid_argument("[Qwen3VL] pictures need a vision tower");
        if (inputs.features)
            pictures.features = *inputs.features;
        else
            pictures = impl_->see(inputs.pixel_values, inputs.grid_thw);
        visual = impl_->visual_places(ids);
        const at::Tensor& merged = pictures.features.merged;
        if (visual.size(0) != merged.size(0))
            throw std::invalid_argument("[Qwen3VL] " + std::to_string(visual.size(0)) +
                                        " picture tokens, but " + std::to_string(merged.size(0)) +
                                        " features");
        x = x.flatten(0, 1).index_copy(0, visual, merged.to(x.scalar_type())).view(x.sizes());
    }
    Decoder::Output out = impl_->decoder.run(x, pass, visual, pictures.features.deepstack, cache,
                                             impl_->loss, impl_->recomputed);
    if (cache) {
        cache->length += tokens;
        cache->next_position = next.to(device);
    }
    const at::Tensor sum = add_loss(pictures.loss, out.loss);
    return {out.states, impl_->loss ? impl_->loss->of_all_layers(sum) : sum};
}

at::Tensor Qwen3VL::logits(const at::Tensor& hidden) const {
    return at::linear(hidden, impl_->weights.head);
}

}  // namespace moelora
