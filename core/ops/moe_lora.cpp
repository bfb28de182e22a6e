// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/ops/moe_lora.h"

#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <numeric>
#include <sstream>
#include <stdexcept>

#include "core/ops/moe_lora_gpu.h"

namespace moelora {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

void check(bool holds, const std::string& sentence) {
    if (!holds) throw std::invalid_argument("[moe_lora] " + sentence);
}

std::string shape_of(const at::Tensor& t) {
    std::ostringstream out;
    out << t.sizes();
    return out.str();
}

void check_shape(const char* name, const at::Tensor& t, std::int64_t rows, std::int64_t columns,
                 const char* form) {
    check(t.dim() == 2 && t.size(0) == rows && t.size(1) == columns,
          std::string("expected ") + name + " of shape " + form + " = [" + std::to_string(rows) +
              ", " + std::to_string(columns) + "] but got " + shape_of(t));
}

void check_arguments(const at::Tensor& base, const at::Tensor& x, const at::Tensor& a,
                     const at::Tensor& b, const at::Tensor& w, const ExpertBlocks& blocks,
                     const at::Tensor& rank_mask) {
    check(base.defined() && x.defined() && a.defined() && b.defined(),
          "base, x, a and b must be given");
    check(x.dim() == 2, "expected x of shape [N, in] but got " + shape_of(x));
    check(base.dim() == 2, "expected base of shape [N, out] but got " + shape_of(base));
    check(!blocks.ranks.empty() && blocks.ranks.size() == blocks.scales.size(),
          "expected one rank and one scale for each expert");
    check(std::all_of(blocks.ranks.begin(), blocks.ranks.end(), [](auto r) { return r > 0; }),
          "expected ranks above 0");
    const auto experts = static_cast<std::int64_t>(blocks.ranks.size());
    const auto total = std::accumulate(blocks.ranks.begin(), blocks.ranks.end(), std::int64_t{0});
    check(base.size(0) == x.size(0), "expected base of shape [N, out] with N = " +
                                         std::to_string(x.size(0)) + " but got " + shape_of(base));
    const bool shared = a.dim() == 2 && std::all_of(blocks.ranks.begin(), blocks.ranks.end(),
                                                    [&](auto r) { return r == a.size(0); });
    check_shape("a", a, shared ? a.size(0) : total, x.size(1), shared ? "[r, in]" : "[R, in]");
    check_shape("b", b, base.size(1), total, "[out, R]");
    const auto type = a.scalar_type();
    check(type == at::kFloat || type == at::kDouble, "expected a of type f32 or f64");
    check(b.scalar_type() == type, "expected b of the type of a");
    check(x.is_floating_point() && base.is_floating_point(),
          "expected x and base of a floating type");
    if (w.defined()) {
        check_shape("w", w, x.size(0), experts, "[N, E]");
        check(w.scalar_type() == type, "expected w of the type of a");
    }
    if (rank_mask.defined()) {
        check_shape("rank_mask", rank_mask, x.size(0), total, "[N, R]");
        check(rank_mask.scalar_type() == type, "expected rank_mask of the type of a");
        check(!rank_mask.requires_grad(), "rank_mask has no gradient");
    }
}

// Blocks of one width are handled as a view [N, E, r], others block by block.
struct Layout {
    std::vector<std::int64_t> ranks;
    std::vector<double> scales;
    [[nodiscard]] bool equal_ranks() const {
        return std::all_of(ranks.begin(), ranks.end(), [&](auto r) { return r == ranks[0]; });
    }
    [[nodiscard]] bool common_scale() const {
        return std::all_of(scales.begin(), scales.end(), [&](auto s) { return s == scales[0]; });
    }
    // The factor left to the end when all experts share it; 1 otherwise.
    [[nodiscard]] double last_factor() const { return common_scale() ? scales[0] : 1.0; }
    [[nodiscard]] at::Tensor scale_row(const at::Tensor& like) const {
        return at::tensor(scales, like.options().dtype(at::kDouble).device(at::kCPU))
            .to(like.options());
    }

    // v ⊙ repeat(w · s) (s only where the experts differ in it); v itself when there is nothing to
    // multiply.
    [[nodiscard]] at::Tensor weigh(const at::Tensor& v, const at::Tensor& w) const {
        at::Tensor factor = w;
        if (!common_scale()) factor = w.defined() ? w * scale_row(v) : scale_row(v).unsqueeze(0);
        if (!factor.defined()) return v;
        const auto experts = static_cast<std::int64_t>(ranks.size());
        if (equal_ranks())
            return (v.view({v.size(0), experts, ranks[0]}) * factor.unsqueeze(2)).view_as(v);
        at::Tensor out = at::empty_like(v);
        std::int64_t first = 0;
        for (std::size_t e = 0; e < ranks.size(); ++e) {
            at::Tensor part = out.narrow(1, first, ranks[e]);
            at::mul_out(part, v.narrow(1, first, ranks[e]),
                        factor.narrow(1, static_cast<std::int64_t>(e), 1));
            first += ranks[e];
        }
        return out;
    }

