// SPDX-License-Identifier: GPL-3.0-or-later
// M-RoPE positions of a batch (qwen3vl.md section 5).
#include <ATen/ATen.h>

#include <stdexcept>

#include "core/model/qwen3vl.h"

namespace moelora {
namespace {

[[noreturn]] void disagree(const std::string& why) {
    throw std::invalid_argument("[mrope_positions] " + why);
}

// Hands out the grids in reading order.
class Grids {
  public:
    Grids(const at::Tensor& grid_thw, std::int64_t merge) : merge_(merge) {
        if (!grid_thw.defined()) return;
        const at::Tensor host = grid_thw.to(at::kCPU, at::kLong).contiguous();
        if (host.dim() != 2 || host.size(1) != 3) disagree("grid_thw must be [n, 3]");
        values_.assign(host.const_data_ptr<std::int64_t>(),
                       host.const_data_ptr<std::int64_t>() + host.numel());
    }
    struct Grid {
        std::int64_t rows, columns;
    };
    // A video comes as one grid a frame; more than one frame in a run has no positions here.
    Grid next() {
        if (at_ == values_.size()) disagree("more runs of picture tokens than pictures");
        const std::int64_t t = values_[at_], h = values_[at_ + 1], w = values_[at_ + 2];
        at_ += 3;
        if (t != 1 || h < merge_ || w < merge_ || h % merge_ != 0 || w % merge_ != 0)
            disagree("a grid must be [1, h, w] with h and w multiples of the merge size");
        return {h / merge_, w / merge_};
    }
    void finish() const {
        if (at_ != values_.size()) disagree("more pictures than runs of picture tokens");
    }

  private:
    std::vector<std::int64_t> values_;
    std::size_t at_ = 0;
    std::int64_t merge_;
};

// Where samples begin in a row; the row alone where no lengths are given.
std::vector<std::int64_t> starts_of(const std::vector<std::int64_t>& lengths, std::int64_t rows,
                                    std::int64_t columns) {
    if (lengths.empty()) return {0};
    std::vector<std::int64_t> starts;
    std::int64_t next = 0;
    for (const std::int64_t length : lengths) {
        if (length < 1) disagree("a sample of a pack is empty");
        starts.push_back(next);
        next += length;
    }
    if (rows != 1 || next != columns) disagree("the samples of a pack do not fill its row");
    return starts;
}

}  // namespace

at::Tensor mrope_positions(const at::Tensor& input_ids, const at::Tensor& attention_mask,
                           const at::Tensor& grid_thw, const ModelConfig& config, at::Tensor* next,
                           const std::vector<std::int64_t>& lengths) {
    const at::Tensor ids = input_ids.to(at::kCPU, at::kLong).contiguous();
    const std::int64_t rows = ids.size(0), length = ids.size(1);
    const at::Tensor mask = attention_mask.defined()
                                ? attention_mask.to(at::kCPU, at::kLong).contiguous()
                                : at::ones_like(ids);
    at::Tensor positions = at::zeros({3, rows, length}, at::kLong);
    at::Tensor ends = at::zeros({rows}, at::kLong);
    const auto id = ids.accessor<std::int64_t, 2>(), real = mask.accessor<std::int64_t, 2>();
    auto out = positions.accessor<std::int64_t, 3>();
    const auto is_pad = [&](std::int64_t token) {
        return token == config.image_token_id || token == config.video_token_id;
    };
    const std::vector<std::int64_t> starts = starts_of(lengths, rows, length);
    Grids grids(grid_thw, config.vision.merge_size);
    // The sample in places begin .. end of row b; returns the position behind it.
    const auto walk = [&](std::int64_t b, std::int64_t begin, std::int64_t end) {
        std::int64_t cursor = 0;
        for (std::int64_t t = begin; t < end; ++t) {
            if (real[b][t] == 0) continue;
            if (!is_pad(id[b][t])) {
                for (int axis = 0; axis < 3; ++axis) out[axis][b][t] = cursor;
                ++cursor;
                continue;
            }
            const auto [high, wide] = grids.next();
            for (std::int64_t n = 0; n < high * wide; ++n, ++t) {
                if (t == end || real[b][t] == 0 || !is_pad(id[b][t]))
                    disagree("a run of picture tokens is shorter than its grid");
                out[0][b][t] = cursor;
                out[1][b][t] = cursor + n / wide;
                out[2][b][t] = cursor + n % wide;
            }
            --t;
            cursor += std::max(high, wide);
        }
        return cursor;
    };
    for (std::int64_t b = 0; b < rows; ++b)
        for (std::size_t s = 0; s < starts.size(); ++s)
            ends.accessor<std::int64_t, 1>()[b] =
                walk(b, starts[s], s + 1 < starts.size() ? starts[s + 1] : length);
    grids.finish();
    if (next) *next = ends.to(input_ids.device());
    return positions.to(input_ids.device());
}

}  // namespace moelora
