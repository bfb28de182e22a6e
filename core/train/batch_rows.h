// SPDX-License-Identifier: GPL-3.0-or-later
// Some rows of a collated batch, for a memory that does not hold all of them at once. Thread-safe;
// no state.
#pragma once

#include "core/data/batch.h"

namespace moelora {

// Rows first .. first + count - 1 with their pictures and the padding of the whole. Shares storage
// with `batch`; allocates nothing large.
[[nodiscard]] Batch rows_of(const Batch& batch, std::int64_t first, std::int64_t count);
// Of its largest picture, in patches of one frame; 0 without pictures.
[[nodiscard]] std::int64_t largest_picture(const Batch& batch);

}  // namespace moelora
