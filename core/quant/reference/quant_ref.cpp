// SPDX-License-Identifier: GPL-3.0-or-later
// The slow twins: the formulas of quantization.md, element by element or in plain ATen.
#include <ATen/ATen.h>

#include <cmath>

#include "core/quant/quantized_matrix.h"

namespace moelora {
namespace {

// The code whose table value is nearest to y; at a tie the rule decides.
int nearest(const std::array<float, 16>& table, float y, const QuantSpec& spec) {
    int best = 0;
    for (int code = 1; code < 16; ++code) {
        const auto here = table[static_cast<std::size_t>(code)],
                   there = table[static_cast<std::size_t>(best)];
        const double a = std::abs(static_cast<double>(here) - y),
                     b = std::abs(static_cast<double>(there) - y);
        const bool smaller = spec.format == QuantFormat::Fp4 && spec.rule == QuantRule::Cuda
                                 ? std::abs(here) < std::abs(there)
                                 : here < there;
        if (a < b || (a == b && smaller)) best = code;
    }
    return best;
}

at::Tensor four_bit_codes(const at::Tensor& flat, const at::Tensor& absmax, const QuantSpec& spec) {
    const std::int64_t n = flat.numel();
    at::Tensor packed = at::zeros({(n + 1) / 2, 1}, at::kByte);
    const auto* x = flat.const_data_ptr<float>();
    const auto* scale = absmax.const_data_ptr<float>();
    auto* out = packed.mutable_data_ptr<std::uint8_t>();
    const auto& table = code_table(spec.format);
    for (std::int64_t i = 0; i < n + n % 2; ++i) {
        const float y = i < n ? x[i] * (1.0f / scale[i / spec.blocksize]) : 0.0f;
        const int code = nearest(table, y, spec);
        out[i / 2] = static_cast<std::uint8_t>(i % 2 == 0 ? code << 4 : out[i / 2] | code);
    }
    return packed;
}

}  // namespace

// Blocks of zeros and values between the package's thresholds and the exact midpoints (one in
// millions) are left to quantize().
QuantizedMatrix quantize_reference(const at::Tensor& w, const QuantSpec& spec) {
    QuantizedMatrix out;
    out.format = spec.format;
    out.out = w.size(0);
    out.in = w.size(1);
    out.source_type = w.scalar_type();
    if (spec.format == QuantFormat::Int8) {
        const at::Tensor half = w.to(at::kHalf).to(at::kFloat);
        out.absmax = half.abs().amax(1);
        out.codes = (half * (127.0 / out.absmax).unsqueeze(1)).round().to(at::kChar);
        return out;
    }
    out.blocksize = spec.blocksize;
    const at::Tensor flat = w.to(at::kFloat).flatten();
    const at::Tensor padded =
        at::constant_pad_nd(flat, {0, out.blocks() * spec.blocksize - flat.numel()});
    out.absmax = padded.view({-1, spec.blocksize}).abs().amax(1);
    out.codes = four_bit_codes(flat, out.absmax, spec);
    const auto& table = code_table(spec.format);
    out.table = at::tensor(std::vector<float>(table.begin(), table.end()));
    if (!spec.nested) return out;
    const at::Tensor scales = out.absmax, offset = scales.mean();
    const auto& map = dynamic_map();
    out.nested_table = at::tensor(std::vector<float>(map.begin(), map.end()));
    out.nested_offset = offset.item<float>();
    const std::int64_t groups = (scales.numel() + nested_blocksize - 1) / nested_blocksize;
    const at::Tensor centred =
        at::constant_pad_nd(scales - offset, {0, groups * nested_blocksize - scales.numel()});
    out.nested_absmax = centred.view({groups, nested_blocksize}).abs().amax(1);
    const at::Tensor y = (centred.view({groups, nested_blocksize}) / out.nested_absmax.unsqueeze(1))
                             .flatten()
                             .narrow(0, 0, scales.numel());
    out.absmax = (y.unsqueeze(1) - out.nested_table).abs().argmin(1).to(at::kByte);
    return out;
}

at::Tensor dequantize_reference(const QuantizedMatrix& w, at::ScalarType type) {
    if (w.format == QuantFormat::Int8)
        return (w.codes.to(at::kFloat) * (w.absmax * (1.0 / 127.0)).unsqueeze(1)).to(type);
    const std::int64_t n = w.out * w.in;
    const at::Tensor bytes = w.codes.flatten().to(at::kInt);
    const at::Tensor codes = at::stack({bytes.bitwise_right_shift(4), bytes.bitwise_and(15)}, 1)
                                 .flatten()
                                 .narrow(0, 0, n);
    at::Tensor scales = w.absmax;
    if (w.nested())
        scales =
            w.nested_table.index_select(0, w.absmax.to(at::kLong)) *
                w.nested_absmax.repeat_interleave(nested_blocksize).narrow(0, 0, w.absmax.numel()) +
            w.nested_offset;
    const at::Tensor each = scales.repeat_interleave(w.blocksize).narrow(0, 0, n);
    return (w.table.index_select(0, codes) * each).view({w.out, w.in}).to(type);
}

}  // namespace moelora
