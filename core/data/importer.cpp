// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/importer.h"

#include <algorithm>
#include <charconv>
#include <filesystem>

#include "core/image/image.h"
#include "core/io/files.h"
#include "core/text/utf8.h"

namespace moelora {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t issues_in_full = 200;
// Looking for what may have been meant reads whole folders.
constexpr std::int64_t advice_in_full = 20;

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

// "b/c.png" and "c.png" of "/a/b/c.png": the longest first.
std::vector<std::string> tails_of(const std::string& path) {
    std::vector<std::string> out;
    for (std::size_t at = path.find('/', 1); at != std::string::npos; at = path.find('/', at + 1))
        out.push_back(path.substr(at + 1));
    return out;
}

bool is_elsewhere(const std::string& path) {  // an absolute path, of Windows, too
    return path.starts_with('/') || (path.size() > 2 && path[1] == ':' && path[2] == '/');
}

// Whether a path below a normal folder is normal, too.
bool is_plain(const std::string& path) {
    return !path.starts_with('.') && !path.starts_with('/') && !path.ends_with('/') &&
           path.find("//") == std::string::npos && path.find("/.") == std::string::npos;
}

// "/a b.png" of "file:///a%20b.png" (RFC 8089), "C:/a.png" of "file:///C:/a.png"; "" of no address
// of a file here.
std::string path_of_address(const std::string& written) {
    for (const std::string_view start : {"file:///", "file://localhost/"}) {
        if (!written.starts_with(start)) continue;
        std::string out;
        for (std::size_t at = start.size() - 1; at < written.size(); ++at) {
            unsigned char code = 0;
            const char* digits = written.data() + at + 1;
            const bool escaped = written[at] == '%' && at + 2 < written.size() &&
                                 std::from_chars(digits, digits + 2, code, 16).ptr == digits + 2;
            out += escaped ? static_cast<char>(code) : written[at];
            if (escaped) at += 2;
        }
        return is_elsewhere(out.substr(1)) ? out.substr(1) : out;
    }
    return {};
}

// Spellings of one path, the written one first.
std::vector<std::string> spellings(const std::string& written) {
    std::vector<std::string> out{written};
    const auto add = [&](std::string form) {
        if (std::find(out.begin(), out.end(), form) == out.end()) out.push_back(std::move(form));
    };
    std::string turned = written;
    std::replace(turned.begin(), turned.end(), '\\', '/');
    add(turned);
    if (is_ascii(written)) return out;
    add(composed(turned));  // as other systems than macOS store names
    add(decomposed(turned));
    return out;
}

}  // namespace

