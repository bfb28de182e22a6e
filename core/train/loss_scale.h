// SPDX-License-Identifier: GPL-3.0-or-later
// Dynamic loss scale of fp16 models: their gradients lose small values below 6e-8, so the loss is
// multiplied before the backward pass and the gradients are divided in the update
// (training_semantics.md 9; Micikevicius et al. 2018; the constants are those of torch's
// GradScaler). An update that overflows is made again with half the scale: no batch is lost.
#pragma once

#include <cstdint>

namespace moelora {

struct LossScale {
    double scale = 65536;
    std::int64_t good_updates = 0;  // since the last change

    // After an update that was finite.
    void good() {
        if (++good_updates < growth_interval) return;
        scale *= 2;
        good_updates = 0;
    }
    // After one that was not; false when the scale is not to blame any more.
    bool overflow() {
        good_updates = 0;
        scale /= 2;
        return scale >= 1;
    }

    static constexpr std::int64_t growth_interval = 2000;
};

}  // namespace moelora
