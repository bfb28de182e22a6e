// SPDX-License-Identifier: GPL-3.0-or-later
// What every options struct promises, and the known answers of a small one.
#include <gmock/gmock.h>

#include <iterator>
#include <limits>
#include <set>

#include "core/options/visit.h"
#include "tests/support/shared_data.h"

namespace moelora {
namespace {

template <class T>
class EveryOptionsStruct : public testing::Test {};
using OptionStructs = testing::Types<ModelOptions, DataOptions, AdapterOptions, TrainOptions,
                                     GenerateOptions, DeviceOptions>;
TYPED_TEST_SUITE(EveryOptionsStruct, OptionStructs);

TYPED_TEST(EveryOptionsStruct, DefaultsAreInRange) {
    std::vector<Issue> issues;
    group_check_ranges(TypeParam{}, "group", issues);
    EXPECT_TRUE(issues.empty()) << message_of(issues.front().error);
}

TYPED_TEST(EveryOptionsStruct, JsonRoundTripIsEqual) {
    TypeParam options;
    TypeParam::describe(options, [](std::string_view, auto& value, const Meta& meta) {
        using T = std::decay_t<decltype(value)>;  // another value than the default
        if constexpr (std::is_same_v<T, bool>)
            value = !value;
        else if constexpr (std::is_enum_v<T>)
            value = std::rbegin(EnumNames<T>::table)->first;
        else if constexpr (std::is_arithmetic_v<T>)
            value = static_cast<T>(meta.max > 0 ? meta.max / 3 : 1);
        else if constexpr (std::is_same_v<T, std::string>)
            value = "a \"b\" 中";
        else
            value.push_back({});
    });
    TypeParam back;
    std::vector<Issue> issues;
    group_from_json(Json::parse(group_to_json(options).dump()), back, "group", "", issues);
    EXPECT_TRUE(issues.empty());
    EXPECT_EQ(back, options);
    EXPECT_NE(back, TypeParam{});
}

TYPED_TEST(EveryOptionsStruct, FieldsHaveLabelHelpAndNamesOfTheirOwn) {
    const TypeParam options;
    std::set<std::string> names;
    TypeParam::describe(options, [&](std::string_view name, const auto&, const Meta& meta) {
        EXPECT_TRUE(names.insert(std::string(name)).second) << name;
        EXPECT_THAT(std::string(name), testing::MatchesRegex("[a-z][a-z0-9_]*"));
        EXPECT_FALSE(meta.label.empty()) << name;
        EXPECT_TRUE(meta.help.ends_with(".")) << name << ": " << meta.help;
    });
}

TYPED_TEST(EveryOptionsStruct, EnumValuesAreNamedOnceEach) {
    const TypeParam options;
    TypeParam::describe(options, [&](std::string_view name, const auto& value, const Meta&) {
        using T = std::decay_t<decltype(value)>;
        if constexpr (std::is_enum_v<T>) {
            std::set<std::string_view> texts;
            int next = 0;
            for (const auto& [item, text] : EnumNames<T>::table) {
                EXPECT_EQ(static_cast<int>(item), next++) << name << ": a value is missing";
                EXPECT_TRUE(texts.insert(text).second) << name;
                EXPECT_FALSE(text.empty());
            }
            EXPECT_FALSE(name_of_enum(value).empty()) << name;
        }
    });
}

// ---- known answers of architecture.md, section 9

enum class Schedule { Constant, Linear, Cosine };

struct SmallOptions {
    std::int64_t rank = 8, num_experts = 4;
    double router_aux_weight = 0.01;
    Schedule lr_schedule = Schedule::Cosine;

