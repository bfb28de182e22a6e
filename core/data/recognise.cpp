// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/recognise.h"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <set>

#include "core/base/json.h"
#include "core/data/conversation_forms.h"
#include "core/data/table_heading.h"
#include "core/data/text_source.h"

namespace moelora {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t head_bytes = 65536;
constexpr int head_records = 20;

// What a file is, in order of preference. The words are the evidence, or the reason of a refusal.
enum class Kind { Coco, Inline, Messages, ShareGpt, Alpaca, Table, CocoBoxes, Other };

struct KindRow {
    Kind kind;
    const char* form;  // nullptr: not read
    const char* text;
};
constexpr KindRow kind_rows[] = {
    {Kind::Coco, "coco", "images[].file_name and annotations[].caption"},
    {Kind::Inline, "inline", "conversations[] with picture paths between vision marks"},
    {Kind::Messages, "messages", "messages[].role and messages[].content"},
    {Kind::ShareGpt, "sharegpt", "conversations[].from and conversations[].value"},
    {Kind::Alpaca, "alpaca", "instruction and output"},
    {Kind::Table, "table", "a heading line"},
    {Kind::CocoBoxes, nullptr,
     "it is a COCO file of boxes or keypoints; its annotations have no captions"},
    {Kind::Other, nullptr, "it holds no captions in a known form"}};

const KindRow& row_of(Kind kind) {
    return kind_rows[static_cast<std::size_t>(kind)];
}

struct Classified {
    Kind kind = Kind::Other;
    std::string why = row_of(Kind::Other).text;  // of a refusal
};

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

// Whether a picture's path stands between vision marks in any turn.
bool has_inline_path(const Json& record) {
    const Json turns = record.value("conversations", Json{});
    if (!turns.is_array()) return false;
    return std::any_of(turns.begin(), turns.end(), [](const Json& turn) {
        const auto text = as_string(turn.is_object() ? turn.value("value", Json{}) : Json{});
        return text && inline_path(*text);
    });
}

std::optional<Kind> kind_of(const Json& record) {
    if (record.contains("images") && record.contains("annotations")) return Kind::Coco;
    if (has_inline_path(record)) return Kind::Inline;
    if (record.contains("messages")) return Kind::Messages;
    if (record.contains("conversations") || record.contains("conversation")) return Kind::ShareGpt;
    if (record.contains("instruction") && record.contains("output")) return Kind::Alpaca;
    return {};
}

// A COCO file too long for the head shows its keys only.
bool looks_like_coco(const std::string& head) {
    return head.find("\"annotations\"") != std::string::npos ||
           (head.find("\"images\"") != std::string::npos &&
            head.find("\"file_name\"") != std::string::npos);
}

Classified classify_json(const std::string& path, const std::string& head) {
    std::optional<Kind> best;
    for (const Json& record : first_records(head))
        if (const auto kind = kind_of(record); kind && (!best || *kind < *best)) best = kind;
    if (best && *best != Kind::Coco) return {*best, {}};
    if (head[head.find_first_not_of(" \t\r\n")] != '{' || !looks_like_coco(head)) return {};
    const bool boxes = !file_contains(path, "\"caption\"") &&
                       (file_contains(path, "\"bbox\"") || file_contains(path, "\"segmentation\""));
    return {boxes ? Kind::CocoBoxes : Kind::Coco, row_of(Kind::CocoBoxes).text};
}

Classified classify(const std::string& path, const ColumnNames& names, TextEncoding encoding) {
    const auto head = read_as_utf8(path, encoding, head_bytes);
    if (!head) return {Kind::Other, message_of(head.error())};
    const std::size_t first = head->find_first_not_of(" \t\r\n");
    if (first == std::string::npos) return {Kind::Other, "it is empty"};
    if ((*head)[first] == '{' || (*head)[first] == '[') {
        const Classified json = classify_json(path, *head);
        if (json.kind != Kind::Other) return json;
    }
    const auto heading = read_heading(*head, names, path);
    if (heading) return {Kind::Table, {}};
    const std::string ending = ending_of(path);
    if (ending != ".csv" && ending != ".tsv") return {};
    return {Kind::Other, std::string(heading.error().arg("why"))};
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

struct NamedPart {
    SamplePart part;
    std::string rest;  // the name without ending, with a gap for the word
};

// The part that one of the words of a name says ("captions_val2017"), if any.
std::optional<NamedPart> part_of_name(const std::string& path) {
    const std::string name = fs::path(path).filename().string();
    const auto letter = [&](std::size_t i) {
        return i < name.size() && std::isalpha(static_cast<unsigned char>(name[i])) != 0;
    };
    const std::size_t stem = fs::path(path).stem().string().size();
    for (std::size_t at = 0; at < stem; ++at) {
        if (!letter(at) || (at > 0 && letter(at - 1))) continue;
        std::size_t stop = at;
        while (stop < stem && letter(stop)) ++stop;
        std::string word = name.substr(at, stop - at);
        std::transform(word.begin(), word.end(), word.begin(),
                       [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
        for (const PartWord& known : part_words)
            if (word == known.word)
                return NamedPart{known.part,
                                 name.substr(0, at) + '\0' + name.substr(stop, stem - stop)};
    }
    return {};
}

// Record files beside one of training records whose names differ in the part and the ending alone.
std::vector<PartFile> parts_beside(const std::string& file, Kind kind, const ColumnNames& names,
                                   TextEncoding encoding) {
    std::vector<PartFile> out;
    const auto own = part_of_name(file);
    if (!own || own->part != SamplePart::Train) return out;
    std::error_code error;
    for (fs::directory_iterator at(fs::path(file).parent_path(), error), end; !error && at != end;
         at.increment(error)) {
        std::error_code ignored;
        const auto named = part_of_name(at->path().string());
        if (!named || named->part == SamplePart::Train || named->rest != own->rest ||
            !is_record_name(at->path().string()) || !at->is_regular_file(ignored))
            continue;
        const bool same = classify(at->path().string(), names, encoding).kind == kind;
        out.push_back({at->path().string(), named->part, same});
    }
    std::sort(out.begin(), out.end(),
              [](const PartFile& a, const PartFile& b) { return a.file < b.file; });
    return out;
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
    std::vector<std::string> reasons;  // why files are no records
    std::size_t pictures = 0, pairs = 0, parquet = 0;
};

class FolderSearch {
  public:
    FolderSearch(std::string folder, const ColumnNames& names, TextEncoding encoding)
        : folder_(std::move(folder)), names_(names), encoding_(encoding) {
        const std::vector<std::string> files = list_files(folder_).files;
        std::set<std::string> texts;  // stems
        for (const std::string& path : files)
            if (ending_of(path) == ".txt") texts.insert(stem_of(path));
        for (const std::string& path : files) {
            if (is_record_name(path)) add(path, classify(path, names, encoding));
            if (ending_of(path) == ".parquet") ++found_.parquet;
            if (!is_picture_name(path)) continue;
            ++found_.pictures;
            if (texts.contains(stem_of(path))) ++found_.pairs;
        }
    }

    Result<RecognisedSource> result() {
        for (auto& [kind, files] : found_.records)
            if (row_of(kind).form != nullptr) return chosen(kind, files);
        if (found_.pairs > 0) return RecognisedSource{"sidecar", "", pairs(), {}};
        return unrecognised(folder_, refusal());
    }

  private:
    void add(const std::string& path, const Classified& file) {
        found_.records[file.kind].push_back(path);
        if (row_of(file.kind).form == nullptr)
            found_.reasons.push_back(relative(path) + ": " + file.why);
    }
    [[nodiscard]] std::string relative(const std::string& path) const {
        return fs::path(path).lexically_relative(folder_).string();
    }
    [[nodiscard]] std::string pairs() const {
        return std::to_string(found_.pairs) + " of " + std::to_string(found_.pictures) +
               " pictures have a .txt file of the same name";
    }

    RecognisedSource chosen(Kind kind, std::vector<std::string>& files) {
        std::stable_sort(files.begin(), files.end(),
                         [](const auto& a, const auto& b) { return name_rank(a) < name_rank(b); });
        std::string evidence = relative(files.front()) + " has " + row_of(kind).text;
        std::vector<OtherSource> others;
        for (const auto& [other, paths] : found_.records)
            for (const std::string& path : paths)
                if (path != files.front() && row_of(other).form != nullptr)
                    others.push_back({path, relative(path)});
        if (found_.pairs > 0) others.push_back({"", pairs()});
        return {row_of(kind).form, files.front(), evidence, std::move(others),
                parts_beside(files.front(), kind, names_, encoding_)};
    }

    [[nodiscard]] std::string refusal() const {
        if (!found_.reasons.empty()) {
            std::string out;
            for (std::size_t i = 0; i < std::min<std::size_t>(found_.reasons.size(), 5); ++i)
                out += (i == 0 ? "" : "; ") + found_.reasons[i];
            return out;
        }
        if (found_.parquet > 0)
            return "it holds Parquet files, which are not read; save them as JSONL or CSV";
        if (found_.pictures > 0)
            return "it holds " + std::to_string(found_.pictures) + " pictures without captions";
        return "it holds neither records nor pictures";
    }

    std::string folder_;
    const ColumnNames& names_;
    const TextEncoding encoding_;
    FolderFinds found_;
};

}  // namespace

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
    static const std::string endings[] = {".jpg", ".jpeg", ".png", ".webp", ".bmp",
                                          ".tif", ".tiff", ".gif", ".jfif", ".jpe"};
    return std::find(std::begin(endings), std::end(endings), ending_of(path)) != std::end(endings);
}

FileList list_files(const std::string& folder) {
    FileList out;
    std::error_code error;
    fs::recursive_directory_iterator at(folder, fs::directory_options::skip_permission_denied,
                                        error);
    for (; !error && at != fs::recursive_directory_iterator(); at.increment(error)) {
        const std::string name = at->path().filename().string();
        const bool noise = name.starts_with(".") || name == "__MACOSX" || name == "Thumbs.db" ||
                           name == "desktop.ini";
        std::error_code ignored;
        if (noise && out.ignored++ == 0) out.first_ignored = at->path().string();
        if (at->is_directory(ignored)) {
            if (noise || at.depth() >= 3) at.disable_recursion_pending();
        } else if (!noise && at->is_regular_file(ignored)) {
            out.files.push_back(at->path().string());
        }
    }
    std::sort(out.files.begin(), out.files.end());
    return out;
}

Result<RecognisedSource> recognise_source(const std::string& path, const ColumnNames& names,
                                          TextEncoding encoding) {
    std::error_code ignored;
    if (!fs::exists(path, ignored)) return fail(ErrorCode::FileMissing, {{"path", path}});
    if (fs::is_directory(path, ignored)) {
        if (const auto other = other_folder(path)) return unrecognised(path, *other);
        return FolderSearch(path, names, encoding).result();
    }
    if (ending_of(path) == ".parquet")
        return unrecognised(path,
                            "it is a Parquet file, which is not read; save it as JSONL or CSV");
    const Classified file = classify(path, names, encoding);
    const KindRow& row = row_of(file.kind);
    if (row.form == nullptr) return unrecognised(path, file.why);
    return RecognisedSource{row.form,
                            path,
                            fs::path(path).filename().string() + " has " + row.text,
                            {},
                            parts_beside(path, file.kind, names, encoding)};
}

}  // namespace moelora
