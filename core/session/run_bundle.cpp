// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/run_bundle.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <set>
#include <string_view>

#include "core/base/json.h"
#include "core/io/files.h"
#include "core/io/zip.h"
#include "core/record/records_json.h"
#include "core/session/run_store.h"

namespace moelora::run_bundle {
namespace fs = std::filesystem;
namespace {

constexpr std::uintmax_t kilobyte = 1024, megabyte = 1024 * kilobyte;

// The records of a run and how long each may be, since a bundle may be hostile and all of them but
// the streams are read as a whole; 0: a stream, which is as long as the run (stream_bytes).
struct Record {
    const char* name;
    std::uintmax_t most;
};
constexpr Record records[] = {{"run.json", 16 * megabyte},
                              {"metrics.jsonl", 0},
                              {"captions.jsonl", 0},
                              {"issues.jsonl", 0},
                              {"resumes.jsonl", 0},
                              {"status.json", megabyte},
                              {"note.txt", run_store::longest_note},
                              {"log.txt", 0},
                              {"probes.json", 32 * megabyte},
                              {"samples.jsonl", 0},
                              {"tags.txt", run_store::longest_tags},
                              {"star.txt", kilobyte}};
constexpr std::uintmax_t document_bytes = 32 * megabyte;  // of adapters and checkpoints
constexpr std::uintmax_t line_bytes = 16 * megabyte;      // of a stream
constexpr std::size_t most_files = 1000;
// Records of training shrink to a twentieth at best.
std::uintmax_t stream_bytes(std::uintmax_t zip_bytes) {
    return 64 * megabyte + 100 * zip_bytes;
}

// Length of what makes a text the path of a place elsewhere: "/", "../", "C:\\", "\\\\", "~/",
// "%USERPROFILE%\\", "$HOME/", "D:folder\\"; else 0.
std::size_t root_length(std::string_view text) {
    if (text.empty()) return 0;
    if (text.starts_with("../") || text.starts_with("..\\")) return 3;
    if (text.starts_with("file://")) return 7;
    if (text.starts_with("\\\\")) return 2;
    if (text.starts_with('/')) return 1;
    const std::size_t at = text.find_first_of("/\\");
    if (at == std::string_view::npos) return 0;
    const auto letter = [&](std::size_t i) {
        return std::isalpha(static_cast<unsigned char>(text[i])) != 0;
    };
    if (text[0] == '~') return at == 1 ? 2 : letter(1) ? 1 : 0;  // "~name/" tells a name
    if (text[0] == '%') return at > 2 && text[at - 1] == '%' ? at + 1 : 0;
    if (text[0] == '$') return letter(1) ? at + 1 : 0;
    const bool drive = letter(0) && text[1] == ':';
    // "D:folder\\picture" is on the drive, too; "a:b/c" may be anything.
    return drive && at == 2 ? 3 : drive && text[at] == '\\' ? 2 : 0;
}

// ".../d.jpg" of a path elsewhere that has a folder at least; else nothing.
std::optional<std::string> last_name(std::string_view path) {
    const std::size_t root = root_length(path), last = path.find_last_of("/\\");
    if (root == 0 || last == std::string_view::npos || last < root) return {};
    return ".../" + std::string(path.substr(last + 1));
}

// What paths become in a text: folders of the run their last names, what nobody named ".../NAME".
class Privacy {
  public:
    Privacy(const Json& run, const std::string& folder) {
        add(fs::path(folder));
        for (const char* group : {"model", "data"})
            if (run.contains(group) && run.at(group).is_object())
                add(as_string(run.at(group).value("path", Json())).value_or(""));
        const Json::json_pointer image_root("/config/data/image_root");
        if (run.contains(image_root)) add(as_string(run.at(image_root)).value_or(""));
        sort(known_);
        if (const char* home = std::getenv("HOME"); home != nullptr && std::string(home).size() > 1)
            known_.emplace_back(home, "~");
    }

    [[nodiscard]] std::string text(std::string text) const {
        return last_names(replaced(std::move(text), known_));
    }
    // A value that is a path as a whole may hold blanks, and is hidden in the record's sentences,
    // too.
    void values(Json& json) const {
        Pairs own;
        collect(json, own);
        sort(own);
        rewrite(json, own);
    }

  private:
    using Pairs = std::vector<std::pair<std::string, std::string>>;

