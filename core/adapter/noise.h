// SPDX-License-Identifier: GPL-3.0-or-later
// Noise: the random stream of an adapter's dropout, its own and apart from global state, so that a
// run can be repeated, resumed and recomputed. Engine thread only.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>

namespace moelora {

class Noise {
  public:
    Noise(at::Device device, std::uint64_t seed);
    Noise(const Noise&) = delete;
    Noise& operator=(const Noise&) = delete;
    // x with each element dropped with probability `rate` and the rest divided by 1 - rate (as
    // nn.Dropout); keeps one byte an element for the backward pass.
    [[nodiscard]] at::Tensor drop(const at::Tensor& x, double rate);
    // The factors themselves: 0 or 1 / (1 - rate).
    [[nodiscard]] at::Tensor factors(at::IntArrayRef shape, const at::TensorOptions& options,
                                     double rate);
    // x, each element multiplied by a number drawn evenly between 1 - size and 1 + size.
    [[nodiscard]] at::Tensor jitter(const at::Tensor& x, double size);
    // Draws of the logistic distribution in the shape of z [N, E]; `rows` [N] i64: which of the
    // draws a row gets, so that rows of one number share theirs; undefined: each its own.
    [[nodiscard]] at::Tensor logistic(const at::Tensor& z, const at::Tensor& rows);
    [[nodiscard]] at::Tensor state() const;  // [n] u8 on the CPU
    void set_state(const at::Tensor& state);
    [[nodiscard]] at::Device device() const { return device_; }

  private:
    [[nodiscard]] at::Tensor kept(at::IntArrayRef shape, const at::TensorOptions& options,
                                  double rate);
    at::Device device_;
    std::shared_ptr<at::Generator> generator_;  // not copied: a Noise is one stream
};

}  // namespace moelora
