// SPDX-License-Identifier: GPL-3.0-or-later
// The samples of a data set by length, and the pass of an update that needs most memory. What was
// found is kept for the last data set and model until a file of theirs changes, so that an estimate
// follows a key without reading them again. Any thread; one object a thread.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "core/data/dataset.h"
#include "core/options/options.h"
#include "core/session/loaded_model.h"
#include "core/train/memory_model.h"

namespace moelora {

// Micro-batches that are computed together.
struct LargestPass {
    BatchShape shape;
    std::string sample;        // the longest
    std::int64_t samples = 0;  // one of each micro-batch, all of whose rows are alike
};

class SamplesByLength {
  public:
    // Reads options.data and the text side of options.model, unless their lengths are known.
    // Errors: those of open_dataset and load_text_side.
    [[nodiscard]] static Result<SamplesByLength> of(const RunOptions& options);
    // The same with the data read already, which are borrowed. Nothing is kept.
    [[nodiscard]] static Result<SamplesByLength> of(const RunOptions& options, const Dataset& data);

    [[nodiscard]] const ModelConfig& config() const { return known_->config; }
    // Of all pictures, each once.
    [[nodiscard]] std::int64_t visual_tokens() const { return known_->visual_tokens; }
    // The one of an update that needs most: the longest sample, and of those behind it what fits.
    // Errors: DatasetEmpty; those of the longest sample's encoding.
    [[nodiscard]] Result<LargestPass> largest_pass(const TrainOptions& train);
    // Its samples themselves, pictures decoded.
    [[nodiscard]] Result<std::vector<EncodedSample>> samples_of(const TrainOptions& train);

  private:
    struct Sample {
        std::int64_t tokens;
        std::size_t number;
    };
    struct Known {
        ModelConfig config;
        std::string path;
        std::vector<Sample> order;  // longest first
        std::int64_t visual_tokens = 0;
        std::mutex mutex{};  // of what follows
        std::map<std::array<std::int64_t, 3>, LargestPass> passes{};
    };
    struct Kept;
    static Kept& kept();

    explicit SamplesByLength(const RunOptions& options);
    [[nodiscard]] Status open();  // data and text side, where they are not yet
    void measure();

    DataOptions data_options_;
    std::string model_;
    std::int64_t seed_;
    std::shared_ptr<Known> known_;
    std::unique_ptr<Dataset> own_;
    const Dataset* data_ = nullptr;
    std::optional<TextSide> text_;
};

}  // namespace moelora
