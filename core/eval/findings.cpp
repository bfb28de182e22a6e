// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/eval/findings.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "core/eval/captions.h"
#include "core/eval/tokens.h"

namespace moelora {
namespace {

using Tokens = std::vector<std::string>;

// How often the `n` tokens at `at` stand there one after another.
std::size_t times_at(const Tokens& tokens, std::size_t at, std::size_t n) {
    std::size_t times = 1;
    const auto begin = tokens.begin() + static_cast<std::ptrdiff_t>(at);
    for (std::size_t next = at + n; next + n <= tokens.size(); next += n, ++times)
        if (!std::equal(begin, begin + static_cast<std::ptrdiff_t>(n),
                        tokens.begin() + static_cast<std::ptrdiff_t>(next)))
            break;
    return times;
}

// {shortest, longest} in tokens.
std::pair<std::size_t, std::size_t> lengths_of(const std::vector<std::string>& references) {
    std::pair<std::size_t, std::size_t> out = {0, 0};
    for (std::size_t i = 0; i < references.size(); ++i) {
        const std::size_t length = metric_tokens(references[i]).size();
        out = {i == 0 ? length : std::min(out.first, length), std::max(out.second, length)};
    }
    return out;
}

// Issues of one kind merge: the first is kept, the others are counted.
class Collector {
  public:
    void add(Severity severity, ErrorCode code, const std::string& sample, std::vector<Arg> args) {
        const auto [place, fresh] = places_.try_emplace(code, out.size());
        if (!fresh) {
            ++out[place->second].count;
            return;
        }
        Issue issue;
        issue.severity = severity;
        issue.error = {code, std::move(args), {}, {}};
        issue.where.item = sample;
        out.push_back(std::move(issue));
    }
    std::vector<Issue> out;

  private:
    std::map<ErrorCode, std::size_t> places_;
};

std::string length_text(const std::vector<std::string>& references) {
    const auto [shortest, most] = lengths_of(references);
    return shortest == most ? std::to_string(most)
                            : std::to_string(shortest) + "–" + std::to_string(most);
}

}  // namespace

std::string repeated_part(const std::string& text) {
    const Tokens tokens = metric_tokens(text);
    for (std::size_t at = 0; at < tokens.size(); ++at)
        for (std::size_t n = 1; n <= 8 && at + n <= tokens.size(); ++n) {
            if (times_at(tokens, at, n) < (n == 1 ? 4U : 3U)) continue;
            std::string part;
            for (std::size_t i = at; i < at + n; ++i) part += (i > at ? " " : "") + tokens[i];
            return part;
        }
    return {};
}

CaptionFlags flags_of(const Caption& caption, const std::vector<std::string>& references) {
    CaptionFlags flags;
    flags.cut = caption.stop_reason == StopReason::Length;
    flags.empty = trimmed(caption.text).empty();
    flags.repeated = repeated_part(caption.text);
    if (references.empty() || flags.empty) return flags;
    const std::size_t length = metric_tokens(caption.text).size();
    const auto [shortest, most] = lengths_of(references);
    flags.odd_length = length > 3 * most || 3 * length < shortest;
    return flags;
}

std::vector<Issue> caption_findings(const std::vector<CaptionSample>& samples,
                                    const std::vector<Caption>& captions) {
    Collector found;
    std::set<std::string> pictures, texts;
    for (std::size_t i = 0; i < std::min(samples.size(), captions.size()); ++i) {
        const CaptionSample& sample = samples[i];
        const Caption& caption = captions[i];
        const CaptionFlags flags = flags_of(caption, sample.references);
        const auto warn = [&](ErrorCode code, std::vector<Arg> more = {}) {
            more.insert(more.begin(), {{"sample", sample.id}, {"variant", caption.variant}});
            found.add(Severity::Warning, code, sample.id, std::move(more));
        };
        if (flags.cut) warn(ErrorCode::CaptionCut);
        if (!flags.repeated.empty()) warn(ErrorCode::CaptionRepeats, {{"text", flags.repeated}});
        if (flags.empty) warn(ErrorCode::CaptionNothing);
        if (flags.odd_length)
            warn(ErrorCode::CaptionLengthOdd,
                 {{"found", std::to_string(metric_tokens(caption.text).size())},
                  {"limit", length_text(sample.references)}});
        pictures.insert(sample.image);
        texts.insert(caption.text);
    }
    if (pictures.size() >= 3 && texts.size() == 1)
        found.add(
            Severity::Warning, ErrorCode::CaptionsAllOne, {},
            {{"found", std::to_string(pictures.size())}, {"variant", captions.front().variant}});
    return std::move(found.out);
}

std::vector<Issue> comparison_findings(const std::vector<ComparedSample>& samples) {
    std::vector<CaptionSample> asked;
    std::vector<Caption> base, adapted;
    std::size_t same = 0;
    for (const ComparedSample& s : samples) {
        asked.push_back(s.sample);
        base.push_back(s.base);
        adapted.push_back(s.adapted);
        same += s.base.text == s.adapted.text ? 1U : 0U;
    }
    std::vector<Issue> out = caption_findings(asked, base);
    for (Issue& issue : caption_findings(asked, adapted)) out.push_back(std::move(issue));
    if (same > 0) {
        Issue issue;
        issue.severity = same == samples.size() ? Severity::Warning : Severity::Info;
        issue.error = {ErrorCode::CaptionsEqualBase,
                       {{"found", std::to_string(same)}, {"limit", std::to_string(samples.size())}},
                       {},
                       {}};
        out.push_back(std::move(issue));
    }
    return out;
}

}  // namespace moelora
