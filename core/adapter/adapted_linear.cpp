// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/adapter/adapted_linear.h"

#include <utility>

#include "core/ops/cast_linear.h"
#include "core/ops/swiglu.h"

namespace moelora {

AdaptedLinear::AdaptedLinear(const SiteSpec& site, std::size_t number,
                             const AdapterOptions& options, SiteTensors tensors,
                             RoutingContext& context, const TaskTensors& global,
                             const FrozenLinear* layer)
    : number_(number),
      tensors_(std::move(tensors)),
      context_(context),
      router_(make_router(site, options, tensors_, global)),
      gate_(make_gate(site, options)),
      bank_(make_bank(site, options, tensors_, layer)),
      heads_(site.heads()),
      input_jitter_(options.gate_jitter_on == GateJitterOn::Input ? options.gate_jitter : 0),
      scales_input_(site.scales_input),
      after_norm_(site.bank == BankKind::Vector && site.shape.module == "k_proj" &&
                  options.vector_place == VectorPlace::AfterNorm),
      routed_(site.routed),
      follows_(!site.router_of.empty()),
      judges_tokens_(
          router_ && !router_->by_sample() &&
          (site.router != RouterKind::ZeroParam || options.router_norm == RouterNorm::Token) &&
          options.router_scope == RouterScope::PerSite && options.dropout == 0 &&
          options.gate_dropout == 0 && options.gate_jitter == 0 && !options.gate_relaxed),
      highest_level_(highest_level(options, site.experts)) {
    if (site.router == RouterKind::ZeroParam) sees_ = Sees::Update;
    if (site.router == RouterKind::TokenActivation || site.router == RouterKind::PerHead)
        sees_ = site.scales_input ? Sees::Activation : Sees::Output;
}

bool AdaptedLinear::wants_activation() const {
    return sees_ == Sees::Activation && context_.enabled;
}

at::Tensor AdaptedLinear::forward(const FrozenLinear& base, const at::Tensor& x,
                                  const at::Tensor& activation) {
    if (context_.enabled && after_norm_) input_ = x;
    if (!context_.enabled || after_norm_) return base.base(x);
    if (scales_input_) return with_scaled_input(base, x, activation);
    const at::Tensor y = base.base(x);
    if (!context_.paired()) return adapted(y, x);
    const auto inputs = x.chunk(2), outputs = y.chunk(2);
    return at::cat({outputs[0], adapted(outputs[1], inputs[1])});
}

at::Tensor AdaptedLinear::after_norm(const at::Tensor& keys) {
    if (!context_.enabled || !after_norm_) return keys;
    const at::Tensor input = std::exchange(input_, at::Tensor());
    const auto scaled = [&](const at::Tensor& part, const at::Tensor& x) {
        return adapted(part.flatten(-2), x).view_as(part);
    };
    if (!context_.paired()) return scaled(keys, input);
    const auto halves = keys.chunk(2);
    return at::cat({halves[0], scaled(halves[1], input.chunk(2)[1])});
}

at::Tensor AdaptedLinear::with_scaled_input(const FrozenLinear& base, const at::Tensor& x,
                                            const at::Tensor& activation) {
    const at::Tensor& seen = sees_ == Sees::Activation && activation.defined() ? activation : x;
    const auto scaled = [&](const at::Tensor& part, const at::Tensor& tokens) {
        const at::Tensor rows = part.reshape({-1, part.size(-1)});
        return bank_->scaled_input(rows, weights_of(tokens)).view_as(part);
    };
    if (!context_.paired()) return base.base(scaled(x, seen));
    const auto halves = x.chunk(2);
    return base.base(at::cat({halves[0], scaled(halves[1], seen.chunk(2)[1])}));
}

void AdaptedLinear::lead_block(const AdaptedLinear& up, const AdaptedLinear& down) {
    const auto experts = [](const AdaptedLinear& site) -> const SingleExperts& {
        return dynamic_cast<const SingleExperts&>(*site.bank_);
    };
    block_ = std::make_unique<FfnBlock>(experts(*this), experts(up), experts(down));
}

at::Tensor AdaptedLinear::forward_block(const FrozenLinear& gate, const FrozenLinear& up,
                                        const FrozenLinear& down, const at::Tensor& x) {
    const auto rows = [](const at::Tensor& t) { return t.reshape({-1, t.size(-1)}); };
    const auto mixed = [&](const at::Tensor& g, const at::Tensor& u, const at::Tensor& tokens) {
        return block_
            ->mix(down, rows(g), rows(u), rows(tokens), weights_of(tokens), context_.noise())
            .view_as(tokens);
    };
    const at::Tensor g = gate.base(x), u = up.base(x);
    if (!context_.paired()) return mixed(g, u, x);
    const auto gates = g.chunk(2), ups = u.chunk(2), inputs = x.chunk(2);
    return at::cat({down.base(swiglu(gates[0], ups[0])), mixed(gates[1], ups[1], inputs[1])});
}

at::Tensor AdaptedLinear::adapted(const at::Tensor& y, const at::Tensor& x) {
    const at::Tensor rows = x.reshape({-1, x.size(-1)}), outputs = y.reshape({-1, y.size(-1)});
    if (sees_ == Sees::Update) {
        const at::Tensor update = bank_->update(rows, context_.noise());
        return bank_->with_update(outputs, update, weights_of(y, update)).view_as(y);
    }
    const at::Tensor weights = weights_of(sees_ == Sees::Output ? y : x);
    return bank_->mix(outputs, rows, weights, context_.noise()).view_as(y);
}

at::Tensor AdaptedLinear::level_of(const at::Tensor& tokens) const {
    const at::Tensor& weight = tensors_.threshold_weight;
    if (!weight.defined()) return {};
    return at::sigmoid(cast_linear(tokens, weight, tensors_.threshold_bias)) * highest_level_;
}

at::Tensor AdaptedLinear::weights_of(const at::Tensor& tokens, const at::Tensor& update) {
    if (follows_) return context_.weights_of_leader(number_);
    if (!router_) return {};
    const at::IntArrayRef leading =
        tokens.sizes().slice(0, static_cast<std::size_t>(tokens.dim()) - 1);
    RouterInput input;
    input.tokens = tokens.reshape({-1, tokens.size(-1) / heads_});
    Noise* const noise = context_.noise();
    if (noise && input_jitter_ > 0 && !router_->by_sample())
        input.tokens = noise->jitter(input.tokens, input_jitter_);
    input.update = update;
    if (router_->by_sample()) {
        input.sample_of_token = context_.sample_of_token(number_, leading);
        input.task_ids = context_.task_ids();
    }
    if (router_->by_sample() && !router_->by_task())
        input.means = context_.prompt_means(number_, input.tokens, leading,
                                            tensors_.router_weight.scalar_type());
    Routed routed = gate_->route(router_->logits(input), noise, level_of(input.tokens),
                                 router_->by_sample() ? input.sample_of_token : at::Tensor());
    if (context_.forced_expert >= 0) {
        const at::NoGradGuard no_graph;
        routed.weights = at::zeros_like(routed.weights);
        routed.weights.select(1, context_.forced_expert).fill_(1);
        routed.selected = routed.weights;
    }
    context_.record(number_, routed, leading);
    return routed.weights;
}

at::Tensor AdaptedLinear::task_weights(const std::vector<std::int64_t>& tasks) const {
    if (!routed_) return at::ones({1});
    if (!router_ || !router_->by_task()) return {};
    const at::NoGradGuard no_graph;
    const auto places = at::TensorOptions(at::kLong).device(context_.device());
    RouterInput input;
    input.task_ids = at::tensor(tasks, at::kLong).to(context_.device()).unsqueeze(0);
    input.sample_of_token = at::zeros({1}, places);
    return gate_->route(router_->logits(input), nullptr).weights[0].to(at::kCPU, at::kFloat);
}

}  // namespace moelora
