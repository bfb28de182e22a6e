// SPDX-License-Identifier: GPL-3.0-or-later
// Captions written as they arrive: `moelora caption --save`. Torch-free, not thread-safe.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/io/files.h"
#include "core/record/records.h"

namespace moelora {

class CaptionSaver {
  public:
    // "txt": a sidecar beside each picture, replaced as a whole; "jsonl": lines behind those of
    // captions.jsonl in the present folder (`replace`: of an empty one); "": nothing. Errors:
    // FileUnwritable, DiskFull.
    [[nodiscard]] static Result<CaptionSaver> open(const std::string& form, bool replace);
    // `line`: the caption as JSON. On the disk before it returns. Errors: as open().
    [[nodiscard]] Status save(const Caption& caption, std::string_view line);

  private:
    explicit CaptionSaver(bool sidecars) : sidecars_(sidecars) {}
    bool sidecars_;
    std::optional<JsonlWriter> lines_;
};

}  // namespace moelora
