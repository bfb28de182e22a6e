// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quant/gemv.h"
#include "core/quant/tile_matmul.h"

#if defined(__x86_64__) && defined(__linux__) && defined(__GNUC__)
#include <immintrin.h>

#include <atomic>

#include "core/quant/quant_format.h"
#include "core/quant/x86_target.h"

MOELORA_TARGET_BEGIN(MOELORA_AVX512_SETS ",amx-tile,amx-bf16")

namespace moelora {
namespace {
namespace amx_gemv {

using Value = std::uint16_t;  // bf16

constexpr std::int64_t group_rows = 16;              // rows of W in a tile
constexpr std::int64_t tile_size = group_rows * 32;  // values of a tile of W: half a unit
constexpr std::int64_t unit_size = 2 * tile_size;    // the places that are even, then odd
constexpr std::int64_t units_at_once = 4;            // unpacked: 8 KiB; 4 were faster than 8 and 16
constexpr std::int64_t scales_at_once = 64;

#include "core/quant/gemv_scales.inc"
#include "core/quant/round_bf16_avx512.inc"
#include "core/quant/transpose_avx512.inc"

// Tiles 0, 1: sums of the group for P rows of x. 2, 3, 6, 7: W. 4, 5: x, pairs of its values by
// row.
struct TileConfig {
    std::uint8_t palette = 1, start_row = 0, reserved[14] = {};
    std::uint16_t bytes_per_row[16] = {};
    std::uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
};
template <int P>
constexpr TileConfig config_of() {
    TileConfig config;
    for (const int tile : {0, 1, 4, 5}) config.bytes_per_row[tile] = 4 * P;
    for (const int tile : {2, 3, 6, 7}) config.bytes_per_row[tile] = 64;
    return config;
}
// Static: GCC's intrinsic says that it reads eight bytes of it.
template <int P>
constexpr TileConfig tile_config = config_of<P>();

template <int P>
class Tiles {
  public:
    Tiles() { _tile_loadconfig(&tile_config<P>); }
    ~Tiles() { _tile_release(); }
    Tiles(const Tiles&) = delete;
    Tiles& operator=(const Tiles&) = delete;
};

static inline std::int64_t smaller(std::int64_t a, std::int64_t b) {
    return a < b ? a : b;
}

// [unit][even, odd][16 pairs of values][row]: the right operand.
static void pack(const Value* x, std::int64_t rows, std::int64_t in, Value* packed) {
    const std::int64_t p = gemv_packed_rows(rows);
    for (std::int64_t i = 0; i < p * in; ++i) packed[i] = 0;
    for (std::int64_t r = 0; r < rows; ++r)
        for (std::int64_t k = 0; k < in; ++k) {
            const std::int64_t place = k % gemv_unit / 2;  // among the even or odd ones
            packed[(k / gemv_unit * 2 + k % 2) * 32 * p + (place / 2 * p + r) * 2 + place % 2] =
                x[r * in + k];
        }
}

// `count` units of one row of W to its row of the tiles. The look-up sees the lowest five bits of
// an index; the table stands twice, so that the fifth does not count. What the next group wants,
// `ahead` bytes on, is asked for: 16 rows are more streams than the hardware follows (a narrow
// matrix took 1.7 times as long without).
static inline void unpack(const std::uint8_t* codes, __m512i table, std::int64_t count, Value* to,
                          std::int64_t ahead) {
    for (std::int64_t u = 0; u < count; ++u, codes += gemv_unit / 2, to += unit_size) {
        _mm_prefetch(codes + ahead, _MM_HINT_T1);
        const __m512i pairs = _mm512_cvtepu8_epi16(
            _mm256_loadu_si256(static_cast<const __m256i*>(static_cast<const void*>(codes))));
        _mm512_store_si512(to, _mm512_permutexvar_epi16(_mm512_srli_epi16(pairs, 4), table));
        _mm512_store_si512(to + tile_size, _mm512_permutexvar_epi16(pairs, table));
    }
}

// The scales of `count` units from number `unit` on of 16 rows of W: out[u][row].
static inline void scales_of_group(const GemvWeight& w, std::int64_t unit, std::int64_t row_units,
                                   std::int64_t count, float* out) {
    alignas(64) float rows[group_rows][scales_at_once];
    for (std::int64_t i = 0; i < group_rows; ++i)
        read_scales(w, unit + i * row_units, count, rows[i]);
    for (std::int64_t u = 0; u < count; u += 16) {
        __m512i lines[16];
        for (int i = 0; i < 16; ++i) lines[i] = _mm512_load_si512(rows[i] + u);
        transpose(lines);
        for (int i = 0; i < 16; ++i) _mm512_store_si512(out + (u + i) * group_rows, lines[i]);
    }
}

// Tile `sum` += tile of W at a · tile of x at b. GCC wants the numbers of tiles as they are.
#define MOELORA_ADD_TILES(sum, w, x, a, b) \
    _tile_loadd(w, a, 64);                 \
    _tile_loadd(x, b, 4 * P);              \
    _tile_dpbf16ps(sum, w, x)

// Sums of each of `count` units by itself, [16, P], before their scale. Two at a time, for the
// latency of the products.
template <int P>
static inline void multiply(const Value* a, const Value* b, std::int64_t count, float* sums) {
    constexpr std::int64_t step = gemv_unit * P, half = step / 2;
    // GCC's tile loads do not say that they read memory: stores before them stay before them.
    std::atomic_signal_fence(std::memory_order_seq_cst);
    for (; count >= 2; count -= 2, a += 2 * unit_size, b += 2 * step, sums += 32 * P) {
        _tile_zero(0);
        _tile_zero(1);
        MOELORA_ADD_TILES(0, 2, 4, a, b);
        MOELORA_ADD_TILES(1, 3, 5, a + unit_size, b + step);
        MOELORA_ADD_TILES(0, 6, 4, a + tile_size, b + half);
        MOELORA_ADD_TILES(1, 7, 5, a + unit_size + tile_size, b + step + half);
        _tile_stored(0, sums, 4 * P);
        _tile_stored(1, sums + 16 * P, 4 * P);
    }
    if (count == 0) return;
    _tile_zero(0);
    MOELORA_ADD_TILES(0, 2, 4, a, b);
    MOELORA_ADD_TILES(0, 3, 5, a + tile_size, b + half);
    _tile_stored(0, sums, 4 * P);
}
#undef MOELORA_ADD_TILES

template <int P>
static void rows_of_w(const GemvWeight& w, const Value* x, std::int64_t rows, std::int64_t first,
                      std::int64_t last, float* y, std::int64_t ldy) {
    alignas(64) Value tiles[units_at_once * unit_size];
    alignas(64) float scales[scales_at_once * group_rows], sums[units_at_once * group_rows * P];
    const __m512i table =
        _mm512_broadcast_i64x4(upper_halves(rounded_above(_mm512_loadu_ps(w.table))));
    // Lane l of vector v of a unit's sums is of the row of W (16 v + l) / P.
    __m512i row_of[P];
    for (int v = 0; v < P; ++v) {
        alignas(64) std::int32_t lanes[16];
        for (int l = 0; l < 16; ++l) lanes[l] = (16 * v + l) / P;
        row_of[v] = _mm512_load_si512(lanes);
    }
    const Tiles<P> configured;
    const std::int64_t units = w.in / gemv_unit;
    for (std::int64_t n = first; n < last; n += group_rows) {
        __m512 total[P];
        for (int v = 0; v < P; ++v) total[v] = _mm512_setzero_ps();
        for (std::int64_t at = 0; at < units; at += units_at_once) {
            const std::int64_t here = smaller(units_at_once, units - at);
            if (at % scales_at_once == 0)
                scales_of_group(w, n * units + at, units, smaller(scales_at_once, units - at),
                                scales);
            for (std::int64_t i = 0; i < group_rows; ++i)
                unpack(w.codes + ((n + i) * units + at) * (gemv_unit / 2), table, here,
                       tiles + i * 32, group_rows * w.in / 2);
            multiply<P>(tiles, x + at * gemv_unit * P, here, sums);
            for (std::int64_t u = 0; u < here; ++u) {
                const __m512 scale =
                    _mm512_load_ps(scales + (at % scales_at_once + u) * group_rows);
                for (int v = 0; v < P; ++v)
                    total[v] = _mm512_fmadd_ps(_mm512_load_ps(sums + (u * P + v) * 16),
                                               _mm512_permutexvar_ps(row_of[v], scale), total[v]);
            }
        }
        alignas(64) float result[group_rows * P];
        for (int v = 0; v < P; ++v) _mm512_store_ps(result + 16 * v, total[v]);
        for (std::int64_t i = 0; i < group_rows; ++i)
            for (std::int64_t r = 0; r < rows; ++r) y[r * ldy + n + i] = result[i * P + r];
    }
}

static void forward(const GemvWeight& w, const Value* x, std::int64_t rows, std::int64_t first,
                    std::int64_t last, float* y, std::int64_t ldy) {
    switch (gemv_packed_rows(rows)) {
        case 1:
            return rows_of_w<1>(w, x, rows, first, last, y, ldy);
        case 2:
            return rows_of_w<2>(w, x, rows, first, last, y, ldy);
        case 4:
            return rows_of_w<4>(w, x, rows, first, last, y, ldy);
        case 8:
            return rows_of_w<8>(w, x, rows, first, last, y, ldy);
        default:
            return rows_of_w<16>(w, x, rows, first, last, y, ldy);
    }
}

}  // namespace amx_gemv
}  // namespace
}  // namespace moelora

MOELORA_TARGET_END

namespace moelora {

const GemvKernels* gemv_tile_kernels() {
    static const GemvKernels kernels = {amx_gemv::group_rows, 16, amx_gemv::pack,
                                        amx_gemv::forward};
    return tile_kernels() ? &kernels : nullptr;
}

}  // namespace moelora
#else
namespace moelora {
const GemvKernels* gemv_tile_kernels() {
    return nullptr;
}
}  // namespace moelora
#endif
