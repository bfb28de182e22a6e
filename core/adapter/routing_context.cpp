// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/adapter/routing_context.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/base/assert.h"

namespace moelora {
namespace {

constexpr std::int64_t ignored_label = -100;
// By TokenKind.
constexpr const char* kind_names[] = {"image", "prompt", "response"};
constexpr auto kinds = static_cast<std::int64_t>(std::size(kind_names));

// The columns of [B, T_all] that belong to the tokens of this pass, as [B * T]; decoding passes
// bring the last tokens only.
at::Tensor last_columns(const at::Tensor& rows, at::IntArrayRef leading) {
    MOELORA_ASSERT(leading.size() == 2 && rows.size(0) == leading[0] && rows.size(1) >= leading[1],
                   "the batch's masks do not fit the tokens of the pass");
    return rows.narrow(1, rows.size(1) - leading[1], leading[1]).reshape({-1});
}

double factor_of(const std::vector<SiteSpec>& sites, const AdapterOptions& options) {
    const auto routed =
        std::count_if(sites.begin(), sites.end(), [](const auto& site) { return site.routes(); });
    const bool mean = options.balance_reduce == BalanceReduce::MeanSites && routed > 0;
    return options.balance_coef / (mean ? static_cast<double>(routed) : 1.0);
}

double entropy_of(const std::vector<double>& p) {
    double sum = 0;
    for (const double x : p) sum -= x > 0 ? x * std::log(x) : 0;
    return sum;
}

struct Range {
    std::int64_t first = 0, count = 0;
};

// Of N tokens and of the samples, what belongs to one micro-batch after the other. Mergers see
// whole groups of patches, so the counts shrink by one factor.
std::vector<std::pair<Range, Range>> micro_batches_of(const Pack& pack, bool vision,
                                                      std::int64_t tokens) {
    const std::vector<std::int64_t>& sizes = vision ? pack.patches : pack.lengths;
    const std::int64_t all = std::accumulate(sizes.begin(), sizes.end(), std::int64_t{0});
    std::vector<std::pair<Range, Range>> out;
    std::int64_t place = 0, sample = 0;
    for (const std::int64_t samples : pack.samples) {
        const auto first = sizes.begin() + sample;
        const std::int64_t count =
            std::accumulate(first, first + samples, std::int64_t{0}) * tokens / all;
        out.push_back({{place, count}, {sample, samples}});
        place += count;
        sample += samples;
    }
    MOELORA_ASSERT(place == tokens, "the tokens of a site do not fit its pack");
    return out;
}

BalanceInput part_of(const BalanceInput& whole, Range tokens, Range samples) {
    const auto part = [](const at::Tensor& all, Range range) {
        return all.defined() ? all.narrow(0, range.first, range.count) : all;
    };
    BalanceInput out{part(whole.probabilities, tokens), part(whole.selected, tokens),
                     part(whole.mask, tokens),          part(whole.sample_of_token, tokens),
                     part(whole.sample_types, samples), part(whole.logits, tokens),
                     part(whole.level, tokens),         samples.count};
    if (out.sample_of_token.defined()) out.sample_of_token = out.sample_of_token - samples.first;
    return out;
}

// Sums by sample, in each as many as in the micro-batch with most of them: samples without tokens
// do not count.
void even_out(std::vector<at::Tensor>& sums, const std::vector<std::int64_t>& samples) {
    const std::int64_t most = *std::max_element(samples.begin(), samples.end());
    std::int64_t length = 0;
    at::Tensor none;
    for (std::size_t m = 0; m < sums.size(); ++m) {
        if (!sums[m].defined()) continue;
        length = most * (sums[m].numel() / samples[m]);
        none = at::zeros({length}, sums[m].options().requires_grad(false));
    }
    for (at::Tensor& own : sums)
        own = own.defined() ? at::constant_pad_nd(own, {0, length - own.numel()}) : none;
}

std::vector<double> to_vector(const at::Tensor& row) {
    const at::Tensor flat = row.contiguous();
    return {flat.const_data_ptr<double>(), flat.const_data_ptr<double>() + flat.numel()};
}

}  // namespace

RoutingContext::RoutingContext(const std::vector<SiteSpec>& sites, const AdapterOptions& options,
                               at::Device device, std::uint64_t seed)
    : sites_(sites),
      tokens_(options.balance_tokens),
      reduce_(options.balance_reduce),
      factor_(factor_of(sites, options)),
      term_(make_balance(options)),
      by_sample_(options.balance == BalanceKind::Localized ||
                 options.balance == BalanceKind::SwitchBySample),
      noise_(device, seed) {
    std::map<std::string, std::size_t> numbers;
    for (std::size_t i = 0; i < sites.size(); ++i) {
        active_.push_back(active_experts(sites[i], options));
        numbers[sites[i].shape.path] = i;
        if (sites[i].routed && !sites[i].router_of.empty())
            leaders_[i] = numbers.at(sites[i].router_of);
    }
}

void RoutingContext::begin_pass(const ForwardInfo& info) {
    close_pass();
    info_ = info;
    if (info_.paired)  // only the second half is routed
        for (at::Tensor* rows : {&info_.attention_mask, &info_.labels, &info_.task_ids,
                                 &info_.sample_types, &info_.patches, &info_.token_kinds})
            if (rows->defined()) *rows = rows->chunk(2)[1];
    pending_.clear();
    led_.clear();
    recorded_.clear();
}

const at::Tensor& RoutingContext::weights_of_leader(std::size_t site) const {
    const auto found = led_.find(leaders_.at(site));
    MOELORA_ASSERT(found != led_.end(), "a site stands before the one whose routing it takes");
    return found->second;
}

// [N] bool: what a prompt holds when it is asked, which ends where the first answer begins; turns
// behind that have seen the answer.
at::Tensor RoutingContext::before_the_answer(std::size_t site, at::IntArrayRef leading) const {
    const at::Tensor learnt = (last_columns(info_.labels, leading) != ignored_label).to(at::kLong);
    if (info_.pack.empty()) return (learnt.view(leading).cumsum(1) == 0).flatten();
    const at::Tensor lengths = at::tensor(info_.pack.lengths, at::kLong).to(learnt.device());
    const at::Tensor so_far = learnt.cumsum(0), of_sample = sample_of_token(site, leading);
    const at::Tensor begin = (lengths.cumsum(0) - lengths).index_select(0, of_sample);
    return so_far - so_far.index_select(0, begin) + learnt.index_select(0, begin) == 0;
}

at::Tensor RoutingContext::prompt_means(std::size_t site, const at::Tensor& tokens,
                                        at::IntArrayRef leading, at::ScalarType type) {
    MOELORA_ASSERT(leading.size() == 2, "a prompt belongs to the language model");
    const bool continued =
        info_.attention_mask.defined() && info_.attention_mask.size(1) > leading[1];
    if (continued) return prompts_.at(site);
    at::Tensor counted = at::ones({leading[0] * leading[1]}, tokens.options().dtype(at::kBool));
    if (info_.attention_mask.defined())
        counted = last_columns(info_.attention_mask, leading).to(counted.device()) != 0;
    if (info_.labels.defined())
        counted = counted.logical_and(before_the_answer(site, leading).to(counted.device()));
    const auto by_sample = [&](const at::Tensor& rows) {  // [N, C] -> [B, C]
        if (info_.pack.empty()) return rows.view({leading[0], leading[1], -1}).sum(1);
        const auto samples = static_cast<std::int64_t>(info_.pack.lengths.size());
        return at::zeros({samples, rows.size(1)}, rows.options())
            .index_add(0, sample_of_token(site, leading), rows);
    };
    const at::Tensor share = counted.to(type).view({-1, 1});
    at::Tensor means = by_sample(tokens.to(type) * share) / by_sample(share).clamp_min(1);
    if (!info_.training) prompts_[site] = means.detach();
    return means;
}

// [N] 0 or 1 in the type of the routing; undefined when every token counts. Tokens of the vision
// tower are patches: none is padding and none belongs to an answer.
at::Tensor RoutingContext::token_mask(const SiteSpec& site, at::IntArrayRef leading,
                                      const at::TensorOptions& like) const {
    if (site.shape.vision || tokens_ == TokenMask::All) return {};
    at::Tensor mask;
    const bool by_kind = tokens_ == TokenMask::Image || tokens_ == TokenMask::Text;
    if (by_kind && info_.token_kinds.defined()) {
        const at::Tensor found = last_columns(info_.token_kinds, leading);
        constexpr auto image = static_cast<std::int64_t>(TokenKind::Image);
        mask = tokens_ == TokenMask::Image ? found == image : found > image;
    } else if (tokens_ == TokenMask::Response && info_.labels.defined())
        mask = last_columns(info_.labels, leading) != ignored_label;
    else if (info_.attention_mask.defined())
        mask = last_columns(info_.attention_mask, leading) != 0;
    return mask.defined() ? mask.to(like) : mask;
}

at::Tensor RoutingContext::sample_of_token(std::size_t site, at::IntArrayRef leading) const {
    const auto places = at::TensorOptions(at::kLong).device(noise_.device());
    if (!sites_[site].shape.vision && !info_.pack.empty())
        return at::repeat_interleave(at::tensor(info_.pack.lengths, at::kLong).to(places.device()));
    if (!sites_[site].shape.vision)
        return at::arange(leading[0], places).repeat_interleave(leading[1]);
    MOELORA_ASSERT(info_.patches.defined() && leading.size() == 1,
                   "a router by sample needs to know whose patches these are");
    // Mergers see whole groups of patches, so the counts shrink by one factor.
    const at::Tensor patches = info_.patches.to(noise_.device());
    const at::Tensor tokens = patches * leading[0] / patches.sum();
    return at::arange(tokens.size(0), places).repeat_interleave(tokens.to(at::kLong));
}

std::int64_t RoutingContext::samples_of(std::size_t site, at::IntArrayRef leading) const {
    if (!info_.pack.empty()) return static_cast<std::int64_t>(info_.pack.lengths.size());
    return sites_[site].shape.vision ? info_.patches.size(0) : leading[0];
}

void RoutingContext::record(std::size_t site, const Routed& given, at::IntArrayRef leading) {
    // Heads that are routed apart count as one token with their mean.
    const std::int64_t heads = sites_[site].heads();
    const auto by_token = [&](const at::Tensor& rows) {
        return heads == 1 ? rows : rows.view({-1, heads, rows.size(1)}).mean(1);
    };
    if (!leaders_.empty()) led_[site] = given.weights;
    const Routed routed{by_token(given.weights), by_token(given.probabilities),
                        by_token(given.selected), by_token(given.logits), given.level};
    const bool balances = term_ && info_.training;
    const bool counts = collecting_ && !in_recomputation();
    if (balances || counts) {
        const at::Tensor mask =
            token_mask(sites_[site], leading, routed.weights.options().requires_grad(false));
        if (balances) {
            BalanceInput& input = pending_[site];
            input = {routed.probabilities, routed.selected, mask, {}, {},
                     routed.logits,        routed.level};
            if (by_sample_) {
                input.sample_of_token = sample_of_token(site, leading);
                input.samples = samples_of(site, leading);
                if (info_.sample_types.defined())
                    input.sample_types = info_.sample_types.to(noise_.device());
            }
        }
        if (counts) add_statistics(site, routed, leading, mask);
    }
    if (!recording_) return;
    std::vector<std::int64_t> shape(leading.begin(), leading.end());
    if (shape.size() == 1) shape.insert(shape.begin(), 1);
    shape.push_back(routed.weights.size(1));
    recorded_[sites_[site].shape.path] = routed.weights.detach().to(at::kFloat).view(shape);
}

void RoutingContext::begin_layer(bool, std::int64_t) {
    pending_.clear();
    led_.clear();
}

namespace {

// The active experts of sites that are taken together: 0 where theirs differ (BalanceTerm), -1
// before the first.
std::int64_t common(std::int64_t so_far, std::int64_t active) {
    return so_far < 0 || so_far == active ? active : 0;
}

}  // namespace

at::Tensor RoutingContext::term_of(const Pending& of) const {
    at::Tensor sum;
    std::int64_t active = -1;
    const auto add = [&](const at::Tensor& value) { sum = sum.defined() ? sum + value : value; };
    std::vector<BalanceInput> inputs;
    for (const auto& [site, input] : of) {
        active = common(active, active_[site]);
        if (reduce_ == BalanceReduce::PerLayerConcat)
            inputs.push_back(input);
        else if (reduce_ == BalanceReduce::GlobalConcat)
            add(term_->sums(input));
        else
            add(term_->value(input, active_[site]));
    }
    if (!inputs.empty()) add(term_->value(concatenate(inputs), active));
    return sum;
}

// A term is no sum over tokens, so each micro-batch has its own.
at::Tensor RoutingContext::terms_of_pack(bool vision) const {
    std::vector<Pending> parts(info_.pack.samples.size());
    for (const auto& [site, input] : pending_) {
        const auto ranges = micro_batches_of(info_.pack, vision, input.probabilities.size(0));
        for (std::size_t m = 0; m < parts.size(); ++m)
            if (const auto& [tokens, samples] = ranges[m]; tokens.count > 0)
                parts[m][site] = part_of(input, tokens, samples);
    }
    std::vector<at::Tensor> terms(parts.size());
    at::Tensor nothing;
    for (std::size_t m = 0; m < parts.size(); ++m) {
        if (parts[m].empty()) continue;
        terms[m] = term_of(parts[m]);
        nothing = at::zeros_like(terms[m]);
    }
    if (by_sample_ && reduce_ == BalanceReduce::GlobalConcat) even_out(terms, info_.pack.samples);
    for (at::Tensor& term : terms)
        if (!term.defined()) term = nothing;
    return at::stack(terms);
}

at::Tensor RoutingContext::take_layer_loss(bool vision, std::int64_t) {
    led_.clear();
    if (pending_.empty()) return {};
    for (const auto& [site, input] : pending_)
        MOELORA_ASSERT(sites_[site].shape.vision == vision, "a balance term was left behind");
    const at::Tensor sum = info_.pack.empty() ? term_of(pending_) : terms_of_pack(vision);
    pending_.clear();
    return reduce_ == BalanceReduce::GlobalConcat ? sum : sum * factor_;
}

at::Tensor RoutingContext::of_all_layers(const at::Tensor& sum) {
    if (!sum.defined() || reduce_ != BalanceReduce::GlobalConcat) return sum;
    std::int64_t experts = 0, active = -1;
    for (std::size_t i = 0; i < sites_.size(); ++i) {
        if (!sites_[i].routes()) continue;
        experts = sites_[i].experts;
        active = common(active, active_[i]);
    }
    if (info_.pack.empty()) return term_->of_sums(sum, experts, active) * factor_;
    std::vector<at::Tensor> terms;
    for (const at::Tensor& own : sum.unbind())
        terms.push_back(term_->of_sums(own, experts, active));
    return at::stack(terms) * factor_;
}

void RoutingContext::begin_statistics(const std::vector<std::string>& tasks) {
    tasks_ = tasks;
    pass_.clear();
    total_.clear();
    collecting_ = true;
}

// [1 + tasks + kinds, N]: which tokens each row of the sums counts. Patches have neither task nor
// kind.
at::Tensor RoutingContext::row_selector(std::size_t number, at::IntArrayRef leading,
                                        const at::Tensor& mask) const {
    const SiteSpec& site = sites_[number];
    const std::int64_t tokens =
        std::accumulate(leading.begin(), leading.end(), std::int64_t{1}, std::multiplies<>());
    const at::TensorOptions options = mask.defined()
                                          ? mask.options().dtype(at::kDouble)
                                          : at::TensorOptions(at::kDouble).device(noise_.device());
    const at::Tensor all = mask.defined() ? mask.to(at::kDouble) : at::ones({tokens}, options);
    const auto tasks = static_cast<std::int64_t>(tasks_.size());
    at::Tensor of_task = at::zeros({tasks, tokens}, options);
    at::Tensor of_kind = at::zeros({kinds, tokens}, options);
    const auto numbers = [&](std::int64_t count) {
        return at::arange(count, options.dtype(at::kLong)).unsqueeze(1);
    };
    if (!site.shape.vision && info_.task_ids.defined()) {
        const at::Tensor ids =
            info_.task_ids.to(all.device()).view({1, info_.task_ids.size(0), -1});
        const at::Tensor rows = (numbers(tasks).unsqueeze(2) == ids).any(2);  // [tasks, B]
        const at::Tensor of_tokens =
            info_.pack.empty()
                ? rows.unsqueeze(2).expand({-1, -1, leading[1]}).flatten(1)
                : rows.index_select(1, sample_of_token(number, leading).to(all.device()));
        of_task = of_tokens * all;
    }
    if (!site.shape.vision && info_.token_kinds.defined()) {
        const at::Tensor found = last_columns(info_.token_kinds, leading).to(all.device());
        of_kind = (numbers(kinds) == found) * all;
    }
    return at::cat({all.unsqueeze(0), of_task, of_kind});
}

void RoutingContext::add_statistics(std::size_t site, const Routed& routed, at::IntArrayRef leading,
                                    const at::Tensor& mask) {
    const at::NoGradGuard no_grad;
    const at::Tensor p = routed.probabilities.detach().to(at::kDouble);
    const at::Tensor entropy = -at::xlogy(p, p).sum(1, true);
    const at::Tensor columns =
        at::cat({routed.weights.detach().to(at::kDouble), routed.selected.to(at::kDouble), p,
                 entropy, entropy.exp(), at::ones_like(entropy)},
                1);
    pass_[site] = at::mm(row_selector(site, leading, mask), columns);
}

void RoutingContext::close_pass() {
    for (auto& [site, sums] : pass_) {
        at::Tensor& total = total_[site];
        total = total.defined() ? total + sums : sums;
    }
    pass_.clear();
}

std::vector<RouterRecord> RoutingContext::take_statistics(std::int64_t step) {
    collecting_ = false;  // first: closing may need memory that there is none of
    close_pass();
    std::vector<RouterRecord> records;
    for (const auto& [site, device_sums] : total_) {
        const SiteSpec& spec = sites_[site];
        const at::Tensor sums = device_sums.cpu();
        const std::int64_t e = spec.experts;
        const at::Tensor counts = sums.select(1, 3 * e + 2);
        const at::Tensor means = sums / counts.clamp_min(1).unsqueeze(1);
        RouterRecord record;
        record.step = step;
        record.site = spec.shape.path;
        record.layer = spec.shape.layer;
        record.module = spec.shape.module;
        record.weight = to_vector(means[0].narrow(0, 0, e));
        record.load = to_vector(means[0].narrow(0, e, e));
        record.probability = to_vector(means[0].narrow(0, 2 * e, e));
        record.entropy = means[0][3 * e].item<double>() / std::log(static_cast<double>(e));
        record.effective_experts = means[0][3 * e + 1].item<double>();
        record.marginal_entropy = entropy_of(record.probability) / std::log(static_cast<double>(e));
        record.tokens = std::llround(counts[0].item<double>());
        std::int64_t row = 1;
        const auto add = [&](std::map<std::string, std::vector<double>>& to,
                             const std::string& name) {
            if (counts[row].item<double>() > 0) to[name] = to_vector(means[row].narrow(0, 0, e));
            row += 1;
        };
        for (const std::string& task : tasks_) add(record.by_task, task);
        for (const char* kind : kind_names) add(record.by_kind, kind);
        records.push_back(std::move(record));
    }
    total_.clear();
    return records;
}

void RoutingContext::record_weights(bool on) {
    recording_ = on;
    if (!on) recorded_.clear();
}

}  // namespace moelora
