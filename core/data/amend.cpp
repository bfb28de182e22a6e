// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/amend.h"

#include <filesystem>
#include <unordered_set>

#include "core/base/json.h"
#include "core/io/files.h"

namespace moelora {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t format_version = 1;

Issue issue_of(Severity severity, ErrorCode code, std::vector<Arg> args, Place place = {}) {
    return {severity, Error{code, std::move(args), {}, {}}, std::move(place), 1};
}

std::string first_answer(const DatasetSample& sample) {
    const std::vector<std::string> references = caption_sample(sample).references;
    return references.empty() ? std::string() : references.front();
}

void put_in_place(Dataset& dataset, const CaptionEdits& edits, const std::string& file) {
    std::unordered_set<std::string> used;
    for (DatasetSample& sample : dataset.samples) {
        const auto edit = edits.find(sample.id);
        if (edit == edits.end() || first_answer(sample) != edit->second.was) continue;
        sample.set_answer(edit->second.now);
        used.insert(sample.id);
    }
    for (const auto& [id, edit] : edits)
        if (!used.contains(id))
            dataset.issues.push_back(issue_of(Severity::Warning, ErrorCode::EditOutdated,
                                              {{"sample", id}}, {file, 0, id}));
}

// The names under which a sample's pictures may be left out.
std::vector<std::string> picture_names(const DatasetSample& sample) {
    std::vector<std::string> out = {sample.image_id};
    sample.for_each_picture([&](const std::string& path) {
        out.push_back(path);
        out.push_back(fs::path(path).filename().string());
    });
    return out;
}

void leave_out(Dataset& dataset, const std::vector<std::string>& names) {
    std::unordered_set<std::string> ids, pictures(names.begin(), names.end()), found;
    for (const DatasetSample& sample : dataset.samples)
        if (pictures.contains(sample.id)) ids.insert(sample.id);
    for (const std::string& id : ids) pictures.erase(id);
    const auto named = [&](const DatasetSample& sample) {
        bool out = ids.contains(sample.id);
        for (const std::string& name : picture_names(sample))
            if (pictures.contains(name)) {
                found.insert(name);
                out = true;
            }
        return out;
    };
    const std::size_t gone = std::erase_if(dataset.samples, named);
    for (const std::string& name : names)
        if (!ids.contains(name) && !found.contains(name))
            dataset.issues.push_back(issue_of(Severity::Warning, ErrorCode::ExclusionUnknown,
                                              {{"value", name}}, {{}, 0, "data.exclude"}));
    if (gone > 0)
        dataset.issues.push_back(issue_of(Severity::Info, ErrorCode::SamplesExcluded,
                                          {{"found", std::to_string(gone)}},
                                          {{}, 0, "data.exclude"}));
}

Error unreadable(const std::string& file, std::string why) {
    return {ErrorCode::FileUnreadable, {{"path", file}, {"why", std::move(why)}}, {}, {}};
}

}  // namespace

Result<CaptionEdits> read_caption_edits(const std::string& file) {
    MOELORA_TRY(const Json json, read_json(file));
    const std::int64_t version =
        json.is_object() ? as_int(json.value("version", Json())).value_or(0) : 0;
    const Json captions = json.is_object() ? json.value("captions", Json()) : Json();
    if (version > format_version)
        return pass(unreadable(
            file, "it has version " + std::to_string(version) + ", which a newer program wrote"));
    if (version == 0 || !captions.is_object())
        return pass(unreadable(file, "it has another format"));
    CaptionEdits out;
    for (const auto& item : captions.items()) {
        const std::string& id = item.key();
        const Json& edit = item.value();
        const auto text = [&](const char* key) {
            return as_string(edit.is_object() ? edit.value(key, Json()) : Json());
        };
        const auto was = text("was"), now = text("now");
        if (!was || !now) return pass(unreadable(file, "it has another format"));
        out[id] = {*was, *now};
    }
    return out;
}

Status write_caption_edits(const std::string& file, const CaptionEdits& edits) {
    Json captions = Json::object();
    for (const auto& [id, edit] : edits) captions[id] = {{"was", edit.was}, {"now", edit.now}};
    const Json json = {{"version", format_version}, {"captions", std::move(captions)}};
    return write_text_atomic(file, json.dump(2) + "\n");
}

Status amend(Dataset& dataset, const DataOptions& data) {
    if (!data.edits.empty()) {
        MOELORA_TRY(const CaptionEdits edits, read_caption_edits(data.edits));
        put_in_place(dataset, edits, data.edits);
    }
    if (!data.exclude.empty()) leave_out(dataset, data.exclude);
    return {};
}

}  // namespace moelora
