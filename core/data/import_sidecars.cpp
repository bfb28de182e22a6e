// SPDX-License-Identifier: GPL-3.0-or-later
// Pictures with a text file of the same name beside them; the whole text, trimmed, is the caption.
// Whoever only asks may have pictures without any.
#include <filesystem>
#include <map>
#include <set>

#include "core/data/importer.h"
#include "core/data/recognise.h"
#include "core/data/text_source.h"
#include "core/io/files.h"

namespace moelora {
namespace {

namespace fs = std::filesystem;

Result<std::string> caption_of(const std::string& path, const Importer& importer) {
    const TextEncoding encoding = importer.data().encoding;
    std::error_code ignored;
    if (fs::is_symlink(path, ignored) && !importer.data().allow_outside_root &&
        !is_inside(path, importer.root()))
        return tl::make_unexpected(
            record_error("the text file is a link that leads out of the data folder"));
    MOELORA_TRY(const std::string text, read_as_utf8(path, encoding));
    MOELORA_TRY_STATUS(check_utf8(text, path));
    if (text.find('\0') != std::string::npos)
        return tl::make_unexpected(record_error("the caption holds a zero character"));
    return trimmed(text);
}

// `text`: the file of its caption; "" = none.
Result<DatasetSample> sample_of(const std::string& path, const std::string& text,
                                Importer& importer) {
    std::string caption;
    if (!text.empty()) {
        MOELORA_TRY(caption, caption_of(text, importer));
        if (caption.empty() && !importer.asks()) return fail(ErrorCode::CaptionEmpty);
    }
    DatasetSample sample;
    sample.image_id = importer.image_id(path);
    sample.id = importer.image_id(stem_of(path));
    if (const std::size_t slash = sample.image_id.find('/');
        importer.data().task_from_folder && slash != std::string::npos && slash > 0)
        sample.task = sample.image_id.substr(0, slash);
    MOELORA_TRY(const SharedText picture, importer.picture(sample.image_id));
    if (caption.empty())
        MOELORA_TRY_STATUS(importer.ask(sample, picture, importer.prompt()));
    else
        sample.set_caption(picture, importer.prompt(), std::move(caption));
    return sample;
}

}  // namespace

Status import_sidecars(Importer& importer, const std::string& folder) {
    std::map<std::string, std::string> texts;  // by stem
    std::vector<std::string> pictures;
    for (const std::string& path : list_files(folder, importer.data().allow_outside_root).files) {
        if (is_picture_name(path)) pictures.push_back(path);
        if (ending_of(path) == ".txt") texts.emplace(stem_of(path), path);
    }
    std::set<std::string> used;
    for (const std::string& path : pictures) {
        const std::string item = importer.image_id(path);
        const auto text = texts.find(stem_of(path));
        const bool captioned = text != texts.end();
        if (!captioned && !importer.asks()) {
            importer.issue(record_error("the picture has no text file beside it"), 0, item);
            continue;
        }
        if (captioned) used.insert(text->first);
        auto sample = sample_of(path, captioned ? text->second : std::string(), importer);
        if (!sample) {
            importer.issue(std::move(sample).error(), 0, item);
            continue;
        }
        if (!importer.out().samples.empty() && importer.out().samples.back().id == sample->id)
            sample->id = item;  // two pictures share one text
        importer.add(std::move(*sample), captioned ? 1 : 0);
        importer.out().samples.back().file = captioned ? text->second : path;
    }
    for (const auto& [stem, path] : texts)
        if (!used.contains(stem))
            importer.issue(record_error("the text file has no picture beside it"), 0,
                           importer.image_id(path));
    return {};
}

}  // namespace moelora
