// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/caption_saver.h"

#include <filesystem>

namespace moelora {

Result<CaptionSaver> CaptionSaver::open(CaptionForm form, bool replace) {
    CaptionSaver saver(form);
    if (form != CaptionForm::Lines) return saver;
    const char* file = "captions.jsonl";
    if (replace) MOELORA_TRY_STATUS(write_text_atomic(file, ""));
    MOELORA_TRY(saver.lines_, JsonlWriter::open(file));
    return saver;
}

Status CaptionSaver::save(const Caption& caption, std::string_view line) {
    if (lines_) return lines_->append(line);
    if (form_ == CaptionForm::Nothing) return {};
    std::filesystem::path text = caption.image;
    return write_text_atomic(text.replace_extension(".txt").string(), caption.text + "\n");
}

}  // namespace moelora
