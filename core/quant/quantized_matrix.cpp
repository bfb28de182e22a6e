// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quant/quantized_matrix.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <atomic>
#include <stdexcept>

#include "core/quant/gpu_product.h"
#include "core/quant/kernels.h"
#include "core/quant/quant_view.h"

namespace moelora {
namespace {

constexpr std::int64_t grain_elements = 1 << 16;

at::Tensor constant(const float* values, std::int64_t count) {
    return at::from_blob(const_cast<float*>(values), {count}, at::kFloat).clone();
}

}  // namespace

std::int64_t QuantizedMatrix::bytes() const {
    std::int64_t total = 0;
    for (const at::Tensor* t : {&codes, &absmax, &table, &nested_absmax, &nested_table})
        if (t->defined()) total += static_cast<std::int64_t>(t->nbytes());
    return total;
}

Quantizer::Quantizer(std::int64_t out, std::int64_t in, const QuantSpec& spec,
                     at::ScalarType source_type)
    : spec_(spec) {
    result_.format = spec.format;
    result_.out = out;
    result_.in = in;
    result_.source_type = source_type;
    if (spec.format == QuantFormat::Int8) {
        result_.codes = at::empty({out, in}, at::kChar);
        result_.absmax = at::empty({out}, at::kFloat);
        return;
    }
    result_.blocksize = spec.blocksize;
    result_.codes = at::empty({(out * in + 1) / 2, 1}, at::kByte);
    result_.absmax = at::empty({result_.blocks()}, at::kFloat);
    result_.table = constant(code_table(spec.format).data(), 16);
}

std::int64_t Quantizer::granule() const {
    return spec_.format == QuantFormat::Int8 ? result_.in : spec_.blocksize;
}

bool Quantizer::append(const float* values, std::int64_t count) {
    const std::int64_t piece = granule(), pieces = (count + piece - 1) / piece;
    const std::int64_t before = done_ / piece;
    auto* scales = result_.absmax.mutable_data_ptr<float>() + before;
    auto* codes = static_cast<std::uint8_t*>(result_.codes.mutable_data_ptr());
    std::atomic<bool> finite{true};
    at::parallel_for(
        0, pieces, std::max<std::int64_t>(1, grain_elements / piece),
        [&](std::int64_t first, std::int64_t last) {
            const float* from = values + first * piece;
            const std::int64_t n = std::min(last * piece, count) - first * piece;
            bool good = true;
            if (spec_.format == QuantFormat::Int8)
                good = quantize_rows(
                    from, last - first, piece,
                    static_cast<std::int8_t*>(static_cast<void*>(codes)) + done_ + first * piece,
                    scales + first);
            else
                good = quantize_blocks(from, n, spec_, codes + (done_ + first * piece) / 2,
                                       scales + first);
            if (!good) finite = false;
        });
    done_ += count;
    return finite;
}

QuantizedMatrix Quantizer::finish() {
    if (done_ != result_.out * result_.in)
        throw std::logic_error("[Quantizer] elements are missing");
    if (!spec_.nested || spec_.format == QuantFormat::Int8) return std::move(result_);
    const at::Tensor scales = result_.absmax;
    const std::int64_t count = scales.numel();
    result_.nested_offset = scales.mean().item<float>();
    result_.absmax = at::empty({count}, at::kByte);
    result_.nested_absmax =
        at::empty({(count + nested_blocksize - 1) / nested_blocksize}, at::kFloat);
    result_.nested_table = constant(dynamic_map().data(), 256);
    quantize_scales(scales.const_data_ptr<float>(), count, result_.nested_offset, spec_.rule,
                    result_.absmax.mutable_data_ptr<std::uint8_t>(),
                    result_.nested_absmax.mutable_data_ptr<float>());
    return std::move(result_);
}

QuantizedMatrix quantize(const at::Tensor& w, const QuantSpec& spec) {
    if (w.dim() != 2 || !w.is_floating_point() || !w.is_cpu())
        throw std::invalid_argument("[quantize] expected a float matrix on the CPU");
    const at::Tensor values = w.detach().to(at::kFloat).contiguous();
    Quantizer maker(w.size(0), w.size(1), spec, w.scalar_type());
    if (!maker.append(values.const_data_ptr<float>(), values.numel()))
        throw std::invalid_argument("[quantize] a value is not finite");
    return maker.finish();
}

at::Tensor scales_of(const QuantizedMatrix& w) {
    if (!w.nested()) return w.absmax;
    if (!w.absmax.is_cpu()) {
        const at::Tensor of =
            w.nested_absmax.repeat_interleave(nested_blocksize).narrow(0, 0, w.absmax.numel());
        return w.nested_table.index_select(0, w.absmax.to(at::kLong)) * of + w.nested_offset;
    }
    at::Tensor out = at::empty({w.absmax.numel()}, at::kFloat);
    const auto* codes = w.absmax.const_data_ptr<std::uint8_t>();
    const auto* table = w.nested_table.const_data_ptr<float>();
    const auto* nested = w.nested_absmax.const_data_ptr<float>();
    auto* to = out.mutable_data_ptr<float>();
    at::parallel_for(0, out.numel(), grain_elements, [&](std::int64_t first, std::int64_t last) {
        for (std::int64_t i = first; i < last; ++i)
            to[i] = table[codes[i]] * nested[i / nested_blocksize] + w.nested_offset;
    });
    return out;
}

HeldView hold_view(const QuantizedMatrix& w) {
    HeldView out;
    out.scales =
        w.format == QuantFormat::Int8 ? w.absmax * static_cast<float>(1.0 / 127.0) : scales_of(w);
    out.view.codes = static_cast<const std::uint8_t*>(w.codes.const_data_ptr());
    out.view.scales = out.scales.const_data_ptr<float>();
    out.view.table = w.table.defined() ? w.table.const_data_ptr<float>() : nullptr;
    out.view.in = w.in;
    out.view.blocksize = w.blocksize;
    return out;
}

at::Tensor dequantize_rows(const QuantizedMatrix& w, std::int64_t first, std::int64_t last,
                           at::ScalarType type) {
    if (gpu_product_serves(w, type)) return gpu_unpack(w, first, last, type);
    if (!w.codes.is_cpu()) return dequantize_reference(w, type).narrow(0, first, last - first);
    const HeldView held = hold_view(w);
    at::Tensor out = at::empty({last - first, w.in}, type);
    const bool direct = type == at::kFloat;
    const std::int64_t grain =
        std::max<std::int64_t>(1, grain_elements / std::max<std::int64_t>(w.in, 1));
    at::parallel_for(0, last - first, grain, [&](std::int64_t begin, std::int64_t end) {
        // A few rows at a time when they must be rounded to another type.
        for (std::int64_t r = begin; r < end; r += grain) {
            const std::int64_t stop = std::min(end, r + grain);
            at::Tensor rows =
                direct ? out.narrow(0, r, stop - r) : at::empty({stop - r, w.in}, at::kFloat);
            for (std::int64_t i = r; i < stop; ++i)
                quant_kernels().decode(held.view, first + i, 0, w.in,
                                       rows.mutable_data_ptr<float>() + (i - r) * w.in);
            if (!direct) out.narrow(0, r, stop - r).copy_(rows);
        }
    });
    return out;
}

at::Tensor dequantize(const QuantizedMatrix& w, at::ScalarType type) {
    return dequantize_rows(w, 0, w.out, type);
}

QuantizedMatrix to_device(QuantizedMatrix w, const at::Device& device) {
    for (at::Tensor* t : {&w.codes, &w.absmax, &w.table, &w.nested_absmax, &w.nested_table})
        if (t->defined()) *t = t->to(device);
    return w;
}

}  // namespace moelora
