// SPDX-License-Identifier: GPL-3.0-or-later
#include <cmath>
#include <filesystem>
#include <tuple>

#include "core/base/json.h"
#include "core/image/image.h"
#include "core/io/files.h"

namespace moelora {
namespace {

// The fields of one file; each check names the field.
class Fields {
  public:
    Fields(const Json& json, const std::string& path) : json_(json), path_(path) {}

    [[nodiscard]] tl::unexpected<Error> refuse(const std::string& field, std::string why) const {
        return fail(ErrorCode::ModelConfigInvalid,
                    {{"path", path_}, {"field", field}, {"why", std::move(why)}});
    }
    [[nodiscard]] bool has(const char* name) const {
        return json_.contains(name) && !json_[name].is_null();
    }

    // An integer in [1, most]; `target` keeps its value when the field is absent and not needed.
    [[nodiscard]] Status integer(const char* name, std::int64_t most, bool needed,
                                 std::int64_t& target) const {
        if (!has(name)) return needed ? Status(refuse(name, "it is missing")) : Status();
        return integer(json_[name], name, most, target);
    }
    [[nodiscard]] Status integer(const Json& value, const char* name, std::int64_t most,
                                 std::int64_t& target) const {
        const auto number = as_int(value);
        if (!number || *number < 1 || *number > most)
            return refuse(name, "it is " + value.dump() + ", not a whole number from 1 to " +
                                    std::to_string(most));
        target = *number;
        return {};
    }
    // Three finite numbers, not zero where `divides`.
    [[nodiscard]] Status three(const char* name, bool divides, double (&target)[3]) const {
        if (!has(name)) return refuse(name, "it is missing");
        const Json& list = json_[name];
        if (!list.is_array() || list.size() != 3)
            return refuse(name, "it is not a list of three numbers");
        for (std::size_t i = 0; i < 3; ++i) {
            const auto number = as_double(list[i]);
            if (!number || (divides && !(*number > 0)))
                return refuse(name, "it holds " + list[i].dump());
            target[i] = *number;
        }
        return {};
    }
    // A switch that this program always has on.
    [[nodiscard]] Status on(const char* name) const {
        if (has(name) && json_[name] != true) return refuse(name, "it is switched off");
        return {};
    }
    [[nodiscard]] const Json& operator[](const char* name) const { return json_[name]; }

  private:
    const Json& json_;
    const std::string& path_;
};

constexpr std::int64_t most_pixels = 1'000'000'000;

// "size" holds pixel counts under the names of edges; min_pixels and max_pixels override it.
Status read_limits(const Fields& fields, ProcessorConfig& config) {
    const bool both = fields.has("min_pixels") && fields.has("max_pixels");
    if (!fields.has("size") && !both) return fields.refuse("size", "it is missing");
    if (fields.has("size")) {
        const Json& size = fields["size"];
        if (!size.is_object()) return fields.refuse("size", "it is not a table");
        const Json shortest = size.value("shortest_edge", Json{});
        const Json longest = size.value("longest_edge", Json{});
        MOELORA_TRY_STATUS(
            fields.integer(shortest, "shortest_edge", most_pixels, config.min_pixels));
        MOELORA_TRY_STATUS(fields.integer(longest, "longest_edge", most_pixels, config.max_pixels));
    }
    MOELORA_TRY_STATUS(fields.integer("min_pixels", most_pixels, false, config.min_pixels));
    MOELORA_TRY_STATUS(fields.integer("max_pixels", most_pixels, false, config.max_pixels));
    if (config.min_pixels > config.max_pixels)
        return fields.refuse("size", "the fewest pixels are above the most pixels");
    return {};
}

// Older and newer layouts: a file of its own, or a part of processor_config.json.
Result<Json> find_config(const std::string& folder, std::string& path) {
    path = join_path(folder, "preprocessor_config.json");
    if (std::filesystem::exists(path)) return read_json(path);
    const std::string joint = join_path(folder, "processor_config.json");
    if (std::filesystem::exists(joint)) {
        MOELORA_TRY(const Json json, read_json(joint));
        if (json.is_object() && json.contains("image_processor")) {
            path = joint;
            return json["image_processor"];
        }
    }
    return fail(ErrorCode::ModelFileMissing,
                {{"path", folder}, {"file", "preprocessor_config.json"}});
}

}  // namespace

Result<ProcessorConfig> load_processor_config(const std::string& path) {
    std::error_code ignored;
    std::string file = path;
    MOELORA_TRY(const Json json, std::filesystem::is_directory(path, ignored)
                                     ? find_config(path, file)
                                     : read_json(path));
    const Fields fields(json, file);
    if (!json.is_object()) return fields.refuse("preprocessor_config.json", "it is not a table");
    ProcessorConfig config;
    MOELORA_TRY_STATUS(fields.integer("patch_size", 256, true, config.patch_size));
    MOELORA_TRY_STATUS(
        fields.integer("temporal_patch_size", 16, false, config.temporal_patch_size));
    MOELORA_TRY_STATUS(fields.integer("merge_size", 16, false, config.merge_size));
    MOELORA_TRY_STATUS(read_limits(fields, config));
    MOELORA_TRY_STATUS(fields.three("image_mean", false, config.mean));
    MOELORA_TRY_STATUS(fields.three("image_std", true, config.std));
    for (const char* name : {"do_resize", "do_rescale", "do_normalize", "do_convert_rgb"})
        MOELORA_TRY_STATUS(fields.on(name));
    if (fields.has("resample") && fields["resample"] != 3)
        return fields.refuse("resample", "it is not 3 (bicubic)");
    if (fields.has("rescale_factor")) {
        const auto factor = as_double(fields["rescale_factor"]);
        if (!factor || !(*factor > 0) || !std::isfinite(1 / *factor))
            return fields.refuse("rescale_factor", "it is " + fields["rescale_factor"].dump());
        config.rescale_factor = *factor;
    }
    return config;
}

Status check_processor(const ProcessorConfig& config, std::int64_t patch_size,
                       std::int64_t temporal_patch_size, std::int64_t merge_size,
                       const std::string& path) {
    const std::tuple<const char*, std::int64_t, std::int64_t> pairs[] = {
        {"patch_size", config.patch_size, patch_size},
        {"temporal_patch_size", config.temporal_patch_size, temporal_patch_size},
        {"merge_size", config.merge_size, merge_size}};
    for (const auto& [field, found, wanted] : pairs)
        if (found != wanted)
            return fail(ErrorCode::ModelConfigInvalid,
                        {{"path", path},
                         {"field", field},
                         {"why", "it is " + std::to_string(found) + ", the model has " +
                                     std::to_string(wanted)}});
    return {};
}

}  // namespace moelora
