// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/captioner.h"

#include <algorithm>
#include <chrono>

#include "core/infer/generator.h"

namespace moelora {
namespace {

using Clock = std::chrono::steady_clock;

Caption caption_of(const CaptionSample& sample, const CaptionRequest& request) {
    Caption out;
    out.sample = sample.id;
    out.variant = request.variant;
    out.image = sample.image;
    out.prompt = sample.prompt;
    out.task = sample.task;
    out.step = request.step;
    return out;
}

// One batch: encode, generate, decode. Progress goes out token by token, per row.
Result<std::vector<Caption>> caption_batch(Qwen3VL& model, Adapter* adapter, const TextSide& text,
                                           std::span<const CaptionSample> samples,
                                           const CaptionRequest& request, JobControl& control) {
    const auto started = Clock::now();
    std::vector<EncodedSample> prompts;
    for (const CaptionSample& sample : samples) {
        auto encoded = text.encoder.encode(caption_conversation(sample), sample.id, false);
        if (!encoded) return pass(std::move(encoded).error(), "sample " + sample.id);
        prompts.push_back(std::move(*encoded));
    }
    std::vector<StreamDecoder> decoders(samples.size(), StreamDecoder(*text.tokenizer));
    std::vector<std::string> grown(samples.size());
    const auto on_token = [&](std::size_t row, TokenId id) {
        grown[row] += decoders[row].push(id);
        control.publish(
            CaptionProgress{control.job(), samples[row].id, request.variant, grown[row]});
        return !control.stop_requested();
    };
    MOELORA_TRY(const auto generations, generate(model, adapter, prompts, request.generate,
                                                 text.encoder.tokens.end_marker, on_token));
    const double ms = std::chrono::duration<double, std::milli>(Clock::now() - started).count() /
                      static_cast<double>(samples.size());
    std::vector<Caption> out;
    for (std::size_t i = 0; i < samples.size(); ++i) {
        Caption caption = caption_of(samples[i], request);
        caption.tokens = generations[i].ids;
        caption.text = text.tokenizer->decode(generations[i].ids, true);
        caption.stop_reason = generations[i].stop_reason;
        caption.ms = ms;  // its share of the batch
        out.push_back(std::move(caption));
    }
    return out;
}

}  // namespace

Conversation caption_conversation(const CaptionSample& sample) {
    ChatMessage user{"user", {}};
    if (!sample.image.empty()) user.parts.push_back({ChatPart::Kind::Image, sample.image});
    user.parts.push_back({ChatPart::Kind::Text, sample.prompt});
    return {{std::move(user)}, true, sample.task};
}

Result<std::vector<Caption>> caption_samples_with(
    Qwen3VL& model, Adapter* adapter, const TextSide& text,
    const std::vector<CaptionSample>& samples, const CaptionRequest& request, JobControl& control,
    const std::function<Status(const Caption&)>& finished) {
    std::vector<Caption> out;
    const auto batch =
        static_cast<std::size_t>(std::max<std::int64_t>(request.generate.batch_size, 1));
    for (std::size_t first = 0; first < samples.size(); first += batch) {
        if (control.stop_requested()) break;
        const std::span part(samples.data() + first, std::min(batch, samples.size() - first));
        MOELORA_TRY(auto captions, caption_batch(model, adapter, text, part, request, control));
        for (Caption& caption : captions) {
            if (finished) MOELORA_TRY_STATUS(finished(caption));
            out.push_back(std::move(caption));
        }
    }
    return out;
}

}  // namespace moelora
