// SPDX-License-Identifier: GPL-3.0-or-later
// The shared collection of broken and hostile files (bad/MANIFEST.json): its rows, and the limits
// that it sets for every one of them.
#pragma once

#include <gtest/gtest.h>
#include <malloc.h>

#include <ctime>
#include <fstream>
#include <string>
#include <vector>

#include "core/base/json.h"
#include "tests/support/shared_data.h"

namespace moelora::test {

inline std::string bad_file(const std::string& path) {
    return shared_data_dir() + "/bad/" + path;
}

// The rows whose path starts with `prefix`.
inline std::vector<Json> bad_rows(const std::string& prefix) {
    const auto manifest = read_json(bad_file("MANIFEST.json"));
    EXPECT_TRUE(manifest.has_value());
    std::vector<Json> out;
    if (!manifest) return out;
    for (const Json& row : manifest->at("entries"))
        if (row.at("path").get<std::string>().starts_with(prefix)) out.push_back(row);
    return out;
}

// Whether a program may answer the row like this.
inline bool allows(const Json& row, const std::string& action) {
    if (row.at("action") == action) return true;
    for (const Json& other : row.at("also_ok"))
        if (other == action) return true;
    return false;
}

// The most memory the process has had since reset_peak_memory(), or at all where the kernel does
// not let it be reset. Bytes.
inline std::int64_t peak_memory() {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);)
        if (line.starts_with("VmHWM:")) return std::stoll(line.substr(6)) * 1024;
    return 0;
}
inline void reset_peak_memory() {
    malloc_trim(0);  // what the C library keeps for later would hide new memory
    std::ofstream("/proc/self/clear_refs") << "5";
}

// What `read` gives; fails beyond "2 seconds and 256 MB of additional memory for an entry". The
// time is that of the processor, so that a busy machine changes nothing; sanitizers need more of
// both.
template <class Read>
auto within_limits(const Json& row, const Read& read) {
    reset_peak_memory();
    const std::int64_t memory = peak_memory();
    const std::clock_t start = std::clock();
    auto answer = read();
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    EXPECT_LE(std::clock() - start, 2 * CLOCKS_PER_SEC) << row.at("path");
    EXPECT_LE(peak_memory() - memory, 256'000'000) << row.at("path");
#else
    (void)(memory + start);
#endif
    return answer;
}

}  // namespace moelora::test
