// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/trainer.h"

#include <algorithm>
#include <cmath>

#include "core/base/assert.h"
#include "core/train/batch_pack.h"
#include "core/train/batch_pass.h"
#include "core/train/batch_rows.h"
#include "core/train/label_loss.h"
#include "core/train/loss_scale.h"
#include "core/train/update_rule.h"

namespace moelora {

namespace {

// What an update needs to know of what was computed, read from the device once at the end. One
// entry for each micro-batch with targets, or for each of its parts.
struct Gathered {
    std::vector<at::Tensor> losses, aux;       // 0-dim; aux undefined = none
    std::vector<double> weights, aux_weights;  // sum = number of micro-batches
    std::vector<const Batch*> of;              // the micro-batch
    std::vector<double> shares;                // of its targets
    std::vector<std::vector<std::string>> samples;
    std::int64_t targets = 0, micro_batches = 0;
};
struct HostValues {
    std::vector<double> losses, aux;
    double norm = 0;
};

// The one transfer of an update.
HostValues read(const Gathered& g, const at::Tensor& norm) {
    std::vector<at::Tensor> all;
    const at::Device device = g.losses.front().device();
    for (const auto& loss : g.losses) all.push_back(loss.to(at::kDouble));
    for (const auto& aux : g.aux)
        all.push_back(aux.defined() ? aux.to(at::kDouble)
                                    : at::zeros({}, at::dtype(at::kDouble).device(device)));
    all.push_back(norm.to(device));
    const at::Tensor host = at::stack(all).cpu();
    const auto* values = host.const_data_ptr<double>();
    const std::size_t n = g.losses.size();
    return {{values, values + n}, {values + n, values + 2 * n}, values[2 * n]};
}

std::string text_of(double x) {
    return std::isnan(x) ? "NaN" : x > 0 ? "infinite" : x < 0 ? "-infinite" : "0";
}

// A name that could be taken for several stands between quotes.
std::string join_samples(const std::vector<std::string>& samples) {
    std::string joined;
    for (const std::string& id : samples) {
        const bool plain = id.find_first_of(",\"") == std::string::npos;
        joined += (joined.empty() ? "" : ", ") + (plain ? id : "\"" + id + "\"");
    }
    return joined;
}

// Over `count` micro-batches.
double mean_of(const std::vector<double>& values, const std::vector<double>& weights,
               std::int64_t count) {
    double sum = 0;
    for (std::size_t i = 0; i < values.size(); ++i) sum += values[i] * weights[i];
    return sum / static_cast<double>(count);
}

// A router that counts every place counts padding, too.
bool counts_padding(const Adapter& adapter) {
    const auto& sites = adapter.sites();
    return adapter.options().balance_tokens == TokenMask::All &&
           std::any_of(sites.begin(), sites.end(), [](const SiteSpec& s) { return s.routed; });
}

at::Tensor times(const at::Tensor& value, double factor) {
    return factor == 1 ? value : value * factor;
}

}  // namespace

class Trainer::Impl {
  public:
    Impl(Qwen3VL& model, Adapter& adapter, const TrainOptions& options, std::int64_t total_updates)
        : model_(model),
          adapter_(adapter),
          rule_(adapter.parameters(), options, total_updates),
          scaled_(model.dtype() == at::kHalf),
          pack_tokens_(can_pack(adapter.options()) ? options.pack_tokens : 1),
          counts_padding_(counts_padding(adapter)),
          recomputes_all_(options.gradient_checkpointing) {
        recompute(0);
    }
    void recompute(std::int64_t text_layers) {
        model_.set_gradient_checkpointing(recomputes_all_ || text_layers > 0,
                                          recomputes_all_ ? Qwen3VL::every_layer : text_layers);
    }

