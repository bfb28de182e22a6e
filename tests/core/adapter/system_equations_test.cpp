// SPDX-License-Identifier: GPL-3.0-or-later
// Every preset, and axes set freely, against their equations (equations.h) in f64 on random values;
// the table knows each system's constants by heart.
#include <gtest/gtest.h>

#include "tests/core/adapter/balance_equations.h"
#include "tests/core/adapter/every_system.h"

namespace moelora {
namespace {

using namespace test;

// ---- the systems

constexpr double goat_theory = -1;  // s = √(3 in / r_e), r_e = 1

struct Published {
    const char* name;  // the beginning of "preset flavour"; the first that fits counts
    double scale;      // s, for vectors without meaning
    Mixes (*mix)(const Seen&);
    double (*balance)(const std::vector<SiteMixes>&);
};
const Published published[] = {
    {"lora ", 16.0 / 8, alone, no_balance},
    {"dora", 16.0 / 8, alone, no_balance},
    {"ia3", 0, alone, no_balance},
    {"qwen3vl-moe-lora as-run", 16.0 / 8, alone, no_balance},
    {"qwen3vl-moe-lora as-written", 16.0 / 8, top_one_with_bias, no_balance},
    {"qwen3vl-moe-lora intended", 16.0 / 8, top_one, no_balance},
    {"soft", 16.0 / 8, soft_on_input, no_balance},
    {"topk-switch", 16.0 / 8, top_two, switch_mean},
    {"moelora", 32.0 / 16, by_tasks, no_balance},
    {"mov code", 0, by_head, no_balance},
    {"mov paper", 0, soft_on_input, no_balance},
    {"molora", 16.0 / 4, soft_on_input, no_balance},
    {"loramoe code", 32.0 / 4, soft_on_input, no_balance},
    {"loramoe paper", 32.0 / 4, soft_on_input, localized_of_the_paper},
    {"loramoe", 32.0 / 4, soft_on_input, localized_as_confirmed},
    {"mola code", 16.0 / 8, top_two_renormalised, no_balance},
    {"mola", 16.0 / 8, top_two_renormalised, switch_by_layer},
    {"free straight_through", 16.0 / 2, straight_through, free_kl},
    {"free top_p plain", 16.0 / 2, top_p_at_half_temperature, free_cv2},
    {"free top_p renormalised", 16.0 / 2, top_p_renormalised, free_switch},
    {"free threshold ", 16.0 / 2, threshold, free_scv},
    {"free threshold_shifted", 16.0 / 2, threshold_shifted, free_switch},
    {"free relative soft", 16.0 / 2, relative_soft, free_z},
    {"free relative hard", 16.0 / 2, relative_hard, free_switch},
    {"free soft_topk", 16.0 / 2, soft_top_two, free_kl_by_layer},
    {"free normalised_sigmoid", 16.0 / 2, normalised_sigmoid, free_by_sample},
    {"mixlora dynamic", 32.0 / 16, of_block_dynamic, mixlora_dynamic_term},
    {"mixlora", 32.0 / 16, of_block, mixlora_term},
    {"hydralora llava", 64.0 / 32, soft_with_bias, hydralora_llava_term},
    {"hydralora paper", 32.0 / 4, soft_on_shared_a, no_balance},
    {"hydralora", 32.0 / 4, soft_on_input, no_balance},
    {"adamole", 16.0 / 4, above_own_threshold, adamole_term},
    {"goat paper", goat_theory, top_two_renormalised, goat_term},
    {"goat", 16.0 / 1, top_two_renormalised, goat_term},
    {"lime code", 16.0 / 2, by_size_of_the_batch, lime_term_of_all},
    {"lime", 16.0 / 2, by_own_size, lime_term},
    {"free per_block", 16.0 / 2, top_two, free_switch},
    {"free instance", 16.0 / 2, soft_on_prompt, free_kl},
    {"free global switch", 16.0 / 2, top_two, free_global_switch},
    {"free global scv", 16.0 / 2, soft_on_input, free_global_scv_and_kl},
    {"free uniform", 0, soft_on_input, no_balance},
    {"free modulation", 16.0 / 2, soft_on_input, no_balance},
    {"free mixdora", 16.0 / 2, of_block, no_balance},
    {"free pissa", 16.0 / 2, alone, no_balance}};

struct Draw {
    at::Generator generator = at::make_generator<at::CPUGeneratorImpl>(23);
    at::Tensor operator()(at::IntArrayRef shape) {
        return at::randn(shape, generator, at::kDouble) * 0.5;
    }
};

SiteTensors drawn_tensors(const SiteSpec& site, const AdapterOptions& options, Draw& draw) {
    SiteTensors t = fresh_tensors(site, options, 1, 0);
    if (site.bank == BankKind::Dora) t.magnitude = at::ones({site.experts, site.shape.out});
    for (at::Tensor* tensor : t.all())
        if (tensor->defined()) *tensor = draw(tensor->sizes());
    if (site.start_share > 0) {  // any start will do
        t.start_a = draw(t.a.sizes());
        t.start_b = draw(t.b.sizes());
    }
    return t;
}

ForwardInfo all_of_the_batch() {
    ForwardInfo info;
    info.attention_mask =
        at::tensor(at::ArrayRef<double>(counted), at::kLong).view({samples, length});
    info.labels = at::tensor({-100, 7, -100, -100, -100, 9}, at::kLong).view({samples, length});
    info.sample_types = at::tensor(at::ArrayRef<std::int64_t>(sample_type), at::kLong);
    std::vector<std::int64_t> ids;
    for (const auto& list : tasks_of_sample)
        for (const std::int64_t id : list) ids.push_back(id - 1);
    info.task_ids = at::tensor(ids, at::kLong).view({samples, -1});
    info.training = true;  // without dropout, so that nothing is drawn
    return info;
}

// One system on the small layers.
class Twins {
  public:
    Twins(const System& system, const Published& equations)
        : options_(system.options), equations_(equations) {
        // Four layers, so that every group of MoLA's allocation is there.
        auto sites = expand_sites(small_linears({.layers = 4}), options_);
        if (!sites) throw std::runtime_error(message_of(sites.error()));
        sites_ = std::move(*sites);
        context_ = std::make_unique<RoutingContext>(sites_, options_, at::kCPU, 0);
        const GlobalGate gate = global_gate(sites_, options_);
        if (gate.tasks > 0)
            gate_ = {draw_({gate.tasks + 1, gate.task_embedding}),
                     draw_({gate.experts, gate.task_embedding})};
    }
    void compare() {
        context_->begin_pass(all_of_the_batch());
        at::Tensor losses;
        for (std::size_t i = 0; i < sites_.size(); ++i) {
            const std::int64_t layer = sites_[i].shape.layer;
            if (i == 0 || sites_[i - 1].shape.layer != layer) context_->begin_layer(false, layer);
            if (leads_block(sites_[i]))
                compare_block(i);
            else if (!sites_[i].in_block)
                compare_site(i);
            if (i + 1 < sites_.size() && sites_[i + 1].shape.layer == layer) continue;
            const at::Tensor loss = context_->take_layer_loss(false, layer);
            if (loss.defined()) losses = losses.defined() ? losses + loss : loss;
        }
        const at::Tensor sum = context_->of_all_layers(losses);
        EXPECT_NEAR(sum.defined() ? sum.item<double>() : 0, equations_.balance(mixes_), 1e-12);
    }

