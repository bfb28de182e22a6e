// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/series.h"

#include <gmock/gmock.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmath>
#include <csignal>
#include <filesystem>
#include <map>
#include <sstream>

#include "core/record/records_json.h"
#include "core/session/series_writer.h"
#include "tests/core/session/event_reader.h"
#include "tests/support/file_limit.h"
#include "tests/support/shared_data.h"

namespace moelora {
namespace {

namespace fs = std::filesystem;

using Series = std::map<std::string, std::map<std::int64_t, double>>;

std::map<std::string, double> by_name(const std::vector<Scalar>& values) {
    std::map<std::string, double> out;
    for (const Scalar& scalar : values) out[scalar.series] = scalar.value;
    EXPECT_EQ(out.size(), values.size()) << "a series stands twice";
    return out;
}

StepRecord step_record(std::int64_t step, double loss) {
    StepRecord r;
    r.step = step;
    r.loss = loss;
    r.lr = 1e-4;
    r.targets = 96;
    return r;
}

std::vector<RouterRecord> router_records(std::int64_t step) {
    RouterRecord a;
    a.step = step;
    a.site = "model.language_model.layers.0.self_attn.q_proj";
    a.module = "q_proj";
    a.weight = {0.25, 0.75};
    a.load = {0.0, 1.0};
    a.entropy = 0.8;
    a.effective_experts = 1.7;
    a.by_task = {{"tags", {0.2, 0.8}}, {"a,\"b\"", {0.5, 0.5}}};
    a.tokens = 50;
    a.by_kind = {{"image", {0.1, 0.9}}, {"response", {1, 0}}};
    RouterRecord b = a;
    b.load = {0.2, 0.8};
    b.by_kind = {{"image", {0.3, 0.7}}};
    b.probability = {0.25, 0.75};
    b.marginal_entropy = 0.5;
    b.site = "model.visual.blocks.1.attn.qkv";
    b.by_task = {{"tags", {0.4, 0.6}}};
    return {a, b};
}

// What metrics.csv holds; only series without quotes are wanted here.
Series read_csv(const std::string& path) {
    Series out;
    std::istringstream in(read_text(path).value_or(""));
    std::string line;
    std::getline(in, line);
    EXPECT_EQ(line, "step,series,value");
    while (std::getline(in, line)) {
        const std::size_t first = line.find(','), last = line.rfind(',');
        auto& points = out[line.substr(first + 1, last - first - 1)];
        const std::int64_t step = std::stoll(line.substr(0, first));
        EXPECT_FALSE(points.contains(step)) << line << " stands twice";
        points[step] = std::strtod(line.c_str() + last + 1, nullptr);
    }
    return out;
}

// What a reader shows: later files count, and a restart forgets what lay beyond.
Series read_folder(const std::string& folder) {
    Series out;
    for (const std::string& file : test::event_files(folder))
        for (const tensorboard::Event& event : test::read_events(file)) {
            if (event.has_session_log())
                for (auto& [name, points] : out)
                    points.erase(points.lower_bound(event.step()), points.end());
            for (const auto& value : event.summary().value())
                out[value.tag()][event.step()] = static_cast<double>(value.simple_value());
        }
    return out;
}

TEST(Series, NamesEveryNumberOfARecordOnce) {
    const auto step = by_name(series_of(step_record(3, 4.89)));
    EXPECT_EQ(step.at("train/loss"), 4.89);
    EXPECT_EQ(step.at("train/lr"), 1e-4);
    EXPECT_EQ(step.at("train/targets"), 96);
    EXPECT_FALSE(step.contains("train/step"));
    EXPECT_EQ(step.size(), to_json(StepRecord{}).size() - 3);  // all but type, step and samples
    EvalRecord eval;
    eval.loss = 1.5;
    EXPECT_EQ(by_name(series_of(eval)).at("eval/loss"), 1.5);

    const auto routers = by_name(series_of(router_records(3)));
    EXPECT_EQ(routers.at("router/layers.0.self_attn.q_proj/weight/1"), 0.75);
    EXPECT_EQ(routers.at("router/layers.0.self_attn.q_proj/load/0"), 0);
    EXPECT_EQ(routers.at("router/layers.0.self_attn.q_proj/entropy"), 0.8);
    EXPECT_EQ(routers.at("router/model.visual.blocks.1.attn.qkv/effective_experts"), 1.7);
    EXPECT_DOUBLE_EQ(routers.at("router/by_task/tags/weight/0"), 0.3);  // mean over its sites
    EXPECT_DOUBLE_EQ(routers.at("router/by_task/a,\"b\"/weight/0"), 0.5);
    EXPECT_DOUBLE_EQ(routers.at("router/by_kind/image/weight/0"), 0.2);
    EXPECT_EQ(routers.at("router/by_kind/response/weight/0"), 1);
    // The first record is of an older run, and one of its experts gets no token.
    EXPECT_EQ(routers.at("router/layers.0.self_attn.q_proj/dead_experts"), 1);
    EXPECT_FALSE(routers.contains("router/layers.0.self_attn.q_proj/load_ratio"));
    EXPECT_FALSE(routers.contains("router/layers.0.self_attn.q_proj/marginal_entropy"));
    EXPECT_EQ(routers.at("router/model.visual.blocks.1.attn.qkv/probability/1"), 0.75);
    EXPECT_EQ(routers.at("router/model.visual.blocks.1.attn.qkv/marginal_entropy"), 0.5);
    EXPECT_DOUBLE_EQ(routers.at("router/model.visual.blocks.1.attn.qkv/marginal_experts"),
                     std::sqrt(2));
    EXPECT_EQ(routers.at("router/model.visual.blocks.1.attn.qkv/load_ratio"), 4);
    EXPECT_EQ(routers.size(), 2U * (2 + 2 + 2 + 1) + 5 + 4 + 4);
}

TEST(Series, CsvKeepsEveryBitAndQuotesNames) {
    const double third = 1.0 / 3;
    const std::string rows =
        csv_rows(7, {{"train/loss", third}, {"a,\"b\"", std::nan("")}, {"c", -INFINITY}});
    EXPECT_EQ(rows, "7,train/loss,0.3333333333333333\n7,\"a,\"\"b\"\"\",nan\n7,c,-inf\n");
    EXPECT_EQ(std::strtod("0.3333333333333333", nullptr), third);
}

class SeriesWriterTest : public testing::Test {
  protected:
    // One update as RunWriter writes it: the record first, the views of it after.
    void update(SeriesWriter& writer, std::int64_t step) {
        const StepRecord record = step_record(step, 1.0 / static_cast<double>(step));
        metrics_ += dump_line(to_json(record)) + "\n";
        MOELORA_ASSERT_OK(writer.add(step, series_of(record)));
        const auto routers = router_records(step);
        for (const RouterRecord& r : routers) metrics_ += dump_line(to_json(r)) + "\n";
        MOELORA_ASSERT_OK(writer.add(step, series_of(routers)));
        EvalRecord eval;
        eval.step = step;
        eval.loss = 2;
        metrics_ += dump_line(to_json(eval)) + "\n";
        MOELORA_ASSERT_OK(writer.add(step, series_of(eval)));
        MOELORA_ASSERT_OK(write_text_atomic(run_ / "metrics.jsonl", metrics_));
    }
    void expect_views_agree() {
        const Series csv = read_csv(run_ / "metrics.csv"),
                     events = read_folder(run_ / "tensorboard");
        ASSERT_EQ(csv.size(), events.size());
        for (const auto& [name, points] : csv) {
            const std::string plain = name.starts_with("\"") ? "router/by_task/a,\"b\"/weight/" +
                                                                   name.substr(name.size() - 2, 1)
                                                             : name;
            ASSERT_TRUE(events.contains(plain)) << plain;
            ASSERT_EQ(points.size(), events.at(plain).size()) << plain;
            for (const auto& [step, value] : points)
                EXPECT_EQ(static_cast<float>(value), static_cast<float>(events.at(plain).at(step)));
        }
    }
    test::TempDir run_;
    std::string metrics_;
};

TEST_F(SeriesWriterTest, CsvAndEventFilesHoldTheSameSeries) {
    auto writer = SeriesWriter::open(run_.path());
    MOELORA_ASSERT_OK(writer);
    for (std::int64_t step = 1; step <= 3; ++step) update(*writer, step);
    const Series csv = read_csv(run_ / "metrics.csv");
    EXPECT_EQ(csv.at("train/loss").size(), 3U);
    EXPECT_EQ(csv.at("train/loss").at(3), 1.0 / 3);
    EXPECT_EQ(csv.at("eval/loss").size(), 3U);
    expect_views_agree();
}

TEST_F(SeriesWriterTest, AResumeForgetsWhatLiesBeyondTheCheckpoint) {
    {
        auto writer = SeriesWriter::open(run_.path());
        MOELORA_ASSERT_OK(writer);
        for (std::int64_t step = 1; step <= 2; ++step) update(*writer, step);
        const std::string kept = metrics_;
        for (std::int64_t step = 3; step <= 5; ++step) update(*writer, step);
        metrics_ = kept;  // the checkpoint of update 2
        MOELORA_ASSERT_OK(write_text_atomic(run_ / "metrics.jsonl", metrics_));
    }
    auto writer = SeriesWriter::open(run_.path());
    MOELORA_ASSERT_OK(writer);
    EXPECT_EQ(read_csv(run_ / "metrics.csv").at("train/loss").size(), 2U);
    expect_views_agree();
    for (std::int64_t step = 3; step <= 4; ++step) update(*writer, step);
    EXPECT_EQ(read_csv(run_ / "metrics.csv").at("router/layers.0.self_attn.q_proj/weight/1").size(),
              4U);
    EXPECT_EQ(test::event_files(run_ / "tensorboard").size(), 2U);
    expect_views_agree();
}

// Files of both kinds end where the disk is full; the views are those of the record again.
TEST_F(SeriesWriterTest, ADiskThatWasFullLeavesNoHoleInEither) {
    auto writer = SeriesWriter::open(run_.path());
    MOELORA_ASSERT_OK(writer);
    for (std::int64_t step = 1; step <= 2; ++step) update(*writer, step);
    std::int64_t step = 2;
    for (const char* view : {"metrics.csv", "tensorboard"}) {
        SCOPED_TRACE(view);
        const StepRecord record = step_record(++step, 1);
        metrics_ += dump_line(to_json(record)) + "\n";
        MOELORA_ASSERT_OK(write_text_atomic(run_ / "metrics.jsonl", metrics_));
        std::string full = run_ / view;
        if (fs::is_directory(full)) full = test::event_files(full).back();
        {
            const test::FileLimit limit;
            limit.set(fs::file_size(full) + 5);
            EXPECT_FALSE(writer->add(step, series_of(record)));
        }
        writer = SeriesWriter::open(run_.path());
        MOELORA_ASSERT_OK(writer);
        expect_views_agree();
        EXPECT_EQ(std::ssize(read_folder(run_ / "tensorboard").at("train/loss")), step);
    }
    update(*writer, ++step);
    EXPECT_EQ(read_folder(run_ / "tensorboard").at("train/loss").size(), 5U);
    expect_views_agree();
}

// A process that ends in the middle of writing the folder anew; what it leaves is not taken for the
// whole.
TEST_F(SeriesWriterTest, AKillWhileTheEventsAreMadeAnewLosesNoneOfThem) {
    for (std::int64_t step = 1; step <= 200; ++step) {
        EvalRecord eval;
        eval.step = step;
        eval.loss = 2;
        metrics_ += dump_line(to_json(eval)) + "\n";
    }
    MOELORA_ASSERT_OK(write_text_atomic(run_ / "metrics.jsonl", metrics_));
    ASSERT_TRUE(SeriesWriter::open(run_.path()));
    // The table fits, the events do not: they are what the signal ends.
    const rlim_t limit = fs::file_size(run_ / "metrics.csv") + 64;
    ASSERT_GT(fs::file_size(test::event_files(run_ / "tensorboard").front()), limit);
    fs::remove_all(run_ / "tensorboard");
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
        const rlimit small{limit, limit};
        if (setrlimit(RLIMIT_FSIZE, &small) != 0) _exit(1);
        (void)signal(SIGXFSZ, SIG_DFL);
        (void)SeriesWriter::open(run_.path());
        _exit(0);
    }
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status)) << status;
    ASSERT_EQ(WTERMSIG(status), SIGXFSZ);
    const auto writer = SeriesWriter::open(run_.path());
    MOELORA_ASSERT_OK(writer);
    EXPECT_EQ(read_folder(run_ / "tensorboard").at("eval/loss").size(), 200U);
    expect_views_agree();
}

}  // namespace
}  // namespace moelora
