// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/record/events.h"

#include <type_traits>

namespace moelora {
namespace {

// '\x1f' (unit separator) cannot be confused with a character of a stage or a sample id.
std::string key(std::string_view kind, JobId job, std::string_view a = {},
                std::string_view b = {}) {
    std::string out(kind);
    out += '\x1f';
    out += std::to_string(job);
    for (const std::string_view part : {a, b}) {
        out += '\x1f';
        out += part;
    }
    return out;
}

template <class E>
concept Lossless = requires(E& event) {
    event.seq;
};

}  // namespace

JobId job_of(const Event& event) {
    return std::visit([](const auto& e) { return e.job; }, event);
}

std::string coalesce_key(const Event& event) {
    if (const auto* e = std::get_if<StageProgress>(&event)) return key("stage", e->job, e->stage);
    if (const auto* e = std::get_if<CaptionProgress>(&event))
        return key("caption", e->job, e->sample, e->variant);
    if (const auto* e = std::get_if<ResourceSampled>(&event)) return key("resource", e->job);
    return {};
}

std::int64_t* seq_of(Event& event) {
    return std::visit(
        [](auto& e) -> std::int64_t* {
            if constexpr (Lossless<std::remove_reference_t<decltype(e)>>)
                return &e.seq;
            else
                return nullptr;
        },
        event);
}

}  // namespace moelora
