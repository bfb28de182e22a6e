// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/written_folder.h"

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

#include "core/base/json.h"
#include "core/io/files.h"

namespace moelora {
namespace {

namespace fs = std::filesystem;

constexpr const char* complete_name = "COMPLETE";
constexpr const char* adapter_files[] = {"adapter.json", "adapter.safetensors",
                                         "adapter_config.json", "adapter_model.safetensors"};

constexpr const char* card_name = "README.md";  // is its reader's to change

struct Listed {
    std::string name;
    std::int64_t bytes = 0;
};

// What COMPLETE lists; nothing when it is missing or of another form.
std::optional<std::vector<Listed>> listing(const std::string& folder) {
    const auto json = read_json(join_path(folder, complete_name));
    if (!json || !json->is_object() || !json->contains("files") || !json->at("files").is_array())
        return std::nullopt;
    std::vector<Listed> out;
    for (const Json& file : json->at("files")) {
        if (!file.is_object()) return std::nullopt;
        const auto name = as_string(file.value("name", Json()));
        const auto bytes = as_int(file.value("bytes", Json()));
        if (!name || !bytes) return std::nullopt;
        out.push_back({*name, *bytes});
    }
    return out;
}

bool has_listing(const std::string& folder) {
    std::error_code error;
    return fs::exists(join_path(folder, complete_name), error);
}

// The adapter's files, or all that are listed beside them, by the names that they have below
// `root`.
Status adapter_whole(const std::string& folder, const std::string& root, const std::string& before,
                     bool all) {
    std::vector<std::string> names;
    for (const char* name : adapter_files) names.push_back(before + name);
    if (const auto files = listing(root); files && all)
        for (const Listed& file : *files)
            if (file.name != card_name &&
                (file.name.starts_with(before) || file.name.find('/') == std::string::npos))
                names.push_back(file.name);
    const Status whole = verify_complete(root, names);
    if (whole) return {};
    return fail(ErrorCode::AdapterInvalid,
                {{"path", folder}, {"why", std::string(whole.error().arg("why"))}});
}

}  // namespace

Status check_sizes(const std::string& folder) {
    const auto refuse = [&](const std::string& why) {
        return fail(ErrorCode::CheckpointInvalid, {{"path", folder}, {"why", why}});
    };
    const auto files = listing(folder);
    if (!files) return refuse("COMPLETE is missing or cannot be read");
    for (const Listed& file : *files) {
        std::error_code error;
        const std::uintmax_t size = fs::file_size(join_path(folder, file.name), error);
        if (error || size != static_cast<std::uintmax_t>(file.bytes))
            return refuse(file.name + " is missing or has another size");
    }
    return {};
}

WrittenFolder written_adapter(const std::string& folder, bool all) {
    if (has_listing(folder)) return {folder, adapter_whole(folder, folder, "", all)};
    const fs::path inner = fs::absolute(fs::path(join_path(folder, "."))).lexically_normal();
    const std::string above = inner.parent_path().parent_path().string(),
                      before = inner.parent_path().filename().string() + "/";
    const auto files = listing(above);
    const bool listed = files && std::any_of(files->begin(), files->end(), [&](const Listed& file) {
                            return file.name.starts_with(before);
                        });
    if (!listed) return {};
    return {above, adapter_whole(folder, above, before, all)};
}

WrittenFolder written_model(const std::string& folder, bool contents) {
    if (!has_listing(folder)) return {};
    Status whole = check_sizes(folder);
    if (whole && contents) {
        const auto files = listing(folder);
        std::vector<std::string> names;
        for (const Listed& file : *files) names.push_back(file.name);
        whole = verify_complete(folder, names);
    }
    if (whole) return {folder, {}};
    return {folder, fail(ErrorCode::FileUnreadable,
                         {{"path", folder}, {"why", std::string(whole.error().arg("why"))}})};
}

}  // namespace moelora
