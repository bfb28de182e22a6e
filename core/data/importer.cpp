// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/importer.h"

#include <algorithm>
#include <filesystem>

#include "core/image/image.h"
#include "core/io/files.h"
#include "core/text/utf8.h"

namespace moelora {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t issues_in_full = 200;

bool is_blank(char32_t c) {
    static constexpr char32_t blanks[] = {0x20,   0x85,   0xA0,   0x1680, 0x2028, 0x2029, 0x202F,
                                          0x205F, 0x3000, 0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF};
    return (c >= 9 && c <= 13) || (c >= 0x2000 && c <= 0x200A) ||
           std::find(std::begin(blanks), std::end(blanks), c) != std::end(blanks);
}

// "val2017" of "captions_val2017.json"; "" when the name has no such part.
std::string split_of(const std::string& file) {
    const std::string stem = fs::path(file).stem().string();
    const std::size_t line = stem.rfind('_');
    return line == std::string::npos ? std::string{} : stem.substr(line + 1);
}

// A file in the same folder that differs in letter case only.
std::string near_hit(const fs::path& path) {
    const auto lower = [](std::string text) {
        for (char& c : text)
            if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
        return text;
    };
    const std::string wanted = lower(path.filename().string());
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(path.parent_path(), ignored))
        if (lower(entry.path().filename().string()) == wanted) return entry.path().string();
    return {};
}

}  // namespace

std::string trimmed(std::string_view text) {
    std::size_t first = text.size(), last = 0;
    for (std::size_t at = 0; at < text.size();) {
        const Utf8Step step = utf8_step(text.substr(at));
        if (step.state != Utf8State::Valid || !is_blank(step.code)) {
            first = std::min(first, at);
            last = at + step.length;
        }
        at += step.length;
    }
    return first < last ? std::string(text.substr(first, last - first)) : std::string{};
}

Error record_error(std::string why) {
    return Error{ErrorCode::RecordInvalid, {{"why", std::move(why)}}, {}, {}};
}

Importer::Importer(Dataset& out, const DataOptions& data, std::string record_file)
    : out_(out), data_(data), file_(std::move(record_file)) {
    const fs::path folder = file_.empty() ? fs::path(out.root) : fs::path(file_).parent_path();
    bases_ = {folder.string(), (folder / "images").string(), (folder / "image").string()};
    const std::string split = split_of(file_);
    for (const fs::path& base : {folder, folder.parent_path()}) {
        if (!split.empty()) bases_.push_back((base / split).string());
        if (!split.empty()) bases_.push_back((base / "images" / split).string());
    }
    bases_.push_back(folder.parent_path().string());
    bases_.push_back((folder.parent_path() / "images").string());
}

void Importer::issue(Error error, std::int64_t line, const std::string& item) {
    const ErrorCode code = error.code;
    if (++counts_[code] > issues_in_full) {
        ++out_.issues[last_[code]].count;
        return;
    }
    last_[code] = out_.issues.size();
    out_.issues.push_back({Severity::Warning, std::move(error), {file_, line, item}, 1});
}

Result<std::string> Importer::find(const std::string& written) const {
    if (written.empty()) return tl::make_unexpected(record_error("a picture has no path"));
    if (written.find('\0') != std::string::npos)
        return tl::make_unexpected(record_error("a picture's path holds a zero character"));
    if (written.find("://") != std::string::npos || written.starts_with("data:"))
        return tl::make_unexpected(
            record_error("a picture is given as an address; only files are read"));
    std::string turned = written;
    std::replace(turned.begin(), turned.end(), '\\', '/');
    std::string outside;
    for (const std::string& form : {written, turned}) {
        for (const std::string& base : bases_) {
            const std::string path = fs::path(join_path(base, form)).lexically_normal().string();
            if (!data_.allow_outside_root && !is_inside(path, out_.root)) {
                if (outside.empty() && base == bases_.front()) outside = path;
                continue;
            }
            std::error_code ignored;
            if (fs::exists(path, ignored)) return path;
        }
    }
    if (!outside.empty()) return fail(ErrorCode::ImageOutsideRoot, {{"path", written}});
    Error error{ErrorCode::ImageMissing, {{"path", written}}, {}, {}};
    if (const std::string near = near_hit(join_path(bases_.front(), turned)); !near.empty())
        error.context.push_back("a file of nearly this name exists: " + near);
    return tl::make_unexpected(std::move(error));
}

Result<std::string> Importer::picture(const std::string& written) {
    MOELORA_TRY(std::string path, find(written));
    auto known = probed_.find(path);
    if (known == probed_.end()) {
        std::optional<Error> error;
        const auto size = probe_image(path);
        if (!size) {
            error = size.error();
        } else if (const auto fits = smart_resize(*size, {}, path); !fits) {
            error = fits.error();
        }
        if (!error) ++out_.images;
        known = probed_.emplace(path, std::move(error)).first;
    }
    if (known->second) return tl::make_unexpected(*known->second);
    return path;
}

std::string Importer::image_id(const std::string& path) const {
    const std::string relative = fs::path(path).lexically_relative(out_.root).string();
    return relative.empty() || relative.starts_with("..") ? path : relative;
}

}  // namespace moelora
