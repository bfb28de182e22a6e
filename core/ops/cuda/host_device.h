// SPDX-License-Identifier: GPL-3.0-or-later
// What kernels and their host twins share: scalar types and operations whose result is the same
// bits on both sides. Multiplications and additions are never contracted by themselves; where a
// fused one is meant, it says fma. The only place of core that asks which compiler is at work.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>

#include "core/ops/cuda/backend_api.h"

#if defined(__CUDACC__)
#include <cuda_bf16.h>
#include <cuda_fp16.h>
#define MOELORA_HD __host__ __device__ __forceinline__
#else
#define MOELORA_HD inline
#endif
#if defined(__CUDA_ARCH__)
#define MOELORA_ON_DEVICE 1
#else
#define MOELORA_ON_DEVICE 0
#endif

namespace moelora::cuda {

struct F16 {
    std::uint16_t bits;
};
struct Bf16 {
    std::uint16_t bits;
};

constexpr int lanes = 32;  // threads of a warp

MOELORA_HD float mul(float a, float b) {
#if MOELORA_ON_DEVICE
    return __fmul_rn(a, b);
#else
    return a * b;
#endif
}
MOELORA_HD float add(float a, float b) {
#if MOELORA_ON_DEVICE
    return __fadd_rn(a, b);
#else
    return a + b;
#endif
}
MOELORA_HD float fma(float a, float b, float c) {
#if MOELORA_ON_DEVICE
    return __fmaf_rn(a, b, c);
#else
    return std::fma(a, b, c);
#endif
}

MOELORA_HD std::uint32_t bits_of(float value) {
    std::uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}
MOELORA_HD float float_of(std::uint32_t bits) {
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

MOELORA_HD float to_float(float value) {
    return value;
}
MOELORA_HD float to_float(Bf16 value) {
    return float_of(static_cast<std::uint32_t>(value.bits) << 16);
}
MOELORA_HD float to_float(F16 value) {
#if MOELORA_ON_DEVICE
    return __half2float(__ushort_as_half(value.bits));
#else
    const std::uint32_t sign = (value.bits & 0x8000U) << 16, exponent = value.bits >> 10 & 31U,
                        fraction = value.bits & 0x3ffU;
    if (exponent == 0)  // a multiple of 2^-24
        return float_of(sign | bits_of(static_cast<float>(fraction) * 0x1p-24F));
    return float_of(sign | (exponent == 31 ? 255U : exponent + 112U) << 23 | fraction << 13);
#endif
}

// To the nearest, ties to even.
template <class T>
MOELORA_HD T round_to(float value);
template <>
MOELORA_HD float round_to<float>(float value) {
    return value;
}
template <>
MOELORA_HD Bf16 round_to<Bf16>(float value) {
#if MOELORA_ON_DEVICE
    return {__bfloat16_as_ushort(__float2bfloat16_rn(value))};
#else
    const std::uint32_t bits = bits_of(value);
    if (value != value) return {0x7fc0};
    return {static_cast<std::uint16_t>((bits + 0x7fffU + (bits >> 16 & 1U)) >> 16)};
#endif
}
template <>
MOELORA_HD F16 round_to<F16>(float value) {
#if MOELORA_ON_DEVICE
    return {__half_as_ushort(__float2half_rn(value))};
#else
    const std::uint32_t all = bits_of(value), sign = all >> 16 & 0x8000U, size = all & 0x7fffffffU;
    std::uint32_t bits = 0;
    if (size > 0x7f800000U)
        bits = 0x7e00;
    else if (size >= 0x477ff000U)  // 65520, half way to the first power that is none
        bits = 0x7c00;
    else if (size < 0x38800000U)  // below 2^-14: the addition rounds to a multiple of 2^-24
        bits = bits_of(float_of(size) + 0.5F) - bits_of(0.5F);
    else
        bits = (size - (112U << 23) + 0xfffU + (size >> 13 & 1U)) >> 13;
    return {static_cast<std::uint16_t>(sign | bits)};
#endif
}

// Eight values that begin at a multiple of 16 bytes.
template <class T>
struct alignas(16) Eight {
    T values[8];
};
template <class T>
MOELORA_HD void load8(const T* from, float (&to)[8]) {
#if MOELORA_ON_DEVICE
    const Eight<T> all = *reinterpret_cast<const Eight<T>*>(from);
#else
    Eight<T> all;
    std::memcpy(&all, from, sizeof all);
#endif
    for (int i = 0; i < 8; ++i) to[i] = to_float(all.values[i]);
}
template <class T>
MOELORA_HD void store8(const float (&from)[8], T* to) {
    Eight<T> all;
    for (int i = 0; i < 8; ++i) all.values[i] = round_to<T>(from[i]);
#if MOELORA_ON_DEVICE
    *reinterpret_cast<Eight<T>*>(to) = all;
#else
    std::memcpy(to, &all, sizeof all);
#endif
}
inline bool aligned(const void* pointer, std::size_t bytes) {
    return reinterpret_cast<std::uintptr_t>(pointer) % bytes == 0;
}

// f(T()) for the type that `type` names; `otherwise` for a number that names none.
template <class F>
int with_type(std::int32_t type, int otherwise, const F& f) {
    switch (type) {
        case moelora_f32:
            return f(float());
        case moelora_f16:
            return f(F16());
        case moelora_bf16:
            return f(Bf16());
        default:
            return otherwise;
    }
}

}  // namespace moelora::cuda
