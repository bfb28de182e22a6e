// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/data_needs.h"

#include <iterator>
#include <utility>

#include "core/options/config.h"

namespace moelora {

std::string listed_tasks(const std::vector<std::string>& names) {
    std::string out;
    for (const std::string& name : names) out += (out.empty() ? "" : ", ") + name;
    return out.empty() ? "-" : out;
}

std::optional<Issue> doubt_of_balance(const AdapterOptions& adapter, std::int64_t images,
                                      std::int64_t sample_types) {
    if (adapter.balance == BalanceKind::None || adapter.balance_coef == 0) return std::nullopt;
    if (adapter.balance_tokens == TokenMask::Image && images == 0)
        return doubtful_option("adapter.balance_tokens", "image",
                               "the data have no pictures, so it is zero");
    if (adapter.balance != BalanceKind::Localized || sample_types == 2) return std::nullopt;
    return doubtful_option("adapter.balance", "localized",
                           sample_types == 0 ? "the data name no sample types, so it is zero"
                                             : "it knows two sample types, and the data have " +
                                                   std::to_string(sample_types));
}

std::vector<Issue> unmet_needs(const AdapterOptions& adapter, const DatasetSummary& data) {
    std::vector<Issue> out;
    std::int64_t with_task = 0;
    std::vector<std::string> names;
    for (const auto& [name, samples] : data.tasks) {
        if (name.empty()) continue;
        with_task += samples;
        names.push_back(name);
    }
    if (adapter.router == RouterKind::Task && with_task < data.samples)
        out.push_back({Severity::Error,
                       {ErrorCode::TaskMissing,
                        {{"sample", "At least one sample"}, {"known", listed_tasks(names)}},
                        {},
                        {}},
                       {data.path, 0, {}},
                       data.samples - with_task});
    if (auto doubtful = doubt_of_balance(adapter, data.images, std::ssize(data.sample_types)))
        out.push_back(std::move(*doubtful));
    return out;
}

}  // namespace moelora
