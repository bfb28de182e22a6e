// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/adamw.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "core/base/assert.h"
#include "core/train/moment_codes.h"

namespace moelora {

AdamW::AdamW(std::vector<at::Tensor> parameters, const AdamWOptions& options)
    : options_(options), parameters_(std::move(parameters)), steps_(parameters_.size(), 0) {
    for (const at::Tensor& p : parameters_) {
        MOELORA_ASSERT(p.is_leaf() && p.requires_grad(), "AdamW takes trainable leaves only");
        const bool small =
            options.eight_bit && p.scalar_type() == at::kFloat && p.numel() >= least_in_8bit;
        const auto type = p.options().requires_grad(false);
        const auto scales = [&] {
            return small ? at::zeros({(p.numel() + moment_block - 1) / moment_block}, type)
                         : at::Tensor();
        };
        for (auto* moments : {&m_, &v_})
            moments->push_back(small ? at::zeros(p.sizes(), type.dtype(at::kByte))
                                     : at::zeros_like(p.detach()));
        m_scales_.push_back(scales());
        v_scales_.push_back(scales());
    }
}

namespace {

struct Factors {
    double decay, gradient, beta1, beta2, root_correction2, epsilon, step_size;
};

bool one_pass(const at::Tensor& t, at::ScalarType type) {
    return t.is_cpu() && t.is_contiguous() && t.scalar_type() == type;
}

template <class T>
void update(const at::Tensor& parameter, const at::Tensor& gradient, const at::Tensor& first,
            const at::Tensor& second, const Factors& f) {
    T *p = parameter.data_ptr<T>(), *m = first.data_ptr<T>(), *v = second.data_ptr<T>();
    const T* g = gradient.const_data_ptr<T>();
    const T decay = static_cast<T>(f.decay), factor = static_cast<T>(f.gradient),
            rest1 = static_cast<T>(1 - f.beta1), beta2 = static_cast<T>(f.beta2),
            rest2 = static_cast<T>(1 - f.beta2), root = static_cast<T>(f.root_correction2),
            epsilon = static_cast<T>(f.epsilon), step = static_cast<T>(f.step_size);
    at::parallel_for(0, parameter.numel(), 32768, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t i = begin; i < end; ++i) {
            const T gi = g[i] * factor;
            m[i] += (gi - m[i]) * rest1;
            v[i] = v[i] * beta2 + gi * gi * rest2;
            p[i] = p[i] * decay + step * (m[i] / (std::sqrt(v[i]) / root + epsilon));
        }
    });
}

// Codes and scales of both moments of a tensor.
struct Encoded {
    at::Tensor first, first_scales, second, second_scales;
};

void update_8bit(const at::Tensor& parameter, const at::Tensor& gradient, const Encoded& state,
                 const Factors& f) {
    auto* p = parameter.data_ptr<float>();
    const auto* g = gradient.const_data_ptr<float>();
    auto *m_codes = state.first.data_ptr<std::uint8_t>(),
         *v_codes = state.second.data_ptr<std::uint8_t>();
    auto *m_scales = state.first_scales.data_ptr<float>(),
         *v_scales = state.second_scales.data_ptr<float>();
    const auto decay = static_cast<float>(f.decay), factor = static_cast<float>(f.gradient),
               beta1 = static_cast<float>(f.beta1), rest1 = static_cast<float>(1 - f.beta1),
               beta2 = static_cast<float>(f.beta2), rest2 = static_cast<float>(1 - f.beta2),
               root = static_cast<float>(f.root_correction2),
               epsilon = static_cast<float>(f.epsilon), step = static_cast<float>(f.step_size);
    const auto update_block = [&](std::int64_t block) {
        const std::int64_t at = block * moment_block,
                           n = std::min(moment_block, parameter.numel() - at);
        std::array<float, moment_block> m, v;
        decode_moments(m_codes + at, m_scales[block], n, Moment::First, m.data());
        decode_moments(v_codes + at, v_scales[block], n, Moment::Second, v.data());
        for (std::int64_t i = 0; i < n; ++i) {
            const auto k = static_cast<std::size_t>(i);
            const float gi = g[at + i] * factor;
            m[k] = m[k] * beta1 + gi * rest1;
            v[k] = v[k] * beta2 + gi * gi * rest2;
            p[at + i] = p[at + i] * decay + step * (m[k] / (std::sqrt(v[k]) / root + epsilon));
        }
        encode_moments(m.data(), n, Moment::First, m_codes + at, m_scales[block]);
        encode_moments(v.data(), n, Moment::Second, v_codes + at, v_scales[block]);
    };
    at::parallel_for(0, state.first_scales.numel(), 32768 / moment_block,
                     [&](std::int64_t begin, std::int64_t end) {
                         for (std::int64_t block = begin; block < end; ++block) update_block(block);
                     });
}

