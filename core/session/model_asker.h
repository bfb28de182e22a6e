// SPDX-License-Identifier: GPL-3.0-or-later
// Answers the questions of a self-test with a real model. Engine thread only.
#pragma once

#include "core/session/loaded_model.h"
#include "core/session/self_test.h"

namespace moelora {

// Borrows all three; leaves the adapter attached and switched on.
[[nodiscard]] AskModel ask_model(Qwen3VL& model, Adapter& adapter, const TextSide& text);
// What a self-test is to know of it.
[[nodiscard]] TestedAdapter tested(const Adapter& adapter);
// The relative error of a logit of this model.
[[nodiscard]] double logit_rounding(const Qwen3VL& model);

}  // namespace moelora
