// SPDX-License-Identifier: GPL-3.0-or-later
// Our side of the benchmark: a 2-layer slice with an adapter, and the three things that are timed.
// Engine thread only.
#pragma once

#include <ATen/core/Tensor.h>

#include <memory>
#include <string>

#include "core/train/batch_pass.h"
#include "core/train/trainer.h"

namespace moelora::bench {

struct Measured {
    double seconds = 0, cpu_seconds = 0;  // wall; processor time of all threads
    double loss = 0, grad_norm = 0;
};

class Slice {
  public:
    // `model` is a Hugging Face folder, `inputs` a safetensors file with input_ids, labels [1, T]
    // i64 and cotangent [1, T, hidden] f32, and of a picture pixel_values and grid_thw; `adapter`
    // is "lora", "moe", "preset:NAME[.FLAVOUR]", or "lora-like:NAME[.FLAVOUR]" for a plain LoRA at
    // that preset's layers whose rank is that of its experts together. Throws std::runtime_error.
    // An update is `accumulate` micro-batches: the sample, and again without its first, second, ...
    // token; `pack_tokens` as train.pack_tokens has it.
    Slice(const std::string& model, const std::string& inputs, const std::string& adapter,
          ComputeDtype dtype, std::int64_t accumulate = 1, std::int64_t pack_tokens = 1);
    ~Slice();
    // The adapter's start, for the peer to load.
    void save_adapter(const std::string& path) const;
    void save_folder(const std::string& folder) const;  // the native form

    // The gradient of an update's loss for every tensor of the adapter, by name; nothing is
    // changed.
    void save_gradients(const std::string& path);
    // Ours beside those of a file: the smallest cosine, and where.
    struct Likeness {
        double cosine = 1;
        std::string tensor;
        std::size_t tensors = 0;
    };
    [[nodiscard]] Likeness compare(const std::string& path);

    // One training update: forward, loss, backward, clip, AdamW.
    [[nodiscard]] Measured step();
    // Forward and backward of the decoder layers: no head, no loss, no optimizer.
    [[nodiscard]] Measured layers();
    // Forward, loss and backward through the frozen model; one trainable vector in the first layer
    // keeps the backward pass as long as an adapter's.
    [[nodiscard]] Measured frozen();
    // `steps` tokens one after the other behind the sample, each with logits and their largest, the
    // sample's own pass not counted; the tokens are given, so that both sides decode the same.
    // "base": without the adapter; "adapted"; "pair": rows of both in one batch. `file`: where the
    // logits of all steps go ([steps, V] f32, of row 0), or "".
    [[nodiscard]] Measured decode(const std::string& kind, std::int64_t steps,
                                  const std::string& file);

  private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace moelora::bench
