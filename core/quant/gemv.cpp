// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quant/gemv.h"

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>

#include "core/quant/quant_format.h"
#include "core/quant/x86_target.h"

MOELORA_TARGET_BEGIN(MOELORA_AVX512_SETS ",avx512bf16")

namespace moelora {
namespace {
namespace avx512_bf16 {

using Value = std::uint16_t;  // bf16

constexpr std::int64_t scales_at_once = 64;
constexpr std::int64_t ahead = 2048;  // bytes; by itself the machine asks for codes too late

#include "core/quant/gemv_scales.inc"
#include "core/quant/round_bf16_avx512.inc"
#include "core/quant/sum_avx512.inc"

static inline __m512bh as_bf16(__m512i bits) {
    return __builtin_bit_cast(__m512bh, bits);
}
static inline __m512bh load(const Value* from) {
    return as_bf16(_mm512_loadu_si512(from));
}

// Of every 64 values those at even places, then those at odd ones, as codes are packed.
static void split(const Value* x, std::int64_t rows, std::int64_t in, Value* out) {
    const __m512i even = _mm512_slli_epi16(
        _mm512_set_epi16(31, 30, 29, 28, 27, 26, 25, 24, 23, 22, 21, 20, 19, 18, 17, 16, 15, 14, 13,
                         12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0),
        1);
    const __m512i odd = _mm512_add_epi16(even, _mm512_set1_epi16(1));
    for (std::int64_t i = 0; i < rows * in; i += gemv_unit) {
        const __m512i low = _mm512_loadu_si512(x + i), high = _mm512_loadu_si512(x + i + 32);
        _mm512_storeu_si512(out + i, _mm512_permutex2var_epi16(low, even, high));
        _mm512_storeu_si512(out + i + 32, _mm512_permutex2var_epi16(low, odd, high));
    }
}

// One row of W against R rows of x. Units in turn go to two sums, for the latency of the FMA. The
// look-up sees the lowest five bits of an index; the table stands twice, so that the fifth does not
// count.
template <int R>
static inline void row(const GemvWeight& w, __m512i table, const Value* x, std::int64_t n, float* y,
                       std::int64_t ldy) {
    __m512 total[2][R];
    for (int r = 0; r < R; ++r) total[0][r] = total[1][r] = _mm512_setzero_ps();
    const std::int64_t units = w.in / gemv_unit;
    float scales[scales_at_once];
    for (std::int64_t first = 0; first < units; first += scales_at_once) {
        const std::int64_t here = units - first < scales_at_once ? units - first : scales_at_once;
        const std::int64_t start = n * units + first;
        read_scales(w, start, here, scales);
        const auto unit = [&](std::int64_t u, __m512* sums) {
            const std::uint8_t* at = w.codes + (start + u) * (gemv_unit / 2);
            _mm_prefetch(at + ahead, _MM_HINT_T0);
            const __m512i codes = _mm512_cvtepu8_epi16(
                _mm256_loadu_si256(static_cast<const __m256i*>(static_cast<const void*>(at))));
            const __m512bh even =
                as_bf16(_mm512_permutexvar_epi16(_mm512_srli_epi16(codes, 4), table));
            const __m512bh odd = as_bf16(_mm512_permutexvar_epi16(codes, table));
            const __m512 scale = _mm512_set1_ps(scales[u]);
            const Value* from = x + (first + u) * gemv_unit;
#pragma GCC unroll 4
            for (int r = 0; r < R; ++r, from += w.in) {
                const __m512 half = _mm512_dpbf16_ps(_mm512_setzero_ps(), even, load(from));
                sums[r] =
                    _mm512_fmadd_ps(_mm512_dpbf16_ps(half, odd, load(from + 32)), scale, sums[r]);
            }
        };
        std::int64_t u = 0;
        for (; u + 2 <= here; u += 2) {
            unit(u, total[0]);
            unit(u + 1, total[1]);
        }
        if (u < here) unit(u, total[0]);
    }
    for (int r = 0; r < R; ++r) y[r * ldy + n] = sum(_mm512_add_ps(total[0][r], total[1][r]));
}

template <int R>
static void rows_of(const GemvWeight& w, const Value* x, std::int64_t first, std::int64_t last,
                    float* y, std::int64_t ldy) {
    const __m512i table =
        _mm512_broadcast_i64x4(upper_halves(rounded_above(_mm512_loadu_ps(w.table))));
    for (std::int64_t n = first; n < last; ++n) row<R>(w, table, x, n, y, ldy);
}

static void forward(const GemvWeight& w, const Value* x, std::int64_t rows, std::int64_t first,
                    std::int64_t last, float* y, std::int64_t ldy) {
    constexpr decltype(&rows_of<1>) forms[] = {rows_of<1>, rows_of<2>, rows_of<3>, rows_of<4>};
    forms[rows - 1](w, x, first, last, y, ldy);
}

}  // namespace avx512_bf16
}  // namespace
}  // namespace moelora

MOELORA_TARGET_END

namespace moelora {

const GemvKernels* gemv_vector_kernels() {
    static const GemvKernels kernels = {1, 4, avx512_bf16::split, avx512_bf16::forward};
    static const bool has =
        __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
        __builtin_cpu_supports("avx512bf16");
    return has ? &kernels : nullptr;
}

}  // namespace moelora
#else
namespace moelora {
const GemvKernels* gemv_vector_kernels() {
    return nullptr;
}
}  // namespace moelora
#endif
