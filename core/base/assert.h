// SPDX-License-Identifier: GPL-3.0-or-later
// Checks against our own bugs. They throw std::logic_error; the job's edge turns that into
// ErrorCode::Internal.
#pragma once

#include <stdexcept>
#include <string>

#define MOELORA_ASSERT(condition, message)                                             \
    do {                                                                               \
        if (!(condition)) throw std::logic_error(std::string("[moelora] ") + message); \
    } while (false)
