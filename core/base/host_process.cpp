// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/host_process.h"

#include <cstdlib>

#ifdef __GLIBC__
#include <malloc.h>
#include <unistd.h>
#endif

namespace moelora {

void keep_large_blocks() {
#ifdef __GLIBC__
    constexpr int mebibyte = 1 << 20;
    mallopt(M_MMAP_THRESHOLD, 32 * mebibyte);  // the largest value that is accepted
    mallopt(M_TRIM_THRESHOLD, 1024 * mebibyte);
    mallopt(M_TOP_PAD, 64 * mebibyte);
    mallopt(M_ARENA_MAX, 1);  // the arenas of other threads cannot hold such blocks
#endif
}

void give_back_free_memory() {
#ifdef __GLIBC__
    malloc_trim(0);
#endif
}

void let_waiting_threads_sleep([[maybe_unused]] char** argv) {
#ifdef __GLIBC__
    if (std::getenv("GOMP_SPINCOUNT") || std::getenv("OMP_WAIT_POLICY")) return;
    setenv("GOMP_SPINCOUNT", "1000", 1);  // a few microseconds, as libgomp does when crowded
    execv("/proc/self/exe", argv);
#endif
}

}  // namespace moelora
