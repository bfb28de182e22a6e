// SPDX-License-Identifier: GPL-3.0-or-later
// Router: from what a site sees to one logit for each token and expert (adapters.md 4). Engine
// thread only.
#pragma once

#include <ATen/core/Tensor.h>

#include <memory>

#include "core/adapter/plan.h"
#include "core/adapter/site_tensors.h"

namespace moelora {

// What a site knows of its tokens; a member looks at its own part.
struct RouterInput {
    at::Tensor tokens;           // [N, width] of any float type
    at::Tensor sample_of_token;  // [N] i64: row of the batch, for routers by sample
    at::Tensor task_ids;         // [B] or [B, M] i64, -1 = none
    at::Tensor means{};          // [B, width]: of each sample's prompt
    at::Tensor update{};         // [N, out]: what the low-rank update adds to tokens [N, out]
};

class Router {
  public:
    virtual ~Router() = default;
    // [N, E] in the router's own type, f32 (f64 in checks): routing is never decided in half
    // precision.
    [[nodiscard]] virtual at::Tensor logits(const RouterInput& input) const = 0;
    [[nodiscard]] virtual bool by_sample() const { return false; }
    [[nodiscard]] virtual bool by_task() const { return false; }
};

// z = x Wᵀ (+ bias), W [E, width]; x before adapter dropout, or the activation that is scaled.
class TokenRouter final : public Router {
  public:
    TokenRouter(at::Tensor weight, at::Tensor bias);
    [[nodiscard]] at::Tensor logits(const RouterInput& input) const override;

  private:
    at::Tensor weight_, bias_;
};

// MOELoRA: z = W_T e, e the mean embedding of the sample's tasks. Every token of a sample gets the
// same logits. A sample without any task is the caller's error: its logits are 0.
class TaskRouter final : public Router {
  public:
    explicit TaskRouter(TaskTensors tensors) : tensors_(std::move(tensors)) {}
    [[nodiscard]] at::Tensor logits(const RouterInput& input) const override;
    [[nodiscard]] bool by_sample() const override { return true; }
    [[nodiscard]] bool by_task() const override { return true; }
    // [B, E] from ids as in RouterInput.
    [[nodiscard]] at::Tensor sample_logits(const at::Tensor& task_ids) const;

  private:
    TaskTensors tensors_;
};

// z = (A x) Wᵀ (+ bias), W [E, r], A that of all experts: the router sees what they see
// (HydraLoRA's paper).
class LowRankRouter final : public Router {
  public:
    LowRankRouter(at::Tensor a, at::Tensor weight, at::Tensor bias);
    [[nodiscard]] at::Tensor logits(const RouterInput& input) const override;

  private:
    at::Tensor a_, weight_, bias_;
};

// z = m Wᵀ (+ bias), m the mean of the prompt's tokens: every token of a sample gets the same.
class InstanceRouter final : public Router {
  public:
    InstanceRouter(at::Tensor weight, at::Tensor bias);
    [[nodiscard]] at::Tensor logits(const RouterInput& input) const override;
    [[nodiscard]] bool by_sample() const override { return true; }

  private:
    at::Tensor weight_, bias_;
};

// LiME: z = (1 - mix) h / max|h| + mix d / max|d|, h and d the first E channels of the layer's
// output and of the update; the largest values are the token's, or those of all tokens together.
// Neither below 1e-6.
class ZeroParamRouter final : public Router {
  public:
    ZeroParamRouter(std::int64_t experts, double mix, RouterNorm norm)
        : experts_(experts), mix_(mix), norm_(norm) {}
    [[nodiscard]] at::Tensor logits(const RouterInput& input) const override;

  private:
    std::int64_t experts_;
    double mix_;
    RouterNorm norm_;
};

// nullptr for a site without router of its own. `global`: the shared gate, where there is one.
[[nodiscard]] std::unique_ptr<Router> make_router(const SiteSpec& site,
                                                  const AdapterOptions& options,
                                                  const SiteTensors& tensors,
                                                  const TaskTensors& global);

}  // namespace moelora
