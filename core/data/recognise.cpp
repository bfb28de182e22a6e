// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/recognise.h"

#include <algorithm>
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
constexpr std::size_t longest_record = std::size_t{1} << 24;  // 16^2 heads

// What a file is, in order of preference. The words are the evidence, or the reason of a refusal.
enum class Kind { Coco, Inline, Messages, ShareGpt, Alpaca, Table, Rows, CocoBoxes, Other };

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
    {Kind::Rows, "table", "a picture and a caption in each record"},
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

// The keys of a table with a heading, in each record. A name that is no picture's says nothing:
// many files have a "path" and a "description".
bool is_row(const Json& record, const ColumnNames& names) {
    const auto has = [&](ColumnUse use, const auto& is_good) {
        return std::any_of(names.of(use).begin(), names.of(use).end(), [&](const auto& key) {
            return record.contains(key) && is_good(record.at(key));
        });
    };
    return has(ColumnUse::Image,
               [](const Json& value) {
                   const auto text = as_string(value);
                   return text && is_picture_name(*text);
               }) &&
           has(ColumnUse::Caption,
               [](const Json& value) {  // a null is a caption that is still to be written
                   return value.is_string() || value.is_array() || value.is_null();
               });
}

std::optional<Kind> kind_of(const Json& record, const ColumnNames& names) {
    if (record.contains("images") && record.contains("annotations")) return Kind::Coco;
    if (has_inline_path(record)) return Kind::Inline;
    if (record.contains("messages")) return Kind::Messages;
    if (record.contains("conversations") || record.contains("conversation")) return Kind::ShareGpt;
    if (record.contains("instruction") && record.contains("output")) return Kind::Alpaca;
    if (is_row(record, names)) return Kind::Rows;
    return {};
}

// A COCO file too long for the head shows its keys only.
bool looks_like_coco(const std::string& head) {
    return head.find("\"annotations\"") != std::string::npos ||
           (head.find("\"images\"") != std::string::npos &&
            head.find("\"file_name\"") != std::string::npos);
}

// "its keys: image_id, boxes", of the first record.
std::string keys_of(const std::vector<Json>& records) {
    constexpr std::size_t most = 12;
    std::string out;
    std::size_t listed = 0;
    if (!records.empty())
        for (const auto& [key, value] : records.front().items()) {
            if (listed++ < most) out += (out.empty() ? "" : ", ") + key;
        }
    return out + (listed > most ? ", ..." : "");
}

Classified classify_json(const std::string& path, const std::string& head,
                         const ColumnNames& names) {
    std::optional<Kind> best;
    const std::vector<Json> records = first_records(head);
    for (const Json& record : records)
        if (const auto kind = kind_of(record, names); kind && (!best || *kind < *best)) best = kind;
    if (best && *best != Kind::Coco) return {*best, {}};
    if (head[head.find_first_not_of(" \t\r\n")] == '{' && looks_like_coco(head)) {
        const bool boxes =
            !file_contains(path, "\"caption\"") &&
            (file_contains(path, "\"bbox\"") || file_contains(path, "\"segmentation\""));
        return {boxes ? Kind::CocoBoxes : Kind::Coco, row_of(Kind::CocoBoxes).text};
    }
    const std::string keys = keys_of(records);
    if (records.empty()) return {Kind::Other, {}};
    return {Kind::Other,
            row_of(Kind::Other).text + (keys.empty() ? "" : std::string("; its keys: ") + keys)};
}

// A record may be longer than any head: `json.why` is empty where none was read in full.
Classified classify_long_json(const std::string& path, std::string head, const ColumnNames& names,
                              TextEncoding encoding) {
    Classified json = classify_json(path, head, names);
    std::size_t bytes = head_bytes;
    while (json.kind == Kind::Other && json.why.empty()) {
        std::error_code ignored;
        if (fs::file_size(path, ignored) <= bytes) return {};
        if (bytes >= longest_record)
            return {Kind::Other,
                    "its first record is longer than " + std::to_string(bytes) + " bytes"};
        bytes *= 16;
        auto more = read_as_utf8(path, encoding, bytes);
        if (!more) return {Kind::Other, message_of(more.error())};
        json = classify_json(path, *more, names);
    }
    return json;
}

