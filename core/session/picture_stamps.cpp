// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/picture_stamps.h"

#include <filesystem>

namespace moelora {

namespace fs = std::filesystem;

namespace {

std::vector<std::string> pictures_of(const DatasetSample& sample) {
    std::vector<std::string> paths;
    for (const ChatMessage& message : sample.conversation().messages)
        for (const ChatPart& part : message.parts)
            if (part.kind == ChatPart::Kind::Image) paths.push_back(part.value);
    return paths;
}

}  // namespace

PictureStamps::Stamp PictureStamps::stamp_of(const std::string& path) {
    std::error_code error;
    Stamp stamp;
    stamp.bytes = fs::file_size(path, error);
    if (error) return {};
    stamp.time = fs::last_write_time(path, error).time_since_epoch().count();
    return error ? Stamp{} : stamp;
}

PictureStamps::PictureStamps(const Dataset& dataset) : dataset_(dataset) {
    for (std::size_t i = 0; i < dataset.samples.size(); ++i) {
        places_.emplace(dataset.samples[i].id, i);
        for (std::string& path : pictures_of(dataset.samples[i]))
            if (!stamps_.contains(path)) {
                const Stamp stamp = stamp_of(path);
                stamps_.emplace(std::move(path), stamp);
            }
    }
}

std::vector<Issue> PictureStamps::changed(const std::vector<std::string>& sample_ids) {
    std::vector<Issue> issues;
    for (const std::string& id : sample_ids) {
        const auto place = places_.find(id);
        if (place == places_.end()) continue;
        const DatasetSample& sample = dataset_.samples[place->second];
        for (const std::string& path : pictures_of(sample)) {
            const Stamp now = stamp_of(path);
            Stamp& before = stamps_[path];
            if (now == Stamp{} || now == before) continue;
            before = now;
            issues.push_back({Severity::Warning,
                              {ErrorCode::ImageChanged, {{"path", path}, {"sample", id}}, {}, {}},
                              {sample.file, sample.line, id},
                              1});
        }
    }
    return issues;
}

}  // namespace moelora
