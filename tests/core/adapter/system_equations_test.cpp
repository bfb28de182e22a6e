// SPDX-License-Identifier: GPL-3.0-or-later
// Every preset, and axes set freely, against their equations (adapters.md 4 to 10 and 12), in f64
// on random values: the
// slow twin works number by number from what the papers and their code state, takes nothing of the
// plan but the tensors' shapes, and knows each system's constants by heart.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <numeric>

#include "core/adapter/adapted_linear.h"
#include "tests/core/adapter/every_system.h"

namespace moelora {
namespace {

using namespace test;

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
};

// Probabilities and mixing weights of one token, or of one head of it.
struct Mix {
    Row p, w;
    Row z{};  // where a balance term looks at them
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

// The shortest prefix in falling order whose running sum exceeds 0.6.
Mix prefix(const Row& z, bool renormalised) {
    Mix mix{softmax(z), Row(z.size(), 0.0)};
    double sum = 0;
    while (sum <= 0.6) {
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

// ---- experts (adapters.md 3.1, 12)

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
    const std::int64_t rank = s.t.a.size(0) / experts;
    const Row wx = product(base.weight, s.x);
    Row y = s.y;
    for (std::int64_t e = 0; e < experts; ++e) {
        const at::Tensor a = s.t.a.narrow(0, e * rank, rank), b = s.t.b.narrow(1, e * rank, rank);
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

// ---- balance terms (adapters.md 5, 9.2, 10.3)

struct SiteMixes {
    std::int64_t layer;
    std::vector<Mix> tokens;  // sample by sample
};

// E · Σ_e (f_e / k) · p̄_e over the tokens that count of these sites.
double switch_term(const std::vector<const SiteMixes*>& sites) {
    const std::size_t experts = sites[0]->tokens[0].p.size();
    Row share(experts, 0.0), mean(experts, 0.0);
    double tokens = 0, chosen = 0;
    for (const SiteMixes* site : sites)
        for (std::size_t t = 0; t < site->tokens.size(); ++t) {
            if (counted[t] == 0) continue;
            tokens += 1;
            for (std::size_t e = 0; e < experts; ++e) {
                share[e] += site->tokens[t].w[e] > 0 ? 1 : 0;
                chosen += site->tokens[t].w[e] > 0 ? 1 : 0;
                mean[e] += site->tokens[t].p[e];
            }
        }
    return static_cast<double>(experts) * dot(share, mean) / (chosen * tokens);
}

// 5.2 mean_sites and per_layer_concat, with the coefficients of topk-switch and MoLA (10.3).
double switch_mean(const std::vector<SiteMixes>& sites) {
    double sum = 0;
    for (const SiteMixes& site : sites) sum += switch_term({&site});
    return 0.01 * sum / static_cast<double>(sites.size());
}

double switch_by_layer(const std::vector<SiteMixes>& sites) {
    std::map<std::int64_t, std::vector<const SiteMixes*>> layers;
    for (const SiteMixes& site : sites) layers[site.layer].push_back(&site);
    double sum = 0;
    for (const auto& [layer, of_layer] : layers) sum += switch_term(of_layer);
    return 0.001 * sum;
}

// Z = Q ∘ I over samples and experts: Q sums of p over a sample's tokens, I = 1.1 where the
// sample's type favours the expert's half, else 0.9. {mean, unbiased variance}
std::pair<double, double> dispersion(const SiteMixes& site, bool padding, bool by_length) {
    const std::size_t experts = site.tokens[0].p.size();
    Row z;
    for (std::int64_t b = 0; b < samples; ++b)
        for (std::size_t e = 0; e < experts; ++e) {
            double q = 0, tokens = 0;
            for (std::int64_t t = b * length; t < (b + 1) * length; ++t) {
                if (!padding && counted[t] == 0) continue;
                q += site.tokens[static_cast<std::size_t>(t)].p[e];
                tokens += 1;
            }
            if (by_length) q /= tokens;
            const bool first_half = e < experts / 2;
            z.push_back(q * (first_half == (sample_type[b] == 1) ? 1.1 : 0.9));
        }
    const double n = static_cast<double>(z.size());
    const double mean = std::accumulate(z.begin(), z.end(), 0.0) / n;
    double squares = 0;
    for (const double v : z) squares += (v - mean) * (v - mean);
    return {mean, squares / (n - 1)};
}

double localized_as_confirmed(const std::vector<SiteMixes>& sites) {
    double sum = 0;
    for (const SiteMixes& site : sites) {
        const auto [mean, variance] = dispersion(site, false, true);
        sum += variance / (mean * mean + 1e-10);
    }
    return 0.1 * sum;
}

double localized_of_the_paper(const std::vector<SiteMixes>& sites) {
    double sum = 0;
    for (const SiteMixes& site : sites) {
        const auto [mean, variance] = dispersion(site, true, false);
        sum += variance / mean;
    }
    return 0.1 * sum;
}

// Of one site, p̄ over the tokens that count.
Row mean_of(const SiteMixes& site) {
    Row mean(site.tokens[0].p.size(), 0.0);
    double tokens = 0;
    for (std::size_t t = 0; t < site.tokens.size(); ++t) {
        tokens += counted[t];
        for (std::size_t e = 0; e < mean.size(); ++e) mean[e] += counted[t] * site.tokens[t].p[e];
    }
    for (double& v : mean) v /= tokens;
    return mean;
}

// 5.1, the mean over sites, coefficient 0.5.
double free_mean(const std::vector<SiteMixes>& sites, double (*term)(const SiteMixes&)) {
    double sum = 0;
    for (const SiteMixes& site : sites) sum += term(site);
    return 0.5 * sum / static_cast<double>(sites.size());
}

double free_switch(const std::vector<SiteMixes>& sites) {
    return free_mean(sites, [](const SiteMixes& site) { return switch_term({&site}); });
}

double free_cv2(const std::vector<SiteMixes>& sites) {
    return free_mean(sites, [](const SiteMixes& site) {
        const Row p = mean_of(site);
        const auto n = static_cast<double>(p.size());
        double squares = 0;
        for (const double v : p) squares += (v - 1 / n) * (v - 1 / n);
        return squares / (n - 1) * n * n;
    });
}

double free_scv(const std::vector<SiteMixes>& sites) {
    return free_mean(sites, [](const SiteMixes& site) {
        const Row p = mean_of(site);
        return static_cast<double>(p.size()) * dot(p, p) - 1;
    });
}

double divergence(const Row& p) {
    double sum = 0;
    for (const double v : p) sum += v * (std::log(v) + std::log(static_cast<double>(p.size())));
    return sum;
}

double free_kl(const std::vector<SiteMixes>& sites) {
    return free_mean(sites, [](const SiteMixes& site) { return divergence(mean_of(site)); });
}

double free_kl_by_layer(const std::vector<SiteMixes>& sites) {
    std::map<std::int64_t, std::vector<Row>> layers;
    for (const SiteMixes& site : sites) layers[site.layer].push_back(mean_of(site));
    double sum = 0;
    for (const auto& [layer, means] : layers) {
        Row mean(means[0].size(), 0.0);
        for (const Row& p : means)
            for (std::size_t e = 0; e < mean.size(); ++e)
                mean[e] += p[e] / static_cast<double>(means.size());
        sum += divergence(mean);
    }
    return 0.5 * sum;
}

double free_z(const std::vector<SiteMixes>& sites) {
    return free_mean(sites, [](const SiteMixes& site) {
        double sum = 0, tokens = 0;
        for (std::size_t t = 0; t < site.tokens.size(); ++t) {
            double exponentials = 0;
            for (const double z : site.tokens[t].z) exponentials += std::exp(z);
            tokens += counted[t];
            sum += counted[t] * std::log(exponentials) * std::log(exponentials);
        }
        return sum / tokens;
    });
}

double no_balance(const std::vector<SiteMixes>&) {
    return 0;
}

// ---- the systems

struct Published {
    const char* name;  // the beginning of "preset flavour"; the first that fits counts
    double scale;      // s, for vectors without meaning
    Mixes (*mix)(const Seen&);
    double (*balance)(const std::vector<SiteMixes>&);
};
const Published published[] = {
    {"lora ", 16.0 / 8, alone, no_balance},
    {"dora", 16.0 / 8, alone, no_balance},
    {"ia3", 0, alone, no_balance},
    {"qwen3vl-moe-lora as-run", 16.0 / 8, alone, no_balance},
    {"qwen3vl-moe-lora as-written", 16.0 / 8, top_one_with_bias, no_balance},
    {"qwen3vl-moe-lora intended", 16.0 / 8, top_one, no_balance},
    {"soft", 16.0 / 8, soft_on_input, no_balance},
    {"topk-switch", 16.0 / 8, top_two, switch_mean},
    {"moelora", 32.0 / 16, by_tasks, no_balance},
    {"mov code", 0, by_head, no_balance},
    {"mov paper", 0, soft_on_input, no_balance},
    {"molora", 16.0 / 4, soft_on_input, no_balance},
    {"loramoe code", 32.0 / 4, soft_on_input, no_balance},
    {"loramoe paper", 32.0 / 4, soft_on_input, localized_of_the_paper},
    {"loramoe", 32.0 / 4, soft_on_input, localized_as_confirmed},
    {"mola code", 16.0 / 8, top_two_renormalised, no_balance},
    {"mola", 16.0 / 8, top_two_renormalised, switch_by_layer},
    {"free straight_through", 16.0 / 2, straight_through, free_kl},
    {"free top_p plain", 16.0 / 2, top_p_at_half_temperature, free_cv2},
    {"free top_p renormalised", 16.0 / 2, top_p_renormalised, free_switch},
    {"free threshold ", 16.0 / 2, threshold, free_scv},
    {"free threshold_shifted", 16.0 / 2, threshold_shifted, free_switch},
    {"free relative soft", 16.0 / 2, relative_soft, free_z},
    {"free relative hard", 16.0 / 2, relative_hard, free_switch},
    {"free soft_topk", 16.0 / 2, soft_top_two, free_kl_by_layer}};

// Four layers of unequal widths, so that every group of MoLA's allocation is there.
std::vector<LinearShape> small_linears() {
    ModelConfig config;
    config.family = "qwen2";
    config.text.hidden_size = 8;
    config.text.num_heads = 3;
    config.text.num_kv_heads = 2;
    config.text.head_dim = 4;
    config.text.intermediate_size = 7;
    config.text.num_layers = 4;
    config.text.qkv_bias = true;
    return linear_shapes(config);
}

struct Draw {
    at::Generator generator = at::make_generator<at::CPUGeneratorImpl>(23);
    at::Tensor operator()(at::IntArrayRef shape) {
        return at::randn(shape, generator, at::kDouble) * 0.5;
    }
};

SiteTensors drawn_tensors(const SiteSpec& site, const AdapterOptions& options, Draw& draw) {
    SiteTensors t = fresh_tensors(site, options, 1, 0);
    if (site.bank == BankKind::Dora) t.magnitude = at::ones({site.experts, site.shape.out});
    for (at::Tensor* tensor : t.all())
        if (tensor->defined()) *tensor = draw(tensor->sizes());
    return t;
}

ForwardInfo all_of_the_batch() {
    ForwardInfo info;
    info.attention_mask =
        at::tensor(at::ArrayRef<double>(counted), at::kLong).view({samples, length});
    info.sample_types = at::tensor(at::ArrayRef<std::int64_t>(sample_type), at::kLong);
    std::vector<std::int64_t> ids;
    for (const auto& list : tasks_of_sample)
        for (const std::int64_t id : list) ids.push_back(id - 1);
    info.task_ids = at::tensor(ids, at::kLong).view({samples, -1});
    info.training = true;  // without dropout, so that nothing is drawn
    return info;
}

// One system on the small layers.
class Twins {
  public:
    Twins(const System& system, const Published& equations)
        : options_(system.options), equations_(equations) {
        auto sites = expand_sites(small_linears(), options_);
        if (!sites) throw std::runtime_error(message_of(sites.error()));
        sites_ = std::move(*sites);
        context_ = std::make_unique<RoutingContext>(sites_, options_, at::kCPU, 0);
        const GlobalGate gate = global_gate(sites_, options_);
        if (gate.tasks > 0)
            gate_ = {draw_({gate.tasks + 1, gate.task_embedding}),
                     draw_({gate.experts, gate.task_embedding})};
    }
    void compare() {
        context_->begin_pass(all_of_the_batch());
        double balance = 0;
        for (std::size_t i = 0; i < sites_.size(); ++i) {
            const std::int64_t layer = sites_[i].shape.layer;
            if (i == 0 || sites_[i - 1].shape.layer != layer) context_->begin_layer(false, layer);
            compare_site(i);
            if (i + 1 < sites_.size() && sites_[i + 1].shape.layer == layer) continue;
            const at::Tensor loss = context_->take_layer_loss(false, layer);
            if (loss.defined()) balance += loss.item<double>();
        }
        EXPECT_NEAR(balance, equations_.balance(mixes_), 1e-12);
    }

  private:
    void compare_site(std::size_t i) {
        SCOPED_TRACE(sites_[i].shape.path);
        const SiteSpec& site = sites_[i];
        FrozenLinear base;
        base.shape = site.shape;
        base.weight = draw_({site.shape.out, site.shape.in});
        if (site.shape.bias) base.bias = draw_({site.shape.out});
        const SiteTensors tensors = drawn_tensors(site, options_, draw_);
        AdaptedLinear linear(site, i, options_, tensors, *context_, gate_, &base);
        const at::Tensor x = draw_({samples, length, site.shape.in});
        const at::Tensor activation = draw_(x.sizes());
        at::Tensor y = linear.forward(base, x, activation);
        const bool behind = options_.vector_place == VectorPlace::AfterNorm &&
                            site.shape.module == "k_proj" && site.bank == BankKind::Vector;
        // Behind the norm the layer's own output passes, and the normed keys are what is scaled.
        at::Tensor keys;
        if (behind) {
            EXPECT_TRUE(at::equal(y, base.base(x)));
            keys = draw_({samples, length, site.shape.heads, site.shape.out / site.shape.heads});
            y = linear.after_norm(keys).flatten(2);
        }
        SiteMixes mixes{site.shape.layer, {}};
        for (std::int64_t n = 0; n < samples * length; ++n) {
            Seen seen{site,
                      tensors,
                      gate_,
                      n / length,
                      row_of(x.flatten(0, 1), n),
                      {},
                      row_of(activation.flatten(0, 1), n)};
            seen.y = behind ? row_of(keys.flatten(2).flatten(0, 1), n) : layer_output(base, seen.x);
            const Mixes mix = equations_.mix(seen);
            mixes.tokens.push_back(mix[0]);
            Row want;
            if (site.bank != BankKind::Vector)
                want = with_low_rank(seen, mix[0], base, equations_.scale);
            else if (site.scales_input)
                want = layer_output(base, times(seen.x, factors(seen, mix)));
            else
                want = times(seen.y, factors(seen, mix));
            const Row got = row_of(y.flatten(0, 1), n);
            ASSERT_EQ(got.size(), want.size());
            for (std::size_t j = 0; j < want.size(); ++j) EXPECT_NEAR(got[j], want[j], 1e-9);
        }
        mixes_.push_back(std::move(mixes));
    }

    AdapterOptions options_;
    const Published& equations_;
    std::vector<SiteSpec> sites_;
    Draw draw_;
    TaskTensors gate_;
    std::unique_ptr<RoutingContext> context_;
    std::vector<SiteMixes> mixes_;
};

TEST(EverySystem, EqualsItsEquationsWithItsBalance) {
    const at::NoGradGuard no_grad;
    at::set_num_threads(1);
    for (System system : systems())
        for (const VectorPlace place : {VectorPlace::BeforeNorm, VectorPlace::AfterNorm}) {
            if (place == VectorPlace::AfterNorm && system.options.bank != BankKind::Vector)
                continue;
            SCOPED_TRACE(system.name + " " + std::string(name_of_enum(place)));
            system.options.vector_place = place;
            const auto* equations =
                std::find_if(std::begin(published), std::end(published),
                             [&](const Published& p) { return system.name.starts_with(p.name); });
            ASSERT_NE(equations, std::end(published)) << "a system brings its equations";
            Twins(system, *equations).compare();
        }
}

}  // namespace
}  // namespace moelora
