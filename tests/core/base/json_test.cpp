// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/json.h"

#include <gmock/gmock.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>

#include "tests/support/shared_data.h"

namespace moelora {
namespace {
using testing::HasSubstr;

struct Text {
    const char* name;
    std::string text, why;
};

class JsonRefused : public testing::TestWithParam<Text> {};

TEST_P(JsonRefused, WithPathAndReason) {
    const auto json = parse_json(GetParam().text, "/d/file.json");
    ASSERT_FALSE(json);
    EXPECT_EQ(json.error().code, ErrorCode::JsonInvalid);
    EXPECT_EQ(json.error().arg("path"), "/d/file.json");
    EXPECT_THAT(message_of(json.error()), HasSubstr(GetParam().why));
}

INSTANTIATE_TEST_SUITE_P(
    Texts, JsonRefused,
    testing::Values(
        Text{"Empty", "", "byte 1"}, Text{"Blanks", " \n", "byte"},
        Text{"Truncated", R"({"a": [1, 2)", "byte"},
        Text{"TrailingComma", R"({"a": 1,})", "byte 9"}, Text{"LineComment", "{} // x", "byte"},
        Text{"BlockComment", "{/* x */}", "byte"}, Text{"Nan", R"({"a": NaN})", "byte"},
        Text{"Infinity", "[Infinity]", "byte"}, Text{"TooLarge", R"({"a": 1e999})", "1e999"},
        Text{"TooLargeNegative", "[-1e999]", "1e999"}, Text{"TwoValues", "{} {}", "byte"},
        Text{"LeadingZero", "[01]", "byte"}, Text{"SingleQuotes", "{'a': 1}", "byte"},
        Text{"ControlCharacter", "[\"a\nb\"]", "byte"}, Text{"NotUtf8", "[\"\xff\"]", "byte"},
        Text{"Overlong", "[\"\xC0\xAF\"]", "byte"}, Text{"LoneSurrogate", R"(["\ud800"])", "byte"},
        Text{"DuplicateKey", R"({"a": 1, "b": {"c": 1, "c": 2}})", "\"c\" stands twice"},
        Text{"DuplicateAfterEscape", R"({"a": 1, "\u0061": 2})", "\"a\" stands twice"},
        Text{"DeepArrays", std::string(100'000, '['), "deeper than 64"},
        Text{"DeepObjects",
             [] {
                 std::string text;
                 for (int i = 0; i < 20'000; ++i) text += R"({"a":)";
                 return text;
             }(),
             "deeper than 64"}),
    [](const auto& test) { return test.param.name; });

TEST(Json, ALineIsNamedWhereThereAreSeveral) {
    EXPECT_THAT(
        message_of(parse_json("{\"a\":x}", "f").error()),
        testing::StartsWith("f is not valid JSON: byte 6: syntax error while parsing value"));
    EXPECT_THAT(message_of(parse_json("{\n \"a\":x}", "f").error()),
                HasSubstr("JSON: byte 8 (line 2, column 6): syntax error"));
    EXPECT_THAT(message_of(parse_json("[1e999]", "f").error()),
                HasSubstr("byte 6: number overflow parsing '1e999'"));
}

TEST(Json, AcceptsWhatTheStandardAllows) {
    for (const char* text : {"{}", "[]", " 1 ", "null", R"({"a":{"b":1},"c":{"b":1}})",
                             R"(["\ud83d\ude00", "中", -0.0, 1e-400, 18446744073709551615])"})
        MOELORA_ASSERT_OK(parse_json(text, "t"));
    EXPECT_EQ(parse_json("\xEF\xBB\xBF{\"a\":1}", "t").value()["a"], 1);
    EXPECT_TRUE(parse_json(std::string(64, '[') + std::string(64, ']'), "t"));
    EXPECT_FALSE(parse_json(std::string(65, '[') + std::string(65, ']'), "t"));
}

TEST(Json, LimitsCanBeSet) {
    EXPECT_FALSE(parse_json("[[1]]", "t", {.max_depth = 1}));
    EXPECT_TRUE(parse_json(R"({"a":1,"a":2})", "t", {.allow_duplicate_keys = true}));
    EXPECT_FALSE(parse_json("\xEF\xBB\xBF{}", "t", {.allow_bom = false}));
}

TEST(Json, ReadNamesMissingFilesAndFolders) {
    const test::TempDir dir;
    EXPECT_EQ(read_json(dir / "none").error().code, ErrorCode::FileMissing);
    EXPECT_EQ(read_json(dir.path()).error().code, ErrorCode::FileUnreadable);
    std::ofstream(dir / "empty").flush();
    EXPECT_EQ(read_json(dir / "empty").error().code, ErrorCode::JsonInvalid);
}

TEST(Json, ConversionsDoNotRoundWrapOrCoerce) {
    EXPECT_EQ(as_int(Json(7)), 7);
    EXPECT_EQ(as_int(Json(-7)), -7);
    EXPECT_EQ(as_int(Json(9223372036854775807u)), 9223372036854775807);
    for (const Json& bad :
         {Json(2.7), Json(2.0), Json(true), Json("3"), Json(nullptr), Json(9223372036854775808u)})
        EXPECT_FALSE(as_int(bad)) << bad;
    EXPECT_EQ(as_double(Json(3)), 3.0);
    EXPECT_EQ(as_double(Json(0.5)), 0.5);
    for (const Json& bad : {Json(true), Json("0.5"), Json(nullptr), Json::array()})
        EXPECT_FALSE(as_double(bad)) << bad;
    EXPECT_EQ(as_bool(Json(true)), true);
    EXPECT_FALSE(as_bool(Json(1)));
    EXPECT_EQ(as_string(Json("x")), "x");
    EXPECT_FALSE(as_string(Json(1)));
}

TEST(Json, NotFiniteNumbersAreWords) {
    const double infinity = std::numeric_limits<double>::infinity();
    EXPECT_EQ(number_json(std::nan("")), "nan");
    EXPECT_EQ(number_json(infinity), "inf");
    EXPECT_EQ(number_json(-infinity), "-inf");
    EXPECT_EQ(number_json(0.5), 0.5);
    EXPECT_TRUE(std::isnan(number_from_json(Json("nan")).value()));
    EXPECT_EQ(number_from_json(Json("-inf")), -infinity);
    EXPECT_EQ(number_from_json(Json("inf")), infinity);
    EXPECT_EQ(number_from_json(Json(2)), 2.0);
    for (const Json& bad : {Json("NaN"), Json("1"), Json(true), Json(nullptr)})
        EXPECT_FALSE(number_from_json(bad)) << bad;
}

// The rows of the shared collection that are wrong as JSON, whatever they describe.
TEST(JsonBad, SyntacticRowsOfTheManifestAreAnsweredAsItSays) {
    MOELORA_NEED_SHARED_DATA();
    const std::string folder = test::shared_data_dir() + "/bad/config/";
    for (const char* name : {"empty", "truncated", "trailing_comma", "comment", "nan",
                             "number_too_large", "not_utf8", "duplicate_key", "deep_nesting"}) {
        const std::string path = folder + name + ".json";
        const auto json = read_json(path);
        ASSERT_FALSE(json) << path;
        EXPECT_EQ(json.error().code, ErrorCode::JsonInvalid) << message_of(json.error());
        EXPECT_THAT(message_of(json.error()), HasSubstr(path));
        EXPECT_EQ(entry_of(json.error().code).exit_code, 3);
    }
    for (const char* name : {"bom", "not_object", "ok_qwen3_vl", "hidden_size_huge"})
        MOELORA_ASSERT_OK(read_json(folder + name + ".json"));
}

}  // namespace
}  // namespace moelora
