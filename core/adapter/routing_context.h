// SPDX-License-Identifier: GPL-3.0-or-later
// RoutingContext: what the sites of one adapter share during a pass - masks, noise, switches - and
// where their routing goes: into balance terms, statistics and recordings. Everything is kept by
// site and overwritten, never appended, so a recomputed layer changes nothing (adapters.md 3.3).
// Engine thread only; owns its noise, borrows the batch's tensors until the next pass.
#pragma once

#include <ATen/core/Tensor.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/adapter/balance.h"
#include "core/adapter/gate.h"
#include "core/adapter/noise.h"
#include "core/adapter/plan.h"
#include "core/model/attachment.h"
#include "core/record/records.h"

namespace moelora {

class RoutingContext final : public LayerLoss {
  public:
    // `sites` is borrowed and outlives the context.
    RoutingContext(const std::vector<SiteSpec>& sites, const AdapterOptions& options,
                   at::Device device, std::uint64_t seed);

    void begin_pass(const ForwardInfo& info);
    // From a site's forward; `leading` is the shape of its input without the last axis.
    void record(std::size_t site, const Routed& routed, at::IntArrayRef leading);
    // [N] i64: the row of the batch, or the sample of a pack, that each token of a site belongs to.
    // Patches follow the pictures' order (ForwardInfo::patches).
    [[nodiscard]] at::Tensor sample_of_token(std::size_t site, at::IntArrayRef leading) const;
    // How many samples there are.
    [[nodiscard]] std::int64_t samples_of(std::size_t site, at::IntArrayRef leading) const;
    [[nodiscard]] const at::Tensor& task_ids() const { return info_.task_ids; }
    // [B, width] in `type`: means of the prompts' tokens [N, width] (no padding, and nothing from
    // the first answer on), kept for the passes that bring an answer's tokens one by one, whose
    // mask is longer than they are.
    [[nodiscard]] at::Tensor prompt_means(std::size_t site, const at::Tensor& tokens,
                                          at::IntArrayRef leading, at::ScalarType type);
    // The weights that the site whose routing this one takes (SiteSpec::router_of) has just found.
    [[nodiscard]] const at::Tensor& weights_of_leader(std::size_t site) const;
    [[nodiscard]] at::Device device() const { return noise_.device(); }
    // nullptr outside training.
    [[nodiscard]] Noise* noise() { return info_.training ? &noise_ : nullptr; }

    // Each call returns coefficient · reduction of the terms of this layer's sites; of a pack
    // [micro-batches], each one's as if it had been alone (0 where it had nothing for these sites).
    void begin_layer(bool vision, std::int64_t layer) override;
    at::Tensor take_layer_loss(bool vision, std::int64_t layer) override;
    [[nodiscard]] at::Tensor of_all_layers(const at::Tensor& sum) override;
    at::Tensor random_state() const override { return noise_.state(); }
    void set_random_state(const at::Tensor& state) override { noise_.set_state(state); }

    void begin_statistics(const std::vector<std::string>& tasks);
    [[nodiscard]] std::vector<RouterRecord> take_statistics(std::int64_t step);
    void record_weights(bool on);
    [[nodiscard]] const std::map<std::string, at::Tensor>& recorded_weights() const {
        return recorded_;
    }

    // Whether this pass looks at the routing of all tokens: for a balance term, statistics, or a
    // recording.
    [[nodiscard]] bool counts_tokens() const {
        return (term_ && info_.training) || collecting_ || recording_;
    }
    // Whether the first half of what a site is given passes as the base's.
    [[nodiscard]] bool paired() const { return info_.paired; }

    bool enabled = true;  // false: the sites give the base's output
    // The expert that stands in for what the gates say, see Adapter::force_expert; -1 = none.
    std::int64_t forced_expert = -1;

  private:
    [[nodiscard]] at::Tensor before_the_answer(std::size_t site, at::IntArrayRef leading) const;
    using Pending = std::map<std::size_t, BalanceInput>;  // by site

    [[nodiscard]] at::Tensor term_of(const Pending& inputs) const;
    [[nodiscard]] at::Tensor terms_of_pack(bool vision) const;
    [[nodiscard]] at::Tensor token_mask(const SiteSpec& site, at::IntArrayRef leading,
                                        const at::TensorOptions& like) const;
    void add_statistics(std::size_t site, const Routed& routed, at::IntArrayRef leading,
                        const at::Tensor& mask);
    [[nodiscard]] at::Tensor row_selector(std::size_t number, at::IntArrayRef leading,
                                          const at::Tensor& mask) const;
    void close_pass();

    const std::vector<SiteSpec>& sites_;
    TokenMask tokens_;
    BalanceReduce reduce_;
    double factor_;  // coefficient, and the mean over sites where that is the reduction
    std::unique_ptr<BalanceTerm> term_;
    bool by_sample_;                    // the term looks at whole samples
    std::vector<std::int64_t> active_;  // by site, see BalanceTerm
    Noise noise_;
    ForwardInfo info_;
    Pending pending_;  // of the present layer

    bool collecting_ = false, recording_ = false;
    std::vector<std::string> tasks_;
    // Sums by site: row 0 all tokens, then those of each task, then those of each TokenKind;
    // columns: weights [E], selected [E], p [E], H(p), exp H(p), tokens. f64; on the device until
    // they are read.
    std::map<std::size_t, at::Tensor> pass_, total_;
    std::map<std::string, at::Tensor> recorded_;

    std::map<std::size_t, std::size_t> leaders_;  // by site that takes another's routing
    std::map<std::size_t, at::Tensor> led_;       // weights of the leaders, of the present layer
    std::map<std::size_t, at::Tensor> prompts_;   // means, from the pass that brought the prompt
};

}  // namespace moelora
