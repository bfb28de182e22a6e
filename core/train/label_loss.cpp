// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/label_loss.h"

#include <torch/csrc/autograd/custom_function.h>
#include <algorithm>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

namespace moelora {

namespace {

constexpr std::int64_t ignored = -100;

void require(bool condition, const std::string& what) {
    if (!condition) throw std::invalid_argument("[label_cross_entropy] " + what);
}

at::ScalarType sum_type(const at::Tensor& rows) {
    return rows.scalar_type() == at::kDouble ? at::kDouble : at::kFloat;
}

// Softmax over a part of the vocabulary, as far as it has been seen. All in sum_type.
struct Partial {
    at::Tensor largest;   // [R, 1] largest logit
    at::Tensor sum;       // [R, 1] sum of exp(logit - largest)
    at::Tensor weighted;  // [R, H] sum of exp(logit - largest) · weight; undefined = not wanted
    at::Tensor target;    // [R, 1] logit of the target, 0 while it has not been met

    Partial(const at::Tensor& rows, bool with_gradient) {
        const auto options = rows.options().dtype(sum_type(rows));
        largest = at::full({rows.size(0), 1}, -std::numeric_limits<double>::infinity(), options);
        sum = at::zeros({rows.size(0), 1}, options);
        target = at::zeros({rows.size(0), 1}, options);
        if (with_gradient) weighted = at::zeros(rows.sizes(), options);
    }

    void rescale(const at::Tensor& larger) {
        const at::Tensor factor = (largest - larger).exp_();
        sum.mul_(factor);
        if (weighted.defined()) weighted.mul_(factor);
        largest = larger;
    }

    // Takes `part` = weight[first : first + C].
    void see(const at::Tensor& rows, const at::Tensor& part, const at::Tensor& targets,
             std::int64_t first) {
        at::Tensor logits = at::mm(rows, part.t()).to(sum_type(rows));
        const at::Tensor column = targets.unsqueeze(1) - first;
        const at::Tensor inside = column.ge(0).logical_and_(column.lt(part.size(0)));
        target.add_(at::where(inside, logits.gather(1, column.clamp(0, part.size(0) - 1)),
                              at::zeros({}, target.options())));
        rescale(at::maximum(largest, logits.amax(1, true)));
        logits.sub_(largest).exp_();
        sum.add_(logits.sum(1, true));
        if (!weighted.defined()) return;
        if (part.scalar_type() == logits.scalar_type())
            weighted.addmm_(logits, part);
        else
            weighted.add_(at::mm(logits.to(part.scalar_type()), part));
    }

    void merge(Partial& other) {
        const at::Tensor larger = at::maximum(largest, other.largest);
        rescale(larger);
        other.rescale(larger);
        sum.add_(other.sum);
        target.add_(other.target);
        if (weighted.defined()) weighted.add_(other.weighted);
    }
};

// The whole vocabulary for one block of rows. On the CPU each thread walks through its own part, so
// that one pass over the weights serves both products and no product waits for another's end.
Partial walk(const at::Tensor& rows, const at::Tensor& weight, const at::Tensor& targets,
             std::int64_t columns, bool with_gradient) {
    const std::int64_t chunks = (weight.size(0) + columns - 1) / columns;
    const std::int64_t parts =
        rows.is_cpu() ? std::min<std::int64_t>(chunks, at::get_num_threads()) : 1;
    std::vector<Partial> partials;
    for (std::int64_t i = 0; i < parts; ++i) partials.emplace_back(rows, with_gradient);
    const auto walk_part = [&](std::int64_t part) {
        const at::NoGradGuard no_graph;  // worker threads have their own mode
        for (std::int64_t c = part * chunks / parts; c < (part + 1) * chunks / parts; ++c) {
            const std::int64_t first = c * columns;
            const std::int64_t length = std::min(columns, weight.size(0) - first);
            partials[static_cast<std::size_t>(part)].see(rows, weight.narrow(0, first, length),
                                                         targets, first);
        }
    };
    at::parallel_for(0, parts, 1, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t part = begin; part < end; ++part) walk_part(part);
    });
    for (std::size_t i = 1; i < partials.size(); ++i) partials[0].merge(partials[i]);
    return std::move(partials[0]);
}