    // Whatever is thrown, memory that is used up above all, comes before the first weight moves.
    Result<StepRecord> step(std::span<const Batch> micro_batches,
                            const std::function<bool()>& keep_going) {
        MOELORA_ASSERT(adapter_.attached(), "Trainer::step: the adapter is not attached");
        const at::Tensor random = adapter_.random_state().clone();
        const LossScale scale = scale_;
        at_work_ = {};
        bad_samples_.clear();
        try {
            for (;;) {
                auto record = make(micro_batches, keep_going, random);
                const bool overflow =
                    !record && record.error().code == ErrorCode::GradientNotFinite;
                if (scaled_ && overflow && scale_.overflow()) continue;
                if (!record) scale_ = scale;  // it was not to blame
                return record;
            }
        } catch (...) {
            scale_ = scale;
            (void)given_up(random);
            throw;
        }
    }

    LossSum evaluate(const Batch& batch) {
        const at::NoGradGuard no_graph;
        LossSum sum;
        const BatchLoss found = batch_loss(model_, &adapter_, batch);
        sum.targets = found.targets;
        if (found.targets > 0) sum.loss = found.loss.item<double>();
        return sum;
    }

    UpdateRule& rule() { return rule_; }
    void set_rows_at_once(std::int64_t rows) { rows_at_once_ = rows; }
    [[nodiscard]] const AtWork& at_work() const { return at_work_; }
    [[nodiscard]] const std::vector<std::string>& bad_samples() const { return bad_samples_; }

    std::vector<NamedTensor> state() const {
        std::vector<NamedTensor> state = rule_.state();
        if (scaled_)
            state.push_back(
                {scale_name, at::tensor({scale_.scale, static_cast<double>(scale_.good_updates)},
                                        at::kDouble)});
        return state;
    }
    Status restore(std::vector<NamedTensor> state, std::int64_t updates_made) {
        LossScale found;
        for (const NamedTensor& n : state) {
            if (n.name != scale_name) continue;
            if (n.tensor.scalar_type() != at::kDouble || n.tensor.numel() != 2 ||
                !(n.tensor[0].item<double>() >= 1))
                return fail(ErrorCode::CheckpointInvalid,
                            {{"path", "optimizer"}, {"why", "shape or type of " + n.name}});
            found = {n.tensor[0].item<double>(), n.tensor[1].to(at::kLong).item<std::int64_t>()};
        }
        std::erase_if(state, [](const NamedTensor& n) { return n.name == scale_name; });
        MOELORA_TRY_STATUS(rule_.restore(state, updates_made));
        scale_ = found;
        return {};
    }

  private:
    static constexpr const char* scale_name = "loss_scale";  // [2] f64: scale, good updates
    [[nodiscard]] double scale() const { return scaled_ ? scale_.scale : 1.0; }

    Result<StepRecord> make(std::span<const Batch> micro_batches,
                            const std::function<bool()>& keep_going, const at::Tensor& random) {
        rule_.begin();
        Gathered g;
        std::vector<const Batch*> batches;
        for (const Batch& batch : micro_batches)
            if (count_targets(batch.labels) > 0) batches.push_back(&batch);
        g.micro_batches = static_cast<std::int64_t>(batches.size());
        const std::vector<double> weights = weights_of(batches);
        std::size_t first = 0;
        for (const std::size_t count : passes_of(batches)) {
            if (keep_going && !keep_going()) return given_up(random);
            if (count == 1)
                run(*batches[first], weights[first], g);
            else
                run_pack({batches.data() + first, count}, {weights.data() + first, count}, g);
            first += count;
        }
        if (batches.empty()) return record(rule_.skip(), micro_batches, g, {});
        HostValues host = read(g, rule_.gradient_norm());
        host.norm /= scale();
        if (auto status = check(g, host); !status) {
            (void)given_up(random);
            return pass(std::move(status).error());
        }
        const double lr = rule_.apply(host.norm, scale());
        if (scaled_) scale_.good();
        return record(lr, micro_batches, g, host);
    }

    // Of text models every target of the update counts the same: k · targets / all targets.
    [[nodiscard]] std::vector<double> weights_of(const std::vector<const Batch*>& batches) const {
        std::vector<double> weights(batches.size(), 1.0);
        if (model_.config().has_vision()) return weights;
        double all = 0;
        for (std::size_t i = 0; i < batches.size(); ++i)
            all += weights[i] = static_cast<double>(count_targets(batches[i]->labels));
        for (double& weight : weights) weight *= static_cast<double>(batches.size()) / all;
        return weights;
    }

