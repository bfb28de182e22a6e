// SPDX-License-Identifier: GPL-3.0-or-later
// TrainRun between updates: evaluation loss, probe captions, and what follows from them.
#include "core/eval/captions.h"
#include "core/record/records_json.h"
#include "core/session/captioner.h"
#include "core/session/train_run.h"

namespace moelora {

Status TrainRun::look_at_results() {
    const TrainOptions& train = options_.train;
    const bool epoch_end = cursor_.micro_batch >= counts_.batches_per_epoch;
    const bool last = cursor_.step == counts_.total_updates;
    if (!validation_.samples.empty() && cursor_.evaluated_step != cursor_.step &&
        (last || (train.eval_every > 0 ? cursor_.step % train.eval_every == 0 : epoch_end)))
        MOELORA_TRY_STATUS(evaluate());
    if (last || (train.probe_every > 0 && cursor_.step % train.probe_every == 0))
        MOELORA_TRY_STATUS(probe());
    return {};
}

// Half an evaluation is none: a resume makes it again.
Status TrainRun::evaluate() {
    MOELORA_TRY(EvalRecord record, validation_loss());
    if (control_.stop_requested()) return {};
    MOELORA_TRY(const bool whole, probe(&record));
    if (!whole) return {};
    cursor_.evaluated_step = cursor_.step;
    if (record.targets == 0) return {};
    MOELORA_TRY_STATUS(writer_->eval(record));
    return compare_with_best(record.loss);
}

Result<EvalRecord> TrainRun::validation_loss() {
    DataLoader loader(validation_, loaded_.text.encoder, options_.train.batch_size,
                      options_.train.seed, 0, 0, loaded_.text.pad_id);
    EvalRecord record;
    record.step = cursor_.step;
    double sum = 0;
    while (!control_.stop_requested()) {
        MOELORA_TRY(const Batch batch, loader.next());
        if (batch.sample_ids.empty()) break;
        const LossSum part = trainer_->evaluate(batch);
        sum += part.loss * static_cast<double>(part.targets);
        record.targets += part.targets;
    }
    if (record.targets > 0) record.loss = sum / static_cast<double>(record.targets);
    return record;
}

Status TrainRun::compare_with_best(double loss) {
    if (!cursor_.best_loss || loss < *cursor_.best_loss) {
        cursor_.best_loss = loss;
        cursor_.best_step = cursor_.step;
        cursor_.evaluations_since_best = 0;
        return options_.train.keep_best ? save() : Status();
    }
    ++cursor_.evaluations_since_best;
    if (!out_of_patience()) return {};
    const Error early{ErrorCode::StoppedEarly,
                      {{"step", std::to_string(cursor_.step)},
                       {"found", std::to_string(cursor_.evaluations_since_best)},
                       {"loss", number_json(*cursor_.best_loss).dump()},
                       {"best", std::to_string(cursor_.best_step)}},
                      {},
                      {}};
    return writer_->note(
        {cursor_.step, std::string(entry_of(early.code).id), message_of(early), {}});
}

bool TrainRun::out_of_patience() const {
    const std::int64_t patience = options_.train.early_stop_patience;
    return patience > 0 && cursor_.evaluations_since_best >= patience;
}

Result<bool> TrainRun::probe(EvalRecord* scores) {
    if (probes_.empty() || (cursor_.probed_step == cursor_.step && !scores)) return true;
    CaptionRequest request;
    request.variant = "step " + std::to_string(cursor_.step);
    request.step = cursor_.step;
    request.generate = options_.generate;
    auto captions = caption_samples_with(*loaded_.model, adapter_.get(), loaded_.text, probes_,
                                         request, control_, {});
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
    if (cursor_.probed_step == cursor_.step) return true;  // asked for just before
    for (const Caption& caption : *captions) MOELORA_TRY_STATUS(writer_->caption(caption));
    cursor_.probed_step = cursor_.step;
    return true;
}

}  // namespace moelora
