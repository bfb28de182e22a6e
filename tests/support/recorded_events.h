// SPDX-License-Identifier: GPL-3.0-or-later
// Canned answers and events for FakeSession.
#pragma once

#include "core/session/session.h"
#include "tests/support/fake_session.h"

namespace moelora::test {

// What is stored of recordedRun: as a replay gives it, captions behind the rest of their update.
[[nodiscard]] std::vector<Event> recordedStore(const Recording& recording);
// The events of the job that goes on with it: those of recordedRun from its checkpoint.
[[nodiscard]] std::vector<Event> recordedResume(JobId job, const Recording& recording);
[[nodiscard]] std::vector<Event> recordedCompare(JobId job);
// A comparison of the grid of checkpoints: captions one after another, those of "step-20" cut short
// and every second one of "step-40" still the base's.
[[nodiscard]] std::vector<Event> recordedColumn(JobId job, const CompareSpec& spec);
// A picture of 6 by 8 visual tokens, 4 experts at `spec`'s force_expert or as a pattern.
[[nodiscard]] std::vector<Event> recordedRouting(JobId job, const RoutingSpec& spec);
[[nodiscard]] SampleView recordedView(const std::string& id);
// What the window had written as corrected captions, by sample (samples_stub.cpp).
[[nodiscard]] std::map<std::string, std::string> captionEdits();
[[nodiscard]] ModelSummary recordedModel(const std::string& path);
[[nodiscard]] AdapterPlan recordedPlan(const AdapterOptions& options);
[[nodiscard]] DatasetSummary recordedDataset(const std::string& path);
[[nodiscard]] Picture recordedPicture(const std::string& path, std::int64_t max_side);
[[nodiscard]] std::vector<RunSummary> recordedRuns();

}  // namespace moelora::test
