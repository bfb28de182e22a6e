// SPDX-License-Identifier: GPL-3.0-or-later
// What device.cuda_graphs keeps: recordings of the pass that brings one new token for each row
// (Qwen3VL::next_logits), one for each 64 places of the cache that are looked at, with the tensors
// that they read and write. A token then costs one replay instead of thousands of launches
// (performance.md W15). Tokens are those of the launched passes; logits differ in rounding, because
// attention looks at masked places. **Not run on a GPU.** Engine thread only.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "core/model/qwen3vl.h"
#include "core/ops/recorded_work.h"

namespace moelora {

class DecodeGraphs {
  public:
    static constexpr std::int64_t bucket = 64;         // places of the cache
    static constexpr std::int64_t cache_bucket = 256;  // so that batches alike share a cache

    explicit DecodeGraphs(RecordWork record);

    // An empty cache with room for `capacity` places of `rows` rows, to be filled by the prompts.
    // It is that of the batch before, with all recordings, where rows and `paired`
    // (ForwardInfo::paired) are the same, the room suffices and the model has not changed
    // (Qwen3VL::changes). Valid until the next call.
    [[nodiscard]] KVCache& begin(Qwen3VL& model, std::int64_t rows, std::int64_t capacity,
                                 bool paired);
    // The logits [B, vocab] behind one more token ids [B, 1] i64 of each row; they are overwritten
    // by the next call. A number of places that is looked at for the first time is launched, the
    // second time recorded, from then on replayed. Where the device refuses to record, all further
    // passes are launched.
    [[nodiscard]] at::Tensor next(Qwen3VL& model, const at::Tensor& ids);
    // Cache and recordings leave memory.
    void forget();

    struct Counts {
        std::int64_t launched = 0, recorded = 0, replayed = 0;
    };
    [[nodiscard]] const Counts& counts() const { return counts_; }
    // Why the device refused, once.
    [[nodiscard]] std::optional<std::string> take_failure();

  private:
    struct Made {  // for what cache and recordings hold
        std::int64_t rows = 0;
        bool paired = false;
        std::uint64_t changes = 0;
        bool operator==(const Made&) const = default;
    };
    void run(Qwen3VL& model, std::int64_t seen);
    void place_tokens();

    RecordWork record_;
    std::optional<Made> made_;
    KVCache cache_;
    at::Tensor ids_, logits_, next_position_;
    bool placed_ = false;  // the tensors of the cache stand behind the prompts
    // By places; null: launched once.
    std::map<std::int64_t, std::unique_ptr<RecordedWork>> recorded_;
    Counts counts_;
    std::optional<std::string> failure_;
};

}  // namespace moelora
