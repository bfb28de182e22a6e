// SPDX-License-Identifier: GPL-3.0-or-later
// Neither program opens a network connection: they run under a filter of system calls that ends a
// process which asks for an internet socket. Compiled once for the command line and, with
// MOELORA_WINDOW, once for the window.
#include <gmock/gmock.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <cstddef>
#include <filesystem>

#include "tests/e2e/program.h"

namespace moelora {
namespace {

#if defined(__x86_64__)
constexpr std::uint32_t architecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr std::uint32_t architecture = AUDIT_ARCH_AARCH64;
#endif

constexpr std::uint32_t at(std::size_t offset) {
    return static_cast<std::uint32_t>(offset);
}

// For this process and all it becomes or starts. io_uring could open sockets past the filter, so it
// is ended, too. False: the system allows no filter.
bool forbid_internet() {
    sock_filter program[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, at(offsetof(seccomp_data, arch))),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, architecture, 0, 6),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, at(offsetof(seccomp_data, nr))),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_io_uring_setup, 4, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 0, 4),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, at(offsetof(seccomp_data, args[0]))),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_INET, 1, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_INET6, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
    const sock_fprog filter{std::size(program), program};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

constexpr int no_filter = 99;

void forbid_or_exit() {
    if (!forbid_internet()) _exit(no_filter);
}

// How a child ends that opens a socket of this family behind the filter.
int status_of_socket(int family) {
    const pid_t child = fork();
    if (child == 0) {
        forbid_or_exit();
        _exit(socket(family, SOCK_STREAM, 0) < 0 ? 1 : 0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return status;
}

class Network : public Cli {
  protected:
    void SetUp() override {
        const int status = status_of_socket(AF_UNIX);
        if (WIFEXITED(status) && WEXITSTATUS(status) == no_filter)
            GTEST_SKIP() << "this system allows no filter of system calls";
    }
    Outcome run_without_internet(const Words& words) {
        return finish(start(words, forbid_or_exit));
    }
};

#ifndef MOELORA_WINDOW
TEST_F(Network, TheFilterEndsWhoOpensAnInternetSocketAndNobodyElse) {
    for (const int family : {AF_INET, AF_INET6}) {
        const int status = status_of_socket(family);
        ASSERT_TRUE(WIFSIGNALED(status)) << family;
        EXPECT_EQ(WTERMSIG(status), SIGSYS) << family;
    }
    const int local = status_of_socket(AF_UNIX);
    EXPECT_TRUE(WIFEXITED(local) && WEXITSTATUS(local) == 0);
}

TEST_F(Network, TrainingCaptionsAndExportOpenNoInternetSocket) {
    const std::string run_folder = temp_ / "run";
    const Outcome trained =
        run_without_internet({"train", "--config", write_config(2), "--out", run_folder});
    ASSERT_EQ(trained.code, 0) << trained.err;
    ASSERT_EQ(losses(run_folder).size(), 2U);
    const Outcome captioned = run_without_internet(
        {"caption", model_, "--adapter", run_folder, "--image", picture_, "--max-new-tokens", "4"});
    EXPECT_EQ(captioned.code, 0) << captioned.err;
    const Outcome exported =
        run_without_internet({"export", run_folder, "--to", "native", "--out", temp_ / "exported"});
    EXPECT_EQ(exported.code, 0) << exported.err;
}

#else
// Every page, and the demo with its pictures.
TEST_F(Network, TheWindowOpensNoInternetSocket) {
    const std::string picture = temp_ / "window.png";
    for (const Words& words : {Words{"--self-test"}, Words{"--demo", "--screenshot", picture}}) {
        const pid_t child = fork();
        if (child == 0) {
            setenv("QT_QPA_PLATFORM", "offscreen", 1);
            setenv("XDG_CONFIG_HOME", (temp_ / "config").c_str(), 1);
            forbid_or_exit();
            become(words, MOELORA_WINDOW);
        }
        int status = 0;
        waitpid(child, &status, 0);
        ASSERT_TRUE(WIFEXITED(status)) << words[0] << " ended by signal " << WTERMSIG(status);
        EXPECT_EQ(WEXITSTATUS(status), 0) << words[0];
    }
    EXPECT_TRUE(std::filesystem::exists(picture));
}
#endif

}  // namespace
}  // namespace moelora
