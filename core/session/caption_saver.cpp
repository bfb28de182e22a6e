// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/caption_saver.h"

#include <filesystem>

#include "core/io/files.h"

namespace moelora {

struct CaptionSaver::Lines {
    JsonlWriter writer;
};

CaptionSaver::CaptionSaver(bool sidecars, std::unique_ptr<Lines> lines)
    : sidecars_(sidecars), lines_(std::move(lines)) {}
CaptionSaver::CaptionSaver(CaptionSaver&&) noexcept = default;
CaptionSaver::~CaptionSaver() = default;

Result<CaptionSaver> CaptionSaver::open(const std::string& form, bool replace) {
    if (form != "jsonl") return CaptionSaver(form == "txt", nullptr);
    const char* file = "captions.jsonl";
    if (replace) MOELORA_TRY_STATUS(write_text_atomic(file, ""));
    MOELORA_TRY(JsonlWriter writer, JsonlWriter::open(file));
    return CaptionSaver(false, std::make_unique<Lines>(Lines{std::move(writer)}));
}

Status CaptionSaver::save(const Caption& caption, std::string_view line) {
    if (lines_) return lines_->writer.append(line);
    if (!sidecars_) return {};
    std::filesystem::path text = caption.image;
    return write_text_atomic(text.replace_extension(".txt").string(), caption.text + "\n");
}

}  // namespace moelora
