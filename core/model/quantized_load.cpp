// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/quantized_load.h"

#include <ATen/ATen.h>

#include <cstring>

namespace moelora {
namespace {

constexpr std::int64_t piece_elements = 1 << 20;  // a buffer of 4 MiB

at::Tensor copy_of(const SafetensorsFolder::Located& from, at::IntArrayRef shape,
                   at::ScalarType type) {
    at::Tensor out = at::empty(shape, type);
    const auto bytes = from.file->bytes(*from.entry);
    std::memcpy(out.mutable_data_ptr(), bytes.data(), bytes.size());
    from.file->release_pages(*from.entry);
    return out;
}

at::Tensor view_of(const SafetensorsFolder::Located& from, at::IntArrayRef shape,
                   at::ScalarType type, const std::shared_ptr<const SafetensorsFolder>& mapping) {
    // from_blob wants a mutable pointer; codes are only read.
    auto* bytes = const_cast<std::byte*>(from.file->bytes(*from.entry).data());
    return at::from_blob(
        bytes, shape, [mapping](void*) {}, at::TensorOptions().dtype(type));
}

}  // namespace

at::ScalarType scalar_type_of(Dtype dtype) {
    switch (dtype) {
        case Dtype::F64:
            return at::kDouble;
        case Dtype::BF16:
            return at::kBFloat16;
        case Dtype::F16:
            return at::kHalf;
        default:
            return at::kFloat;
    }
}

std::optional<QuantSpec> quant_spec(Quantization quantization) {
    switch (quantization) {
        case Quantization::Nf4:
            return QuantSpec{QuantFormat::Nf4, false};
        case Quantization::Nf4Dq:
            return QuantSpec{QuantFormat::Nf4, true};
        case Quantization::Fp4:
            return QuantSpec{QuantFormat::Fp4, false};
        case Quantization::Fp4Dq:
            return QuantSpec{QuantFormat::Fp4, true};
        case Quantization::Int8:
            return QuantSpec{QuantFormat::Int8, false};
        case Quantization::None:
            break;
    }
    return std::nullopt;
}

QuantOptions quant_options(Quantization both) {
    return {quant_spec(both), quant_spec(both)};
}

QuantOptions quant_options(const ModelOptions& options) {
    const auto text = quant_spec(options.quantization);
    if (options.vision_quantization == VisionQuantization::Same) return {text, text};
    // The second list is the first one behind `same`.
    const int place = static_cast<int>(options.vision_quantization) - 1;
    return {text, quant_spec(static_cast<Quantization>(place))};
}

Result<QuantizedMatrix> quantize_stored(const SafetensorsFolder::Located& weight,
                                        const QuantSpec& spec) {
    const TensorEntry& entry = *weight.entry;
    const at::ScalarType type = scalar_type_of(entry.dtype);
    Quantizer maker(entry.shape[0], entry.shape[1], spec, type == at::kDouble ? at::kFloat : type);
    const std::byte* bytes = weight.file->bytes(entry).data();
    const auto width = static_cast<std::int64_t>(c10::elementSize(type));
    const std::int64_t count = entry.shape[0] * entry.shape[1], granule = maker.granule();
    const std::int64_t step = std::max<std::int64_t>(1, piece_elements / granule) * granule;
    at::Tensor raw = at::empty({std::min(step, count)}, type);
    for (std::int64_t at = 0; at < count; at += step) {
        const std::int64_t n = std::min(step, count - at);
        std::memcpy(raw.mutable_data_ptr(), bytes + at * width,
                    static_cast<std::size_t>(n * width));
        const at::Tensor values = raw.narrow(0, 0, n).to(at::kFloat);
        if (!maker.append(values.const_data_ptr<float>(), n))
            return fail(ErrorCode::QuantizationInvalid,
                        {{"path", weight.file->path()},
                         {"tensor", entry.name},
                         {"why", "it holds a value that is not finite"}});
    }
    weight.file->release_pages(entry);
    return maker.finish();
}

QuantizedMatrix read_stored_matrix(const StoredMatrix& stored,
                                   const std::shared_ptr<const SafetensorsFolder>& mapping) {
    const auto codes = [&](at::IntArrayRef shape, at::ScalarType type) {
        return mapping ? view_of(stored.codes, shape, type, mapping)
                       : copy_of(stored.codes, shape, type);
    };
    QuantizedMatrix out;
    out.format = stored.format;
    out.out = stored.out;
    out.in = stored.in;
    out.blocksize = stored.blocksize;
    out.source_type = stored.source_type == "bfloat16"  ? at::kBFloat16
                      : stored.source_type == "float16" ? at::kHalf
                                                        : at::kFloat;
    if (stored.format == QuantFormat::Int8) {
        out.codes = codes({out.out, out.in}, at::kChar);
        out.absmax = copy_of(stored.absmax, {out.out}, at::kFloat);
        return out;
    }
    out.codes = codes({(out.out * out.in + 1) / 2, 1}, at::kByte);
    out.absmax = copy_of(stored.absmax, {out.blocks()}, stored.nested() ? at::kByte : at::kFloat);
    out.table = copy_of(stored.table, {16}, at::kFloat);
    if (!stored.nested()) return out;
    out.nested_absmax =
        copy_of(stored.nested_absmax, {(out.blocks() + nested_blocksize - 1) / nested_blocksize},
                at::kFloat);
    out.nested_table = copy_of(stored.nested_table, {256}, at::kFloat);
    out.nested_offset = stored.nested_offset;
    return out;
}

}  // namespace moelora
