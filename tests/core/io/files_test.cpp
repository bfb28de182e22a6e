// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/files.h"

#include <gmock/gmock.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>

#include "tests/support/shared_data.h"

namespace moelora {
namespace {
namespace fs = std::filesystem;
using test::TempDir;

void put(const std::string& path, const std::string& text) {
    std::ofstream(path, std::ios::binary) << text;
}

std::vector<std::string> names_in(const std::string& folder) {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder))
        names.push_back(entry.path().filename().string());
    return names;
}

// Runs `body` in a child process; the exit status is what body returns.
int in_child(const std::function<int()>& body) {
    const pid_t child = fork();
    if (child == 0) _exit(body());
    int status = 0;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

TEST(Files, ReadText_GivesAnyBytes) {
    const TempDir dir;
    const std::string bytes("a\0\xff\r\n", 5);
    put(dir / "f", bytes);
    const auto text = read_text(dir / "f");
    MOELORA_ASSERT_OK(text);
    EXPECT_EQ(*text, bytes);
}

TEST(Files, ReadText_MissingFileAndFolderAreErrorsWithThePath) {
    const TempDir dir;
    const auto missing = read_text(dir / "none");
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().code, ErrorCode::FileMissing);
    EXPECT_EQ(missing.error().arg("path"), dir / "none");
    const auto folder = read_text(dir.path());
    ASSERT_FALSE(folder);
    EXPECT_EQ(folder.error().code, ErrorCode::FileUnreadable);
}

TEST(Files, WriteTextAtomic_ReplacesAndLeavesNothingElse) {
    const TempDir dir;
    MOELORA_ASSERT_OK(write_text_atomic(dir / "f", "one"));
    MOELORA_ASSERT_OK(write_text_atomic(dir / "f", "two"));
    EXPECT_EQ(read_text(dir / "f").value(), "two");
    EXPECT_THAT(names_in(dir.path()), testing::ElementsAre("f"));
}

TEST(Files, WriteTextAtomic_MissingFolderIsUnwritable) {
    const TempDir dir;
    const auto status = write_text_atomic(dir / "none/f", "x");
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code, ErrorCode::FileUnwritable);
}

TEST(Files, WriteTextAtomic_FullDiskKeepsTheOldFileAndLeavesNothing) {
    const TempDir dir;
    put(dir / "f", "old");
    const int seen = in_child([&] {
        signal(SIGXFSZ, SIG_IGN);
        const rlimit limit{1000, 1000};
        setrlimit(RLIMIT_FSIZE, &limit);
        const auto status = write_text_atomic(dir / "f", std::string(5000, 'x'));
        return !status && status.error().code == ErrorCode::DiskFull ? 0 : 1;
    });
    EXPECT_EQ(seen, 0);
    EXPECT_EQ(read_text(dir / "f").value(), "old");
    EXPECT_THAT(names_in(dir.path()), testing::ElementsAre("f"));
}

TEST(JsonlWriter, LinesAreInTheFileWhenAppendReturnsAndLengthIsRight) {
    const TempDir dir;
    {
        auto writer = JsonlWriter::open(dir / "f");
        MOELORA_ASSERT_OK(writer);
        MOELORA_ASSERT_OK(writer->append("{\"a\":1}"));
        EXPECT_EQ(read_text(dir / "f").value(), "{\"a\":1}\n");
        EXPECT_EQ(writer->bytes(), 8u);
    }
    auto again = JsonlWriter::open(dir / "f");
    MOELORA_ASSERT_OK(again);
    EXPECT_EQ(again->bytes(), 8u);
    MOELORA_ASSERT_OK(again->append("{}"));
    MOELORA_ASSERT_OK(again->sync());
    EXPECT_EQ(read_text(dir / "f").value(), "{\"a\":1}\n{}\n");
}

TEST(JsonlWriter, HalfALineOfAKilledProgramDoesNotSwallowTheNext) {
    const TempDir dir;
    put(dir / "f", "{}\n{\"half");
    auto writer = JsonlWriter::open(dir / "f");
    MOELORA_ASSERT_OK(writer);
    MOELORA_ASSERT_OK(writer->append("{\"next\":1}"));
    EXPECT_EQ(read_text(dir / "f").value(), "{}\n{\"half\n{\"next\":1}\n");
    EXPECT_EQ(writer->bytes(), fs::file_size(dir / "f"));
}

