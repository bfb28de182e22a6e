// SPDX-License-Identifier: GPL-3.0-or-later
// The host's twin of the CUDA kernels in their place for tensors on the CPU, while this lives: what
// core does with a back end can be run without one. Calls are counted, so that a test knows that
// they were made.
#pragma once

#include "core/ops/cuda/host_twin.h"
#include "core/ops/cuda_kernels.h"

namespace moelora::test {

struct KernelCalls {
    int dequantize = 0, few_rows = 0, add_experts = 0, experts_backward = 0;
};

class HostKernels {
  public:
    HostKernels() {
        calls = KernelCalls();
        (void)cuda::use_kernels(&counted(), at::kCPU);
    }
    ~HostKernels() { (void)cuda::use_kernels(nullptr); }
    HostKernels(const HostKernels&) = delete;
    HostKernels& operator=(const HostKernels&) = delete;

    static inline KernelCalls calls;

  private:
    template <auto Member, auto Count>
    struct Through;
    template <class... A, int (*MoeloraCudaTable::*Member)(A...), int KernelCalls::*Count>
    struct Through<Member, Count> {
        static int call(A... arguments) {
            ++(calls.*Count);
            return (cuda::host_twin().*Member)(arguments...);
        }
    };
    static const MoeloraCudaTable& counted() {
        using T = MoeloraCudaTable;
        static const T table{
            cuda::host_twin().version,
            cuda::host_twin().bytes,
            cuda::host_twin().error_text,
            Through<&T::dequantize, &KernelCalls::dequantize>::call,
            Through<&T::few_rows, &KernelCalls::few_rows>::call,
            Through<&T::add_experts, &KernelCalls::add_experts>::call,
            Through<&T::experts_backward, &KernelCalls::experts_backward>::call,
        };
        return table;
    }
};

}  // namespace moelora::test
