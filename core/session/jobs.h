// SPDX-License-Identifier: GPL-3.0-or-later
// The bodies of the jobs (engine thread). `runs_dir` is the resolved run store.
#pragma once

#include "core/session/job_runner.h"
#include "core/session/session.h"

namespace moelora {

// Files as named; of a folder its pictures, by name. Errors: FileMissing, UsageInvalid for none.
[[nodiscard]] Result<std::vector<std::string>> find_pictures(const std::vector<std::string>& paths);

[[nodiscard]] Result<JobEnd> run_training(const RunSpec& spec, const std::string& runs_dir,
                                          JobControl& control);
[[nodiscard]] Result<JobEnd> resume_training(const ResumeSpec& spec, const std::string& runs_dir,
                                             JobControl& control);
[[nodiscard]] Result<JobEnd> run_captions(const CaptionSpec& spec, JobControl& control);
[[nodiscard]] Result<JobEnd> run_evaluation(const EvaluateSpec& spec, JobControl& control);
[[nodiscard]] Result<JobEnd> run_routing(const RoutingSpec& spec, JobControl& control);
[[nodiscard]] Result<JobEnd> run_comparison(const CompareSpec& spec, JobControl& control);

}  // namespace moelora
