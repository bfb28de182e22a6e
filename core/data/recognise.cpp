// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/recognise.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>

#include "core/base/json.h"

namespace moelora {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t head_bytes = 65536;
constexpr int head_records = 20;

// What a file is, in order of preference; the first three are read, the rest is named in refusals.
enum class Kind { Coco, Messages, CocoBoxes, Inline, ShareGpt, Alpaca, Table, Other };

struct KindText {
    Kind kind;
    const char* text;
};
constexpr KindText kind_texts[] = {
    {Kind::Coco, "images[].file_name and annotations[].caption"},
    {Kind::Messages, "messages[].role and messages[].content"},
    {Kind::CocoBoxes, "it is a COCO file of boxes or keypoints; its annotations have no captions"},
    {Kind::Inline, "it holds conversations with the picture's path between vision marks"},
    {Kind::ShareGpt, "it holds ShareGPT conversations"},
    {Kind::Alpaca, "it holds Alpaca records (instruction, output)"},
    {Kind::Table, "it is a table with columns (CSV)"},
    {Kind::Other, "it holds no captions in a known form"}};

std::string text_of(Kind kind) {
    for (const KindText& row : kind_texts)
        if (row.kind == kind) return row.text;
    return {};
}

std::string read_head(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::string head(head_bytes, '\0');
    file.read(head.data(), static_cast<std::streamsize>(head.size()));
    head.resize(static_cast<std::size_t>(std::max<std::streamsize>(file.gcount(), 0)));
    if (head.starts_with("\xEF\xBB\xBF")) head.erase(0, 3);
    return head;
}

// Reads on past the head, in blocks that overlap by the word's length.
bool file_contains(const std::string& path, const std::string& word) {
    std::ifstream file(path, std::ios::binary);
    std::string block, tail;
    for (std::string chunk(1 << 20, '\0'); file.read(chunk.data(), 1 << 20) || file.gcount() > 0;) {
        block = tail + chunk.substr(0, static_cast<std::size_t>(file.gcount()));
        if (block.find(word) != std::string::npos) return true;
        tail = block.substr(block.size() - std::min(block.size(), word.size()));
    }
    return false;
}

// The first objects of a text that holds one object a line, or an array of objects, or one object:
// by counting braces outside of strings.
std::vector<Json> first_records(const std::string& head) {
    std::vector<Json> out;
    int depth = 0;
    bool quoted = false;
    std::size_t start = 0;
    for (std::size_t i = 0; i < head.size() && out.size() < head_records; ++i) {
        const char c = head[i];
        if (quoted) {
            if (c == '\\') ++i;
            if (c == '"') quoted = false;
            if (c == '\n' && depth > 0) quoted = false, depth = 0;  // a broken line ends here
            continue;
        }
        if (c == '"') quoted = true;
        if (c == '{' && depth++ == 0) start = i;
        if (c != '}' || depth == 0 || --depth > 0) continue;
        if (auto record = parse_json(std::string_view(head).substr(start, i + 1 - start), ""))
            out.push_back(std::move(*record));
    }
    return out;
}

std::optional<Kind> kind_of(const Json& record) {
    if (record.contains("messages")) return Kind::Messages;
    if (record.contains("images") && record.contains("annotations")) return Kind::Coco;
    if (record.contains("conversations") || record.contains("conversation")) {
        const bool marks =
            record.dump(-1, ' ', false, Json::error_handler_t::replace).find("<|vision_start|>") !=
            std::string::npos;
        return marks ? Kind::Inline : Kind::ShareGpt;
    }
    if (record.contains("instruction") && record.contains("output")) return Kind::Alpaca;
    return {};
}

// A COCO file too long for the head shows its keys only.
bool looks_like_coco(const std::string& head) {
    return head.find("\"annotations\"") != std::string::npos ||
           (head.find("\"images\"") != std::string::npos &&
            head.find("\"file_name\"") != std::string::npos);
}

bool looks_like_table(const std::string& path, const std::string& head) {
    const std::string ending = ending_of(path);
    if (ending == ".csv" || ending == ".tsv") return true;
    const std::string first = head.substr(0, head.find('\n'));
    return ending != ".json" && ending != ".jsonl" && first.find(',') != std::string::npos &&
           first.find('{') == std::string::npos && first.find("caption") != std::string::npos;
}

Kind classify(const std::string& path) {
    const std::string head = read_head(path);
    const std::size_t first = head.find_first_not_of(" \t\r\n");
    if (looks_like_table(path, head)) return Kind::Table;
    if (first == std::string::npos) return Kind::Other;
    for (const Json& record : first_records(head)) {
        if (const auto kind = kind_of(record); kind == Kind::Coco)
            break;  // decided below, by the whole file
        else if (kind)
            return *kind;
    }
    if (head[first] != '{' || !looks_like_coco(head)) return Kind::Other;
    const bool boxes = !file_contains(path, "\"caption\"") &&
                       (file_contains(path, "\"bbox\"") || file_contains(path, "\"segmentation\""));
    return boxes ? Kind::CocoBoxes : Kind::Coco;
}

const char* form_of(Kind kind) {
    return kind == Kind::Coco ? "coco" : kind == Kind::Messages ? "messages" : nullptr;
}

tl::unexpected<Error> unrecognised(const std::string& path, std::string why) {
    return fail(ErrorCode::DatasetUnrecognised, {{"path", path}, {"why", std::move(why)}});
}

// Training records before others, the plain name before special ones.
int name_rank(const std::string& path) {
    const std::string stem = fs::path(path).stem().string();
    if (stem.find("train") != std::string::npos) return 0;
    return stem == "data" || stem == "captions" ? 1 : 2;
}

bool is_record_name(const std::string& path) {
    static const std::string endings[] = {".json", ".jsonl", ".ndjson", ".csv", ".tsv"};
    return std::find(std::begin(endings), std::end(endings), ending_of(path)) != std::end(endings);
}

// Folders that are something else, by a file they always hold.
std::optional<std::string> other_folder(const std::string& folder) {
    const std::pair<const char*, const char*> marks[] = {
        {"adapter_config.json", "it is an adapter folder"},
        {"adapter.json", "it is an adapter folder"},
        {"metrics.jsonl", "it is a run folder"}};
    for (const auto& [name, what] : marks)
        if (fs::exists(fs::path(folder) / name)) return what;
    const auto config = read_json((fs::path(folder) / "config.json").string());
    if (config && config->is_object() && config->contains("model_type"))
        return "it is a model folder";
    return {};
}

struct FolderFinds {
    std::map<Kind, std::vector<std::string>> records;
    std::size_t pictures = 0, pairs = 0;
};

FolderFinds look_through(const std::string& folder) {
    FolderFinds out;
    for (const std::string& path : list_files(folder)) {
        if (is_record_name(path)) out.records[classify(path)].push_back(path);
        if (!is_picture_name(path)) continue;
        ++out.pictures;
        if (fs::exists(fs::path(path).replace_extension(".txt"))) ++out.pairs;
    }
    return out;
}

Result<RecognisedSource> recognise_folder(const std::string& folder) {
    if (const auto other = other_folder(folder)) return unrecognised(folder, *other);
    FolderFinds found = look_through(folder);
    const auto relative = [&](const std::string& path) {
        return fs::path(path).lexically_relative(folder).string();
    };
    const std::string pairs = std::to_string(found.pairs) + " of " +
                              std::to_string(found.pictures) +
                              " pictures have a .txt file of the same name";
    for (const Kind kind : {Kind::Coco, Kind::Messages}) {
        auto& files = found.records[kind];
        if (files.empty()) continue;
        std::stable_sort(files.begin(), files.end(),
                         [](const auto& a, const auto& b) { return name_rank(a) < name_rank(b); });
        std::string evidence = relative(files.front()) + " has " + text_of(kind);
        for (const auto& [other, paths] : found.records)
            for (const std::string& path : paths)
                if (path != files.front() && form_of(other) != nullptr)
                    evidence += "; not taken: " + relative(path);
        if (found.pairs > 0) evidence += "; not taken: " + pairs;
        return RecognisedSource{form_of(kind), files.front(), evidence};
    }
    for (const auto& [kind, files] : found.records)
        if (kind != Kind::Other && !files.empty())
            return unrecognised(folder, relative(files.front()) + ": " + text_of(kind));
    if (found.pairs > 0) return RecognisedSource{"sidecar", "", pairs};
    if (found.pictures > 0)
        return unrecognised(
            folder, "it holds " + std::to_string(found.pictures) + " pictures without captions");
    return unrecognised(folder, "it holds neither records nor pictures");
}

}  // namespace

