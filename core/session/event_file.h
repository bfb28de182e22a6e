// SPDX-License-Identifier: GPL-3.0-or-later
// TensorBoard event files: TFRecord framing (length, masked CRC-32C, Event message, masked CRC-32C)
// around the messages of tensorboard_event.proto. Torch-free, not thread-safe.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "core/io/append_file.h"
#include "core/session/series.h"

namespace moelora {

// CRC-32C (Castagnoli) of RFC 3720, and as TFRecord stores it: rotated and shifted, so that the sum
// of a record that holds sums stays meaningful.
[[nodiscard]] std::uint32_t crc32c(std::string_view bytes);
[[nodiscard]] std::uint32_t masked_crc32c(std::string_view bytes);
// One record around `data`.
[[nodiscard]] std::string tf_record(std::string_view data);

class EventFile {
  public:
    // A new file in `folder` (made when missing) whose name sorts behind those that are there.
    // `restart_step` >= 0: the run goes on; readers forget what earlier files say about this step
    // and later ones. Errors: FileUnwritable, DiskFull.
    [[nodiscard]] static Result<EventFile> create(const std::string& folder,
                                                  std::int64_t restart_step = -1);
    // One record with all values, as 32-bit floats (the format's scalars); one write.
    [[nodiscard]] Status add(std::int64_t step, std::span<const Scalar> values);

  private:
    explicit EventFile(AppendFile file) : file_(std::move(file)) {}
    AppendFile file_;
};

}  // namespace moelora
