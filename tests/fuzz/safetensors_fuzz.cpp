// SPDX-License-Identifier: GPL-3.0-or-later
// The input is a safetensors file. What is accepted tiles the data part, and every byte of it can
// be read.
#include <numeric>

#include "core/io/safetensors.h"
#include "tests/fuzz/fuzz_input.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace moelora;
    static const fuzz::Folder folder;
    const std::string path = folder.put("model.safetensors", fuzz::text_of(data, size));
    const fuzz::MemoryBound bound(size, 1 << 20, 128);
    const auto file = SafetensorsFile::open(path);
    if (!file) return 0;
    std::uint64_t covered = 0;
    unsigned sum = 0;
    for (const TensorEntry& entry : file->entries()) {
        const auto bytes = file->bytes(entry);
        covered += bytes.size();
        for (const std::byte b : bytes) sum += static_cast<unsigned>(b);
        fuzz::demand(file->find(entry.name) == &entry, "a tensor is found by its name");
    }
    fuzz::demand(covered < size && sum <= covered * 255,
                 "tensors lie in the file, beside its header");
    return 0;
}
