// SPDX-License-Identifier: GPL-3.0-or-later
// A Hugging Face folder with an adapter folded in, shard by shard as the base has them.
#include <ATen/ATen.h>

#include <cstring>
#include <filesystem>
#include <map>

#include "core/io/atomic_file.h"
#include "core/io/files.h"
#include "core/model/quantize_folder.h"
#include "core/model/tensor_lookup.h"
#include "core/session/exact_weights.h"
#include "core/session/export_formats.h"

namespace moelora {
namespace {

namespace fs = std::filesystem;

tl::unexpected<Error> refused(std::string why) {
    return fail(ErrorCode::ExportRefused, {{"format", "merged"}, {"why", std::move(why)}});
}

Result<at::Tensor> read_weight(const SafetensorsFile& file, const TensorEntry& entry) {
    if (!float_type(entry.dtype))
        return refused(entry.name + " is stored as " + entry.dtype_name +
                       "; merging starts from the unquantised model in 16 or 32 bit");
    return read_float(file, entry);
}

// New contents of the tensors of one shard that change.
using Changed = std::map<std::string, at::Tensor>;
// Of all float tensors; none = each keeps its own.
using MergedType = std::optional<at::ScalarType>;

MergedType merged_type(const SafetensorsFolder& base, ComputeDtype wanted) {
    constexpr std::pair<ComputeDtype, at::ScalarType> named[] = {
        {ComputeDtype::Fp32, at::kFloat},
        {ComputeDtype::Bf16, at::kBFloat16},
        {ComputeDtype::Fp16, at::kHalf}};
    for (const auto& [name, type] : named)
        if (name == wanted) return type;
    std::uint64_t all = 0, single = 0;
    for (const SafetensorsFile& shard : base.files())
        for (const TensorEntry& entry : shard.entries()) {
            all += entry.end - entry.begin;
            if (entry.dtype == Dtype::F32) single += entry.end - entry.begin;
        }
    return single > all / 2 ? MergedType(at::kBFloat16) : std::nullopt;
}

// `value` in f32, as it is to stand in the file.
Result<at::Tensor> rounded(const TensorEntry& entry, const at::Tensor& value, MergedType type) {
    at::Tensor out = value.to(type.value_or(*float_type(entry.dtype))).contiguous();
    if (out.scalar_type() == at::kHalf && !out.isfinite().all().item<bool>() &&
        value.isfinite().all().item<bool>())
        return refused(entry.name + " has values that are too large for fp16; choose bf16");
    return out;
}

// Weight and bias of a layer may stand in two shards; then it is folded for each.
Result<Changed> fold_shard(const SafetensorsFolder& base, const SafetensorsFile& shard,
                           const StoredAdapter& adapter, MergedType type) {
    Changed changed;
    for (std::size_t i = 0; i < adapter.card.sites.size(); ++i) {
        const SiteSpec& site = adapter.card.sites[i];
        const auto weight = locate_tensor(base, site.shape.path + ".weight");
        const auto bias = locate_tensor(base, site.shape.path + ".bias");
        if (!weight.entry) return refused(site.shape.path + " has no weight in the files");
        if (weight.file != &shard && bias.file != &shard) continue;
        MOELORA_TRY(const at::Tensor w, read_weight(*weight.file, *weight.entry));
        at::Tensor b;
        if (bias.entry) {
            MOELORA_TRY(b, read_weight(*bias.file, *bias.entry));
        }
        const FoldedLinear now = folded(site, adapter.tensors[i], w, b);
        for (const auto& [located, value] : {std::pair(weight, now.weight), {bias, now.bias}})
            if (located.file == &shard) {
                MOELORA_TRY(changed[located.entry->name], rounded(*located.entry, value, type));
            }
    }
    return changed;
}

// What the adapter left alone, where the files are to hold another type.
Status convert_rest(const SafetensorsFile& shard, MergedType type, Changed& changed) {
    for (const TensorEntry& entry : shard.entries()) {
        const auto own = float_type(entry.dtype);
        if (!type || !own || *own == *type || changed.contains(entry.name)) continue;
        MOELORA_TRY(changed[entry.name], rounded(entry, read_float(shard, entry), type));
    }
    return {};
}

std::span<const std::byte> bytes_of_tensor(const at::Tensor& t) {
    return {static_cast<const std::byte*>(t.const_data_ptr()), t.nbytes()};
}

Status write_shard(const SafetensorsFile& shard, const Changed& changed,
                   const std::string& folder) {
    std::vector<TensorBytes> tensors;
    for (const TensorEntry& entry : shard.entries()) {
        const auto found = changed.find(entry.name);
        if (found == changed.end())
            tensors.push_back({entry.name, entry.dtype, entry.shape, shard.bytes(entry)});
        else
            tensors.push_back({entry.name, file_type(found->second.scalar_type()), entry.shape,
                               bytes_of_tensor(found->second)});
    }
    const std::string name = fs::path(shard.path()).filename().string();
    const std::string target = join_path(folder, name);
    MOELORA_TRY_STATUS(write_safetensors(target, tensors, shard.metadata()));
    return check_written(target, tensors);
}

Status copy_rest(const std::string& base, const std::string& folder) {
    std::error_code error;
    for (const fs::directory_entry& entry : fs::directory_iterator(base, error)) {
        const fs::path name = entry.path().filename();
        if (!entry.is_regular_file() || holds_weights(name.string())) continue;
        fs::copy_file(entry.path(), fs::path(folder) / name, error);
        if (error) return write_failure(join_path(folder, name.string()), error.value());
    }
    return error ? Status(write_failure(base, error.value())) : Status();
}

// What config.json says of the weights' type, at every depth, and the index of their bytes.
Status state_type(const std::string& folder, at::ScalarType type) {
    const std::string path = join_path(folder, "config.json");
    MOELORA_TRY(Json config, read_json(path));
    const char* name = type == at::kFloat ? "float32" : type == at::kHalf ? "float16" : "bfloat16";
    bool said = false;
    const auto state = [&](Json& part) {
        for (const char* key : {"dtype", "torch_dtype"})
            if (part.contains(key)) {
                part[key] = name;
                said = true;
            }
    };
    state(config);
    for (const char* part : {"text_config", "vision_config"})
        if (config.contains(part) && config[part].is_object()) state(config[part]);
    if (!said) config["dtype"] = name;
    MOELORA_TRY_STATUS(write_text_atomic(path, config.dump(2) + "\n"));
    const std::string index = join_path(folder, "model.safetensors.index.json");
    std::error_code error;
    if (!fs::exists(index, error)) return {};
    MOELORA_TRY(Json json, read_json(index));
    MOELORA_TRY(const SafetensorsFolder written, SafetensorsFolder::open(folder));
    std::int64_t total = 0;
    for (const SafetensorsFile& shard : written.files())
        for (const TensorEntry& entry : shard.entries())
            total += static_cast<std::int64_t>(entry.end - entry.begin);
    json["metadata"]["total_size"] = total;
    return write_text_atomic(index, json.dump(2) + "\n");
}

}  // namespace

Status check_written(const std::string& path, const std::vector<TensorBytes>& tensors) {
    MOELORA_TRY(const SafetensorsFile written, SafetensorsFile::open(path));
    for (const TensorBytes& tensor : tensors) {
        const TensorEntry* entry = written.find(tensor.name);
        const auto bytes = entry ? written.bytes(*entry) : std::span<const std::byte>();
        if (!entry || bytes.size() != tensor.bytes.size() ||
            std::memcmp(bytes.data(), tensor.bytes.data(), bytes.size()) != 0)
            return fail(ErrorCode::SelfTestFailed,
                        {{"why", path + " does not read back as it was written: " + tensor.name}});
    }
    return {};
}

Result<MergedType> write_merged_model(const std::string& base, const StoredAdapter& adapter,
                                      const std::string& folder, ComputeDtype dtype) {
    MOELORA_TRY(const SafetensorsFolder files, SafetensorsFolder::open(base));
    const MergedType type = merged_type(files, dtype);
    for (const SafetensorsFile& shard : files.files()) {
        MOELORA_TRY(Changed changed, fold_shard(files, shard, adapter, type));
        MOELORA_TRY_STATUS(convert_rest(shard, type, changed));
        MOELORA_TRY_STATUS(write_shard(shard, changed, folder));
    }
    MOELORA_TRY_STATUS(copy_rest(base, folder));
    if (type) MOELORA_TRY_STATUS(state_type(folder, *type));
    return type;
}

std::int64_t merged_bytes(const std::string& base, ComputeDtype dtype) {
    const auto files = SafetensorsFolder::open(base);
    const MergedType type = files ? merged_type(*files, dtype) : std::nullopt;
    std::int64_t bytes = 0;
    std::error_code error;
    for (const fs::directory_entry& entry : fs::directory_iterator(base, error))
        if (entry.is_regular_file(error) &&
            (!files || !holds_weights(entry.path().filename().string())))
            bytes += static_cast<std::int64_t>(entry.file_size(error));
    if (!files) return bytes;
    for (const SafetensorsFile& shard : files->files()) {
        bytes += static_cast<std::int64_t>(shard.file_bytes());
        for (const TensorEntry& entry : shard.entries())
            if (const std::int64_t width = bytes_of(entry.dtype); type && float_type(entry.dtype))
                bytes += static_cast<std::int64_t>(entry.end - entry.begin) / width *
                         (bytes_of(file_type(*type)) - width);
    }
    return bytes;
}

}  // namespace moelora
