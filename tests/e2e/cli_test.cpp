// SPDX-License-Identifier: GPL-3.0-or-later
// The real program on the bundled model: what scripts rely on (command_line.md).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <functional>

#include "tests/e2e/program.h"

namespace moelora {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

TEST_F(Cli, Cli_TrainInterruptResumeGivesTheSameRun) {
    const std::string config = write_config(6), whole = temp_ / "whole", cut = temp_ / "cut";
    const Outcome trained = run({"train", "--config", config, "--out", whole, "--json"});
    ASSERT_EQ(trained.code, 0) << trained.err;
    int steps = 0;
    for (const Json& record : trained.lines()) steps += record.at("type") == "step";
    EXPECT_EQ(steps, 6);  // every line parsed; the records are those of metrics.jsonl

    const Outcome stopped =
        interrupt_after_first_update({"train", "--config", config, "--out", cut}, cut, SIGINT);
    EXPECT_EQ(stopped.code, 130) << stopped.err;
    EXPECT_LT(losses(cut).size(), 6U);
    EXPECT_EQ(run({"runs", "show", cut, "--json"}).document().at("status"), "stopped");

    const Outcome resumed = run({"resume", cut});
    ASSERT_EQ(resumed.code, 0) << resumed.err;
    EXPECT_EQ(losses(cut), losses(whole));  // doubles, bit for bit
    EXPECT_EQ(text_of(cut + "/adapter/adapter.safetensors"),
              text_of(whole + "/adapter/adapter.safetensors"));
    EXPECT_TRUE(fs::exists(cut + "/resumes.jsonl"));
    const auto csv_losses = [](const std::string& run_folder) {
        std::vector<std::string> out;
        std::ifstream in(run_folder + "/metrics.csv");
        for (std::string line; std::getline(in, line);)
            if (line.find(",train/loss,") != std::string::npos) out.push_back(line);
        return out;
    };
    EXPECT_EQ(csv_losses(cut), csv_losses(whole));
    EXPECT_EQ(csv_losses(whole).size(), 6U);
    const auto event_files = [](const std::string& run_folder) {
        return std::distance(fs::directory_iterator(run_folder + "/tensorboard"), {});
    };
    EXPECT_EQ(event_files(whole), 1);
    EXPECT_EQ(event_files(cut), 2);  // a resume starts a new one
}

TEST_F(Cli, Cli_AStartFromAnAdapterTrainsAsItsPresetDoesUnlessOneIsNamed) {
    const std::string first = temp_ / "first", next = temp_ / "next", named = temp_ / "named";
    ASSERT_EQ(run({"train", "--config", write_config(1, "topk-switch"), "--out", first}).code, 0);
    const auto start = [&](const std::string& out, const Words& more) {
        Words words = {"train",
                       "--model",
                       model_,
                       "--data",
                       demo_ + "/data",
                       "--adapter-from",
                       first,
                       "--out",
                       out,
                       "--set",
                       "train.max_steps=1",
                       "--set",
                       "train.probe_images=0"};
        words.insert(words.end(), more.begin(), more.end());
        const Outcome done = run(words);
        EXPECT_EQ(done.code, 0) << done.err;
        return Json::parse(text_of(out + "/run.json")).at("config").at("adapter");
    };
    const Json taken = start(next, {});
    EXPECT_EQ(taken.at("preset"), "topk-switch");
    EXPECT_EQ(taken.at("balance"), "switch");
    const Json asked = start(named, {"--preset", "soft"});
    EXPECT_EQ(asked.at("preset"), "soft");
    EXPECT_EQ(asked.at("balance"), "none");
    EXPECT_EQ(asked.at("gate"), taken.at("gate")) << "the shape and the gate are the folder's";
}

bool has_checkpoint(const std::string& run) {
    bool complete = false;
    for (const fs::directory_entry& checkpoint : fs::directory_iterator(run + "/checkpoints"))
        complete |= fs::exists(checkpoint.path() / "COMPLETE");
    return complete;
}

TEST_F(Cli, Cli_SigtermSavesAndGives143) {
    const std::string out = temp_ / "run";
    const Outcome stopped = interrupt_after_first_update(
        {"train", "--config", write_config(500), "--out", out}, out, SIGTERM);
    EXPECT_EQ(stopped.code, 143) << stopped.err;
    EXPECT_TRUE(has_checkpoint(out));
}

TEST_F(Cli, Cli_AClosedTerminalSavesAndGives129) {
    const std::string out = temp_ / "run";
    const Outcome stopped = interrupt_after_first_update(
        {"train", "--config", write_config(500), "--out", out}, out, SIGHUP);
    EXPECT_EQ(stopped.code, 129) << stopped.err;
    EXPECT_TRUE(has_checkpoint(out));
    EXPECT_EQ(run({"runs", "show", out, "--json"}).document().at("status"), "stopped");
}

TEST_F(Cli, Cli_AReaderThatGoesAwaySavesAndGives141) {
    for (const int output : {1, 2}) {  // as `train --json | head -1` and `train 2>&1 | head -1`
        SCOPED_TRACE(output);
        const std::string out = temp_ / ("run" + std::to_string(output));
        int ends[2];
        ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
        Words words = {"train", "--config", write_config(500), "--out", out};
        if (output == 1) words.push_back("--json");
        const pid_t child = start(words, [&] { dup2(ends[1], output); });
        close(ends[1]);
        EXPECT_TRUE(wait_for_text(out + "/metrics.jsonl", "\"step\""));
        close(ends[0]);
        const Outcome ended = finish(child);
        EXPECT_EQ(ended.code, 141) << ended.err;
        EXPECT_TRUE(has_checkpoint(out));
        EXPECT_EQ(run({"runs", "show", out, "--json"}).document().at("status"), "stopped");
    }
}

TEST_F(Cli, Cli_OutputThatDoesNotArriveIsAFailure) {
    const Outcome full =
        finish(start({"presets"}, [] { dup2(open("/dev/full", O_WRONLY | O_CLOEXEC), 1); }));
    EXPECT_EQ(full.code, 4);
    EXPECT_THAT(full.err, HasSubstr("There is no space left for the standard output"));
}

TEST_F(Cli, Cli_NohupKeepsARunGoing) {
    const std::string out = temp_ / "run";
    const pid_t child = start({"train", "--config", write_config(6), "--out", out},
                              [] { signal(SIGHUP, SIG_IGN); });
    EXPECT_TRUE(wait_for_text(out + "/metrics.jsonl", "\"step\""));
    kill(child, SIGHUP);
    const Outcome ended = finish(child);
    EXPECT_EQ(ended.code, 0) << ended.err;
    EXPECT_EQ(losses(out).size(), 6U);
}

TEST_F(Cli, Cli_ASecondProgramOnARunIsRefusedAndTheFirstGoesOn) {
    const std::string out = temp_ / "run", config = write_config(500);
    const pid_t first = start({"train", "--config", config, "--out", out});
    ASSERT_TRUE(wait_for_text(out + "/metrics.jsonl", "\"step\""));
    for (const Words& words :
         {Words{"resume", out}, Words{"train", "--config", config, "--out", out, "--force"}}) {
        const Outcome second = run(words);
        EXPECT_EQ(second.code, 3) << second.err;
        EXPECT_THAT(second.err, testing::HasSubstr("RUN-003"));
    }
    EXPECT_EQ(waitpid(first, nullptr, WNOHANG), 0);  // at work still
    kill(first, SIGTERM);
    EXPECT_EQ(finish(first).code, 143);
    EXPECT_GT(losses(out).size(), 0U);
}

TEST_F(Cli, Cli_TrainedAdapterCaptionsComparesExportsAndReloads) {
    const std::string out = temp_ / "run";
    const Outcome trained = run({"train", "--config", write_config(3), "--out", out});
    ASSERT_EQ(trained.code, 0) << trained.err;
    EXPECT_TRUE(trained.out.empty());  // progress and sentences go to stderr

    const Words caption = {"caption",          model_, "--image", picture_,
                           "--max-new-tokens", "8",    "--json",  "--adapter"};
    const auto caption_with = [&](const std::string& adapter) {
        Words words = caption;
        words.push_back(adapter);
        const Outcome said = run(words);
        EXPECT_EQ(said.code, 0) << said.err;
        return said.document();
    };
    const Json said = caption_with(out);
    ASSERT_EQ(said.size(), 1U);
    for (const char* key : {"image", "text", "tokens", "stop_reason", "ms"})
        EXPECT_TRUE(said[0].contains(key)) << key;

    const Outcome compared =
        run({"compare", model_, "--adapter", out, "--data", demo_ + "/held_out/data.jsonl", "--out",
             temp_ / "comparison", "--limit", "2", "--max-new-tokens", "8", "--json"});
    ASSERT_EQ(compared.code, 0) << compared.err;
    const Json comparison = compared.document();
    EXPECT_EQ(comparison.at("samples").size(), 2U);
    EXPECT_TRUE(comparison.at("self_test").at("passed").get<bool>());
    EXPECT_TRUE(comparison.at("metrics").at("base").contains("exact_match"));
    EXPECT_FALSE(comparison.at("provenance").at("adapter_fingerprint").get<std::string>().empty());
    for (const char* file : {"comparison.json", "comparison.csv", "index.html"})
        EXPECT_TRUE(fs::exists(temp_ / "comparison/" + file)) << file;

    const Outcome exported =
        run({"export", out, "--to", "native", "--out", temp_ / "export", "--json"});
    ASSERT_EQ(exported.code, 0) << exported.err;
    EXPECT_TRUE(exported.document().at("verified").get<bool>());
    EXPECT_EQ(caption_with(temp_ / "export")[0].at("tokens"), said[0].at("tokens"));
    // A mixture has no form in PEFT's layout: refused with a reason, and nothing is left behind.
    const Outcome refused = run({"export", out, "--to", "peft", "--out", temp_ / "peft"});
    EXPECT_EQ(refused.code, 3) << refused.err;
    EXPECT_FALSE(fs::exists(temp_ / "peft"));
}

TEST_F(Cli, Cli_PlainLoraIsWrittenInPeftsLayoutToo) {
    const std::string out = temp_ / "run";
    const Outcome trained = run({"train", "--config", write_config(1, "lora"), "--out", out});
    ASSERT_EQ(trained.code, 0) << trained.err;
    EXPECT_TRUE(fs::exists(out + "/adapter/adapter_config.json"));
    const Outcome exported =
        run({"export", out, "--to", "peft", "--out", temp_ / "peft", "--json"});
    ASSERT_EQ(exported.code, 0) << exported.err;
    EXPECT_TRUE(exported.document().at("verified").get<bool>());
    const Outcome whole = run({"adapter", "inspect", temp_ / "peft", "--json"});
    EXPECT_EQ(whole.code, 0);
    EXPECT_EQ(whole.document().at("format"), "PEFT");
    const Outcome file =
        run({"adapter", "inspect", temp_ / "peft/adapter_model.safetensors", "--json"});
    EXPECT_EQ(file.code, 0) << file.err;
    EXPECT_EQ(file.document(), whole.document());
    EXPECT_EQ(whole.document().at("complete"), std::string(temp_ / "peft"));
    std::fstream(temp_ / "peft/adapter_model.safetensors",
                 std::ios::in | std::ios::out | std::ios::ate | std::ios::binary)
        .seekp(-1, std::ios::end)
        .put('~');
    const Outcome damaged = run({"adapter", "inspect", temp_ / "peft", "--json"});
    EXPECT_EQ(damaged.code, 3);
    EXPECT_EQ(damaged.document().at("error").at("code"), "ADAPT-002");
    EXPECT_THAT(damaged.err, HasSubstr("error[ADAPT-002]"));
    EXPECT_EQ(run({"caption", model_, "--image", picture_, "--adapter", temp_ / "peft"}).code, 3);
    EXPECT_THAT(run({"adapter", "inspect", temp_ / "peft"}).out, HasSubstr("THE FILES ARE OTHERS"));
    // A merged model is a folder of gigabytes: its bytes are read when that is asked for.
    ASSERT_EQ(run({"export", out, "--to", "merged", "--out", temp_ / "merged"}).code, 0);
    EXPECT_THAT(run({"inspect", temp_ / "merged", "--verify"}).out,
                HasSubstr("there, the files are as they were written"));
    std::fstream(temp_ / "merged/model.safetensors",
                 std::ios::in | std::ios::out | std::ios::ate | std::ios::binary)
        .seekp(-1, std::ios::end)
        .put('~');
    EXPECT_EQ(run({"inspect", temp_ / "merged"}).code, 0);
    const Outcome changed = run({"inspect", temp_ / "merged", "--verify", "--json"});
    EXPECT_EQ(changed.code, 3);
    EXPECT_THAT(changed.err, HasSubstr("model.safetensors has another content"));
    EXPECT_THAT(run({"inspect", model_}).out,
                HasSubstr("not there, so the files cannot be checked"));
    const auto as = [&](const char* format, const char* dtype) {
        return run({"export", out, "--to", format, "--save-dtype", dtype, "--out", temp_ / dtype});
    };
    EXPECT_EQ(as("merged", "fp32").code, 0);
    std::ifstream config(temp_ / "fp32/config.json");
    EXPECT_EQ(nlohmann::json::parse(config).at("dtype"), "float32");
    const Outcome other = as("peft", "fp16");
    EXPECT_EQ(other.code, 2);
    EXPECT_THAT(other.err, HasSubstr("--save-dtype is for --to merged"));
}

TEST_F(Cli, Cli_WrongUsageIsTwoAndNamesTheNearest) {
    const Outcome verb = run({"trian"});
    EXPECT_EQ(verb.code, 2);
    EXPECT_THAT(verb.err, HasSubstr("train"));
    const Outcome option = run({"train", "--modle", model_});
    EXPECT_EQ(option.code, 2);
    EXPECT_THAT(option.err, HasSubstr("There is no option --modle. Did you mean --model?"));
    EXPECT_THAT(run({"train", "--sed", "3"}).err, HasSubstr("--set"));
    EXPECT_THAT(run({"train", "--sed", "3"}).err, HasSubstr("--seed"));
    EXPECT_EQ(run({}).code, 2);
    const Outcome idle = run({"caption", model_, "--image", picture_, "--force"});
    EXPECT_EQ(idle.code, 2);
    EXPECT_THAT(idle.err, HasSubstr("--force requires --save"));
    EXPECT_EQ(run({"train", "--set", "nothing"}).code, 2);
    EXPECT_EQ(run({"--device", "tpu", "caption", model_, "--image", picture_}).code, 2);
    // All reasons, not the first.
    const Outcome several = run({"train", "--config", write_config(1), "--set", "adapter.rnk=3",
                                 "--set", "train.epochs=-1"});
    EXPECT_EQ(several.code, 2);
    EXPECT_THAT(several.err, HasSubstr("adapter.rank"));
    EXPECT_THAT(several.err, HasSubstr("train.epochs"));
}

TEST_F(Cli, Cli_RefusedInputIsThreeAndTheLastObjectIsTheError) {
    const Outcome missing = run({"--json", "inspect", temp_ / "nowhere"});
    EXPECT_EQ(missing.code, 3);
    EXPECT_THAT(missing.err, HasSubstr("error[IO-001]"));
    const Json error = missing.document().at("error");
    for (const char* key : {"code", "message", "where", "hint"})
        EXPECT_TRUE(error.contains(key)) << key;

    std::ofstream(temp_ / "config.json") << R"({"version": 1, "adapter": {"rnak": 4}})";
    const Outcome config = run({"train", "--config", temp_ / "config.json", "--json"});
    EXPECT_EQ(config.code, 3);
    EXPECT_TRUE(config.lines().back().contains("error"));
    EXPECT_THAT(config.err, HasSubstr("rank"));  // the nearest key

    // A trial says what it can and all that is wrong.
    const Outcome trial = run({"train", "--model", temp_ / "nowhere", "--data", temp_ / "neither",
                               "--dry-run", "--json"});
    EXPECT_EQ(trial.code, 3);
    EXPECT_TRUE(trial.document().contains("config"));
    EXPECT_EQ(trial.document().at("issues").size(), 2U);
    EXPECT_EQ(trial.document().at("error").at("code"), "IO-001");
    EXPECT_THAT(trial.document().at("error").at("where"), HasSubstr("nowhere"));

    // So does a start.
    const Outcome start = run({"train", "--model", temp_ / "nowhere", "--data", temp_ / "neither"});
    EXPECT_EQ(start.code, 3);
    EXPECT_THAT(start.err, testing::AllOf(HasSubstr("nowhere"), HasSubstr("neither")));

    // Samples over the limit: refused before the first update, each named.
    const Outcome lengths = run({"train", "--config", write_config(1), "--set",
                                 "data.max_length=16", "--out", temp_ / "run", "--json"});
    EXPECT_EQ(lengths.code, 3);
    std::size_t named = 0;
    for (std::size_t at = 0; (at = lengths.err.find("[DATA-007]", at)) != std::string::npos; ++at)
        ++named;
    EXPECT_GT(named, 2U);
    EXPECT_FALSE(fs::exists(temp_ / "run"));
}

TEST_F(Cli, Cli_DataWithoutAUsableSampleIsRefusedByEveryVerb) {
    const std::string data = temp_ / "data.jsonl";
    std::ofstream(data) << R"({"messages":[{"role":"user","content":"<image>q"},)"
                        << R"({"role":"assistant","content":"a"}],"images":["absent.png"]})";
    for (const Words& words :
         {Words{"--json", "dataset", "check", data},
          Words{"--json", "dataset", "check", data, "--quick"},
          Words{"--json", "train", "--model", model_, "--data", data, "--dry-run"},
          Words{"--json", "train", "--model", model_, "--data", data, "--out", temp_ / "run"}}) {
        const Outcome refused = run(words);
        EXPECT_EQ(refused.code, 3) << words[1];
        EXPECT_EQ(refused.document().at("error").at("code"), "DATA-002") << words[1];
        EXPECT_THAT(refused.err, HasSubstr("error[DATA-002]")) << words[1];
    }
}

TEST_F(Cli, Cli_InspectTakesAConfigurationForItsFolder) {
    const Json of_folder = run({"inspect", model_, "--json"}).document();
    EXPECT_EQ(run({"inspect", model_ + "/config.json", "--json"}).document(), of_folder);
}

TEST_F(Cli, Cli_SidecarsStandInTheWayOfPicturesOnly) {
    const std::string folder = temp_ / "pictures";
    fs::create_directories(folder);
    for (const char* name : {"notes.md", "notes.txt"}) std::ofstream(folder + "/" + name) << "x";
    std::ofstream(folder + "/a.png") << "x";
    const Words words = {"caption", temp_ / "nowhere", "--image", folder, "--save", "txt"};
    EXPECT_THAT(run(words).err, HasSubstr("nowhere"));
    std::ofstream(folder + "/a.txt") << "x";
    EXPECT_THAT(run(words).err, HasSubstr("a.txt exists already"));
    std::ofstream(folder + "/a.webp") << "x";
    Words forced = words;
    forced.push_back("--force");
    EXPECT_THAT(run(forced).err, HasSubstr("would share one text"));
}

TEST_F(Cli, Cli_AFolderWithoutAUsablePictureIsRefusedInput) {
    const std::string folder = temp_ / "pictures";
    fs::create_directories(folder);
    const Words words = {"caption", model_, "--image", folder, "--dtype", "fp32"};
    const Outcome none = run(words);
    EXPECT_EQ(none.code, 3) << none.err;
    EXPECT_THAT(none.err, HasSubstr(folder));
    for (const char* name : {"a.png", "b.png"}) std::ofstream(folder + "/" + name) << "x";
    const Outcome broken = run(words);
    EXPECT_EQ(broken.code, 3) << broken.err;
    EXPECT_THAT(broken.err, HasSubstr("error[IMG-001]"));
}

TEST_F(Cli, Cli_QuestionsRefuseWhatHasNoAnswer) {
    std::ofstream(temp_ / "none.json") << R"({"messages": []})";
    const Outcome empty =
        run({"forward", model_, "--conversation", temp_ / "none.json", "--out", temp_ / "o"});
    EXPECT_EQ(empty.code, 3);
    EXPECT_THAT(empty.err, HasSubstr("has no message"));
    const Outcome far = run({"tokenize", model_, "--decode", "99999"});
    EXPECT_EQ(far.code, 2);
    EXPECT_THAT(far.err, HasSubstr("There is no token 99999"));
    EXPECT_EQ(run({"tokenize", model_, "a", "--jsonl", "-"}).code, 2);
}

TEST_F(Cli, Cli_InspectOfAnUnusableModelListsWhatIsWrong) {
    const auto broken = [&](const char* name, const std::function<void(const std::string&)>& f) {
        const std::string folder = temp_ / name;
        fs::copy(model_, folder);
        f(folder);
        const Outcome inspected = run({"inspect", folder, "--json"});
        EXPECT_EQ(inspected.code, 3) << name;
        const Json document = inspected.document();
        EXPECT_EQ(document.at("error").at("code"), document.at("issues")[0].at("code")) << name;
        for (const char* key : {"message", "where", "hint"})
            EXPECT_NE(document.at("error").at(key), "") << name << " " << key;
        int errors = 0;
        for (const Json& issue : document.at("issues")) errors += issue.at("severity") == "error";
        return errors;
    };
    const auto write = [](const std::string& file, const std::string& text) {
        fs::remove(file);
        std::ofstream(file) << text;
    };
    EXPECT_EQ(broken("forms",
                     [&](const std::string& folder) {
                         write(folder + "/preprocessor_config.json", R"({"resample": 2})");
                         write(folder + "/tokenizer.json", "{}");
                     }),
              2);
    EXPECT_EQ(broken("pickle",
                     [&](const std::string& folder) {
                         fs::rename(folder + "/model.safetensors", folder + "/pytorch_model.bin");
                     }),
              1);
    EXPECT_EQ(broken("escape",
                     [&](const std::string& folder) {
                         write(folder + "/model.safetensors.index.json",
                               R"({"weight_map":{"a":"../model.safetensors"}})");
                         fs::remove(folder + "/model.safetensors");
                     }),
              1);
    EXPECT_EQ(run({"inspect", model_}).code, 0);
}

TEST_F(Cli, Cli_ForceReplacesOnlyAFolderOfTheSameKind) {
    const std::string mine = temp_ / "mine";
    fs::create_directory(mine);
    std::ofstream(mine + "/thesis.txt") << "precious";
    const std::vector<Words> verbs = {{"train", "--config", write_config(1), "--out", mine},
                                      {"compare", model_, "--adapter", model_, "--data",
                                       demo_ + "/held_out/data.jsonl", "--out", mine},
                                      {"export", model_, "--to", "native", "--out", mine}};
    for (Words words : verbs) {
        EXPECT_NE(run(words).code, 0) << words[0];
        words.push_back("--force");
        EXPECT_NE(run(words).code, 0) << words[0];
        EXPECT_EQ(text_of(mine + "/thesis.txt"), "precious") << words[0];
    }
    const std::string out = temp_ / "run";
    const Words train = {"train", "--config", write_config(1), "--out", out};
    ASSERT_EQ(run(train).code, 0);
    EXPECT_EQ(run(train).code, 2);
    Words forced = train;
    forced.push_back("--force");
    EXPECT_EQ(run(forced).code, 0);
}

TEST_F(Cli, Cli_QuestionsHaveTheirShapes) {
    const Json model = run({"inspect", model_, "--json"}).document();
    EXPECT_EQ(model.at("family"), "qwen3_vl");
    EXPECT_GT(model.at("parameters").at("total"), model.at("parameters").at("vision"));
    EXPECT_TRUE(model.at("missing").empty());

    const auto ids = run({"tokenize", model_, "A turtle.", "两只乌龟", "--json"}).lines();
    ASSERT_EQ(ids.size(), 2U);
    std::string text;
    for (const Json& id : ids[1].at("ids")) text += id.dump() + " ";
    EXPECT_EQ(run({"tokenize", model_, "--decode", text}).out, "两只乌龟\n");

    const Json data =
        run({"dataset", "check", demo_ + "/held_out/data.jsonl", "--model", model_, "--json"})
            .document();
    EXPECT_EQ(data.at("format"), "messages");
    EXPECT_EQ(data.at("tasks").size(), 3U);
    const Json& tokens = data.at("tokens");
    EXPECT_EQ(tokens.at("worst").size(), 20U);
    const Json& longest = tokens.at("worst")[0];
    EXPECT_EQ(longest.at("text").get<int>() + longest.at("visual").get<int>(), tokens.at("max"));
    std::int64_t counted = 0;
    for (const Json& bin : tokens.at("histogram")) counted += bin.at("samples").get<std::int64_t>();
    EXPECT_EQ(counted, data.at("samples"));
    const std::string shown =
        run({"dataset", "check", demo_ + "/held_out/data.jsonl", "--model", model_, "--quick"}).out;
    EXPECT_THAT(shown, testing::HasSubstr("samples by tokens (limit 4,096)"));
    EXPECT_THAT(shown, testing::HasSubstr("longest samples"));

    const Json plan = run({"adapter", "params", model_, "--set", "adapter.targets=q_proj", "--set",
                           "adapter.num_experts=2", "--json"})
                          .document();
    std::int64_t sum = 0;
    for (const Json& site : plan.at("sites")) sum += site.at("parameters").get<std::int64_t>();
    EXPECT_EQ(plan.at("total"), sum);
    EXPECT_TRUE(plan.at("issues").empty());
    const Json doubtful = run({"adapter", "params", model_, "--set", "adapter.gate=threshold",
                               "--set", "adapter.gate_level=0", "--json"})
                              .document();
    ASSERT_FALSE(doubtful.at("issues").empty());  // as a start says it

    EXPECT_EQ(run({"options", "--json"}).document().at("groups").size(), 6U);
    EXPECT_GE(run({"presets", "--json"}).document().size(), 4U);
    EXPECT_TRUE(run({"runs", "list", "--json"}).document().empty());
    const Json report = run({"diagnostics", "--json"}).document();
    EXPECT_THAT(report.at("program"), HasSubstr("moelora "));
    EXPECT_THAT(report.dump(), testing::Not(HasSubstr(demo_)));  // no private paths
    const Json dry = run({"train", "--config", write_config(2), "--dry-run"}).document();
    EXPECT_EQ(dry.at("config").at("train").at("max_steps"), 2);
    EXPECT_FALSE(fs::exists(temp_ / "runs"));
}

TEST_F(Cli, Cli_HowToDrawIsOnlyAskedOfWhatDraws) {
    const Words ask = {"evaluate", model_, "--data",           demo_ + "/held_out/data.jsonl",
                       "--limit",  "1",    "--max-new-tokens", "2",
                       "--json"};
    const auto greedy = [&](const Words& more) {
        Words words = ask;
        words.insert(words.end(), more.begin(), more.end());
        return run(words).document().at("provenance").at("greedy").get<bool>();
    };
    EXPECT_TRUE(greedy({}));
    for (const char* option : {"--temperature", "--top-k", "--top-p"})
        EXPECT_FALSE(greedy({option, "1"})) << option;
}

TEST_F(Cli, Cli_TheSeedOfADrawIsTheOneThatHelpNames) {
    Words ask = {"evaluate", model_,  "--data",           demo_ + "/held_out/data.jsonl",
                 "--limit",  "1",     "--max-new-tokens", "2",
                 "--sample", "--json"};
    EXPECT_THAT(run({"evaluate", "--help"}).out, HasSubstr("default 42"));
    EXPECT_EQ(run(ask).document().at("provenance").at("seed"), 42);
    ask.insert(ask.end(), {"--seed", "7"});
    EXPECT_EQ(run(ask).document().at("provenance").at("seed"), 7);
}

TEST_F(Cli, Cli_ForwardWritesEverything) {
    const Json conversation = {
        {"messages",
         {{{"role", "user"},
           {"content",
            {{{"type", "image"}, {"image", picture_}},
             {{"type", "text"}, {"text", "List the tags."}}}}},
          {{"role", "assistant"}, {"content", {{{"type", "text"}, {"text", "turtle x1"}}}}}}},
        {"add_generation_prompt", false},
        {"task", nullptr}};
    std::ofstream(temp_ / "c.json") << conversation.dump();
    const Words forward = {"forward",        model_,  "--conversation",
                           temp_ / "c.json", "--out", temp_ / "f.safetensors"};
    const Outcome done = run(forward);
    ASSERT_EQ(done.code, 0) << done.err;
    const std::string file = text_of(temp_ / "f.safetensors");
    std::uint64_t length = 0;
    for (int i = 7; i >= 0; --i)
        length = length << 8 | static_cast<unsigned char>(file.at(static_cast<std::size_t>(i)));
    const Json header = Json::parse(file.substr(8, length));
    const auto shape = [&](const char* name) { return header.at(name).at("shape"); };
    const Json tokens = shape("input_ids")[1];
    EXPECT_EQ(shape("labels"), (Json{1, tokens}));
    EXPECT_EQ(shape("position_ids"), (Json{3, 1, tokens}));
    EXPECT_EQ(shape("logits")[1], tokens);
    EXPECT_EQ(header.at("logits").at("dtype"), "F32");
    EXPECT_EQ(shape("pixel_values")[1], 1536);
    EXPECT_EQ(shape("image_grid_thw"), (Json{1, 3}));
    for (const char* key : {"rendered_text", "format", "model_fingerprint"})
        EXPECT_TRUE(header.at("__metadata__").contains(key)) << key;
    EXPECT_EQ(run(forward).code, 2);  // it exists now
}

TEST_F(Cli, Cli_EvaluateGivesLossAndScores) {
    const std::string out = temp_ / "evaluation";
    const Words evaluate = {"evaluate", model_, "--data",           demo_ + "/held_out/data.jsonl",
                            "--limit",  "3",    "--max-new-tokens", "6",
                            "--out",    out};
    Words json = evaluate;
    json.insert(json.end(), {"--json", "--force"});
    const Outcome first = run(json);
    ASSERT_EQ(first.code, 0) << first.err;
    const Json document = first.document();
    for (const char* key : {"loss", "targets", "bleu1", "bleu2", "bleu3", "bleu4", "rouge_l",
                            "cider_d", "exact_match", "samples", "by_task"})
        EXPECT_TRUE(document.contains(key)) << key;
    EXPECT_EQ(document.at("samples"), 3);
    EXPECT_GT(document.at("loss").get<double>(), 0);
    EXPECT_EQ(document.at("by_task").size(), 3U);
    EXPECT_EQ(document.at("by_task").at("tags").at("samples"), 1);
    for (const char* name : {"evaluation.json", "captions.csv", "coco_results.json"})
        EXPECT_TRUE(fs::exists(out + "/" + name)) << name;
    EXPECT_EQ(run(evaluate).code, 2);  // it exists now
    const Outcome table = run({"evaluate", model_, "--data", demo_ + "/held_out/data.jsonl",
                               "--limit", "3", "--max-new-tokens", "6"});
    EXPECT_EQ(table.code, 0) << table.err;
    EXPECT_THAT(table.out, HasSubstr("CIDEr-D"));
    EXPECT_THAT(table.out, HasSubstr("chinese"));
}

TEST_F(Cli, Cli_HelpAndVersion) {
    const Outcome help = run({"--help"});
    EXPECT_EQ(help.code, 0);
    for (const char* verb : {"inspect", "tokenize", "forward", "dataset", "train", "queue",
                             "resume", "caption", "compare", "evaluate", "adapter", "export",
                             "options", "presets", "runs", "completion", "diagnostics"}) {
        EXPECT_THAT(help.out, HasSubstr(verb));
        const Outcome own = run({verb, "--help"});
        EXPECT_EQ(own.code, 0) << verb;
        EXPECT_THAT(own.out, HasSubstr("Usage:")) << verb;
        EXPECT_THAT(own.out, HasSubstr("Common options:")) << verb;
        for (const char* option : {"--json", "--quiet", "--threads", "--device", "--seed"})
            EXPECT_THAT(own.out, HasSubstr(option)) << verb;
    }
    EXPECT_THAT(run({"--version"}).out, HasSubstr("moelora "));
}

}  // namespace
}  // namespace moelora
