// SPDX-License-Identifier: GPL-3.0-or-later
// What a TrainRun writes, gives away and takes back: checkpoints, memory, the final adapter.
#include "core/session/device_memory.h"
#include "core/session/run_store.h"
#include "core/session/train_run.h"

namespace moelora {
namespace {

// A disk that is full is told of the checkpoint, not of the hidden file that was being written:
// what it needs and what is free, unless something else (a quota) is the limit.
Status of_checkpoint(Status saved, const std::string& path, std::int64_t needed) {
    if (saved || saved.error().code != ErrorCode::DiskFull) return saved;
    MOELORA_TRY_STATUS(check_space(path, needed));
    return fail(ErrorCode::DiskFull, {{"path", path}});
}

}  // namespace

Status TrainRun::take(const std::string& checkpoint, const CheckpointState& state) {
    return checkpoint == prepared_from_ ? restore_optimizer(checkpoint, state, *adapter_, *trainer_)
                                        : load_state(checkpoint, state);
}

Status TrainRun::go_on_from(const CheckpointState& state, bool finished) {
    cursor_ = state.cursor;
    saved_at_ = cursor_.step;
    if (!finished || !evaluation_->out_of_patience(cursor_)) return {};
    cursor_.evaluations_since_best = 0;
    return write_checkpoint(state.lengths);
}

// Nothing is freed that is not saved: where that fails the run pauses as it is.
Status TrainRun::free_memory() {
    if (cursor_.step != saved_at_) MOELORA_TRY_STATUS(save());
    loader_.reset();
    trainer_.reset();
    adapter_.reset();
    loaded_.model.reset();
    loaded_.features.reset();
    loaded_.graphs.reset();
    give_back_unused_memory(loaded_.device);
    control_.publish(resources_of(control_.job(), loaded_.device.name));
    return {};
}

// What free_memory() gave away, from the files; a stop waits until it is there. Errors: those of
// loading; RunInputChanged.
Status TrainRun::take_back() {
    const std::string checkpoint = join_path(writer_->folder(), checkpoint_name(cursor_.step));
    const std::string before = loaded_.fingerprint;
    MOELORA_TRY_STATUS(load_base([this](std::int64_t done, std::int64_t total) {
        control_.progress("loading model", done, total);
    }));
    if (loaded_.fingerprint != before)
        return fail(
            ErrorCode::RunInputChanged,
            {{"path", writer_->folder()}, {"what", "model"}, {"found", options_.model.path}});
    reset_peaks(loaded_.device.name);
    MOELORA_TRY_STATUS(evict_tower());
    MOELORA_TRY(const CheckpointState state, read_checkpoint_state(checkpoint));
    return load_state(checkpoint, state);
}

// Adapter, optimizer and noise of a checkpoint, on the model that is loaded.
Status TrainRun::load_state(const std::string& checkpoint, const CheckpointState& state) {
    trainer_.reset();
    adapter_.reset();
    MOELORA_TRY_STATUS(make_adapter(checkpoint));
    make_trainer();
    return restore_optimizer(checkpoint, state, *adapter_, *trainer_);
}

// A checkpoint is whole or not there.
Status TrainRun::write_checkpoint(const RunWriter::Lengths& lengths) {
    adapter_->card().step = cursor_.step;
    adapter_->card().base_sha256 = loaded_.whole.known();
    const DiskPlan plan = plan_disk(extent(), options_.train, writer_->folder());
    return writer_->while_full([&]() -> Status {
        const std::string path = join_path(writer_->folder(), checkpoint_name(cursor_.step));
        MOELORA_TRY_STATUS(
            check_space(path, plan.checkpoint_bytes + plan.reserve_bytes, plan.reserve_bytes));
        return of_checkpoint(save_checkpoint(writer_->folder(), *adapter_, *trainer_, cursor_,
                                             lengths, to_json(options_)),
                             path, plan.checkpoint_bytes);
    });
}

Status TrainRun::save() {
    MOELORA_TRY_STATUS(writer_->while_full([this] { return writer_->sync(); }));
    MOELORA_TRY_STATUS(write_checkpoint(writer_->lengths()));
    saved_at_ = cursor_.step;
    bad_updates_ = 0;
    MOELORA_TRY_STATUS(writer_->checkpoint({cursor_.step, checkpoint_name(cursor_.step)}));
    prune_checkpoints(writer_->folder(), options_.train.keep_last,
                      options_.train.keep_best ? cursor_.best_step : -1);
    return writer_->while_full([this] {
        return run_store::write_status(writer_->folder(), RunStatus::Running, cursor_.step,
                                       counts_.total_updates);
    });
}

// After an early stop the best checkpoint, if it was kept, is the result.
Status TrainRun::take_best() {
    if (!evaluation_->out_of_patience(cursor_) || !options_.train.keep_best ||
        cursor_.best_step == cursor_.step)
        return {};
    trainer_.reset();
    adapter_.reset();
    return make_adapter(join_path(writer_->folder(), checkpoint_name(cursor_.best_step)));
}

// RUN/adapter: the native format; a plain LoRA in PEFT's layout, too.
Status TrainRun::finish() {
    adapter_->card().step = cursor_.step;
    MOELORA_TRY_STATUS(take_best());
    adapter_->card().base_sha256 =
        loaded_.whole.wait([this] { return !control_.stop_requested(); });
    return writer_->while_full([this] { return write_adapter(); });
}

Status TrainRun::write_adapter() {
    MOELORA_TRY(AtomicFolder folder,
                AtomicFolder::begin(join_path(writer_->folder(), "adapter"), true));
    MOELORA_TRY_STATUS(save_native(*adapter_, folder.temporary()));
    const auto peft = save_peft(*adapter_, folder.temporary());
    if (!peft && peft.error().code != ErrorCode::ExportRefused) {
        const std::string stage = "writing the adapter";
        return pass(peft.error(), stage);
    }
    return folder.commit();
}

}  // namespace moelora
