// SPDX-License-Identifier: GPL-3.0-or-later
// Notices pictures that change while a run goes on. Size and time of each file are taken at the
// start (one system call a picture) and compared when a sample is read, be it to learn, to evaluate
// or to be captioned. Engine thread only.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/base/issue.h"
#include "core/data/dataset.h"
#include "core/record/records.h"

namespace moelora {

// The files that a sample shows, some of them more than once.
[[nodiscard]] std::vector<std::string> pictures_of(const CaptionSample& sample);

class PictureStamps {
  public:
    // Of both parts and of the probes. The parts outlive it.
    PictureStamps(const Dataset& train, const Dataset& held,
                  const std::vector<CaptionSample>& probes);
    // A warning (ImageChanged) for each picture of these samples, of either part, that is another
    // now; once, until it changes again. One that is gone is no change: reading it is the error.
    [[nodiscard]] std::vector<Issue> changed(const std::vector<std::string>& sample_ids);
    // The same for probes.
    [[nodiscard]] std::vector<Issue> changed(const std::vector<CaptionSample>& probes);

  private:
    struct Stamp {
        std::uintmax_t bytes = 0;
        std::int64_t time = 0;  // ticks of the file clock
        bool operator==(const Stamp&) const = default;
    };
    [[nodiscard]] static Stamp stamp_of(const std::string& path);
    void keep(std::string path);
    // Appends to `issues` when it is another one.
    void look_at(const std::string& path, const Place& place, std::vector<Issue>& issues);

    std::unordered_map<std::string, const DatasetSample*> samples_;  // by id
    std::unordered_map<std::string, Stamp> stamps_;                  // picture -> as it was
};

}  // namespace moelora
