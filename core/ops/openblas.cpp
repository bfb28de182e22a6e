// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/ops/openblas.h"

#include <dlfcn.h>

namespace moelora {
namespace {

template <class Function>
Function symbol(void* library, const char* name) {
    return reinterpret_cast<Function>(dlsym(library, name));
}

}  // namespace

const OpenBlas* OpenBlas::instance() {
    static const OpenBlas* const opened = []() -> const OpenBlas* {
        // Local: its BLAS names must not stand in for those of other libraries.
        void* const library = dlopen("libopenblas.so.0", RTLD_NOW | RTLD_LOCAL);
        if (!library) return nullptr;
        const auto sgemm = symbol<Sgemm>(library, "cblas_sgemm");
        if (!sgemm) return nullptr;
        // Of the threaded builds only the caller's thread is wanted.
        if (const auto threads = symbol<void (*)(int)>(library, "openblas_set_num_threads"))
            threads(1);
        static const OpenBlas blas(sgemm);
        return &blas;
    }();
    return opened;
}

const OpenBlas* OpenBlas::preferred() {
#if defined(__x86_64__)
    static const bool faster = __builtin_cpu_is("amd") && __builtin_cpu_supports("avx2") &&
                               !__builtin_cpu_supports("avx512f");
    return faster ? instance() : nullptr;
#else
    return nullptr;
#endif
}

void OpenBlas::gemm(bool transpose_b, long m, long n, long k, const float* a, long lda,
                    const float* b, long ldb, float beta, float* c, long ldc) const {
    constexpr int row_major = 101, plain = 111, transposed = 112;  // cblas.h
    const auto narrow = [](long value) { return static_cast<int>(value); };
    sgemm_(row_major, plain, transpose_b ? transposed : plain, narrow(m), narrow(n), narrow(k), 1,
           a, narrow(lda), b, narrow(ldb), beta, c, narrow(ldc));
}

}  // namespace moelora
