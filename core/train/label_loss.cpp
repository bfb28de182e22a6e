// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/label_loss.h"

#include <algorithm>
#include <stdexcept>
#include <string>

namespace moelora {

namespace {

constexpr std::int64_t ignored = -100;

void require(bool condition, const std::string& what) {
    if (!condition) throw std::invalid_argument("[label_cross_entropy] " + what);
}

at::ScalarType sum_type(const at::Tensor& rows) {
    return rows.scalar_type() == at::kDouble ? at::kDouble : at::kFloat;
}

// Sum of the chunk's losses; with `gradient`, (softmax - onehot)·weight / n is written there.
at::Tensor chunk_loss(const at::Tensor& rows, const at::Tensor& weight, const at::Tensor& targets,
                      double n, at::Tensor* gradient) {
    at::Tensor logits = at::linear(rows, weight).to(sum_type(rows));
    const at::Tensor column = targets.unsqueeze(1);
    const at::Tensor normaliser = at::logsumexp(logits, 1, true);
    const at::Tensor loss = (normaliser - logits.gather(1, column)).sum();
    if (gradient) {
        logits.sub_(normaliser).exp_();  // in place: the block exists once
        logits.scatter_add_(1, column, at::full_like(column, -1, logits.options()));
        logits.mul_(1 / n);
        at::mm_out(*gradient, logits.to(rows.scalar_type()), weight);
    }
    return loss;
}

class LabelCrossEntropy : public torch::autograd::Function<LabelCrossEntropy> {
  public:
    static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& rows,
                              const at::Tensor& weight, const at::Tensor& targets,
                              std::int64_t chunk_rows, bool with_gradient) {
        const std::int64_t count = rows.size(0);
        const auto n = static_cast<double>(count);
        at::Tensor total = at::zeros({}, rows.options().dtype(sum_type(rows)));
        at::Tensor gradient = with_gradient ? at::empty_like(rows) : at::Tensor();
        for (std::int64_t first = 0; first < count; first += chunk_rows) {
            const std::int64_t length = std::min(chunk_rows, count - first);
            at::Tensor part = with_gradient ? gradient.narrow(0, first, length) : at::Tensor();
            total +=
                chunk_loss(rows.narrow(0, first, length), weight, targets.narrow(0, first, length),
                           n, with_gradient ? &part : nullptr);
        }
        if (with_gradient) context->save_for_backward({gradient});
        return total / n;
    }
    static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                   torch::autograd::variable_list outputs) {
        if (outputs[0].requires_grad())
            throw std::logic_error("[label_cross_entropy] has no second derivative");
        const at::Tensor gradient = context->get_saved_variables()[0];
        return {gradient * outputs[0].to(gradient.scalar_type()), {}, {}, {}, {}};
    }
};

}  // namespace

at::Tensor label_cross_entropy(const at::Tensor& rows, const at::Tensor& weight,
                               const at::Tensor& targets, std::int64_t chunk_bytes) {
    require(rows.dim() == 2 && rows.size(0) > 0, "rows must be [N, H] with N >= 1");
    require(weight.dim() == 2 && weight.size(1) == rows.size(1), "weight must be [V, H]");
    require(weight.scalar_type() == rows.scalar_type(), "rows and weight differ in dtype");
    require(!weight.requires_grad(), "weight is frozen and gets no gradient");
    require(
        targets.dim() == 1 && targets.size(0) == rows.size(0) && targets.scalar_type() == at::kLong,
        "targets must be [N] i64");
    const std::int64_t row_bytes =
        weight.size(0) * static_cast<std::int64_t>(c10::elementSize(sum_type(rows)));
    const std::int64_t chunk_rows = std::max<std::int64_t>(1, chunk_bytes / row_bytes);
    const bool with_gradient = rows.requires_grad() && at::GradMode::is_enabled();
    return LabelCrossEntropy::apply(rows, weight, targets, chunk_rows, with_gradient);
}

std::int64_t count_targets(const at::Tensor& labels) {
    return labels.slice(1, 1).ne(ignored).sum().item<std::int64_t>();
}

LabelledRows labelled_rows(const at::Tensor& hidden, const at::Tensor& labels) {
    const at::Tensor next = at::full_like(labels, ignored);
    next.slice(1, 0, labels.size(1) - 1).copy_(labels.slice(1, 1));
    const at::Tensor flat = next.reshape({-1});
    const at::Tensor index = flat.ne(ignored).nonzero().squeeze(1);
    if (index.numel() == 0) return {};
    return {hidden.reshape({-1, hidden.size(2)}).index_select(0, index.to(hidden.device())),
            flat.index_select(0, index).to(hidden.device())};
}

}  // namespace moelora
