// SPDX-License-Identifier: GPL-3.0-or-later
// MemoryLadder: what a training run does when an update does not fit into the memory
// (train.on_out_of_memory). The rungs, each told as a note of the run:
//   stop    none
//   split   unused memory is given back and the update is made again; then with half as many
//   samples
//           at a time, down to one, until the epoch ends (the same gradient up to rounding)
//   ladder  then the pictures of the sample that does not fit are read at half of their pixels,
//   down
//           to the fewest that the processor allows; then the sample is left out - one in ten
//           samples at most, so that no run ends having learnt next to nothing
// Behind the last rung the run is saved and ends with advice. Nothing here computes or allocates
// tensors of a step; the update itself changes nothing before it fits (trainer.h). Engine thread
// only.
#pragma once

#include <optional>
#include <vector>

#include "core/session/checkpoint.h"
#include "core/session/loaded_model.h"

namespace moelora {

class MemoryLadder {
  public:
    // Both are borrowed and outlive it.
    MemoryLadder(const RunOptions& options, const Dataset& data) : options_(options), data_(data) {}

    void begin_update() { freed_ = false; }
    // The next rung after update `step` did not fit while `at_work` was computed: changes `rungs`
    // and gives the sentence to be noted. Nothing when no rung is left.
    [[nodiscard]] std::optional<Error> step_down(MemoryRungs& rungs, const Trainer::AtWork& at_work,
                                                 std::int64_t step, const SampleEncoder& encoder);
    // The micro-batch as the rungs want it: the same where none of them is about its samples;
    // without rows where all are left out. Errors: those of encoding, naming the sample.
    [[nodiscard]] Result<Batch> fitted(Batch batch, const MemoryRungs& rungs,
                                       const TextSide& text) const;

  private:
    [[nodiscard]] Result<EncodedSample> encoded(const std::string& id, const MemoryRungs& rungs,
                                                const TextSide& text) const;

    const RunOptions& options_;
    const Dataset& data_;
    bool freed_ = false;  // in this update
};

}  // namespace moelora
