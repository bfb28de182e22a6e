// SPDX-License-Identifier: GPL-3.0-or-later
// Issues of which there may be one for each of a hundred thousand files: the first of each kind
// stand in full, the last of these counts the rest. Internal to core/data and its users.
#pragma once

#include <map>
#include <utility>
#include <vector>

#include "core/base/issue.h"

namespace moelora {

class IssueList {
  public:
    static constexpr std::int64_t in_full = 200;  // of one kind

    // Appends to `out`, which outlives it; nothing else may add to `out` meanwhile.
    explicit IssueList(std::vector<Issue>& out) : out_(out) {}
    void add(Issue issue) {
        Kind& kind = kinds_[issue.error.code];
        if (kind.listed >= in_full) {
            out_[kind.last].count += issue.count;
            return;
        }
        ++kind.listed;
        kind.last = out_.size();
        out_.push_back(std::move(issue));
    }

  private:
    struct Kind {
        std::int64_t listed = 0;
        std::size_t last = 0;
    };
    std::vector<Issue>& out_;
    std::map<ErrorCode, Kind> kinds_;
};

}  // namespace moelora
