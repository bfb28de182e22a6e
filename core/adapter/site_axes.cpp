// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/adapter/site_axes.h"

#include <charconv>
#include <string_view>

namespace moelora {
namespace {

tl::unexpected<Error> refuse(const std::string& entry, std::string why) {
    return fail(
        ErrorCode::OptionInvalid,
        {{"option", "adapter.site_axes"}, {"value", "\"" + entry + "\""}, {"why", std::move(why)}});
}

std::string_view trimmed(std::string_view text) {
    const std::size_t first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

template <class T>
bool take(std::string_view text, T most, std::optional<T>& to) {
    T value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || !(value > 0) || value > most)
        return false;
    to = value;
    return true;
}

// "rank=4"; "" or why not.
std::string take_part(std::string_view part, SiteAxes& axes) {
    const std::size_t equals = part.find('=');
    const std::string key(trimmed(part.substr(0, equals)));
    if (equals == std::string_view::npos) return key + " needs a value";
    const std::string_view value = trimmed(part.substr(equals + 1));
    const struct {
        const char* name;
        std::int64_t most;
        std::optional<std::int64_t>& field;
    } counts[] = {
        {"experts", 64, axes.experts}, {"rank", 1024, axes.rank}, {"top_k", 64, axes.top_k}};
    for (const auto& count : counts)
        if (key == count.name)
            return take(value, count.most, count.field)
                       ? std::string()
                       : key + " must be from 1 to " + std::to_string(count.most);
    if (key != "alpha") return "there is no " + key + "; there are experts, rank, top_k and alpha";
    return take(value, 1e6, axes.alpha) ? std::string() : "alpha must be above 0";
}

}  // namespace

Result<std::vector<SiteAxes>> read_site_axes(const std::vector<std::string>& entries) {
    std::vector<SiteAxes> out;
    for (const std::string& entry : entries) {
        const std::size_t colon = entry.find(':');
        SiteAxes axes;
        axes.pattern = std::string(trimmed(std::string_view(entry).substr(0, colon)));
        if (colon == std::string::npos || axes.pattern.empty())
            return refuse(entry, "it is not of the form PATTERN: rank=4, experts=2");
        std::string_view rest = std::string_view(entry).substr(colon + 1);
        for (bool more = true; more;) {
            const std::size_t comma = rest.find(',');
            more = comma != std::string_view::npos;
            if (std::string why = take_part(rest.substr(0, comma), axes); !why.empty())
                return refuse(entry, std::move(why));
            if (more) rest.remove_prefix(comma + 1);
        }
        out.push_back(std::move(axes));
    }
    return out;
}

}  // namespace moelora
