// SPDX-License-Identifier: GPL-3.0-or-later
#include <filesystem>

#include "core/base/json.h"
#include "core/io/files.h"
#include "core/io/safetensors.h"
#include "core/io/safetensors_header.h"

namespace moelora {
namespace fs = std::filesystem;
namespace {

constexpr std::uintmax_t index_bytes_most = 64u << 20;  // 400,000 names fit; a DOM costs ten times

tl::unexpected<Error> refuse(const std::string& path, std::string why) {
    return fail(ErrorCode::SafetensorsInvalid, {{"path", path}, {"why", std::move(why)}});
}

bool is_plain_name(const std::string& name) {
    return !name.empty() && name != "." && name != ".." &&
           name.find_first_of(std::string_view("/\\\0", 3)) == std::string::npos;
}

// A link out of the folder is refused, but for the layout of the Hugging Face cache:
// snapshots/<revision>/<name> -> ../../blobs/<hash>.
bool stays_in_folder(const std::string& path, const std::string& folder) {
    if (is_inside(path, folder)) return true;
    std::error_code error;
    const fs::path revision = fs::canonical(folder, error);
    if (error || revision.parent_path().filename() != "snapshots") return false;
    return is_inside(path, (revision.parent_path().parent_path() / "blobs").string());
}

// Neither weights nor an index: say whether a pickle is there instead.
tl::unexpected<Error> nothing_found(const std::string& folder, const std::string& stem) {
    std::error_code error;
    if (!fs::exists(folder, error)) return fail(ErrorCode::FileMissing, {{"path", folder}});
    for (const std::string& name :
         {"pytorch_" + stem + ".bin", "pytorch_" + stem + ".bin.index.json", stem + ".bin"})
        if (const std::string path = join_path(folder, name); fs::exists(path, error))
            return fail(ErrorCode::PickleRefused, {{"path", path}});
    return fail(ErrorCode::ModelFileMissing, {{"path", folder}, {"file", stem + ".safetensors"}});
}

using WeightMap = std::map<std::string, std::string>;  // tensor -> file name

Result<WeightMap> read_index(const std::string& path) {
    std::error_code error;
    if (fs::file_size(path, error) > index_bytes_most && !error)
        return refuse(path, "the index is larger than 64 MiB");
    MOELORA_TRY(const Json index, read_json(path));
    if (!index.is_object() || !index.contains("weight_map") || !index["weight_map"].is_object())
        return refuse(path, "it has no weight_map");
    WeightMap map;
    for (const auto& [tensor, file] : index["weight_map"].items()) {
        const auto name = as_string(file);
        if (!name) return refuse(path, "the file of " + shown_name(tensor) + " is no text");
        if (!is_plain_name(*name))
            return refuse(path, "the file " + shown_name(*name) +
                                    " is no plain name within the model folder");
        map.emplace(tensor, *name);
    }
    return map;
}

}  // namespace

Result<SafetensorsFolder> SafetensorsFolder::open(const std::string& folder,
                                                  const std::string& stem) {
    SafetensorsFolder out;
    const std::string single = join_path(folder, stem + ".safetensors");
    const std::string index = join_path(folder, stem + ".safetensors.index.json");
    std::error_code error;
    if (fs::exists(single, error)) {
        MOELORA_TRY(SafetensorsFile file, SafetensorsFile::open(single));
        for (const TensorEntry& entry : file.entries()) out.where_.emplace(entry.name, 0);
        out.files_.push_back(std::move(file));
        return out;
    }
    if (!fs::exists(index, error)) return nothing_found(folder, stem);
    MOELORA_TRY(const WeightMap map, read_index(index));
    std::map<std::string, std::size_t> shards;
    for (const auto& [tensor, name] : map) {
        if (shards.contains(name)) continue;
        const std::string path = join_path(folder, name);
        if (!fs::exists(path, error))
            return fail(ErrorCode::ModelFileMissing, {{"path", folder}, {"file", name}});
        if (!stays_in_folder(path, folder))
            return refuse(index, "the file " + shown_name(name) + " is a link out of the folder");
        MOELORA_TRY(SafetensorsFile file, SafetensorsFile::open(path));
        shards.emplace(name, out.files_.size());
        out.files_.push_back(std::move(file));
    }
    for (const auto& [tensor, name] : map) {
        const std::size_t shard = shards.at(name);
        if (!out.files_[shard].find(tensor))
            return refuse(index, "the tensor " + shown_name(tensor) + " is not in " + name);
        out.where_.emplace(tensor, shard);
    }
    for (std::size_t shard = 0; shard < out.files_.size(); ++shard)
        for (const TensorEntry& entry : out.files_[shard].entries()) {
            const auto at = out.where_.find(entry.name);
            if (at == out.where_.end() || at->second != shard)
                return refuse(index, "the tensor " + shown_name(entry.name) + " of " +
                                         out.files_[shard].path() +
                                         " is not listed there, or is in two files");
        }
    return out;
}

SafetensorsFolder::Located SafetensorsFolder::find(std::string_view name) const {
    const auto at = where_.find(name);
    if (at == where_.end()) return {};
    return {&files_[at->second], files_[at->second].find(name)};
}

std::vector<std::string> SafetensorsFolder::names() const {
    std::vector<std::string> out;
    out.reserve(where_.size());
    for (const auto& [name, shard] : where_) out.push_back(name);
    return out;
}

}  // namespace moelora