TEST(JsonlWriter, FullDiskIsAnErrorAndNoHalfLineStays) {
    const TempDir dir;
    const int seen = in_child([&] {
        signal(SIGXFSZ, SIG_IGN);
        const rlimit limit{100, 100};
        setrlimit(RLIMIT_FSIZE, &limit);
        auto writer = JsonlWriter::open(dir / "f");
        if (!writer || !writer->append("first")) return 1;
        const auto status = writer->append(std::string(200, 'x'));
        if (status || status.error().code != ErrorCode::DiskFull) return 2;
        return writer->append("second") ? 0 : 3;
    });
    EXPECT_EQ(seen, 0);
    EXPECT_EQ(read_text(dir / "f").value(), "first\nsecond\n");
}

TEST(JsonlWriter, DeviceWithoutSpaceIsDiskFull) {
    if (!fs::exists("/dev/full")) GTEST_SKIP() << "this system has no /dev/full";
    auto writer = JsonlWriter::open("/dev/full");
    MOELORA_ASSERT_OK(writer);
    const auto status = writer->append("x");
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code, ErrorCode::DiskFull);
    EXPECT_EQ(entry_of(status.error().code).exit_code, 4);
}

TEST(ForEachLine, CountsFromOneAndTakesBothLineEnds) {
    const TempDir dir;
    const std::string longest(200'000, 'x');
    put(dir / "f", "a\r\n\n" + longest + "\nlast");
    std::vector<std::string> lines;
    MOELORA_ASSERT_OK(for_each_line(dir / "f", [&](std::int64_t number, std::string_view line) {
        EXPECT_EQ(number, static_cast<std::int64_t>(lines.size()) + 1);
        lines.emplace_back(line);
        return true;
    }));
    EXPECT_THAT(lines, testing::ElementsAre("a", "", longest, "last"));
}

TEST(ForEachLine, StopsWhenAsked) {
    const TempDir dir;
    put(dir / "f", "a\nb\nc\n");
    int seen = 0;
    MOELORA_ASSERT_OK(for_each_line(dir / "f", [&](std::int64_t, std::string_view line) {
        ++seen;
        return line != "b";
    }));
    EXPECT_EQ(seen, 2);
}

TEST(Sha256, EqualsThePublishedAnswers) {  // FIPS 180-2, appendix B
    EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    EXPECT_EQ(sha256_hex("abc"),
              "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    const TempDir dir;
    put(dir / "million", std::string(1'000'000, 'a'));
    EXPECT_EQ(sha256_file(dir / "million").value(),
              "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(FolderLock, RefusesASecondHolderOfAnotherProcessUntilReleased) {
    const TempDir dir;
    const auto try_it = [&] {
        const auto lock = FolderLock::acquire(dir.path());
        if (lock) return 0;
        return lock.error().code == ErrorCode::RunLocked ? 1 : 2;
    };
    {
        const auto lock = FolderLock::acquire(dir.path());
        MOELORA_ASSERT_OK(lock);
        EXPECT_EQ(in_child(try_it), 1);
        EXPECT_EQ(try_it(), 1);
    }
    EXPECT_EQ(in_child(try_it), 0);
}

TEST(FolderLock, IsReleasedByKill) {
    const TempDir dir;
    int ready[2];
    ASSERT_EQ(pipe(ready), 0);
    const pid_t child = fork();
    if (child == 0) {
        const auto lock = FolderLock::acquire(dir.path());
        const char state = lock ? 'y' : 'n';
        if (write(ready[1], &state, 1) != 1) _exit(1);
        pause();
        _exit(0);
    }
    char state = 0;
    ASSERT_EQ(read(ready[0], &state, 1), 1);
    EXPECT_EQ(state, 'y');
    EXPECT_FALSE(FolderLock::acquire(dir.path()));
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
    EXPECT_TRUE(FolderLock::acquire(dir.path()));
    close(ready[0]);
    close(ready[1]);
}

TEST(Paths, JoinAndInside) {
    EXPECT_EQ(join_path("/a/b", "c"), "/a/b/c");
    EXPECT_EQ(join_path("/a/b/", "c"), "/a/b/c");
    EXPECT_EQ(join_path("/a/b", "/c"), "/c");
    EXPECT_EQ(join_path("", "c"), "c");
    const TempDir dir;
    fs::create_directories(dir / "root/sub");
    fs::create_directories(dir / "root2");
    fs::create_directory_symlink(dir / "root2", dir / "root/out");
    EXPECT_TRUE(is_inside(dir / "root/sub/new.png", dir / "root"));
    EXPECT_TRUE(is_inside(dir / "root/sub/../x", dir / "root/"));
    EXPECT_FALSE(is_inside(dir / "root/../x", dir / "root"));
    EXPECT_FALSE(is_inside(dir / "root2", dir / "root"));
    EXPECT_FALSE(is_inside(dir / "root/out/x", dir / "root"));
    EXPECT_FALSE(is_inside(dir / "root", dir / "none"));
}

}  // namespace
}  // namespace moelora
