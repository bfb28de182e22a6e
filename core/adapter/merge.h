// SPDX-License-Identifier: GPL-3.0-or-later
// Adapters whose routing does not depend on the tokens: what they become without a router
// (adapters.md 3.5). Engine thread only.
//
// Merging gives new weights and leaves the old ones alone: `folded` returns copies, an export reads
// the base's files and writes others. To unmerge a task is therefore to take the weight that was
// kept, bit for bit, and to change the task is to fold the other one into it. Subtracting W + ΔW -
// ΔW is nowhere done: in floating point it is another weight.
#pragma once

#include "core/adapter/adapter.h"
#include "core/adapter/formats.h"

namespace moelora {

// Mixing weights of each site, [E] f32 on the CPU, in the order of Adapter::sites().
using ConstantWeights = std::vector<at::Tensor>;

// Mean weights that were measured (Adapter::take_statistics), 1 for a site without router. Errors:
// ExportRefused when a routed site was not measured.
[[nodiscard]] Result<ConstantWeights> measured_weights(const Adapter& adapter,
                                                       const std::vector<RouterRecord>& records);
// Errors: ExportRefused for a router that looks at tokens, naming the first such site.
[[nodiscard]] Result<ConstantWeights> weights_of_tasks(const Adapter& adapter,
                                                       const std::vector<std::int64_t>& tasks);

// Vectors that act behind the norm of the keys stand in no weight and in no file of PEFT's. Errors:
// ExportRefused.
[[nodiscard]] Status check_vector_places(const AdapterCard& card);
// Whether `collapsed` can give one expert a site. Errors: ExportRefused (mixtures of DoRA and of
// whole feed-forward blocks, check_vector_places).
[[nodiscard]] Status check_collapse(const AdapterCard& card);

// One expert a site: low-rank updates side by side (rank R = Σ r_e, scale 1, the weights and scales
// in B), vectors added up. With constant routing this is the adapter itself, else an approximation.
// Errors: those of check_collapse.
[[nodiscard]] Result<StoredAdapter> collapsed(const Adapter& adapter,
                                              const ConstantWeights& weights);
// Expert number `expert` of each site that has it, with its own scale and weight 1; the one expert
// of a site without router is beside each.
[[nodiscard]] Result<StoredAdapter> single_expert(const Adapter& adapter, std::int64_t expert);
// The best update of at most this rank at each site (SVD of B A). Only low-rank updates.
void truncate_rank(StoredAdapter& adapter, std::int64_t rank);

// The weight [out, in] and bias [out] (or undefined) of a layer with a one-expert site folded in;
// f32 in and out.
struct FoldedLinear {
    at::Tensor weight, bias;
};
[[nodiscard]] FoldedLinear folded(const SiteSpec& site, const SiteTensors& tensors,
                                  const at::Tensor& weight, const at::Tensor& bias);

}  // namespace moelora
