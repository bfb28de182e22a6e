// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/probes.h"

#include <algorithm>
#include <filesystem>
#include <set>

#include "core/io/files.h"
#include "core/options/config.h"
#include "core/record/records_json.h"
#include "core/session/run_writer.h"

namespace moelora {
namespace fs = std::filesystem;
namespace {

constexpr std::int64_t format_version = 1;
constexpr std::size_t near_names = 3;

// Fixed pictures, spread so that tasks mix.
std::vector<CaptionSample> spread(const std::vector<CaptionSample>& all, std::size_t wanted) {
    std::vector<CaptionSample> out;
    std::set<std::string> pictures;
    const std::size_t stride =
        std::max<std::size_t>(1, all.size() / std::max<std::size_t>(wanted, 1)) | 1U;
    for (std::size_t i = 0; i < all.size() && out.size() < wanted; i += stride)
        if (pictures.insert(all[i].image.empty() ? all[i].id : all[i].image).second)
            out.push_back(all[i]);
    return out;
}

bool is_called(const CaptionSample& sample, const std::string& name) {
    if (sample.id == name || (!sample.image_id.empty() && sample.image_id == name)) return true;
    if (sample.image.empty()) return false;
    return sample.image == name || sample.image.ends_with("/" + name) ||
           fs::path(sample.image).stem() == name;
}

// An id is told exactly, so it comes before a picture of that name.
const CaptionSample* find_called(const std::vector<CaptionSample>& all, const std::string& name) {
    auto found = std::find_if(all.begin(), all.end(),
                              [&](const CaptionSample& sample) { return sample.id == name; });
    if (found == all.end())
        found = std::find_if(all.begin(), all.end(),
                             [&](const CaptionSample& sample) { return is_called(sample, name); });
    return found == all.end() ? nullptr : &*found;
}

Error not_found(const std::vector<CaptionSample>& all, const std::string& name) {
    std::set<std::string> known;
    for (const CaptionSample& sample : all) {
        known.insert(sample.id);
        if (!sample.image.empty()) known.insert(fs::path(sample.image).filename());
    }
    std::string near;
    for (const std::string& one : nearest_names(name, {known.begin(), known.end()}, near_names))
        near += (near.empty() ? "" : ", ") + one;
    std::string why = near.empty()
                          ? "no sample and no picture is called like this"
                          : "no sample and no picture is called like this; near matches: " + near;
    return {ErrorCode::OptionInvalid,
            {{"option", "data.probes"}, {"value", name}, {"why", std::move(why)}},
            {},
            {}};
}

}  // namespace

Result<std::vector<CaptionSample>> choose_probes(const std::vector<std::string>& names,
                                                 std::int64_t wanted, const Dataset& train,
                                                 const Dataset& validation) {
    std::vector<CaptionSample> all =
        caption_samples(validation.samples.empty() ? train : validation);
    if (names.empty()) return spread(all, static_cast<std::size_t>(wanted));
    if (!validation.samples.empty()) {
        std::vector<CaptionSample> learnt = caption_samples(train);
        std::move(learnt.begin(), learnt.end(), std::back_inserter(all));
    }
    std::vector<CaptionSample> out;
    for (const std::string& name : names) {
        const CaptionSample* found = find_called(all, name);
        if (found == nullptr) return pass(not_found(all, name));
        if (std::find(out.begin(), out.end(), *found) == out.end()) out.push_back(*found);
    }
    return out;
}

Status write_probes(const std::string& run, const std::vector<CaptionSample>& probes) {
    Json samples = Json::array();
    for (const CaptionSample& probe : probes) samples.push_back(to_json(probe));
    const Json json = {{"version", format_version}, {"samples", std::move(samples)}};
    return write_text_atomic(join_path(run, probes_file),
                             json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
}

Result<std::vector<CaptionSample>> read_probes(const std::string& run) {
    const std::string file = join_path(run, probes_file);
    MOELORA_TRY(const Json json, read_json(file));
    const auto version = json.is_object() ? as_int(json.value("version", Json())) : std::nullopt;
    if (!version || !json.value("samples", Json()).is_array())
        return fail(ErrorCode::RunInvalid, {{"path", file}, {"why", "it has another format"}});
    if (*version > format_version)
        return fail(ErrorCode::RunInvalid, {{"path", file},
                                            {"why", "it has version " + std::to_string(*version) +
                                                        ", which a newer program wrote"}});
    std::vector<CaptionSample> out;
    for (const Json& one : json.at("samples")) {
        MOELORA_TRY(CaptionSample sample, caption_sample_from_json(one));
        out.push_back(std::move(sample));
    }
    return out;
}

std::vector<CaptionSample> usable_probes(const std::string& run) {
    if (run.empty()) return {};
    auto probes = read_probes(run);
    if (!probes) return {};
    std::erase_if(*probes, [](const CaptionSample& probe) {
        std::error_code error;
        return !probe.image.empty() && !fs::exists(probe.image, error);
    });
    return std::move(*probes);
}

std::string run_of_adapter(const std::string& adapter) {
    std::error_code error;
    const fs::path folder = fs::absolute(adapter, error).parent_path();
    for (const fs::path& run : {folder, folder.parent_path()})
        if (fs::exists(run / run_mark, error)) return run.string();
    return {};
}

}  // namespace moelora
