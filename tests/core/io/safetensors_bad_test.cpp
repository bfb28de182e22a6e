// SPDX-License-Identifier: GPL-3.0-or-later
// Every entry `safetensors/...` of the shared collection of broken files is answered as its
// manifest says.
#include <gmock/gmock.h>

#include <cstring>
#include <filesystem>

#include "core/io/safetensors.h"
#include "tests/support/bad_files.h"

namespace moelora {
namespace {

std::vector<double> floats_of(std::span<const std::byte> bytes) {
    std::vector<double> out;
    for (std::size_t i = 0; i + 4 <= bytes.size(); i += 4) {
        float value = 0;
        std::memcpy(&value, bytes.data() + i, 4);
        out.push_back(static_cast<double>(value));
    }
    return out;
}

void check_values(const SafetensorsFile& file, const Json& expect) {
    if (!expect.contains("tensors")) return;
    EXPECT_EQ(file.entries().size(), expect["tensors"].size());
    for (const auto& [name, values] : expect["tensors"].items()) {
        const TensorEntry* entry = file.find(name);
        ASSERT_NE(entry, nullptr) << name;
        EXPECT_EQ(floats_of(file.bytes(*entry)), values.get<std::vector<double>>()) << name;
    }
}

// What is opened for an entry, and the error when it is refused.
std::optional<Error> open_entry(const std::string& path, const Json& entry) {
    if (path.ends_with(".index.json")) {
        const auto folder =
            SafetensorsFolder::open(std::filesystem::path(path).parent_path().string());
        if (!folder) return folder.error();
        for (const char* name : {"a", "b"}) {
            const auto located = folder->find(name);
            EXPECT_TRUE(located.file && located.entry) << name;
            if (located.entry) {
                EXPECT_EQ(located.file->bytes(*located.entry).size(), 8u) << name;
            }
        }
        return std::nullopt;
    }
    const auto file = SafetensorsFile::open(path);
    if (!file) return file.error();
    check_values(*file, entry["expect"]);
    return std::nullopt;
}

TEST(SafetensorsBad, EveryRowOfTheManifestIsAnsweredAsItSays) {
    MOELORA_NEED_SHARED_DATA();
    const std::vector<Json> entries = test::bad_rows("safetensors/");
    EXPECT_EQ(entries.size(), 56U);
    for (const Json& entry : entries) {
        const std::string path = test::bad_file(entry["path"]);
        SCOPED_TRACE(path + ": " + entry["wrong"].get<std::string>());
        const std::optional<Error> error =
            test::within_limits(entry, [&] { return open_entry(path, entry); });
        if (!error) {
            EXPECT_TRUE(test::allows(entry, "accept")) << "accepted";
            continue;
        }
        const std::string message = message_of(*error);
        EXPECT_TRUE(test::allows(entry, "refuse_with_message")) << message;
        EXPECT_EQ(entry_of(error->code).exit_code, 3) << message;
        const std::string folder = std::filesystem::path(path).parent_path().string();
        EXPECT_THAT(message, testing::HasSubstr(folder));
        for (const char* mark : {"{path}", "{why}", "{file}"})
            EXPECT_THAT(message, testing::Not(testing::HasSubstr(mark)));
    }
}

TEST(SafetensorsBad, PickleIsRefusedByName) {
    MOELORA_NEED_SHARED_DATA();
    const auto file = SafetensorsFile::open(test::bad_file("safetensors/pickle_named.safetensors"));
    ASSERT_FALSE(file);
    EXPECT_EQ(file.error().code, ErrorCode::PickleRefused);
}

}  // namespace
}  // namespace moelora
