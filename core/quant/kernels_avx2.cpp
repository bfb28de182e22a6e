// SPDX-License-Identifier: GPL-3.0-or-later
// The kernels for AVX2 with fused multiply-add.
#include "core/quant/kernels.h"

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>

#include <cstring>

#include "core/quant/x86_target.h"

MOELORA_TARGET_BEGIN(MOELORA_AVX2_SETS)

namespace moelora {
namespace {
namespace avx2 {

using Vec = __m256;
constexpr std::int64_t lanes = 8, tile_m = 3, outer_m = 6;

struct Table {
    Vec low, high;  // values of the codes 0 .. 7 and 8 .. 15
};

static inline Vec zero() {
    return _mm256_setzero_ps();
}
static inline Vec load(const float* from) {
    return _mm256_loadu_ps(from);
}
static inline __m256i mask_of(std::int64_t count) {
    return _mm256_cmpgt_epi32(_mm256_set1_epi32(static_cast<int>(count)),
                              _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}
static inline Vec load_part(const float* from, std::int64_t count) {
    return _mm256_maskload_ps(from, mask_of(count));
}
static inline void store(float* to, Vec value) {
    _mm256_storeu_ps(to, value);
}
static inline void store_part(float* to, std::int64_t count, Vec value) {
    _mm256_maskstore_ps(to, mask_of(count), value);
}
static inline Vec broadcast(float value) {
    return _mm256_set1_ps(value);
}
static inline Vec mul(Vec a, Vec b) {
    return _mm256_mul_ps(a, b);
}
static inline Vec fma(Vec a, Vec b, Vec c) {
    return _mm256_fmadd_ps(a, b, c);
}
static inline float sum(Vec v) {
    const __m128 half = _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
    const __m128 pair = _mm_add_ps(half, _mm_movehl_ps(half, half));
    return _mm_cvtss_f32(_mm_add_ss(pair, _mm_shuffle_ps(pair, pair, 1)));
}
static inline Table scaled_table(const float* table, float scale) {
    return {mul(load(table), broadcast(scale)), mul(load(table + 8), broadcast(scale))};
}
// The look-up sees the lowest three bits of an index, bit 3 chooses the half: higher bits may be
// anything.
static inline Vec decode_vec(const std::uint8_t* codes, const Table& table) {
    std::int32_t word = 0;
    std::memcpy(&word, codes, 4);
    const __m256i index =
        _mm256_srlv_epi32(_mm256_set1_epi32(word), _mm256_setr_epi32(4, 0, 12, 8, 20, 16, 28, 24));
    return _mm256_blendv_ps(_mm256_permutevar8x32_ps(table.low, index),
                            _mm256_permutevar8x32_ps(table.high, index),
                            _mm256_castsi256_ps(_mm256_slli_epi32(index, 28)));
}
static inline Vec decode_int8(const std::uint8_t* codes) {
    std::int64_t bytes = 0;
    std::memcpy(&bytes, codes, 8);
    return _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(_mm_cvtsi64_si128(bytes)));
}

#include "core/quant/kernels_x86.inc"

}  // namespace avx2
}  // namespace
}  // namespace moelora

MOELORA_TARGET_END

namespace moelora {

const QuantKernels* quant_kernels_avx2() {
    static const QuantKernels kernels = {Isa::Avx2, "avx2", avx2::decode, avx2::forward,
                                         avx2::backward};
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? &kernels : nullptr;
}

}  // namespace moelora
#else
namespace moelora {
const QuantKernels* quant_kernels_avx2() {
    return nullptr;
}
}  // namespace moelora
#endif
