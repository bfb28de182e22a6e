// SPDX-License-Identifier: GPL-3.0-or-later
// Promises of a long run: its memory stays flat, no record is lost on the way to the reader, and
// metrics.jsonl is whole lines at any moment. MOELORA_LONG_RUN: updates (100,000 by
// tests/e2e/long-run).
#include <gmock/gmock.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "tests/e2e/program.h"
#include "tests/support/text_model.h"

namespace moelora {
namespace {

namespace fs = std::filesystem;

class LongRun : public Cli {
  protected:
    std::string config(int updates) {
        test::make_text_model({.family = "llama", .layers = 1}, temp_ / "model");
        std::ofstream(temp_ / "data.jsonl")
            << R"({"messages":[{"role":"user","content":"snow"},{"role":"assistant","content":"a turtle"}]})"
            << "\n";
        const Json config = {
            {"version", 1},
            {"model", {{"path", temp_ / "model"}, {"compute_dtype", "fp32"}}},
            {"data", {{"path", temp_ / "data.jsonl"}}},
            {"adapter", {{"preset", "soft"}, {"rank", 1}, {"targets", {"q_proj"}}}},
            {"train",
             {{"gradient_accumulation", 1},
              {"max_steps", updates},
              {"save_every", std::max(updates / 10, 1)},
              {"probe_images", 0},
              {"probe_every", 0}}},
            {"device", {{"name", "cpu"}, {"threads", 1}}}};
        std::ofstream(temp_ / "config.json") << config;
        return temp_ / "config.json";
    }

    // Anonymous memory of a process, in KiB.
    static long memory_of(pid_t child) {
        std::ifstream in("/proc/" + std::to_string(child) + "/status");
        for (std::string line; std::getline(in, line);)
            if (line.starts_with("RssAnon:")) return std::stol(line.substr(8));
        return 0;
    }

    // The system may show a line that is just written up to the end of a page of memory; the rest
    // is there at the next look.
    static std::string settled_text_of(const std::string& path) {
        std::string text = text_of(path);
        for (int look = 0; look < 5 && !text.empty() && text.back() != '\n'; ++look) {
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
            const std::size_t seen = text.size();
            text = text_of(path);
            const std::size_t end = text.find('\n', seen);
            if (end != std::string::npos) text.resize(end + 1);
        }
        return text;
    }

    // All lines, each of which must be a record; a line without its end counts as broken.
    static std::vector<std::string> whole_lines(const std::string& path) {
        std::vector<std::string> lines;
        const std::string text = settled_text_of(path);
        for (std::size_t at = 0; at < text.size();) {
            const std::size_t end = text.find('\n', at);
            if (end == std::string::npos) {
                ADD_FAILURE() << "half a line: " << text.substr(at, 80);
                break;
            }
            lines.push_back(text.substr(at, end - at));
            EXPECT_TRUE(Json::accept(lines.back())) << lines.back();
            at = end + 1;
        }
        return lines;
    }
};

TEST_F(LongRun, MemoryStaysFlatAndEveryRecordArrives) {
    const char* wanted = std::getenv("MOELORA_LONG_RUN");
    const int updates = wanted ? std::atoi(wanted) : 1500;
    const std::string metrics = temp_ / "run/metrics.jsonl";
    const pid_t child =
        start({"train", "--config", config(updates), "--out", temp_ / "run", "--json"});
    std::vector<std::pair<std::size_t, long>> samples;  // bytes of metrics.jsonl, KiB
    std::size_t looked_at = 0;
    for (;;) {
        siginfo_t ended{};
        waitid(P_PID, static_cast<id_t>(child), &ended, WEXITED | WNOHANG | WNOWAIT);
        if (ended.si_pid != 0) break;
        std::error_code none;
        const std::size_t bytes = fs::exists(metrics) ? fs::file_size(metrics, none) : 0;
        if (const long kib = memory_of(child); bytes > 0 && kib > 0)
            samples.emplace_back(bytes, kib);
        if (bytes > looked_at + looked_at / 2) looked_at = bytes, (void)whole_lines(metrics);
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    const Outcome outcome = finish(child);
    ASSERT_EQ(outcome.code, 0) << outcome.err;

    const std::vector<std::string> lines = whole_lines(metrics);
    std::vector<std::string> printed;
    std::istringstream out(outcome.out);
    for (std::string line; std::getline(out, line);) printed.push_back(line);
    EXPECT_EQ(printed, lines);
    EXPECT_EQ(std::count_if(lines.begin(), lines.end(),
                            [](const auto& l) { return l.starts_with("{\"type\":\"step\""); }),
              updates);

    // From the first fifth on, when all buffers have been in use.
    long first = 0, last = 0;
    const std::size_t all = fs::file_size(metrics);
    for (const auto& [bytes, kib] : samples)
        if (bytes > all / 5) {
            if (first == 0) first = kib;
            last = std::max(last, kib);
        }
    ASSERT_GT(first, 0) << "the run was too short to be watched";
    RecordProperty("first_kib", static_cast<int>(first));
    std::printf("%d updates, %zu lines, %ld KiB of memory after a fifth, %ld KiB at most later\n",
                updates, lines.size(), first, last);
    EXPECT_LT(last - first, 16 * 1024);
}

}  // namespace
}  // namespace moelora
