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

// New contents of the tensors of one shard that change, in the type of the file.
using Changed = std::map<std::string, at::Tensor>;

// Weight and bias of a layer may stand in two shards; then it is folded for each.
Result<Changed> fold_shard(const SafetensorsFolder& base, const SafetensorsFile& shard,
                           const StoredAdapter& adapter) {
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
        const auto keep = [&](const auto& located, const at::Tensor& value) {
            if (located.file == &shard)
                changed[located.entry->name] =
                    value.to(*float_type(located.entry->dtype)).contiguous();
        };
        keep(weight, now.weight);
        keep(bias, now.bias);
    }
    return changed;
}

std::span<const std::byte> bytes_of_tensor(const at::Tensor& t) {
    return {static_cast<const std::byte*>(t.const_data_ptr()), t.nbytes()};
}

Status write_shard(const SafetensorsFile& shard, const Changed& changed,
                   const std::string& folder) {
    std::vector<TensorBytes> tensors;
    for (const TensorEntry& entry : shard.entries()) {
        const auto found = changed.find(entry.name);
        tensors.push_back(
            {entry.name, entry.dtype, entry.shape,
             found == changed.end() ? shard.bytes(entry) : bytes_of_tensor(found->second)});
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

Status write_merged_model(const std::string& base, const StoredAdapter& adapter,
                          const std::string& folder) {
    MOELORA_TRY(const SafetensorsFolder files, SafetensorsFolder::open(base));
    for (const SafetensorsFile& shard : files.files()) {
        MOELORA_TRY(const Changed changed, fold_shard(files, shard, adapter));
        MOELORA_TRY_STATUS(write_shard(shard, changed, folder));
    }
    return copy_rest(base, folder);
}

}  // namespace moelora
