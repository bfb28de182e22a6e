// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/memory_ladder.h"

#include <algorithm>

namespace moelora {
namespace {

Error said(ErrorCode code, std::vector<Arg> args) {
    return {code, std::move(args), {}, {}};
}

// Below the picture's own size as it is read now; 0 when it cannot be read smaller.
std::int64_t fewer_pixels(const Trainer::AtWork& at_work, const SampleEncoder& encoder) {
    const ProcessorConfig& processor = encoder.processor;
    const std::int64_t now = at_work.picture * processor.patch_size * processor.patch_size,
                       fewest = encoder.data.min_pixels > 0 ? encoder.data.min_pixels
                                                            : processor.min_pixels;
    return now / 2 >= fewest ? now / 2 : 0;
}

}  // namespace

std::optional<Error> MemoryLadder::step_down(MemoryRungs& rungs, const Trainer::AtWork& at_work,
                                             std::int64_t step, const SampleEncoder& encoder) {
    const OnOutOfMemory policy = options_.train.on_out_of_memory;
    if (policy == OnOutOfMemory::Stop) return std::nullopt;
    const std::string update = std::to_string(step);
    if (!std::exchange(freed_, true)) return said(ErrorCode::UpdateRepeated, {{"step", update}});
    const auto together = static_cast<std::int64_t>(at_work.samples.size());
    if (together > 1) {
        rungs.rows = (together + 1) / 2;
        return said(ErrorCode::UpdateSplit,
                    {{"step", update}, {"rows", std::to_string(rungs.rows)}});
    }
    if (policy != OnOutOfMemory::Ladder || together == 0) return std::nullopt;
    const std::string& sample = at_work.samples.front();
    if (const std::int64_t pixels = fewer_pixels(at_work, encoder); pixels > 0) {
        rungs.pixels[sample] = pixels;
        return said(ErrorCode::PicturesReduced,
                    {{"sample", sample}, {"pixels", std::to_string(pixels)}});
    }
    const std::size_t most = std::max<std::size_t>(data_.samples.size() / 10, 1);
    if (rungs.left_out.size() >= most) return std::nullopt;
    rungs.left_out.insert(sample);
    return said(ErrorCode::SampleLeftOut, {{"sample", sample}});
}

Result<EncodedSample> MemoryLadder::encoded(const std::string& id, const MemoryRungs& rungs,
                                            const TextSide& text) const {
    const auto found = std::find_if(data_.samples.begin(), data_.samples.end(),
                                    [&](const DatasetSample& one) { return one.id == id; });
    if (found == data_.samples.end())
        return fail(ErrorCode::Internal, {{"what", "no sample " + id}});
    SampleEncoder encoder = text.encoder;
    if (const auto limit = rungs.pixels.find(id); limit != rungs.pixels.end())
        encoder.data.max_pixels = limit->second;
    auto out = encoder.encode(found->conversation(), id);
    if (!out) return pass(std::move(out).error(), "sample " + id);
    out->tasks = task_numbers(data_.tasks, found->task);
    out->sample_type = number_of(data_.sample_types, found->sample_type);
    return out;
}

Result<Batch> MemoryLadder::fitted(Batch batch, const MemoryRungs& rungs,
                                   const TextSide& text) const {
    const std::vector<std::string>& ids = batch.sample_ids;
    if (std::none_of(ids.begin(), ids.end(), [&](const std::string& id) {
            return rungs.pixels.contains(id) || rungs.left_out.contains(id);
        }))
        return batch;
    std::vector<EncodedSample> samples;
    for (const std::string& id : ids) {
        if (rungs.left_out.contains(id)) continue;
        MOELORA_TRY(EncodedSample sample, encoded(id, rungs, text));
        samples.push_back(std::move(sample));
    }
    return samples.empty() ? Batch{} : collate(samples, text.pad_id, PadSide::Right);
}

}  // namespace moelora
