// SPDX-License-Identifier: GPL-3.0-or-later
// A frozen matrix W [out, in] in few bits, laid out as bitsandbytes stores it.
//
// Values: 4 bit table[code] * scale of the block, INT8 code * (scale of the row * 1/127), in f32.
// Nested scales: scale[i] = nested_table[absmax[i]] * nested_absmax[i / 256] + nested_offset.
// Tensors are immutable after construction and may be views of a mapped file; any thread may read.
#pragma once

#include <ATen/core/Tensor.h>

#include <memory>
#include <optional>
#include <vector>

#include "core/quant/quant_format.h"

namespace moelora {

struct QuantizedMatrix {
    QuantFormat format = QuantFormat::Nf4;
    std::int64_t out = 0, in = 0, blocksize = 64;
    at::ScalarType source_type = at::kFloat;  // of the weight it was made from
    at::Tensor codes;   // 4 bit: U8 [(out * in + 1) / 2, 1]; INT8: I8 [out, in]
    at::Tensor absmax;  // 4 bit: F32 [blocks], nested U8 [blocks]; INT8: F32 [out]
    at::Tensor table;   // 4 bit: F32 [16]
    at::Tensor nested_absmax, nested_table;  // nested: F32 [ceil(blocks / 256)], F32 [256]
    float nested_offset = 0;

    [[nodiscard]] bool nested() const { return nested_absmax.defined(); }
    [[nodiscard]] std::int64_t blocks() const { return (out * in + blocksize - 1) / blocksize; }
    [[nodiscard]] std::int64_t bytes() const;  // of all tensors
};
using QuantizedPtr = std::shared_ptr<const QuantizedMatrix>;

// Makes one piece by piece, so that the whole matrix is never needed in a float type.
class Quantizer {
  public:
    Quantizer(std::int64_t out, std::int64_t in, const QuantSpec& spec, at::ScalarType source_type);
    // Elements a piece may have: a multiple of this, the last one what is left.
    [[nodiscard]] std::int64_t granule() const;
    // False when a value is not finite (INT8: as f16); nothing more may be asked then.
    [[nodiscard]] bool append(const float* values, std::int64_t count);
    // After out * in elements.
    [[nodiscard]] QuantizedMatrix finish();

  private:
    QuantSpec spec_;
    QuantizedMatrix result_;
    std::int64_t done_ = 0;
};

// w [out, in], a float type on the CPU. Throws std::invalid_argument when a value is not finite.
[[nodiscard]] QuantizedMatrix quantize(const at::Tensor& w, const QuantSpec& spec);
// Scales in f32, nesting undone: [blocks] or [out] (INT8: as stored, not divided by 127).
[[nodiscard]] at::Tensor scales_of(const QuantizedMatrix& w);
// [last - first, in], one rounding to `type`. The second form is the whole matrix.
[[nodiscard]] at::Tensor dequantize_rows(const QuantizedMatrix& w, std::int64_t first,
                                         std::int64_t last, at::ScalarType type);
[[nodiscard]] at::Tensor dequantize(const QuantizedMatrix& w, at::ScalarType type);
[[nodiscard]] QuantizedMatrix to_device(QuantizedMatrix w, const at::Device& device);

// Slow twins, in plain ATen on any device.
[[nodiscard]] QuantizedMatrix quantize_reference(const at::Tensor& w, const QuantSpec& spec);
[[nodiscard]] at::Tensor dequantize_reference(const QuantizedMatrix& w, at::ScalarType type);

}  // namespace moelora
