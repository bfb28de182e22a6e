// SPDX-License-Identifier: GPL-3.0-or-later
// AdamW: torch's update of a fixed list of parameters (training_semantics.md 6).
//   p <- p * (1 - lr*wd)                                   decoupled decay first
//   m <- b1*m + (1-b1)*g;   v <- b2*v + (1-b2)*g^2
//   p <- p - lr/(1-b1^t) * m / (sqrt(v)/sqrt(1-b2^t) + eps)
// A parameter without a gradient is left alone, and its t does not advance: an adapter of the
// vision tower keeps its moments through a text-only update, as in torch.
// Owns the moments (dtype and device of their parameter). With `eight_bit` those of fp32 tensors
// from 4096 values on are kept in 8 bits (moment_codes.h), decoded for the update, which is made
// with the unrounded new ones, and encoded again: 2.03 bytes a value instead of 8.
// Thread-compatible. On the host one pass over parameter, gradient and moments, which allocates
// nothing and so cannot stop half-way; in ATen's calls elsewhere, for which step() makes sure of
// their memory first.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

namespace moelora {

struct AdamWOptions {
    double beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weight_decay = 0;
    bool eight_bit = false;
};

class AdamW {
  public:
    // Moments start at zero. `parameters` share storage with the caller's tensors.
    AdamW(std::vector<at::Tensor> parameters, const AdamWOptions& options);
    // Reads each parameter's .grad() times `gradient_factor` (the clipping coefficient).
    void step(double lr, double gradient_factor = 1);

    // Per parameter, in the order given at construction; written to when a run is restored. In 8
    // bits: codes u8 in the parameter's shape, scales f32 [ceil(n / 256)] (else undefined).
    [[nodiscard]] std::vector<at::Tensor>& first_moments() { return m_; }
    [[nodiscard]] std::vector<at::Tensor>& second_moments() { return v_; }
    [[nodiscard]] std::vector<std::int64_t>& steps() { return steps_; }
    [[nodiscard]] const std::vector<at::Tensor>& first_moments() const { return m_; }
    [[nodiscard]] const std::vector<at::Tensor>& second_moments() const { return v_; }
    [[nodiscard]] const std::vector<std::int64_t>& steps() const { return steps_; }
    [[nodiscard]] const std::vector<at::Tensor>& first_scales() const { return m_scales_; }
    [[nodiscard]] const std::vector<at::Tensor>& second_scales() const { return v_scales_; }

  private:
    void reserve() const;

    AdamWOptions options_;
    std::vector<at::Tensor> parameters_, m_, v_, m_scales_, v_scales_;
    std::vector<std::int64_t> steps_;
};

}  // namespace moelora
