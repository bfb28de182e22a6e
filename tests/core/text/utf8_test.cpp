// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/utf8.h"

#include <gtest/gtest.h>

namespace moelora {
namespace {

std::string lossy(std::string_view text, bool hold = false) {
    std::string out;
    append_lossy(out, text, hold);
    return out;
}
const std::string bad = "\xEF\xBF\xBD";

TEST(Utf8, Utf8_EachBadPartBecomesOneReplacement) {
    EXPECT_EQ(lossy("a\xFF"
                    "b"),
              "a" + bad + "b");
    EXPECT_EQ(lossy("\xE4\xB8"), bad);                  // cut short: one
    EXPECT_EQ(lossy("\xE4\xB8x"), bad + "x");           // broken by another character: one
    EXPECT_EQ(lossy("\xC0\xAF"), bad + bad);            // overlong
    EXPECT_EQ(lossy("\xED\xA0\x80"), bad + bad + bad);  // surrogate
    EXPECT_EQ(lossy("\xF4\x90\x80\x80"), bad + bad + bad + bad);
    EXPECT_EQ(lossy("\xF0\x9F\x90\xA2"), "\xF0\x9F\x90\xA2");
}

TEST(Utf8, Utf8_AnIncompleteEndCanBeHeldBack) {
    std::string out;
    EXPECT_EQ(append_lossy(out, "a\xE4\xB8", true), 1u);
    EXPECT_EQ(out, "a");
}

TEST(Utf8, Utf8_AppendWritesWhatStepReads) {
    for (const char32_t code : {U'a', U'\u00e9', U'\u4e24', U'\U0001F422', U'\U0010FFFF'}) {
        std::string text;
        append_utf8(text, code);
        const Utf8Step step = utf8_step(text);
        EXPECT_EQ(step.state, Utf8State::Valid);
        EXPECT_EQ(step.code, code);
        EXPECT_EQ(step.length, text.size());
    }
}

}  // namespace
}  // namespace moelora
