// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/file_list.h"

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <filesystem>
#include <regex>
#include <set>

#include "core/io/files.h"
#include "core/text/utf8.h"

namespace moelora {
namespace {

namespace fs = std::filesystem;

constexpr int deepest = 4;

bool is_noise(const std::string& name) {
    return name.starts_with(".") || name == "__MACOSX" || name == "Thumbs.db" ||
           name == "desktop.ini";
}

// With "\xD6" for each byte that is not UTF-8.
std::string shown_path(std::string_view path) {
    std::string out;
    for (std::size_t at = 0; at < path.size();) {
        const Utf8Step step = utf8_step(path.substr(at));
        for (const char c : path.substr(at, step.length)) {
            char escaped[8];
            std::snprintf(escaped, sizeof escaped, "\\x%02X", static_cast<unsigned char>(c));
            out += step.state == Utf8State::Valid ? std::string(1, c) : escaped;
        }
        at += step.length;
    }
    return out;
}

bool may_be_data(const std::string& path) {
    return is_picture_name(path) || is_record_name(path) || ending_of(path) == ".txt";
}

class Walk {
  public:
    Walk(const std::string& folder, bool follow_links) : root_(folder), follow_(follow_links) {
        enter(folder, 1);
        std::sort(out.files.begin(), out.files.end());
        std::sort(out.badly_named.begin(), out.badly_named.end());
    }
    FileList out;

  private:
    // `depth` of what lies in it; 1 = in the folder itself.
    void enter(const fs::path& folder, int depth, bool by_link = false) {
        std::error_code error;
        if ((follow_ || by_link) &&
            !entered_.insert(fs::weakly_canonical(folder, error).string()).second)
            return;  // a link that leads back
        fs::directory_iterator at(folder, error);
        if (error) return leave_out(folder, "it may not be read");
        for (; !error && at != fs::directory_iterator(); at.increment(error)) look_at(*at, depth);
    }
    void look_at(const fs::directory_entry& entry, int depth) {
        const fs::path& path = entry.path();
        const bool noise = is_noise(path.filename().string());
        if (noise && out.ignored++ == 0) out.first_ignored = path.string();
        std::error_code ignored;
        if (noise) return;
        const bool named = is_valid_utf8(path.filename().string());
        if (!entry.is_directory(ignored)) {
            if (!entry.is_regular_file(ignored)) return;
            if (named)
                out.files.push_back(path.string());
            else if (may_be_data(path.string()))
                out.badly_named.push_back(shown_path(path.string()));
            return;
        }
        if (!named) return leave_out(path, "its name is not valid UTF-8; rename it");
        const bool link = entry.is_symlink(ignored);
        if (link && !follow_ && !is_inside(path.string(), root_))
            return leave_out(path, "it is a link that leads out of the data folder");
        if (link && is_inside(path.string(), root_) && !is_hidden(path)) return;
        if (depth >= deepest)
            return leave_out(
                path, "what it holds lies deeper than " + std::to_string(deepest) + " levels");
        enter(path, depth + 1, link);
    }
    // Whether a linked folder lies where nothing is listed, so that the link is all there is of it.
    [[nodiscard]] bool is_hidden(const fs::path& link) const {
        std::error_code ignored;
        const fs::path place = fs::weakly_canonical(link, ignored)
                                   .lexically_relative(fs::weakly_canonical(root_, ignored));
        return std::any_of(place.begin(), place.end(), [](const fs::path& part) {
            return part != "." && is_noise(part.string());
        });
    }
    void leave_out(const fs::path& path, std::string why) {
        out.not_entered.push_back({shown_path(path.string()), std::move(why)});
    }

    const std::string& root_;
    const bool follow_;
    std::set<std::string> entered_;
};

template <std::size_t n>
bool ends_as(const std::string& path, const char* const (&endings)[n]) {
    const std::string ending = ending_of(path);
    return std::any_of(std::begin(endings), std::end(endings),
                       [&](const char* known) { return ending == known; });
}

// The words that name a part in a file's name; a number may follow, as in "val2017".
struct PartWord {
    std::string_view word;
    SamplePart part;
};
constexpr PartWord part_words[] = {
    {"train", SamplePart::Train},           {"training", SamplePart::Train},
    {"validation", SamplePart::Validation}, {"valid", SamplePart::Validation},
    {"val", SamplePart::Validation},        {"dev", SamplePart::Validation},
    {"eval", SamplePart::Validation},       {"test", SamplePart::Test}};

const std::regex& shard_form() {
    static const std::regex form("^(.*)-([0-9]{1,9})-of-([0-9]{1,9})$");
    return form;
}

}  // namespace

std::string why_badly_named(const std::string& shown) {
    return "the name of " + shown + " is not valid UTF-8; rename it";
}

FileList list_files(const std::string& folder, bool follow_links) {
    return Walk(folder, follow_links).out;
}

std::string stem_of(const std::string& path) {
    return (fs::path(path).parent_path() / fs::path(path).stem()).string();
}

std::string ending_of(const std::string& path) {
    std::string ending = fs::path(path).extension().string();
    for (char& c : ending)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
    return ending;
}

bool is_picture_name(const std::string& path) {
    static constexpr const char* endings[] = {".jpg", ".jpeg", ".png", ".webp", ".bmp",
                                              ".tif", ".tiff", ".gif", ".jfif", ".jpe"};
    return ends_as(path, endings);
}

bool is_record_name(const std::string& path) {
    static constexpr const char* endings[] = {".json", ".jsonl", ".ndjson", ".csv", ".tsv"};
    return ends_as(path, endings);
}

std::optional<NamedPart> part_of_name(const std::string& path) {
    std::string name = fs::path(path).stem().string();
    std::smatch shard;
    if (std::string(name).size() < 256 && std::regex_match(name, shard, shard_form()))
        name = std::string(shard[1]);
    const auto letter = [&](std::size_t i) {
        return i < name.size() && std::isalpha(static_cast<unsigned char>(name[i])) != 0;
    };
    for (std::size_t at = 0; at < name.size(); ++at) {
        if (!letter(at) || (at > 0 && letter(at - 1))) continue;
        std::size_t stop = at;
        while (letter(stop)) ++stop;
        std::string word = name.substr(at, stop - at);
        std::transform(word.begin(), word.end(), word.begin(),
                       [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
        for (const PartWord& known : part_words)
            if (word == known.word)
                return NamedPart{known.part, name.substr(0, at) + '\0' + name.substr(stop)};
    }
    return {};
}

std::optional<ShardName> shard_of_name(const std::string& path) {
    const std::string stem = fs::path(path).stem().string();
    std::smatch found;
    if (stem.size() > 255 || !std::regex_match(stem, found, shard_form())) return {};
    const std::int64_t number = std::stoll(found[2]), count = std::stoll(found[3]);
    if (count < 1) return {};
    const std::string set = std::string(found[1]) + "-of-" + std::string(found[3]) +
                            fs::path(path).extension().string();
    return ShardName{(fs::path(path).parent_path() / set).string(), number, count};
}

std::vector<std::string> shards_beside(const std::string& path) {
    const auto own = shard_of_name(path);
    if (!own) return {path};
    std::vector<std::string> out;
    std::error_code error, ignored;
    for (fs::directory_iterator at(fs::path(path).parent_path(), error), end; !error && at != end;
         at.increment(error)) {
        const auto other = shard_of_name(at->path().string());
        if (other && other->set == own->set && at->is_regular_file(ignored))
            out.push_back(at->path().string());
    }
    std::sort(out.begin(), out.end());
    return out;
}

}  // namespace moelora
