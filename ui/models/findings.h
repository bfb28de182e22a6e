// SPDX-License-Identifier: GPL-3.0-or-later
// What was found in a data set, by kind, and the samples that each finding is about. Pure.
#pragma once

#include <QString>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "core/base/issue.h"
#include "core/record/records.h"

namespace moelora::ui {

// Issues of one kind, the gravest kinds first and otherwise in the order in which they came.
struct FindingGroup {
    Severity severity = Severity::Info;
    ErrorCode code = ErrorCode::Internal;
    std::vector<Issue> issues;
    std::int64_t count = 0;  // with those that the engine only counted
};
[[nodiscard]] std::vector<FindingGroup> groupFindings(const std::vector<Issue>& issues);

// From issues to samples: by id, or by the picture that is named. Of two equal pictures the later
// one is meant.
class SampleIndex {
  public:
    void set(const std::vector<CaptionSample>& samples);
    // Ids of the samples an issue is about; empty where it is about none that is in use.
    [[nodiscard]] std::vector<std::string> idsOf(const Issue& issue) const;

  private:
    std::unordered_map<std::string, std::vector<std::string>> m_byPicture;
    std::unordered_set<std::string> m_known;  // ids
};

// One line an issue: severity, code, file, line, sample, sentence; for spreadsheets.
[[nodiscard]] QString findingsTable(const std::vector<Issue>& issues);

}  // namespace moelora::ui
