// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/picture_facts.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <new>

#include "core/image/header.h"
#include "core/image/image.h"
#include "core/io/files.h"

namespace moelora {
namespace {

namespace fs = std::filesystem;

constexpr int side = 32, low = 8;
// Of the 64 signs may differ; mean colours of quarters may be apart.
constexpr int most_signs = 4, most_colour = 12;
constexpr double flat_below = 2.0;  // mean strength of the low frequencies, grey levels

// Coefficients of the first `low` cosines over `side` points.
const std::array<std::array<double, side>, low + 1>& cosines() {
    static const auto table = [] {
        std::array<std::array<double, side>, low + 1> out{};
        for (int k = 0; k <= low; ++k)
            for (int n = 0; n < side; ++n)
                out.at(static_cast<std::size_t>(k)).at(static_cast<std::size_t>(n)) =
                    std::cos(std::acos(-1.0) * k * (2 * n + 1) / (2.0 * side));
        return out;
    }();
    return table;
}

double grey_at(const RgbImage& image, int y, int x) {
    const std::uint8_t* p = image.pixels.data() + (y * side + x) * 3;
    return 0.299 * p[0] + 0.587 * p[1] + 0.114 * p[2];
}

// Signs against the median; frequencies (u, v) with u, v from 1 to 8.
void set_frequencies(const RgbImage& image, PictureFacts& facts) {
    std::array<std::array<double, side>, low + 1> rows{};  // by frequency along x, then y
    for (std::size_t u = 1; u <= low; ++u)
        for (int y = 0; y < side; ++y)
            for (int x = 0; x < side; ++x)
                rows.at(u).at(static_cast<std::size_t>(y)) +=
                    grey_at(image, y, x) * cosines().at(u).at(static_cast<std::size_t>(x));
    std::array<double, low * low> values{};
    double strength = 0;
    for (std::size_t u = 1; u <= low; ++u)
        for (std::size_t v = 1; v <= low; ++v) {
            double sum = 0;
            for (std::size_t y = 0; y < side; ++y) sum += rows.at(u).at(y) * cosines().at(v).at(y);
            values.at((u - 1) * low + v - 1) = sum;
            strength += std::abs(sum) / (low * low);
        }
    facts.flat = strength * 4 / (side * side) < flat_below;
    auto sorted = values;
    std::nth_element(sorted.begin(), sorted.begin() + low * low / 2, sorted.end());
    for (std::size_t i = 0; i < values.size(); ++i)
        if (values.at(i) > sorted[low * low / 2]) facts.frequencies |= std::uint64_t{1} << i;
}

void set_colours(const RgbImage& image, PictureFacts& facts) {
    std::array<std::uint32_t, 12> sums{};
    for (std::size_t y = 0; y < side; ++y)
        for (std::size_t x = 0; x < side; ++x)
            for (std::size_t c = 0; c < 3; ++c)
                sums.at((y / 16 * 2 + x / 16) * 3 + c) += image.pixels[(y * side + x) * 3 + c];
    for (std::size_t i = 0; i < sums.size(); ++i)
        facts.colours.at(i) = static_cast<std::uint8_t>(sums.at(i) / (side * side / 4));
}

constexpr std::pair<ImageFormat, const char*> format_names[] = {{ImageFormat::Png, "png"},
                                                                {ImageFormat::Jpeg, "jpeg"},
                                                                {ImageFormat::WebP, "webp"},
                                                                {ImageFormat::Bmp, "bmp"},
                                                                {ImageFormat::Tiff, "tiff"}};

std::string format_name(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::string head(16, '\0');
    file.read(head.data(), static_cast<std::streamsize>(head.size()));
    head.resize(static_cast<std::size_t>(std::max<std::streamsize>(file.gcount(), 0)));
    const auto format = format_of(head);
    for (const auto& [known, name] : format_names)
        if (format == known) return name;
    return {};
}

// ---- one finding as a line

// What looked at a picture: one more with every change of what is refused or measured. What another
// one found is looked at again.
constexpr std::int64_t examiner = 2;

Json error_json(const Error& error) {
    Json args = Json::object();
    for (const Arg& arg : error.args)
        if (arg.name != "path") args[arg.name] = arg.value;
    return {{"code", entry_of(error.code).name}, {"args", args}};
}

std::optional<Error> error_of(const Json& json, const std::string& path) {
    const auto name = as_string(json.value("code", Json{}));
    const Json args = json.value("args", Json::object());
    for (const ErrorEntry& entry : error_catalogue()) {
        if (!name || entry.name != *name || !args.is_object()) continue;
        Error out{entry.code, {{"path", path}}, {}, {}};
        for (const auto& [key, value] : args.items())
            out.args.push_back({key, as_string(value).value_or("")});
        return out;
    }
    return {};
}

std::string colours_text(const std::array<std::uint8_t, 12>& colours) {
    std::string out;
    char hex[4];
    for (const std::uint8_t c : colours) {
        std::snprintf(hex, sizeof hex, "%02x", c);
        out += hex;
    }
    return out;
}

std::array<std::uint8_t, 12> colours_of(const std::string& text) {
    std::array<std::uint8_t, 12> out{};
    for (std::size_t i = 0; i < out.size() && 2 * i + 2 <= text.size(); ++i)
        out.at(i) =
            static_cast<std::uint8_t>(std::strtoul(text.substr(2 * i, 2).c_str(), nullptr, 16));
    return out;
}

Json line_of(const FileStamp& stamp, const PictureFacts& facts) {
    Json out = {{"path", stamp.path},
                {"size", stamp.size},
                {"time", stamp.time},
                {"examiner", examiner},
                {"sha256", facts.sha256},
                {"format", facts.format},
                {"flat", facts.flat},
                {"frequencies", facts.frequencies},
                {"colours", colours_text(facts.colours)}};
    if (facts.error) out["error"] = error_json(*facts.error);
    return out;
}

}  // namespace

PictureFacts look_at(const std::string& path, std::string sha256) {
    PictureFacts out;
    out.sha256 = std::move(sha256);
    out.format = format_name(path);
    try {
        const auto image = load_image(path, AlphaRule::Drop);
        if (!image) {
            out.error = image.error();
            return out;
        }
        const RgbImage small = resize_bicubic(*image, {side, side}, Resampler::Torchvision);
        set_frequencies(small, out);
        set_colours(small, out);
    } catch (const std::bad_alloc&) {  // on a thread that nobody else catches for
        out.error = Error{ErrorCode::HostOutOfMemory, {{"stage", "looking at " + path}}, {}, {}};
    }
    return out;
}

bool alike(const PictureFacts& a, const PictureFacts& b) {
    if (a.flat || b.flat || a.error || b.error) return false;
    if (std::popcount(a.frequencies ^ b.frequencies) > most_signs) return false;
    for (std::size_t i = 0; i < a.colours.size(); ++i)
        if (std::abs(int{a.colours.at(i)} - int{b.colours.at(i)}) > most_colour) return false;
    return true;
}

FileStamp FileStamp::of(const std::string& path) {
    std::error_code error;
    FileStamp out{path, 0, 0};
    const auto size = fs::file_size(path, error);
    if (error) return out;
    out.size = size;
    out.time = fs::last_write_time(path, error).time_since_epoch().count();
    return out;
}

FactsCache::FactsCache(std::string file) : file_(std::move(file)) {
    std::error_code ignored;
    if (file_.empty() || !fs::exists(file_, ignored)) return;
    static_cast<void>(for_each_line(file_, [this](std::int64_t, std::string_view line) {
        const auto json = parse_json(line, file_);
        if (!json || !json->is_object()) return true;
        const auto path = as_string(json->value("path", Json{}));
        const auto size = as_int(json->value("size", Json{}));
        const auto time = as_int(json->value("time", Json{}));
        const auto hash = as_string(json->value("sha256", Json{}));
        const Json frequencies = json->value("frequencies", Json{});
        if (as_int(json->value("examiner", Json{})) != examiner) return true;
        if (!path || !size || !time || !hash || !frequencies.is_number_unsigned()) return true;
        PictureFacts facts;
        facts.sha256 = *hash;
        facts.format = as_string(json->value("format", Json{})).value_or("");
        facts.flat = as_bool(json->value("flat", Json{})).value_or(true);
        facts.frequencies = frequencies.get<std::uint64_t>();
        facts.colours = colours_of(as_string(json->value("colours", Json{})).value_or(""));
        if (json->contains("error")) {
            facts.error = error_of((*json)["error"], *path);
            if (!facts.error) return true;
        }
        by_path_[*path] = {{*path, static_cast<std::uint64_t>(*size), *time}, *hash};
        by_hash_[*hash] = std::move(facts);
        return true;
    }));
}

bool FactsCache::empty() const {
    const std::lock_guard lock(mutex_);
    return by_path_.empty();
}

std::optional<PictureFacts> FactsCache::by_stamp(const FileStamp& stamp) const {
    const std::lock_guard lock(mutex_);
    const auto known = by_path_.find(stamp.path);
    if (known == by_path_.end() || known->second.stamp.size != stamp.size ||
        known->second.stamp.time != stamp.time)
        return {};
    const auto facts = by_hash_.find(known->second.sha256);
    if (facts == by_hash_.end()) return {};
    return facts->second;
}

std::optional<PictureFacts> FactsCache::by_hash(const std::string& sha256) const {
    const std::lock_guard lock(mutex_);
    const auto facts = by_hash_.find(sha256);
    if (facts == by_hash_.end()) return {};
    return facts->second;
}

void FactsCache::keep(const FileStamp& stamp, const PictureFacts& facts) {
    const std::lock_guard lock(mutex_);
    by_path_[stamp.path] = {stamp, facts.sha256};
    by_hash_[facts.sha256] = facts;
    changed_ = true;
}

Status FactsCache::save() const {
    const std::lock_guard lock(mutex_);
    if (file_.empty() || !changed_) return {};
    std::error_code ignored;
    fs::create_directories(fs::path(file_).parent_path(), ignored);
    std::string text;
    for (const auto& [path, entry] : by_path_)
        text += line_of(entry.stamp, by_hash_.at(entry.sha256))
                    .dump(-1, ' ', false, Json::error_handler_t::replace) +
                "\n";
    return write_text_atomic(file_, text);
}

}  // namespace moelora
