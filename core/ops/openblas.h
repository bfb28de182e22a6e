// SPDX-License-Identifier: GPL-3.0-or-later
// OpenBLAS beside LibTorch's MKL: on AMD processors without AVX-512 its sgemm reaches about 79 of
// 102 GFLOP/s a core (Zen 3), MKL's 70; elsewhere MKL is the faster one, and OpenBLAS is not asked.
// Opened at run time by its Debian name (libopenblas.so.0); without it everything runs on MKL.
// Decision 0014.
#pragma once

namespace moelora {

// Row-major C = A·op(B), as cblas_sgemm. One thread per call; callers split the work themselves, so
// that LibTorch's pool stays the only one. Threads: any number of calls at once.
class OpenBlas {
  public:
    // The library, or nullptr where it is not installed. Opened once; owned by the process.
    [[nodiscard]] static const OpenBlas* instance();
    // The library where it is the faster one on this processor: decided by the processor alone,
    // never by a clock, so that a run computes the same when it is repeated.
    [[nodiscard]] static const OpenBlas* preferred();

    // c[m, n] (row stride ldc) = a[m, k] (lda) · op(b) + beta·c; op(b) [k, n] is b, or bᵀ when
    // `transpose_b` (b stored [n, k]), with row stride ldb.
    void gemm(bool transpose_b, long m, long n, long k, const float* a, long lda, const float* b,
              long ldb, float beta, float* c, long ldc) const;

  private:
    using Sgemm = void (*)(int, int, int, int, int, int, float, const float*, int, const float*,
                           int, float, float*, int);
    explicit OpenBlas(Sgemm sgemm) : sgemm_(sgemm) {}
    Sgemm sgemm_;
};

}  // namespace moelora
