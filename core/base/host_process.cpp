// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/host_process.h"

#include <cstdlib>

#ifdef __GLIBC__
#include <malloc.h>
#include <unistd.h>
#endif

namespace moelora {
namespace {

// Mebibytes: blocks of this size and more are pages of their own; what may stay free at the heap's
// end; by how much that grows.
void set_heap([[maybe_unused]] int own_pages, [[maybe_unused]] int kept,
              [[maybe_unused]] int step) {
#ifdef __GLIBC__
    constexpr int mebibyte = 1 << 20;
    mallopt(M_MMAP_THRESHOLD, own_pages * mebibyte);
    mallopt(M_TRIM_THRESHOLD, kept * mebibyte);
    mallopt(M_TOP_PAD, step * mebibyte);
#endif
}

}  // namespace

void keep_large_blocks() {
#ifdef __GLIBC__
    mallopt(M_ARENA_MAX, 1);  // the arenas of other threads cannot hold such blocks
#endif
    set_heap(32, 1024, 64);  // 32: the largest that is accepted
}

TightMemory::TightMemory() {
    set_heap(1, 16, 1);
    give_back_free_memory();
}
TightMemory::~TightMemory() {
    set_heap(32, 1024, 64);
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
