// SPDX-License-Identifier: GPL-3.0-or-later
// Proof that two columns of captions are what they say: that the adapter is on in one and off in
// the other, that the model looks at the picture, and that no column shows the other's captions.
// The judging knows no model: it asks for logits, so that tests can answer wrongly on purpose.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/record/records.h"

namespace moelora {

enum class Side { Base, AdapterOff, AdapterOn };  // Base: nothing is attached

struct TestQuestion {
    const CaptionSample* sample = nullptr;
    std::vector<std::int64_t> begun;  // tokens of the answer so far
    bool other_picture = false;       // of the same size: the colours of the sample's, inverted
};
// Logits [vocab] of the next token, f32.
using AskModel = std::function<Result<std::vector<float>>(Side, const TestQuestion&)>;

struct TestedAdapter {
    std::int64_t sites = 0;     // adapted layers
    bool adds_nothing = false;  // by its weights: what it adds is zero everywhere, as at the start
};
// Base, adapter off, adapter on, and another picture, over the first sample that has one. Errors:
// those of `ask`.
[[nodiscard]] Result<SelfTest> test_adapter(const AskModel& ask,
                                            const std::vector<CaptionSample>& samples,
                                            const TestedAdapter& adapter);

// Fills columns_swapped and caption_pairs from at most 8 pairs of greedy captions that part at some
// token: there the base must like its own token better than the adapter does, and the other way
// round. `rounding`: relative error of a logit (the dtype's epsilon); below it nothing is judged.
[[nodiscard]] Status test_columns(const AskModel& ask, const std::vector<ComparedSample>& captions,
                                  double rounding, SelfTest& out);

// Why a test did not pass, as part of a sentence; "" when it passed.
[[nodiscard]] std::string self_test_failure(const SelfTest& test);
// Errors: SelfTestFailed, with that reason.
[[nodiscard]] Status refuse_if_failed(const SelfTest& test);

}  // namespace moelora
