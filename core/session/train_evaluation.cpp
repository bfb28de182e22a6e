// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/train_evaluation.h"

#include <algorithm>
#include <cmath>

#include "core/eval/captions.h"
#include "core/ops/memory_error.h"
#include "core/record/records_json.h"
#include "core/session/captioner.h"
#include "core/train/batch_rows.h"

namespace moelora {

bool is_better(double loss, const std::optional<double>& best) {
    return !best || loss < *best || (std::isfinite(loss) && !std::isfinite(*best));
}

TrainEvaluation::TrainEvaluation(const RunOptions& options, JobControl& control,
                                 const Dataset& validation,
                                 const std::vector<CaptionSample>& probes)
    : options_(options), control_(control), validation_(validation), probes_(probes) {}

Result<bool> TrainEvaluation::judge(const Subject& subject, bool epoch_ended, bool last) const {
    const TrainOptions& train = options_.train;
    const TrainCursor& cursor = subject.cursor;
    bool better = false;
    if (!validation_.samples.empty() && cursor.evaluated_step != cursor.step &&
        (last || (train.eval_every > 0 ? cursor.step % train.eval_every == 0 : epoch_ended))) {
        MOELORA_TRY(better, evaluate(subject));
    }
    if (last || (train.probe_every > 0 && cursor.step % train.probe_every == 0))
        MOELORA_TRY_STATUS(probe(subject));
    return better;
}

// Half an evaluation is none.
Result<bool> TrainEvaluation::evaluate(const Subject& subject) const {
    MOELORA_TRY(EvalRecord record, validation_loss(subject));
    if (control_.stop_requested()) return false;
    MOELORA_TRY(const bool whole, probe(subject, &record));
    if (!whole) return false;
    subject.cursor.evaluated_step = subject.cursor.step;
    if (record.targets == 0) return false;
    MOELORA_TRY_STATUS(subject.writer.eval(record));
    return compare_with_best(subject, record.loss);
}

Status TrainEvaluation::note(const Subject& subject, ErrorCode code, std::int64_t rows) const {
    const std::int64_t step = subject.cursor.step;
    const Error said{
        code, {{"step", std::to_string(step)}, {"rows", std::to_string(rows)}}, {}, {}};
    subject.writer.log(message_of(said));
    return subject.writer.note({step, std::string(entry_of(code).id), message_of(said), {}});
}

Result<bool> TrainEvaluation::within_memory(const Subject& subject, std::int64_t& rows,
                                            const Sentences& sentences,
                                            const std::function<Status(std::int64_t)>& make) const {
    for (bool freed = false;; freed = true) {
        try {
            MOELORA_TRY_STATUS(make(rows));
            return true;
        } catch (const std::exception& thrown) {
            if (!memory_error(thrown, "evaluating")) throw;
        }
        give_back_unused_memory(subject.loaded.device);
        if (!freed) continue;
        if (rows == 1) {
            MOELORA_TRY_STATUS(note(subject, sentences.left_out, rows));
            return false;
        }
        rows = (rows + 1) / 2;
        MOELORA_TRY_STATUS(note(subject, sentences.split, rows));
    }
}

Result<std::optional<LossSum>> TrainEvaluation::loss_of(const Subject& subject, const Batch& batch,
                                                        std::int64_t& rows) const {
    const auto all = static_cast<std::int64_t>(batch.sample_ids.size());
    LossSum sum;
    const auto evaluate = [&](std::int64_t width) -> Status {
        sum = {};
        for (std::int64_t first = 0; first < all; first += width) {
            const LossSum part = subject.trainer.evaluate(
                width == all ? batch : rows_of(batch, first, std::min(width, all - first)));
            sum.loss += part.loss * static_cast<double>(part.targets);
            sum.targets += part.targets;
        }
        return {};
    };
    const std::int64_t before = std::min(rows, all);
    std::int64_t width = before;
    MOELORA_TRY(
        const bool fits,
        within_memory(subject, width, {ErrorCode::EvaluationSplit, ErrorCode::EvaluationLeftOut},
                      evaluate));
    if (width < before) rows = width;
    return fits ? std::optional(sum) : std::nullopt;
}

// Without targets where it does not fit into the memory.
Result<EvalRecord> TrainEvaluation::validation_loss(const Subject& subject) const {
    const TextSide& text = subject.loaded.text;
    std::optional<DataLoader> loader;
    const auto read = [&](std::int64_t batches) {
        if (!loader)
            loader.emplace(validation_, text.encoder, options_.train.batch_size,
                           options_.train.seed, 0, batches, text.pad_id);
        return loader->next();
    };
    EvalRecord record;
    record.step = subject.cursor.step;
    double sum = 0;
    std::int64_t rows = options_.train.batch_size;
    for (std::int64_t done = 0; !control_.stop_requested(); ++done) {
        auto batch = read(done);
        if (!batch && is_memory_error(batch.error())) {  // what was read ahead goes first
            loader.reset();
            give_back_unused_memory(subject.loaded.device);
            batch = read(done);
        }
        if (!batch && is_memory_error(batch.error())) {
            MOELORA_TRY_STATUS(note(subject, ErrorCode::EvaluationLeftOut, 1));
            return EvalRecord{.step = record.step};
        }
        if (!batch) return pass(std::move(batch).error());
        if (batch->ends_epoch()) break;
        for (const Issue& issue : batch->left_out)
            MOELORA_TRY_STATUS(subject.writer.issue_once(issue));
        for (const Issue& issue : subject.stamps.changed(batch->sample_ids))
            MOELORA_TRY_STATUS(subject.writer.issue(issue));
        if (batch->sample_ids.empty()) continue;
        MOELORA_TRY(const auto part, loss_of(subject, *batch, rows));
        if (!part) return EvalRecord{.step = record.step};
        sum += part->loss;
        record.targets += part->targets;
    }
    if (record.targets > 0) record.loss = sum / static_cast<double>(record.targets);
    return record;
}

Result<bool> TrainEvaluation::compare_with_best(const Subject& subject, double loss) const {
    TrainCursor& cursor = subject.cursor;
    if (is_better(loss, cursor.best_loss)) {
        cursor.best_loss = loss;
        cursor.best_step = cursor.step;
        cursor.evaluations_since_best = 0;
        return true;
    }
    ++cursor.evaluations_since_best;
    if (!out_of_patience(cursor)) return false;
    const Error early{ErrorCode::StoppedEarly,
                      {{"step", std::to_string(cursor.step)},
                       {"found", std::to_string(cursor.evaluations_since_best)},
                       {"loss", number_json(*cursor.best_loss).dump()},
                       {"best", std::to_string(cursor.best_step)}},
                      {},
                      {}};
    MOELORA_TRY_STATUS(subject.writer.note(
        {cursor.step, std::string(entry_of(early.code).id), message_of(early), {}}));
    return false;
}

bool TrainEvaluation::out_of_patience(const TrainCursor& cursor) const {
    const std::int64_t patience = options_.train.early_stop_patience;
    return patience > 0 && cursor.evaluations_since_best >= patience;
}

// Nothing when they do not fit into the memory.
Result<std::optional<std::vector<Caption>>> TrainEvaluation::captions_of_probes(
    const Subject& subject) const {
    CaptionRequest request;
    request.variant = "step " + std::to_string(subject.cursor.step);
    request.step = subject.cursor.step;
    request.generate = options_.generate;
    request.skip_unusable = options_.data.on_bad_picture == OnBadPicture::Skip;
    request.note = [&](Issue issue) {  // once a run: probes are asked again and again
        issue.severity = Severity::Warning;
        return subject.writer.issue_once(issue);
    };
    std::optional<std::vector<Caption>> out;
    const auto caption = [&](std::int64_t rows) -> Status {
        request.generate.batch_size = rows;
        auto captions = caption_samples_with(*subject.loaded.model, &subject.adapter,
                                             subject.loaded.text, probes_, request, control_, {});
        if (subject.loaded.graphs) subject.loaded.graphs->forget();  // updates want the room
        if (!captions) return pass(std::move(captions).error(), "probe captions");
        out = std::move(*captions);
        return {};
    };
    std::int64_t rows = std::clamp<std::int64_t>(request.generate.batch_size, 1,
                                                 static_cast<std::int64_t>(probes_.size()));
    MOELORA_TRY(
        const bool fits,
        within_memory(subject, rows, {ErrorCode::ProbesSplit, ErrorCode::ProbesLeftOut}, caption));
    if (!fits) out.reset();
    return out;
}

Result<bool> TrainEvaluation::probe(const Subject& subject, EvalRecord* scores) const {
    TrainCursor& cursor = subject.cursor;
    if (probes_.empty() || (cursor.probed_step == cursor.step && !scores)) return true;
    for (const Issue& issue : subject.stamps.changed(probes_))
        MOELORA_TRY_STATUS(subject.writer.issue(issue));
    MOELORA_TRY(const auto captions, captions_of_probes(subject));
    if (control_.stop_requested()) return false;
    if (!captions) {  // left out
        cursor.probed_step = cursor.step;
        return true;
    }
    if (scores) {
        const CaptionMetrics found = score_captions(probes_, *captions);
        if (found.samples > 0) {
            scores->captions = found.samples;
            scores->bleu4 = found.scores.bleu4;
            scores->rouge_l = found.scores.rouge_l;
            scores->cider_d = found.scores.cider_d;
            scores->exact_match =
                static_cast<double>(found.exact) / static_cast<double>(found.samples);
        }
    }
    if (cursor.probed_step == cursor.step) return true;  // asked for just before
    for (const Caption& caption : *captions) MOELORA_TRY_STATUS(subject.writer.caption(caption));
    cursor.probed_step = cursor.step;
    return true;
}

}  // namespace moelora
