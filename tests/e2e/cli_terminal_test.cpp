// SPDX-License-Identifier: GPL-3.0-or-later
// What a person sees: progress on terminals of several widths, captions that grow, colours, Ctrl-C.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pty.h>

#include <algorithm>
#include <filesystem>
#include <sstream>

#include "tests/e2e/program.h"

namespace moelora {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

// What the program wrote to its terminal, in the portions in which it came.
struct Shown {
    int code = -1;
    std::vector<std::string> parts;
    [[nodiscard]] std::string all() const {
        std::string out;
        for (const std::string& part : parts) out += part;
        return out;
    }
};

class Terminal : public Cli {
  protected:
    Shown run_on_terminal(const Words& words, unsigned short columns) {
        int terminal = -1;
        winsize size{24, columns, 0, 0};
        const pid_t child = forkpty(&terminal, nullptr, nullptr, &size);
        if (child == 0) become(words);
        Shown out;
        char buffer[4096];
        for (ssize_t n = 0; (n = read(terminal, buffer, sizeof buffer)) > 0;)
            out.parts.emplace_back(buffer, static_cast<std::size_t>(n));
        close(terminal);
        int status = 0;
        waitpid(child, &status, 0);
        out.code = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
        return out;
    }

    // The progress line as it was drawn, each time; a sentence ends its line.
    static std::vector<std::string> frames(const std::string& shown) {
        const std::string redraw = "\r\033[K";
        std::vector<std::string> out;
        for (std::size_t at = 0; (at = shown.find(redraw, at)) != std::string::npos;) {
            at += redraw.size();
            const std::size_t end = shown.find('\r', at);
            if (end != std::string::npos && end != at &&
                shown.compare(end, redraw.size(), redraw) == 0)
                out.push_back(shown.substr(at, end - at));
        }
        return out;
    }

    // All characters of the line take one column.
    static std::size_t width(const std::string& line) {
        return static_cast<std::size_t>(std::count_if(line.begin(), line.end(), [](char c) {
            return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
        }));
    }

