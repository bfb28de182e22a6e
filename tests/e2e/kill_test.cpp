// SPDX-License-Identifier: GPL-3.0-or-later
// Runs killed at random moments. MOELORA_KILLS: how many (10); tests/e2e/kill-loop N runs it alone.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <random>

#include "tests/e2e/program.h"

namespace moelora {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

// What a run computed, without what the clock says: every step, evaluation and caption, the
// adapter.
struct RunResult {
    std::vector<std::string> records;
    std::string adapter;
    bool operator==(const RunResult&) const = default;
};

class Kill : public Cli {
  protected:
    // A checkpoint at each update, so that many kills fall into the writing of one.
    std::string config() {
        const std::string path = write_config(updates);
        Json json = Json::parse(text_of(path));
        json["train"]["save_every"] = 1;
        json["train"]["keep_last"] = 2;
        json["train"]["eval_every"] = 3;
        json["train"]["probe_every"] = 4;
        std::ofstream(path) << json.dump(2);
        return path;
    }

    static RunResult result_of(const std::string& run) {
        RunResult out;
        for (const char* stream : {"/metrics.jsonl", "/captions.jsonl"}) {
            std::ifstream in(run + stream);
            for (std::string line; std::getline(in, line);) {
                Json record = Json::parse(line);
                if (record.value("type", "") == "checkpoint") continue;  // a resume repeats its own
                for (const char* of_the_clock :
                     {"tokens_per_s", "samples_per_s", "step_ms", "peak_mem_bytes", "ms"})
                    record.erase(of_the_clock);
                out.records.push_back(record.dump());
            }
        }
        out.adapter = text_of(run + "/adapter/adapter.safetensors");
        return out;
    }

    // True when the program was killed, false when it had ended before.
    bool kill_after(pid_t child, milliseconds delay) {
        std::this_thread::sleep_for(delay);
        kill(child, SIGKILL);
        int status = 0;
        waitpid(child, &status, 0);
        return WIFSIGNALED(status);
    }

    // From the first file of the run on, so that few kills hit the loading of the model.
    static void wait_for_run(pid_t child, const std::string& run) {
        while (!fs::exists(run + "/run.json")) {
            siginfo_t ended{};
            waitid(P_PID, static_cast<id_t>(child), &ended, WEXITED | WNOHANG | WNOWAIT);
            if (ended.si_pid != 0) return;
            std::this_thread::sleep_for(milliseconds(2));
        }
    }

    // Under its own name: killed before the last rename, a whole one is left under another.
    static bool has_checkpoint(const std::string& run) {
        std::error_code none;
        for (const fs::directory_entry& one : fs::directory_iterator(run + "/checkpoints", none)) {
            const std::string name = one.path().filename().string();
            const bool own = name.size() == 11 && name.starts_with("step-") &&
                             name.find_first_not_of("0123456789", 5) == std::string::npos;
            if (own && fs::exists(one.path() / "COMPLETE")) return true;
        }
        return false;
    }

    static constexpr int updates = 6;
};

TEST_F(Kill, Kill_EveryKilledRunGoesOnToTheSameCurveAndAdapter) {
    const char* wanted = std::getenv("MOELORA_KILLS");
    const int kills = wanted ? std::atoi(wanted) : 10;
    const std::string configuration = config(), whole = temp_ / "whole";
    const auto started = Clock::now();
    const Outcome undisturbed = run({"train", "--config", configuration, "--out", whole});
    ASSERT_EQ(undisturbed.code, 0) << undisturbed.err;
    const auto length = std::chrono::duration_cast<milliseconds>(Clock::now() - started).count();
    const RunResult expected = result_of(whole);
    ASSERT_GE(expected.records.size(), static_cast<std::size_t>(updates));

    std::mt19937 random(std::random_device{}());
    const auto moment = [&] {
        return milliseconds(std::uniform_int_distribution<long>(0, length)(random));
    };
    int killed = 0, ended = 0, anew = 0, resumed = 0;
    for (int round = 0; killed < kills; ++round) {
        ASSERT_LT(round, 20 * kills + 20) << "the program always ends before it is killed";
        const std::string out = temp_ / "run";
        fs::remove_all(out);
        pid_t child = start({"train", "--config", configuration, "--out", out});
        wait_for_run(child, out);
        // Often the resumed run is killed as well.
        for (;;) {
            if (!kill_after(child, moment())) {
                ++ended;
                break;
            }
            ++killed;
            if (killed >= kills || random() % 3 == 0) break;
            child = start({"resume", out});
        }
        ++(has_checkpoint(out) ? resumed : anew);
        const Outcome last = run({"resume", out});
        ASSERT_EQ(last.code, 0) << last.err;
        ASSERT_EQ(result_of(out), expected) << "after " << killed << " kills";
        ASSERT_EQ(run({"runs", "show", out, "--json"}).document().at("status"), "finished");
    }
    std::cout << killed << " kills: " << resumed << " runs went on from a checkpoint, " << anew
              << " from the beginning (killed before the first), " << ended
              << " had ended before the kill; all equal to the undisturbed one\n";
}

}  // namespace
}  // namespace moelora
