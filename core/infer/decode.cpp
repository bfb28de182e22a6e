// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/infer/decode.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>

#include "core/infer/sampler.h"
#include "core/model/decode_graphs.h"

namespace moelora {
namespace {

struct Row {
    std::vector<TokenId> seen;  // prompt and answer
    Generation out;
    Sampler sampler;
    bool finished = false;
};

// Both rows of a pair have one number, so they draw from the same stream.
std::size_t row_number(const DecodeBatch& batch, std::size_t row) {
    return batch.first_row + (batch.paired ? row % (batch.prompts.size() / 2) : row);
}

std::vector<Row> rows_of(const DecodeBatch& batch, const GenerateOptions& options) {
    std::vector<Row> rows;
    for (std::size_t b = 0; b < batch.prompts.size(); ++b)
        rows.push_back({batch.prompts[b],
                        {{}, StopReason::Length},
                        Sampler(options, row_number(batch, b)),
                        false});
    return rows;
}

bool all_finished(const std::vector<Row>& rows) {
    return std::all_of(rows.begin(), rows.end(), [](const Row& row) { return row.finished; });
}

// Chooses one token for every row that goes on; `next` gets the ids (finished rows: pad).
// false = cancel.
bool step(std::vector<Row>& rows, const at::Tensor& logits, const DecodeBatch& batch,
          const OnToken& on_token, at::Tensor& next) {
    bool go_on = true;
    const at::Tensor scores = logits.to(at::kCPU, at::kFloat);
    auto id = next.accessor<TokenId, 2>();
    for (std::size_t b = 0; b < rows.size(); ++b) {
        Row& row = rows[b];
        if (row.finished) continue;
        const auto at = static_cast<std::int64_t>(b);
        at::Tensor own = scores[at].clone();
        const TokenId token = row.sampler.next(own, row.seen);
        if (std::find(batch.end_ids.begin(), batch.end_ids.end(), token) != batch.end_ids.end()) {
            row.finished = true;
            row.out.stop_reason = StopReason::EndToken;
            continue;
        }
        id[at][0] = token;
        row.seen.push_back(token);
        row.out.ids.push_back(token);
        if (on_token && !on_token(b, token)) go_on = false;
    }
    return go_on;
}

}  // namespace

std::vector<Generation> decode(Qwen3VL& model, const DecodeBatch& batch,
                               const GenerateOptions& options, const BeforePass& before_pass,
                               const OnToken& on_token, bool& cancelled) {
    const at::NoGradGuard frozen;
    const std::int64_t count = batch.inputs.input_ids.size(0);
    std::vector<Row> rows = rows_of(batch, options);
    const std::int64_t room = batch.inputs.input_ids.size(1) + options.max_new_tokens;
    KVCache own;
    if (!batch.graphs) own = model.make_cache(count, room);
    KVCache& cache = batch.graphs ? batch.graphs->begin(model, count, room, batch.paired) : own;
    at::Tensor mask = batch.inputs.attention_mask;  // of all tokens so far
    if (!mask.defined()) mask = at::ones_like(batch.inputs.input_ids);
    const auto begin_pass = [&] {
        ForwardInfo info;
        info.attention_mask = mask;
        info.task_ids = batch.task_ids;
        info.patches = batch.patches;
        info.paired = batch.paired;
        if (before_pass) before_pass(info);
    };
    const auto run = [&](const ModelInputs& inputs) {
        const at::Tensor states = model.forward(inputs, &cache).states;
        return model.logits(states.select(1, states.size(1) - 1));
    };
    ModelInputs prompts = batch.inputs;
    prompts.features = batch.features;
    begin_pass();
    at::Tensor logits = run(prompts);
    for (std::int64_t n = 1; n <= options.max_new_tokens; ++n) {
        at::Tensor next = at::full({count, 1}, model.config().pad_id, at::kLong);
        if (!step(rows, logits, batch, on_token, next)) {
            cancelled = true;
            break;
        }
        if (n == options.max_new_tokens || all_finished(rows)) break;
        mask = at::cat({mask, at::ones_like(next)}, 1);
        begin_pass();
        logits = batch.graphs ? batch.graphs->next(model, next) : run({next, {}, {}, {}});
    }
    std::vector<Generation> out;
    for (Row& row : rows) {
        if (cancelled && !row.finished) row.out.stop_reason = StopReason::Cancelled;
        out.push_back(std::move(row.out));
    }
    return out;
}

}  // namespace moelora
