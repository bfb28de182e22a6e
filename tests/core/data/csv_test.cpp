// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/csv.h"

#include "core/data/json_records.h"
#include "core/data/table_heading.h"
#include "tests/core/data/data_folder.h"

namespace moelora {
namespace {

using test::DataFolder;
using Rows = std::vector<std::vector<std::string>>;

Rows rows_of(std::string_view text, char delimiter = ',') {
    Rows out;
    CsvReader reader(text, delimiter);
    for (CsvRow row; reader.next(row);) out.push_back(row.fields);
    return out;
}

TEST(Csv, Csv_FieldsQuotesAndLineEndsFollowTheStandard) {
    const std::pair<const char*, Rows> cases[] = {
        {"a,b\n1,2\n", {{"a", "b"}, {"1", "2"}}},
        {"a,b\r\n1,2", {{"a", "b"}, {"1", "2"}}},
        {"a\rb\r", {{"a"}, {"b"}}},
        {"a,,\n,\n", {{"a", "", ""}, {"", ""}}},
        {"\n\na\n\n\nb\n\n", {{"a"}, {"b"}}},
        {"\"a,b\",\"c\"\"d\"\n", {{"a,b", "c\"d"}}},
        {"\"one\ntwo\",x\n", {{"one\ntwo", "x"}}},
        {"\"one\r\ntwo\"\r\n", {{"one\r\ntwo"}}},
        {"\"\",\"\"", {{"", ""}}},
        {"a \"quoted\" word,b", {{"a \"quoted\" word", "b"}}},
        {"", {}}};
    for (const auto& [text, want] : cases) EXPECT_EQ(rows_of(text), want) << text;
    EXPECT_EQ(rows_of("a\tb,c\n", '\t'), (Rows{{"a", "b,c"}}));
}

TEST(Csv, Csv_InTabsAQuoteThatDoesNotEncloseItsFieldIsALetter) {
    const std::pair<const char*, Rows> cases[] = {
        {"a.png\t\"Stop\" says the sign\n", {{"a.png", "\"Stop\" says the sign"}}},
        {"a\t\"open\nb\tc\n", {{"a", "\"open"}, {"b", "c"}}},
        {"a\t\"open\nb\t\"x\" y\n", {{"a", "\"open"}, {"b", "\"x\" y"}}},
        {"\"\"x\ty", {{"\"\"x", "y"}}},
        {"\"a\tb\"\t\"c\"\"d\"\n\"e\nf\"", {{"a\tb", "c\"d"}, {"e\nf"}}}};
    for (const auto& [text, want] : cases) {
        EXPECT_EQ(rows_of(text, '\t'), want) << text;
        CsvReader reader(text, '\t');
        for (CsvRow row; reader.next(row);) EXPECT_EQ(row.fault, "") << text;
        EXPECT_EQ(reader.open_quote(), 0) << text;
    }
    // Commas are quoted by whoever writes them: there it is a fault.
    CsvReader commas("\"Stop\" says,x\n", ',');
    CsvRow row;
    ASSERT_TRUE(commas.next(row));
    EXPECT_NE(row.fault, "");
}

TEST(Csv, Csv_RowsKnowTheirLinesAndFaults) {
    CsvReader reader("a,b\n\"x\ny\",1\n\n\"q\"r,2\nlast,3", ',');
    std::vector<std::int64_t> lines;
    std::vector<bool> faulty;
    for (CsvRow row; reader.next(row);) {
        lines.push_back(row.line);
        faulty.push_back(!row.fault.empty());
    }
    EXPECT_EQ(lines, (std::vector<std::int64_t>{1, 2, 5, 6}));
    EXPECT_EQ(faulty, (std::vector<bool>{false, false, true, false}));
    EXPECT_EQ(reader.open_quote(), 0);
    CsvReader open("a\n\nb,\"c\n\n", ',');
    for (CsvRow row; open.next(row);) lines.push_back(row.line);
    EXPECT_EQ(open.open_quote(), 3);
}

TEST(Csv, Csv_HeadingDecidesDelimiterAndUses) {
    const auto names = ColumnNames::from({});
    MOELORA_ASSERT_OK(names);
    struct Row {
        const char* text;
        char delimiter;
        const char* description;
    };
    const Row rows[] = {
        {"image_path,caption\n", ',', "with image_path as picture, caption as caption"},
        {"Text;File;x\n", ';', "with File as picture, Text as caption"},
        {"a,b\timage\tlabel\n", '\t', "with image as picture, label as caption"},
        {"path,image,text,caption,query\n", ',',
         "with image as picture, caption as caption, query as prompt"},
        {"image,caption,task_type\n", ',',
         "with image as picture, caption as caption, task_type as task"},
        {"image,caption,task,sample_type,split\n", ',',
         "with image as picture, caption as caption, task as task, sample_type as sample type, "
         "split as split"}};
    for (const Row& row : rows) {
        const auto heading = read_heading(row.text, *names, "f.csv");
        MOELORA_ASSERT_OK(heading);
        EXPECT_EQ(heading->delimiter, row.delimiter) << row.text;
        EXPECT_EQ(heading->description, row.description);
    }
    for (const char* text : {"", "\n\n", "image,words\n", "image,caption,caption\n"})
        EXPECT_FALSE(read_heading(text, *names, "f.csv").has_value()) << text;
}

TEST(Csv, Csv_ColumnsCanBeNamed) {
    DataFolder folder;
    folder.picture("a.png");
    folder.text("table.csv", "bild,worte,art\na.png,Ein Bild.,kurz\n");
    DataOptions data = folder.options();
    EXPECT_FALSE(open_dataset(data).has_value());
    data.columns = {"image=bild", "caption=worte", "task=art"};
    const auto dataset = open_dataset(data);
    MOELORA_ASSERT_OK(dataset);
    ASSERT_EQ(dataset->samples.size(), 1u);
    EXPECT_EQ(dataset->samples[0].task, "kurz");
    EXPECT_EQ(caption_sample(dataset->samples[0]).references[0], "Ein Bild.");
    for (const char* wrong : {"image", "image=", "colour=x"}) {
        data.columns = {wrong};
        EXPECT_EQ(open_dataset(data).error().code, ErrorCode::OptionInvalid) << wrong;
    }
}

std::vector<std::string> items_of(std::string_view text) {
    std::vector<std::string> out;
    const std::string why = split_list(text, [&](std::string_view item, std::int64_t line) {
        out.push_back(std::to_string(line).append(" ").append(item));
        return true;
    });
    out.push_back(why);
    return out;
}

TEST(JsonRecords, JsonRecords_ListsAreSplitWithLines) {
    using Items = std::vector<std::string>;
    EXPECT_EQ(items_of(" [ ] \n"), (Items{""}));
    EXPECT_EQ(items_of("[1,\n {\"a\":[1,2]},\n\n \"x,]\\\"\" ]"),
              (Items{"1 1", "2 {\"a\":[1,2]}", "4 \"x,]\\\"\"", ""}));
    EXPECT_EQ(items_of("[{\"a\":1}").back(), "the list has no end");
    EXPECT_EQ(items_of("[\"a").back(), "the list has no end");
    EXPECT_EQ(items_of("[1] 2").back(), "something follows the list");
    EXPECT_EQ(items_of("{}").back(), "it is not a list");
    EXPECT_EQ(items_of("").back(), "it is not a list");
}

TEST(JsonRecords, JsonRecords_ObjectsAreSplit) {
    std::map<std::string, std::string> members;
    const auto split = [&](std::string_view text) {
        members.clear();
        return split_object(text, [&](const std::string& key, std::string_view value) {
            members[key] = std::string(value);
        });
    };
    EXPECT_EQ(split("{\"a\": [1, {\"b\": 2}] , \"c\\\"}\" : \"x}\"\n}"), "");
    EXPECT_EQ(members,
              (std::map<std::string, std::string>{{"a", "[1, {\"b\": 2}]"}, {"c\"}", "\"x}\""}}));
    EXPECT_EQ(split("{}"), "");
    for (const char* text :
         {"", "[]", "{", "{\"a\"", "{\"a\":", "{\"a\":1", "{a:1}", "{\"a\":1}x", "{\"a\":\"x"})
        EXPECT_NE(split(text), "") << text;
}

}  // namespace
}  // namespace moelora
