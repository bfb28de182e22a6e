// SPDX-License-Identifier: GPL-3.0-or-later
// What the window offers beside an error: buttons that lead to the place where it is mended. One
// table by code.
#pragma once

#include <QString>
#include <vector>

#include "core/base/error.h"

namespace moelora::ui {

struct Offer {
    QString text;  // of the button, in the language of now
    // "action/diagnostics", "page/runs", "press/runs/openTrash", "pane/data/2",
    // "field/train.batch_size", or "set/train.on_nonfinite=skip", a step that can be undone.
    QString target;
    bool operator==(const Offer&) const = default;
};
[[nodiscard]] std::vector<Offer> offersOf(const Error& error);
// All targets of the table, for its test.
[[nodiscard]] std::vector<QString> offeredTargets();

}  // namespace moelora::ui
