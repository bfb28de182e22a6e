// SPDX-License-Identifier: GPL-3.0-or-later
// What is said about one field of a form: its sentence, what is allowed, what the preset says, and
// what it does to memory, speed and quality. Pure but for the language.
#pragma once

#include "ui/widgets/option_field.h"

namespace moelora::ui {

// "Allowed: 1 … 1024."; "" where everything is, or where a list shows it.
[[nodiscard]] QString rangeSentence(const OptionField& field);
// What more or less of it does to memory, speed and quality; "" where it does nothing to them.
[[nodiscard]] QString effectSentence(const OptionField& field);
// All of it, with the value of `baseline`.
[[nodiscard]] QString helpOf(const OptionField& field, const OptionField& baseline);

}  // namespace moelora::ui
