// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/self_test.h"

#include <algorithm>
#include <cmath>

namespace moelora {
namespace {

using Logits = std::vector<float>;

double largest_difference(const Logits& a, const Logits& b) {
    double most = 0;
    for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i)
        most = std::max(most, std::abs(static_cast<double>(a[i]) - static_cast<double>(b[i])));
    return most;
}

// How much better the first model likes token a than b, compared with the second; and the size of
// the logits that were compared.
struct Preference {
    double difference = 0, size = 0;
};

Preference preference(const Logits& first, const Logits& second, std::int64_t a, std::int64_t b) {
    const auto at = [](const Logits& logits, std::int64_t token) {
        return static_cast<double>(logits.at(static_cast<std::size_t>(token)));
    };
    Preference out;
    out.difference = at(first, a) - at(first, b) - at(second, a) + at(second, b);
    for (const Logits* logits : {&first, &second})
        for (const std::int64_t token : {a, b})
            out.size = std::max(out.size, std::abs(at(*logits, token)));
    return out;
}

}  // namespace

Result<SelfTest> test_adapter(const AskModel& ask, const std::vector<CaptionSample>& samples,
                              const TestedAdapter& adapter) {
    SelfTest out;
    out.sites = adapter.sites;
    const auto with_picture = std::find_if(samples.begin(), samples.end(),
                                           [](const auto& s) { return !s.image.empty(); });
    TestQuestion question;
    question.sample = with_picture == samples.end() ? &samples.front() : &*with_picture;
    MOELORA_TRY(const Logits base, ask(Side::Base, question));
    MOELORA_TRY(const Logits off, ask(Side::AdapterOff, question));
    MOELORA_TRY(const Logits on, ask(Side::AdapterOn, question));
    out.adapter_off_equals_base = off == base;
    out.max_logit_difference = largest_difference(on, base);
    out.adapter_on_differs = on != base;
    out.untrained = !out.adapter_on_differs && adapter.adds_nothing;
    if (with_picture == samples.end()) return out;
    question.other_picture = true;
    MOELORA_TRY(const Logits other, ask(Side::AdapterOn, question));
    out.pictures = 1;
    out.picture_ignored = other == on;
    return out;
}

Status test_columns(const AskModel& ask, const std::vector<ComparedSample>& captions,
                    double rounding, SelfTest& out) {
    constexpr std::int64_t enough = 8;
    double sum = 0, doubt = 0;
    for (const ComparedSample& s : captions) {
        const auto &base = s.base.tokens, &adapted = s.adapted.tokens;
        const auto [b, a] = std::mismatch(base.begin(), base.end(), adapted.begin(), adapted.end());
        // Where one caption only goes on, the other's next token is an end token, which it lacks.
        if (b == base.end() || a == adapted.end()) continue;
        const TestQuestion question{&s.sample, {base.begin(), b}, false};
        MOELORA_TRY(const Logits first, ask(Side::Base, question));
        MOELORA_TRY(const Logits second, ask(Side::AdapterOn, question));
        const Preference p = preference(first, second, *b, *a);
        sum += p.difference;
        doubt += 4 * rounding * p.size;  // four logits, each rounded
        if (++out.caption_pairs == enough) break;
    }
    out.columns_swapped = sum < -doubt;
    return {};
}

std::string self_test_failure(const SelfTest& test) {
    if (!test.adapter_off_equals_base)
        return "with the adapter switched off the model is not the base";
    if ((!test.adapter_on_differs && !test.untrained) || test.sites == 0)
        return "the adapter changes nothing";
    if (test.picture_ignored)
        return "another picture changes nothing: the picture is not looked at";
    if (test.columns_swapped)
        return "the captions of the two columns fit each other's model: they are swapped";
    return {};
}

Status refuse_if_failed(const SelfTest& test) {
    const std::string why = self_test_failure(test);
    if (why.empty()) return {};
    return fail(ErrorCode::SelfTestFailed, {{"why", why}});
}

}  // namespace moelora
