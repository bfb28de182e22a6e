// SPDX-License-Identifier: GPL-3.0-or-later
// safetensors files: a memory-mapped reader that trusts nothing, and an atomic writer. Bytes,
// dtypes and shapes, never tensors. Format: huggingface/safetensors README; what is refused:
// formats.md section 3. ADR-free facts: names are map keys only, never paths; pickles are
// recognised and refused by name.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"

namespace moelora {

enum class Dtype {
    Bool,
    U8,
    I8,
    F8E4M3,
    F8E5M2,
    I16,
    U16,
    F16,
    BF16,
    I32,
    U32,
    F32,
    I64,
    U64,
    F64,
    Other
};
[[nodiscard]] std::string_view name_of(Dtype dtype);  // "F32"
[[nodiscard]] std::int64_t bytes_of(Dtype dtype);     // 0 for Other

struct TensorEntry {
    std::string name;
    Dtype dtype = Dtype::F32;
    std::string dtype_name;            // as written, also for Other
    std::vector<std::int64_t> shape;   // [] = one element
    std::uint64_t begin = 0, end = 0;  // bytes within the data part
};

// A mapped file. Thread-safe after open. Spans live as long as the object (shared mapping,
// read-only).
class SafetensorsFile {
  public:
    // Errors: FileMissing, FileUnreadable, SafetensorsInvalid, PickleRefused; the message names
    // file and reason.
    [[nodiscard]] static Result<SafetensorsFile> open(const std::string& path);
    SafetensorsFile(SafetensorsFile&&) noexcept;
    SafetensorsFile& operator=(SafetensorsFile&&) noexcept;
    ~SafetensorsFile();

    [[nodiscard]] const std::string& path() const;
    [[nodiscard]] const std::vector<TensorEntry>& entries() const;  // in file order of the header
    [[nodiscard]] const TensorEntry* find(std::string_view name) const;  // nullptr when absent
    [[nodiscard]] const std::map<std::string, std::string>& metadata() const;
    // Raw little-endian bytes; may be unaligned. The mapping is file-backed (not counted as
    // anonymous memory).
    [[nodiscard]] std::span<const std::byte> bytes(const TensorEntry& entry) const;
    // Tells the kernel that the pages of this tensor are not needed any more.
    void release_pages(const TensorEntry& entry) const;
    [[nodiscard]] std::uint64_t file_bytes() const;

  private:
    struct State;
    explicit SafetensorsFile(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

// All tensors of a folder: model.safetensors, or the shards of model.safetensors.index.json (only
// plain names inside the folder; a tensor must be in the shard the index names). `stem` is "model"
// or "adapter_model".
class SafetensorsFolder {
  public:
    // Errors: as SafetensorsFile::open, ModelFileMissing, JsonInvalid.
    [[nodiscard]] static Result<SafetensorsFolder> open(const std::string& folder,
                                                        const std::string& stem = "model");
    struct Located {
        const SafetensorsFile* file = nullptr;
        const TensorEntry* entry = nullptr;
    };
    [[nodiscard]] Located find(std::string_view name) const;  // nullptrs when absent
    [[nodiscard]] const std::vector<SafetensorsFile>& files() const { return files_; }
    [[nodiscard]] std::vector<std::string> names() const;  // sorted

  private:
    std::vector<SafetensorsFile> files_;
    std::map<std::string, std::size_t, std::less<>> where_;
};

struct TensorBytes {
    std::string name;
    Dtype dtype = Dtype::F32;
    std::vector<std::int64_t> shape;
    std::span<const std::byte> bytes;  // contiguous, little-endian; borrowed until write returns
};
// Writes to a temporary file beside `path`, syncs, renames. Adds {"format":"pt"} to the metadata;
// header padded to 8 bytes; tensors ordered by falling alignment, then name. Errors:
// FileUnwritable, DiskFull (nothing is left behind).
[[nodiscard]] Status write_safetensors(const std::string& path, std::vector<TensorBytes> tensors,
                                       std::map<std::string, std::string> metadata = {});

}  // namespace moelora
