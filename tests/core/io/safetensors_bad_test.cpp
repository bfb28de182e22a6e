// SPDX-License-Identifier: GPL-3.0-or-later
// Every entry `safetensors/...` of the shared collection of broken files is answered as its
// manifest says.
#include <gmock/gmock.h>

#include <algorithm>
#include <cstring>
#include <filesystem>

#include "core/base/json.h"
#include "core/io/safetensors.h"
#include "tests/support/shared_data.h"

namespace moelora {
namespace {

std::vector<Json> entries_of_manifest() {
    std::vector<Json> out;
    const auto manifest = read_json(test::shared_data_dir() + "/bad/MANIFEST.json");
    if (!manifest) return out;
    for (const Json& entry : (*manifest)["entries"])
        if (entry["path"].get<std::string>().starts_with("safetensors/")) out.push_back(entry);
    return out;
}

bool may_accept(const Json& entry) {
    const Json& also = entry["also_ok"];
    return entry["action"] == "accept" ||
           std::find(also.begin(), also.end(), "accept") != also.end();
}
bool may_refuse(const Json& entry) {
    const Json& also = entry["also_ok"];
    return entry["action"] == "refuse_with_message" ||
           std::find(also.begin(), also.end(), "refuse_with_message") != also.end();
}

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
    const std::vector<Json> entries = entries_of_manifest();
    ASSERT_GE(entries.size(), 50u) << "the manifest could not be read";
    for (const Json& entry : entries) {
        const std::string path =
            test::shared_data_dir() + "/bad/" + entry["path"].get<std::string>();
        SCOPED_TRACE(path + ": " + entry["wrong"].get<std::string>());
        const std::optional<Error> error = open_entry(path, entry);
        if (!error) {
            EXPECT_TRUE(may_accept(entry)) << "accepted";
            continue;
        }
        const std::string message = message_of(*error);
        EXPECT_TRUE(may_refuse(entry)) << message;
        EXPECT_EQ(entry_of(error->code).exit_code, 3) << message;
        const std::string folder = std::filesystem::path(path).parent_path().string();
        EXPECT_THAT(message, testing::HasSubstr(folder));
        for (const char* mark : {"{path}", "{why}", "{file}"})
            EXPECT_THAT(message, testing::Not(testing::HasSubstr(mark)));
    }
}

TEST(SafetensorsBad, PickleIsRefusedByName) {
    MOELORA_NEED_SHARED_DATA();
    const auto file = SafetensorsFile::open(test::shared_data_dir() +
                                            "/bad/safetensors/pickle_named.safetensors");
    ASSERT_FALSE(file);
    EXPECT_EQ(file.error().code, ErrorCode::PickleRefused);
}

}  // namespace
}  // namespace moelora
