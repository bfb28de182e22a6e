// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/eval/scores.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <map>

#include "core/eval/tokens.h"

namespace moelora {
namespace {

using Tokens = std::vector<std::string>;
constexpr std::size_t longest = 4;  // n-grams of 1 to 4 tokens

// An n-gram is a range of a text's tokens; texts outlive their counts.
using NGram = std::span<const std::string>;
struct Before {
    bool operator()(NGram a, NGram b) const {
        return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end());
    }
};
template <class T>
using PerNGram = std::map<NGram, T, Before>;
using Counts = PerNGram<double>;

Counts count_ngrams(const Tokens& tokens) {
    Counts counts;
    for (std::size_t n = 1; n <= longest; ++n)
        for (std::size_t i = 0; i + n <= tokens.size(); ++i)
            counts[NGram(tokens).subspan(i, n)] += 1;
    return counts;
}

// ---- BLEU

struct BleuSums {
    std::array<double, longest> correct{}, possible{};
    double length = 0, reference_length = 0;
};

std::size_t closest_length(const TokenisedCaption& c) {
    std::pair best(std::numeric_limits<std::size_t>::max(), std::size_t{0});
    for (const Tokens& reference : c.references) {
        const std::size_t a = reference.size(), b = c.caption.size();
        best = std::min(best, std::pair(a > b ? a - b : b - a, a));
    }
    return best.second;
}

void add_bleu(const TokenisedCaption& c, BleuSums& sums) {
    Counts most;
    for (const Tokens& reference : c.references)
        for (const auto& [ngram, count] : count_ngrams(reference))
            most[ngram] = std::max(most[ngram], count);
    for (const auto& [ngram, count] : count_ngrams(c.caption))
        if (const auto found = most.find(ngram); found != most.end())
            sums.correct.at(ngram.size() - 1) += std::min(found->second, count);
    for (std::size_t n = 0; n < longest; ++n)
        if (c.caption.size() > n) sums.possible.at(n) += static_cast<double>(c.caption.size() - n);
    sums.length += static_cast<double>(c.caption.size());
    sums.reference_length += static_cast<double>(closest_length(c));
}

// ---- ROUGE-L

std::size_t common_length(const Tokens& a, const Tokens& b) {
    std::vector<std::size_t> row(b.size() + 1, 0);
    for (const std::string& token : a) {
        std::size_t corner = 0;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t above = row[j];
            row[j] = token == b[j - 1] ? corner + 1 : std::max(above, row[j - 1]);
            corner = above;
        }
    }
    return row.back();
}

// ---- CIDEr-D

struct Vector {
    Counts weights;  // tf * idf
    std::array<double, longest> norm{};
    double bigrams = 0;  // the length that the penalty compares
};

class Cider {
  public:
    explicit Cider(std::span<const TokenisedCaption> captions)
        : log_samples_(std::log(static_cast<double>(captions.size()))) {
        for (const TokenisedCaption& c : captions) {
            PerNGram<bool> seen;
            for (const Tokens& reference : c.references)
                for (const auto& [ngram, count] : count_ngrams(reference)) seen[ngram] = true;
            for (const auto& [ngram, here] : seen) samples_with_[ngram] += 1;
        }
    }
    [[nodiscard]] double score(const TokenisedCaption& c) const {
        const Vector caption = vector_of(c.caption);
        double sum = 0;
        for (const Tokens& reference : c.references)
            sum += similarity(caption, vector_of(reference));
        return 10 * sum / static_cast<double>(longest) / static_cast<double>(c.references.size());
    }

