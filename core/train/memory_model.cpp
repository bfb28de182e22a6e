// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/memory_model.h"

#include <algorithm>
#include <map>
#include <string>

#include "core/adapter/frozen_values.h"
#include "core/train/moment_codes.h"

namespace moelora {
namespace {

constexpr std::int64_t f32 = 4;

// Bytes of n weights of a linear layer.
std::int64_t weight_bytes(std::int64_t n, Quantization held, std::int64_t out,
                          std::int64_t element) {
    const std::int64_t blocks = (n + 63) / 64;
    switch (held) {
        case Quantization::None:
            return n * element;
        case Quantization::Int8:
            return n + out * f32;
        case Quantization::Nf4:
        case Quantization::Fp4:
            return (n + 1) / 2 + blocks * f32;
        case Quantization::Nf4Dq:
        case Quantization::Fp4Dq:
            return (n + 1) / 2 + blocks + (blocks + 255) / 256 * f32;
    }
    return 0;
}

Quantization of_vision(const ModelOptions& model) {
    switch (model.vision_quantization) {
        case VisionQuantization::Same:
            return model.quantization;
        case VisionQuantization::None:
            return Quantization::None;
        case VisionQuantization::Nf4:
            return Quantization::Nf4;
        case VisionQuantization::Nf4Dq:
            return Quantization::Nf4Dq;
        case VisionQuantization::Fp4:
            return Quantization::Fp4;
        case VisionQuantization::Fp4Dq:
            return Quantization::Fp4Dq;
        case VisionQuantization::Int8:
            return Quantization::Int8;
    }
    return model.quantization;
}

// Of the vision tower, or of all else.
std::int64_t bytes_of_weights(bool vision, const ModelConfig& config, const ModelOptions& model,
                              std::int64_t element, const StoredFormats& stored) {
    std::map<std::string, const LinearShape*> linears;
    const std::vector<LinearShape> shapes = linear_shapes(config);
    for (const LinearShape& shape : shapes) linears[shape.path + ".weight"] = &shape;
    std::int64_t total = 0;
    for (const TensorShape& tensor : tensor_shapes(config)) {
        if (tensor.vision != vision) continue;
        std::int64_t n = 1;
        for (const std::int64_t side : tensor.shape) n *= side;
        const bool linear = linears.contains(tensor.name);
        const auto as_stored = stored.find(tensor.name);
        const Quantization held = as_stored != stored.end() ? as_stored->second
                                  : !linear                 ? Quantization::None
                                  : tensor.vision           ? of_vision(model)
                                                            : model.quantization;
        total += weight_bytes(n, held, tensor.shape.front(), element);
    }
    return total;
}

// ---- moments

// Values of each trainable tensor of a site, as SiteTensors has them.
std::vector<std::int64_t> tensors_of(const SiteSpec& site) {
    std::vector<std::int64_t> out;
    if (site.bank != BankKind::Vector)
        out = {site.a_rows() * site.shape.in, site.total_rank() * site.shape.out};
    if (site.bank == BankKind::Vector || site.bank == BankKind::Modulation)
        out.push_back(site.experts * site.vector_width());
    if (site.bank == BankKind::Dora) out.push_back(site.experts * site.shape.out);
    if (site.shared_vector) out.push_back(site.shape.out);
    std::int64_t rest = site.parameters();  // of the router
    for (const std::int64_t n : out) rest -= n;
    if (site.has_router_weight())
        out.push_back(site.experts * site.router_width());
    else if (rest > 0)
        out.push_back(rest);
    return out;
}

std::int64_t bytes_of_moments(const std::vector<SiteSpec>& sites, std::int64_t trainable,
                              OptimizerKind optimizer) {
    std::int64_t bytes = 2 * trainable * f32;
    if (optimizer == OptimizerKind::AdamW) return bytes;
    for (const SiteSpec& site : sites)
        for (const std::int64_t n : tensors_of(site))
            if (n >= least_in_8bit)
                bytes += 2 * (n + (n + moment_block - 1) / moment_block * f32 - n * f32);
    return bytes;
}

// ---- what a layer keeps for its backward pass

// The adapted sites of one layer by module name.
using Sites = std::map<std::string, const SiteSpec*>;

class Layers {
  public:
    Layers(const ModelConfig& config, const std::vector<SiteSpec>& sites, const RunOptions& options,
           const BatchShape& batch, std::int64_t element)
        : text_(config.text),
          vision_(config.vision),
          dropout_(options.adapter.dropout > 0 &&
                   options.adapter.dropout_site == DropoutSite::Input),
          e_(element),
          n_(batch.rows * batch.tokens),
          rows_(batch.rows),
          labels_(batch.labels),
          patches_(batch.patches),
          packed_(batch.packed) {
        for (const SiteSpec& site : sites)
            (site.shape.vision ? of_vision_ : of_text_)[site.shape.layer][site.shape.module] =
                &site;
        for (const SiteSpec& site : sites) trained_vision_ |= site.shape.vision;
    }