  private:
    void compare_site(std::size_t i) {
        SCOPED_TRACE(sites_[i].shape.path);
        const SiteSpec& site = sites_[i];
        const FrozenLinear base = drawn_layer(site.shape);
        const SiteTensors tensors = drawn_tensors(site, options_, draw_);
        AdaptedLinear linear(site, i, options_, tensors, *context_, gate_, &base);
        const at::Tensor x = draw_({samples, length, site.shape.in});
        const at::Tensor activation = draw_(x.sizes());
        at::Tensor y = linear.forward(base, x, activation);
        const bool behind = options_.vector_place == VectorPlace::AfterNorm &&
                            site.shape.module == "k_proj" && site.bank == BankKind::Vector;
        // Behind the norm the layer's own output passes, and the normed keys are what is scaled.
        at::Tensor keys;
        if (behind) {
            EXPECT_TRUE(at::equal(y, base.base(x)));
            keys = draw_({samples, length, site.shape.heads, site.shape.out / site.shape.heads});
            y = linear.after_norm(keys).flatten(2);
        }
        const double scale = equations_.scale == goat_theory
                                 ? std::sqrt(3 * static_cast<double>(site.shape.in))
                                 : equations_.scale;
        std::vector<Seen> tokens;
        for (std::int64_t n = 0; n < samples * length; ++n) {
            Seen seen{site,
                      tensors,
                      gate_,
                      n / length,
                      row_of(x.flatten(0, 1), n),
                      {},
                      row_of(activation.flatten(0, 1), n)};
            seen.y = behind ? row_of(keys.flatten(2).flatten(0, 1), n) : layer_output(base, seen.x);
            // The first token of sample 0; the first two of sample 1.
            seen.prompt = row_of(seen.sample == 0 ? x[0] : x[1].narrow(0, 0, 2).mean(0, true), 0);
            if (site.bank == BankKind::Modulation) {
                seen.update = product(tensors.b, product(tensors.a, seen.x));
                for (double& v : seen.update) v *= scale;
            }
            tokens.push_back(std::move(seen));
        }
        note_largest(tokens);
        SiteMixes mixes{site.shape.layer, {}};
        const std::vector<Mix>* leader = leader_of(site);
        for (std::int64_t n = 0; n < samples * length; ++n) {
            const Seen& seen = tokens[static_cast<std::size_t>(n)];
            const Mixes mix =
                leader ? Mixes{(*leader)[static_cast<std::size_t>(n)]} : equations_.mix(seen);
            mixes.tokens.push_back(mix[0]);
            Row want;
            if (site.bank == BankKind::Modulation)
                want = modulated(seen, mix);
            else if (site.bank != BankKind::Vector)
                want = with_low_rank(seen, mix[0], base, scale);
            else if (site.scales_input)
                want = layer_output(base, times(seen.x, factors(seen, mix)));
            else
                want = times(seen.y, factors(seen, mix));
            const Row got = row_of(y.flatten(0, 1), n);
            ASSERT_EQ(got.size(), want.size());
            for (std::size_t j = 0; j < want.size(); ++j) EXPECT_NEAR(got[j], want[j], 1e-9);
        }
        if (leader || !site.routed) return;
        if (options_.router_scope == RouterScope::PerBlock) blocks_[block_of(site)] = mixes.tokens;
        mixes_.push_back(std::move(mixes));
    }