Classified classify(const std::string& path, const ColumnNames& names, TextEncoding encoding) {
    const auto head = read_as_utf8(path, encoding, head_bytes);
    if (!head) return {Kind::Other, message_of(head.error())};
    if (head->find_first_not_of(" \t\r\n") == std::string::npos)
        return {Kind::Other, "it is empty"};
    const std::string ending = ending_of(path);
    const bool table_name = ending == ".csv" || ending == ".tsv";
    if (holds_json(path, encoding)) {
        const Classified json = classify_long_json(path, *head, names, encoding);
        if (json.kind != Kind::Other || !table_name) return json;
    }
    const auto heading = read_heading(*head, names, path);
    if (heading) return {Kind::Table, {}};
    if (!table_name) return {};
    return {Kind::Other, std::string(heading.error().arg("why"))};
}

tl::unexpected<Error> unrecognised(const std::string& path, std::string why) {
    return fail(ErrorCode::DatasetUnrecognised, {{"path", path}, {"why", std::move(why)}});
}

// The folder's name says what the file's does not: "train/metadata.jsonl".
std::optional<NamedPart> part_of(const std::string& path, bool by_folder) {
    return part_of_name(by_folder ? fs::path(path).parent_path().string() : path);
}

// Of the nearest folder that names one: "test/cats/metadata.jsonl". `path`: from the folder that
// was opened, whose own name says nothing.
std::optional<SamplePart> part_of_folders(const std::string& path) {
    for (fs::path at = fs::path(path).parent_path(); !at.empty(); at = at.parent_path())
        if (const auto named = part_of_name(at.string())) return named->part;
    return {};
}

// Image folders of Hugging Face have one in each folder of pictures.
bool is_metadata(const std::string& path) {
    return fs::path(path).stem() == "metadata";
}

// Whether a folder is none of these, and lies neither above nor below one of them.
bool lies_apart(const fs::path& folder, const std::set<std::string>& others) {
    for (fs::path at = folder;; at = at.parent_path()) {
        if (others.contains(at.string())) return false;
        if (at.empty()) break;
    }
    const std::string below = folder.empty() ? "" : folder.string() + "/";
    const auto next = others.lower_bound(below);
    return next == others.end() || !next->starts_with(below);
}

// Training records before others, the plain name before special ones. `path` as above.
int name_rank(const std::string& path) {
    const std::string stem = fs::path(path).stem().string();
    if (stem.find("train") != std::string::npos) return 0;
    if (stem == "data" || stem == "captions") return 1;
    const auto folder = part_of_name(path) ? std::nullopt : part_of_folders(path);
    if (!folder) return 2;
    return *folder == SamplePart::Train ? 0 : 3;
}

// Files of one level, or of one name in the folders of one level.
std::vector<std::string> neighbours(const std::string& file, bool by_folder) {
    const fs::path path(file);
    const fs::path level = by_folder ? path.parent_path().parent_path() : path.parent_path();
    std::vector<std::string> out;
    std::error_code error, ignored;
    for (fs::directory_iterator at(level, error), end; !error && at != end; at.increment(error)) {
        const fs::path one = by_folder ? at->path() / path.filename() : at->path();
        if (fs::is_regular_file(one, ignored)) out.push_back(one.string());
    }
    std::sort(out.begin(), out.end());
    return out;
}

// Record files beside one of training records whose names differ in the part and the ending alone;
// with `folders` those of one name whose folders' names do.
std::vector<PartFile> parts_beside(const std::string& file, Kind kind, const ColumnNames& names,
                                   TextEncoding encoding, bool folders) {
    std::vector<PartFile> out;
    const bool by_folder = folders && !part_of_name(file);
    const auto own = part_of(file, by_folder);
    if (!own || own->part != SamplePart::Train) return out;
    for (const std::string& path : neighbours(file, by_folder)) {
        const auto named = part_of(path, by_folder);
        if (!named || named->part == SamplePart::Train || named->rest != own->rest ||
            !is_record_name(path))
            continue;
        out.push_back({path, named->part, classify(path, names, encoding).kind == kind});
    }
    return out;
}

// Folders that are something else, by a file that they hold.
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
    std::vector<UnreadFile> reasons;       // why files are no records
    std::vector<std::string> text_tables;  // ".txt" with a heading line
    std::size_t pictures = 0, pairs = 0, parquet = 0;
    std::vector<NotEntered> not_entered;
    std::vector<std::string> badly_named;
};

