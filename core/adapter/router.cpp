// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/adapter/router.h"

#include "core/base/assert.h"
#include "core/ops/cast_linear.h"

namespace moelora {

TokenRouter::TokenRouter(at::Tensor weight, at::Tensor bias)
    : weight_(std::move(weight)), bias_(std::move(bias)) {}

at::Tensor TokenRouter::logits(const RouterInput& input) const {
    return cast_linear(input.tokens, weight_, bias_);
}

at::Tensor TaskRouter::sample_logits(const at::Tensor& task_ids) const {
    const at::Tensor& table = tensors_.embedding;
    const at::Tensor ids = (task_ids.dim() == 1 ? task_ids.unsqueeze(1) : task_ids) + 1;
    const at::Tensor given = (ids > 0).to(table.scalar_type()).unsqueeze(2);  // [B, M, 1]
    const at::Tensor sum = (at::embedding(table, ids.clamp_min(0)) * given).sum(1);
    const at::Tensor mean = sum / given.sum(1).clamp_min(1);
    return at::linear(mean, tensors_.gate);
}

at::Tensor TaskRouter::logits(const RouterInput& input) const {
    MOELORA_ASSERT(input.task_ids.defined(), "a task router needs the tasks of the batch");
    return sample_logits(input.task_ids).index_select(0, input.sample_of_token);
}

LowRankRouter::LowRankRouter(at::Tensor a, at::Tensor weight, at::Tensor bias)
    : a_(std::move(a)), weight_(std::move(weight)), bias_(std::move(bias)) {}

at::Tensor LowRankRouter::logits(const RouterInput& input) const {
    return at::linear(cast_linear(input.tokens, a_, {}), weight_, bias_);
}

InstanceRouter::InstanceRouter(at::Tensor weight, at::Tensor bias)
    : weight_(std::move(weight)), bias_(std::move(bias)) {}

at::Tensor InstanceRouter::logits(const RouterInput& input) const {
    MOELORA_ASSERT(input.means.defined(), "a router of samples needs the means of their prompts");
    return at::linear(input.means, weight_, bias_).index_select(0, input.sample_of_token);
}

at::Tensor ZeroParamRouter::logits(const RouterInput& input) const {
    const auto scaled = [&](const at::Tensor& rows) {
        const at::Tensor slice = rows.narrow(1, 0, experts_).to(input.update.scalar_type());
        if (slice.numel() == 0) return slice;
        const at::Tensor size = slice.abs();
        return slice /
               (norm_ == RouterNorm::Token ? size.amax(1, true) : size.amax()).clamp_min(1e-6);
    };
    return scaled(input.tokens) * (1 - mix_) + scaled(input.update) * mix_;
}

std::unique_ptr<Router> make_router(const SiteSpec& site, const AdapterOptions& options,
                                    const SiteTensors& tensors, const TaskTensors& global) {
    if (!site.routes()) return nullptr;
    MOELORA_ASSERT(options.router != RouterKind::None, "a routed site needs a router kind");
    if (options.router == RouterKind::Task)
        return std::make_unique<TaskRouter>(site.tasks > 0 ? tensors.task : global);
    if (options.router == RouterKind::ZeroParam)
        return std::make_unique<ZeroParamRouter>(site.experts, options.router_mix,
                                                 options.router_norm);
    if (options.router == RouterKind::LowRank)
        return std::make_unique<LowRankRouter>(tensors.a, tensors.router_weight,
                                               tensors.router_bias);
    if (options.router == RouterKind::Instance)
        return std::make_unique<InstanceRouter>(tensors.router_weight, tensors.router_bias);
    return std::make_unique<TokenRouter>(tensors.router_weight, tensors.router_bias);
}

}  // namespace moelora