    // Frames of training on a terminal of so many columns; none is wider.
    std::vector<std::string> training_frames(unsigned short columns) {
        const Shown shown = run_on_terminal(
            {"train", "--config", write_config(40), "--out", temp_ / std::to_string(columns)},
            columns);
        EXPECT_EQ(shown.code, 0) << shown.all();
        std::vector<std::string> training;
        for (const std::string& frame : frames(shown.all())) {
            EXPECT_LT(width(frame), columns) << frame;
            if (frame.starts_with("training")) training.push_back(frame);
        }
        EXPECT_GT(training.size(), 2U);
        return training;
    }
};

TEST_F(Terminal, Progress_FitsTheTerminalAndGivesRateAndTimeLeft) {
    const auto wide = training_frames(160);
    EXPECT_THAT(wide,
                testing::Contains(ContainsRegex(
                    "(█)+(░)+  [0-9]+/40  [0-9:]+ left  .*(/s|s each)  loss .*  lr .*samples/s")));
    const auto usual = training_frames(80);
    EXPECT_THAT(
        usual,
        testing::Contains(ContainsRegex("(█)+(░)+  [0-9]+/40  [0-9:]+ left  [0-9.]+(/s| s each)")));
    const auto narrow = training_frames(40);
    EXPECT_THAT(narrow, testing::Contains(ContainsRegex("^training  (█)+(░)+  [0-9]+/40")));
    EXPECT_THAT(narrow, testing::Each(Not(HasSubstr("samples/s"))));
    (void)training_frames(12);
}

TEST_F(Terminal, Progress_IsPlainLinesWhereNobodyLooks) {
    const Outcome trained = run({"train", "--config", write_config(6), "--out", temp_ / "run"});
    ASSERT_EQ(trained.code, 0) << trained.err;
    EXPECT_THAT(trained.err, ContainsRegex("\ntraining  6/6  [0-9.]+(/s| s each)  loss "));
    EXPECT_THAT(trained.err, Not(HasSubstr("\r")));
    EXPECT_THAT(trained.err, Not(HasSubstr("\033")));
    const Outcome quiet =
        run({"train", "--config", write_config(2), "--out", temp_ / "quiet", "--quiet"});
    EXPECT_THAT(quiet.err, Not(HasSubstr("training")));
}

// A bundle may bring names, tags and notes of any length.
TEST_F(Terminal, Runs_OfAnyNameFitTheTerminal) {
    const std::string store = temp_ / "runs", run_folder = store + "/one";
    std::filesystem::create_directories(run_folder);
    const std::string name(3000, 'x');
    std::ofstream(run_folder + "/run.json")
        << Json{{"version", 1}, {"config", {{"adapter", {{"preset", name}}}}}}.dump();
    std::ofstream tags(run_folder + "/tags.txt");
    for (int i = 0; i < 400; ++i) tags << "标签" << i << "\n";
    tags.close();
    const std::string shown = run_on_terminal({"runs", "list", "--runs", store}, 72).all();
    std::istringstream lines(shown);
    int seen = 0;
    for (std::string line; std::getline(lines, line); ++seen) {
        std::erase(line, '\r');
        std::size_t wide = width(line);
        for (const char* cjk : {"标", "签"})
            for (std::size_t at = line.find(cjk); at != std::string::npos;
                 at = line.find(cjk, at + 1))
                ++wide;
        EXPECT_LE(wide, 72U) << line;
    }
    EXPECT_EQ(seen, 2);
    EXPECT_THAT(shown, HasSubstr("xx…"));
    EXPECT_THAT(shown, HasSubstr("标签0, "));
    EXPECT_LT(run({"runs", "list", "--runs", store}).out.size(), 2000U);
    EXPECT_EQ(run({"runs", "list", "--runs", store, "--json"}).document()[0].at("preset"), name);
}

TEST_F(Terminal, Caption_OfOnePictureGrowsOnATerminalAndIsTheSameText) {
    const Words words = {"caption", model_, "--image", picture_, "--max-new-tokens", "64"};
    const Outcome piped = run(words);
    ASSERT_EQ(piped.code, 0) << piped.err;
    ASSERT_GT(piped.out.size(), 2U);
    Words quiet = words;
    quiet.push_back("--quiet");  // nothing but the text
    // Who reads too seldom, as on a machine that is busy, sees several words come at once.
    std::size_t parts = 0;
    for (int attempt = 0; attempt < 5 && parts <= 2; ++attempt) {
        const Shown shown = run_on_terminal(quiet, 80);
        ASSERT_EQ(shown.code, 0);
        std::string text = shown.all();
        std::erase(text, '\r');
        ASSERT_EQ(text, piped.out);
        parts = shown.parts.size();
    }
    EXPECT_GT(parts, 2U);

    quiet.push_back("--json");
    EXPECT_EQ(Json::parse(run_on_terminal(quiet, 80).all())[0].at("text").get<std::string>() + "\n",
              piped.out);
}

TEST_F(Terminal, Color_IsForcedForbiddenOrAsTheTerminalIs) {
    const std::string nowhere = temp_ / "nowhere", red = "\033[1;31m";
    const Words words = {"inspect", nowhere};
    const auto with = [&](const char* color) {
        return Words{"--color", color, "inspect", nowhere};
    };
    EXPECT_THAT(run(words).err, Not(HasSubstr("\033")));
    EXPECT_THAT(run(with("always")).err, HasSubstr(red));
    EXPECT_THAT(run(with("never")).err, Not(HasSubstr("\033")));
    EXPECT_THAT(run_on_terminal(words, 80).all(), HasSubstr(red));
    EXPECT_THAT(run_on_terminal(with("never"), 80).all(), Not(HasSubstr("\033")));
    EXPECT_EQ(run(with("sometimes")).code, 2);
    setenv("NO_COLOR", "1", 1);
    EXPECT_THAT(run_on_terminal(words, 80).all(), Not(HasSubstr("\033")));
    unsetenv("NO_COLOR");
}

// As `timeout -s INT` and `sudo` send it: to the program, and to its group.
TEST_F(Terminal, Interrupt_SentTwiceInOneMomentIsOneAndSaves) {
    const std::string out = temp_ / "run";
    const pid_t child = start({"train", "--config", write_config(1000000), "--out", out, "--json"});
    ASSERT_TRUE(wait_for_text(out + "/metrics.jsonl", "\"step\""));
    kill(child, SIGINT);
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    kill(child, SIGINT);
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFEXITED(status));
    EXPECT_EQ(WEXITSTATUS(status), 130);
    EXPECT_EQ(run({"runs", "show", out, "--json"}).document().at("status"), "stopped");
}

// Its stderr is a full pipe, as behind a terminal that hangs: it cannot end in any other way.
TEST_F(Terminal, Interrupt_ASecondOneEndsAtOnce) {
    int ends[2];
    ASSERT_EQ(pipe2(ends, O_NONBLOCK), 0);
    while (write(ends[1], "x", 1) == 1) {
    }
    fcntl(ends[1], F_SETFL, fcntl(ends[1], F_GETFL) & ~O_NONBLOCK);
    const std::string out = temp_ / "run";
    const pid_t child = start({"train", "--config", write_config(1000000), "--out", out, "--json"},
                              [&] { dup2(ends[1], 2); });
    ASSERT_TRUE(wait_for_text(out + "/metrics.jsonl", "\"step\""));
    int status = 0;
    pid_t ended = 0;
    for (int i = 0; i < 200 && ended == 0; ++i) {
        kill(child, SIGINT);
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
        ended = waitpid(child, &status, WNOHANG);
    }
    if (ended == 0) kill(child, SIGKILL);
    ASSERT_EQ(ended, child) << "it goes on after the second interrupt";
    EXPECT_TRUE(WIFEXITED(status));
    EXPECT_EQ(WEXITSTATUS(status), 130);
    close(ends[0]);
    close(ends[1]);
}

}  // namespace
}  // namespace moelora