class FolderSearch {
  public:
    FolderSearch(std::string folder, const ColumnNames& names, const DataOptions& data,
                 Ticker* ticker)
        : folder_(std::move(folder)), names_(names), encoding_(data.encoding) {
        FileList list = list_files(folder_, data.allow_outside_root);
        found_.not_entered = std::move(list.not_entered);
        found_.badly_named = std::move(list.badly_named);
        std::set<std::string> texts, pictures;  // stems
        for (const std::string& path : list.files) {
            if (ending_of(path) == ".txt") texts.insert(stem_of(path));
            if (is_picture_name(path)) pictures.insert(stem_of(path));
        }
        for (const std::string& path : list.files) {
            if (ticker != nullptr) ticker->tick();
            if (is_record_name(path)) add(path, classify(path, names, encoding_));
            if (ending_of(path) == ".txt" && !pictures.contains(stem_of(path))) add_text(path);
            if (ending_of(path) == ".parquet") ++found_.parquet;
            if (!is_picture_name(path)) continue;
            ++found_.pictures;
            if (texts.contains(stem_of(path))) ++found_.pairs;
        }
    }

    Result<RecognisedSource> result() {
        for (auto& [kind, files] : found_.records)
            if (row_of(kind).form != nullptr) return chosen(kind, files);
        if (found_.pairs == 0 && !found_.text_tables.empty())
            return chosen(Kind::Table, found_.text_tables);
        RecognisedSource out;
        out.not_entered = found_.not_entered;
        out.badly_named = found_.badly_named;
        if (found_.pairs == 0) {
            if (found_.pictures == 0) return unrecognised(folder_, refusal());
            out.form = "pictures";
            out.evidence = "pictures without captions";
            out.unread = found_.reasons;
            out.refusal = refusal();
            return out;
        }
        out.form = "sidecar";
        out.evidence = pairs();
        for (const std::string& path : found_.text_tables)
            out.others.push_back({path, relative(path), "table"});
        return out;
    }

  private:
    void add(const std::string& path, const Classified& file) {
        found_.records[file.kind].push_back(path);
        if (row_of(file.kind).form == nullptr) found_.reasons.push_back({path, file.why});
    }
    // A table may be called "captions.txt"; most texts are a licence or a read-me, or words that
    // look like a heading, so that files of records and pictures with texts of their own go first.
    // There may be a hundred thousand of them: no more than a heading is read.
    void add_text(const std::string& path) {
        constexpr std::size_t heading_bytes = 4096;
        const auto head = read_as_utf8(path, encoding_, heading_bytes);
        if (head && read_heading(*head, names_, path)) found_.text_tables.push_back(path);
    }
    [[nodiscard]] std::string relative(const std::string& path) const {
        return fs::path(path).lexically_relative(folder_).string();
    }
    [[nodiscard]] std::string pairs() const {
        return std::to_string(found_.pairs) + " of " + std::to_string(found_.pictures) +
               " pictures have a .txt file of the same name";
    }

    RecognisedSource chosen(Kind kind, std::vector<std::string>& files) {
        const auto place = [this](const std::string& path) {  // what lies above goes first
            const std::string name = relative(path);
            return std::pair(name_rank(name), std::count(name.begin(), name.end(), '/'));
        };
        std::stable_sort(files.begin(), files.end(),
                         [&](const auto& a, const auto& b) { return place(a) < place(b); });
        RecognisedSource out;
        out.form = row_of(kind).form;
        out.file = files.front();
        out.evidence = relative(out.file) + " has " + row_of(kind).text;
        out.not_entered = found_.not_entered;
        out.badly_named = found_.badly_named;
        if (is_metadata(out.file))
            take_metadata(kind, files, out);
        else
            take_shards(kind, files, out);
        for (const auto& [other, paths] : found_.records)
            for (const std::string& path : paths)
                if (row_of(other).form != nullptr &&
                    std::find(out.set.begin(), out.set.end(), path) == out.set.end())
                    out.others.push_back({path, relative(path), row_of(other).form});
        for (const std::string& path : found_.text_tables)
            if (path != out.file) out.others.push_back({path, relative(path), "table"});
        if (found_.pairs > 0) out.others.push_back({"", pairs(), "sidecar"});
        return out;
    }

    void take_shards(Kind kind, const std::vector<std::string>& files, RecognisedSource& out) {
        for (const std::string& path : shards_beside(out.file)) {
            if (std::find(files.begin(), files.end(), path) != files.end()) {
                out.set.push_back(path);
                continue;
            }
            const auto known = std::find_if(found_.reasons.begin(), found_.reasons.end(),
                                            [&](const UnreadFile& f) { return f.file == path; });
            out.unread.push_back(
                {path, known == found_.reasons.end() ? not_of_the_form : known->why});
        }
        out.parts = parts_beside(out.file, kind, names_, encoding_,
                                 relative(out.file).find('/') != std::string::npos);
    }

