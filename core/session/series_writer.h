// SPDX-License-Identifier: GPL-3.0-or-later
// The same series three times: metrics.jsonl is the record; metrics.csv and tensorboard/ are views
// of it for spreadsheets and TensorBoard. Torch-free, not thread-safe.
#pragma once

#include "core/session/event_file.h"

namespace moelora {

class SeriesWriter {
  public:
    // In a run folder, behind what metrics.jsonl (already cut to the checkpoint) holds: the CSV is
    // written anew from it, a new event file replaces what lies beyond it, or holds all of it where
    // there is no folder of them. An absent or empty metrics.jsonl is a fresh run. Errors: those of
    // files.
    [[nodiscard]] static Result<SeriesWriter> open(const std::string& run_folder);
    // After an error the event files are gone, for they would lack this step: open() makes both
    // anew, once all records of the step stand in metrics.jsonl.
    [[nodiscard]] Status add(std::int64_t step, const std::vector<Scalar>& values);

  private:
    SeriesWriter(AppendFile csv, EventFile events, std::string event_folder)
        : csv_(std::move(csv)),
          events_(std::move(events)),
          event_folder_(std::move(event_folder)) {}
    AppendFile csv_;
    EventFile events_;
    std::string event_folder_;
};

// The lines of metrics.csv for these values: "step,series,value", doubles that read back equal.
[[nodiscard]] std::string csv_rows(std::int64_t step, const std::vector<Scalar>& values);

}  // namespace moelora
