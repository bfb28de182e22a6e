// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/train_run.h"

#include <algorithm>
#include <chrono>
#include <numeric>
#include <utility>

#include "core/ops/memory_error.h"
#include "core/session/data_needs.h"
#include "core/session/device_memory.h"
#include "core/session/probes.h"
#include "core/session/run_store.h"
#include "core/session/silent_gates.h"
#include "core/session/train_inputs.h"

namespace moelora {
namespace {

using Clock = std::chrono::steady_clock;

// Without a tensor: the update is made by then.
std::int64_t count_tokens_of(const std::vector<Batch>& group) {
    std::int64_t tokens = 0;
    for (const Batch& batch : group) {
        const auto* first = batch.attention_mask.const_data_ptr<std::int64_t>();
        tokens = std::accumulate(first, first + batch.attention_mask.numel(), tokens);
    }
    return tokens;
}

}  // namespace

// What was asked for and failed is said; the run itself goes on.
Result<bool> TrainRun::safe_point() {
    const auto say = [this](const Error& error) {
        control_.raise({{Severity::Error, error, {}, 1}});
    };
    const bool going = control_.safe_point([&] {
        if (control_.take_save_request())
            if (const Status saved = save(); !saved) say(saved.error());
        if (control_.take_caption_request())
            if (const auto captioned = evaluation_->probe(subject()); !captioned)
                say(captioned.error());
        if (control_.take_free_request()) {
            if (const Status saved = free_memory(); !saved) say(saved.error());
        }
    });
    if (!going || trainer_) return going;
    MOELORA_TRY_STATUS(take_back());
    return safe_point();  // what was asked for meanwhile
}

Result<bool> TrainRun::run() {
    auto ended = train();
    if (!ended && cursor_.step > saved_at_ && !record_pending_) (void)save();
    return ended;
}

Result<bool> TrainRun::train() {
    for (const Dataset* part : {&train_, &validation_})
        for (const Issue& issue : part->issues) MOELORA_TRY_STATUS(writer_->issue(issue));
    for (const std::vector<Issue>* said :
         {&std::as_const(loaded_.device.issues), &std::as_const(loaded_.issues),
          &std::as_const(*adapter_).card().issues, &std::as_const(start_issues_)})
        for (const Issue& issue : *said) MOELORA_TRY_STATUS(writer_->issue(issue));
    for (const Issue& issue : adapter_warnings(adapter_->sites(), adapter_->options()))
        MOELORA_TRY_STATUS(writer_->issue(issue));
    if (const auto issue =
            doubt_of_balance(adapter_->options(), train_.images, std::ssize(train_.sample_types)))
        MOELORA_TRY_STATUS(writer_->issue(*issue));
    if (!options_.device.evict_vision) reset_peaks(loaded_.device.name);
    if (probes_unwritten_) MOELORA_TRY_STATUS(write_probes(writer_->folder(), probes_));
    control_.enter_running();
    if (cursor_.step == 0) {
        MOELORA_TRY(const bool whole, evaluation_->probe(subject()));
        if (whole && options_.train.on_nonfinite == OnNonFinite::Rollback && saved_at_ < 0)
            MOELORA_TRY_STATUS(save());  // there is always a place to go back to
    } else {
        MOELORA_TRY_STATUS(judge());
    }
    bool going = true;
    while (going && cursor_.step < counts_.total_updates &&
           !evaluation_->out_of_patience(cursor_)) {
        MOELORA_TRY(going, safe_point());
        if (going) {
            MOELORA_TRY(going, update());
        }
    }
    if (cursor_.step > saved_at_) MOELORA_TRY_STATUS(save());
    // The evaluation or the captions of the last update may have been given up for a stop; whoever
    // resumes the run makes them.
    if (!going || control_.stop_requested()) return false;
    MOELORA_TRY_STATUS(finish());
    return true;
}

// The micro-batches of the next update; opens the next epoch when one is used up.
Result<TrainRun::Group> TrainRun::next_group() {
    if (cursor_.micro_batch >= counts_.batches_per_epoch) {
        ++cursor_.epoch;
        cursor_.micro_batch = 0;
        cursor_.memory.rows = 0;
        loader_.reset();
    }
    if (!loader_)
        loader_ = std::make_unique<DataLoader>(
            train_, loaded_.text.encoder, options_.train.batch_size, options_.train.seed,
            cursor_.epoch, cursor_.micro_batch, loaded_.text.pad_id);
    const std::int64_t wanted = std::min(options_.train.gradient_accumulation,
                                         counts_.batches_per_epoch - cursor_.micro_batch);
    Group group;
    while (group.read < wanted) {
        MOELORA_TRY(Batch batch, loader_->next());
        if (batch.ends_epoch()) break;
        ++group.read;
        MOELORA_TRY_STATUS(note_left_out(batch));
        if (batch.sample_ids.empty()) continue;
        MOELORA_TRY(Batch fitted, ladder_->fitted(std::move(batch), cursor_.memory, loaded_.text));
        if (!fitted.sample_ids.empty()) group.batches.push_back(std::move(fitted));
    }
    return group;
}

// One picture is damaged; many in a row are a drive that is gone, and the run ends with what it
// learnt.
Status TrainRun::note_left_out(const Batch& batch) {
    constexpr std::int64_t most_in_a_row = 32;
    for (const Issue& issue : batch.left_out) MOELORA_TRY_STATUS(writer_->issue_once(issue));
    left_out_ = batch.sample_ids.empty()
                    ? left_out_ + static_cast<std::int64_t>(batch.left_out.size()) / 2
                    : 0;
    if (left_out_ < most_in_a_row) return {};
    return pass(batch.left_out.front().error);
}

// What was read ahead goes first where reading uses the memory up.
Result<TrainRun::Group> TrainRun::read_group() {
    auto read = next_group();
    if (read || !is_memory_error(read.error())) return read;
    if (options_.train.on_out_of_memory != OnOutOfMemory::Stop) {
        loader_.reset();
        give_back_unused_memory(loaded_.device);
        writer_->log("reading again: " + message_of(read.error()));
        read = next_group();
        if (read || !is_memory_error(read.error())) return read;
    }
    return fail(ErrorCode::HostOutOfMemory, {{"stage", "reading samples"}});
}

Status TrainRun::note_changes(const std::vector<Batch>& group) {
    for (const Batch& batch : group)
        for (const Issue& issue : stamps_->changed(batch.sample_ids))
            MOELORA_TRY_STATUS(writer_->issue(issue));
    return {};
}

Result<bool> TrainRun::update() {
    const auto started = Clock::now();
    MOELORA_TRY(Group next_batches, read_group());
    std::vector<Batch>& group = next_batches.batches;
    if (group.empty()) {  // all of them were left out: nothing to learn, and no update
        cursor_.micro_batch += next_batches.read;
        if (cursor_.step > 0) MOELORA_TRY_STATUS(judge());  // the epoch may end here
        return true;
    }
    MOELORA_TRY_STATUS(note_changes(group));
    const std::int64_t next = cursor_.step + 1, every = options_.train.router_every;
    const bool record_routers = every > 0 && (next % every == 0 || next == 1);
    auto record = make_update(group, record_routers);
    std::optional<std::vector<RouterRecord>> routers;
    if (record_routers) routers = take_routers(next);
    if (record && record->step == 0) {  // given up: the group is read again after a resume
        loader_.reset();
        return false;
    }
    if (record && routers) MOELORA_TRY_STATUS(check_gates(*routers, group));
    std::int64_t samples = 0;
    for (const Batch& batch : group) samples += static_cast<std::int64_t>(batch.sample_ids.size());
    cursor_.micro_batch += next_batches.read;
    cursor_.samples_seen += samples;
    if (!record) {
        MOELORA_TRY_STATUS(bad_update(std::move(record).error()));
        return true;
    }
    if (options_.train.on_nonfinite != OnNonFinite::Rollback) bad_updates_ = 0;
    cursor_.step = record->step;
    record_pending_ = true;
    const double seconds = std::chrono::duration<double>(Clock::now() - started).count();
    MOELORA_TRY_STATUS(after_update(*record, routers.value_or(std::vector<RouterRecord>{}), seconds,
                                    samples, count_tokens_of(group)));
    return true;
}

// Made again, one rung lower, as long as the memory is used up by it.
Result<StepRecord> TrainRun::make_update(std::vector<Batch>& group, bool record_routers) {
    ladder_->begin_update();
    for (;;) {
        if (record_routers) adapter_->begin_statistics(train_.tasks);
        trainer_->set_rows_at_once(cursor_.memory.rows);
        std::optional<Error> full;
        try {
            return trainer_->step(group, [this] { return !control_.stop_requested(); });
        } catch (const std::exception& thrown) {
            full = memory_error(thrown, "training");
            if (!full) throw;
        }
        give_back_unused_memory(loaded_.device);
        MOELORA_TRY_STATUS(step_down(std::move(*full), group));
    }
}

Status TrainRun::step_down(Error full, std::vector<Batch>& group) {
    const Trainer::AtWork at_work = trainer_->at_work();
    const std::int64_t step = cursor_.step + 1;
    const auto rung = ladder_->step_down(cursor_.memory, at_work, step, loaded_.text.encoder);
    if (!rung) {
        if (cursor_.step > saved_at_) MOELORA_TRY_STATUS(save());
        return pass(std::move(full), "update " + std::to_string(step));
    }
    MOELORA_TRY_STATUS(writer_->note(
        {step, std::string(entry_of(rung->code).id), message_of(*rung), at_work.samples}));
    writer_->log(message_of(*rung));
    for (Batch& batch : group) {
        MOELORA_TRY(batch, ladder_->fitted(std::move(batch), cursor_.memory, loaded_.text));
    }
    std::erase_if(group, [](const Batch& batch) { return batch.sample_ids.empty(); });
    return {};
}

// The update is made and is not made again for want of its record.
std::optional<std::vector<RouterRecord>> TrainRun::take_routers(std::int64_t step) try {
    return adapter_->take_statistics(step);
} catch (const std::exception& thrown) {
    if (!memory_error(thrown, "training")) throw;
    writer_->log("no router record of update " + std::to_string(step) + ": the memory is used up");
    return std::nullopt;
}

Status TrainRun::check_gates(const std::vector<RouterRecord>& routers,
                             const std::vector<Batch>& group) {
    const bool pictures = std::any_of(group.begin(), group.end(), [](const Batch& batch) {
        return batch.grid_thw.defined() && batch.grid_thw.numel() > 0;
    });
    const auto silent = silent_gates(adapter_->sites(), routers, pictures);
    return silent ? writer_->issue_once(*silent) : Status();
}

// The update changed nothing. It is noted with its samples; then the run goes on or ends, as the
// option says. A whole epoch without one finite update ends it in any case: it would never end.
Status TrainRun::bad_update(Error error) {
    NoteRecord note;
    note.step = cursor_.step + 1;
    note.code = std::string(entry_of(error.code).id);
    note.message = message_of(error);
    note.samples = trainer_->bad_samples();
    const OnNonFinite policy = options_.train.on_nonfinite;
    const bool goes_on = policy != OnNonFinite::Stop &&
                         ++bad_updates_ < std::max<std::int64_t>(counts_.updates_per_epoch, 10);
    const auto& known = cursor_.went_back_for;
    if (goes_on && policy == OnNonFinite::Rollback &&
        std::find(known.begin(), known.end(), note.samples) == known.end())
        return go_back(note);
    MOELORA_TRY_STATUS(writer_->note(note));
    if (goes_on) return judge();  // the epoch may end here
    return pass(std::move(error), "training");
}

// Weights, optimizer and noise of the newest checkpoint; the data goes on where it stands, so that
// neither the samples of the bad update nor those shortly before it come again (Chowdhery et al.
// 2022, PaLM, section 5.1). When the same samples are bad in a later epoch, they are only skipped.
// Killed before the next checkpoint, a resume reads them again and goes back again, to the same
// place.
Status TrainRun::go_back(const NoteRecord& cause) {
    const auto valid = run_store::valid_checkpoints(writer_->folder());
    if (valid.empty()) return fail(ErrorCode::RunNoCheckpoint, {{"path", writer_->folder()}});
    const std::string checkpoint = join_path(writer_->folder(), valid.back().path);
    MOELORA_TRY(const CheckpointState state, read_checkpoint_state(checkpoint));
    MOELORA_TRY_STATUS(load_state(checkpoint, state));
    const TrainCursor place = std::exchange(cursor_, state.cursor);
    cursor_.epoch = place.epoch;
    cursor_.micro_batch = place.micro_batch;
    cursor_.samples_seen = place.samples_seen;
    cursor_.memory = place.memory;
    cursor_.went_back_for = place.went_back_for;
    cursor_.went_back_for.push_back(cause.samples);
    cursor_.evaluated_step = cursor_.probed_step = cursor_.step;  // what was due then is done
    saved_at_ = cursor_.step;

    MOELORA_TRY_STATUS(writer_->rewind(cursor_.step));
    const Error went_back{ErrorCode::WentBack, {{"step", std::to_string(cursor_.step)}}, {}, {}};
    MOELORA_TRY_STATUS(writer_->note({cursor_.step, std::string(entry_of(went_back.code).id),
                                      message_of(went_back), cause.samples}));
    return writer_->note(cause);
}

Status TrainRun::after_update(StepRecord record, std::vector<RouterRecord> routers, double seconds,
                              std::int64_t samples, std::int64_t tokens) {
    const TrainOptions& train = options_.train;
    record.epoch =
        static_cast<double>(cursor_.epoch) +
        static_cast<double>(cursor_.micro_batch) / static_cast<double>(counts_.batches_per_epoch);
    record.samples_seen = cursor_.samples_seen;
    record.step_ms = seconds * 1000;
    record.samples_per_s = static_cast<double>(samples) / seconds;
    record.tokens_per_s = static_cast<double>(tokens) / seconds;
    record.peak_mem_bytes = peak_bytes(loaded_.device.name, loaded_.model->mapped_bytes());
    MOELORA_TRY_STATUS(writer_->step(record));
    MOELORA_TRY_STATUS(writer_->routers(routers));
    record_pending_ = false;
    control_.progress("training", cursor_.step, counts_.total_updates);
    control_.publish(resources_of(control_.job(), loaded_.device.name));

    MOELORA_TRY_STATUS(judge());
    const bool saved = saved_at_ == cursor_.step;  // as the best
    if (train.save_every > 0 && cursor_.step % train.save_every == 0 && !saved)
        MOELORA_TRY_STATUS(save());
    return {};
}

TrainEvaluation::Subject TrainRun::subject() {
    return {loaded_, *adapter_, *trainer_, *writer_, cursor_, *stamps_};
}

Status TrainRun::judge() {
    const bool epoch_ended = cursor_.micro_batch >= counts_.batches_per_epoch;
    MOELORA_TRY(const bool better,
                evaluation_->judge(subject(), epoch_ended, cursor_.step == counts_.total_updates));
    return better && options_.train.keep_best ? save() : Status();
}

}  // namespace moelora
