// SPDX-License-Identifier: GPL-3.0-or-later
// The balance terms of every system, as equations.h: from the mixes of all tokens of all sites.
#pragma once

#include "tests/core/adapter/equations.h"

namespace moelora {
namespace {

// ---- balance terms (adapters.md 5, 9.2, 10.3, 11)

struct SiteMixes {
    std::int64_t layer;
    std::vector<Mix> tokens;  // sample by sample
};

// E · Σ_e (f_e / k) · p̄_e over the tokens that count of these sites.
double switch_term(const std::vector<const SiteMixes*>& sites) {
    const std::size_t experts = sites[0]->tokens[0].p.size();
    Row share(experts, 0.0), mean(experts, 0.0);
    double tokens = 0, chosen = 0;
    for (const SiteMixes* site : sites)
        for (std::size_t t = 0; t < site->tokens.size(); ++t) {
            if (counted[t] == 0) continue;
            tokens += 1;
            for (std::size_t e = 0; e < experts; ++e) {
                share[e] += site->tokens[t].w[e] > 0 ? 1 : 0;
                chosen += site->tokens[t].w[e] > 0 ? 1 : 0;
                mean[e] += site->tokens[t].p[e];
            }
        }
    return static_cast<double>(experts) * dot(share, mean) / (chosen * tokens);
}

// 5.2 mean_sites and per_layer_concat, with the coefficients of topk-switch and MoLA (10.3).
double switch_mean(const std::vector<SiteMixes>& sites) {
    double sum = 0;
    for (const SiteMixes& site : sites) sum += switch_term({&site});
    return 0.01 * sum / static_cast<double>(sites.size());
}

double switch_by_layer(const std::vector<SiteMixes>& sites) {
    std::map<std::int64_t, std::vector<const SiteMixes*>> layers;
    for (const SiteMixes& site : sites) layers[site.layer].push_back(&site);
    double sum = 0;
    for (const auto& [layer, of_layer] : layers) sum += switch_term(of_layer);
    return 0.001 * sum;
}

// Z = Q ∘ I over samples and experts: Q sums of p over a sample's tokens, I = 1.1 where the
// sample's type favours the expert's half, else 0.9. {mean, unbiased variance}
std::pair<double, double> dispersion(const SiteMixes& site, bool padding, bool by_length) {
    const std::size_t experts = site.tokens[0].p.size();
    Row z;
    for (std::int64_t b = 0; b < samples; ++b)
        for (std::size_t e = 0; e < experts; ++e) {
            double q = 0, tokens = 0;
            for (std::int64_t t = b * length; t < (b + 1) * length; ++t) {
                if (!padding && counted[t] == 0) continue;
                q += site.tokens[static_cast<std::size_t>(t)].p[e];
                tokens += 1;
            }
            if (by_length) q /= tokens;
            const bool first_half = e < experts / 2;
            z.push_back(q * (first_half == (sample_type[b] == 1) ? 1.1 : 0.9));
        }
    const double n = static_cast<double>(z.size());
    const double mean = std::accumulate(z.begin(), z.end(), 0.0) / n;
    double squares = 0;
    for (const double v : z) squares += (v - mean) * (v - mean);
    return {mean, squares / (n - 1)};
}

double localized_as_confirmed(const std::vector<SiteMixes>& sites) {
    double sum = 0;
    for (const SiteMixes& site : sites) {
        const auto [mean, variance] = dispersion(site, false, true);
        sum += variance / (mean * mean + 1e-10);
    }
    return 0.1 * sum;
}

double localized_of_the_paper(const std::vector<SiteMixes>& sites) {
    double sum = 0;
    for (const SiteMixes& site : sites) {
        const auto [mean, variance] = dispersion(site, true, false);
        sum += variance / mean;
    }
    return 0.1 * sum;
}

// Of one site, p̄ over the tokens that count.
Row mean_of(const SiteMixes& site) {
    Row mean(site.tokens[0].p.size(), 0.0);
    double tokens = 0;
    for (std::size_t t = 0; t < site.tokens.size(); ++t) {
        tokens += counted[t];
        for (std::size_t e = 0; e < mean.size(); ++e) mean[e] += counted[t] * site.tokens[t].p[e];
    }
    for (double& v : mean) v /= tokens;
    return mean;
}

// 11.3: E Σ_e f_e mean(p_e - τ), a sum over sites.
double adamole_term(const std::vector<SiteMixes>& sites) {
    double sum = 0;
    for (const SiteMixes& site : sites) {
        const std::size_t experts = site.tokens[0].p.size();
        Row share(experts, 0.0), excess(experts, 0.0);
        double tokens = 0;
        for (std::size_t t = 0; t < site.tokens.size(); ++t) {
            tokens += counted[t];
            for (std::size_t e = 0; e < experts; ++e) {
                share[e] += counted[t] * (site.tokens[t].w[e] > 0 ? 1 : 0);
                excess[e] += counted[t] * (site.tokens[t].p[e] - site.tokens[t].level);
            }
        }
        sum += static_cast<double>(experts) * dot(share, excess) / (tokens * tokens);
    }
    return 0.001 * sum;
}

// 5.3: not divided by k = 2, a sum over sites.
double goat_term(const std::vector<SiteMixes>& sites) {
    double sum = 0;
    for (const SiteMixes& site : sites) sum += 2 * switch_term({&site});
    return 0.001 * sum;
}

// 5.2: all sites as one.
double free_global_switch(const std::vector<SiteMixes>& sites) {
    std::vector<const SiteMixes*> all;
    for (const SiteMixes& site : sites) all.push_back(&site);
    return 0.5 * switch_term(all);
}

// 5.1, the mean over sites, coefficient 0.5.
double free_mean(const std::vector<SiteMixes>& sites, double (*term)(const SiteMixes&)) {
    double sum = 0;
    for (const SiteMixes& site : sites) sum += term(site);
    return 0.5 * sum / static_cast<double>(sites.size());
}

double free_switch(const std::vector<SiteMixes>& sites) {
    return free_mean(sites, [](const SiteMixes& site) { return switch_term({&site}); });
}

double free_cv2(const std::vector<SiteMixes>& sites) {
    return free_mean(sites, [](const SiteMixes& site) {
        const Row p = mean_of(site);
        const auto n = static_cast<double>(p.size());
        double squares = 0;
        for (const double v : p) squares += (v - 1 / n) * (v - 1 / n);
        return squares / (n - 1) * n * n;
    });
}

double scv(const Row& p) {
    return static_cast<double>(p.size()) * dot(p, p) - 1;
}

double free_scv(const std::vector<SiteMixes>& sites) {
    return free_mean(sites, [](const SiteMixes& site) { return scv(mean_of(site)); });
}

double divergence(const Row& p) {
    double sum = 0;
    for (const double v : p) sum += v * (std::log(v) + std::log(static_cast<double>(p.size())));
    return sum;
}

double free_kl(const std::vector<SiteMixes>& sites) {
    return free_mean(sites, [](const SiteMixes& site) { return divergence(mean_of(site)); });
}

double free_kl_by_layer(const std::vector<SiteMixes>& sites) {
    std::map<std::int64_t, std::vector<Row>> layers;
    for (const SiteMixes& site : sites) layers[site.layer].push_back(mean_of(site));
    double sum = 0;
    for (const auto& [layer, means] : layers) {
        Row mean(means[0].size(), 0.0);
        for (const Row& p : means)
            for (std::size_t e = 0; e < mean.size(); ++e)
                mean[e] += p[e] / static_cast<double>(means.size());
        sum += divergence(mean);
    }
    return 0.5 * sum;
}

double free_z(const std::vector<SiteMixes>& sites) {
    return free_mean(sites, [](const SiteMixes& site) {
        double sum = 0, tokens = 0;
        for (std::size_t t = 0; t < site.tokens.size(); ++t) {
            double exponentials = 0;
            for (const double z : site.tokens[t].z) exponentials += std::exp(z);
            tokens += counted[t];
            sum += counted[t] * std::log(exponentials) * std::log(exponentials);
        }
        return sum / tokens;
    });
}

double free_global_scv_and_kl(const std::vector<SiteMixes>& sites) {
    Row mean(mean_of(sites[0]).size(), 0.0);
    for (const SiteMixes& site : sites)
        for (std::size_t e = 0; e < mean.size(); ++e)
            mean[e] += mean_of(site)[e] / static_cast<double>(sites.size());
    return 0.5 * (scv(mean) + 0.3 * divergence(mean));
}

// 11.5: SCV + 0.1 KL, a mean over sites, coefficient 0.01.
double lime_term(const std::vector<SiteMixes>& sites) {
    double sum = 0;
    for (const SiteMixes& site : sites) sum += scv(mean_of(site)) + 0.1 * divergence(mean_of(site));
    return 0.01 * sum / static_cast<double>(sites.size());
}

double lime_term_of_all(const std::vector<SiteMixes>& sites) {
    double sum = 0;
    for (const SiteMixes& site : sites) {
        Row mean(site.tokens[0].p.size(), 0.0);
        for (const Mix& token : site.tokens)
            for (std::size_t e = 0; e < mean.size(); ++e)
                mean[e] += token.p[e] / static_cast<double>(site.tokens.size());
        sum += scv(mean) + 0.1 * divergence(mean);
    }
    return 0.01 * sum / static_cast<double>(sites.size());
}

// 5.3: Σ_e p̄_e f̄_e within each sample over these sites, f̄ the share of tokens whose likeliest
// expert it is; the mean over samples.
double by_sample_term(const std::vector<const SiteMixes*>& sites) {
    double sum = 0;
    for (std::int64_t b = 0; b < samples; ++b) {
        Row mean(sites[0]->tokens[0].p.size(), 0.0), share = mean;
        double tokens = 0;
        for (const SiteMixes* site : sites)
            for (std::int64_t t = b * length; t < (b + 1) * length; ++t) {
                if (counted[t] == 0) continue;
                tokens += 1;
                const Row& p = site->tokens[static_cast<std::size_t>(t)].p;
                const auto likeliest = std::max_element(p.begin(), p.end()) - p.begin();
                share[static_cast<std::size_t>(likeliest)] += 1;
                for (std::size_t e = 0; e < p.size(); ++e) mean[e] += p[e];
            }
        sum += dot(mean, share) / (tokens * tokens);
    }
    return sum / static_cast<double>(samples);
}

double free_by_sample(const std::vector<SiteMixes>& sites) {
    return free_mean(sites, [](const SiteMixes& site) { return by_sample_term({&site}); });
}

double hydralora_llava_term(const std::vector<SiteMixes>& sites) {
    std::vector<const SiteMixes*> all;
    for (const SiteMixes& site : sites) all.push_back(&site);
    return 0.05 * by_sample_term(all);
}

// 5.3: E Σ_e f_e p̄_e over all layers as one, not divided by k = 2.
double mixlora_term(const std::vector<SiteMixes>& sites) {
    std::vector<const SiteMixes*> all;
    for (const SiteMixes& site : sites) all.push_back(&site);
    return 0.001 * 2 * switch_term(all);
}

// The same with as many experts as it takes, and with padding.
double mixlora_dynamic_term(const std::vector<SiteMixes>& sites) {
    Row share(sites[0].tokens[0].p.size(), 0.0), mean = share;
    double tokens = 0;
    for (const SiteMixes& site : sites)
        for (const Mix& token : site.tokens) {
            tokens += 1;
            for (std::size_t e = 0; e < mean.size(); ++e) {
                share[e] += token.w[e] > 0 ? 1 : 0;
                mean[e] += token.p[e];
            }
        }
    return 0.001 * static_cast<double>(mean.size()) * dot(share, mean) / (tokens * tokens);
}

double no_balance(const std::vector<SiteMixes>&) {
    return 0;
}

}  // namespace
}  // namespace moelora
