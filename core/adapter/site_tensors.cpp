// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/adapter/site_tensors.h"

#include <ATen/CPUGeneratorImpl.h>

#include <cmath>

namespace moelora {
namespace {

// splitmix64: neighbouring seeds and indexes give unrelated streams.
std::uint64_t mix(std::uint64_t v) {
    v += 0x9e3779b97f4a7c15U;
    v = (v ^ (v >> 30U)) * 0xbf58476d1ce4e5b9U;
    v = (v ^ (v >> 27U)) * 0x94d049bb133111ebU;
    return v ^ (v >> 31U);
}

double bound(std::int64_t width) {
    return 1 / std::sqrt(static_cast<double>(width));
}

}  // namespace

std::vector<NamedTensor> SiteTensors::named(const std::string& path) const {
    std::vector<NamedTensor> all;
    const auto add = [&](const char* suffix, const at::Tensor& tensor) {
        if (tensor.defined()) all.push_back({path + suffix, tensor});
    };
    add(".expert_a", a);
    add(".expert_b", b);
    add(".expert_magnitude", magnitude);
    add(".expert_vector", vector);
    add(".shared_vector", shared_vector);
    add(".shared_gate", shared_gate);
    add(".router.weight", router_weight);
    add(".router.bias", router_bias);
    add(".threshold.weight", threshold_weight);
    add(".threshold.bias", threshold_bias);
    add(".task.embedding", task.embedding);
    add(".task.gate", task.gate);
    return all;
}

std::vector<NamedTensor> SiteTensors::frozen(const std::string& path) const {
    if (!start_a.defined()) return {};
    return {{path + ".start_a", start_a}, {path + ".start_b", start_b}};
}

std::vector<at::Tensor*> SiteTensors::all() {
    return {&a,
            &b,
            &magnitude,
            &vector,
            &shared_vector,
            &shared_gate,
            &router_weight,
            &router_bias,
            &threshold_weight,
            &threshold_bias,
            &task.embedding,
            &task.gate};
}

TaskTensors fresh_task_tensors(std::int64_t tasks, std::int64_t width, std::int64_t experts,
                               std::uint64_t seed) {
    at::Generator random = at::make_generator<at::CPUGeneratorImpl>(mix(seed));
    return {at::empty({tasks + 1, width}, at::kFloat).normal_(0, 1, random),
            at::empty({experts, width}, at::kFloat).uniform_(-bound(width), bound(width), random)};
}

namespace {

class Draws {
  public:
    explicit Draws(std::uint64_t seed)
        : random_(at::make_generator<at::CPUGeneratorImpl>(mix(seed))) {}
    at::Tensor between(at::IntArrayRef shape, double low, double high) {
        return at::empty(shape, at::kFloat).uniform_(low, high, random_);
    }
    // As a linear layer of this many inputs starts.
    at::Tensor linear(at::IntArrayRef shape, std::int64_t width) {
        return between(shape, -bound(width), bound(width));
    }
    at::Tensor normal(at::IntArrayRef shape, double deviation) {
        return at::empty(shape, at::kFloat).normal_(0, deviation, random_);
    }

  private:
    at::Generator random_;
};

at::Tensor fresh_a(const SiteSpec& site, const AdapterOptions& options, Draws& draw) {
    const std::int64_t rows = site.a_rows(), in = site.shape.in;
    if (options.init == ExpertInit::NormalZero) return draw.normal({rows, in}, options.init_std);
    // Of modulation the numbers belong to its vectors.
    if (options.init == ExpertInit::Uniform && site.bank != BankKind::Modulation)
        return draw.between({rows, in}, options.init_low, options.init_high);
    return draw.linear({rows, in}, in);
}

at::Tensor fresh_b(const SiteSpec& site, const AdapterOptions& options, Draws& draw) {
    at::Tensor b = at::zeros({site.shape.out, site.total_rank()}, at::kFloat);
    if (options.init != ExpertInit::DefaultBoth) return b;
    std::int64_t first = 0;
    for (const auto r : site.ranks) {
        b.narrow(1, first, r).copy_(draw.linear({site.shape.out, r}, r));
        first += r;
    }
    return b;
}

at::Tensor fresh_vectors(const SiteSpec& site, const AdapterOptions& options, Draws& draw) {
    const std::int64_t shape[] = {site.experts, site.vector_width()};
    if (options.init != ExpertInit::Uniform) return at::ones(shape, at::kFloat);
    return draw.between(shape, options.init_low, options.init_high);
}

void add_experts(SiteTensors& t, const SiteSpec& site, const AdapterOptions& options, Draws& draw) {
    if (site.bank != BankKind::Vector) {
        t.a = fresh_a(site, options, draw);
        t.b = fresh_b(site, options, draw);
    }
    if (site.bank == BankKind::Vector || site.bank == BankKind::Modulation)
        t.vector = fresh_vectors(site, options, draw);
    if (!site.shared_vector) return;
    t.shared_vector = draw.normal({site.shape.out}, 0.1);
    t.shared_gate = at::zeros({1}, at::kFloat);
}

void add_router(SiteTensors& t, const SiteSpec& site, const AdapterOptions& options, Draws& draw) {
    const bool gaussian = options.router_init_std > 0;
    const std::int64_t width = site.router_width(), in = site.shape.in;
    t.router_weight = gaussian ? draw.normal({site.experts, width}, options.router_init_std)
                               : draw.linear({site.experts, width}, width);
    if (site.router_bias)
        t.router_bias =
            gaussian ? at::zeros({site.experts}, at::kFloat) : draw.linear({site.experts}, width);
    if (!site.learns_level) return;
    t.threshold_weight = draw.linear({1, in}, in);
    t.threshold_bias = draw.linear({1}, in);
}

}  // namespace

SiteTensors fresh_tensors(const SiteSpec& site, const AdapterOptions& options, std::uint64_t seed,
                          std::uint64_t index) {
    Draws draw(seed ^ mix(index));
    SiteTensors t;
    add_experts(t, site, options, draw);
    if (site.has_router_weight()) add_router(t, site, options, draw);
    if (site.tasks > 0)
        t.task =
            fresh_task_tensors(site.tasks, site.task_embedding, site.experts, seed ^ mix(index));
    return t;
}

void start_from_weight(SiteTensors& tensors, const SiteSpec& site, const AdapterOptions& options,
                       const at::Tensor& weight) {
    const auto [u, s, vh] = at::linalg_svd(weight.to(at::kDouble), /*full_matrices=*/false);
    const bool pieces = options.init == ExpertInit::SvdPieces;
    const std::int64_t step = pieces ? s.size(0) / site.experts : 0;
    const double divisor = pieces ? options.init_divisor : 1;
    std::vector<at::Tensor> a, b;
    for (std::size_t e = 0; e < site.ranks.size(); ++e) {
        const std::int64_t first = static_cast<std::int64_t>(e) * step, r = site.ranks[e];
        const at::Tensor root = (s.narrow(0, first, r) / (site.scales[e] * divisor)).sqrt();
        a.push_back(vh.narrow(0, first, r) * root.unsqueeze(1));
        b.push_back(u.narrow(1, first, r) * root);
    }
    const auto taken = [](const std::vector<at::Tensor>& parts, std::int64_t dim) {
        return at::cat(parts, dim).to(at::kCPU, at::kFloat).contiguous();
    };
    tensors.a = taken(a, 0);
    tensors.b = taken(b, 1);
    if (site.start_share == 0) return;
    tensors.start_a = tensors.a.clone();
    tensors.start_b = tensors.b.clone();
}

}  // namespace moelora
