// SPDX-License-Identifier: GPL-3.0-or-later
// An instruction set for the code between two lines, by function attributes: a flag on the file
// would also reach inline functions of the headers, which the linker may then choose for every
// machine. For the same reason what stands between them calls no inline function of a library
// (std::min). GCC and clang on x86-64; of this folder only.
#pragma once

#define MOELORA_PRAGMA(text) _Pragma(#text)
#if defined(__clang__)
#define MOELORA_TARGET_BEGIN(sets) \
    MOELORA_PRAGMA(clang attribute push(__attribute__((target(sets))), apply_to = function))
#define MOELORA_TARGET_END MOELORA_PRAGMA(clang attribute pop)
#else
// GCC's own headers of AVX-512 read values that are undefined on purpose (its bug 105593).
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#define MOELORA_TARGET_BEGIN(sets) MOELORA_PRAGMA(GCC push_options) MOELORA_PRAGMA(GCC target(sets))
#define MOELORA_TARGET_END MOELORA_PRAGMA(GCC pop_options)
#endif
#define MOELORA_AVX2_SETS "avx2,fma"
#define MOELORA_AVX512_SETS "avx512f,avx512bw,avx512dq,avx512vl,avx2,fma"
