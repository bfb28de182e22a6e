// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/safetensors.h"

#include <gmock/gmock.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "core/io/files.h"
#include "tests/support/shared_data.h"

namespace moelora {
namespace {
namespace fs = std::filesystem;
using test::TempDir;
using testing::HasSubstr;

std::string length_field(std::uint64_t n) {
    std::string out;
    for (unsigned shift = 0; shift < 64; shift += 8) out += static_cast<char>(n >> shift & 255u);
    return out;
}

void put_raw(const std::string& path, const std::string& bytes) {
    std::ofstream(path, std::ios::binary) << bytes;
}
void put(const std::string& path, const std::string& header, const std::string& data = {}) {
    put_raw(path, length_field(header.size()) + header + data);
}

std::span<const std::byte> as_bytes(const std::string& text) {
    return std::as_bytes(std::span(text.data(), text.size()));
}
std::string as_text(std::span<const std::byte> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

constexpr Dtype all_dtypes[] = {Dtype::Bool, Dtype::U8,  Dtype::I8,  Dtype::F8E4M3, Dtype::F8E5M2,
                                Dtype::I16,  Dtype::U16, Dtype::F16, Dtype::BF16,   Dtype::I32,
                                Dtype::U32,  Dtype::F32, Dtype::I64, Dtype::U64,    Dtype::F64};

TEST(Safetensors, EveryDtypeComesBackByteForByte) {
    const TempDir dir;
    std::vector<std::string> data;
    for (const Dtype dtype : all_dtypes) {
        std::string bytes;
        for (std::int64_t i = 0; i < 6 * bytes_of(dtype); ++i)
            bytes += static_cast<char>(7 * i + bytes_of(dtype));
        data.push_back(bytes);
    }
    std::vector<TensorBytes> tensors;
    for (std::size_t i = 0; i < data.size(); ++i)
        tensors.push_back({std::string("t.") + std::string(name_of(all_dtypes[i])),
                           all_dtypes[i],
                           {2, 3},
                           as_bytes(data[i])});
    tensors.push_back({"empty", Dtype::F32, {0, 5}, {}});
    tensors.push_back({"scalar", Dtype::U8, {}, as_bytes(data[1]).first(1)});
    MOELORA_ASSERT_OK(write_safetensors(dir / "f", tensors, {{"note", "line\n\"quoted\" 中"}}));

    const auto file = SafetensorsFile::open(dir / "f");
    MOELORA_ASSERT_OK(file);
    EXPECT_EQ(file->entries().size(), std::size(all_dtypes) + 2);
    for (std::size_t i = 0; i < data.size(); ++i) {
        const TensorEntry* entry = file->find(tensors[i].name);
        ASSERT_NE(entry, nullptr);
        EXPECT_EQ(entry->dtype, all_dtypes[i]);
        EXPECT_EQ(entry->dtype_name, name_of(all_dtypes[i]));
        EXPECT_EQ(entry->shape, (std::vector<std::int64_t>{2, 3}));
        EXPECT_EQ(as_text(file->bytes(*entry)), data[i]);
        file->release_pages(*entry);
        EXPECT_EQ(as_text(file->bytes(*entry)), data[i]) << "after its pages were given back";
    }
    EXPECT_EQ(file->bytes(*file->find("empty")).size(), 0u);
    EXPECT_TRUE(file->find("scalar")->shape.empty());
    EXPECT_EQ(file->find("none"), nullptr);
    EXPECT_EQ(file->metadata().at("note"), "line\n\"quoted\" 中");
    EXPECT_EQ(file->metadata().at("format"), "pt");
    EXPECT_EQ(file->file_bytes(), fs::file_size(dir / "f"));
}

TEST(Safetensors, WriterPadsTheHeaderAndAlignsEveryTensor) {
    const TempDir dir;
    const std::string one(1, 'x'), four(4, 'y'), eight(8, 'z');
    MOELORA_ASSERT_OK(write_safetensors(dir / "f", {{"a", Dtype::U8, {1}, as_bytes(one)},
                                                    {"c", Dtype::F32, {1}, as_bytes(four)},
                                                    {"b", Dtype::F32, {1}, as_bytes(four)},
                                                    {"d", Dtype::I64, {1}, as_bytes(eight)}}));
    const std::string bytes = read_text(dir / "f").value();
    const auto header =
        static_cast<unsigned char>(bytes[0]) + 256u * static_cast<unsigned char>(bytes[1]);
    EXPECT_EQ(header % 8, 0u);
    const auto file = SafetensorsFile::open(dir / "f");
    MOELORA_ASSERT_OK(file);
    std::vector<std::string> order;
    for (const TensorEntry& entry : file->entries()) {
        order.push_back(entry.name);
        EXPECT_EQ(entry.begin % static_cast<std::uint64_t>(bytes_of(entry.dtype)), 0u);
    }
    EXPECT_THAT(order, testing::ElementsAre("d", "b", "c", "a"));
}

TEST(Safetensors, WriterRefusesWhatCouldNotBeReadBack) {
    const TempDir dir;
    const std::string four(4, 'y');
    const TensorBytes t{"a", Dtype::F32, {1}, as_bytes(four)};
    EXPECT_THROW((void)write_safetensors(dir / "f", {t, t}), std::logic_error);
    EXPECT_THROW((void)write_safetensors(dir / "f", {{"a", Dtype::F32, {2}, as_bytes(four)}}),
                 std::logic_error);
    EXPECT_FALSE(fs::exists(dir / "f"));
}

TEST(Safetensors, FullDiskLeavesTheOldFileAndNothingElse) {
    const TempDir dir;
    const std::string small(4, 'a'), big(100'000, 'b');
    MOELORA_ASSERT_OK(write_safetensors(dir / "f", {{"a", Dtype::U8, {4}, as_bytes(small)}}));
    const pid_t child = fork();
    if (child == 0) {
        signal(SIGXFSZ, SIG_IGN);
        const rlimit limit{10'000, 10'000};
        setrlimit(RLIMIT_FSIZE, &limit);
        const auto status =
            write_safetensors(dir / "f", {{"a", Dtype::U8, {100'000}, as_bytes(big)}});
        _exit(!status && status.error().code == ErrorCode::DiskFull ? 0 : 1);
    }
    int status = 0;
    waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
    EXPECT_EQ(std::distance(fs::directory_iterator(dir.path()), fs::directory_iterator()), 1);
    const auto file = SafetensorsFile::open(dir / "f");
    MOELORA_ASSERT_OK(file);
    EXPECT_EQ(as_text(file->bytes(*file->find("a"))), small);
}

// ---- hostile headers

struct Hostile {
    const char* name;
    std::string header, data, why;
};

std::string entry(const std::string& shape, const std::string& offsets,
                  const std::string& dtype = "F32") {
    return R"({"a":{"dtype":")" + dtype + R"(","shape":)" + shape + R"(,"data_offsets":)" +
           offsets + "}}";
}

class SafetensorsHostile : public testing::TestWithParam<Hostile> {};

TEST_P(SafetensorsHostile, IsRefusedWithFileAndReason) {
    const TempDir dir;
    put(dir / "f", GetParam().header, GetParam().data);
    const auto file = SafetensorsFile::open(dir / "f");
    ASSERT_FALSE(file);
    EXPECT_EQ(file.error().code, ErrorCode::SafetensorsInvalid);
    EXPECT_THAT(message_of(file.error()), HasSubstr(dir / "f"));
    EXPECT_THAT(message_of(file.error()), HasSubstr(GetParam().why));
}

const std::string eight_bytes(8, '\0');
INSTANTIATE_TEST_SUITE_P(
    Headers, SafetensorsHostile,
    testing::Values(
        Hostile{"LeadingBlank", " " + entry("[2]", "[0,8]"), eight_bytes, "begin with {"},
        Hostile{"Array", "[]", "", "begin with {"},
        Hostile{"Garbage", entry("[2]", "[0,8]") + " x", eight_bytes, "end with }"},
        Hostile{"SecondObject", entry("[2]", "[0,8]") + "{}", eight_bytes, "no valid JSON"},
        Hostile{"EntryIsNumber", R"({"a":1})", "", "is no object"},
        Hostile{"EntryIsList", R"({"a":[]})", "", "is no object"},
        Hostile{"EntryIsNumberAfterAnother",
                entry("[2]", "[0,8]").substr(0, entry("[2]", "[0,8]").size() - 1) + ",\"b\":1}",
                eight_bytes, "\"b\" is no object"},
        Hostile{"MetadataIsNumber", R"({"__metadata__":{"a":1}})", "", "is no text"},
        Hostile{"MetadataIsNested", R"({"__metadata__":{"a":{}}})", "", "is no text"},
        Hostile{"MetadataIsList", R"({"__metadata__":[]})", "", "is no object"},
        Hostile{"MetadataKeyTwice", R"({"__metadata__":{"a":"","a":""}})", "", "twice"},
        Hostile{"MetadataTwice", R"({"__metadata__":{},"__metadata__":{}})", "", "twice"},
        Hostile{"NoDtype", R"({"a":{"shape":[2],"data_offsets":[0,8]}})", eight_bytes, "no dtype"},
        Hostile{"NoShape", R"({"a":{"dtype":"F32","data_offsets":[0,8]}})", eight_bytes,
                "no shape"},
        Hostile{"NoOffsets", R"({"a":{"dtype":"F32","shape":[2]}})", "", "two data_offsets"},
        Hostile{"OneOffset", entry("[2]", "[0]"), eight_bytes, "two data_offsets"},
        Hostile{"ThreeOffsets", entry("[2]", "[0,4,8]"), eight_bytes, "two data_offsets"},
        Hostile{"DtypeTwice",
                R"({"a":{"dtype":"F32","dtype":"F32","shape":[2],"data_offsets":[0,8]}})",
                eight_bytes, "twice"},
        Hostile{"ShapeTwice",
                R"({"a":{"dtype":"F32","shape":[2],"shape":[2],"data_offsets":[0,8]}})",
                eight_bytes, "twice"},
        Hostile{"OffsetsTwice",
                R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[],"data_offsets":[0,8]}})",
                eight_bytes, "twice"},
        Hostile{"ShapeIsText", entry("\"2\"", "[0,8]"), eight_bytes, "not as the format says"},
        Hostile{"ShapeHoldsText", entry("[\"2\"]", "[0,8]"), eight_bytes, "whole number"},
        Hostile{"ShapeHoldsList", entry("[[2]]", "[0,8]"), eight_bytes, "not as the format says"},
        Hostile{"ShapeHoldsTrue", entry("[true]", "[0,8]"), eight_bytes, "not as the format says"},
        Hostile{"ShapeFraction", entry("[2.0]", "[0,8]"), eight_bytes, "whole number"},
        Hostile{"ShapeExponent", entry("[2e0]", "[0,8]"), eight_bytes, "whole number"},
        Hostile{"ShapeNegative", entry("[-2,-1]", "[0,8]"), eight_bytes, "whole number"},
        Hostile{"ShapeBeyondInt64", entry("[9223372036854775808]", "[0,8]"), eight_bytes,
                "whole number"},
        Hostile{"ShapeBeyondUint64", entry("[18446744073709551618]", "[0,8]"), eight_bytes,
                "whole number"},
        Hostile{"ProductWraps", entry("[4294967296,4294967296,2]", "[0,8]"), eight_bytes,
                "more elements"},
        Hostile{"ZeroDoesNotExcuseOverflow", entry("[0,9223372036854775807,4]", "[0,0]"), "",
                "more elements"},
        Hostile{"HalfBytes", entry("[3]", "[0,2]", "F4"), "xx", "whole bytes"},
        Hostile{"WrongSize", entry("[3]", "[0,8]"), eight_bytes, "12 bytes"},
        Hostile{"Reversed", entry("[2]", "[8,0]"), eight_bytes, "end before"},
        Hostile{"NotFromZero", entry("[1]", "[4,8]"), eight_bytes, "gap"},
        Hostile{"BeyondTheEnd", entry("[4]", "[0,16]"), eight_bytes, "beyond the end"},
        Hostile{"TrailingBytes", entry("[1]", "[0,4]"), eight_bytes, "belong to no tensor"},
        Hostile{"BytesWithoutTensor", "{}", eight_bytes, "belong to no tensor"},
        Hostile{"Overlap",
                R"({"a":{"dtype":"U8","shape":[6],"data_offsets":[0,6]},)"
                R"("b":{"dtype":"U8","shape":[6],"data_offsets":[2,8]}})",
                eight_bytes, "overlap"},
        Hostile{"SameNameLaterInTheHeader",
                R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},)"
                R"("b":{"dtype":"U8","shape":[0],"data_offsets":[4,4]},)"
                R"("a":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}})",
                eight_bytes, "\"a\" stands twice"},
        Hostile{"Deep", R"({"a":{"x":)" + std::string(20000, '[') + std::string(20000, ']') + "}}",
                "", "nested"},
        Hostile{"ControlCharactersAreEscaped", "{\"a\\n\\u0000\":1}", "", "\"a\\n\\u0000\""}),
    [](const auto& test) { return test.param.name; });

TEST(Safetensors, UnknownFieldsOfAnEntryAreSkippedWhateverTheyHold) {
    const TempDir dir;
    put(dir / "f",
        R"({"a":{"x":{"shape":[9],"y":[{"dtype":1}]},"dtype":"F32","z":null,"shape":[2],)"
        R"("w":[[],"t"],"data_offsets":[0,8],"v":"text"}}   )",
        eight_bytes);
    const auto file = SafetensorsFile::open(dir / "f");
    MOELORA_ASSERT_OK(file);
    EXPECT_EQ(file->find("a")->shape, (std::vector<std::int64_t>{2}));
}

TEST(Safetensors, LengthFieldIsComparedBeforeAnythingIsAdded) {
    const TempDir dir;
    for (const std::uint64_t length :
         {std::uint64_t{0}, std::uint64_t{3}, std::uint64_t{99'999'999}, std::uint64_t{100'000'001},
          std::uint64_t{1} << 63, ~std::uint64_t{0}, ~std::uint64_t{0} - 7}) {
        put_raw(dir / "f", length_field(length) + "{}");
        const auto file = SafetensorsFile::open(dir / "f");
        ASSERT_FALSE(file) << length;
        EXPECT_EQ(file.error().code, ErrorCode::SafetensorsInvalid);
    }
}

// The size is what a hostile file costs; the test's own time limit catches a reader that is
// quadratic in it.
TEST(Safetensors, MillionsOfTinyEntriesAreRefused) {
    const TempDir dir;
    std::string header = "{";
    for (int i = 0; i < 500'000; ++i) {
        if (i > 0) header += ',';
        header += '"' + std::to_string(i) + R"(":{"dtype":"U8","shape":[0],"data_offsets":[0,0]})";
    }
    put(dir / "f", header + "}");
    const auto file = SafetensorsFile::open(dir / "f");
    ASSERT_FALSE(file);
    EXPECT_THAT(message_of(file.error()), HasSubstr("more than 400000 tensors"));
}

TEST(Safetensors, MegabyteNamesAreKeysAndAreCutInMessages) {
    const TempDir dir;
    const std::string name(1'000'000, 'n');
    put(dir / "f", "{\"" + name + R"(":{"dtype":"F12","shape":[],"data_offsets":[0,0]}})");
    const auto file = SafetensorsFile::open(dir / "f");
    ASSERT_FALSE(file);
    EXPECT_LT(message_of(file.error()).size(), 1000u);
}

TEST(Safetensors, FoldersMissingFilesAndZipsAreNamedAsWhatTheyAre) {
    const TempDir dir;
    EXPECT_EQ(SafetensorsFile::open(dir.path()).error().code, ErrorCode::FileUnreadable);
    EXPECT_EQ(SafetensorsFile::open(dir / "none").error().code, ErrorCode::FileMissing);
    put_raw(dir / "zip", "PK\x03\x04 and more bytes of a torch.save file");
    EXPECT_EQ(SafetensorsFile::open(dir / "zip").error().code, ErrorCode::PickleRefused);
    // A valid header of 640 bytes begins like a pickle of protocol 2.
    std::string header = "{}";
    header.append(638, ' ');
    put(dir / "ok", header);
    MOELORA_ASSERT_OK(SafetensorsFile::open(dir / "ok"));
}

// ---- folders

void put_one(const std::string& path, const std::string& name) {
    put(path, "{\"" + name + R"(":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})", eight_bytes);
}