    // Text layer `l`: from the first adapted layer on, everything is kept that leads to a gradient.
    [[nodiscard]] std::int64_t text(std::int64_t l) const {
        if (!live(l)) return 0;
        const Sites& sites = sites_of(of_text_, l);
        const std::int64_t h = text_.hidden_size, q = text_.num_heads * text_.head_dim,
                           kv = text_.num_kv_heads * text_.head_dim, i = text_.intermediate_size;
        const bool starts = !live(l - 1) && !trained_vision_;  // its input needs no gradient
        // Norm input and its row factors, normed input, queries, keys, values, attention, both
        // residual states.
        std::int64_t bytes = 0;
        if (!starts) bytes += n_ * (h * e_ + e_);
        bytes += inputs(sites, {"q_proj", "k_proj", "v_proj"}, n_, h);
        const std::int64_t twice = text_.qk_norm ? 2 : 1;  // before the head norm and after it
        bytes += n_ * e_ * (twice * q + twice * kv + kv);
        bytes += n_ * text_.num_heads * (f32 + (text_.qk_norm ? e_ : 0));  // softmax, row factors
        const std::int64_t rest = last(l) ? std::min(n_, cut(sites)) : n_;
        bytes += n_ * e_ * q;  // attention's output
        // Of a pack it is copied, from those of the samples.
        bytes += own_input(sites, "o_proj", rest, q, rest != n_ || packed_);
        bytes += rest * (h * e_ + e_);
        bytes += inputs(sites, {"gate_proj", "up_proj"}, rest, h);
        bytes += rest * e_ * 2 * i;
        bytes += inputs(sites, {"down_proj"}, rest, i);
        for (const auto& [module, site] : sites)
            bytes += routed(*site, module == "o_proj" || late(module) ? rest : n_);
        return bytes;
    }

    // While layer l's way back is computed, beside what is kept: gradients inside its widest part.
    [[nodiscard]] std::int64_t text_work(std::int64_t l) const {
        const std::int64_t rest = last(l) ? std::min(n_, cut(sites_of(of_text_, l))) : n_;
        return rest * e_ * (2 * text_.intermediate_size + 2 * text_.hidden_size);
    }

    [[nodiscard]] std::int64_t vision(std::int64_t j) const {
        if (patches_ == 0 || !trained_vision_ || j < first(of_vision_)) return 0;
        const Sites& sites = sites_of(of_vision_, j);
        const std::int64_t v = vision_.hidden_size, f = vision_.intermediate_size, p = patches_;
        std::int64_t bytes =
            p * e_ * (v + 3 * v + 2 * v + v + v + f);  // norm, qkv, q k, out, norm, gelu
        bytes += inputs(sites, {"qkv"}, p, v) + inputs(sites, {"linear_fc1"}, p, v) +
                 inputs(sites, {"linear_fc2"}, p, f);
        for (const auto& [module, site] : sites) bytes += routed(*site, p);
        return bytes;
    }
    [[nodiscard]] bool trained_vision() const { return trained_vision_; }
    // A block at work, when nothing of it is kept.
    [[nodiscard]] std::int64_t vision_work() const {
        const std::int64_t v = vision_.hidden_size, f = vision_.intermediate_size;
        return patches_ * e_ * std::max(8 * v, 2 * v + 2 * f);
    }
    // Features of the pictures, for the decoder and its first layers.
    [[nodiscard]] std::int64_t features() const {
        if (patches_ == 0) return 0;
        const std::int64_t cells = patches_ / (vision_.merge_size * vision_.merge_size);
        return cells * text_.hidden_size * e_ *
               (1 + static_cast<std::int64_t>(vision_.deepstack.size()));
    }
    // One state of all places.
    [[nodiscard]] std::int64_t boundary() const { return n_ * text_.hidden_size * e_; }
    [[nodiscard]] bool live(std::int64_t l) const {
        return trained_vision_ || (l >= 0 && l >= first(of_text_));
    }

  private:
    using ByLayer = std::map<std::int64_t, Sites>;

