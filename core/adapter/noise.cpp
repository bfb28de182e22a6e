// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/adapter/noise.h"

namespace moelora {

Noise::Noise(at::Device device, std::uint64_t seed)
    : device_(device),
      generator_(
          std::make_shared<at::Generator>(at::globalContext().defaultGenerator(device).clone())) {
    generator_->set_current_seed(seed);
}

at::Tensor Noise::kept(at::IntArrayRef shape, const at::TensorOptions& options, double rate) {
    return at::empty(shape, options.dtype(at::kBool)).bernoulli_(1 - rate, *generator_);
}

at::Tensor Noise::drop(const at::Tensor& x, double rate) {
    return x.mul(kept(x.sizes(), x.options(), rate)).mul_(1 / (1 - rate));
}

at::Tensor Noise::factors(at::IntArrayRef shape, const at::TensorOptions& options, double rate) {
    return kept(shape, options, rate).to(options.dtype()).mul_(1 / (1 - rate));
}

at::Tensor Noise::jitter(const at::Tensor& x, double size) {
    return x * at::empty(x.sizes(), x.options()).uniform_(1 - size, 1 + size, *generator_);
}

at::Tensor Noise::logistic(const at::Tensor& z, const at::Tensor& rows) {
    const std::int64_t draws = rows.defined() ? rows.max().item<std::int64_t>() + 1 : z.size(0);
    const at::Tensor u = at::empty({draws, z.size(1)}, z.options().requires_grad(false))
                             .uniform_(1e-6, 1 - 1e-6, *generator_);
    const at::Tensor drawn = at::logit(u);
    return rows.defined() ? drawn.index_select(0, rows) : drawn;
}

at::Tensor Noise::state() const {
    return generator_->get_state();
}
void Noise::set_state(const at::Tensor& state) {
    generator_->set_state(state);
}

}  // namespace moelora