    // How many micro-batches, in order, are computed together.
    [[nodiscard]] std::vector<std::size_t> passes_of(
        const std::vector<const Batch*>& batches) const {
        std::vector<std::size_t> passes;
        std::int64_t tokens = 0, rows = 0;
        for (const Batch* batch : batches) {
            const std::int64_t more = pack_tokens_ > 1 ? packed_tokens(*batch, counts_padding_) : 0;
            tokens += more;
            rows += batch->input_ids.size(0);
            const bool fits = pack_tokens_ > 1 && !passes.empty() && tokens <= pack_tokens_ &&
                              (rows_at_once_ <= 0 || rows <= rows_at_once_);
            if (fits) {
                ++passes.back();
                continue;
            }
            passes.push_back(1);
            tokens = more;
            rows = batch->input_ids.size(0);
        }
        return passes;
    }

    // Each keeps its loss, its weight and its balance terms; dropout is drawn for all of them
    // together.
    void run_pack(std::span<const Batch* const> batches, std::span<const double> weights,
                  Gathered& g) {
        at_work_ = {};
        for (const Batch* batch : batches) {
            at_work_.samples.insert(at_work_.samples.end(), batch->sample_ids.begin(),
                                    batch->sample_ids.end());
            at_work_.picture = std::max(at_work_.picture, largest_picture(*batch));
        }
        const PackLoss found =
            pack_loss(model_, &adapter_, pack_of(batches, counts_padding_), true);
        const bool balanced = found.extra.defined();
        at::Tensor loss =
            (found.losses * at::tensor(weights, found.losses.options().requires_grad(false))).sum();
        if (balanced) loss = loss + found.extra.to(loss.scalar_type()).sum();
        if (scaled_) loss = loss * scale();
        rule_.accumulate(loss, g.micro_batches);
        const std::vector<at::Tensor> losses = found.losses.detach().unbind(),
                                      aux = balanced ? found.extra.detach().unbind()
                                                     : std::vector<at::Tensor>(batches.size());
        for (std::size_t i = 0; i < batches.size(); ++i) {
            g.losses.push_back(losses[i]);
            g.aux.push_back(aux[i]);
            g.weights.push_back(weights[i]);
            g.aux_weights.push_back(1);
            g.samples.push_back(batches[i]->sample_ids);
            g.targets += count_targets(batches[i]->labels);
            g.of.push_back(batches[i]);
            g.shares.push_back(1);
        }
        at_work_ = {};
    }

    void run(const Batch& batch, double weight, Gathered& g) {
        const std::int64_t rows = batch.input_ids.size(0), width = rows_at_once_;
        const auto note = [&](double share) {
            g.of.push_back(&batch);
            g.shares.push_back(share);
        };
        if (width <= 0 || width >= rows) {
            run_part(batch, weight, 1, g);
            return note(1);
        }
        const auto targets = static_cast<double>(count_targets(batch.labels));
        const auto tokens = batch.attention_mask.sum().item<double>();
        for (std::int64_t first = 0; first < rows; first += width) {
            const Batch part = rows_of(batch, first, std::min(width, rows - first));
            if (part.targets == 0) continue;
            const double share = static_cast<double>(part.targets) / targets;
            run_part(part, weight * share, part.attention_mask.sum().item<double>() / tokens, g);
            note(share);
        }
    }

    // Forward and backward; the graph is gone afterwards.
    void run_part(const Batch& batch, double weight, double aux_weight, Gathered& g) {
        at_work_ = {batch.sample_ids, largest_picture(batch)};
        const BatchLoss found = batch_loss(model_, &adapter_, batch, true);
        const bool balanced = found.extra.defined();
        at::Tensor loss = times(found.loss, weight);
        if (balanced) loss = loss + times(found.extra.to(loss.scalar_type()), aux_weight);
        if (scaled_) loss = loss * scale();
        rule_.accumulate(loss, g.micro_batches);
        g.losses.push_back(found.loss.detach());
        g.aux.push_back(balanced ? found.extra.detach() : at::Tensor());
        g.weights.push_back(weight);
        g.aux_weights.push_back(aux_weight);
        g.samples.push_back(batch.sample_ids);
        g.targets += found.targets;
        at_work_ = {};
    }

