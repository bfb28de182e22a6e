// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/numbering.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <sstream>

#include "core/base/json.h"

namespace moelora {
namespace {

std::optional<std::int64_t> whole(const std::string& text) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return {};
    return value;
}

// 2 before 10 before "a".
bool before(const std::string& a, const std::string& b) {
    const auto x = whole(a), y = whole(b);
    if (x && y && *x != *y) return *x < *y;
    if (x.has_value() != y.has_value()) return x.has_value();
    return a < b;
}

// The names of a file {"str2id": {name: number}} in the order of their numbers, which are 1, 2, ...
Result<std::vector<std::string>> listed_tasks(const std::string& path) {
    MOELORA_TRY(const Json json, read_json(path));
    const auto refuse = [&](const char* why) {
        return fail(ErrorCode::TableInvalid, {{"path", path}, {"why", why}});
    };
    const Json ids = json.is_object() ? json.value("str2id", Json{}) : Json{};
    if (!ids.is_object()) return refuse("it has no object \"str2id\"");
    std::map<std::int64_t, std::string> by_number;
    for (const auto& [name, value] : ids.items()) {
        const auto number = as_int(value);
        if (!number || *number < 1 || !by_number.emplace(*number, name).second)
            return refuse("its task numbers are not whole numbers from 1 on, each once");
    }
    std::vector<std::string> out;
    for (const auto& [number, name] : by_number) {
        out.push_back(name);
        if (number != static_cast<std::int64_t>(out.size()))
            return refuse("its task numbers have a gap");
    }
    return out;
}

void append_new(std::vector<std::string>& names, const std::set<std::string>& found) {
    std::vector<std::string> fresh;
    for (const std::string& name : found)
        if (std::find(names.begin(), names.end(), name) == names.end()) fresh.push_back(name);
    std::sort(fresh.begin(), fresh.end(), before);
    names.insert(names.end(), fresh.begin(), fresh.end());
}

// 0, 1, ... up to the largest when all are small whole numbers: a number is then its own number.
std::optional<std::vector<std::string>> counted(const std::set<std::string>& found) {
    constexpr std::int64_t most = 1024;
    std::int64_t largest = -1;
    for (const std::string& name : found) {
        const auto value = whole(name);
        if (!value || *value < 0 || *value > most || std::to_string(*value) != name) return {};
        largest = std::max(largest, *value);
    }
    std::vector<std::string> out;
    for (std::int64_t i = 0; i <= largest; ++i) out.push_back(std::to_string(i));
    return out;
}

}  // namespace

std::int64_t number_of(const std::vector<std::string>& names, const std::string& name) {
    if (name.empty()) return -1;
    const auto found = std::find(names.begin(), names.end(), name);
    return found == names.end() ? -1 : found - names.begin();
}

Status number_names(Dataset& dataset, const DataOptions& data, const std::string& record_file) {
    std::set<std::string> tasks, types;
    for (const DatasetSample& sample : dataset.samples) {
        std::istringstream several(sample.task);
        for (std::string one; std::getline(several, one, '|');)
            if (!one.empty()) tasks.insert(one);
        if (!sample.sample_type.empty()) types.insert(sample.sample_type);
    }
    dataset.tasks = data.tasks;
    const auto beside = std::filesystem::path(record_file).parent_path() / "task_dataset.json";
    std::error_code ignored;
    if (data.tasks.empty() && !tasks.empty() && std::filesystem::exists(beside, ignored)) {
        MOELORA_TRY(dataset.tasks, listed_tasks(beside.string()));
        dataset.evidence += ", task numbers from " + beside.filename().string();
    }
    append_new(dataset.tasks, tasks);
    dataset.sample_types = data.sample_types;
    if (auto numbers = data.sample_types.empty() ? counted(types) : std::nullopt)
        dataset.sample_types = std::move(*numbers);
    else
        append_new(dataset.sample_types, types);
    return {};
}

}  // namespace moelora