    template <class Self, class V>
    static void describe(Self& o, V&& v) {
        v("rank", o.rank, Meta{.label = "LoRA rank r", .min = 1, .max = 1024, .was = "lora_rank"});
        v("num_experts", o.num_experts, Meta{.label = "Experts", .min = 1, .max = 64});
        v("router_aux_weight", o.router_aux_weight,
          Meta{.label = "Balance loss weight", .max = 1, .enabled = o.num_experts > 1});
        v("lr_schedule", o.lr_schedule, Meta{.label = "Learning-rate schedule"});
    }
    bool operator==(const SmallOptions&) const = default;
};

}  // namespace
template <>
struct EnumNames<Schedule> {
    static constexpr std::pair<Schedule, std::string_view> table[] = {
        {Schedule::Constant, "constant"},
        {Schedule::Linear, "linear"},
        {Schedule::Cosine, "cosine"}};
};
namespace {

TEST(Visitors, WriteAndReadTheKnownAnswer) {
    SmallOptions options;
    options.rank = 16;
    options.lr_schedule = Schedule::Linear;
    const Json json = group_to_json(options);
    EXPECT_EQ(json.dump(),
              "{\"lr_schedule\":\"linear\",\"num_experts\":4,\"rank\":16,"
              "\"router_aux_weight\":0.01}");
    SmallOptions back;
    std::vector<Issue> issues;
    group_from_json(json, back, "", "", issues);
    EXPECT_EQ(back, options);
    EXPECT_TRUE(issues.empty());
}

TEST(Visitors, ReadOldNamesAndReportEveryBadValueAndUnknownKey) {
    const Json json =
        Json::parse(R"({"lora_rank":4,"lr_schedule":"cosin","num_expert":3,"num_experts":2.5})");
    SmallOptions options;
    std::vector<Issue> issues;
    group_from_json(json, options, "", "c.json", issues);
    EXPECT_EQ(options.rank, 4);
    EXPECT_EQ(options.num_experts, 4);
    EXPECT_EQ(options.lr_schedule, Schedule::Cosine);
    ASSERT_EQ(issues.size(), 3u);
    EXPECT_EQ(message_of(issues[0].error), "num_experts cannot be 2.5: it must be a whole number");
    EXPECT_EQ(message_of(issues[1].error),
              "lr_schedule cannot be \"cosin\": choose one of: constant, linear, cosine");
    EXPECT_EQ(message_of(issues[2].error), "There is no option num_expert.");
    EXPECT_THAT(hint_of(issues[2].error), testing::HasSubstr("Did you mean num_experts?"));
    for (const Issue& issue : issues) {
        EXPECT_EQ(issue.severity, Severity::Error);
        EXPECT_EQ(issue.where.file, "c.json");
    }
    EXPECT_EQ(issues[2].where.item, "num_expert");
}

TEST(Visitors, TheNewNameBeatsTheOldOne) {
    SmallOptions options;
    std::vector<Issue> issues;
    group_from_json(Json::parse(R"({"lora_rank":4,"rank":5})"), options, "", "", issues);
    EXPECT_EQ(options.rank, 5);
    EXPECT_TRUE(issues.empty());
}

TEST(Visitors, NothingIsRoundedWrappedOrCoerced) {
    const std::pair<const char*, const char*> bad[] = {
        {"num_experts", "2.7"},        {"num_experts", "true"},
        {"num_experts", "\"3\""},      {"num_experts", "9223372036854775808"},
        {"num_experts", "null"},       {"router_aux_weight", "\"0.5\""},
        {"router_aux_weight", "true"}, {"lr_schedule", "1"},
    };
    for (const auto& [name, value] : bad) {
        SmallOptions options;
        std::vector<Issue> issues;
        group_from_json({{name, Json::parse(value)}}, options, "", "", issues);
        EXPECT_EQ(issues.size(), 1u) << name << " " << value;
        EXPECT_EQ(options, SmallOptions{}) << name << " " << value;
    }
}

TEST(Visitors, RangesAreInclusiveAndNotANumberIsOutside) {
    SmallOptions options;
    options.rank = 1024;
    options.num_experts = 0;
    options.router_aux_weight = std::numeric_limits<double>::quiet_NaN();
    std::vector<Issue> issues;
    group_check_ranges(options, "a", issues);
    ASSERT_EQ(issues.size(), 2u);
    EXPECT_EQ(message_of(issues[0].error), "a.num_experts cannot be 0: it must be from 1 to 64");
    EXPECT_EQ(issues[1].where.item, "a.router_aux_weight");
}

}  // namespace
}  // namespace moelora
