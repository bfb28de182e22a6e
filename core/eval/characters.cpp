// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/eval/characters.h"

#include <algorithm>
#include <initializer_list>

namespace moelora {
namespace {

struct Range {
    char32_t first, last;
};

bool is_in(std::initializer_list<Range> ranges, char32_t code) {
    return std::any_of(ranges.begin(), ranges.end(),
                       [=](Range r) { return code >= r.first && code <= r.last; });
}

}  // namespace

bool is_white(char32_t code) {
    return is_in({{0x09, 0x0D},
                  {0x20, 0x20},
                  {0x85, 0x85},
                  {0xA0, 0xA0},
                  {0x1680, 0x1680},
                  {0x2000, 0x200A},
                  {0x2028, 0x2029},
                  {0x202F, 0x202F},
                  {0x205F, 0x205F},
                  {0x3000, 0x3000}},
                 code);
}

bool is_cjk(char32_t code) {
    return is_in({{0x2E80, 0x2FDF},
                  {0x3001, 0x312F},
                  {0x31A0, 0x9FFF},
                  {0xF900, 0xFAFF},
                  {0xFE30, 0xFE4F},
                  {0xFF00, 0xFF9F},
                  {0x1B000, 0x1B16F},
                  {0x20000, 0x3FFFF}},
                 code);
}

}  // namespace moelora
