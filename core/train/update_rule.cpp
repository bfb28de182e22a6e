// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/update_rule.h"

#include <algorithm>
#include <map>
#include <string>

#include "core/base/assert.h"
#include "core/train/schedule.h"

namespace moelora {

namespace {

constexpr const char* steps_name = "adamw.steps";

std::vector<at::Tensor> tensors_of(const std::vector<NamedTensor>& named) {
    std::vector<at::Tensor> tensors;
    tensors.reserve(named.size());
    for (const auto& n : named) tensors.push_back(n.tensor);
    return tensors;
}

AdamWOptions adamw_options(const TrainOptions& o) {
    return {.beta1 = o.beta1,
            .beta2 = o.beta2,
            .epsilon = o.epsilon,
            .weight_decay = o.weight_decay,
            .eight_bit = o.optimizer == OptimizerKind::AdamW8bit};
}

tl::unexpected<Error> invalid(const std::string& why) {
    return fail(ErrorCode::CheckpointInvalid, {{"path", "optimizer"}, {"why", why}});
}

}  // namespace

UpdateRule::UpdateRule(std::vector<NamedTensor> parameters, const TrainOptions& options,
                       std::int64_t total_updates)
    : parameters_(std::move(parameters)),
      options_(options),
      total_updates_(total_updates),
      warmup_(warmup_updates(options.warmup_steps, total_updates)),
      optimizer_(tensors_of(parameters_), adamw_options(options)) {}

void UpdateRule::accumulate(const at::Tensor& loss, std::int64_t micro_batches) {
    MOELORA_ASSERT(micro_batches > 0, "an update has at least one micro-batch");
    (loss / static_cast<double>(micro_batches)).backward();
}

void UpdateRule::discard() {
    for (auto& p : parameters_) p.tensor.mutable_grad().reset();
}

at::Tensor UpdateRule::gradient_norm() const {
    const at::NoGradGuard no_graph;
    std::vector<at::Tensor> gradients;
    for (const auto& p : parameters_)
        if (p.tensor.grad().defined()) gradients.push_back(p.tensor.grad());
    if (gradients.empty()) return at::zeros({}, at::kDouble);
    return at::stack(at::_foreach_norm(gradients)).to(at::kDouble).norm();
}

double UpdateRule::learning_rate() const {
    return options_.learning_rate *
           schedule_factor(options_, updates_made_, total_updates_, warmup_);
}

double UpdateRule::apply(double norm, double scale) {
    const double lr = learning_rate();
    const double factor =
        options_.max_grad_norm > 0 ? std::min(1.0, options_.max_grad_norm / (norm + 1e-6)) : 1.0;
    optimizer_.step(lr, factor / scale);
    discard();
    ++updates_made_;
    return lr;
}

double UpdateRule::skip() {
    const double lr = learning_rate();
    discard();
    ++updates_made_;
    return lr;
}

std::vector<NamedTensor> UpdateRule::state() const {
    std::vector<NamedTensor> state;
    for (std::size_t i = 0; i < parameters_.size(); ++i) {
        const std::pair<const char*, const at::Tensor&> entries[] = {
            {".m", optimizer_.first_moments()[i]},
            {".v", optimizer_.second_moments()[i]},
            {".m.scale", optimizer_.first_scales()[i]},
            {".v.scale", optimizer_.second_scales()[i]}};
        for (const auto& [suffix, tensor] : entries)
            if (tensor.defined()) state.push_back({parameters_[i].name + suffix, tensor});
    }
    state.push_back({steps_name, at::tensor(optimizer_.steps(), at::kLong)});
    return state;
}

Status UpdateRule::restore(std::span<const NamedTensor> state, std::int64_t updates_made) {
    std::map<std::string, at::Tensor> given;
    for (const auto& s : state) given.emplace(s.name, s.tensor);
    const auto wanted = this->state();
    for (const auto& w : wanted) {
        const auto found = given.find(w.name);
        if (found == given.end()) return invalid("no entry " + w.name);
        if (found->second.sizes() != w.tensor.sizes() ||
            found->second.scalar_type() != w.tensor.scalar_type())
            return invalid("shape or type of " + w.name);
        if (w.tensor.is_floating_point() && !at::isfinite(found->second).all().item<bool>())
            return invalid("a value of " + w.name + " is not finite");
    }
    if (given.size() != wanted.size() || state.size() != wanted.size())
        return invalid(std::to_string(state.size()) + " entries instead of " +
                       std::to_string(wanted.size()));
    for (const auto& w : wanted)
        if (w.name != steps_name) at::Tensor(w.tensor).copy_(given.at(w.name));
    const at::Tensor steps = given.at(steps_name).cpu().contiguous();
    const auto* first = steps.const_data_ptr<std::int64_t>();
    optimizer_.steps().assign(first, first + steps.numel());
    updates_made_ = updates_made;
    return {};
}

}  // namespace moelora
