// SPDX-License-Identifier: GPL-3.0-or-later
// The trainable tensors of one site, as the layer computes with them, and their first values.
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "core/adapter/named_tensor.h"
#include "core/adapter/plan.h"

namespace moelora {

struct SiteTensors {
    at::Tensor a;              // [R, in]  all experts' A by rows, R = Σ r_e
    at::Tensor b;              // [out, R] all experts' B side by side
    at::Tensor router_weight;  // [E, in], undefined without a router
    at::Tensor router_bias;    // [E], undefined without one
    // Those that are defined, in a fixed order, named "<path>.expert_a", ".expert_b",
    // ".router.weight", ".router.bias".
    [[nodiscard]] std::vector<NamedTensor> named(const std::string& path) const;
};

// f32 on the CPU, from (seed, index of the site) alone: the same whatever else is adapted or drawn.
//   kaiming_zero  A ~ U(±1/√in), B = 0        normal_zero  A ~ N(0, init_std²), B = 0
//   default_both  A ~ U(±1/√in), B ~ U(±1/√r) (the linear layers' usual start, as written upstream)
//   router        U(±1/√in), its bias too, or N(0, router_init_std²) with bias 0
[[nodiscard]] SiteTensors fresh_tensors(const SiteSpec& site, const AdapterOptions& options,
                                        std::uint64_t seed, std::uint64_t index);

}  // namespace moelora
