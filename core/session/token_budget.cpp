// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/token_budget.h"

#include <algorithm>

namespace moelora {
namespace {

constexpr std::size_t listed = 20;
constexpr std::int64_t most_bins = 24;

std::vector<TokenBin> histogram_of(const std::vector<std::int64_t>& sorted) {
    std::int64_t width = 1;
    const auto bin = [&](std::int64_t tokens) { return tokens / width; };
    while (bin(sorted.back()) - bin(sorted.front()) >= most_bins) width *= 2;
    std::vector<TokenBin> out;
    for (std::int64_t i = bin(sorted.front()); i <= bin(sorted.back()); ++i)
        out.push_back({i * width, (i + 1) * width, 0});
    for (const std::int64_t tokens : sorted)
        ++out[static_cast<std::size_t>(bin(tokens) - bin(sorted.front()))].samples;
    return out;
}

}  // namespace

TokenCounts token_budget(std::vector<SampleTokens> samples, std::int64_t limit) {
    TokenCounts out;
    out.limit = limit;
    if (samples.empty()) return out;
    std::vector<std::int64_t> lengths;
    lengths.reserve(samples.size());
    for (const SampleTokens& sample : samples) lengths.push_back(sample.all());
    std::sort(lengths.begin(), lengths.end());
    const auto at = [&](double share) {
        return lengths[static_cast<std::size_t>(share * static_cast<double>(lengths.size() - 1))];
    };
    out.max = lengths.back();
    out.p50 = at(0.5);
    out.p95 = at(0.95);
    out.over_limit = lengths.end() - std::upper_bound(lengths.begin(), lengths.end(), limit);
    out.histogram = histogram_of(lengths);
    std::stable_sort(
        samples.begin(), samples.end(),
        [](const SampleTokens& a, const SampleTokens& b) { return a.all() > b.all(); });
    samples.resize(std::min(samples.size(), listed));
    out.worst = std::move(samples);
    return out;
}

}  // namespace moelora
