// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/feature_cache.h"

#include <ATen/ATen.h>

#include <cstring>
#include <filesystem>

#include "core/io/files.h"
#include "core/io/safetensors.h"
#include "core/model/quantized_load.h"

namespace moelora {
namespace {

namespace fs = std::filesystem;

constexpr const char* digest_name = "sha256";

// In a fixed order: the merged features, then each level.
std::vector<at::Tensor> parts_of(const VisionFeatures& features) {
    std::vector<at::Tensor> parts = {features.merged};
    parts.insert(parts.end(), features.deepstack.begin(), features.deepstack.end());
    return parts;
}

VisionFeatures from_parts(std::vector<at::Tensor> parts) {
    VisionFeatures out;
    out.merged = std::move(parts.front());
    out.deepstack.assign(std::make_move_iterator(parts.begin() + 1),
                         std::make_move_iterator(parts.end()));
    return out;
}

std::int64_t bytes_of(const std::vector<at::Tensor>& parts) {
    std::int64_t bytes = 0;
    for (const at::Tensor& part : parts) bytes += static_cast<std::int64_t>(part.nbytes());
    return bytes;
}

std::string_view text_of(std::span<const std::byte> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
std::span<const std::byte> bytes_in(const at::Tensor& t) {
    return {static_cast<const std::byte*>(t.const_data_ptr()), t.nbytes()};
}

std::string digest_of(const std::vector<std::span<const std::byte>>& pieces) {
    std::string all;
    for (const auto& piece : pieces) all += sha256_hex(text_of(piece));
    return sha256_hex(all);
}

Dtype dtype_of(const at::Tensor& t) {
    return t.scalar_type() == at::kBFloat16 ? Dtype::BF16
           : t.scalar_type() == at::kHalf   ? Dtype::F16
                                            : Dtype::F32;
}

std::string name_of_part(std::size_t i) {
    return "part." + std::to_string(i);
}

}  // namespace

FeatureCache::FeatureCache(FeatureCacheLimits limits) : limits_(std::move(limits)) {
    if (limits_.folder.empty() || limits_.disk_bytes <= 0) return;
    folder_ = join_path(limits_.folder, sha256_hex(limits_.tower).substr(0, 16));
    facts_.disk_bytes = bytes_below(limits_.folder);
}

std::string FeatureCache::key_of(const at::Tensor& pixel_values, const at::Tensor& grid) {
    const at::Tensor pixels = pixel_values.cpu().contiguous(), sides = grid.cpu().contiguous();
    return digest_of({bytes_in(sides), bytes_in(pixels)});
}

std::string FeatureCache::path_of(const std::string& key) const {
    return join_path(join_path(folder_, key.substr(0, 2)), key + ".safetensors");
}

std::optional<VisionFeatures> FeatureCache::find(const std::string& key) {
    if (const auto at = kept_.find(key); at != kept_.end()) {
        ++facts_.found;
        return at->second;
    }
    if (!folder_.empty())
        if (auto features = read(path_of(key))) {
            ++facts_.found;
            keep_in_memory(key, *features);
            return features;
        }
    ++facts_.computed;
    return std::nullopt;
}

void FeatureCache::put(const std::string& key, const VisionFeatures& features) {
    std::vector<at::Tensor> parts = parts_of(features);
    for (at::Tensor& part : parts) part = part.detach().cpu().contiguous();
    const VisionFeatures held = from_parts(std::move(parts));
    keep_in_memory(key, held);
    if (!folder_.empty()) write(path_of(key), held);
}

void FeatureCache::keep_in_memory(const std::string& key, const VisionFeatures& features) {
    const std::int64_t bytes = bytes_of(parts_of(features));
    if (facts_.memory_bytes + bytes > limits_.memory_bytes) return;
    if (kept_.emplace(key, features).second) facts_.memory_bytes += bytes;
}

std::optional<VisionFeatures> FeatureCache::read(const std::string& path) {
    std::error_code code;
    if (!fs::exists(path, code)) return std::nullopt;
    std::vector<at::Tensor> parts;
    std::vector<std::span<const std::byte>> pieces;
    const auto file = SafetensorsFile::open(path);
    for (std::size_t i = 0; file; ++i) {
        const TensorEntry* entry = file->find(name_of_part(i));
        if (!entry) break;
        at::Tensor part = at::empty(entry->shape, scalar_type_of(entry->dtype));
        const auto bytes = file->bytes(*entry);
        if (!bytes.empty()) std::memcpy(part.mutable_data_ptr(), bytes.data(), bytes.size());
        pieces.push_back(bytes_in(part));
        parts.push_back(std::move(part));
    }
    if (!parts.empty()) {
        const auto digest = file->metadata().find(digest_name);
        if (digest != file->metadata().end() && digest->second == digest_of(pieces))
            return from_parts(std::move(parts));
    }
    fs::remove(path, code);
    return std::nullopt;
}

void FeatureCache::write(const std::string& path, const VisionFeatures& features) {
    const std::vector<at::Tensor> parts = parts_of(features);
    const std::int64_t bytes = bytes_of(parts);
    if (facts_.disk_bytes + bytes > limits_.disk_bytes) return;
    std::vector<TensorBytes> tensors;
    std::vector<std::span<const std::byte>> pieces;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        pieces.push_back(bytes_in(parts[i]));
        tensors.push_back(
            {name_of_part(i), dtype_of(parts[i]), parts[i].sizes().vec(), pieces.back()});
    }
    std::error_code code;
    fs::create_directories(fs::path(path).parent_path(), code);
    if (write_safetensors(path, std::move(tensors), {{digest_name, digest_of(pieces)}}))
        facts_.disk_bytes += bytes;
}

}  // namespace moelora
