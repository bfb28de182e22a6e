// SPDX-License-Identifier: GPL-3.0-or-later
// Where tests find inputs: the repository, and the shared data folder beside it (may be absent).
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <string>

namespace moelora::test {

// "" when there is none: MOELORA_SHARED_DATA (environment, then CMake), else ../shared/data beside
// the repository.
inline std::string shared_data_dir() {
    if (const char* set = getenv("MOELORA_SHARED_DATA")) return set;
    if (const std::string built = MOELORA_SHARED_DATA_DIR; !built.empty()) return built;
    const auto beside = std::filesystem::path(MOELORA_SOURCE_DIR) / ".." / "shared" / "data";
    return std::filesystem::exists(beside) ? std::filesystem::canonical(beside).string()
                                           : std::string{};
}

inline std::string source_path(const std::string& name) {
    return std::string(MOELORA_SOURCE_DIR) + "/" + name;
}

// A folder of its own, removed at the end.
class TempDir {
  public:
    TempDir() {
        std::string name =
            (std::filesystem::temp_directory_path() / "moelora-test-XXXXXX").string();
        path_ = mkdtemp(name.data());
    }
    ~TempDir() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    TempDir(const TempDir&) = delete;
    TempDir& operator=(const TempDir&) = delete;
    [[nodiscard]] const std::string& path() const { return path_; }
    [[nodiscard]] std::string operator/(const std::string& name) const {
        return path_ + "/" + name;
    }

  private:
    std::string path_;
};

// A copy of a file or folder that can be changed and removed by any user: the shared data is
// read-only, and std::filesystem::copy would copy that, too.
inline void copy_writable(const std::filesystem::path& from, const std::filesystem::path& to) {
    if (std::filesystem::is_directory(from)) {
        std::filesystem::create_directories(to);
        for (const auto& entry : std::filesystem::directory_iterator(from))
            copy_writable(entry.path(), to / entry.path().filename());
        return;
    }
    std::filesystem::copy_file(from, to);
    std::filesystem::permissions(to, std::filesystem::perms::owner_write,
                                 std::filesystem::perm_options::add);
}

}  // namespace moelora::test

#define MOELORA_NEED_SHARED_DATA()                  \
    if (::moelora::test::shared_data_dir().empty()) \
    GTEST_SKIP() << "the shared test data is absent (set MOELORA_SHARED_DATA to use it)"

// Fails with code, sentence and context when a Result holds an error.
#define MOELORA_ASSERT_OK(result)                                \
    ASSERT_TRUE((result).has_value())                            \
        << ::moelora::entry_of((result).error().code).id << ": " \
        << ::moelora::message_of((result).error()) << " | " << (result).error().detail
