// SPDX-License-Identifier: GPL-3.0-or-later
// The one way in which good code reports failure: a value or an Error, never an exception.
#pragma once

#include <tl/expected.hpp>

#include "core/base/error.h"

namespace moelora {

template <class T>
using Result = tl::expected<T, Error>;
using Status = tl::expected<void, Error>;

// Makes the failed half of a Result: `return fail(ErrorCode::FileMissing, {{"path", p}});`
[[nodiscard]] inline tl::unexpected<Error> fail(ErrorCode code, std::vector<Arg> args = {},
                                                std::string detail = {}) {
    return tl::make_unexpected(Error{code, std::move(args), {}, std::move(detail)});
}

// Passes an error on with one more line of context ("loading run 12"), innermost first.
[[nodiscard]] inline tl::unexpected<Error> pass(Error error, std::string context = {}) {
    if (!context.empty()) error.context.push_back(std::move(context));
    return tl::make_unexpected(std::move(error));
}

}  // namespace moelora

#define MOELORA_CONCAT_(a, b) a##b
#define MOELORA_CONCAT(a, b) MOELORA_CONCAT_(a, b)

// MOELORA_TRY(x, expression): declares x with the value, or returns the error from this function.
#define MOELORA_TRY(declaration, expression) \
    MOELORA_TRY_(declaration, expression, MOELORA_CONCAT(result_, __LINE__))
#define MOELORA_TRY_(declaration, expression, temporary)                  \
    auto temporary = (expression);                                        \
    if (!temporary) return ::moelora::pass(std::move(temporary).error()); \
    declaration = std::move(*temporary)

// The same for an expression without a value.
#define MOELORA_TRY_STATUS(expression)                          \
    do {                                                        \
        if (auto status_ = (expression); !status_)              \
            return ::moelora::pass(std::move(status_).error()); \
    } while (false)
