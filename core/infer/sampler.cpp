// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/infer/sampler.h"

#include <ATen/ATen.h>

#include <set>

#include "core/infer/generator.h"

namespace moelora {
namespace {

constexpr double minus_infinity = -std::numeric_limits<double>::infinity();

}  // namespace

void apply_repetition_penalty(at::Tensor& scores, const std::vector<TokenId>& seen,
                              double penalty) {
    if (penalty == 1 || seen.empty()) return;
    const std::set<TokenId> distinct(seen.begin(), seen.end());
    auto score = scores.accessor<float, 1>();
    const auto p = static_cast<float>(penalty);
    for (const TokenId id : distinct) score[id] = score[id] < 0 ? score[id] * p : score[id] / p;
}

// Ties with the k-th best stay.
void apply_top_k(at::Tensor& scores, std::int64_t k) {
    if (k <= 0) return;
    const auto best = scores.topk(std::min(k, scores.size(0)));
    scores.masked_fill_(scores < std::get<0>(best).min(), minus_infinity);
}

// From the worst up, tokens go while their probabilities together are at most 1 - p; one stays.
void apply_top_p(at::Tensor& scores, double p) {
    if (p >= 1) return;
    const auto [sorted, places] = scores.sort(/*dim=*/0, /*descending=*/false);
    at::Tensor dropped = sorted.softmax(-1).cumsum(-1) <= 1 - p;
    dropped.narrow(0, dropped.size(0) - 1, 1).fill_(false);
    scores.index_fill_(0, places.masked_select(dropped), minus_infinity);
}

Sampler::Sampler(const GenerateOptions& options, std::uint64_t stream) : options_(options) {
    const auto seed = static_cast<std::uint64_t>(options.seed);
    std::seed_seq words{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32),
                        static_cast<std::uint32_t>(stream),
                        static_cast<std::uint32_t>(stream >> 32)};
    random_.seed(words);
}

TokenId Sampler::next(at::Tensor& scores, const std::vector<TokenId>& seen) {
    apply_repetition_penalty(scores, seen, options_.repetition_penalty);
    if (!options_.do_sample) return scores.argmax().item<TokenId>();
    if (options_.temperature != 1) scores.div_(options_.temperature);
    apply_top_k(scores, options_.top_k);
    apply_top_p(scores, options_.top_p);
    return draw(scores);
}

// Inverse of the cumulative distribution, summed in fp64 from the first id on.
TokenId Sampler::draw(const at::Tensor& scores) {
    const at::Tensor weights = scores.to(at::kDouble).softmax(-1);
    const double target = static_cast<double>(random_() >> 11) * 0x1p-53;
    const auto weight = weights.accessor<double, 1>();
    double sum = 0;
    TokenId last = 0;
    for (TokenId id = 0; id < weights.size(0); ++id) {
        if (weight[id] <= 0) continue;
        sum += weight[id];
        last = id;
        if (sum > target) break;
    }
    return last;
}

}  // namespace moelora