std::string ending_of(const std::string& path) {
    std::string ending = fs::path(path).extension().string();
    for (char& c : ending)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
    return ending;
}

bool is_picture_name(const std::string& path) {
    static const std::string endings[] = {".jpg", ".jpeg", ".png",  ".webp",
                                          ".bmp", ".tif",  ".tiff", ".gif"};
    return std::find(std::begin(endings), std::end(endings), ending_of(path)) != std::end(endings);
}

std::vector<std::string> list_files(const std::string& folder) {
    std::vector<std::string> out;
    std::error_code error;
    fs::recursive_directory_iterator at(folder, fs::directory_options::skip_permission_denied,
                                        error);
    for (; !error && at != fs::recursive_directory_iterator(); at.increment(error)) {
        const std::string name = at->path().filename().string();
        const bool noise = name.starts_with(".") || name == "__MACOSX" || name == "Thumbs.db" ||
                           name == "desktop.ini";
        std::error_code ignored;
        if (at->is_directory(ignored)) {
            if (noise || at.depth() >= 3) at.disable_recursion_pending();
        } else if (!noise && at->is_regular_file(ignored)) {
            out.push_back(at->path().string());
        }
    }
    std::sort(out.begin(), out.end());
    return out;
}

Result<RecognisedSource> recognise_source(const std::string& path) {
    std::error_code ignored;
    if (!fs::exists(path, ignored)) return fail(ErrorCode::FileMissing, {{"path", path}});
    if (fs::is_directory(path, ignored)) return recognise_folder(path);
    const Kind kind = classify(path);
    const char* form = form_of(kind);
    if (form == nullptr) return unrecognised(path, text_of(kind));
    return RecognisedSource{form, path,
                            fs::path(path).filename().string() + " has " + text_of(kind)};
}

}  // namespace moelora
