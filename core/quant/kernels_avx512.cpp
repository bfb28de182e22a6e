// SPDX-License-Identifier: GPL-3.0-or-later
// The kernels for AVX-512 (F, BW, DQ, VL).
#include "core/quant/kernels.h"

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>

#include <cstring>

#include "core/quant/x86_target.h"

MOELORA_TARGET_BEGIN(MOELORA_AVX512_SETS)

namespace moelora {
namespace {
namespace avx512 {

using Vec = __m512;
constexpr std::int64_t lanes = 16, tile_m = 6, outer_m = 12;
using Table = __m512;

static inline Vec zero() {
    return _mm512_setzero_ps();
}
static inline Vec load(const float* from) {
    return _mm512_loadu_ps(from);
}
static inline __mmask16 mask_of(std::int64_t count) {
    return static_cast<__mmask16>((1u << count) - 1u);
}
static inline Vec load_part(const float* from, std::int64_t count) {
    return _mm512_maskz_loadu_ps(mask_of(count), from);
}
static inline void store(float* to, Vec value) {
    _mm512_storeu_ps(to, value);
}
static inline void store_part(float* to, std::int64_t count, Vec value) {
    _mm512_mask_storeu_ps(to, mask_of(count), value);
}
static inline Vec broadcast(float value) {
    return _mm512_set1_ps(value);
}
static inline Vec mul(Vec a, Vec b) {
    return _mm512_mul_ps(a, b);
}
static inline Vec fma(Vec a, Vec b, Vec c) {
    return _mm512_fmadd_ps(a, b, c);
}
#include "core/quant/sum_avx512.inc"
static inline Table scaled_table(const float* table, float scale) {
    return mul(load(table), broadcast(scale));
}
// The look-up sees the lowest four bits of an index.
static inline Vec decode_vec(const std::uint8_t* codes, const Table& table) {
    std::int32_t words[2];
    std::memcpy(words, codes, 8);
    const __m512i both = _mm512_inserti64x4(_mm512_castsi256_si512(_mm256_set1_epi32(words[0])),
                                            _mm256_set1_epi32(words[1]), 1);
    const __m512i shifts =
        _mm512_setr_epi32(4, 0, 12, 8, 20, 16, 28, 24, 4, 0, 12, 8, 20, 16, 28, 24);
    return _mm512_permutexvar_ps(_mm512_srlv_epi32(both, shifts), table);
}
static inline Vec decode_int8(const std::uint8_t* codes) {
    return _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(
        _mm_loadu_si128(static_cast<const __m128i*>(static_cast<const void*>(codes)))));
}

#include "core/quant/kernels_x86.inc"

#include "core/quant/round_bf16_avx512.inc"

// 16 values to the nearest bf16.
static inline __m256i rounded(Vec v) {
    return upper_halves(rounded_above(v));
}

static void decode_int8_bf16(const std::uint8_t* codes, std::int64_t count, float scale,
                             std::uint16_t* out) {
    for (std::int64_t i = 0; i < count; i += lanes)
        _mm256_storeu_si256(static_cast<__m256i*>(static_cast<void*>(out + i)),
                            rounded(mul(decode_int8(codes + i), broadcast(scale))));
}

// Pieces of rows are read row after row, which no hardware prefetcher follows: the piece some rows
// on is asked for. Beyond the end of the matrix that does nothing.
static inline void prefetch_rows_ahead(const QuantView& w, std::int64_t start, std::int64_t end) {
    constexpr std::int64_t rows_ahead = 8, line = 64;
    const std::int64_t skip = rows_ahead * w.in;
    for (std::int64_t byte = (start + skip) / 2; byte < (end + skip) / 2; byte += line)
        _mm_prefetch(static_cast<const char*>(static_cast<const void*>(w.codes + byte)),
                     _MM_HINT_T0);
    _mm_prefetch(
        static_cast<const char*>(static_cast<const void*>(w.scales + (start + skip) / w.blocksize)),
        _MM_HINT_T0);
}

// A block's 16 values are rounded once; then 32 codes a look-up. The table stands twice, so that
// the fifth bit of an index does not count.
static void decode_bf16(const QuantView& w, std::int64_t row, std::int64_t first, std::int64_t last,
                        std::uint16_t* out) {
    const std::int64_t start = row * w.in + first, end = row * w.in + last;
    if (!w.table) return decode_int8_bf16(w.codes + start, end - start, w.scales[row], out);
    prefetch_rows_ahead(w, start, end);
    __m512i table = _mm512_setzero_si512();
    std::int64_t block = start / w.blocksize, next = start;
    for (std::int64_t at = start; at < end; at += 32, out += 32) {
        if (at == next) {
            table = _mm512_broadcast_i64x4(rounded(scaled_table(w.table, w.scales[block])));
            next = ++block * w.blocksize;
        }
        const __m512i bytes = _mm512_cvtepu8_epi32(_mm_loadu_si128(
            static_cast<const __m128i*>(static_cast<const void*>(w.codes + at / 2))));
        const __m512i indices =
            _mm512_or_si512(_mm512_srli_epi32(bytes, 4), _mm512_slli_epi32(bytes, 16));
        _mm512_storeu_si512(out, _mm512_permutexvar_epi16(indices, table));
    }
}

}  // namespace avx512
}  // namespace
}  // namespace moelora

MOELORA_TARGET_END

namespace moelora {

const QuantKernels* quant_kernels_avx512() {
    static const QuantKernels kernels = {Isa::Avx512,     "avx512",         avx512::decode,
                                         avx512::forward, avx512::backward, avx512::decode_bf16};
    const bool has = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                     __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
    return has ? &kernels : nullptr;
}

}  // namespace moelora
#else
namespace moelora {
const QuantKernels* quant_kernels_avx512() {
    return nullptr;
}
}  // namespace moelora
#endif
