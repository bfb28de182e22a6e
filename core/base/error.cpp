// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/error.h"

namespace moelora {

const std::vector<ErrorEntry>& error_catalogue() {
    static const std::vector<ErrorEntry> catalogue = {
#define MOELORA_ERROR(name, id, exit_code, what, hint) \
    {ErrorCode::name, #name, id, exit_code, what, hint},
#include "core/base/error_codes.inc"
#undef MOELORA_ERROR
    };
    return catalogue;
}

const ErrorEntry& entry_of(ErrorCode code) {
    return error_catalogue().at(static_cast<std::size_t>(code));
}

std::string_view Error::arg(std::string_view name) const {
    for (const Arg& a : args)
        if (a.name == name) return a.value;
    return {};
}

std::string fill(std::string_view text, const std::vector<Arg>& args) {
    std::string out;
    for (std::size_t i = 0; i < text.size();) {
        bool replaced = false;
        if (text[i] == '{') {
            const std::size_t end = text.find('}', i);
            const std::string_view name = end == std::string_view::npos
                                              ? std::string_view{}
                                              : text.substr(i + 1, end - i - 1);
            for (const Arg& a : args) {
                if (name.empty() || a.name != name) continue;
                out += a.value;
                i = end + 1;
                replaced = true;
                break;
            }
        }
        if (!replaced) out += text[i++];
    }
    return out;
}

std::string message_of(const Error& error) {
    return fill(entry_of(error.code).what, error.args);
}

std::string hint_of(const Error& error) {
    return fill(entry_of(error.code).hint, error.args);
}

}  // namespace moelora
