// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/batch_pack.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "core/base/assert.h"
#include "core/train/label_loss.h"

namespace moelora {
namespace {

// `one` of each that has it, one behind the other; undefined when none has.
template <class One>
at::Tensor joined(std::span<const Batch* const> batches, One&& one) {
    std::vector<at::Tensor> parts;
    for (const Batch* batch : batches)
        if (at::Tensor part = one(*batch); part.defined()) parts.push_back(std::move(part));
    return parts.empty() ? at::Tensor() : at::cat(parts);
}

// [S] or [S, M]: tables of fewer columns are filled up with -1.
at::Tensor tasks_of(std::span<const Batch* const> batches) {
    const auto table = [](const Batch& batch) {
        return batch.task_ids.dim() == 1 ? batch.task_ids.unsqueeze(1) : batch.task_ids;
    };
    std::int64_t most = 1;
    for (const Batch* batch : batches)
        if (batch->task_ids.defined()) most = std::max(most, table(*batch).size(1));
    const at::Tensor all = joined(batches, [&](const Batch& batch) {
        if (!batch.task_ids.defined()) return at::Tensor();
        const at::Tensor own = table(batch);
        return at::constant_pad_nd(own, {0, most - own.size(1)}, -1);
    });
    return all.defined() && most == 1 ? all.squeeze(1) : all;
}

void append(std::vector<std::int64_t>& to, const at::Tensor& column) {
    const at::Tensor flat = column.contiguous();
    const auto* first = flat.const_data_ptr<std::int64_t>();
    to.insert(to.end(), first, first + flat.numel());
}

}  // namespace

PackedBatch pack_of(std::span<const Batch* const> batches, bool keep_padding) {
    MOELORA_ASSERT(!batches.empty(), "a pack of no micro-batches");
    const auto places = [&](at::Tensor Batch::*column) {
        return joined(batches,
                      [&](const Batch& batch) {
                          return keep_padding
                                     ? (batch.*column).flatten()
                                     : (batch.*column).masked_select(batch.attention_mask != 0);
                      })
            .unsqueeze(0);
    };
    const auto column = [&](at::Tensor Batch::*member) {
        return joined(batches, [&](const Batch& batch) { return batch.*member; });
    };
    PackedBatch out;
    out.batch.input_ids = places(&Batch::input_ids);
    out.batch.attention_mask = places(&Batch::attention_mask);
    out.batch.labels = places(&Batch::labels);
    out.batch.pixel_values = column(&Batch::pixel_values);
    out.batch.grid_thw = column(&Batch::grid_thw);
    out.batch.task_ids = tasks_of(batches);
    out.batch.sample_types = column(&Batch::sample_types);
    out.batch.patches = column(&Batch::patches);
    for (const Batch* batch : batches) {
        const std::int64_t rows = batch->input_ids.size(0);
        append(out.pack.lengths, keep_padding
                                     ? at::full({rows}, batch->input_ids.size(1), at::kLong)
                                     : batch->attention_mask.sum(1));
        append(out.pack.patches,
               batch->patches.defined() ? batch->patches : at::zeros({rows}, at::kLong));
        out.pack.samples.push_back(rows);
        out.targets.push_back(count_targets(batch->labels));
        out.batch.targets += out.targets.back();
        out.batch.sample_ids.insert(out.batch.sample_ids.end(), batch->sample_ids.begin(),
                                    batch->sample_ids.end());
    }
    return out;
}

bool can_pack(const AdapterOptions& adapter) {
    return adapter.router != RouterKind::ZeroParam || adapter.router_norm == RouterNorm::Token;
}

std::int64_t packed_tokens(const Batch& batch, bool keep_padding) {
    return keep_padding ? batch.input_ids.numel() : batch.attention_mask.sum().item<std::int64_t>();
}

}  // namespace moelora