  private:
    [[nodiscard]] Vector vector_of(const Tokens& tokens) const {
        Vector out;
        out.weights = count_ngrams(tokens);
        for (auto& [ngram, weight] : out.weights) {
            if (ngram.size() == 2) out.bigrams += weight;
            const auto found = samples_with_.find(ngram);
            weight *= log_samples_ - (found == samples_with_.end() ? 0 : std::log(found->second));
            out.norm.at(ngram.size() - 1) += weight * weight;
        }
        for (double& norm : out.norm) norm = std::sqrt(norm);
        return out;
    }
    // Sum over n of the clipped cosine, with the penalty for another length.
    [[nodiscard]] static double similarity(const Vector& caption, const Vector& reference) {
        std::array<double, longest> products{};
        for (const auto& [ngram, weight] : caption.weights)
            if (const auto found = reference.weights.find(ngram); found != reference.weights.end())
                products.at(ngram.size() - 1) += std::min(weight, found->second) * found->second;
        constexpr double sigma = 6;
        const double delta = caption.bigrams - reference.bigrams;
        double sum = 0;
        for (std::size_t n = 0; n < longest; ++n) {
            const double norms = caption.norm.at(n) * reference.norm.at(n);
            sum += norms != 0 ? products.at(n) / norms : products.at(n);
        }
        return sum * std::exp(-delta * delta / (2 * sigma * sigma));
    }
    double log_samples_;
    Counts samples_with_;
};

}  // namespace

TokenisedCaption tokenised(const std::string& caption, const std::vector<std::string>& references) {
    TokenisedCaption out;
    out.caption = metric_tokens(caption);
    for (const std::string& reference : references)
        out.references.push_back(metric_tokens(reference));
    return out;
}

std::array<double, 4> corpus_bleu(std::span<const TokenisedCaption> captions) {
    BleuSums sums;
    for (const TokenisedCaption& c : captions) add_bleu(c, sums);
    constexpr double small = 1e-9, tiny = 1e-15;  // pycocoevalcap's guards against 0 / 0
    const double ratio = (sums.length + tiny) / (sums.reference_length + small);
    const double brevity = ratio < 1 ? std::exp(1 - 1 / ratio) : 1;
    std::array<double, 4> out{};
    double product = 1;
    for (std::size_t n = 0; n < longest; ++n) {
        product *= (sums.correct.at(n) + tiny) / (sums.possible.at(n) + small);
        out.at(n) = std::pow(product, 1 / static_cast<double>(n + 1)) * brevity;
    }
    return out;
}

double rouge_l(const TokenisedCaption& c) {
    static const Tokens blank = {""};  // a text without tokens counts as one empty token
    const auto tokens = [](const Tokens& t) -> const Tokens& { return t.empty() ? blank : t; };
    const Tokens& caption = tokens(c.caption);
    double precision = 0, recall = 0;
    for (const Tokens& r : c.references) {
        const Tokens& reference = tokens(r);
        const auto common = static_cast<double>(common_length(caption, reference));
        precision = std::max(precision, common / static_cast<double>(caption.size()));
        recall = std::max(recall, common / static_cast<double>(reference.size()));
    }
    if (precision == 0 || recall == 0) return 0;
    constexpr double beta2 = 1.2 * 1.2;
    return (1 + beta2) * precision * recall / (recall + beta2 * precision);
}

std::vector<double> cider_d(std::span<const TokenisedCaption> captions) {
    const Cider cider(captions);
    std::vector<double> out;
    for (const TokenisedCaption& c : captions) out.push_back(cider.score(c));
    return out;
}

CaptionScores corpus_scores(std::span<const TokenisedCaption> captions) {
    CaptionScores out;
    if (captions.empty()) return out;
    const std::array<double, 4> bleu = corpus_bleu(captions);
    out.bleu1 = bleu[0];
    out.bleu2 = bleu[1];
    out.bleu3 = bleu[2];
    out.bleu4 = bleu[3];
    const auto samples = static_cast<double>(captions.size());
    for (const TokenisedCaption& c : captions) out.rouge_l += rouge_l(c) / samples;
    for (const double score : cider_d(captions)) out.cider_d += score / samples;
    return out;
}

}  // namespace moelora