    // As if the update had never begun: the noise drawn by it is drawn again by the next one.
    StepRecord given_up(const at::Tensor& random) {
        rule_.discard();
        adapter_.set_random_state(random);
        return {};
    }

    tl::unexpected<Error> bad_value(ErrorCode code, double value,
                                    const std::vector<std::vector<std::string>>& groups) {
        bad_samples_.clear();
        for (const auto& group : groups)
            bad_samples_.insert(bad_samples_.end(), group.begin(), group.end());
        return fail(code, {{"value", text_of(value)},
                           {"step", std::to_string(rule_.updates_made() + 1)},
                           {"samples", join_samples(bad_samples_)}});
    }

    Status check(const Gathered& g, const HostValues& host) {
        std::vector<std::vector<std::string>> guilty;
        double value = 0;
        for (std::size_t i = 0; i < g.losses.size(); ++i) {
            const double sum = host.losses[i] + host.aux[i];
            if (std::isfinite(sum)) continue;
            guilty.push_back(g.samples[i]);
            value = sum;
        }
        if (!guilty.empty()) return bad_value(ErrorCode::LossNotFinite, value, guilty);
        if (!std::isfinite(host.norm))
            return bad_value(ErrorCode::GradientNotFinite, host.norm, g.samples);
        if (mean_of(host.losses, g.weights, g.micro_batches) == 0)
            return bad_value(ErrorCode::LossZero, 0, g.samples);
        return {};
    }

    StepRecord record(double lr, std::span<const Batch> micro_batches, const Gathered& g,
                      const HostValues& host) const {
        StepRecord record;
        record.step = rule_.updates_made();
        record.lr = lr;
        record.targets = g.targets;
        for (const Batch& batch : micro_batches) {
            record.micro_batches.push_back({batch.sample_ids});
            auto& loss = record.micro_batches.back().loss;
            for (std::size_t i = 0; i < g.of.size(); ++i)
                if (g.of[i] == &batch) loss = loss.value_or(0) + g.shares[i] * host.losses[i];
        }
        if (g.micro_batches == 0) return record;
        record.loss = mean_of(host.losses, g.weights, g.micro_batches);
        record.aux_loss = mean_of(host.aux, g.aux_weights, g.micro_batches);
        record.grad_norm = host.norm;
        return record;
    }

    Qwen3VL& model_;
    Adapter& adapter_;
    UpdateRule rule_;
    bool scaled_ = false;  // fp16
    LossScale scale_;
    std::int64_t pack_tokens_, rows_at_once_ = 0;
    bool counts_padding_, recomputes_all_;
    AtWork at_work_;
    std::vector<std::string> bad_samples_;
};

Trainer::Trainer(Qwen3VL& model, Adapter& adapter, const TrainOptions& options,
                 std::int64_t total_updates)
    : impl_(std::make_unique<Impl>(model, adapter, options, total_updates)) {}

Trainer::~Trainer() = default;

Result<StepRecord> Trainer::step(std::span<const Batch> micro_batches,
                                 const std::function<bool()>& keep_going) {
    return impl_->step(micro_batches, keep_going);
}

void Trainer::recompute(std::int64_t text_layers) {
    impl_->recompute(text_layers);
}

void Trainer::set_rows_at_once(std::int64_t rows) {
    impl_->set_rows_at_once(rows);
}

const Trainer::AtWork& Trainer::at_work() const {
    return impl_->at_work();
}

const std::vector<std::string>& Trainer::bad_samples() const {
    return impl_->bad_samples();
}

LossSum Trainer::evaluate(const Batch& batch) {
    return impl_->evaluate(batch);
}

std::int64_t Trainer::updates_made() const {
    return impl_->rule().updates_made();
}

std::vector<NamedTensor> Trainer::optimizer_state() const {
    return impl_->state();
}

Status Trainer::restore(const std::vector<NamedTensor>& optimizer_state,
                        std::int64_t updates_made) {
    return impl_->restore(optimizer_state, updates_made);
}

}  // namespace moelora
