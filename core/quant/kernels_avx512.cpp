// SPDX-License-Identifier: GPL-3.0-or-later
// The kernels for AVX-512 (F, BW, DQ, VL). The instruction set is set for this code alone, by
// function attributes: a flag on the file would also reach inline functions of the headers, which
// the linker may then choose for every machine.
#include "core/quant/kernels.h"

#if defined(__x86_64__) && defined(__GNUC__)
#if defined(__GNUC__) && !defined(__clang__)
// GCC's own headers of this set read values that are undefined on purpose (its bug 105593).
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
#include <immintrin.h>

#include <cstring>

#if defined(__clang__)
#pragma clang attribute push( \
    __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")
#endif

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
static inline float sum(Vec v) {
    const __m256 half = _mm256_add_ps(_mm512_maskz_extractf32x8_ps(0xff, v, 0),
                                      _mm512_maskz_extractf32x8_ps(0xff, v, 1));
    const __m128 four = _mm_add_ps(_mm256_castps256_ps128(half), _mm256_extractf128_ps(half, 1));
    const __m128 pair = _mm_add_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_add_ss(pair, _mm_shuffle_ps(pair, pair, 1)));
}
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

}  // namespace avx512
}  // namespace
}  // namespace moelora

#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif

namespace moelora {

const QuantKernels* quant_kernels_avx512() {
    static const QuantKernels kernels = {Isa::Avx512, "avx512", avx512::decode, avx512::forward,
                                         avx512::backward};
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
