// SPDX-License-Identifier: GPL-3.0-or-later
// Recorded tensors for tests. The caller includes torch (precompiled header).
#pragma once

#include <gtest/gtest.h>

#include <cstring>
#include <map>
#include <stdexcept>
#include <string>

#include "core/io/safetensors.h"

namespace moelora::test {

using TensorMap = std::map<std::string, at::Tensor>;

inline at::ScalarType scalar_type_of(Dtype dtype) {
    switch (dtype) {
        case Dtype::F32:
            return at::kFloat;
        case Dtype::F64:
            return at::kDouble;
        case Dtype::BF16:
            return at::kBFloat16;
        case Dtype::I64:
            return at::kLong;
        case Dtype::I32:
            return at::kInt;
        case Dtype::U8:
            return at::kByte;
        case Dtype::I8:
            return at::kChar;
        case Dtype::F16:
            return at::kHalf;
        default:
            throw std::invalid_argument("a recorded tensor has an unexpected type");
    }
}

// All tensors of a file, copied.
inline TensorMap read_tensors(const std::string& path) {
    const auto file = SafetensorsFile::open(path);
    if (!file) throw std::runtime_error(message_of(file.error()));
    TensorMap out;
    for (const TensorEntry& entry : file->entries()) {
        at::Tensor one = at::empty(entry.shape, test::scalar_type_of(entry.dtype));
        const auto bytes = file->bytes(entry);
        std::memcpy(one.mutable_data_ptr(), bytes.data(), bytes.size());
        out[entry.name] = one;
    }
    return out;
}

inline Status write_tensors(const std::string& path, const TensorMap& tensors) {
    std::vector<TensorBytes> list;
    TensorMap dense;
    for (const auto& [name, tensor] : tensors) dense[name] = tensor.detach().contiguous();
    for (const auto& [name, tensor] : dense) {
        const Dtype dtype = tensor.scalar_type() == at::kLong       ? Dtype::I64
                            : tensor.scalar_type() == at::kByte     ? Dtype::U8
                            : tensor.scalar_type() == at::kBFloat16 ? Dtype::BF16
                                                                    : Dtype::F32;
        list.push_back({name,
                        dtype,
                        tensor.sizes().vec(),
                        {static_cast<const std::byte*>(tensor.const_data_ptr()), tensor.nbytes()}});
    }
    return write_safetensors(path, std::move(list));
}

inline double max_difference(const at::Tensor& a, const at::Tensor& b) {
    if (a.sizes() != b.sizes()) throw std::invalid_argument("shapes differ");
    if (a.numel() == 0) return 0;
    return (a.detach().to(at::kDouble) - b.detach().to(at::kDouble)).abs().max().item<double>();
}

}  // namespace moelora::test
