// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/sample_list.h"

#include <filesystem>
#include <fstream>
#include <unordered_map>

#include "core/base/json.h"
#include "core/io/files.h"
#include "core/session/fingerprint.h"

namespace moelora {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t format_version = 1;
// Of a sample's fingerprint: enough to see that it is another one.
constexpr std::size_t digits_kept = 16;

Json line_of(const DatasetSample& sample, const std::string& root) {
    Json pictures = Json::array();
    sample.for_each_picture([&](const std::string& path) {
        pictures.push_back(fs::path(path).lexically_proximate(root).string());
    });
    return {{"id", sample.id},
            {"image_id", sample.image_id},
            {"part", static_cast<int>(sample.part)},
            {"task", sample.task},
            {"sum", sample_fingerprint(sample, root).substr(0, digits_kept)},
            {"images", std::move(pictures)}};
}

tl::unexpected<Error> invalid(const std::string& file, const std::string& why) {
    return fail(ErrorCode::RunInvalid, {{"path", file}, {"why", why}});
}

struct Listed {
    DatasetSample placeholder;
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
    out.placeholder.id = *id;
    out.placeholder.image_id = *image_id;
    out.placeholder.task = *task;
    out.placeholder.part = static_cast<SamplePart>(*part);
    if (!pictures.empty())
        out.placeholder.set_caption(join_path(root, as_string(pictures[0]).value_or("")),
                                    SharedText(), "");
    out.sum = *sum;
    return out;
}

Result<std::vector<std::string>> names_of(const Json& head, const char* key,
                                          const std::string& file) {
    std::vector<std::string> out;
    for (const Json& name : head.value(key, Json::array())) {
        const auto text = as_string(name);
        if (!text) return invalid(file, "a name in its first line is no text");
        out.push_back(*text);
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

Result<std::string> restore_samples(const std::string& run, Dataset& dataset) {
    const std::string file = join_path(run, samples_file);
    std::ifstream lines(file);
    std::string line;
    if (!lines || !std::getline(lines, line)) return std::string();
    MOELORA_TRY(const Json head, parse_json(line, file));
    const auto version = head.is_object() ? as_int(head.value("version", Json())) : std::nullopt;
    const auto fingerprint =
        head.is_object() ? as_string(head.value("fingerprint", Json())) : std::nullopt;
    if (version != format_version || !fingerprint) return invalid(file, "it has another format");
    std::unordered_map<std::string, std::size_t> places;
    for (std::size_t i = 0; i < dataset.samples.size(); ++i)
        places.emplace(dataset.samples[i].id, i);

    std::vector<Listed> list;
    std::size_t present = 0;
    while (std::getline(lines, line)) {
        MOELORA_TRY(const Json json, parse_json(line, file));
        auto listed = listed_of(json, dataset.root);
        if (!listed) return invalid(file, "a line of it names no sample");
        if (const auto place = places.find(listed->placeholder.id); place != places.end()) {
            const DatasetSample& now = dataset.samples[place->second];
            if (!sample_fingerprint(now, dataset.root).starts_with(listed->sum))
                return std::string();
            ++present;
        }
        list.push_back(std::move(*listed));
    }
    if (present != dataset.samples.size()) return std::string();  // there are new ones
    MOELORA_TRY(dataset.tasks, names_of(head, "tasks", file));
    MOELORA_TRY(dataset.sample_types, names_of(head, "sample_types", file));
    std::vector<DatasetSample> ordered;
    for (Listed& listed : list) {
        const auto place = places.find(listed.placeholder.id);
        ordered.push_back(
            std::move(place == places.end() ? listed.placeholder : dataset.samples[place->second]));
    }
    dataset.samples = std::move(ordered);
    return *fingerprint;
}

}  // namespace moelora
