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
    add(".router.weight", router_weight);
    add(".router.bias", router_bias);
    add(".task.embedding", task.embedding);
    add(".task.gate", task.gate);
    return all;
}

std::vector<at::Tensor*> SiteTensors::all() {
    return {&a, &b, &magnitude, &vector, &router_weight, &router_bias, &task.embedding, &task.gate};
}

TaskTensors fresh_task_tensors(std::int64_t tasks, std::int64_t width, std::int64_t experts,
                               std::uint64_t seed) {
    at::Generator random = at::make_generator<at::CPUGeneratorImpl>(mix(seed));
    return {at::empty({tasks + 1, width}, at::kFloat).normal_(0, 1, random),
            at::empty({experts, width}, at::kFloat).uniform_(-bound(width), bound(width), random)};
}

SiteTensors fresh_tensors(const SiteSpec& site, const AdapterOptions& options, std::uint64_t seed,
                          std::uint64_t index) {
    at::Generator random = at::make_generator<at::CPUGeneratorImpl>(mix(seed ^ mix(index)));
    const std::int64_t in = site.shape.in, out = site.shape.out, rank = site.total_rank();
    const auto uniform = [&](at::IntArrayRef shape, std::int64_t width) {
        return at::empty(shape, at::kFloat).uniform_(-bound(width), bound(width), random);
    };
    const auto normal = [&](at::IntArrayRef shape, double deviation) {
        return at::empty(shape, at::kFloat).normal_(0, deviation, random);
    };
    SiteTensors t;
    if (site.bank == BankKind::Vector) {
        t.vector = at::ones({site.experts, site.vector_width()}, at::kFloat);
    } else {
        t.a = options.init == ExpertInit::NormalZero ? normal({rank, in}, options.init_std)
                                                     : uniform({rank, in}, in);
        t.b = at::zeros({out, rank}, at::kFloat);
    }
    if (t.b.defined() && options.init == ExpertInit::DefaultBoth) {
        std::int64_t first = 0;
        for (const auto r : site.ranks) {
            t.b.narrow(1, first, r).copy_(uniform({out, r}, r));
            first += r;
        }
    }
    if (!site.routed) return t;
    if (site.router == RouterKind::Task) {
        if (site.tasks > 0)
            t.task = fresh_task_tensors(site.tasks, site.task_embedding, site.experts,
                                        seed ^ mix(index));
        return t;
    }
    const bool gaussian = options.router_init_std > 0;
    const std::int64_t width = site.router_width();
    t.router_weight = gaussian ? normal({site.experts, width}, options.router_init_std)
                               : uniform({site.experts, width}, width);
    if (site.router_bias)
        t.router_bias =
            gaussian ? at::zeros({site.experts}, at::kFloat) : uniform({site.experts}, width);
    return t;
}

}  // namespace moelora
