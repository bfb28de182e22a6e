// SPDX-License-Identifier: GPL-3.0-or-later
// Canned answers and events for FakeSession.
#pragma once

#include "core/session/session.h"

namespace moelora::test {

[[nodiscard]] std::vector<Event> recordedCompare(JobId job);
[[nodiscard]] ModelSummary recordedModel(const std::string& path);
[[nodiscard]] AdapterPlan recordedPlan(const AdapterOptions& options);
[[nodiscard]] DatasetSummary recordedDataset(const std::string& path);
[[nodiscard]] Picture recordedPicture(const std::string& path, std::int64_t max_side);
[[nodiscard]] std::vector<RunSummary> recordedRuns();

}  // namespace moelora::test
