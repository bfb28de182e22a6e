// SPDX-License-Identifier: GPL-3.0-or-later
// Options on the command line: what is refused, what the help says, what a resumed run takes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <filesystem>
#include <fstream>

#include "tests/e2e/program.h"

namespace moelora {
namespace {

namespace fs = std::filesystem;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

TEST_F(Cli, Options_ABadValueIsRefusedWithTheDeclaredRange) {
    struct Case {
        std::string option, value, why;
    };
    const Words caption = {"caption", model_, "--image", picture_};
    for (const Case& c : {Case{"--repetition-penalty", "0", "from 0.01 to 100"},
                          {"--top-k", "-5", "from 0 to 1000000"},
                          {"--top-k", "2.5", "a whole number"},
                          {"--top-p", "1.01", "to 1"},
                          {"--temperature", "nan", "a number"},
                          {"--max-new-tokens", "0", "from 1 to 32768"},
                          {"--batch", "0", "from 1 to 1024"},
                          {"--threads", "-1", "from 0 to 1024"},
                          {"--seed", "4294967296", "from 0 to 4294967295"},
                          {"--device", "tpu", "choose auto, cpu, cuda or cuda:N"},
                          {"--dtype", "fp8", "fp32, bf16, fp16"},
                          {"--quantization", "q4", "nf4-dq"}}) {
        Words words = caption;
        words.insert(words.end(), {c.option, c.value});
        const Outcome refused = run(words);
        EXPECT_EQ(refused.code, 2) << c.option;
        EXPECT_THAT(refused.err, HasSubstr(c.option + ": " + c.value + " is refused: "))
            << c.option;
        EXPECT_THAT(refused.err, HasSubstr(c.why)) << c.option;
    }
    for (const char* verb : {"train", "resume"})
        EXPECT_EQ(run({verb, "--on-disk-full", "wait"}).code, 2) << verb;
}

TEST_F(Cli, Options_WhatOnlyAnAdapterCanUseIsRefusedWithoutOne) {
    const Words caption = {"caption", model_, "--image", picture_, "--task", "tags"};
    EXPECT_THAT(run(caption).err, HasSubstr("--task chooses among what an adapter learnt"));
    EXPECT_EQ(run(caption).code, 2);
    const Words forward = {"forward", model_,  "--conversation",  "absent.json",
                           "--out",   "o.bin", "--adapter-scale", "0.5"};
    EXPECT_THAT(run(forward).err, HasSubstr("--adapter-scale needs --adapter"));
    EXPECT_EQ(run(forward).code, 2);
}

TEST_F(Cli, Options_GraphsAreRefusedOnADeviceThatRecordsNone) {
    const Outcome refused =
        run({"caption", model_, "--image", picture_, "--cuda-graphs", "--device", "cpu"});
    EXPECT_EQ(refused.code, 2);
    EXPECT_THAT(refused.err, HasSubstr("device.cuda_graphs"));
    EXPECT_THAT(refused.err, HasSubstr("cpu records none"));
    const Outcome training = run({"train", "--config", write_config(2), "--out", temp_ / "run",
                                  "--cuda-graphs", "--device", "cpu"});
    EXPECT_EQ(training.code, 2);
    EXPECT_THAT(training.err, HasSubstr("cpu records none"));
}

TEST_F(Cli, Options_AllThatIsMissingIsNamed) {
    const std::string absent[] = {temp_ / "a.webp", temp_ / "b.webp", temp_ / "data"};
    const Outcome pictures = run({"caption", model_, "--image", absent[0], absent[1]});
    EXPECT_EQ(pictures.code, 3);
    EXPECT_THAT(pictures.err, HasSubstr("a.webp does not exist"));
    EXPECT_THAT(pictures.err, HasSubstr("b.webp does not exist"));
    const Outcome both = run({"evaluate", absent[0], "--data", absent[2]});
    EXPECT_EQ(both.code, 3);
    EXPECT_THAT(both.err, HasSubstr("a.webp does not exist"));
    EXPECT_THAT(both.err, HasSubstr("data does not exist"));
}

TEST_F(Cli, Options_ABadTargetIsRefusedInputInAFileAndWrongUsageOnTheCommandLine) {
    const std::string good = write_config(1), bad = temp_ / "bad.json";
    Json file = Json::parse(std::ifstream(good));
    file["adapter"]["targets"] = {"no_such_layer"};
    std::ofstream(bad) << file.dump();
    for (const Words& verb :
         {Words{"train", "--dry-run"}, {"train"}, {"adapter", "params", model_}}) {
        const auto with = [&](const Words& more) {
            Words words = verb;
            words.insert(words.end(), more.begin(), more.end());
            return run(words);
        };
        const Outcome in_file = with({"--config", bad});
        EXPECT_EQ(in_file.code, 3) << verb[0];
        EXPECT_THAT(in_file.err, HasSubstr("error[ADAPT-001]: The target no_such_layer"));
        EXPECT_EQ(with({"--config", good, "--set", "adapter.targets=no_such_layer"}).code, 2)
            << verb[0];
    }
}

TEST_F(Cli, Options_HelpShowsDefaultsAndRangesOfTheDeclarations) {
    const std::string compare = run({"compare", "--help"}).out;
    EXPECT_THAT(compare, ContainsRegex("--top-k INT .*0 to 1000000; default 0\\)"));
    EXPECT_THAT(compare, ContainsRegex("--batch INT .*1 to 1024; default 32\\)"));
    EXPECT_THAT(compare, ContainsRegex("--threads INT .*0 to 1024; default 0\\)"));
    EXPECT_THAT(compare, HasSubstr("(auto, fp32, bf16 or fp16; default auto)"));
    EXPECT_THAT(run({"caption", "--help"}).out,
                ContainsRegex("--batch INT .*1 to 1024; default 8\\)"));
    for (const char* verb : {"train", "estimate"}) {
        const std::string help = run({verb, "--help"}).out;
        EXPECT_THAT(help, ContainsRegex("train\\.learning_rate +0\\.0001; ")) << verb;
        EXPECT_THAT(help, ContainsRegex("adapter\\.rank +8; 1 to 1024")) << verb;
        EXPECT_THAT(help,
                    ContainsRegex("train\\.schedule +linear; linear, cosine, cosine-restarts, "
                                  "constant, polynomial or inverse-sqrt"));
        EXPECT_THAT(help, HasSubstr("moelora options")) << verb;
    }
}

TEST_F(Cli, Options_SettingsNeedAKeyOfTheirVerbAndAValue) {
    const std::string data = demo_ + "/held_out/data.jsonl";
    const auto check = [&](const std::string& setting) {
        return run({"dataset", "check", data, "--quick", "--set", setting});
    };
    for (const char* setting :
         {"data.prompt", "data.validation=-1", "train.epochs=2", "data.prmpt=a"})
        EXPECT_EQ(check(setting).code, 2) << setting;
    EXPECT_THAT(check("data.prompt").err, HasSubstr("KEY=VALUE"));
    EXPECT_THAT(check("data.prmpt=a").err, HasSubstr("data.prompt"));
    EXPECT_EQ(check("data.prompt=What is it?").code, 0);
    for (const Words& words : {Words{"train", "--set", "x"},
                               {"estimate", "--set", "x"},
                               {"resume", "run", "--set", "x"},
                               {"adapter", "params", model_, "--set", "x"}})
        EXPECT_EQ(run(words).code, 2) << words[0];
    // The key is said once.
    const Outcome key =
        run({"train", "--config", write_config(1), "--set", "train.on_nonfinite=explode"});
    EXPECT_EQ(key.code, 2);
    EXPECT_THAT(key.err, HasSubstr("]: train.on_nonfinite cannot be explode: choose one of: stop"));
}

TEST_F(Cli, Options_OnlyAVerbThatIsNearIsSuggested) {
    const Outcome far = run({"zebra"});
    EXPECT_EQ(far.code, 2);
    EXPECT_THAT(far.err, HasSubstr("There is no verb zebra."));
    EXPECT_THAT(far.err, Not(HasSubstr("Did you mean")));
    EXPECT_THAT(run({"capton"}).err, HasSubstr("Did you mean caption?"));
    EXPECT_THAT(run({"runs", "lits"}).err, HasSubstr("Did you mean list?"));
    EXPECT_THAT(run({"runs"}).err, HasSubstr("One of these verbs is needed: list, "));
    EXPECT_THAT(run({}).err, HasSubstr("One of these verbs is needed: train, "));
}

TEST_F(Cli, Options_WrongUsageIsAnErrorObjectForWhoeverReadsJson) {
    for (const Words& words : {Words{"inspect", "--json", "--device"}, Words{"--json", "inspec"},
                               Words{"--json", "runs"}}) {
        const Outcome wrong = run(words);
        EXPECT_EQ(wrong.code, 2);
        EXPECT_EQ(wrong.document().at("error").at("code"), "OPT-001") << wrong.out;
    }
    const Outcome below = run({"compare", model_, "--adapter", "x", "--out", "y", "--limit", "-1"});
    EXPECT_EQ(below.code, 2);
    EXPECT_THAT(below.err, HasSubstr("--limit: -1 is below 0"));
}

TEST_F(Cli, Resume_TakesTheDeviceAndRecordsIt) {
    const std::string out = temp_ / "run";
    ASSERT_EQ(run({"train", "--config", write_config(2), "--out", out}).code, 0);
    for (const Words& other : {Words{"--seed", "1"},
                               {"--dtype", "bf16"},
                               {"--quantization", "int8"},
                               {"--set", "train.epochs=2"},
                               {"--set", "device.threads=2"}}) {
        Words words = {"resume", out};
        words.insert(words.end(), other.begin(), other.end());
        EXPECT_EQ(run(words).code, 2) << other[0];
    }
    EXPECT_EQ(run({"resume", out, "--set", "train.max_steps=-1"}).code, 2);
    EXPECT_THAT(run({"resume", out, "--set", "train.on_nonfinite=explode"}).err,
                HasSubstr("choose one of: stop"));
    const Outcome resumed = run({"resume", out, "--set", "train.max_steps=3", "--threads", "2",
                                 "--device", "cpu", "--on-disk-full", "pause"});
    ASSERT_EQ(resumed.code, 0) << resumed.err;
    EXPECT_EQ(losses(out).size(), 3U);
    const Json record = Json::parse(text_of(out + "/resumes.jsonl"));
    const Json expected = {{{"option", "train.max_steps"}, {"before", "2"}, {"after", "3"}},
                           {{"option", "device.threads"}, {"before", "1"}, {"after", "2"}}};
    EXPECT_EQ(record.at("differences"), expected);
    EXPECT_THAT(resumed.err, HasSubstr("train.max_steps is 3: it was 2 when the run began"));
}

// No file may grow beyond the limit, which the system reports as a full disk is.
TEST_F(Cli, Resume_OnAFullDiskStopsOrWaitsForSpace) {
    constexpr rlim_t small = 128 * 1024;  // below the adapter's size, above the streams'
    const std::string out = temp_ / "run";
    ASSERT_EQ(
        run({"train", "--config", write_config(1), "--set", "adapter.rank=128", "--out", out}).code,
        0);
    ASSERT_GT(fs::file_size(out + "/adapter/adapter.safetensors"), small);
    const auto fill_disk = [] {
        signal(SIGXFSZ, SIG_IGN);
        const rlimit limit{small, RLIM_INFINITY};
        setrlimit(RLIMIT_FSIZE, &limit);
    };
    const Words resume = {"resume", out, "--set", "train.max_steps=2"};
    const Outcome stopped = finish(start(resume, fill_disk));  // nobody is there to ask
    EXPECT_EQ(stopped.code, 4) << stopped.err;
    EXPECT_THAT(stopped.err, HasSubstr("error[IO-004]"));

    Words waiting = resume;
    waiting.insert(waiting.end(), {"--on-disk-full", "pause"});
    const pid_t child = start(waiting, fill_disk);
    EXPECT_TRUE(wait_for_text(temp_ / "err", "paused"));
    const rlimit enough{RLIM_INFINITY, RLIM_INFINITY};
    EXPECT_EQ(prlimit(child, RLIMIT_FSIZE, &enough, nullptr), 0);
    const Outcome resumed = finish(child);
    EXPECT_EQ(resumed.code, 0) << resumed.err;
    EXPECT_EQ(losses(out).size(), 2U);
}

}  // namespace
}  // namespace moelora
