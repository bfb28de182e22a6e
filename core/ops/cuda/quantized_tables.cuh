// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/ops/cuda/quant_arithmetic.h"

namespace moelora::cuda {

// The code tables in shared memory: 16 neighbouring words lie in 16 banks, so that any mixture of
// codes is read at once. All threads of a block must call load().
struct SharedTables {
    float codes[16], nested[256];

    __device__ void load(FourBit& w) {
        for (int i = threadIdx.x; i < 16; i += blockDim.x) codes[i] = w.table[i];
        if (w.absmax == nullptr)
            for (int i = threadIdx.x; i < 256; i += blockDim.x) nested[i] = w.nested_table[i];
        __syncthreads();
        w.table = codes;
        w.nested_table = nested;
    }
    __device__ void load(EightBit&) {}
};

}  // namespace moelora::cuda
