// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/samples.h"

#include <filesystem>

#include "core/data/amend.h"
#include "core/data/dataset.h"
#include "core/session/loaded_model.h"

namespace moelora {

namespace fs = std::filesystem;

Result<std::vector<CaptionSample>> list_samples(const DataOptions& data) {
    DataOptions all = data;
    all.exclude.clear();
    MOELORA_TRY(const Dataset dataset, open_dataset(all));
    return caption_samples(dataset, true);
}

Result<std::vector<SampleTokens>> sample_tokens(const DataOptions& data, const std::string& model) {
    DataOptions all = data;
    all.exclude.clear();
    MOELORA_TRY(const Dataset dataset, open_dataset(all));
    MOELORA_TRY(const TextSide text, load_text_side(model, all));
    std::vector<SampleTokens> out;
    out.reserve(dataset.samples.size());
    for (const DatasetSample& sample : dataset.samples) {
        const Conversation conversation = sample.conversation();
        const auto length = text.encoder.measure(conversation);
        if (!length) continue;
        const auto pictures = shown_images(conversation);
        out.push_back({sample.id, pictures.empty() ? std::string() : pictures.front(), length->text,
                       length->visual});
    }
    return out;
}

std::string caption_edits_beside(const std::string& data) {
    std::error_code error;
    const fs::path path = fs::path(data).lexically_normal();
    if (fs::is_directory(path, error)) return (path / "captions.edits").string();
    return path.string() + ".edits";
}

Status edit_caption(const std::string& file, const std::string& sample, const std::string& shown,
                    const std::string& wanted) {
    CaptionEdits edits;
    std::error_code error;
    if (fs::exists(file, error)) {
        MOELORA_TRY(edits, read_caption_edits(file));
    }
    const auto at = edits.try_emplace(sample, CaptionEdit{shown, wanted}).first;
    at->second.now = wanted;
    if (at->second.now == at->second.was) edits.erase(at);
    return write_caption_edits(file, edits);
}

}  // namespace moelora
