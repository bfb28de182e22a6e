// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/picture_stamps.h"

#include <filesystem>

namespace moelora {

namespace fs = std::filesystem;

std::vector<std::string> pictures_of(const CaptionSample& sample) {
    std::vector<std::string> paths;
    if (!sample.image.empty()) paths.push_back(sample.image);
    for (const PromptMessage& message : sample.messages)
        for (const PromptPart& part : message.parts)
            if (!part.image.empty()) paths.push_back(part.image);
    return paths;
}

PictureStamps::Stamp PictureStamps::stamp_of(const std::string& path) {
    std::error_code error;
    Stamp stamp;
    stamp.bytes = fs::file_size(path, error);
    if (error) return {};
    stamp.time = fs::last_write_time(path, error).time_since_epoch().count();
    return error ? Stamp{} : stamp;
}

void PictureStamps::keep(std::string path) {
    if (stamps_.contains(path)) return;
    const Stamp stamp = stamp_of(path);
    stamps_.emplace(std::move(path), stamp);
}

PictureStamps::PictureStamps(const Dataset& train, const Dataset& held,
                             const std::vector<CaptionSample>& probes) {
    for (const Dataset* part : {&train, &held})
        for (const DatasetSample& sample : part->samples) {
            samples_.emplace(sample.id, &sample);
            sample.for_each_picture([this](const std::string& path) { keep(path); });
        }
    for (const CaptionSample& probe : probes)
        for (std::string& path : pictures_of(probe)) keep(std::move(path));
}

void PictureStamps::look_at(const std::string& path, const Place& place,
                            std::vector<Issue>& issues) {
    const Stamp now = stamp_of(path);
    Stamp& before = stamps_[path];
    if (now == Stamp{} || now == before) return;
    before = now;
    issues.push_back({Severity::Warning,
                      {ErrorCode::ImageChanged, {{"path", path}, {"sample", place.item}}, {}, {}},
                      place,
                      1});
}

std::vector<Issue> PictureStamps::changed(const std::vector<std::string>& sample_ids) {
    std::vector<Issue> issues;
    for (const std::string& id : sample_ids) {
        const auto known = samples_.find(id);
        if (known == samples_.end()) continue;
        const DatasetSample& sample = *known->second;
        sample.for_each_picture([&](const std::string& path) {
            look_at(path, {sample.file, sample.line, id}, issues);
        });
    }
    return issues;
}

std::vector<Issue> PictureStamps::changed(const std::vector<CaptionSample>& probes) {
    std::vector<Issue> issues;
    for (const CaptionSample& probe : probes)
        for (const std::string& path : pictures_of(probe)) look_at(path, {"", 0, probe.id}, issues);
    return issues;
}

}  // namespace moelora
