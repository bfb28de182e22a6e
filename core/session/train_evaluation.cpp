// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/train_evaluation.h"

#include <algorithm>

#include "core/eval/captions.h"
#include "core/record/records_json.h"
#include "core/session/captioner.h"

namespace moelora {
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

Result<EvalRecord> TrainEvaluation::validation_loss(const Subject& subject) const {
    const TextSide& text = subject.loaded.text;
    DataLoader loader(validation_, text.encoder, options_.train.batch_size, options_.train.seed, 0,
                      0, text.pad_id);
    EvalRecord record;
    record.step = subject.cursor.step;
    double sum = 0;
    while (!control_.stop_requested()) {
        MOELORA_TRY(const Batch batch, loader.next());
        if (batch.ends_epoch()) break;
        for (const Issue& issue : batch.left_out)
            MOELORA_TRY_STATUS(subject.writer.issue_once(issue));
        if (batch.sample_ids.empty()) continue;
        const LossSum part = subject.trainer.evaluate(batch);
        sum += part.loss * static_cast<double>(part.targets);
        record.targets += part.targets;
    }
    if (record.targets > 0) record.loss = sum / static_cast<double>(record.targets);
    return record;
}

Result<bool> TrainEvaluation::compare_with_best(const Subject& subject, double loss) const {
    TrainCursor& cursor = subject.cursor;
    if (!cursor.best_loss || loss < *cursor.best_loss) {
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

Result<bool> TrainEvaluation::probe(const Subject& subject, EvalRecord* scores) const {
    TrainCursor& cursor = subject.cursor;
    if (probes_.empty() || (cursor.probed_step == cursor.step && !scores)) return true;
    CaptionRequest request;
    request.variant = "step " + std::to_string(cursor.step);
    request.step = cursor.step;
    request.generate = options_.generate;
    auto captions = caption_samples_with(*subject.loaded.model, &subject.adapter,
                                         subject.loaded.text, probes_, request, control_, {});
    if (!captions) return pass(std::move(captions).error(), "probe captions");
    if (control_.stop_requested()) return false;
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
