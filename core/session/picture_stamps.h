// SPDX-License-Identifier: GPL-3.0-or-later
// Notices pictures that change while a run goes on. Size and time of each file are taken at the
// start (one system call a picture) and compared when a sample is read. Engine thread only.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/base/issue.h"
#include "core/data/dataset.h"

namespace moelora {

class PictureStamps {
  public:
    // `dataset` outlives it.
    explicit PictureStamps(const Dataset& dataset);
    // A warning (ImageChanged) for each picture of these samples that is another now; once, until
    // it changes again. One that is gone is no change: reading it is the error.
    [[nodiscard]] std::vector<Issue> changed(const std::vector<std::string>& sample_ids);

  private:
    struct Stamp {
        std::uintmax_t bytes = 0;
        std::int64_t time = 0;  // ticks of the file clock
        bool operator==(const Stamp&) const = default;
    };
    [[nodiscard]] static Stamp stamp_of(const std::string& path);

    const Dataset& dataset_;
    std::unordered_map<std::string, std::size_t> places_;  // sample id -> index
    std::unordered_map<std::string, Stamp> stamps_;        // picture -> as it was
};

}  // namespace moelora
