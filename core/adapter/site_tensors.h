// SPDX-License-Identifier: GPL-3.0-or-later
// The trainable tensors of one site, as the layer computes with them, and their first values.
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "core/adapter/named_tensor.h"
#include "core/adapter/plan.h"

namespace moelora {

// Of a task router: row 0 of the embedding stands for "no task" and is never used.
struct TaskTensors {
    at::Tensor embedding;  // [tasks + 1, width]
    at::Tensor gate;       // [E, width]
};

struct SiteTensors {
    at::Tensor a;              // [R, in]  all experts' A by rows, R = Σ r_e, or r of a shared A
    at::Tensor b;              // [out, R] all experts' B side by side
    at::Tensor magnitude;      // [E, out] of DoRA: lengths of the rows of W + s B A
    at::Tensor vector;         // [E, width] scaling vectors, instead of a and b or of their output
    at::Tensor router_weight;  // [E, width of what it sees], undefined without a token router
    at::Tensor router_bias;    // [E], undefined without one
    TaskTensors task;          // of a task router of its own
    at::Tensor shared_vector{};     // [out] of modulation: always on
    at::Tensor shared_gate{};       // [1] its factor
    at::Tensor threshold_weight{};  // [1, in] of a learnt threshold
    at::Tensor threshold_bias{};    // [1]
    // Frozen, as a and b: the start of an initialisation from the layer's weight.
    at::Tensor start_a{}, start_b{};
    // Those that learn and are defined, in a fixed order, named "<path>.expert_a", ".expert_b",
    // ".expert_magnitude", ".expert_vector", ".shared_vector", ".shared_gate", ".router.weight",
    // ".router.bias", ".threshold.weight", ".threshold.bias", ".task.embedding", ".task.gate".
    [[nodiscard]] std::vector<NamedTensor> named(const std::string& path) const;
    // ".start_a", ".start_b" where they are defined.
    [[nodiscard]] std::vector<NamedTensor> frozen(const std::string& path) const;
    [[nodiscard]] std::vector<at::Tensor*> all();  // that learn, defined or not
};

// f32 on the CPU, from (seed, index of the site) alone: the same whatever else is adapted or drawn.
//   kaiming_zero  A ~ U(±1/√in), B = 0        normal_zero  A ~ N(0, init_std²), B = 0
//   default_both  A ~ U(±1/√in), B ~ U(±1/√r) (the linear layers' usual start, as written upstream)
//   ones          of scaling vectors: the model is unchanged while the weights sum to 1
//   uniform       U(init_low, init_high), of scaling vectors or of A with B = 0
//   pissa, svd_pieces, loftq   as kaiming_zero; start_from_weight follows
//   router        U(±1/√in), its bias too, or N(0, router_init_std²) with bias 0
// The magnitudes of DoRA follow from the layer they stand at (row_norms in dora_bank.h).
[[nodiscard]] SiteTensors fresh_tensors(const SiteSpec& site, const AdapterOptions& options,
                                        std::uint64_t seed, std::uint64_t index);

// A and B from a layer's weight [out, in] of any float type, by singular value decomposition in f64
// (adapters.md 11.4, 12):
//   pissa       the r strongest directions: s B A is the weight's best approximation of rank r
//   svd_pieces  expert e the first r_e of its own range of directions, values over init_divisor
//   loftq       `weight` is what quantisation took off: s B A its best approximation, nothing else
// The first two are taken off again (start_share), so that the layer is left as it is: what is
// taken off stands in start_a and start_b.
void start_from_weight(SiteTensors& tensors, const SiteSpec& site, const AdapterOptions& options,
                       const at::Tensor& weight);

// N(0, 1) embedding and U(±1/√width) gate, as MOELoRA.
[[nodiscard]] TaskTensors fresh_task_tensors(std::int64_t tasks, std::int64_t width,
                                             std::int64_t experts, std::uint64_t seed);

}  // namespace moelora
