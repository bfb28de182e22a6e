// SPDX-License-Identifier: GPL-3.0-or-later
// The memory of every reader is bounded by the size of its file. Each file here is as dense as its
// form allows; the fuzz targets hold the same bound for inputs that lie about their size.
#include <functional>
#include <opencv2/core.hpp>

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
            {"picture's header", "b.png",
             std::string("\x89PNG\r\n\x1a\n") + std::string(file_bytes, '\xFF'),
             [](const std::string& path) {
                 (void)probe_image(path);
                 (void)load_image(path, AlphaRule::Drop);
             }}};
}

TEST(ReaderMemory, IsBoundedByTheSizeOfTheFile) {
    const test::DataFolder folder;
    folder.picture("a.png");
    for (const Row& row : rows()) {
        folder.text(row.file, row.content);
        const std::string path = folder / row.file;
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

// ---- decoded pictures: bounded by their pixels, of which a small file may hold many

constexpr std::int64_t bytes_for_a_pixel = 16;  // core/image/README.md
constexpr int picture_width = 3000, picture_height = 2000;

std::string encoded(const char* ending, int type, const std::vector<int>& how = {}) {
    cv::Mat image(picture_height, picture_width, type);
    cv::randu(image, cv::Scalar::all(0), cv::Scalar::all(type == CV_16UC4 ? 65535 : 255));
    std::vector<unsigned char> bytes;
    cv::imencode(ending, image, bytes, how);
    return {bytes.begin(), bytes.end()};
}

// A block that says the picture was taken with the camera turned: what is decoded is turned back.
std::string turned(const std::string& jpeg) {
    const unsigned char exif[] = {0xFF, 0xE1, 0, 34, 'E', 'x', 'i', 'f', 0, 0,  'M', 'M',
                                  0,    42,   0, 0,  0,   8,   0,   1,   1, 18, 0,   3,
                                  0,    0,    0, 1,  0,   6,   0,   0,   0, 0,  0,   0};
    return jpeg.substr(0, 2) + std::string(std::begin(exif), std::end(exif)) + jpeg.substr(2);
}

TEST(ReaderMemory, OfADecodedPictureIsBoundedByItsPixels) {
    const test::DataFolder folder;
    const struct {
        const char* name;
        std::string content;
        AlphaRule alpha;
    } pictures[] = {
        {"plain.png", encoded(".png", CV_8UC3, {cv::IMWRITE_PNG_COMPRESSION, 1}), AlphaRule::Drop},
        {"deep.png", encoded(".png", CV_16UC4, {cv::IMWRITE_PNG_COMPRESSION, 1}), AlphaRule::White},
        {"plain.jpg", encoded(".jpg", CV_8UC3), AlphaRule::Drop},
        {"turned.jpg", turned(encoded(".jpg", CV_8UC3, {cv::IMWRITE_JPEG_PROGRESSIVE, 1})),
         AlphaRule::White},
        {"lossy.webp", encoded(".webp", CV_8UC3, {cv::IMWRITE_WEBP_QUALITY, 50}), AlphaRule::Drop},
        {"plain.bmp", encoded(".bmp", CV_8UC3), AlphaRule::Drop},
        {"plain.tiff", encoded(".tiff", CV_8UC3), AlphaRule::Drop}};
    for (const auto& picture : pictures) {
        folder.text(picture.name, picture.content);
        test::reset_peak_memory();
        const std::int64_t before = test::peak_memory();
        const auto image = load_image(folder / picture.name, picture.alpha);
        const std::int64_t grown = test::peak_memory() - before;
        ASSERT_TRUE(image) << picture.name << ": " << message_of(image.error());
        const std::int64_t pixels = image->width * image->height;
        EXPECT_EQ(pixels, std::int64_t{picture_width} * picture_height);
        RecordProperty(picture.name, std::to_string(grown));
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) && \
    !defined(MOELORA_CLANG_SANITIZED)
        EXPECT_LE(grown, pixels * bytes_for_a_pixel +
                             2 * static_cast<std::int64_t>(picture.content.size()) + for_any_file)
            << picture.name;
#endif
    }
}

}  // namespace
}  // namespace moelora
