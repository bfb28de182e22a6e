// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/sample_list.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "core/base/json.h"
#include "core/image/image.h"
#include "core/io/files.h"
#include "core/session/fingerprint.h"

namespace moelora {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t format_version = 1;
// Of a sample's fingerprint: enough to see that it is another one.
constexpr std::size_t digits_kept = 16;

// 0 for a file that is not there.
std::int64_t bytes_of(const std::string& path) {
    std::error_code error;
    const std::uintmax_t bytes = fs::file_size(path, error);
    return error ? 0 : static_cast<std::int64_t>(bytes);
}

Json line_of(const DatasetSample& sample, const std::string& root) {
    Json pictures = Json::array(), bytes = Json::array();
    sample.for_each_picture([&](const std::string& path) {
        pictures.push_back(fs::path(path).lexically_proximate(root).string());
        bytes.push_back(bytes_of(path));
    });
    return {{"id", sample.id},
            {"image_id", sample.image_id},
            {"part", static_cast<int>(sample.part)},
            {"task", sample.task},
            {"sum", sample_fingerprint(sample, root).substr(0, digits_kept)},
            {"images", std::move(pictures)},
            {"bytes", std::move(bytes)}};
}

struct Listed {
    DatasetSample sample;  // names one picture and nothing else
    std::vector<std::string> pictures;
    std::vector<std::int64_t> bytes;  // of the pictures
    std::string sum;
};

std::optional<Listed> listed_of(const Json& line, const std::string& root) {
    if (!line.is_object()) return {};
    const auto text = [&](const char* key) { return as_string(line.value(key, Json())); };
    const auto id = text("id"), image_id = text("image_id"), task = text("task"), sum = text("sum");
    const auto part = as_int(line.value("part", Json()));
    const Json pictures = line.value("images", Json());
    if (!id || !image_id || !task || !sum || !part || *part < 0 || *part > 2 ||
        !pictures.is_array())
        return {};
    Listed out;
    out.sample.id = *id;
    out.sample.image_id = *image_id;
    out.sample.task = *task;
    out.sample.part = static_cast<SamplePart>(*part);
    for (const Json& picture : pictures)
        out.pictures.push_back(join_path(root, as_string(picture).value_or("")));
    for (const Json& bytes : line.value("bytes", Json::array()))
        out.bytes.push_back(as_int(bytes).value_or(0));
    out.sum = *sum;
    return out;
}

// A sample that is missing because a picture of it cannot be used names that picture; one that is
// missing for another reason belongs to other data.
bool names_lost_picture(Listed& listed) {
    const auto lost = std::find_if(listed.pictures.begin(), listed.pictures.end(),
                                   [](const std::string& path) { return !probe_image(path); });
    if (lost == listed.pictures.end()) return false;
    listed.sample.set_caption(*lost, SharedText(), "");
    return true;
}

// The list with its first line; empty where it is not of this form.
struct SampleList {
    std::string fingerprint;
    std::vector<std::string> tasks, sample_types;
    std::vector<Listed> samples;
};

std::vector<std::string> names_of(const Json& head, const char* key) {
    std::vector<std::string> out;
    for (const Json& name : head.value(key, Json::array()))
        out.push_back(as_string(name).value_or(""));
    return out;
}

std::optional<SampleList> read_list(const std::string& run, const std::string& root) {
    const std::string file = join_path(run, samples_file);
    std::ifstream lines(file);
    std::string line;
    if (!lines || !std::getline(lines, line)) return {};
    const auto head = parse_json(line, file);
    if (!head || !head->is_object() || as_int(head->value("version", Json())) != format_version)
        return {};
    SampleList out{as_string(head->value("fingerprint", Json())).value_or(""),
                   names_of(*head, "tasks"),
                   names_of(*head, "sample_types"),
                   {}};
    while (std::getline(lines, line)) {
        const auto json = parse_json(line, file);
        auto listed = json ? listed_of(*json, root) : std::nullopt;
        if (!listed) return {};
        out.samples.push_back(std::move(*listed));
    }
    return out;
}

}  // namespace

std::string sample_list_of(const Dataset& dataset, const std::string& fingerprint) {
    const auto dumped = [](const Json& json) {
        return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
    };
    std::string text = dumped({{"version", format_version},
                               {"fingerprint", fingerprint},
                               {"tasks", dataset.tasks},
                               {"sample_types", dataset.sample_types}});
    for (const DatasetSample& sample : dataset.samples)
        text += dumped(line_of(sample, dataset.root));
    return text;
}

std::vector<Issue> pictures_changed_since(const std::string& run, const Dataset& dataset) {
    std::vector<Issue> out;
    const auto list = read_list(run, dataset.root);
    if (!list) return out;
    std::unordered_set<std::string> seen;
    for (const Listed& listed : list->samples)
        for (std::size_t i = 0; i < std::min(listed.pictures.size(), listed.bytes.size()); ++i) {
            const std::string& path = listed.pictures[i];
            const std::int64_t now = seen.insert(path).second ? bytes_of(path) : 0;
            if (now == 0 || listed.bytes[i] == 0 || now == listed.bytes[i]) continue;
            const std::string& id = listed.sample.id;
            out.push_back({Severity::Warning,
                           {ErrorCode::ImageChanged, {{"path", path}, {"sample", id}}, {}, {}},
                           {path, 0, id},
                           1});
        }
    return out;
}

std::string restore_samples(const std::string& run, Dataset& dataset) {
    auto list = read_list(run, dataset.root);
    if (!list) return {};
    std::unordered_map<std::string, std::size_t> places;
    for (std::size_t i = 0; i < dataset.samples.size(); ++i)
        places.emplace(dataset.samples[i].id, i);
    std::size_t present = 0;
    for (Listed& listed : list->samples) {
        const auto place = places.find(listed.sample.id);
        if (place == places.end()) {
            if (!names_lost_picture(listed)) return {};
            continue;
        }
        const DatasetSample& now = dataset.samples[place->second];
        if (!sample_fingerprint(now, dataset.root).starts_with(listed.sum)) return {};
        ++present;
    }
    if (present != dataset.samples.size()) return {};  // there are new ones
    std::vector<DatasetSample> ordered;
    for (Listed& listed : list->samples) {
        const auto place = places.find(listed.sample.id);
        ordered.push_back(
            std::move(place == places.end() ? listed.sample : dataset.samples[place->second]));
    }
    dataset.samples = std::move(ordered);
    dataset.tasks = std::move(list->tasks);
    dataset.sample_types = std::move(list->sample_types);
    return list->fingerprint;
}

}  // namespace moelora
