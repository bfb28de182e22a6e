// SPDX-License-Identifier: GPL-3.0-or-later
// Starts the real program on the bundled model, with stdout and stderr in files; nothing of the
// user's settings counts.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/shared_data.h"

namespace moelora {

using Json = nlohmann::json;
using Words = std::vector<std::string>;

struct Outcome {
    int code = -1;
    std::string out, err;
    [[nodiscard]] Json document() const { return Json::parse(out); }
    [[nodiscard]] std::vector<Json> lines() const {
        std::vector<Json> all;
        std::istringstream in(out);
        for (std::string line; std::getline(in, line);) all.push_back(Json::parse(line));
        return all;
    }
};

inline std::string text_of(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

class Cli : public testing::Test {
  protected:
    // In a child process: turns it into the program. Does not return.
    [[noreturn]] void become(const Words& words, const char* program = MOELORA_PROGRAM) {
        std::vector<std::string> all = {program};
        all.insert(all.end(), words.begin(), words.end());
        std::vector<char*> arguments;
        for (std::string& word : all) arguments.push_back(word.data());
        arguments.push_back(nullptr);
        setenv("MOELORA_RUNS", (temp_ / "runs").c_str(), 1);
        execv(arguments[0], arguments.data());
        _exit(127);
    }

    // `prepare` runs in the child, after its outputs were directed to files.
    pid_t start(const Words& words, const std::function<void()>& prepare = {}) {
        const std::string out = temp_ / "out", err = temp_ / "err";
        const pid_t child = fork();
        if (child == 0) {
            dup2(open(out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600), 1);
            dup2(open(err.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600), 2);
            if (prepare) prepare();
            become(words);
        }
        return child;
    }

    Outcome finish(pid_t child) {
        int status = 0;
        waitpid(child, &status, 0);
        return {WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status), text_of(temp_ / "out"),
                text_of(temp_ / "err")};
    }

    Outcome run(const Words& words) { return finish(start(words)); }

    // True when the text stands in the file within two minutes.
    static bool wait_for_text(const std::string& path, const std::string& text) {
        for (int i = 0; i < 24000; ++i) {
            if (text_of(path).find(text) != std::string::npos) return true;
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
        }
        return false;
    }

    // Signals the program when a first update stands in its run folder.
    Outcome interrupt_after_first_update(const Words& words, const std::string& run_folder,
                                         int signal_number) {
        const pid_t child = start(words);
        EXPECT_TRUE(wait_for_text(run_folder + "/metrics.jsonl", "\"step\""));
        kill(child, signal_number);
        return finish(child);
    }

    // A configuration of a few small updates with dropout, accumulation and validation.
    std::string write_config(int steps, const std::string& preset = "soft") {
        const Json config = {{"version", 1},
                             {"model", {{"path", model_}, {"compute_dtype", "fp32"}}},
                             {"data", {{"path", demo_ + "/data/data.jsonl"}, {"validation", 2}}},
                             {"adapter",
                              {{"preset", preset},
                               {"rank", 2},
                               {"dropout", 0.1},
                               {"targets", {"q_proj", "v_proj"}}}},
                             {"train",
                              {{"batch_size", 2},
                               {"gradient_accumulation", 2},
                               {"max_steps", steps},
                               {"learning_rate", 1e-2},
                               {"save_every", 0},
                               {"probe_images", 1},
                               {"probe_every", 0}}},
                             {"generate", {{"max_new_tokens", 8}}},
                             {"device", {{"name", "cpu"}, {"threads", 1}}}};
        const std::string path = temp_ / "config.json";
        std::ofstream(path) << config.dump(2);
        return path;
    }

    static std::map<int, double> losses(const std::string& run_folder) {
        std::map<int, double> out;
        std::ifstream in(run_folder + "/metrics.jsonl");
        for (std::string line; std::getline(in, line);) {
            const Json record = Json::parse(line);
            if (record.at("type") == "step") out[record.at("step")] = record.at("loss");
        }
        return out;
    }

    test::TempDir temp_;
    std::string demo_ = test::source_path("resources/demo");
    std::string model_ = demo_ + "/model";
    std::string picture_ = demo_ + "/held_out/images/0000.webp";
};

}  // namespace moelora
