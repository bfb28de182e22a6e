// SPDX-License-Identifier: GPL-3.0-or-later
// FfnBlock: experts that are whole feed-forward blocks (MixLoRA, adapters.md 11.1; of DoRA experts
// MixDoRA), made of the updates of gate, up and down:
//   y = Σ_e w_e F_e(x),  F_e(x) = (W₂ + ΔW₂ₑ)[ silu((W₁ + ΔW₁ₑ) x) ⊙ ((W₃ + ΔW₃ₑ) x) ]
// F_e is no linear function, so the experts cannot stand in one product. What is frozen is computed
// once all the same: W₁x and W₃x by the caller, and W₂ Σ_e w_e h_e in place of Σ_e w_e W₂ h_e.
// Cost: three frozen products, and for each expert its low-rank ones and O(N · ff); keeps three
// [N, ff] an expert for the backward pass. DoRA changes what W₂ itself makes of h_e, so there each
// expert has a frozen product of its own. Engine thread only.
#pragma once

#include "core/adapter/expert_bank.h"

namespace moelora {

class FfnBlock {
  public:
    // The banks of the block's three layers, borrowed.
    FfnBlock(const SingleExperts& gate, const SingleExperts& up, const SingleExperts& down)
        : gate_(gate), up_(up), down_(down) {}
    // gate, up [N, ff]: what the frozen layers make of x [N, in]; weights [N, E] -> [N, in].
    // `noise` nullptr: no dropout.
    [[nodiscard]] at::Tensor mix(const FrozenLinear& down, const at::Tensor& gate,
                                 const at::Tensor& up, const at::Tensor& x,
                                 const at::Tensor& weights, Noise* noise) const;

  private:
    // Σ_e w_e (W₂ + ΔW₂ₑ) h_e of the h_e [N, ff] in `inner`, in the weights' type.
    [[nodiscard]] at::Tensor way_down(const FrozenLinear& down,
                                      const std::vector<at::Tensor>& inner,
                                      const at::Tensor& weights, Noise* noise) const;

    const SingleExperts &gate_, &up_, &down_;
};

}  // namespace moelora