TEST(SafetensorsFolder, SingleFileIsRead) {
    const TempDir dir;
    put_one(dir / "adapter_model.safetensors", "a");
    const auto folder = SafetensorsFolder::open(dir.path(), "adapter_model");
    MOELORA_ASSERT_OK(folder);
    EXPECT_THAT(folder->names(), testing::ElementsAre("a"));
    EXPECT_EQ(folder->find("a").file->path(), dir / "adapter_model.safetensors");
    EXPECT_EQ(folder->find("b").entry, nullptr);
}

TEST(SafetensorsFolder, AbsentWeightsAndPicklesAreToldApart) {
    const TempDir dir;
    EXPECT_EQ(SafetensorsFolder::open(dir / "none").error().code, ErrorCode::FileMissing);
    EXPECT_EQ(SafetensorsFolder::open(dir.path()).error().code, ErrorCode::ModelFileMissing);
    put_raw(dir / "pytorch_model.bin", "x");
    EXPECT_EQ(SafetensorsFolder::open(dir.path()).error().code, ErrorCode::PickleRefused);
}

TEST(SafetensorsFolder, ShardsMustMatchTheIndex) {
    const TempDir dir;
    put_one(dir / "1.safetensors", "a");
    put_one(dir / "2.safetensors", "b");
    const auto index = [&](const std::string& map) {
        put_raw(dir / "model.safetensors.index.json", "{\"weight_map\":" + map + "}");
        return SafetensorsFolder::open(dir.path());
    };
    const auto good = index(R"({"a":"1.safetensors","b":"2.safetensors"})");
    MOELORA_ASSERT_OK(good);
    EXPECT_THAT(good->names(), testing::ElementsAre("a", "b"));
    for (const char* bad :
         {R"({"a":"1.safetensors","c":"2.safetensors"})", R"([])", R"({"a":""})", R"({"a":".."})",
          R"({"a":"x/1.safetensors"})", R"({"a":"/1"})", R"({"a":"x\\1"})", R"({"a":null})"}) {
        const auto folder = index(bad);
        ASSERT_FALSE(folder) << bad;
        EXPECT_EQ(folder.error().code, ErrorCode::SafetensorsInvalid) << bad;
        EXPECT_THAT(message_of(folder.error()), HasSubstr(dir.path()));
    }
    EXPECT_EQ(index(R"({"a":"3.safetensors"})").error().code, ErrorCode::ModelFileMissing);
    put_one(dir / "2.safetensors", "a");
    EXPECT_FALSE(index(R"({"a":"1.safetensors"})")->names().empty());
    const auto twice = index(R"({"a":"1.safetensors","b":"2.safetensors"})");
    EXPECT_FALSE(twice);
}

TEST(SafetensorsFolder, LinksOutOfTheFolderAreRefusedButNotThoseOfTheHubCache) {
    const TempDir dir;
    const std::string hub = dir / "models--x";
    fs::create_directories(hub + "/blobs");
    fs::create_directories(hub + "/snapshots/abc");
    fs::create_directories(dir / "plain");
    put_one(hub + "/blobs/hash", "a");
    const std::string index = R"({"weight_map":{"a":"1.safetensors"}})";
    for (const std::string& folder : {hub + "/snapshots/abc", dir / "plain"}) {
        put_raw(folder + "/model.safetensors.index.json", index);
        fs::create_symlink(hub + "/blobs/hash", folder + "/1.safetensors");
    }
    MOELORA_ASSERT_OK(SafetensorsFolder::open(hub + "/snapshots/abc"));
    const auto plain = SafetensorsFolder::open(dir / "plain");
    ASSERT_FALSE(plain);
    EXPECT_THAT(message_of(plain.error()), HasSubstr("link out of the folder"));
}

}  // namespace
}  // namespace moelora
