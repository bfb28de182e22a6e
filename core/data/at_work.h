// SPDX-License-Identifier: GPL-3.0-or-later
// Long questions about data sets that a caller can leave. dataset.h has the same without it.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>

#include "core/data/dataset.h"

namespace moelora {

// Called on the calling thread, some twenty times a second, with records, pictures and files seen
// so far. It leaves by throwing what only its caller catches.
using AtWork = std::function<void(std::int64_t)>;

[[nodiscard]] Result<Dataset> open_dataset(const DataOptions& data, std::int64_t seed,
                                           const AtWork& at_work);
[[nodiscard]] std::vector<Issue> leaks_between(const Dataset& train, const Dataset& held,
                                               const AtWork& at_work);

// Keeps the time between two calls.
class Ticker {
  public:
    explicit Ticker(const AtWork& at_work) : at_work_(at_work) {}
    void tick() {
        ++seen_;
        if (!at_work_) return;
        const auto now = std::chrono::steady_clock::now();
        if (now - last_ < std::chrono::milliseconds(50)) return;
        last_ = now;
        at_work_(seen_);
    }

  private:
    const AtWork& at_work_;
    std::int64_t seen_ = 0;
    std::chrono::steady_clock::time_point last_{};
};

}  // namespace moelora
