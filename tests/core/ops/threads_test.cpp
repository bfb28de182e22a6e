// SPDX-License-Identifier: GPL-3.0-or-later
// at::parallel_for is inline: compiled without OpenMP it runs on one thread, and nothing else
// shows.
#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <mutex>
#include <set>
#include <thread>

namespace moelora {
namespace {

TEST(Threads, KernelsAreSharedOutOverAllOfThem) {
#if defined(__SANITIZE_THREAD__) || !defined(__GNUC__) || defined(__clang__)
    GTEST_SKIP() << "built without OpenMP: the thread sanitizer does not know its library";
#endif
    const int before = at::get_num_threads();
    at::set_num_threads(3);
    std::mutex mutex;
    std::set<std::thread::id> seen;
    at::parallel_for(0, 3, 1, [&](std::int64_t, std::int64_t) {
        const std::lock_guard lock(mutex);
        seen.insert(std::this_thread::get_id());
    });
    at::set_num_threads(before);
    EXPECT_EQ(seen.size(), 3U);
}

}  // namespace
}  // namespace moelora
