// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quant/tile_matmul.h"

#if defined(__x86_64__) && defined(__linux__) && defined(__GNUC__)
#include <cpuid.h>
#include <immintrin.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <string_view>

#include "core/quant/x86_target.h"

MOELORA_TARGET_BEGIN(MOELORA_AVX512_SETS ",amx-tile,amx-bf16")

namespace moelora {
namespace {
namespace amx {

using Value = std::uint16_t;  // bf16

constexpr std::int64_t tile_rows = 16;
constexpr std::int64_t tile_size = 512;  // bf16 values of a tile: 16 rows of 64 bytes
constexpr std::int64_t pair_size = 2 * tile_size;
constexpr std::int64_t sum_size = 256;  // f32 values of a tile of sums
// A block of rows (forward) or columns (backward) of W, with its sums for all rows and one slab of
// the other operand, stays in the L2 cache; a pair of tiles over the steps of a slab in the L1. The
// more rows, the smaller the block: W is read once however many there are.
constexpr std::int64_t widest_block = 256, slab_steps = 16, sums_floats = widest_block * 512;

static inline std::int64_t block_of(std::int64_t rows) {
    return rows <= 512 ? widest_block : widest_block / 2;
}
static_assert(sums_floats >= widest_block / 2 * tile_max_rows);

struct TileConfig {
    std::uint8_t palette = 1, start_row = 0, reserved[14] = {};
    std::uint16_t bytes_per_row[16] = {64, 64, 64, 64, 64, 64, 64, 64};
    std::uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
};
// Static: GCC's intrinsic says that it reads eight bytes, so that the stores to the rest of a local
// one would be left out.
constexpr TileConfig tile_config;

// Tiles are a thread's own and are given back, for the libraries that use them too.
class Tiles {
  public:
    Tiles() { _tile_loadconfig(&tile_config); }
    ~Tiles() { _tile_release(); }
    Tiles(const Tiles&) = delete;
    Tiles& operator=(const Tiles&) = delete;
};

static inline std::int64_t smaller(std::int64_t a, std::int64_t b) {
    return a < b ? a : b;
}

static inline std::int64_t pairs_of(std::int64_t rows) {
    return (rows + 2 * tile_rows - 1) / (2 * tile_rows);
}

#include "core/quant/round_bf16_avx512.inc"
#include "core/quant/transpose_avx512.inc"

// Packed operands: slab by slab along the summed dimension; in it pair by pair of tiles; in it step
// by step.
static inline std::int64_t place(std::int64_t step, std::int64_t steps, std::int64_t pair,
                                 std::int64_t pairs) {
    const std::int64_t first = step / slab_steps * slab_steps;
    const std::int64_t here = smaller(slab_steps, steps - first);
    return (first * pairs + pair * here + (step - first)) * pair_size;
}

template <bool Transposed>
static void pack(const Value* x, std::int64_t rows, std::int64_t width, std::int64_t first,
                 std::int64_t last, Value* packed) {
    const std::int64_t steps = width / tile_unit, pairs = pairs_of(rows);
    for (std::int64_t pair = first; pair < last; ++pair)
        for (std::int64_t step = 0; step < steps; ++step)
            for (std::int64_t half = 0; half < 2; ++half) {
                __m512i lines[16];
                for (std::int64_t i = 0; i < tile_rows; ++i) {
                    const std::int64_t row = (2 * pair + half) * tile_rows + i;
                    lines[i] = row < rows ? _mm512_loadu_si512(x + row * width + step * tile_unit)
                                          : _mm512_setzero_si512();
                }
                if constexpr (Transposed) transpose(lines);
                Value* to = packed + place(step, steps, pair, pairs) + half * tile_size;
                for (int i = 0; i < 16; ++i) _mm512_store_si512(to + i * 32, lines[i]);
            }
}

// sums[2][2] (+)= left · right over `steps` steps; Left, Right: tiles that exist of each pair.
template <int Left, int Right>
static inline void multiply(const Value* left, const Value* right, std::int64_t steps, bool fresh,
                            float* sums) {
    // GCC's tile loads do not say that they read memory: stores before them stay before them.
    std::atomic_signal_fence(std::memory_order_seq_cst);
    if (fresh) {
        _tile_zero(0);
        if (Right > 1) _tile_zero(1);
        if (Left > 1) _tile_zero(2);
        if (Left > 1 && Right > 1) _tile_zero(3);
    } else {
        _tile_loadd(0, sums, 64);
        if (Right > 1) _tile_loadd(1, sums + sum_size, 64);
        if (Left > 1) _tile_loadd(2, sums + 2 * sum_size, 64);
        if (Left > 1 && Right > 1) _tile_loadd(3, sums + 3 * sum_size, 64);
    }
    for (std::int64_t step = 0; step < steps; ++step) {
        _tile_loadd(4, left, 64);
        if (Left > 1) _tile_loadd(5, left + tile_size, 64);
        _tile_loadd(6, right, 64);
        if (Right > 1) _tile_loadd(7, right + tile_size, 64);
        _tile_dpbf16ps(0, 4, 6);
        if (Right > 1) _tile_dpbf16ps(1, 4, 7);
        if (Left > 1) _tile_dpbf16ps(2, 5, 6);
        if (Left > 1 && Right > 1) _tile_dpbf16ps(3, 5, 7);
        left += pair_size;
        right += pair_size;
    }
    _tile_stored(0, sums, 64);
    if (Right > 1) _tile_stored(1, sums + sum_size, 64);
    if (Left > 1) _tile_stored(2, sums + 2 * sum_size, 64);
    if (Left > 1 && Right > 1) _tile_stored(3, sums + 3 * sum_size, 64);
}

// A thread's buffers: a slab of a block of W in tiles, the block's sums, two rows of W.
struct Work {
    Value* tiles;
    float* sums;
    Value* line;
};
constexpr std::int64_t tiles_floats = widest_block * slab_steps * tile_unit / 2;
constexpr std::int64_t line_size =
    widest_block > slab_steps* tile_unit ? widest_block : slab_steps* tile_unit;

static inline Work work_of(float* work) {
    return {static_cast<Value*>(static_cast<void*>(work)), work + tiles_floats,
            static_cast<Value*>(static_cast<void*>(work + tiles_floats + sums_floats))};
}

// Rows [n, n + count) x columns of `steps` steps of W, as left operands.
static void take_rows(const TileWeight& w, std::int64_t n, std::int64_t count, std::int64_t column,
                      std::int64_t steps, const Work& work) {
    for (std::int64_t i = 0; i < count; ++i) {
        w.read(w.source, n + i, column, steps * tile_unit, work.line);
        Value* to = work.tiles + i / 32 * steps * pair_size + i / 16 % 2 * tile_size + i % 16 * 32;
        for (std::int64_t s = 0; s < steps; ++s)
            _mm512_store_si512(to + s * pair_size, _mm512_loadu_si512(work.line + s * 32));
    }
}

// Rows of `steps` steps x columns [k, k + count) of W, as right operands: in lane i of a tile's row
// value i of an even row of W below that of the odd row after it.
static void take_columns(const TileWeight& w, std::int64_t n, std::int64_t steps, std::int64_t k,
                         std::int64_t count, const Work& work) {
    const __m512i low = _mm512_set_epi16(47, 15, 46, 14, 45, 13, 44, 12, 43, 11, 42, 10, 41, 9, 40,
                                         8, 39, 7, 38, 6, 37, 5, 36, 4, 35, 3, 34, 2, 33, 1, 32, 0);
    const __m512i high = _mm512_add_epi16(low, _mm512_set1_epi16(16));
    Value *even = work.line, *odd = work.line + line_size;
    for (std::int64_t i = 0; i < steps * tile_unit; i += 2) {
        w.read(w.source, n + i, k, count, even);
        w.read(w.source, n + i + 1, k, count, odd);
        Value* to = work.tiles + i / 32 * pair_size + i % 32 / 2 * 32;
        for (std::int64_t c = 0; c < count; c += 32, to += steps * pair_size) {
            const __m512i a = _mm512_loadu_si512(even + c), b = _mm512_loadu_si512(odd + c);
            _mm512_store_si512(to, _mm512_permutex2var_epi16(a, low, b));
            _mm512_store_si512(to + tile_size, _mm512_permutex2var_epi16(a, high, b));
        }
    }
}

// A tile of sums, rows and columns exchanged or not, to `rows` rows of the result.
template <bool Transposed>
static void store(const float* sums, Value* y, std::int64_t ldy, std::int64_t rows) {
    __m512i lines[16];
    for (int i = 0; i < 16; ++i) lines[i] = rounded_above(_mm512_load_ps(sums + i * 16));
    if constexpr (Transposed) transpose(lines);
    for (std::int64_t i = 0; i < rows; ++i)
        _mm256_storeu_si256(static_cast<__m256i*>(static_cast<void*>(y + i * ldy)),
                            upper_halves(lines[i]));
}

// One block of W against all rows, slab by slab. W is the left operand of a forward product (its
// rows become rows of tiles as they are), the right one of a backward product.
template <bool Forward>
static void multiply_block(const TileWeight& w, const Value* packed, std::int64_t rows,
                           std::int64_t out, std::int64_t first, std::int64_t count, Value* result,
                           const Work& work) {
    const std::int64_t steps = (Forward ? w.in : out) / tile_unit, pairs = pairs_of(rows);
    const bool odd = (rows + tile_rows - 1) / tile_rows % 2 != 0;
    for (std::int64_t at = 0; at < steps; at += slab_steps) {
        const std::int64_t here = smaller(slab_steps, steps - at);
        if constexpr (Forward)
            take_rows(w, first, count, at * tile_unit, here, work);
        else
            take_columns(w, at * tile_unit, here, first, count, work);
        for (std::int64_t i = 0; i < count / 32; ++i)
            for (std::int64_t pair = 0; pair < pairs; ++pair) {
                const Value* weights = work.tiles + i * here * pair_size;
                const Value* others = packed + place(at, steps, pair, pairs);
                float* sums = work.sums + (i * pairs + pair) * 4 * sum_size;
                const bool half = odd && pair + 1 == pairs;
                if constexpr (Forward)
                    (half ? multiply<2, 1> : multiply<2, 2>)(weights, others, here, at == 0, sums);
                else
                    (half ? multiply<1, 2> : multiply<2, 2>)(others, weights, here, at == 0, sums);
            }
    }
    const std::int64_t width = Forward ? out : w.in;
    for (std::int64_t i = 0; i < count / 16; ++i)
        for (std::int64_t m = 0; m < rows; m += tile_rows) {
            const std::int64_t of_w = i % 2, of_row = m / 16 % 2;
            const std::int64_t tile = Forward ? 2 * of_w + of_row : 2 * of_row + of_w;
            store<Forward>(work.sums + ((i / 2 * pairs + m / 32) * 4 + tile) * sum_size,
                           result + m * width + first + i * 16, width,
                           smaller(tile_rows, rows - m));
        }
}

template <bool Forward>
static void multiply_all(const TileWeight& w, const Value* packed, std::int64_t rows,
                         std::int64_t out, std::int64_t first, std::int64_t last, Value* result,
                         float* work) {
    const Tiles tiles;
    const std::int64_t block = block_of(rows);
    for (std::int64_t at = first; at < last; at += block)
        multiply_block<Forward>(w, packed, rows, out, at, smaller(block, last - at), result,
                                work_of(work));
}

}  // namespace amx
}  // namespace
}  // namespace moelora

