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
    at::Tensor a;              // [R, in]  all experts' A by rows, R = Σ r_e
    at::Tensor b;              // [out, R] all experts' B side by side
    at::Tensor magnitude;      // [E, out] of DoRA: lengths of the rows of W + s B A
    at::Tensor vector;         // [E, width] scaling vectors, instead of a and b
    at::Tensor router_weight;  // [E, width of what it sees], undefined without a token router
    at::Tensor router_bias;    // [E], undefined without one
    TaskTensors task;          // of a task router of its own
    // Those that are defined, in a fixed order, named "<path>.expert_a", ".expert_b",
    // ".expert_magnitude", ".expert_vector", ".router.weight", ".router.bias", ".task.embedding",
    // ".task.gate".
    [[nodiscard]] std::vector<NamedTensor> named(const std::string& path) const;
    [[nodiscard]] std::vector<at::Tensor*> all();  // defined or not
};

// f32 on the CPU, from (seed, index of the site) alone: the same whatever else is adapted or drawn.
//   kaiming_zero  A ~ U(±1/√in), B = 0        normal_zero  A ~ N(0, init_std²), B = 0
//   default_both  A ~ U(±1/√in), B ~ U(±1/√r) (the linear layers' usual start, as written upstream)
//   ones          of scaling vectors: the model is unchanged while the weights sum to 1
//   router        U(±1/√in), its bias too, or N(0, router_init_std²) with bias 0
// The magnitudes of DoRA follow from the layer they stand at (row_norms in dora_bank.h).
[[nodiscard]] SiteTensors fresh_tensors(const SiteSpec& site, const AdapterOptions& options,
                                        std::uint64_t seed, std::uint64_t index);

// N(0, 1) embedding and U(±1/√width) gate, as MOELoRA.
[[nodiscard]] TaskTensors fresh_task_tensors(std::int64_t tasks, std::int64_t width,
                                             std::int64_t experts, std::uint64_t seed);

}  // namespace moelora
