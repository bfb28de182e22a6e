// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/series.h"

#include <cmath>
#include <map>
#include <optional>
#include <string_view>
#include <type_traits>

#include "core/record/record_fields.h"
#include "core/record/router_facts.h"

namespace moelora {
namespace {

// Collects the numbers of a record under "prefix/name".
struct Collector {
    std::string prefix;
    std::vector<Scalar> out;
    template <class T>
    void operator()(const char* name, const T& field) {
        if constexpr (std::is_arithmetic_v<T>) {
            if (std::string_view(name) != "step")
                out.push_back({prefix + name, static_cast<double>(field)});
        }
    }
    template <class T>
    void operator()(const char* name, const std::optional<T>& field) {
        if (field) (*this)(name, *field);
    }
    template <class T>
    void maybe(const char* name, const T& field) {
        (*this)(name, field);
    }
};

template <class R>
std::vector<Scalar> collect(const char* prefix, const R& record) {
    Collector collector{prefix, {}};
    record_fields(collector, record, Of<R>{});
    return std::move(collector.out);
}

void add_each(std::vector<Scalar>& out, const std::string& name,
              const std::vector<double>& values) {
    for (std::size_t e = 0; e < values.size(); ++e)
        out.push_back({name + "/" + std::to_string(e), values[e]});
}

std::string short_site(const std::string& site) {
    constexpr std::string_view prefix = "model.language_model.";
    return site.starts_with(prefix) ? site.substr(prefix.size()) : site;
}

struct Mean {
    std::vector<double> sum;
    double count = 0;
};

void add_to(Mean& mean, const std::vector<double>& values) {
    if (mean.sum.size() < values.size()) mean.sum.resize(values.size());
    for (std::size_t e = 0; e < values.size(); ++e) mean.sum[e] += values[e];
    mean.count += 1;
}

}  // namespace

std::vector<Scalar> series_of(const StepRecord& record) {
    return collect("train/", record);
}
std::vector<Scalar> series_of(const EvalRecord& record) {
    return collect("eval/", record);
}

std::vector<Scalar> series_of(const std::vector<RouterRecord>& records) {
    std::vector<Scalar> out;
    std::map<std::string, Mean> parts;  // "by_task/TASK", "by_kind/KIND"
    for (const RouterRecord& r : records) {
        const std::string site = "router/" + short_site(r.site);
        add_each(out, site + "/weight", r.weight);
        add_each(out, site + "/load", r.load);
        out.push_back({site + "/entropy", r.entropy});
        out.push_back({site + "/effective_experts", r.effective_experts});
        add_each(out, site + "/probability", r.probability);
        if (!r.probability.empty()) {
            out.push_back({site + "/marginal_entropy", r.marginal_entropy});
            out.push_back({site + "/marginal_experts", marginal_experts(r)});
        }
        out.push_back({site + "/dead_experts", static_cast<double>(dead_experts(r))});
        if (std::isfinite(load_ratio(r))) out.push_back({site + "/load_ratio", load_ratio(r)});
        for (const auto& [task, weights] : r.by_task) add_to(parts["by_task/" + task], weights);
        for (const auto& [kind, weights] : r.by_kind) add_to(parts["by_kind/" + kind], weights);
    }
    for (auto& [part, mean] : parts) {
        for (double& sum : mean.sum) sum /= mean.count;
        add_each(out, "router/" + part + "/weight", mean.sum);
    }
    return out;
}

}  // namespace moelora