    // The longest are replaced first, so that a data set inside the home folder keeps its own name.
    static void sort(Pairs& pairs) {
        std::sort(pairs.begin(), pairs.end(),
                  [](const auto& a, const auto& b) { return a.first.size() > b.first.size(); });
    }
    static std::string replaced(std::string text, const Pairs& pairs) {
        for (const auto& [from, to] : pairs)
            for (std::size_t at = text.find(from); at != std::string::npos;
                 at = text.find(from, at + to.size()))
                text.replace(at, from.size(), to);
        return text;
    }
    void collect(const Json& json, Pairs& out) const {
        if (json.is_string()) {
            const std::string path = replaced(json.get<std::string>(), known_);
            if (auto name = last_name(path); name && path.find('\n') == std::string::npos)
                out.emplace_back(path, std::move(*name));
        }
        if (json.is_structured())
            for (const Json& item : json) collect(item, out);
    }
    void rewrite(Json& json, const Pairs& own) const {
        if (json.is_string())
            json = last_names(replaced(replaced(json.get<std::string>(), known_), own));
        if (json.is_structured())
            for (Json& item : json) rewrite(item, own);
    }
    // A data path may be a file: its folder is what pictures stand in.
    void add(const fs::path& path) {
        if (!path.is_absolute()) return;
        std::error_code error;
        const fs::path folder = fs::is_regular_file(path, error) ? path.parent_path() : path;
        if (folder.has_relative_path())
            known_.emplace_back(folder.string(), folder.filename().string());
    }
    static bool in_path(char c) {
        return std::isspace(static_cast<unsigned char>(c)) == 0 &&
               std::string_view("\"'`<>|,;()[]{}=").find(c) == std::string_view::npos;
    }
    // Whether a path may begin here: words with a stroke and addresses have a character before it.
    static bool may_begin(std::string_view text, std::size_t at) {
        if (at == 0 || !in_path(text[at - 1])) return true;
        return text[at - 1] == ':' && !text.substr(at).starts_with("//");
    }
    // In a sentence a path goes as far as it has no blanks; between quotes up to the second.
    static std::size_t end_of_path(std::string_view text, std::size_t at) {
        if (at > 0 && std::string_view("\"'`").find(text[at - 1]) != std::string_view::npos) {
            const std::size_t quote = text.find(text[at - 1], at);
            if (quote != std::string_view::npos &&
                text.substr(at, quote - at).find('\n') == std::string_view::npos)
                return quote;
        }
        while (at < text.size() && in_path(text[at])) ++at;
        return at;
    }
    static std::string last_names(const std::string& text) {
        std::string out;
        for (std::size_t i = 0; i < text.size();) {
            if (may_begin(text, i)) {
                const std::size_t end = end_of_path(text, i);
                if (auto name = last_name(std::string_view(text).substr(i, end - i))) {
                    out += *name;
                    i = end;
                    continue;
                }
            }
            out += text[i++];
        }
        return out;
    }
    Pairs known_;
};

Result<std::string> without_paths(const std::string& path, const Privacy& privacy) {
    MOELORA_TRY(const std::string text, read_text(path));
    if (path.ends_with(".txt")) return privacy.text(text);
    if (path.ends_with(".json")) {
        MOELORA_TRY(Json json, parse_json(text, path));
        privacy.values(json);
        return json.dump(2) + "\n";
    }
    std::string out;
    MOELORA_TRY_STATUS(for_each_line(path, [&](std::int64_t, std::string_view line) {
        auto json = parse_json(line, path);
        if (!json) return true;  // half a line of a killed program
        privacy.values(*json);
        out += dump_line(*json) + "\n";
        return true;
    }));
    return out;
}

// A folder with COMPLETE, written again with the hashes of what stands there now.
Status copy_adapter(const std::string& from, const std::string& to, const Privacy& privacy) {
    MOELORA_TRY(AtomicFolder out, AtomicFolder::begin(to));
    std::error_code error;
    for (const fs::directory_entry& entry : fs::directory_iterator(from, error)) {
        const std::string name = entry.path().filename().string();
        const std::string target = join_path(out.temporary(), name);
        if (!entry.is_regular_file() || name == "COMPLETE") continue;
        if (name.ends_with(".safetensors")) {
            fs::copy_file(entry.path(), target, error);
            if (error)
                return fail(ErrorCode::FileUnwritable,
                            {{"path", target}, {"why", error.message()}});
        } else if (name.ends_with(".json")) {
            MOELORA_TRY(const std::string text, without_paths(entry.path().string(), privacy));
            MOELORA_TRY_STATUS(write_text_atomic(target, text));
        }
    }
    if (error) return fail(ErrorCode::FileUnreadable, {{"path", from}, {"why", error.message()}});
    return out.commit();
}

std::vector<std::string> files_below(const std::string& folder) {
    std::vector<std::string> names;
    for (const auto& entry : fs::recursive_directory_iterator(folder))
        if (entry.is_regular_file())
            names.push_back(entry.path().lexically_relative(folder).string());
    std::sort(names.begin(), names.end());
    return names;
}

const Record* record_called(const std::string& name) {
    const auto found = std::find_if(std::begin(records), std::end(records),
                                    [&](const Record& record) { return record.name == name; });
    return found == std::end(records) ? nullptr : found;
}

// What save() writes, and nothing else: a name is a key, never a path that could lead elsewhere.
bool belongs(const std::string& name) {
    if (record_called(name) != nullptr) return true;
    const fs::path path = name;
    const std::string file = path.filename().string();
    const bool plain =
        file == "COMPLETE" || file.ends_with(".json") || file.ends_with(".safetensors");
    const std::string folder = path.parent_path().string();
    const bool step = folder.starts_with("checkpoints/step-") &&
                      folder.find_first_not_of("0123456789", 17) == std::string::npos;
    return plain && !file.starts_with('.') && (folder == "adapter" || step) &&
           path.lexically_normal() == path && name.find('\\') == std::string::npos;
}

bool is_stream(const std::string& name) {
    const Record* record = record_called(name);
    return record != nullptr && record->most == 0;
}

std::uintmax_t most_of(const std::string& name, std::uintmax_t zip_bytes) {
    if (is_stream(name)) return stream_bytes(zip_bytes);
    if (const Record* record = record_called(name)) return record->most;
    return name.ends_with(".safetensors") ? UINTMAX_MAX : document_bytes;
}

// In bytes; without keeping it.
std::uintmax_t longest_line(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::array<char, 65536> piece{};
    std::uintmax_t longest = 0, now = 0;
    while (file.read(piece.data(), piece.size()), file.gcount() > 0)
        for (std::streamsize i = 0; i < file.gcount(); ++i) {
            now = piece.at(static_cast<std::size_t>(i)) == '\n' ? 0 : now + 1;
            longest = std::max(longest, now);
        }
    return longest;
}

// The whole bundle as a folder.
Status stage(const std::string& run_folder, const std::string& out) {
    MOELORA_TRY(const Json run, read_json(join_path(run_folder, "run.json")));
    const Privacy privacy(run, run_folder);
    for (const auto& [name, most] : records) {
        const std::string from = join_path(run_folder, name);
        if (std::error_code error; !fs::exists(from, error)) continue;
        MOELORA_TRY(const std::string text, without_paths(from, privacy));
        if (most > 0 && text.size() > most)  // it would not be opened anywhere
            return fail(
                ErrorCode::FileUnreadable,
                {{"path", from}, {"why", "it is longer than " + std::to_string(most) + " bytes"}});
        MOELORA_TRY_STATUS(write_text_atomic(join_path(out, name), text));
    }
    std::vector<std::string> folders;
    if (std::error_code error; fs::exists(join_path(run_folder, "adapter"), error))
        folders.emplace_back("adapter");
    if (const auto valid = run_store::valid_checkpoints(run_folder); !valid.empty())
        folders.push_back(valid.back().path);
    for (const std::string& name : folders)
        MOELORA_TRY_STATUS(
            copy_adapter(join_path(run_folder, name), join_path(out, name), privacy));
    return {};
}

}  // namespace

Result<std::vector<std::string>> save(const std::string& run_folder, const std::string& file,
                                      bool force) {
    MOELORA_TRY(const RunSummary run, run_store::summarize(run_folder));
    MOELORA_TRY(const FolderLock lock, FolderLock::acquire(run.path));
    std::error_code error;
    if (fs::exists(file, error) && (!force || !file.ends_with(".zip")))
        return fail(ErrorCode::OutputExists, {{"path", file}});
    MOELORA_TRY(const AtomicFolder staged, AtomicFolder::begin(file, true));  // never committed
    MOELORA_TRY_STATUS(stage(run.path, staged.temporary()));
    std::vector<std::string> names = files_below(staged.temporary());
    MOELORA_TRY_STATUS(write_zip(file, staged.temporary(), names));
    return names;
}

Result<std::string> open(const std::string& file, const std::string& store) {
    std::error_code error;
    fs::create_directories(store, error);
    MOELORA_TRY(AtomicFolder folder, AtomicFolder::begin(join_path(store, ".import")));
    const std::string inside = folder.temporary();
    const std::uintmax_t zip_bytes = fs::file_size(file, error);
    std::set<std::string> seen;
    const auto refuse = [&](std::string why) {
        return fail(ErrorCode::ZipInvalid, {{"path", file}, {"why", std::move(why)}});
    };
    MOELORA_TRY_STATUS(read_zip(file, [&](const std::string& name) -> Result<Unpacking> {
        if (!belongs(name) || !seen.insert(name).second)
            return refuse(name + " does not belong to it");
        if (seen.size() > most_files)
            return refuse("it holds more than " + std::to_string(most_files) + " files");
        std::string target = join_path(inside, name);
        fs::create_directories(fs::path(target).parent_path(), error);
        return Unpacking{std::move(target), most_of(name, zip_bytes)};
    }));
    for (const std::string& name : seen)
        if (is_stream(name) && longest_line(join_path(inside, name)) > line_bytes)
            return refuse(name + " in it has a line longer than " + std::to_string(line_bytes) +
                          " bytes");
    MOELORA_TRY(const Json run, read_json(join_path(inside, "run.json")));
    MOELORA_TRY_STATUS(run_store::summarize(inside));
    for (const std::string& name : seen)
        if (name.ends_with("/COMPLETE"))
            MOELORA_TRY_STATUS(
                verify_complete(fs::path(join_path(inside, name)).parent_path().string()));
    const std::string id =
        run.is_object() ? as_string(run.value("id", Json())).value_or("") : std::string();
    std::string target = run_store::free_folder(store, id);
    fs::rename(inside, target, error);
    if (error) return fail(ErrorCode::FileUnwritable, {{"path", target}, {"why", error.message()}});
    return target;
}

}  // namespace moelora::run_bundle