class LabelCrossEntropy : public torch::autograd::Function<LabelCrossEntropy> {
  public:
    static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& input,
                              const at::Tensor& weight, const at::Tensor& targets,
                              std::int64_t block_rows, std::int64_t columns, bool with_gradient,
                              bool each) {
        const at::Tensor rows = input.detach();
        const std::int64_t count = rows.size(0);
        const double n = each ? 1 : static_cast<double>(count);
        std::vector<at::Tensor> losses;
        at::Tensor total = at::zeros({}, rows.options().dtype(sum_type(rows)));
        std::vector<at::Tensor> gradients;
        for (std::int64_t first = 0; first < count; first += block_rows) {
            const std::int64_t length = std::min(block_rows, count - first);
            const at::Tensor target = targets.narrow(0, first, length);
            Partial all =
                walk(rows.narrow(0, first, length), weight, target, columns, with_gradient);
            const at::Tensor loss = all.largest + all.sum.log() - all.target;
            if (each)
                losses.push_back(loss.squeeze(1));
            else
                total += loss.sum();
            if (!with_gradient) continue;
            all.weighted.div_(all.sum).sub_(weight.index_select(0, target)).div_(n);
            gradients.push_back(all.weighted.to(rows.scalar_type()));
        }
        if (with_gradient) context->save_for_backward({at::cat(gradients)});
        return each ? at::cat(losses) : total / n;
    }
    static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                   torch::autograd::variable_list outputs) {
        if (outputs[0].requires_grad())
            throw std::logic_error("[label_cross_entropy] has no second derivative");
        const at::Tensor gradient = context->get_saved_variables()[0];
        if (outputs[0].dim() == 0)
            return {gradient * outputs[0].to(gradient.scalar_type()), {}, {}, {}, {}, {}, {}};
        // A row's factor is rounded once, with the product.
        const at::Tensor scaled = gradient.to(outputs[0].scalar_type()) * outputs[0].unsqueeze(1);
        return {scaled.to(gradient.scalar_type()), {}, {}, {}, {}, {}, {}};
    }
};

at::Tensor checked_losses(const at::Tensor& rows, const at::Tensor& weight,
                          const at::Tensor& targets, LossBlock block, bool each) {
    require(rows.dim() == 2 && rows.size(0) > 0, "rows must be [N, H] with N >= 1");
    require(weight.dim() == 2 && weight.size(1) == rows.size(1), "weight must be [V, H]");
    require(weight.scalar_type() == rows.scalar_type(), "rows and weight differ in dtype");
    require(!weight.requires_grad(), "weight is frozen and gets no gradient");
    require(
        targets.dim() == 1 && targets.size(0) == rows.size(0) && targets.scalar_type() == at::kLong,
        "targets must be [N] i64");
    if (targets.is_cpu())  // elsewhere the check would wait for the device
        require(targets.ge(0).logical_and_(targets.lt(weight.size(0))).all().item<bool>(),
                "a target lies outside the vocabulary");
    require(block.rows > 0 && block.columns >= 0, "the block has no rows");
    const std::int64_t columns = block.columns > 0 ? block.columns : rows.is_cpu() ? 256 : 16384;
    const bool with_gradient = rows.requires_grad() && at::GradMode::is_enabled();
    return LabelCrossEntropy::apply(rows, weight, targets, block.rows, columns, with_gradient,
                                    each);
}

}  // namespace

at::Tensor label_cross_entropy(const at::Tensor& rows, const at::Tensor& weight,
                               const at::Tensor& targets, LossBlock block) {
    return checked_losses(rows, weight, targets, block, false);
}

at::Tensor label_losses(const at::Tensor& rows, const at::Tensor& weight, const at::Tensor& targets,
                        LossBlock block) {
    return checked_losses(rows, weight, targets, block, true);
}

std::int64_t count_targets(const at::Tensor& labels) {
    return labels.slice(1, 1).ne(ignored).sum().item<std::int64_t>();
}

LabelPlaces label_places(const at::Tensor& labels) {
    const at::Tensor next = at::full_like(labels, ignored);
    next.slice(1, 0, labels.size(1) - 1).copy_(labels.slice(1, 1));
    const at::Tensor flat = next.reshape({-1});
    const at::Tensor places = flat.ne(ignored).nonzero().squeeze(1);
    return {places, flat.index_select(0, places)};
}

}  // namespace moelora
