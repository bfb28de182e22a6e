// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/infer/generator.h"

#include <torch/torch.h>

#include <algorithm>

#include "core/infer/decode.h"

namespace moelora {
namespace {

Status check(const std::vector<EncodedSample>& prompts, const GenerateOptions& options) {
    if (prompts.empty())
        return fail(ErrorCode::UsageInvalid, {{"why", "There is nothing to answer: no prompts."}});
    for (const EncodedSample& prompt : prompts)
        if (prompt.ids.empty())
            return fail(ErrorCode::UsageInvalid,
                        {{"why", "The prompt of " + prompt.id + " is empty."}});
    if (options.do_sample && !(options.temperature > 0))
        return fail(ErrorCode::OptionInvalid, {{"option", "generate.temperature"},
                                               {"value", std::to_string(options.temperature)},
                                               {"why", "sampling needs a positive one"}});
    return {};
}

DecodeBatch batch_of(const std::vector<EncodedSample>& prompts, std::size_t begin, std::size_t end,
                     const ModelConfig& config, TokenId extra_end) {
    const std::vector<EncodedSample> part(prompts.begin() + static_cast<std::ptrdiff_t>(begin),
                                          prompts.begin() + static_cast<std::ptrdiff_t>(end));
    const Batch batch = collate(part, config.pad_id, PadSide::Left);
    DecodeBatch out;
    out.inputs = {batch.input_ids, batch.attention_mask, batch.pixel_values, batch.grid_thw};
    out.task_ids = batch.task_ids;
    out.first_row = begin;
    out.end_ids = config.eos_ids;
    if (extra_end >= 0) out.end_ids.push_back(extra_end);
    for (const EncodedSample& prompt : part) out.prompts.push_back(prompt.ids);
    return out;
}

}  // namespace

Result<std::vector<Generation>> generate(Qwen3VL& model, Adapter* adapter,
                                         const std::vector<EncodedSample>& prompts,
                                         const GenerateOptions& options, TokenId extra_end,
                                         const OnToken& on_token) {
    MOELORA_TRY_STATUS(check(prompts, options));
    const BeforePass before_pass = [&](const ForwardInfo& info) {
        if (adapter) adapter->begin_pass(info);
    };
    const auto width = static_cast<std::size_t>(std::max<std::int64_t>(1, options.batch_size));
    std::vector<Generation> out;
    bool cancelled = false;
    for (std::size_t begin = 0; begin < prompts.size() && !cancelled; begin += width) {
        const DecodeBatch batch = batch_of(prompts, begin, std::min(prompts.size(), begin + width),
                                           model.config(), extra_end);
        for (Generation& one : decode(model, batch, options, before_pass, on_token, cancelled))
            out.push_back(std::move(one));
    }
    out.resize(prompts.size(), {{}, StopReason::Cancelled});
    return out;
}

}  // namespace moelora