    static std::int64_t first(const ByLayer& layers) {
        return layers.empty() ? std::int64_t{1} << 40 : layers.begin()->first;
    }
    static const Sites& sites_of(const ByLayer& layers, std::int64_t l) {
        static const Sites none;
        const auto found = layers.find(l);
        return found == layers.end() ? none : found->second;
    }
    [[nodiscard]] bool last(std::int64_t l) const {
        return l + 1 == text_.num_layers &&
               l >= static_cast<std::int64_t>(vision_.deepstack.size());
    }
    static bool late(const std::string& module) {
        return module == "gate_proj" || module == "up_proj" || module == "down_proj";
    }
    // Places behind the attention of the last layer: those with labels, unless a router counts all,
    // as in the updates that it is recorded in.
    [[nodiscard]] std::int64_t cut(const Sites& sites) const {
        for (const auto& [module, site] : sites)
            if (late(module) && site->routed) return n_;
        return labels_;
    }
    // The common input of several layers, once, and a dropped copy for each where x is dropped.
    [[nodiscard]] std::int64_t inputs(const Sites& sites,
                                      std::initializer_list<const char*> modules,
                                      std::int64_t places, std::int64_t width) const {
        std::int64_t low_rank = 0;
        bool seen = false;  // by a router that looks at the layer's input
        for (const char* module : modules) {
            const auto found = sites.find(module);
            if (found == sites.end()) continue;
            low_rank += found->second->bank != BankKind::Vector ? 1 : 0;
            seen |= found->second->router == RouterKind::Token;
        }
        const std::int64_t whole = places * width * e_;
        if (!dropout_) return low_rank > 0 || seen ? whole : 0;
        return low_rank * places * width * (e_ + 1) + (seen ? whole : 0);
    }
    // Attention's output is kept already; a picked or dropped copy is not.
    [[nodiscard]] std::int64_t own_input(const Sites& sites, const char* module,
                                         std::int64_t places, std::int64_t width,
                                         bool picked) const {
        if (!sites.contains(module)) return 0;
        if (dropout_) return places * width * (e_ + 1);
        return picked ? places * width * e_ : 0;
    }
    // Low-rank products, mixing weights, and what a vector multiplies.
    [[nodiscard]] std::int64_t routed(const SiteSpec& site, std::int64_t places) const {
        std::int64_t values = site.total_rank();
        if (site.routed) values += 4 * site.experts;
        std::int64_t bytes = places * values * f32;
        // Of a whole feed-forward block each expert keeps gate, up and their product, and a dropped
        // copy of that.
        if (leads_block(site))
            bytes += site.experts * places * site.shape.out * (3 + (dropout_ ? 1 : 0)) * e_;
        if (site.bank == BankKind::Vector)
            bytes += places * site.vector_width() * (e_ + (site.routed ? f32 : 0));
        if (site.bank == BankKind::Dora)
            bytes += (site.routed ? 2 : 1) * site.experts * places * site.shape.out * e_;
        return bytes;
    }

    const TextConfig& text_;
    const VisionConfig& vision_;
    bool dropout_, trained_vision_ = false;
    std::int64_t e_, n_, rows_, labels_, patches_;
    bool packed_;
    ByLayer of_text_, of_vision_;
};

}  // namespace

std::int64_t feature_bytes(const ModelConfig& config, std::int64_t tokens, std::int64_t element) {
    return tokens * config.text.hidden_size * element *
           (1 + static_cast<std::int64_t>(config.vision.deepstack.size()));
}

MemoryEstimate estimate_memory(const ModelConfig& config, const std::vector<SiteSpec>& sites,
                               const RunOptions& options, const BatchShape& batch,
                               std::int64_t element, const StoredFormats& stored,
                               std::int64_t recomputed) {
    const Layers layers(config, sites, options, batch, element);
    std::int64_t trainable = global_gate(sites, options.adapter).parameters();
    std::int64_t frozen = 0;
    for (const SiteSpec& site : sites) {
        trainable += site.parameters();
        frozen += frozen_values(site);
    }
    if (options.train.gradient_checkpointing) recomputed = config.text.num_layers;
    // The inside of a recomputed layer comes back on top of what the layers below it keep.
    std::int64_t kept = 0, most = 0, work = 0, seen = layers.features();
    for (std::int64_t l = 0; l < config.text.num_layers; ++l) {
        const std::int64_t bytes = layers.text(l);
        const bool again = l < recomputed && bytes > 0;
        if (again) most = std::max(most, kept + bytes);
        kept += again ? layers.boundary() : bytes;
        if (bytes > 0) work = std::max(work, layers.text_work(l));
    }
    most = std::max(most, kept);
    for (std::int64_t j = 0; j < config.vision.depth; ++j) seen += layers.vision(j);
    work += most - kept;
    kept += layers.boundary();
    const bool evicted = options.device.evict_vision && !layers.trained_vision();
    if (!evicted) work = std::max(work, layers.vision_work());

    MemoryEstimate out;
    const auto weights = [&](bool vision) {
        return bytes_of_weights(vision, config, options.model, element, stored);
    };
    const std::int64_t tower = weights(true);
    // What the tower holds and keeps of pictures goes with their size.
    out.parts = {{"weights", weights(false)},
                 {"vision", (evicted ? 0 : tower) + seen},
                 {"adapter", (trainable + frozen) * f32},
                 {"gradients", trainable * f32},
                 {"optimizer", bytes_of_moments(sites, trainable, options.train.optimizer)},
                 {"activations", kept},
                 {"work", work}};
    for (const MemoryPart& part : out.parts) out.predicted_peak_bytes += part.bytes;
    if (evicted) {  // before the first update, while the pictures are seen, it is there
        const std::int64_t seeing =
            out.parts[0].bytes + tower + out.parts[2].bytes + layers.vision_work();
        const std::int64_t more = std::max<std::int64_t>(seeing - out.predicted_peak_bytes, 0);
        out.parts[1].bytes += more;
        out.predicted_peak_bytes += more;
    }
    out.rows = batch.rows;
    out.tokens = batch.tokens;
    out.labels = batch.labels;
    out.patches = batch.patches;
    return out;
}

}  // namespace moelora
