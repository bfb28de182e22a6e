// SPDX-License-Identifier: GPL-3.0-or-later
// Gate: from router logits to mixing weights (adapters.md 4). Noise comes before the choice and is
// common to all gates; the choice is the member's. Engine thread only.
#pragma once

#include <ATen/core/Tensor.h>

#include <memory>

#include "core/adapter/noise.h"
#include "core/adapter/plan.h"

namespace moelora {

// All [N, E] in the logits' type.
struct Routed {
    at::Tensor weights;        // what mixes the experts
    at::Tensor probabilities;  // softmax of the logits
    at::Tensor selected;       // 1 where the token uses the expert, else 0; no gradient
    at::Tensor logits{};       // what the softmax was given
    at::Tensor level{};        // [N, 1] of a learnt threshold
};

class Gate {
  public:
    explicit Gate(const AdapterOptions& options)
        : temperature_(options.gate_temperature),
          jitter_(options.gate_jitter_on == GateJitterOn::Logits ? options.gate_jitter : 0),
          dropout_(options.gate_dropout),
          dropout_on_(options.gate_dropout_on),
          relaxed_(options.gate == GateKind::NormalisedSigmoid && options.gate_relaxed) {}
    virtual ~Gate() = default;
    // `noise` nullptr: none (evaluation). Gate dropout is nn.Dropout's: on the logits it pulls
    // single logits to 0 before the softmax, so the weights still sum to 1; on the probabilities
    // (as published) it can remove the winner, and nothing is renormalised. Jitter multiplies the
    // logits; the temperature divides them, with noise or without.
    // `level` [N, 1]: of each token, in place of the option (ThresholdGate). `samples` [N] i64:
    // whose tokens these are, where all of a sample are routed alike and so share one draw.
    [[nodiscard]] Routed route(const at::Tensor& logits, Noise* noise, const at::Tensor& level = {},
                               const at::Tensor& samples = {}) const;

  protected:
    struct Choice {
        at::Tensor weights, selected;
    };
    // `dropped`: some of the probabilities were set to 0, so that they no longer sum to 1.
    [[nodiscard]] virtual Choice choose(const at::Tensor& probabilities, bool dropped) const = 0;
    [[nodiscard]] virtual Choice choose_above(const at::Tensor& probabilities,
                                              const at::Tensor& level) const;
    // For a gate that looks at the logits themselves; undefined: it does not.
    [[nodiscard]] virtual Choice choose_of_logits(const at::Tensor& /*logits*/) const { return {}; }

  private:
    double temperature_, jitter_, dropout_;
    GateDropoutOn dropout_on_;
    bool relaxed_;
};

class SoftmaxGate final : public Gate {
  public:
    using Gate::Gate;

  protected:
    [[nodiscard]] Choice choose(const at::Tensor& probabilities, bool dropped) const override;
};

// The k largest probabilities, as they are or divided by their sum. Ties go to the lower index, on
// every device. k >= E is the softmax gate, renormalised only where probabilities were dropped.
// With k = 1 and renormalisation the weight is exactly 1 and its gradient exactly 0.
class TopKGate final : public Gate {
  public:
    TopKGate(const AdapterOptions& options, std::int64_t k)
        : Gate(options), k_(k), renormalise_(options.gate_renormalise) {}

  protected:
    [[nodiscard]] Choice choose(const at::Tensor& probabilities, bool dropped) const override;

  private:
    std::int64_t k_;
    bool renormalise_;
};

// The likeliest expert at weight 1; the gradient is that of the probabilities.
class StraightThroughGate final : public Gate {
  public:
    using Gate::Gate;

  protected:
    [[nodiscard]] Choice choose(const at::Tensor& probabilities, bool dropped) const override;
};

// The shortest list of likeliest experts whose probabilities sum to more than the level, as they
// are or divided by their sum. A level of 1 keeps all.
class TopPGate final : public Gate {
  public:
    explicit TopPGate(const AdapterOptions& options)
        : Gate(options), level_(options.gate_level), renormalise_(options.gate_renormalise) {}

  protected:
    [[nodiscard]] Choice choose(const at::Tensor& probabilities, bool dropped) const override;

  private:
    double level_;
    bool renormalise_;
};

// p where it reaches the level (plain), or what of it exceeds the level (shifted), divided by the
// sum; all 0 where no expert passes.
class ThresholdGate final : public Gate {
  public:
    explicit ThresholdGate(const AdapterOptions& options)
        : Gate(options),
          level_(options.gate_level),
          shifted_(options.gate == GateKind::ThresholdShifted) {}

  protected:
    [[nodiscard]] Choice choose(const at::Tensor& probabilities, bool dropped) const override;
    [[nodiscard]] Choice choose_above(const at::Tensor& probabilities,
                                      const at::Tensor& level) const override;

  private:
    double level_;
    bool shifted_;
};

// p times sigmoid((p - l) / T), divided by the sum: every expert keeps some weight. l is the level
// times the largest p (relative), or the k-th largest p (soft_topk). Relative with T = 0 drops what
// is below l, and all but the 2k likeliest.
class RelativeGate final : public Gate {
  public:
    explicit RelativeGate(const AdapterOptions& options)
        : Gate(options),
          level_(options.gate_level),
          softness_(options.gate_softness),
          k_(options.top_k),
          by_rank_(options.gate == GateKind::SoftTopK) {}

  protected:
    [[nodiscard]] Choice choose(const at::Tensor& probabilities, bool dropped) const override;

  private:
    double level_, softness_;
    std::int64_t k_;
    bool by_rank_;
};

// sigmoid(z), divided by the sum (Poly): each expert is decided on by itself. With relaxed draws
// z + log u - log(1 - u), u even in (0, 1), stands for z: a Bernoulli draw at temperature 1. Gate
// dropout on the probabilities has nothing to act on.
class SigmoidGate final : public Gate {
  public:
    using Gate::Gate;

  protected:
    [[nodiscard]] Choice choose(const at::Tensor& probabilities, bool dropped) const override;
    [[nodiscard]] Choice choose_of_logits(const at::Tensor& logits) const override;
};

// The largest that a learnt threshold can be: the option, or 1 / E where that is 0.
[[nodiscard]] double highest_level(const AdapterOptions& options, std::int64_t experts);

// nullptr for a site without router of its own.
[[nodiscard]] std::unique_ptr<Gate> make_gate(const SiteSpec& site, const AdapterOptions& options);

}  // namespace moelora