std::string trimmed(std::string_view text) {
    const auto ink = [](char c) { return c > ' ' && c < 0x7F; };
    if (!text.empty() && ink(text.front()) && ink(text.back())) return std::string(text);
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

Importer::Importer(Dataset& out, const DataOptions& data, std::string record_file, Ticker* ticker,
                   bool asks)
    : out_(out),
      data_(data),
      ticker_(ticker),
      asks_(asks),
      file_(std::move(record_file)),
      prompt_(data.prompt) {
    const fs::path folder = file().empty() ? fs::path(out.root) : fs::path(file()).parent_path();
    bases_ = {folder.string(), (folder / "images").string(), (folder / "image").string(),
              (folder / "Images").string()};  // of Flickr8k
    const std::string split = split_of(file());
    for (const fs::path& base : {folder, folder.parent_path()}) {
        if (!split.empty()) bases_.push_back((base / split).string());
        if (!split.empty()) bases_.push_back((base / "images" / split).string());
    }
    bases_.push_back(folder.parent_path().string());
    bases_.push_back((folder.parent_path() / "images").string());
    roots_ = {out.root};
    if (!data.image_root.empty()) {
        std::error_code ignored;
        bases_.push_back(fs::absolute(data.image_root, ignored).string());
        roots_.push_back(bases_.back());
    }
    for (std::string& base : bases_) base = fs::path(base).lexically_normal().string();
}

void Importer::issue(Error error, std::int64_t line, const std::string& item) {
    tick();
    const ErrorCode code = error.code;
    if (++counts_[code] > issues_in_full) {
        ++out_.issues[last_[code]].count;
        return;
    }
    last_[code] = out_.issues.size();
    out_.issues.push_back({Severity::Warning, std::move(error), {file(), line, item}, 1});
}

bool Importer::inside(const std::string& path) const {
    return std::any_of(roots_.begin(), roots_.end(),
                       [&](const std::string& root) { return is_inside(path, root); });
}

// The folder of a path. Asked once: most paths are looked for in several places, and most of these
// do not exist.
const Importer::Folder& Importer::folder_of(const std::string& path) {
    const auto [known, fresh] = folders_.try_emplace(path.substr(0, path.rfind('/')));
    if (fresh) {
        const std::string folder = known->first.empty() ? "/" : known->first;
        std::error_code ignored;
        known->second = {data_.allow_outside_root || inside(folder),
                         fs::is_directory(folder, ignored)};
    }
    return known->second;
}

// Links in the folder's path are resolved once a folder; those of the file each time.
bool Importer::allowed(const std::string& path) {
    if (data_.allow_outside_root) return true;
    std::error_code ignored;
    return fs::is_symlink(fs::symlink_status(path, ignored)) ? inside(path)
                                                             : folder_of(path).inside;
}

// The same with one question to the disk where there is no link, and none where there is no folder.
Importer::Place Importer::place_of(const std::string& path) {
    const Folder& folder = folder_of(path);
    std::error_code ignored;
    const fs::file_status status = folder.there ? fs::symlink_status(path, ignored)
                                                : fs::file_status(fs::file_type::not_found);
    const bool link = fs::is_symlink(status);
    if (!(data_.allow_outside_root || (link ? inside(path) : folder.inside))) return Place::Outside;
    return (link ? fs::exists(path, ignored) : fs::exists(status)) ? Place::Here : Place::Nowhere;
}

Result<std::string> Importer::find(const std::string& written) {
    if (written.empty()) return tl::make_unexpected(record_error("a picture has no path"));
    if (written.find('\0') != std::string::npos)
        return tl::make_unexpected(record_error("a picture's path holds a zero character"));
    if (const std::string path = path_of_address(written); is_valid_utf8(path) && !path.empty())
        return find(path);
    if (written.find("://") != std::string::npos || written.starts_with("data:"))
        return tl::make_unexpected(
            record_error("a picture is given as an address; only files are read"));
    bool outside = false;
    const auto usable = [&](const std::string& base, const std::string& form) {
        std::string path = join_path(base, form);
        if (!is_plain(form)) path = fs::path(path).lexically_normal().string();
        const Place place = place_of(path);
        outside = outside || (place == Place::Outside && base == bases_.front());
        return place == Place::Here ? path : std::string{};
    };
    for (const std::string& form : spellings(written)) {
        for (const std::string& base : bases_)
            if (std::string path = usable(base, form); !path.empty()) return path;
        if (data_.image_root.empty() || !is_elsewhere(form)) continue;
        for (const std::string& tail : tails_of(form))
            if (std::string path = usable(bases_.back(), tail); !path.empty()) return path;
    }
    if (++advised_ <= advice_in_full)
        if (auto meant = advice(written)) return tl::make_unexpected(std::move(*meant));
    return fail(outside ? ErrorCode::ImageOutsideRoot : ErrorCode::ImageMissing,
                {{"path", written}});
}

// What may have been meant by a path that leads nowhere; offered, never used unasked.
std::optional<Error> Importer::advice(const std::string& written) {
    std::string turned = written;
    std::replace(turned.begin(), turned.end(), '\\', '/');
    const std::string beside = join_path(bases_.front(), turned);
    if (allowed(beside))
        if (std::string near = near_hit(beside); !near.empty())
            return Error{ErrorCode::ImageNameDiffers,
                         {{"path", written}, {"file", std::move(near)}},
                         {},
                         {}};
    if (!is_elsewhere(turned)) return {};
    for (const std::string& tail : tails_of(turned))
        for (const std::string& base : bases_) {
            std::string path = join_path(base, tail);
            std::error_code ignored;
            if (!allowed(path) || !fs::exists(path, ignored)) continue;
            return Error{ErrorCode::ImageElsewhere,
                         {{"path", written}, {"value", base}, {"file", std::move(path)}},
                         {},
                         {}};
        }
    return {};
}

Result<SharedText> Importer::picture(const std::string& written) {
    tick();
    auto found = find(written);
    if (!found) {
        ++asked_;
        return pass(std::move(found).error());
    }
    auto known = probed_.find(*found);
    if (known == probed_.end()) {
        Probe probe{SharedText(std::move(*found)), {}};
        const std::string& path = probe.path.str();
        const auto size = probe_image(path);
        if (!size) {
            probe.error = std::make_unique<Error>(size.error());
        } else if (const auto fits = smart_resize(*size, {}, path); !fits) {
            probe.error = std::make_unique<Error>(fits.error());
        }
        ++asked_;
        ++found_;
        const std::string_view key = path;
        known = probed_.emplace(key, std::move(probe)).first;
    }
    if (known->second.error) return tl::make_unexpected(*known->second.error);
    return known->second.path;
}

Status Importer::ask(DatasetSample& sample, const SharedText& picture,
                     const std::string& prompt) const {
    if (!asks_) return fail(ErrorCode::CaptionEmpty);
    Conversation question;
    question.task = sample.task;
    question.messages = {
        {"user", {{ChatPart::Kind::Image, picture}, {ChatPart::Kind::Text, prompt}}}};
    sample.set_conversation(std::move(question));
    return {};
}

void Importer::add(DatasetSample sample, std::int64_t line) {
    tick();
    if (sample.task.empty()) sample.task = data_.task;
    sample.file = file_;
    sample.line = line;
    out_.samples.push_back(std::move(sample));
}

std::string Importer::image_id(const std::string& path) const {
    const std::string relative = fs::path(path).lexically_relative(out_.root).string();
    return relative.empty() || relative.starts_with("..") ? path : relative;
}

std::string Importer::share_found() const {
    return std::to_string(found_) + " of " + std::to_string(asked_) + " pictures found";
}

std::vector<std::string> Importer::pictures() const {
    std::vector<std::string> out;
    for (const auto& [path, probe] : probed_) out.emplace_back(path);
    return out;
}

}  // namespace moelora
