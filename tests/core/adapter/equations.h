// SPDX-License-Identifier: GPL-3.0-or-later
// The equations of every system (adapters.md 4 to 12), number by number as papers and their code
// state them: the slow twins of system_equations_test.cpp, which alone includes this. They take
// nothing of the plan but the tensors' shapes.
#pragma once

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <numeric>

#include "core/adapter/adapted_linear.h"

namespace moelora {
namespace {

using Row = std::vector<double>;

constexpr std::int64_t samples = 2, length = 3;
// The last token of the first sample is padding. Types as LoRAMoE's, tasks as MOELoRA's ids, which
// begin with 1; 0 pads a list.
constexpr double counted[samples * length] = {1, 1, 0, 1, 1, 1};
constexpr std::int64_t sample_type[samples] = {1, 0};
const std::vector<std::int64_t> tasks_of_sample[samples] = {{2, 0}, {1, 2}};

double dot(const Row& a, const Row& b) {
    return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

Row row_of(const at::Tensor& matrix, std::int64_t row) {
    const at::Tensor values = matrix[row].contiguous();
    return {values.const_data_ptr<double>(), values.const_data_ptr<double>() + values.numel()};
}

Row product(const at::Tensor& matrix, const Row& x) {
    Row out;
    for (std::int64_t i = 0; i < matrix.size(0); ++i) out.push_back(dot(row_of(matrix, i), x));
    return out;
}

Row softmax(const Row& z) {
    const double top = *std::max_element(z.begin(), z.end());
    Row p;
    for (const double v : z) p.push_back(std::exp(v - top));
    const double sum = std::accumulate(p.begin(), p.end(), 0.0);
    for (double& v : p) v /= sum;
    return p;
}

// What a site sees at one token.
struct Seen {
    const SiteSpec& site;
    const SiteTensors& t;
    const TaskTensors& model_gate;
    std::int64_t sample;
    Row x, y, activation;  // input and output of the frozen layer; the activated gate branch
    Row prompt{};          // mean input of the sample's prompt
    Row update{};          // s B A x, where all experts share both
    double largest_y = 0, largest_update = 0;  // of the first E channels of the whole batch
};

// Probabilities and mixing weights of one token, or of one head of it.
struct Mix {
    Row p, w;
    Row z{};           // where a balance term looks at them
    double level = 0;  // of a learnt threshold
};
using Mixes = std::vector<Mix>;

// ---- routers and gates (adapters.md 4; 6.2, 7.1, 8.1 to 8.3, 9.1, 10.1)

// One expert at weight 1: LoRA, DoRA, IA3 (12).
Mixes alone(const Seen&) {
    return {Mix{Row{1.0}, Row{1.0}}};
}

// w = p = softmax(z).
Mix soft(const Row& z) {
    return {softmax(z), softmax(z)};
}

// w = p on the k largest, or divided by their sum; the first of equals.
Mix likeliest(const Row& z, std::size_t k, bool renormalised) {
    Mix mix{softmax(z), Row(z.size(), 0.0)};
    std::vector<std::size_t> order(z.size());
    std::iota(order.begin(), order.end(), 0U);
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t i, std::size_t j) { return mix.p[i] > mix.p[j]; });
    order.resize(std::min(k, order.size()));
    double sum = 0;
    for (const std::size_t e : order) sum += mix.p[e];
    for (const std::size_t e : order) mix.w[e] = renormalised ? mix.p[e] / sum : mix.p[e];
    return mix;
}

// z = W_g x
Row logits_of(const Seen& s) {
    return product(s.t.router_weight, s.x);
}

// LoRAMoE (9.1), MoLORA (8.3), MoV as its paper writes it (8.1), `soft`.
Mixes soft_on_input(const Seen& s) {
    return {soft(logits_of(s))};
}

// 6.2 and 6.4: v, idx = topk(p, 1), not renormalised; with the bias of the code or without.
Mixes top_one(const Seen& s) {
    return {likeliest(logits_of(s), 1, false)};
}

Mixes top_one_with_bias(const Seen& s) {
    Row z = logits_of(s);
    for (std::size_t e = 0; e < z.size(); ++e)
        z[e] += s.t.router_bias[static_cast<std::int64_t>(e)].item<double>();
    return {likeliest(z, 1, false)};
}

Mixes top_two(const Seen& s) {
    return {likeliest(logits_of(s), 2, false)};
}

// 10.1
Mixes top_two_renormalised(const Seen& s) {
    return {likeliest(logits_of(s), 2, true)};
}

// 7.1: softmax(W_T e), e the mean of the embeddings of the sample's tasks.
Mixes by_tasks(const Seen& s) {
    const TaskTensors& gate = s.t.task.gate.defined() ? s.t.task : s.model_gate;
    Row mean(static_cast<std::size_t>(gate.embedding.size(1)), 0.0);
    double given = 0;
    for (const std::int64_t id : tasks_of_sample[s.sample]) {
        if (id == 0) continue;
        given += 1;
        const Row row = row_of(gate.embedding, id);
        for (std::size_t i = 0; i < row.size(); ++i) mean[i] += row[i];
    }
    for (double& v : mean) v /= given;
    return {soft(product(gate.gate, mean))};
}

// 8.2, as the code runs: K and V head by head on what is scaled, the way down on the activated gate
// branch.
Mixes by_head(const Seen& s) {
    if (s.site.scales_input) return {soft(product(s.t.router_weight, s.activation))};
    const auto width = static_cast<std::size_t>(s.t.router_weight.size(1));
    Mixes mixes;
    for (std::size_t first = 0; first < s.y.size(); first += width) {
        const auto head = s.y.begin() + static_cast<std::ptrdiff_t>(first);
        mixes.push_back(
            soft(product(s.t.router_weight, Row(head, head + static_cast<std::ptrdiff_t>(width)))));
    }
    return mixes;
}

// What no preset asks for (the table of 4): `weights` are what stays of p.
Mixes shared_out(const Seen& s, const std::function<double(const Row& p, std::size_t e)>& weight,
                 double epsilon = 0) {
    Mix mix{softmax(logits_of(s)), {}, logits_of(s)};
    for (std::size_t e = 0; e < mix.p.size(); ++e) mix.w.push_back(weight(mix.p, e));
    const double sum = std::accumulate(mix.w.begin(), mix.w.end(), 0.0) + epsilon;
    for (double& w : mix.w) w = sum > 0 ? w / sum : 0;
    return {mix};
}

double largest_of(const Row& p) {
    return *std::max_element(p.begin(), p.end());
}

Mixes straight_through(const Seen& s) {
    return shared_out(s, [](const Row& p, std::size_t e) { return p[e] == largest_of(p) ? 1 : 0; });
}

// The shortest prefix in falling order whose running sum exceeds the level.
Mix prefix(const Row& z, bool renormalised, double level = 0.6) {
    Mix mix{softmax(z), Row(z.size(), 0.0)};
    double sum = 0;
    while (sum <= level) {
        std::size_t next = z.size();
        for (std::size_t e = 0; e < z.size(); ++e)
            if (mix.w[e] == 0 && (next == z.size() || mix.p[e] > mix.p[next])) next = e;
        mix.w[next] = mix.p[next];
        sum += mix.p[next];
    }
    for (double& w : mix.w) w /= renormalised ? sum : 1;
    return mix;
}

Mixes top_p_at_half_temperature(const Seen& s) {
    Row z = logits_of(s);
    for (double& v : z) v /= 0.5;
    return {prefix(z, false)};
}

Mixes top_p_renormalised(const Seen& s) {
    return {prefix(logits_of(s), true)};
}

Mixes threshold(const Seen& s) {
    return shared_out(s, [](const Row& p, std::size_t e) { return p[e] >= 0.25 ? p[e] : 0; });
}

Mixes threshold_shifted(const Seen& s) {
    return shared_out(s, [](const Row& p, std::size_t e) { return std::max(p[e] - 0.2, 0.0); });
}

double sigmoid(double x) {
    return 1 / (1 + std::exp(-x));
}

Mixes relative_soft(const Seen& s) {
    const auto weight = [](const Row& p, std::size_t e) {
        return p[e] * sigmoid((p[e] - 0.5 * largest_of(p)) / 0.5);
    };
    return shared_out(s, weight, 1e-9);
}

// At least half of the largest, at most 2k = 2 of them.
Mixes relative_hard(const Seen& s) {
    return shared_out(s, [](const Row& p, std::size_t e) {
        const auto above = std::count_if(p.begin(), p.end(), [&](double x) { return x > p[e]; });
        return above < 2 && p[e] >= 0.5 * largest_of(p) ? p[e] : 0;
    });
}

// The level is the second largest.
Mixes soft_top_two(const Seen& s) {
    const auto weight = [](const Row& p, std::size_t e) {
        Row sorted = p;
        std::sort(sorted.begin(), sorted.end(), std::greater<>());
        return p[e] * sigmoid((p[e] - sorted[1]) / 0.5);
    };
    return shared_out(s, weight, 1e-9);
}

// Poly's task gate, here for tokens: w = σ(z) / Σ σ(z).
Mixes normalised_sigmoid(const Seen& s) {
    Mix mix{softmax(logits_of(s)), {}, logits_of(s)};
    double sum = 1e-12;
    for (const double z : mix.z) {
        mix.w.push_back(sigmoid(z));
        sum += mix.w.back();
    }
    for (double& w : mix.w) w /= sum;
    return {mix};
}

// 11.1: top-2 of the block's router, renormalised; or a running sum of more than 0.8 without that.
// Attention has a plain LoRA.
Mixes of_block(const Seen& s) {
    return s.t.router_weight.defined() ? top_two_renormalised(s) : alone(s);
}

Mixes of_block_dynamic(const Seen& s) {
    return s.t.router_weight.defined() ? Mixes{prefix(logits_of(s), false, 0.8)} : alone(s);
}

// 11.2, the version for LLaVA: a router with a bias for gate, up and down; attention plain.
Mixes soft_with_bias(const Seen& s) {
    if (!s.t.router_weight.defined()) return alone(s);
    Row z = logits_of(s);
    for (std::size_t e = 0; e < z.size(); ++e)
        z[e] += s.t.router_bias[static_cast<std::int64_t>(e)].item<double>();
    return {soft(z)};
}

// HydraLoRA as its paper writes it (11.2): z = W_g (A x).
Mixes soft_on_shared_a(const Seen& s) {
    return {soft(product(s.t.router_weight, product(s.t.a, s.x)))};
}

// 11.6, with weights: one distribution a sample.
Mixes soft_on_prompt(const Seen& s) {
    return {soft(product(s.t.router_weight, s.prompt))};
}

// 11.3: τ = τ_max σ(W_τ x + b), τ_max = 1/E; w = relu(p - τ) / Σ, or 0.
Mixes above_own_threshold(const Seen& s) {
    Mix mix{softmax(logits_of(s)), {}, {}};
    mix.level =
        sigmoid(product(s.t.threshold_weight, s.x)[0] + s.t.threshold_bias[0].item<double>()) /
        static_cast<double>(mix.p.size());
    double sum = 0;
    for (const double p : mix.p) {
        mix.w.push_back(std::max(p - mix.level, 0.0));
        sum += mix.w.back();
    }
    for (double& w : mix.w) w = sum > 0 ? w / sum : 0;
    return {mix};
}

// 11.5: p = softmax([(1 - γ) h / max|h| + γ d / max|d|] / T), γ .7, T .5; relative soft, θ .5, T
// .5.
Mix without_weights(const Seen& s, double largest_y, double largest_update) {
    Row z;
    for (std::size_t e = 0; e < static_cast<std::size_t>(s.t.vector.size(0)); ++e)
        z.push_back((0.3 * s.y[e] / largest_y + 0.7 * s.update[e] / largest_update) / 0.5);
    Mix mix{softmax(z), {}, {}};
    double sum = 1e-9;
    for (const double p : mix.p) {
        mix.w.push_back(p * sigmoid((p - 0.5 * largest_of(mix.p)) / 0.5));
        sum += mix.w.back();
    }
    for (double& w : mix.w) w /= sum;
    return mix;
}

double largest_size(const Row& row, std::int64_t experts) {
    double largest = 1e-6;
    for (std::int64_t e = 0; e < experts; ++e)
        largest = std::max(largest, std::abs(row[static_cast<std::size_t>(e)]));
    return largest;
}

Mixes by_own_size(const Seen& s) {
    const std::int64_t experts = s.t.vector.size(0);
    return {without_weights(s, largest_size(s.y, experts), largest_size(s.update, experts))};
}

Mixes by_size_of_the_batch(const Seen& s) {
    return {without_weights(s, s.largest_y, s.largest_update)};
}

// ---- experts (adapters.md 3.1, 11, 12)

// Σ_e w_e v_e, each head with its own w.
Row factors(const Seen& s, const Mixes& mixes) {
    Row out(static_cast<std::size_t>(s.t.vector.size(1)), 0.0);
    const std::size_t width = out.size() / mixes.size();
    for (std::int64_t e = 0; e < s.t.vector.size(0); ++e) {
        const Row v = row_of(s.t.vector, e);
        for (std::size_t i = 0; i < out.size(); ++i)
            out[i] += mixes[i / width].w[static_cast<std::size_t>(e)] * v[i];
    }
    return out;
}

// The multiplicative form of 3.1: y ⊙ v, or W(x ⊙ v) where the input is scaled.
Row times(Row a, const Row& b) {
    for (std::size_t i = 0; i < a.size(); ++i) a[i] *= b[i];
    return a;
}

Row layer_output(const FrozenLinear& base, const Row& x) {
    Row y = product(base.weight, x);
    for (std::size_t i = 0; base.bias.defined() && i < y.size(); ++i)
        y[i] += base.bias[static_cast<std::int64_t>(i)].item<double>();
    return y;
}

// y = Wx + Σ_e w_e δ_e(x): δ_e = s B_e A_e x, or of a DoRA (m_e / n_e)(W + s B_e A_e)x - Wx.
Row with_low_rank(const Seen& s, const Mix& mix, const FrozenLinear& base, double scale) {
    const auto experts = static_cast<std::int64_t>(mix.w.size());
    const std::int64_t rank = s.t.b.size(1) / experts;
    const bool shared = s.t.a.size(0) == rank;
    const Row wx = product(base.weight, s.x);
    Row y = s.y;
    if (s.t.start_a.defined()) {  // c = 1/E of what all add at the start (11.4; 12 with one expert)
        const Row start = product(s.t.start_b, product(s.t.start_a, s.x));
        for (std::size_t i = 0; i < y.size(); ++i)
            y[i] -= scale * start[i] / static_cast<double>(experts);
    }
    for (std::int64_t e = 0; e < experts; ++e) {
        const at::Tensor a = shared ? s.t.a : s.t.a.narrow(0, e * rank, rank),
                         b = s.t.b.narrow(1, e * rank, rank);
        const Row update = product(b, product(a, s.x));
        for (std::size_t i = 0; i < y.size(); ++i) {
            double delta = scale * update[i];
            if (s.t.magnitude.defined()) {
                const auto out = static_cast<std::int64_t>(i);
                const Row changed = row_of(base.weight + scale * at::mm(b, a), out);
                const double m = s.t.magnitude[e][out].item<double>();
                delta = m / std::sqrt(dot(changed, changed)) * (wx[i] + delta) - wx[i];
            }
            y[i] += mix.w[static_cast<std::size_t>(e)] * delta;
        }
    }
    return y;
}

// (W + s B_e A_e) x of expert e alone; of a DoRA its rows have the lengths m_e.
Row expert_output(const FrozenLinear& base, const SiteTensors& t, const Row& x, std::int64_t e,
                  std::int64_t experts, double scale) {
    const std::int64_t rank = t.b.size(1) / experts;
    Row y = layer_output(base, x);
    const Row update =
        product(t.b.narrow(1, e * rank, rank), product(t.a.narrow(0, e * rank, rank), x));
    for (std::size_t i = 0; i < y.size(); ++i) {
        const auto out = static_cast<std::int64_t>(i);
        y[i] += scale * update[i];
        if (!t.magnitude.defined()) continue;
        const Row row = row_of(base.weight + scale * at::mm(t.b.narrow(1, e * rank, rank),
                                                            t.a.narrow(0, e * rank, rank)),
                               out);
        const double bias = base.bias.defined() ? base.bias[out].item<double>() : 0;
        const double longer = t.magnitude[e][out].item<double>() / std::sqrt(dot(row, row));
        y[i] = (y[i] - bias) * longer + bias;
    }
    return y;
}

// 11.1: Σ_e w_e F_e(x), F_e the feed-forward block with the updates of expert e.
Row mixed_blocks(const FrozenLinear (&base)[3], const SiteTensors (&t)[3], const Row& x,
                 const Row& w, double scale) {
    const auto experts = static_cast<std::int64_t>(w.size());
    Row y(x.size(), 0.0);
    for (std::int64_t e = 0; e < experts; ++e) {
        Row hidden = expert_output(base[0], t[0], x, e, experts, scale);
        for (double& v : hidden) v *= sigmoid(v);
        hidden = times(hidden, expert_output(base[1], t[1], x, e, experts, scale));
        const Row out = expert_output(base[2], t[2], hidden, e, experts, scale);
        for (std::size_t i = 0; i < y.size(); ++i) y[i] += w[static_cast<std::size_t>(e)] * out[i];
    }
    return y;
}

// 11.5: y = Wx + d ⊙ Σ_e w_e m_e (+ g d ⊙ m_shared).
Row modulated(const Seen& s, const Mixes& mixes) {
    Row y = s.y;
    const Row mixed = factors(s, mixes);
    for (std::size_t i = 0; i < y.size(); ++i) {
        double m = mixed[i];
        if (s.t.shared_vector.defined())
            m += s.t.shared_gate[0].item<double>() *
                 s.t.shared_vector[static_cast<std::int64_t>(i)].item<double>();
        y[i] += s.update[i] * m;
    }
    return y;
}

}  // namespace
}  // namespace moelora
