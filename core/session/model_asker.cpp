// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/model_asker.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include "core/adapter/site_tensors.h"
#include "core/session/captioner.h"
#include "core/train/batch_pass.h"

namespace moelora {
namespace {

Result<std::vector<float>> next_logits(Qwen3VL& model, Adapter* adapter, const TextSide& text,
                                       const TestQuestion& question) {
    const at::NoGradGuard no_graph;
    const CaptionSample& sample = *question.sample;
    MOELORA_TRY(EncodedSample encoded,
                text.encoder.encode(caption_conversation(sample), sample.id, false));
    MOELORA_TRY_STATUS(set_tasks(encoded, adapter, sample));
    encoded.ids.insert(encoded.ids.end(), question.begun.begin(), question.begun.end());
    encoded.labels.resize(encoded.ids.size(), -100);
    Batch batch = collate({encoded}, text.pad_id, PadSide::Left);
    if (question.other_picture && batch.pixel_values.defined())
        batch.pixel_values = batch.pixel_values.neg();
    const auto hidden = model.forward(begin_batch(model, adapter, batch));
    const at::Tensor logits =
        model.logits(hidden.states.select(1, -1)).to(at::kFloat).cpu().contiguous();
    const auto* first = logits.const_data_ptr<float>();
    return std::vector<float>(first, first + logits.numel());
}

}  // namespace

AskModel ask_model(Qwen3VL& model, Adapter& adapter, const TextSide& text) {
    return [&model, &adapter, &text](Side side, const TestQuestion& question) {
        if (side == Side::Base)
            adapter.detach();
        else
            adapter.attach();
        adapter.set_enabled(side == Side::AdapterOn);
        auto out = next_logits(model, side == Side::Base ? nullptr : &adapter, text, question);
        adapter.attach();
        adapter.set_enabled(true);
        return out;
    };
}

// Low-rank updates are zero where B is, scaling vectors leave alone where they are ones. What
// starts from the weight adds rounding at once, so it never counts as adding nothing.
TestedAdapter tested(const Adapter& adapter) {
    const at::NoGradGuard no_graph;
    TestedAdapter out{static_cast<std::int64_t>(adapter.sites().size()), true};
    for (std::size_t i = 0; i < adapter.sites().size() && out.adds_nothing; ++i) {
        const SiteTensors& site = adapter.site_tensors(i);
        out.adds_nothing = site.b.defined()        ? (site.b == 0).all().item<bool>()
                           : site.vector.defined() ? (site.vector == 1).all().item<bool>()
                                                   : false;
    }
    return out;
}

double logit_rounding(const Qwen3VL& model) {
    switch (model.dtype()) {
        case at::kBFloat16:
            return 1.0 / 256;
        case at::kHalf:
            return 1.0 / 2048;
        default:
            return 1e-6;
    }
}

}  // namespace moelora
