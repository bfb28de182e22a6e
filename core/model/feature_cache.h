// SPDX-License-Identifier: GPL-3.0-or-later
// What a frozen vision tower says of a picture, kept: in the host's memory, and in a folder on disk
// for the next run. Nothing is ever dropped from memory to make room, because epochs visit all
// pictures in turn: a part that stays is worth more than a window that moves. Engine thread only.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "core/model/qwen3vl.h"

namespace moelora {

struct FeatureCacheLimits {
    std::int64_t memory_bytes = 0;
    std::string folder{};  // of all models; "" = nothing on disk
    std::int64_t disk_bytes = 0;
    // What the features depend on beside the picture: weights, their form, dtype, device.
    std::string tower{};
};

class FeatureCache {
  public:
    explicit FeatureCache(FeatureCacheLimits limits);

    // Of the pixels as the tower gets them, [patches, C*t*p*p] of one picture of grid [1, 3]: all
    // that the picture, its decoding and its resizing can change.
    [[nodiscard]] static std::string key_of(const at::Tensor& pixel_values, const at::Tensor& grid);
    // On the CPU, in the tower's dtype, bit for bit what was put. A file that is cut or changed
    // counts as none and is removed.
    [[nodiscard]] std::optional<VisionFeatures> find(const std::string& key);
    // A full cache, or a disk that cannot be written, keeps nothing and says nothing: the features
    // are computed again.
    void put(const std::string& key, const VisionFeatures& features);

    struct Facts {
        std::int64_t found = 0, computed = 0;  // pictures asked for
        std::int64_t memory_bytes = 0, disk_bytes = 0;
    };
    [[nodiscard]] const Facts& facts() const { return facts_; }

  private:
    [[nodiscard]] std::string path_of(const std::string& key) const;
    [[nodiscard]] std::optional<VisionFeatures> read(const std::string& path);
    void write(const std::string& path, const VisionFeatures& features);
    void keep_in_memory(const std::string& key, const VisionFeatures& features);

    FeatureCacheLimits limits_;
    std::string folder_;  // of this tower
    std::map<std::string, VisionFeatures> kept_;
    Facts facts_;
};

}  // namespace moelora
