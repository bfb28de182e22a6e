// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/batch_rows.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <numeric>

#include "core/base/assert.h"
#include "core/train/label_loss.h"

namespace moelora {
namespace {

struct Range {
    std::int64_t first = 0, count = 0;
};

std::vector<std::int64_t> numbers(const at::Tensor& t) {
    const at::Tensor flat = t.contiguous();
    const auto* first = flat.const_data_ptr<std::int64_t>();
    return {first, first + flat.numel()};
}

// The pictures that the patches of one range are made of.
Range pictures_of(const at::Tensor& grid_thw, Range patches) {
    Range out;
    const std::vector<std::int64_t> sides = numbers(grid_thw);
    std::int64_t at = 0;
    for (std::size_t i = 0; i < sides.size(); i += 3) {
        if (at < patches.first) ++out.first;
        if (at >= patches.first && at < patches.first + patches.count) ++out.count;
        at += sides[i] * sides[i + 1] * sides[i + 2];
    }
    return out;
}

}  // namespace

Batch rows_of(const Batch& batch, std::int64_t first, std::int64_t count) {
    MOELORA_ASSERT(first >= 0 && count > 0 && first + count <= batch.input_ids.size(0),
                   "rows of a batch");
    const auto rows = [&](const at::Tensor& t) {
        return t.defined() ? t.narrow(0, first, count) : t;
    };
    Batch out;
    out.input_ids = rows(batch.input_ids);
    out.attention_mask = rows(batch.attention_mask);
    out.labels = rows(batch.labels);
    out.task_ids = rows(batch.task_ids);
    out.sample_types = rows(batch.sample_types);
    out.patches = rows(batch.patches);
    out.sample_ids.assign(batch.sample_ids.begin() + first,
                          batch.sample_ids.begin() + first + count);
    out.targets = count_targets(out.labels);
    if (!batch.pixel_values.defined()) return out;
    const std::vector<std::int64_t> of_row = numbers(batch.patches);
    const auto start = of_row.begin() + first;
    const Range patches{std::accumulate(of_row.begin(), start, std::int64_t{0}),
                        std::accumulate(start, start + count, std::int64_t{0})};
    if (patches.count == 0) return out;
    const Range pictures = pictures_of(batch.grid_thw, patches);
    out.pixel_values = batch.pixel_values.narrow(0, patches.first, patches.count);
    out.grid_thw = batch.grid_thw.narrow(0, pictures.first, pictures.count);
    return out;
}

std::int64_t largest_picture(const Batch& batch) {
    if (!batch.grid_thw.defined()) return 0;
    const std::vector<std::int64_t> sides = numbers(batch.grid_thw);
    std::int64_t most = 0;
    for (std::size_t i = 0; i < sides.size(); i += 3)
        most = std::max(most, sides[i + 1] * sides[i + 2]);
    return most;
}

}  // namespace moelora
