// SPDX-License-Identifier: GPL-3.0-or-later
// What libmoelora_cuda.so exports. The program opens it at run time (core/session/device.cpp) when
// a driver is present; nothing links it. C linkage, plain types. A message is English, for logs and
// diagnostics, always ended by a zero.
//
// Kernels come in one table, which core reaches through core/ops/cuda_kernels.h. All pointers are
// memory of the queue's device, row-major and without gaps, but for the two structures themselves,
// which are read before a function returns. A function only queues its work. It returns a CUDA
// error code (0 = fine); arguments it cannot serve are answered before anything is queued, as
// cudaErrorInvalidValue. What each computes to the last bit: the same functions on host memory,
// host_twin.h.
#pragma once

#include <cstddef>
#include <cstdint>

#define MOELORA_CUDA_OPEN "moelora_cuda_open"
#define MOELORA_CUDA_CAPABILITY "moelora_cuda_capability"
#define MOELORA_CUDA_SELF_TEST "moelora_cuda_self_test"
#define MOELORA_CUDA_TABLE "moelora_cuda_table"

extern "C" {

// Raised with every change below this line; 1 had no table.
enum : std::int32_t { moelora_cuda_interface = 2 };

enum MoeloraType : std::int32_t { moelora_f32 = 0, moelora_f16 = 1, moelora_bf16 = 2 };

struct MoeloraQueue {
    std::int32_t device;
    void* stream;  // cudaStream_t
};

// A frozen matrix W [out, in] as bitsandbytes stores it (core/quant/quantized_matrix.h).
//   4 bit: table[code] * scale of the block    INT8 (table null): code * (absmax[row] * 1/127)
// Nested scales: nested_table[absmax[i]] * nested_absmax[i / 256] + nested_offset.
struct MoeloraQuantized {
    std::int64_t out, in;
    std::int64_t blocksize;  // 4 bit: a power of two, 8 and more
    const void* codes;   // U8 [(out * in + 1) / 2], even elements in the high nibble; I8 [out, in]
    const void* absmax;  // f32 [blocks]; nested U8 [blocks]; INT8 f32 [out]
    const float* table;  // [16]
    const float* nested_table;   // [256], or null: not nested
    const float* nested_absmax;  // [ceil(blocks / 256)]
    float nested_offset;
};

// E low-rank experts side by side, R = first[experts] columns together.
enum : std::int32_t { moelora_most_experts = 64 };
struct MoeloraExperts {
    const float* w;  // [N, E] mixing weights, or null: 1
    std::int32_t experts;
    std::int32_t first[moelora_most_experts + 1];  // column at which a block begins; the last: R
    float scales[moelora_most_experts];            // one factor an expert
    float last;                                    // one factor for all, applied to sums
};

struct MoeloraCudaTable {
    std::int32_t version;  // moelora_cuda_interface
    std::int32_t bytes;    // sizeof(MoeloraCudaTable)
    const char* (*error_text)(int code);
    // out [last - first, in] of `type`: rows of W, computed in f32, one rounding.
    int (*dequantize)(const MoeloraQuantized* w, std::int64_t first, std::int64_t last,
                      std::int32_t type, void* out, MoeloraQueue queue);
    // y [rows, out] = x [rows, in] Wᵀ for 1 to 4 rows, both of `type`; f32 sums, one rounding. A
    // row's result does not depend on how many there are.
    int (*few_rows)(const MoeloraQuantized* w, const void* x, std::int64_t rows, std::int32_t type,
                    void* y, MoeloraQueue queue);
    // y [rows, out] = base + last * (h ⊙ repeat(w · scales)) Bᵀ; base and y of `type`, h [rows, R]
    // and b [out, R] f32; f32 sums, one rounding. y may be base.
    int (*add_experts)(const void* base, const float* h, const float* b, std::int64_t rows,
                       std::int64_t out, const MoeloraExperts* experts, std::int32_t type, void* y,
                       MoeloraQueue queue);
    // What lies between the products of its backward pass, of dg = dY B [rows, R]; all f32:
    //   dw [rows, E] = scales * sum over each block of last * dg ⊙ h
    //   dh [rows, R] = last * dg ⊙ repeat(w · scales) ⊙ mask      g [rows, R] = last * h ⊙ repeat(w
    //   · scales)
    // mask, dw, dh and g may be null, dg where only g is asked for; dh may be dg.
    int (*experts_backward)(const float* dg, const float* h, const float* mask, std::int64_t rows,
                            const MoeloraExperts* experts, float* dh, float* dw, float* g,
                            MoeloraQueue queue);
};

// Opens libtorch_cuda.so of `torch_lib_folder` with global symbols, which registers the device with
// LibTorch. The number of usable devices, or -1 with the reason in `message`.
using MoeloraCudaOpen = int (*)(const char* torch_lib_folder, char* message, std::size_t size);
// Compute capability of device `index`, 10 * major + minor; 0 when it cannot be asked.
using MoeloraCudaCapability = int (*)(int index);
// Runs each of our kernels on device `index` against the host's arithmetic. 0 = equal bits.
using MoeloraCudaSelfTest = int (*)(int index, char* message, std::size_t size);
// Never null; lives as long as the library. Its first two members stand in every version.
using MoeloraCudaTableOf = const MoeloraCudaTable* (*)();
}