    FrozenLinear drawn_layer(const LinearShape& shape) {
        FrozenLinear base;
        base.shape = shape;
        base.weight = draw_({shape.out, shape.in});
        if (shape.bias) base.bias = draw_({shape.out});
        return base;
    }
    // Gate, up and down, which stand one behind the other.
    void compare_block(std::size_t first) {
        SCOPED_TRACE(sites_[first].shape.path);
        FrozenLinear base[3];
        SiteTensors tensors[3];
        std::unique_ptr<AdaptedLinear> linears[3];
        for (std::size_t p = 0; p < 3; ++p) {
            const SiteSpec& site = sites_[first + p];
            base[p] = drawn_layer(site.shape);
            tensors[p] = drawn_tensors(site, options_, draw_);
            linears[p] = std::make_unique<AdaptedLinear>(site, first + p, options_, tensors[p],
                                                         *context_, gate_, &base[p]);
        }
        linears[0]->lead_block(*linears[1], *linears[2]);
        const at::Tensor x = draw_({samples, length, sites_[first].shape.in});
        const at::Tensor y = linears[0]->forward_block(base[0], base[1], base[2], x);
        SiteMixes mixes{sites_[first].shape.layer, {}};
        for (std::int64_t n = 0; n < samples * length; ++n) {
            const Row token = row_of(x.flatten(0, 1), n), got = row_of(y.flatten(0, 1), n);
            const Seen seen{sites_[first], tensors[0], gate_, n / length, token, {}, {}};
            mixes.tokens.push_back(equations_.mix(seen)[0]);
            const Row want =
                mixed_blocks(base, tensors, token, mixes.tokens.back().w, equations_.scale);
            ASSERT_EQ(got.size(), want.size());
            for (std::size_t j = 0; j < want.size(); ++j) EXPECT_NEAR(got[j], want[j], 1e-9);
        }
        mixes_.push_back(std::move(mixes));
    }

    // q, k and v see the same tokens; so do gate and up, and what they feed goes with them.
    static std::string block_of(const SiteSpec& site) {
        const std::string& module = site.shape.module;
        const bool inward = module == "q_proj" || module == "k_proj" || module == "v_proj";
        return std::to_string(site.shape.layer) + (inward               ? " in"
                                                   : module == "o_proj" ? " out"
                                                                        : " mlp");
    }
    const std::vector<Mix>* leader_of(const SiteSpec& site) const {
        const auto found = blocks_.find(block_of(site));
        return found == blocks_.end() ? nullptr : &found->second;
    }
    static void note_largest(std::vector<Seen>& tokens) {
        if (tokens[0].update.empty()) return;
        double y = 0, update = 0;
        const std::int64_t experts = tokens[0].t.vector.size(0);
        for (const Seen& seen : tokens) {
            y = std::max(y, largest_size(seen.y, experts));
            update = std::max(update, largest_size(seen.update, experts));
        }
        for (Seen& seen : tokens) {
            seen.largest_y = y;
            seen.largest_update = update;
        }
    }

    AdapterOptions options_;
    const Published& equations_;
    std::vector<SiteSpec> sites_;
    Draw draw_;
    TaskTensors gate_;
    std::unique_ptr<RoutingContext> context_;
    std::vector<SiteMixes> mixes_;
    std::map<std::string, std::vector<Mix>> blocks_;  // of routers that several sites share
};

TEST(EverySystem, EqualsItsEquationsWithItsBalance) {
    const at::NoGradGuard no_grad;
    at::set_num_threads(1);
    for (System system : systems())
        for (const VectorPlace place : {VectorPlace::BeforeNorm, VectorPlace::AfterNorm}) {
            if (place == VectorPlace::AfterNorm && system.options.bank != BankKind::Vector)
                continue;
            SCOPED_TRACE(system.name + " " + std::string(name_of_enum(place)));
            system.options.vector_place = place;
            const auto* equations =
                std::find_if(std::begin(published), std::end(published),
                             [&](const Published& p) { return system.name.starts_with(p.name); });
            ASSERT_NE(equations, std::end(published)) << "a system brings its equations";
            Twins(system, *equations).compare();
        }
}

}  // namespace
}  // namespace moelora
