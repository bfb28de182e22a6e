// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/eval/captions.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <unordered_map>
#include <utility>

#include "core/eval/characters.h"
#include "core/eval/scores.h"
#include "core/text/utf8.h"

namespace moelora {
namespace {

enum class Kind { White, Cjk, Word };

struct Piece {
    std::size_t length;
    Kind kind;
};

Piece piece_at(std::string_view text) {
    const Utf8Step step = utf8_step(text);
    if (step.state != Utf8State::Valid) return {step.length, Kind::Word};
    return {step.length, is_white(step.code) ? Kind::White
                         : is_cjk(step.code) ? Kind::Cjk
                                             : Kind::Word};
}

struct Unit {
    std::string_view word, blanks;
};

std::vector<Unit> units_of(std::string_view text) {
    std::vector<Unit> units;
    const auto take = [&](Kind kind, bool many) {
        std::size_t end = 0;
        while (end < text.size()) {
            const Piece piece = piece_at(text.substr(end));
            if (piece.kind != kind) break;
            end += piece.length;
            if (!many) break;
        }
        const std::string_view taken = text.substr(0, end);
        text.remove_prefix(end);
        return taken;
    };
    if (const std::string_view start = take(Kind::White, true); !start.empty())
        units.push_back({{}, start});
    while (!text.empty()) {
        std::string_view word = take(Kind::Cjk, false);
        if (word.empty()) word = take(Kind::Word, true);
        units.push_back({word, take(Kind::White, true)});
    }
    return units;
}

// lengths(i, j): longest common subsequence of a[i..] and b[j..]; row by row.
class CommonLengths {
  public:
    CommonLengths(const std::vector<Unit>& a, const std::vector<Unit>& b)
        : width_(b.size() + 1), lengths_((a.size() + 1) * width_) {
        for (std::size_t i = a.size(); i-- > 0;)
            for (std::size_t j = b.size(); j-- > 0;)
                lengths_[i * width_ + j] = a[i].word == b[j].word
                                               ? (*this)(i + 1, j + 1) + 1
                                               : std::max((*this)(i + 1, j), (*this)(i, j + 1));
    }
    std::uint32_t operator()(std::size_t i, std::size_t j) const {
        return lengths_[i * width_ + j];
    }

  private:
    std::size_t width_;
    std::vector<std::uint32_t> lengths_;
};

// Collects the spans: a change stays open until the next equal text.
class Spans {
  public:
    void equal(std::string_view text) {
        if (text.empty()) return;
        close_change();
        add(DiffKind::Equal, text);
    }
    void deleted(std::string_view text) { deleted_ += text; }
    void inserted(std::string_view text) { inserted_ += text; }
    WordDiff finish() {
        close_change();
        return std::move(spans_);
    }

  private:
    void add(DiffKind kind, std::string_view text) {
        if (text.empty()) return;
        if (!spans_.empty() && spans_.back().kind == kind)
            spans_.back().text += text;
        else
            spans_.push_back({kind, std::string(text)});
    }
    void close_change() {
        add(DiffKind::Deleted, std::exchange(deleted_, {}));
        add(DiffKind::Inserted, std::exchange(inserted_, {}));
    }
    WordDiff spans_;
    std::string deleted_, inserted_;
};

}  // namespace

std::vector<std::string> diff_units(std::string_view text) {
    std::vector<std::string> out;
    for (const Unit& unit : units_of(text))
        out.push_back(std::string(unit.word) + std::string(unit.blanks));
    return out;
}

WordDiff word_diff(std::string_view before, std::string_view after) {
    const std::vector<Unit> a = units_of(before), b = units_of(after);
    const CommonLengths common(a, b);
    Spans spans;
    std::size_t i = 0, j = 0;
    while (i < a.size() && j < b.size()) {
        if (a[i].word == b[j].word) {
            spans.equal(a[i].word);
            if (a[i].blanks == b[j].blanks) {
                spans.equal(a[i].blanks);
            } else {
                spans.deleted(a[i].blanks);
                spans.inserted(b[j].blanks);
            }
            ++i, ++j;
        } else if (common(i + 1, j) >= common(i, j + 1)) {
            spans.deleted(a[i].word), spans.deleted(a[i].blanks);
            ++i;
        } else {
            spans.inserted(b[j].word), spans.inserted(b[j].blanks);
            ++j;
        }
    }
    for (; i < a.size(); ++i) spans.deleted(a[i].word), spans.deleted(a[i].blanks);
    for (; j < b.size(); ++j) spans.inserted(b[j].word), spans.inserted(b[j].blanks);
    return spans.finish();
}

std::string_view trimmed(std::string_view text) {
    std::size_t first = text.size(), end = 0;
    for (std::size_t at = 0; at < text.size();) {
        const Piece piece = piece_at(text.substr(at));
        if (piece.kind != Kind::White) {
            first = std::min(first, at);
            end = at + piece.length;
        }
        at += piece.length;
    }
    return end == 0 ? std::string_view{} : text.substr(first, end - first);
}

bool exact_match(std::string_view text, const std::vector<std::string>& references) {
    return std::any_of(references.begin(), references.end(),
                       [&](const std::string& r) { return trimmed(r) == trimmed(text); });
}

CaptionMetrics score_captions(const std::vector<CaptionSample>& samples,
                              const std::vector<Caption>& captions) {
    std::unordered_map<std::string_view, const Caption*> by_sample;
    for (const Caption& caption : captions) by_sample.emplace(caption.sample, &caption);
    CaptionMetrics metrics;
    std::vector<TokenisedCaption> all;
    std::map<std::string, std::vector<TokenisedCaption>> by_task;
    for (const CaptionSample& sample : samples) {
        const auto found = by_sample.find(sample.id);
        if (sample.references.empty() || found == by_sample.end()) continue;
        const std::string& text = found->second->text;
        const std::int64_t exact = exact_match(text, sample.references) ? 1 : 0;
        metrics.samples += 1;
        metrics.exact += exact;
        all.push_back(tokenised(text, sample.references));
        if (sample.task.empty()) continue;
        auto& [task_exact, task_samples] = metrics.by_task[sample.task];
        task_exact += exact;
        task_samples += 1;
        by_task[sample.task].push_back(all.back());
    }
    metrics.scores = corpus_scores(all);
    for (const auto& [task, part] : by_task) metrics.scores_by_task[task] = corpus_scores(part);
    return metrics;
}

}  // namespace moelora
