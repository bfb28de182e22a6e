// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <map>
#include <numeric>
#include <set>

#include "tests/core/data/data_folder.h"

namespace moelora {
namespace {

using test::DataFolder;
using test::message_line;
using Order = std::vector<std::int64_t>;

TEST(EpochOrder, EpochOrder_EqualsTorchRandperm) {
    EXPECT_EQ(epoch_order(10, 0, 0), (Order{4, 1, 7, 5, 3, 9, 0, 8, 6, 2}));
    EXPECT_EQ(epoch_order(10, 1, 0), (Order{5, 6, 1, 2, 0, 8, 9, 3, 7, 4}));
    EXPECT_EQ(epoch_order(10, 42, 0), (Order{2, 6, 1, 8, 4, 5, 0, 9, 3, 7}));
    EXPECT_EQ(epoch_order(10, 42, 1), (Order{8, 4, 9, 0, 5, 1, 6, 7, 2, 3}));
    EXPECT_EQ(epoch_order(10, 42, 2), (Order{2, 6, 3, 8, 7, 9, 1, 4, 5, 0}));
    const auto start = [](Order order) {
        order.resize(8);
        return order;
    };
    EXPECT_EQ(start(epoch_order(496, 42, 0)), (Order{422, 393, 450, 372, 190, 171, 466, 483}));
    EXPECT_EQ(start(epoch_order(1000, 42, 0)), (Order{542, 618, 816, 68, 94, 215, 60, 585}));
    EXPECT_EQ(epoch_order(0, 42, 0), Order{});
    EXPECT_EQ(epoch_order(1, 42, 0), Order{0});
}

Dataset made(int images, int captions) {
    Dataset out;
    for (int i = 0; i < images; ++i)
        for (int c = 0; c < captions; ++c) {
            DatasetSample sample;
            sample.id = std::to_string(i * captions + c);
            sample.image_id = std::to_string(i).append(" image");
            sample.task = std::string(1, c == 0 ? 'a' : 'b');
            sample.set_caption(sample.image_id, std::string("q"), "x");
            out.samples.push_back(sample);
        }
    out.tasks = {"a", "b"};
    return out;
}

std::set<std::string> images_of(const Dataset& dataset) {
    std::set<std::string> out;
    for (const DatasetSample& sample : dataset.samples) out.insert(sample.image_id);
    return out;
}

TEST(Split, Split_NoPictureIsOnBothSides) {
    for (const double validation : {0.1, 0.5, 7.0}) {
        Dataset train = made(20, 3);
        const Dataset held = split_validation(train, validation, 42);
        const auto left = images_of(train), right = images_of(held);
        for (const std::string& id : right) EXPECT_FALSE(left.contains(id));
        const auto want = validation < 1 ? static_cast<std::size_t>(20 * validation) : 7u;
        EXPECT_EQ(right.size(), want);
        EXPECT_EQ(train.samples.size() + held.samples.size(), 60u);
        EXPECT_EQ(held.images, static_cast<std::int64_t>(want));
        EXPECT_EQ(train.images, static_cast<std::int64_t>(20 - want));
        EXPECT_EQ(held.tasks, (std::vector<std::string>{"a", "b"}));
    }
}

TEST(Split, Split_SeedDecidesAndOrderStays) {
    Dataset one = made(50, 2), two = made(50, 2), other = made(50, 2);
    const auto a = images_of(split_validation(one, 10, 1));
    const auto b = images_of(split_validation(two, 10, 1));
    const auto c = images_of(split_validation(other, 10, 2));
    EXPECT_EQ(a, b);
    EXPECT_NE(a, c);
    EXPECT_TRUE(std::is_sorted(one.samples.begin(), one.samples.end(),
                               [](auto& x, auto& y) { return std::stoi(x.id) < std::stoi(y.id); }));
}

TEST(Split, Split_NothingAskedNothingMovedAndTrainingIsNeverEmpty) {
    Dataset data = made(3, 1);
    EXPECT_TRUE(split_validation(data, 0, 42).samples.empty());
    EXPECT_EQ(data.samples.size(), 3u);
    EXPECT_EQ(split_validation(data, 100, 42).samples.size(), 2u);
    EXPECT_EQ(data.samples.size(), 1u);
}

TEST(Split, Split_PartsThatRecordsNameAreKept) {
    DataFolder folder;
    std::string table = "image,caption,split\n";
    for (int i = 0; i < 9; ++i) {
        const std::string name = std::to_string(i).append(".png");
        folder.picture(name, i * 20);
        table += name + ",x," + (i < 5 ? "train" : i < 7 ? "val" : "test") + "\n";
    }
    folder.text("table.csv", table + "0.png,y,nowhere\n0.png,another,val\n");
    auto data = open_dataset(folder.options());
    MOELORA_ASSERT_OK(data);
    ASSERT_EQ(data->samples.size(), 10u);
    ASSERT_EQ(data->issues.size(), 1u);
    EXPECT_NE(message_of(data->issues[0].error).find("nowhere"), std::string::npos);
    Dataset again = *data;
    const Dataset held = split_validation(*data, 0.5, 42);
    // 0.png is learnt and kept: its picture goes to one side as a whole.
    EXPECT_EQ(images_of(*data), (std::set<std::string>{"1.png", "2.png", "3.png", "4.png"}));
    EXPECT_EQ(images_of(held), (std::set<std::string>{"0.png", "5.png", "6.png"}));
    EXPECT_TRUE(split_validation(again, 0, 42).samples.empty());
    EXPECT_EQ(images_of(again), (std::set<std::string>{"1.png", "2.png", "3.png", "4.png"}));
}

TEST(Split, Split_FilesOfOtherPartsAreProposedAndTakenWhenAsked) {
    DataFolder folder;
    for (const char* name : {"a", "b", "c", "d"})
        folder.picture(std::string(name) + ".png", name[0] % 7 * 30);
    // d.png is learnt and kept: it goes to one side as a whole.
    folder.text("cap_train.jsonl", message_line("a.png", "x") + message_line("d.png", "x"));
    folder.text("cap_val.jsonl", message_line("b.png", "x") + message_line("d.png", "x"));
    folder.text("cap_test.jsonl", message_line("c.png", "x"));
    folder.text("other_val.jsonl", message_line("c.png", "x"));  // of another set
    folder.text("cap_evil.jsonl", message_line("c.png", "x"));   // no word for a part
    for (const char* file : {"", "cap_train.jsonl"}) {
        DataOptions options = folder.options(file);
        const auto alone = open_dataset(options);
        MOELORA_ASSERT_OK(alone);
        EXPECT_EQ(images_of(*alone), (std::set<std::string>{"a.png", "d.png"}));
        std::map<ErrorCode, int> said;
        for (const Issue& issue : alone->issues) {
            ++said[issue.error.code];
            EXPECT_EQ(issue.severity, Severity::Info);
        }
        EXPECT_EQ(said[ErrorCode::PartsBeside], 2);
        EXPECT_EQ(said[ErrorCode::OtherRecords], *file == '\0' ? 2 : 0);
        EXPECT_EQ(validation_wanted(options, *alone), 0);

        options.parts = RecordParts::Beside;
        auto all = open_dataset(options);
        MOELORA_ASSERT_OK(all);
        std::erase_if(all->issues, [](const Issue& issue) {
            return issue.error.code == ErrorCode::OtherRecords;
        });
        ASSERT_EQ(all->issues.size(), 1u);
        EXPECT_EQ(all->issues[0].error.code, ErrorCode::SplitLeak);
        EXPECT_EQ(all->issues[0].error.arg("path"), "d.png");
        EXPECT_EQ(all->images, 4);
        std::set<std::string> ids;
        for (const DatasetSample& sample : all->samples) ids.insert(sample.id);
        EXPECT_EQ(ids.size(), 5u);
        EXPECT_NE(all->evidence.find("cap_val.jsonl for evaluation"), std::string::npos)
            << all->evidence;
        EXPECT_EQ(all->evidence.find("not taken: cap_val.jsonl"), std::string::npos)
            << all->evidence;
        const Dataset held = split_validation(*all, validation_wanted(options, *all), 42);
        EXPECT_EQ(images_of(*all), (std::set<std::string>{"a.png"}));
        EXPECT_EQ(images_of(held), (std::set<std::string>{"b.png", "d.png"}));
    }
    DataOptions evaluation = folder.options("cap_val.jsonl");  // a part by itself
    evaluation.parts = RecordParts::Beside;
    const auto alone = open_dataset(evaluation);
    MOELORA_ASSERT_OK(alone);
    EXPECT_EQ(images_of(*alone), (std::set<std::string>{"b.png", "d.png"}));
}

TEST(Split, Split_AFileOfAnotherPartThatCannotBeReadIsNamed) {
    DataFolder folder;
    folder.picture("a.png");
    folder.text("train.jsonl", message_line("a.png", "x"));
    folder.text("val.json", message_line("a.png", "x"));  // another ending, the same form
    folder.text("test.jsonl", "");
    DataOptions options = folder.options();
    options.parts = RecordParts::Beside;
    const auto data = open_dataset(options);
    MOELORA_ASSERT_OK(data);
    std::vector<ErrorCode> codes;
    for (const Issue& issue : data->issues) codes.push_back(issue.error.code);
    EXPECT_EQ(codes, (std::vector{ErrorCode::DatasetUnrecognised, ErrorCode::SplitLeak}));
    EXPECT_EQ(data->samples.size(), 2u);
}

TEST(Split, Split_CocoFilesOfTwoPartsMayUseTheSameNumbers) {
    DataFolder folder;
    folder.picture("train2017/1.png", 10);
    folder.picture("val2017/1.png", 200);
    for (const char* part : {"train2017", "val2017"})
        folder.text(std::string("annotations/captions_") + part + ".json",
                    R"({"images":[{"id":1,"file_name":"1.png"}],)"
                    R"("annotations":[{"id":1,"image_id":1,"caption":"x"}]})");
    DataOptions options = folder.options();
    options.parts = RecordParts::Beside;
    auto data = open_dataset(options);
    MOELORA_ASSERT_OK(data);
    const Dataset held = split_validation(*data, validation_wanted(options, *data), 42);
    ASSERT_EQ(data->samples.size(), 1u);
    ASSERT_EQ(held.samples.size(), 1u);
    EXPECT_NE(caption_sample(held.samples[0]).image.find("val2017/1.png"), std::string::npos);
}

TEST(Split, Split_LeaksUnderOtherNamesAreFound) {
    DataFolder folder;
    folder.picture("a.png", 10);
    folder.picture("b.png", 200);
    folder.picture("copy.png", 10);
    folder.picture("other.png", 90);
    std::filesystem::create_symlink(folder / "b.png", folder / "link.png");
    const auto part = [&](const std::vector<std::string>& names) {
        Dataset out;
        for (const std::string& name : names) {
            DatasetSample sample;
            sample.id = sample.image_id = name;
            sample.set_caption(SharedText(folder / name), std::string("q"), "x");
            out.samples.push_back(sample);
        }
        return out;
    };
    const auto leaks =
        leaks_between(part({"a.png", "b.png"}), part({"copy.png", "link.png", "other.png"}));
    ASSERT_EQ(leaks.size(), 2u);
    EXPECT_EQ(leaks[0].error.arg("path"), folder / "a.png");
    EXPECT_EQ(leaks[0].error.arg("file"), folder / "copy.png");
    EXPECT_EQ(leaks[1].error.arg("file"), folder / "link.png");
    EXPECT_TRUE(leaks_between(part({"a.png"}), part({"other.png"})).empty());
    // What the doctor found to look alike is a leak only across the split.
    const auto alike = [&](const std::string& one, const std::string& other) {
        return Issue{Severity::Warning,
                     {ErrorCode::ImageNearDuplicate,
                      {{"path", folder / one}, {"file", folder / other}},
                      {},
                      {}},
                     {},
                     1};
    };
    const auto near = alike_between(part({"a.png", "b.png"}), part({"other.png"}),
                                    {alike("a.png", "b.png"), alike("other.png", "a.png")});
    ASSERT_EQ(near.size(), 1u);
    EXPECT_EQ(near[0].error.code, ErrorCode::SplitLeak);
    EXPECT_EQ(near[0].error.arg("path"), folder / "a.png");
    EXPECT_EQ(near[0].error.arg("file"), folder / "other.png");
}

std::vector<std::string> tasks_of(const DataFolder& folder, const std::string& lines,
                                  DataOptions options) {
    folder.text("data.jsonl", lines);
    options.path = folder.path();
    const auto data = open_dataset(options);
    if (!data) return {message_of(data.error())};
    return data->tasks;
}

TEST(Numbers, Numbers_OfTasksDoNotMove) {
    using Names = std::vector<std::string>;
    DataFolder folder;
    folder.picture("a.png");
    const auto line = [](const std::string& task) { return message_line("a.png", "x", task); };
    const std::string abc = line("b") + line("a") + line("c");
    EXPECT_EQ(tasks_of(folder, abc, {}), (Names{"a", "b", "c"}));
    EXPECT_EQ(tasks_of(folder, line("c") + line("b") + line("a"), {}), (Names{"a", "b", "c"}));
    DataOptions known;
    known.tasks = {"c", "unused"};
    EXPECT_EQ(tasks_of(folder, abc, known), (Names{"c", "unused", "a", "b"}));
    EXPECT_EQ(tasks_of(folder, line("10") + line("2") + line("x"), {}), (Names{"2", "10", "x"}));
    folder.text("task_dataset.json", R"({"str2id": {"b": 2, "z": 1}})");
    EXPECT_EQ(tasks_of(folder, abc, {}), (Names{"z", "b", "a", "c"}));
    EXPECT_EQ(tasks_of(folder, abc, known), (Names{"c", "unused", "a", "b"}));
    folder.text("task_dataset.json", R"({"str2id": {"b": 3, "z": 1}})");
    EXPECT_NE(tasks_of(folder, abc, {}).at(0).find("gap"), std::string::npos);
    EXPECT_EQ(number_of({"c", "a"}, "a"), 1);
    EXPECT_EQ(number_of({"c", "a"}, ""), -1);
    EXPECT_EQ(number_of({"c", "a"}, "d"), -1);
}

TEST(Numbers, Numbers_OfSampleTypesAreTheirValues) {
    DataFolder folder;
    folder.picture("a.png");
    const auto open_table = [&](const std::string& rows) {
        folder.text("t.csv", "image,caption,task,sample_type\n" + rows);
        return open_dataset(folder.options()).value();
    };
    const Dataset ones = open_table("a.png,x,t,1\na.png,y,t,1\n");
    EXPECT_EQ(ones.sample_types, (std::vector<std::string>{"0", "1"}));
    EXPECT_EQ(number_of(ones.sample_types, ones.samples[0].sample_type), 1);
    const Dataset named = open_table("a.png,x,,know\na.png,y,,act\n");
    EXPECT_EQ(named.sample_types, (std::vector<std::string>{"act", "know"}));
    EXPECT_TRUE(named.tasks.empty());
    // A later data set keeps the numbers of the first, whatever it lacks.
    folder.text("t.csv", "image,caption,sample_type\na.png,x,know\n");
    DataOptions known = folder.options();
    known.sample_types = named.sample_types;
    EXPECT_EQ(open_dataset(known).value().sample_types, named.sample_types);
    folder.text("t.csv", "image,caption,task_type\na.png,x,1\n");
    const Dataset both = open_dataset(folder.options()).value();  // as LoRAMoE's files have it
    EXPECT_EQ(both.samples[0].task, "1");
    EXPECT_EQ(both.samples[0].sample_type, "1");
}

TEST(Numbers, Numbers_ASampleMayHaveSeveralTasks) {
    DataFolder folder;
    folder.picture("a.png");
    std::string line = message_line("a.png", "x", "T");
    line.replace(line.find("\"T\""), 3, R"(["vqa","count",7])");
    folder.text("data.jsonl", line);
    const auto data = open_dataset(folder.options());
    MOELORA_ASSERT_OK(data);
    EXPECT_EQ(data->samples.at(0).task, "vqa|count|7");
    EXPECT_EQ(data->tasks, (std::vector<std::string>{"7", "count", "vqa"}));
}

}  // namespace
}  // namespace moelora
