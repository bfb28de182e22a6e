// SPDX-License-Identifier: GPL-3.0-or-later
// The completion scripts, in the shells themselves.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/e2e/program.h"

namespace moelora {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::Contains;
using testing::Not;
using testing::UnorderedElementsAre;

std::string quoted(const Words& words) {
    std::string out;
    for (const std::string& word : words) out += " '" + word + "'";
    return out;
}

class Completion : public Cli {
  protected:
    void SetUp() override {
        fs::create_directory(temp_ / "here");
        for (const char* name : {"model one", "model two"})
            std::ofstream(temp_ / ("here/" + std::string(name))) << "";
    }

    static bool has(const std::string& shell) {
        return std::system(("command -v " + shell + " >/dev/null").c_str()) == 0;
    }

    // The lines that the shell prints for the script, with the completion read before it.
    Words lines_of(const std::string& shell, const std::string& script) {
        const std::string name = shell.substr(0, shell.find(' '));
        const std::string completion = temp_ / ("completion." + name), file = temp_ / "script";
        std::ofstream(completion) << run({"completion", name}).out;
        std::ofstream(file) << script;
        const std::string command = "cd '" + (temp_ / "here") + "' && HOME='" + (temp_ / "here") +
                                    "' " + shell + " '" + file + "' '" + completion + "' 2>&1";
        Words out;
        FILE* pipe = popen(command.c_str(), "r");
        char line[4096];
        while (fgets(line, sizeof line, pipe) != nullptr) {
            out.emplace_back(line);
            out.back().erase(out.back().find_last_not_of('\n') + 1);
            if (out.back().empty()) out.pop_back();
        }
        EXPECT_EQ(pclose(pipe), 0) << command;
        return out;
    }

    // `offers`: what a shell offers for the last of the words behind the program's name.
    static void check(const std::function<Words(const Words&)>& offers) {
        EXPECT_THAT(offers({"t"}), UnorderedElementsAre("train", "tokenize"));
        EXPECT_THAT(offers({"adapter", ""}), AllOf(Contains("params"), Contains("inspect")));
        // The verb's own options and those of all, also behind other options and a verb in a verb.
        EXPECT_THAT(offers({"train", "--"}),
                    AllOf(Contains("--preset"), Contains("--device"), Contains("--json"),
                          Contains("--help"), Not(Contains("--image"))));
        EXPECT_THAT(
            offers({"--json", "--device", "cpu", "adapter", "inspect", "--"}),
            AllOf(Contains("--threads"), Not(Contains("--preset")), Not(Contains("--config"))));
        EXPECT_THAT(offers({"dataset", "check", "--quick", "--"}),
                    AllOf(Contains("--model"), Contains("--dtype"), Not(Contains("--preset"))));
        // A value that is spelt like a verb is none.
        EXPECT_THAT(offers({"caption", "--task", "runs", "--"}),
                    AllOf(Contains("--image"), Contains("--color"), Not(Contains("--config"))));
        EXPECT_THAT(offers({"train", "--device", ""}), UnorderedElementsAre("auto", "cpu", "cuda"));
        EXPECT_THAT(offers({"--color", "a"}), UnorderedElementsAre("auto", "always"));
        EXPECT_THAT(offers({"caption", "--dtype", "f"}), UnorderedElementsAre("fp32", "fp16"));
        EXPECT_THAT(offers({"export", "run", "--to", "m"}), UnorderedElementsAre("merged"));
        EXPECT_THAT(offers({"quantize", "model", "--to", "i"}), UnorderedElementsAre("int8"));
        EXPECT_THAT(offers({"train", "--preset", "qwen"}),
                    UnorderedElementsAre("qwen3vl-moe-lora"));
        EXPECT_THAT(offers({"train", "--set", "adapter.ro"}),
                    UnorderedElementsAre(
                        "adapter.router=", "adapter.router_scope=", "adapter.router_bias=",
                        "adapter.router_init_std=", "adapter.router_mix=", "adapter.router_norm="));
        EXPECT_THAT(offers({"resume", "run", "--set", ""}),
                    UnorderedElementsAre("train.max_steps="));
        EXPECT_THAT(offers({"train", "--seed", ""}), testing::IsEmpty());
        EXPECT_THAT(offers({"completion", "z"}), UnorderedElementsAre("zsh"));
        EXPECT_THAT(offers({"inspect", "model"}), UnorderedElementsAre("model one", "model two"));
        EXPECT_THAT(offers({"train", "--model", "m"}),
                    UnorderedElementsAre("model one", "model two"));
    }
};

TEST_F(Completion, Completion_OffersVerbsOptionsValuesAndFilesInBash) {
    check([&](const Words& words) {
        return lines_of("bash --norc", "source \"$1\"\nCOMP_WORDS=(moelora" + quoted(words) +
                                           ")\nCOMP_CWORD=" + std::to_string(words.size()) +
                                           "\n_moelora\nprintf '%s\\n' \"${COMPREPLY[@]}\"\n");
    });
}

// The shell's own functions for matching and for files are played here.
TEST_F(Completion, Completion_OffersVerbsOptionsValuesAndFilesInZsh) {
    if (!has("zsh")) GTEST_SKIP() << "zsh is not installed";
    check([&](const Words& words) {
        return lines_of("zsh -f",
                        "compdef() { : }\nsource \"$1\"\n"
                        "compadd() { shift ${argv[(i)--]}; print -rl -- ${(M)argv:#$now*} }\n"
                        "_files() { compadd -- *(N) }\n"
                        "now='" +
                            words.back() + "'\nwords=(moelora" + quoted(words) + ")\nCURRENT=" +
                            std::to_string(words.size() + 1) + "\n_moelora | grep . || true\n");
    });
}

// As a person has it: the file in the shell's folder of functions, a terminal, the TAB key.
TEST_F(Completion, Completion_IsFoundByZshItself) {
    if (!has("zsh")) GTEST_SKIP() << "zsh is not installed";
    std::ofstream(temp_ / "here/_moelora") << run({"completion", "zsh"}).out;
    const Words shown = lines_of("zsh -f", R"(zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell "PS1='> '; fpath=($PWD \$fpath); autoload -Uz compinit; compinit -u -D"
zpty -w shell $'moelora train --quanti\t nf4'
zpty -w shell $'moelora train --quantiz\t nf4-\t'
zpty -w shell exit
while zpty -r shell line; do print -r -- $line; done
)");
    std::string all;
    for (const std::string& line : shown) all += line + "\n";
    EXPECT_THAT(all, testing::HasSubstr("moelora train --quantization"));
    EXPECT_THAT(all, testing::HasSubstr("nf4-dq"));
    EXPECT_THAT(all, Not(testing::HasSubstr("_moelora:")));
}

TEST_F(Completion, Completion_OffersVerbsOptionsValuesAndFilesInFish) {
    if (!has("fish")) GTEST_SKIP() << "fish is not installed";
    check([&](const Words& words) {
        std::string line = "moelora";
        for (const std::string& word : words) line += " " + word;
        Words out = lines_of("fish --no-config", "source $argv[1]\ncomplete -C '" + line +
                                                     "' | string split -f1 \\t\nexit 0\n");
        for (std::string& word : out) std::erase(word, '\\');  // fish quotes blanks
        return out;
    });
}

}  // namespace
}  // namespace moelora
