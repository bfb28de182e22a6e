// SPDX-License-Identifier: GPL-3.0-or-later
// How one element of a matrix in few bits is found and decoded, and what one thread adds to a
// product: the arithmetic of the kernels, which the host runs as it stands (host_twin.cpp, and so
// the tests). Values equal core/quant/quantized_matrix.cpp and bitsandbytes bit for bit.
#pragma once

#include "core/ops/cuda/host_device.h"

namespace moelora::cuda {

constexpr int item = 8;  // elements a thread decodes at a time: one word of 4-bit codes
constexpr int most_few_rows = 4;

struct FourBit {
    const std::uint8_t* codes;
    const float* absmax;               // null: nested
    const std::uint8_t* absmax_codes;  // nested
    const float* nested_absmax;
    const float* table;  // a kernel lets both point to shared memory
    const float* nested_table;
    float nested_offset;
    int shift;  // blocks are 2^shift elements; they run on over the ends of rows
};
struct EightBit {
    const std::int8_t* codes;
    const float* absmax;
    std::int64_t in;
};

inline bool servable(const MoeloraQuantized& w) {
    const bool whole = w.out > 0 && w.in > 0 && w.codes != nullptr && w.absmax != nullptr;
    const bool blocks = w.blocksize >= item && (w.blocksize & (w.blocksize - 1)) == 0;
    const bool nested = (w.nested_table == nullptr) == (w.nested_absmax == nullptr);
    return whole && nested && (w.table == nullptr ? w.nested_table == nullptr : blocks);
}
inline FourBit four_bit(const MoeloraQuantized& w) {
    FourBit out{};
    out.codes = static_cast<const std::uint8_t*>(w.codes);
    if (w.nested_table == nullptr)
        out.absmax = static_cast<const float*>(w.absmax);
    else
        out.absmax_codes = static_cast<const std::uint8_t*>(w.absmax);
    out.nested_absmax = w.nested_absmax;
    out.table = w.table;
    out.nested_table = w.nested_table;
    out.nested_offset = w.nested_offset;
    while ((std::int64_t{1} << out.shift) < w.blocksize) ++out.shift;
    return out;
}
inline EightBit eight_bit(const MoeloraQuantized& w) {
    return {static_cast<const std::int8_t*>(w.codes), static_cast<const float*>(w.absmax), w.in};
}

MOELORA_HD float scale_at(const FourBit& w, std::int64_t element) {
    const std::int64_t block = element >> w.shift;
    if (w.absmax != nullptr) return w.absmax[block];
    return add(mul(w.nested_table[w.absmax_codes[block]], w.nested_absmax[block >> 8]),
               w.nested_offset);
}
MOELORA_HD float value_at(const FourBit& w, std::int64_t element) {
    const int byte = w.codes[element >> 1];
    return mul(w.table[(element & 1) != 0 ? byte & 15 : byte >> 4], scale_at(w, element));
}
// Table values, not yet scaled, of the item that begins at `element`, a multiple of 8.
MOELORA_HD void table_values(const FourBit& w, std::int64_t element, float (&to)[item]) {
    std::uint32_t word;
#if MOELORA_ON_DEVICE
    word = *reinterpret_cast<const std::uint32_t*>(w.codes + (element >> 1));
#else
    std::memcpy(&word, w.codes + (element >> 1), sizeof word);
#endif
    for (int i = 0; i < item; ++i)
        to[i] = w.table[word >> (i / 2 * 8 + (i % 2 == 0 ? 4 : 0)) & 15U];
}

MOELORA_HD float row_scale(const EightBit& w, std::int64_t row) {
    return mul(w.absmax[row], static_cast<float>(1.0 / 127.0));
}
MOELORA_HD void table_values(const EightBit& w, std::int64_t element, float (&to)[item]) {
#if MOELORA_ON_DEVICE
    struct alignas(item) Codes {
        std::int8_t values[item];
    };
    const Codes codes = *reinterpret_cast<const Codes*>(w.codes + element);
    for (int i = 0; i < item; ++i) to[i] = static_cast<float>(codes.values[i]);
#else
    for (int i = 0; i < item; ++i) to[i] = static_cast<float>(w.codes[element + i]);
#endif
}

// The elements of one item, 8 * number and the 7 behind it, as far as they lie in [first, last), to
// out[element - first]. `vector`: out and codes are aligned and first is a multiple of 8.
template <class T>
MOELORA_HD void dequantize_item(const FourBit& w, std::int64_t number, std::int64_t first,
                                std::int64_t last, bool vector, T* out) {
    const std::int64_t begin = number * item;
    if (vector && begin + item <= last) {
        float values[item];
        table_values(w, begin, values);
        const float scale = scale_at(w, begin);
        for (int i = 0; i < item; ++i) values[i] = mul(values[i], scale);
        store8(values, out + (begin - first));
        return;
    }
    for (std::int64_t i = begin; i < begin + item; ++i)
        if (i >= first && i < last) out[i - first] = round_to<T>(value_at(w, i));
}
// The same within one row; columns [begin, begin + 8) of it, to out[column].
template <class T>
MOELORA_HD void dequantize_item(const EightBit& w, std::int64_t row, std::int64_t begin,
                                bool vector, T* out) {
    const float scale = row_scale(w, row);
    if (vector && begin + item <= w.in) {
        float values[item];
        table_values(w, row * w.in + begin, values);
        for (int i = 0; i < item; ++i) values[i] = mul(values[i], scale);
        store8(values, out + begin);
        return;
    }
    for (std::int64_t k = begin; k < begin + item && k < w.in; ++k)
        out[k] = round_to<T>(mul(static_cast<float>(w.codes[row * w.in + k]), scale));
}

// What one lane of a warp adds to x W[n]ᵀ. `vector`: rows are whole items, pointers aligned. The
// scale of a block is left to the end of an item, that of a row to the end of the sum.
template <int Rows, class X>
MOELORA_HD void lane_sum(const FourBit& w, const X* x, std::int64_t in, std::int64_t n, int lane,
                         bool vector, float (&sum)[Rows]) {
    const std::int64_t row = n * in;
    if (vector) {
        for (std::int64_t k = lane * item; k < in; k += lanes * item) {
            float values[item];
            table_values(w, row + k, values);
            const float scale = scale_at(w, row + k);
            for (int m = 0; m < Rows; ++m) {
                float inputs[item], part = 0;
                load8(x + m * in + k, inputs);
                for (int i = 0; i < item; ++i) part = fma(values[i], inputs[i], part);
                sum[m] = fma(part, scale, sum[m]);
            }
        }
        return;
    }
    for (std::int64_t k = lane; k < in; k += lanes) {
        const float value = value_at(w, row + k);
        for (int m = 0; m < Rows; ++m) sum[m] = fma(value, to_float(x[m * in + k]), sum[m]);
    }
}
template <int Rows, class X>
MOELORA_HD void lane_sum(const EightBit& w, const X* x, std::int64_t in, std::int64_t n, int lane,
                         bool vector, float (&sum)[Rows]) {
    const std::int64_t row = n * in;
    if (vector) {
        for (std::int64_t k = lane * item; k < in; k += lanes * item) {
            float values[item];
            table_values(w, row + k, values);
            for (int m = 0; m < Rows; ++m) {
                float inputs[item];
                load8(x + m * in + k, inputs);
                for (int i = 0; i < item; ++i) sum[m] = fma(values[i], inputs[i], sum[m]);
            }
        }
    } else {
        for (std::int64_t k = lane; k < in; k += lanes)
            for (int m = 0; m < Rows; ++m)
                sum[m] = fma(static_cast<float>(w.codes[row + k]), to_float(x[m * in + k]), sum[m]);
    }
    for (int m = 0; m < Rows; ++m) sum[m] = mul(sum[m], row_scale(w, n));
}
// Whether the items of products and of whole rows may be read as words.
inline bool vector_rows(const MoeloraQuantized& w, const void* floats) {
    return w.in % item == 0 && aligned(w.codes, w.table == nullptr ? item : 4) &&
           aligned(floats, 16);
}

}  // namespace moelora::cuda
