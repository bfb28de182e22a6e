// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/decode_graphs.h"

#include <ATen/ATen.h>
#include <c10/util/Exception.h>

#include <stdexcept>

namespace moelora {
namespace {

std::int64_t rounded_up(std::int64_t n, std::int64_t step) {
    return (n + step - 1) / step * step;
}

std::string first_line(const std::exception& thrown) {
    const auto* torch = dynamic_cast<const c10::Error*>(&thrown);
    const std::string all = torch ? torch->what_without_backtrace() : thrown.what();
    return all.substr(0, all.find('\n'));
}

}  // namespace

DecodeGraphs::DecodeGraphs(RecordWork record) : record_(std::move(record)) {}

KVCache& DecodeGraphs::begin(Qwen3VL& model, std::int64_t rows, std::int64_t capacity,
                             bool paired) {
    const Made wanted{rows, paired, model.changes()};
    if (made_ != wanted || cache_.key_mask.size(1) < capacity) {
        forget();
        cache_ = model.make_cache(rows, rounded_up(capacity, cache_bucket));
        const at::TensorOptions places = cache_.next_position.options();
        cache_.place = at::zeros({1}, places);
        ids_ = at::zeros({rows, 1}, places);
        next_position_ = cache_.next_position;
        made_ = wanted;
    }
    cache_.length = 0;
    // What a batch before left there could be no number, which a weight of 0 does not take away.
    for (auto* all : {&cache_.keys, &cache_.values})
        for (at::Tensor& layer : *all) layer.zero_();
    cache_.key_mask.zero_();
    placed_ = false;
    return cache_;
}

// The prompts came with a tensor of their own for the positions.
void DecodeGraphs::place_tokens() {
    next_position_.copy_(cache_.next_position);
    cache_.next_position = next_position_;
    cache_.place.fill_(cache_.length);
    placed_ = true;
}

void DecodeGraphs::run(Qwen3VL& model, std::int64_t seen) {
    const at::Tensor found = model.next_logits(ids_, cache_, seen);
    if (!logits_.defined()) logits_ = at::empty_like(found);
    logits_.copy_(found);
}

at::Tensor DecodeGraphs::next(Qwen3VL& model, const at::Tensor& ids) {
    if (!made_ || made_->changes != model.changes() || cache_.length >= cache_.key_mask.size(1))
        throw std::logic_error("[DecodeGraphs] no room, or the model has changed since begin()");
    if (!placed_) place_tokens();
    ids_.copy_(ids);
    const std::int64_t seen = rounded_up(cache_.length + 1, bucket);
    const auto [found, first] = recorded_.try_emplace(seen);
    std::unique_ptr<RecordedWork>& recording = found->second;
    if (!first && !recording && record_) try {
            RecordedWork* beside = nullptr;
            for (const auto& [places, other] : recorded_)
                if (other) beside = other.get();
            recording = record_([this, &model, seen] { run(model, seen); }, beside);
            ++counts_.recorded;
        } catch (const std::exception& thrown) {
            failure_ = first_line(thrown);
            record_ = {};
        }
    if (recording) {
        recording->replay();
        ++counts_.replayed;
    } else {
        run(model, seen);
        ++counts_.launched;
    }
    ++cache_.length;
    return logits_;
}

void DecodeGraphs::forget() {
    recorded_.clear();  // before the tensors that they use
    cache_ = {};
    ids_ = logits_ = next_position_ = at::Tensor();
    made_.reset();
}

std::optional<std::string> DecodeGraphs::take_failure() {
    return std::exchange(failure_, std::nullopt);
}

}  // namespace moelora
