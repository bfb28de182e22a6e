// SPDX-License-Identifier: GPL-3.0-or-later
// AdaptedLinear: one adapted linear layer, composed of the parts its plan names - expert bank,
// router, gate - and returning nothing but y; its routing goes to the context. Engine thread only.
#pragma once

#include <memory>

#include "core/adapter/expert_bank.h"
#include "core/adapter/ffn_block.h"
#include "core/adapter/gate.h"
#include "core/adapter/router.h"
#include "core/adapter/routing_context.h"
#include "core/model/attachment.h"

namespace moelora {

class AdaptedLinear final : public SiteAdapter {
  public:
    // `number` is the site's place in the context's list; the context outlives the site, as does
    // `layer`, which a DoRA site needs.
    AdaptedLinear(const SiteSpec& site, std::size_t number, const AdapterOptions& options,
                  SiteTensors tensors, RoutingContext& context, const TaskTensors& global = {},
                  const FrozenLinear* layer = nullptr);
    // x [..., in] -> [..., out] in the base's type.
    at::Tensor forward(const FrozenLinear& base, const at::Tensor& x,
                       const at::Tensor& activation = {}) override;
    [[nodiscard]] bool wants_activation() const override;
    // Routing is counted and balanced over all tokens. Where nobody does, a router that judges each
    // token by itself needs no others - unless something is drawn, which must not depend on who
    // counts.
    [[nodiscard]] bool needs_every_row() const override {
        return routed_ && (!judges_tokens_ || context_.counts_tokens());
    }
    [[nodiscard]] at::Tensor after_norm(const at::Tensor& keys) override;
    // Of gate_proj: its experts, and those of the other two layers of its block, are whole blocks.
    // Both outlive this.
    void lead_block(const AdaptedLinear& up, const AdaptedLinear& down);
    [[nodiscard]] bool takes_block() const override { return block_ && context_.enabled; }
    [[nodiscard]] at::Tensor forward_block(const FrozenLinear& gate, const FrozenLinear& up,
                                           const FrozenLinear& down, const at::Tensor& x) override;
    // [E] f32 on the CPU for a sample of these tasks, {1} without router; undefined when the router
    // looks at tokens.
    [[nodiscard]] at::Tensor task_weights(const std::vector<std::int64_t>& tasks) const;
    void set_scale(double factor) { bank_->set_scale(factor); }
    [[nodiscard]] const SiteTensors& tensors() const { return tensors_; }

  private:
    // What the router sees: the layer's input or output, or the activation of the layer before, or
    // output and update.
    enum class Sees { Input, Output, Activation, Update };

    [[nodiscard]] at::Tensor with_scaled_input(const FrozenLinear& base, const at::Tensor& x,
                                               const at::Tensor& activation);
    // y: the base's output for x.
    [[nodiscard]] at::Tensor adapted(const at::Tensor& y, const at::Tensor& x);
    // Mixing weights for tokens of [..., width]; undefined without a router.
    [[nodiscard]] at::Tensor weights_of(const at::Tensor& tokens, const at::Tensor& update = {});
    // [N, 1] of a learnt threshold, else undefined.
    [[nodiscard]] at::Tensor level_of(const at::Tensor& tokens) const;

    std::size_t number_;
    SiteTensors tensors_;
    RoutingContext& context_;
    std::unique_ptr<Router> router_;
    std::unique_ptr<Gate> gate_;
    std::unique_ptr<ExpertBank> bank_;
    std::unique_ptr<FfnBlock> block_;
    std::int64_t heads_;
    double input_jitter_;
    Sees sees_ = Sees::Input;
    bool scales_input_, after_norm_;
    at::Tensor input_;  // between forward and after_norm, for a router that sees it
    bool routed_, follows_, judges_tokens_;
    double highest_level_;
};

}  // namespace moelora