    // [N, E]: Σ over each block of v, times the expert's own scale where they differ.
    [[nodiscard]] at::Tensor sum_blocks(const at::Tensor& v) const {
        const auto experts = static_cast<std::int64_t>(ranks.size());
        at::Tensor sums;
        if (equal_ranks()) {
            sums = v.view({v.size(0), experts, ranks[0]}).sum(2);
        } else {
            std::vector<at::Tensor> columns;
            std::int64_t first = 0;
            for (const auto r : ranks) {
                columns.push_back(v.narrow(1, first, r).sum(1, true));
                first += r;
            }
            sums = at::cat(columns, 1);
        }
        return common_scale() ? sums : sums * scale_row(v);
    }
};

at::Tensor add_product(const at::Tensor& base, const at::Tensor& g, const at::Tensor& b,
                       const Layout& layout) {
    if (base.scalar_type() == g.scalar_type())
        return at::addmm(base, g, b.t(), 1, layout.last_factor());
    return base.to(g.scalar_type())
        .addmm_(g, b.t(), 1, layout.last_factor())
        .to(base.scalar_type());
}

// Which gradients are asked for, beside base's own.
struct Wanted {
    bool x, a, b, w;
    [[nodiscard]] bool dg() const { return x || a || w; }
};

// Of one A that all experts share, the product with x stands once for each.
at::Tensor for_each_expert(const at::Tensor& h, const Layout& layout) {
    const auto experts = static_cast<std::int64_t>(layout.ranks.size());
    return h.size(1) == layout.ranks[0] && experts > 1 ? h.repeat({1, experts}) : h;
}

// And its gradient is their sum.
at::Tensor of_all_experts(const at::Tensor& dh, std::int64_t rows_of_a) {
    if (!dh.defined() || dh.size(1) == rows_of_a) return dh;
    return dh.view({dh.size(0), dh.size(1) / rows_of_a, rows_of_a}).sum(1);
}

// What lies between the products of the backward pass, of dg = dY B (undefined: only g is wanted).
ExpertGradients between(at::Tensor dg, const at::Tensor& h, const at::Tensor& w,
                        const at::Tensor& rank_mask, const Layout& layout, const Wanted& wanted) {
    ExpertGradients out;
    const double s = layout.last_factor();
    if (wanted.b) {
        out.g = layout.weigh(h, w);
        if (s != 1.0) out.g = out.g * s;
    }
    if (!dg.defined()) return out;
    if (s != 1.0) dg.mul_(s);
    if (wanted.w) out.dw = layout.sum_blocks(dg * h);
    out.dh = layout.weigh(dg, w);
    if (rank_mask.defined()) out.dh = out.dh * rank_mask;
    return out;
}

class MoeLora : public torch::autograd::Function<MoeLora> {
  public:
    static at::Tensor forward(AutogradContext* ctx, const at::Tensor& base, const at::Tensor& x,
                              const at::Tensor& a, const at::Tensor& b,
                              const std::optional<at::Tensor>& w, const ExpertBlocks& blocks,
                              const std::optional<at::Tensor>& rank_mask) {
        const Layout layout{blocks.ranks, blocks.scales};
        const auto type = a.scalar_type();
        at::Tensor h = for_each_expert(at::mm(x.to(type), a.t()), layout);
        if (rank_mask) h.mul_(*rank_mask);
        const at::Tensor weights = w.value_or(at::Tensor());
        const at::Tensor y = gpu_moe_lora_serves(base, a, blocks)
                                 ? gpu_add_experts(base, h, b, weights, blocks)
                                 : add_product(base, layout.weigh(h, weights), b, layout);
        ctx->save_for_backward({x, a, b, weights, h, rank_mask.value_or(at::Tensor())});
        ctx->saved_data["ranks"] = blocks.ranks;
        ctx->saved_data["scales"] = blocks.scales;
        return y;
    }

    static variable_list backward(AutogradContext* ctx, variable_list gradients) {
        const auto saved = ctx->get_saved_variables();
        const at::Tensor &x = saved[0], &a = saved[1], &b = saved[2], &w = saved[3], &h = saved[4],
                         &rank_mask = saved[5];
        const ExpertBlocks blocks{ctx->saved_data["ranks"].toIntVector(),
                                  ctx->saved_data["scales"].toDoubleVector()};
        // Inputs by edge: base 0, x 1, a 2, b 3, w 4 (only when given).
        const Wanted wanted{ctx->needs_input_grad(1), ctx->needs_input_grad(2),
                            ctx->needs_input_grad(3), w.defined() && ctx->needs_input_grad(4)};
        const at::Tensor dy = gradients[0].to(a.scalar_type());
        const at::Tensor dg = wanted.dg() ? at::mm(dy, b) : at::Tensor();
        const ExpertGradients part =
            gpu_moe_lora_serves(gradients[0], a, blocks)
                ? gpu_experts_backward(dg, h, w, rank_mask, blocks, {wanted.w, wanted.b})
                : between(dg, h, w, rank_mask, {blocks.ranks, blocks.scales}, wanted);
        const at::Tensor dh = of_all_experts(part.dh, a.size(0));
        at::Tensor dx, da, db;
        if (wanted.b) db = at::mm(dy.t(), part.g);
        if (wanted.a) da = at::mm(dh.t(), x.to(a.scalar_type()));
        if (wanted.x) dx = at::mm(dh, a).to(x.scalar_type());
        const at::Tensor& dw = part.dw;
        return {gradients[0], dx, da, db, dw, {}, {}};
    }
};

}  // namespace

at::Tensor moe_lora(const at::Tensor& base, const at::Tensor& x, const at::Tensor& a,
                    const at::Tensor& b, const at::Tensor& w, const ExpertBlocks& blocks,
                    const at::Tensor& rank_mask) {
    check_arguments(base, x, a, b, w, blocks, rank_mask);
    const auto given = [](const at::Tensor& t) {
        return t.defined() ? std::optional<at::Tensor>(t) : std::nullopt;
    };
    return MoeLora::apply(base, x, a, b, given(w), blocks, given(rank_mask));
}

}  // namespace moelora
