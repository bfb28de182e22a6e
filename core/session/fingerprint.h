// SPDX-License-Identifier: GPL-3.0-or-later
// The fingerprint of a model folder by content. The quick one (core/model/config.h) is known at
// once, but two trainings of one model share it; this one tells them apart and takes as long as
// reading all weights. Torch-free.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "core/data/dataset.h"

namespace moelora {

// SHA-256 over the SHA-256 of config.json, tokenizer and processor files and weights, each by the
// order of its name. Known at once where the cache (fingerprints.json of default_cache_folder())
// knows all files by path, size and time; else a thread reads them, which ends with the last copy
// of this object. Thread-safe.
class WholeFingerprint {
  public:
    WholeFingerprint() = default;  // of nothing: never known
    explicit WholeFingerprint(const std::string& folder);
    // 64 hex digits; "" while it is not known, or where a file could not be read.
    [[nodiscard]] std::string known() const;
    // The same when it is done; `go_on` is asked now and then, false ends the waiting.
    [[nodiscard]] std::string wait(const std::function<bool()>& go_on = {}) const;

  private:
    class Task;
    std::shared_ptr<Task> task_;
};

// SHA-256 over conversation, task, sample type and names of pictures, which count by their path
// under `root`.
[[nodiscard]] std::string sample_fingerprint(const DatasetSample& sample, const std::string& root);
// SHA-256 over those of all samples, in their order.
[[nodiscard]] std::string data_fingerprint(const Dataset& dataset);

}  // namespace moelora
