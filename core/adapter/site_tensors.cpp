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
    add(".router.weight", router_weight);
    add(".router.bias", router_bias);
    return all;
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
    t.a = options.init == ExpertInit::NormalZero ? normal({rank, in}, options.init_std)
                                                 : uniform({rank, in}, in);
    t.b = at::zeros({out, rank}, at::kFloat);
    if (options.init == ExpertInit::DefaultBoth) {
        std::int64_t first = 0;
        for (const auto r : site.ranks) {
            t.b.narrow(1, first, r).copy_(uniform({out, r}, r));
            first += r;
        }
    }
    if (!site.routed) return t;
    const bool gaussian = options.router_init_std > 0;
    t.router_weight = gaussian ? normal({site.experts, in}, options.router_init_std)
                               : uniform({site.experts, in}, in);
    if (site.router_bias)
        t.router_bias =
            gaussian ? at::zeros({site.experts}, at::kFloat) : uniform({site.experts}, in);
    return t;
}

}  // namespace moelora