MOELORA_TARGET_END

namespace moelora {
namespace {

// The CPU has the unit, and the system saves its registers and lets this process use them.
bool has_tiles() {
    const char* wanted = std::getenv("MOELORA_AMX");
    if (wanted != nullptr && std::string_view(wanted) == "0") return false;
    constexpr unsigned amx_bf16 = 1u << 22, amx_tile = 1u << 24;
    constexpr long request_permission = 0x1023, tile_data = 18;
    unsigned a = 0, b = 0, c = 0, d = 0;
    if (!__get_cpuid_count(7, 0, &a, &b, &c, &d) || (d & amx_bf16) == 0 || (d & amx_tile) == 0)
        return false;
    const bool vectors = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                         __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
    return vectors && syscall(SYS_arch_prctl, request_permission, tile_data) == 0;
}

}  // namespace

const TileKernels* tile_kernels() {
    static const TileKernels kernels = {amx::tiles_floats + amx::sums_floats + amx::line_size,
                                        amx::pack<true>, amx::pack<false>, amx::multiply_all<true>,
                                        amx::multiply_all<false>};
    static const bool has = has_tiles();
    return has ? &kernels : nullptr;
}

}  // namespace moelora
#else
namespace moelora {
const TileKernels* tile_kernels() {
    return nullptr;
}
}  // namespace moelora
#endif
