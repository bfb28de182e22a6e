// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>

#include "core/base/assert.h"
#include "core/base/json.h"
#include "core/io/atomic_file.h"
#include "core/io/safetensors.h"
#include "core/io/safetensors_header.h"

namespace moelora {
namespace {

// Our own caller's duties; a file that breaks them could not be read back.
void check_tensors(const std::vector<TensorBytes>& tensors) {
    for (std::size_t i = 0; i < tensors.size(); ++i) {
        const TensorBytes& t = tensors[i];
        MOELORA_ASSERT(t.dtype != Dtype::Other, "[write_safetensors] dtype of " + t.name);
        auto bytes = static_cast<std::uint64_t>(bytes_of(t.dtype));
        for (const std::int64_t dimension : t.shape) bytes *= static_cast<std::uint64_t>(dimension);
        MOELORA_ASSERT(bytes == t.bytes.size(),
                       "[write_safetensors] " + t.name + " has " + std::to_string(t.bytes.size()) +
                           " bytes, its shape asks for " + std::to_string(bytes));
        MOELORA_ASSERT(t.name != "__metadata__", "[write_safetensors] a tensor named __metadata__");
    }
}

}  // namespace

Status write_safetensors(const std::string& path, std::vector<TensorBytes> tensors,
                         std::map<std::string, std::string> metadata) {
    check_tensors(tensors);
    std::sort(tensors.begin(), tensors.end(), [](const TensorBytes& a, const TensorBytes& b) {
        return std::pair(-bytes_of(a.dtype), std::string_view(a.name)) <
               std::pair(-bytes_of(b.dtype), std::string_view(b.name));
    });
    metadata.emplace("format", "pt");
    std::string header = "{\"__metadata__\":";
    header += Json(metadata).dump();
    std::uint64_t at = 0;
    std::vector<std::string_view> names;
    for (const TensorBytes& t : tensors) {
        const std::uint64_t end = at + t.bytes.size();
        const Json entry = {
            {"dtype", name_of(t.dtype)}, {"shape", t.shape}, {"data_offsets", {at, end}}};
        header += ',';
        header += Json(t.name).dump();
        header += ':';
        header += entry.dump();
        names.push_back(t.name);
        at = end;
    }
    std::sort(names.begin(), names.end());
    MOELORA_ASSERT(std::adjacent_find(names.begin(), names.end()) == names.end(),
                   "[write_safetensors] a name stands twice");
    header += "}";
    header.append((8 - header.size() % 8) % 8, ' ');
    MOELORA_ASSERT(header.size() <= safetensors_header_most, "[write_safetensors] header size");
    std::string length;
    for (unsigned shift = 0; shift < 64; shift += 8)
        length += static_cast<char>(header.size() >> shift & 255u);

    MOELORA_TRY(AtomicFile file, AtomicFile::begin(path));
    MOELORA_TRY_STATUS(file.write(length.data(), length.size()));
    MOELORA_TRY_STATUS(file.write(header.data(), header.size()));
    for (const TensorBytes& t : tensors)
        MOELORA_TRY_STATUS(file.write(t.bytes.data(), t.bytes.size()));
    return file.commit();
}

}  // namespace moelora
