// SPDX-License-Identifier: GPL-3.0-or-later
// Valid headers, one for each dtype, changed at random places: whatever is accepted must tile the
// data part. Run under the address sanitizer, this also shows that nothing outside is read.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <utility>

#include "core/io/safetensors_header.h"

namespace moelora {
namespace {

constexpr std::uint64_t buffer_bytes = 48;

constexpr std::pair<const char*, const char*> dtypes[] = {  // with a shape of 48 bytes
    {"BOOL", "[48]"},    {"U8", "[6,8]"},     {"I8", "[48,1]"}, {"F8_E4M3", "[48]"},
    {"F8_E5M2", "[48]"}, {"F8_E8M0", "[48]"}, {"F4", "[96]"},   {"F6_E2M3", "[8,8]"},
    {"I16", "[24]"},     {"U16", "[2,3,4]"},  {"F16", "[4,6]"}, {"BF16", "[24]"},
    {"I32", "[12]"},     {"U32", "[3,4]"},    {"F32", "[2,6]"}, {"F64", "[2,3]"},
    {"I64", "[6]"},      {"U64", "[1,6]"},    {"C64", "[3,2]"}};

std::vector<std::string> seeds() {
    std::vector<std::string> out;
    for (const auto& [dtype, shape] : dtypes)
        out.push_back(std::string(R"({"__metadata__":{"format":"pt"},"a":{"dtype":")") + dtype +
                      R"(","shape":)" + shape +
                      R"(,"data_offsets":[0,48]},"b":{"dtype":"F32","shape":[0],)"
                      R"("data_offsets":[48,48],"x":[{}]}} )");
    return out;
}

void change(std::string& text, std::mt19937& random) {
    static constexpr std::string_view pieces[] = {"0",
                                                  "1",
                                                  "48",
                                                  "-1",
                                                  "18446744073709551615",
                                                  "1e3",
                                                  "2.5",
                                                  "[",
                                                  "]",
                                                  "{",
                                                  "}",
                                                  "\"",
                                                  ",",
                                                  ":",
                                                  "null",
                                                  "true",
                                                  "\"a\":",
                                                  "\"dtype\":\"F32\"",
                                                  "\"shape\":[]",
                                                  "\xff",
                                                  "\\u0000",
                                                  " "};
    const auto pick = [&](std::size_t n) { return static_cast<std::size_t>(random()) % n; };
    const std::size_t at = pick(text.size() + 1);
    switch (random() % 4) {
        case 0:
            text.insert(at, pieces[pick(std::size(pieces))]);
            break;
        case 1:
            text.erase(at, 1 + pick(8));
            break;
        case 2:
            if (at < text.size()) text[at] = static_cast<char>(random());
            break;
        default:
            text.insert(at, text.substr(pick(text.size() + 1), pick(40)));
    }
}

TEST(SafetensorsFuzz, WhateverIsAcceptedTilesTheData) {
    const std::vector<std::string> valid = seeds();
    for (const std::string& seed : valid) {
        SafetensorsHeader header;
        EXPECT_EQ(parse_safetensors_header(seed, buffer_bytes, header), "") << seed;
    }
    std::mt19937 random(20260101);
    int accepted = 0;
    for (int round = 0; round < 30'000; ++round) {
        std::string text = valid[static_cast<std::size_t>(round) % valid.size()];
        for (auto changes = 1 + random() % 4; changes > 0 && !text.empty(); --changes)
            change(text, random);
        SafetensorsHeader header;
        if (!parse_safetensors_header(text, buffer_bytes, header).empty()) continue;
        ++accepted;
        std::uint64_t covered = 0;
        for (const TensorEntry& entry : header.entries) {
            ASSERT_LE(entry.begin, entry.end) << text;
            ASSERT_LE(entry.end, buffer_bytes) << text;
            ASSERT_TRUE(std::all_of(entry.shape.begin(), entry.shape.end(), [](std::int64_t d) {
                return d >= 0;
            })) << text;
            covered += entry.end - entry.begin;
        }
        ASSERT_EQ(covered, buffer_bytes) << text;
    }
    EXPECT_GT(accepted, 100) << "the changes are too rough to test anything";
}

}  // namespace
}  // namespace moelora
