// SPDX-License-Identifier: GPL-3.0-or-later
// The memory of every reader is bounded by the size of its file. Each file here is as dense as its
// form allows; the fuzz targets hold the same bound for inputs that lie about their size.
#include <functional>

#include "core/image/image.h"
#include "core/io/files.h"
#include "core/io/safetensors.h"
#include "core/options/config.h"
#include "core/text/tokenizer.h"
#include "tests/core/data/data_folder.h"
#include "tests/support/bad_files.h"

#if defined(__has_feature)  // clang has no macro for it
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define MOELORA_CLANG_SANITIZED
#endif
#endif

namespace moelora {
namespace {

constexpr std::size_t file_bytes = 1'000'000;
constexpr std::int64_t bytes_for_a_byte = 64, for_any_file = 16'000'000;

// `item` with # as a running number, again and again.
std::string many(const std::string& before, const std::string& item, const std::string& between,
                 const std::string& after) {
    std::string out = before;
    const std::size_t number = item.find('#');
    for (std::int64_t i = 0; out.size() < file_bytes; ++i) {
        if (i > 0) out += between;
        out += item.substr(0, number);
        if (number != std::string::npos) out += std::to_string(i) + item.substr(number + 1);
    }
    return out + after;
}

std::string safetensors_of(const std::string& header) {
    std::string out;
    for (int shift = 0; shift < 64; shift += 8)
        out += static_cast<char>((header.size() >> shift) & 0xFF);
    return out + header;
}

struct Row {
    const char* what;
    std::string file, content;
    std::function<void(const std::string& path)> read;
};

void as_data(const std::string& path) {
    DataOptions options;
    options.path = path;
    const auto data = open_dataset(options);
    if (data) (void)caption_samples(*data);
}
void as_json(const std::string& path) {
    (void)read_json(path);
}

std::vector<Row> rows() {
    const std::string turns =
        R"({"messages":[{"role":"user","content":"q"},{"role":"assistant","content":"#"}]})";
    return {{"lists", "a.json", many("[", "[]", ",", "]"), as_json},
            {"tables", "a.json", many("[", R"({"":0})", ",", "]"), as_json},
            {"keys", "a.json", many("{", R"("#":0)", ",", "}"), as_json},
            {"table", "a.csv", many("image,caption\n", "a.png,#", "\n", ""), as_data},
            {"lines", "a.jsonl", many("", turns, "\n", "\n"), as_data},
            {"broken lines", "a.jsonl", many(turns + "\n", "{", "\n", "\n"), as_data},
            {"records", "a.json", many("[", turns, ",", "]"), as_data},
            {"coco", "a.json",
             many(R"({"images":[{"id":1,"file_name":"a.png"}],"annotations":[)",
                  R"({"id":#,"image_id":1,"caption":"c"})", ",", "]}"),
             as_data},
            {"tensors", "model.safetensors",
             safetensors_of(
                 many("{", R"("#":{"dtype":"U8","shape":[0],"data_offsets":[0,0]})", ",", "}")),
             [](const std::string& path) { (void)SafetensorsFile::open(path); }},
            {"pieces", "tokenizer.json", many(R"({"model":{"vocab":{)", R"("#":0)", ",", "}}}"),
             [](const std::string& path) { (void)Tokenizer::load(path); }},
            {"merges", "tokenizer.json", many(R"({"model":{"merges":[)", R"("a #")", ",", "]}}"),
             [](const std::string& path) { (void)Tokenizer::load(path); }},
            {"pieces of a library", "tokenizer.model", many("", "\x0a\x03\x0a\x01#", "", ""),
             [](const std::string& path) { (void)Tokenizer::load(path); }},
            {"run configuration", "run.json", many(R"({"data":{"tasks":[)", R"("#")", ",", "]}}"),
             [](const std::string& path) {
                 RunOptions options;
                 if (const auto json = read_json(path)) (void)from_json(*json, options, path);
             }},
            {"picture", "a.png", "\x89PNG\r\n\x1a\n" + std::string(file_bytes, '\xFF'),
             [](const std::string& path) { (void)load_image(path, AlphaRule::Drop); }}};
}

TEST(ReaderMemory, IsBoundedByTheSizeOfTheFile) {
    const test::DataFolder folder;
    folder.picture("a.png");
    for (const Row& row : rows()) {
        const bool picture = row.file == "a.png";
        const std::string name = (picture ? "other/" : "") + row.file;
        folder.text(name, row.content);
        const std::string path = folder / name;
        test::reset_peak_memory();
        const std::int64_t before = test::peak_memory();
        row.read(path);
        const std::int64_t grown = test::peak_memory() - before;
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) && \
    !defined(MOELORA_CLANG_SANITIZED)  // a sanitizer keeps what is freed
        EXPECT_LE(grown,
                  static_cast<std::int64_t>(row.content.size()) * bytes_for_a_byte + for_any_file)
            << row.what;
#endif
        RecordProperty(row.what, std::to_string(grown));
        std::filesystem::remove(path);
    }
}

}  // namespace
}  // namespace moelora
