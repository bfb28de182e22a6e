// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/caption_saver.h"

#include <filesystem>
#include <utility>

namespace moelora {
namespace {
constexpr const char* file = "captions.jsonl";
}

Result<CaptionSaver> CaptionSaver::open(CaptionForm form, bool replace) {
    CaptionSaver saver(form);
    if (form != CaptionForm::Lines) return saver;
    saver.replaces_ = replace;
    MOELORA_TRY(saver.lines_, JsonlWriter::open(file));
    return saver;
}

Status CaptionSaver::save(const Caption& caption, std::string_view line) {
    if (lines_ && std::exchange(replaces_, false)) {
        MOELORA_TRY_STATUS(write_text_atomic(file, ""));
        MOELORA_TRY(lines_, JsonlWriter::open(file));
    }
    if (lines_) return lines_->append(line);
    if (form_ == CaptionForm::Nothing) return {};
    std::filesystem::path text = caption.image;
    return write_text_atomic(text.replace_extension(".txt").string(), caption.text + "\n");
}

}  // namespace moelora