    // Of folders side by side, each with its own, as whoever made them means them: those of one
    // part are the set. One that lies above another says the same once more, or something else.
    void take_metadata(Kind kind, const std::vector<std::string>& files, RecognisedSource& out) {
        const auto own = part_of_folders(relative(out.file));
        std::set<std::string> folders;
        for (const std::string& path : files) {
            const fs::path folder = fs::path(relative(path)).parent_path();
            if (!is_metadata(path) || part_of_folders(relative(path)) != own ||
                !lies_apart(folder, folders))
                continue;
            folders.insert(folder.string());
            out.set.push_back(path);
        }
        if (out.set.size() > 1)
            out.evidence +=
                ", " + std::to_string(out.set.size()) + " files of this name in their folders";
        if (own.value_or(SamplePart::Train) != SamplePart::Train) return;
        for (const auto& [other, paths] : found_.records)
            for (const std::string& path : paths) {
                const auto part =
                    is_metadata(path) ? part_of_folders(relative(path)) : std::nullopt;
                if (part && *part != SamplePart::Train)
                    out.parts.push_back({path, *part, other == kind});
            }
    }

    // What was not looked at comes with it: the records may lie there.
    [[nodiscard]] std::string refusal() const {
        constexpr std::size_t most = 5;
        std::vector<std::string> all;
        for (const UnreadFile& file : found_.reasons)
            all.push_back(relative(file.file) + ": " + file.why);
        if (all.empty() && found_.parquet > 0)
            all.emplace_back(
                "it holds Parquet files, which are not read; save them as JSONL or CSV");
        else if (all.empty() && found_.pictures > 0)
            all.push_back("it holds pictures without captions (" + std::to_string(found_.pictures) +
                          "); they can be captioned and compared, not learnt");
        if (all.size() > most) {
            const std::string more = "and " + std::to_string(all.size() - most) + " more files";
            all.resize(most);
            all.push_back(more);
        }
        for (std::size_t i = 0; i < std::min(found_.not_entered.size(), most); ++i)
            all.push_back("its folder " + relative(found_.not_entered[i].path) +
                          " is not read: " + found_.not_entered[i].why);
        if (!found_.badly_named.empty())
            all.push_back(why_badly_named(relative(found_.badly_named.front())));
        if (all.empty()) return "it holds neither records nor pictures";
        std::string out;
        for (const std::string& why : all) out += (out.empty() ? "" : "; ") + why;
        return out;
    }

    std::string folder_;
    const ColumnNames& names_;
    const TextEncoding encoding_;
    FolderFinds found_;
};

}  // namespace

bool holds_json(const std::string& path, TextEncoding encoding) {
    const auto head = read_as_utf8(path, encoding, head_bytes);
    const std::size_t first = head ? head->find_first_not_of(" \t\r\n") : std::string::npos;
    return first != std::string::npos && ((*head)[first] == '{' || (*head)[first] == '[');
}

Result<RecognisedSource> recognise_source(const std::string& path, const ColumnNames& names,
                                          const DataOptions& data, Ticker* ticker) {
    const TextEncoding encoding = data.encoding;
    std::error_code ignored;
    if (!fs::exists(path, ignored)) return fail(ErrorCode::FileMissing, {{"path", path}});
    if (fs::is_directory(path, ignored)) {
        if (const auto other = other_folder(path)) return unrecognised(path, *other);
        return FolderSearch(path, names, data, ticker).result();
    }
    if (ending_of(path) == ".parquet")
        return unrecognised(path,
                            "it is a Parquet file, which is not read; save it as JSONL or CSV");
    const Classified file = classify(path, names, encoding);
    const KindRow& row = row_of(file.kind);
    if (row.form == nullptr) return unrecognised(path, file.why);
    RecognisedSource out;
    out.form = row.form;
    out.file = path;
    out.evidence = fs::path(path).filename().string() + " has " + row.text;
    out.parts = parts_beside(path, file.kind, names, encoding, false);
    for (const std::string& shard : shards_beside(path))
        if (shard != path)
            out.others.push_back({shard, fs::path(shard).filename().string(), row.form});
    return out;
}

}  // namespace moelora
