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

enum class CaptionForm {
    Nothing,
    Sidecars,  // a text beside each picture, replaced as a whole
    Lines,     // behind those of captions.jsonl in the present folder
};

class CaptionSaver {
  public:
    // `replace`: Lines begin with an empty file, emptied for the first caption. Errors:
    // FileUnwritable, DiskFull.
    [[nodiscard]] static Result<CaptionSaver> open(CaptionForm form, bool replace);
    // `line`: the caption as JSON. On the disk before it returns. Errors: as open().
    [[nodiscard]] Status save(const Caption& caption, std::string_view line);

  private:
    explicit CaptionSaver(CaptionForm form) : form_(form) {}
    CaptionForm form_;
    bool replaces_ = false;
    std::optional<JsonlWriter> lines_;
};

}  // namespace moelora