at::Tensor map_on(const at::Tensor& like, Moment moment) {
    const auto& map = moment_map(moment);
    return at::tensor(at::ArrayRef<float>(map.data(), map.size())).to(like.device());
}

at::Tensor decode_by_calls(const at::Tensor& codes, const at::Tensor& scales, Moment moment) {
    const at::Tensor values = map_on(codes, moment).index_select(0, codes.flatten().to(at::kInt));
    return (values * scales.repeat_interleave(moment_block).narrow(0, 0, values.numel()))
        .view(codes.sizes());
}

void encode_by_calls(const at::Tensor& values, const at::Tensor& codes, const at::Tensor& scales,
                     Moment moment) {
    const std::int64_t n = values.numel(), blocks = scales.numel();
    const at::Tensor padded =
        at::constant_pad_nd(values.flatten(), {0, blocks * moment_block - n}).view({blocks, -1});
    scales.copy_(padded.abs().amax(1));
    const at::Tensor column = scales.unsqueeze(1);
    const at::Tensor y = (padded * column.reciprocal()).clamp(-1, 1);
    const auto& table = moment_bins(moment);
    const at::Tensor bins =
        at::tensor(at::ArrayRef<std::uint8_t>(table.data(), table.size())).to(values.device());
    const at::Tensor place = ((y + 1) * 0.5 * 65535 + 0.5).nan_to_num(0).to(at::kInt).flatten();
    const at::Tensor found = bins.index_select(0, place).view_as(y) * (column != 0);
    codes.copy_(found.flatten().narrow(0, 0, n).view(codes.sizes()));
}

void update_8bit_by_calls(const at::Tensor& p, const at::Tensor& gradient, const Encoded& state,
                          const Factors& f) {
    const at::Tensor g = gradient * f.gradient;
    const at::Tensor m = decode_by_calls(state.first, state.first_scales, Moment::First)
                             .mul_(f.beta1)
                             .add_(g, 1 - f.beta1);
    const at::Tensor v = decode_by_calls(state.second, state.second_scales, Moment::Second)
                             .mul_(f.beta2)
                             .addcmul_(g, g, 1 - f.beta2);
    p.mul_(f.decay).addcdiv_(m, v.sqrt().div_(f.root_correction2).add_(f.epsilon), f.step_size);
    encode_by_calls(m, state.first, state.first_scales, Moment::First);
    encode_by_calls(v, state.second, state.second_scales, Moment::Second);
}

// In ATen's calls, for other devices and layouts.
void update_by_calls(const at::Tensor& p, const at::Tensor& g, const at::Tensor& m,
                     const at::Tensor& v, const Factors& f) {
    if (f.gradient != 1) g.mul_(f.gradient);
    if (f.decay != 1) p.mul_(f.decay);
    m.lerp_(g, 1 - f.beta1);
    v.mul_(f.beta2).addcmul_(g, g, 1 - f.beta2);
    p.addcdiv_(m, v.sqrt().div_(f.root_correction2).add_(f.epsilon), f.step_size);
}

}  // namespace

// What the calls need is asked for before the first weight moves, and stays in the device's cache.
void AdamW::reserve() const {
    constexpr std::int64_t bytes_of_a_value = 48;
    std::int64_t most = 0;
    for (const at::Tensor& p : parameters_)
        if (!p.is_cpu()) most = std::max(most, p.numel());
    if (most > 0)
        (void)at::empty({most * bytes_of_a_value},
                        parameters_.front().options().dtype(at::kByte).requires_grad(false));
}

void AdamW::step(double lr, double gradient_factor) {
    const at::NoGradGuard no_graph;
    reserve();
    for (std::size_t i = 0; i < parameters_.size(); ++i) {
        const at::Tensor& p = parameters_[i];
        const at::Tensor& g = p.grad();
        if (!g.defined()) continue;
        const auto t = static_cast<double>(++steps_[i]);
        const Factors f{1 - lr * options_.weight_decay,
                        gradient_factor,
                        options_.beta1,
                        options_.beta2,
                        std::sqrt(1 - std::pow(options_.beta2, t)),
                        options_.epsilon,
                        -lr / (1 - std::pow(options_.beta1, t))};
        const auto fits = [&](at::ScalarType type) {
            return one_pass(p, type) && one_pass(g, type);
        };
        if (m_scales_[i].defined()) {
            const Encoded state{m_[i], m_scales_[i], v_[i], v_scales_[i]};
            (fits(at::kFloat) ? update_8bit : update_8bit_by_calls)(p, g, state, f);
        } else if (fits(at::kFloat))
            update<float>(p, g, m_[i], v_[i], f);
        else if (fits(at::kDouble))
            update<double>(p, g, m_[i], v_[i], f);
        else
            update_by_calls(p, g, m_[i], v_[i], f);
        p.unsafeGetTensorImpl()->bump_version();
    }
}

}  // namespace moelora
