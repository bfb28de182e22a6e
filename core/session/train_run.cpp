// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/train_run.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <numeric>
#include <utility>

#include "core/ops/memory_error.h"
#include "core/options/config.h"
#include "core/session/adapter_start.h"
#include "core/session/probes.h"
#include "core/session/run_store.h"
#include "core/session/sample_list.h"
#include "core/session/session.h"
#include "core/session/train_inputs.h"

namespace moelora {
namespace {

using Clock = std::chrono::steady_clock;

std::int64_t count_parameters(const Adapter& adapter) {
    std::int64_t total = 0;
    for (const SiteSpec& site : adapter.sites()) total += site.parameters();
    return total;
}

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

Status TrainRun::prepare(const std::string& checkpoint) {
    control_.loading("reading data", 0, 0);
    if (checkpoint.empty()) MOELORA_TRY_STATUS(take_start());
    MOELORA_TRY_STATUS(open_data(checkpoint));
    MOELORA_TRY_STATUS(take_probes(checkpoint));
    MOELORA_TRY(const PredictedPeak predicted, predict_peak(options_, control_));
    predicted_peak_ = predicted.bytes;
    options_.train.pack_tokens = predicted.pack_tokens;  // run.json says what a resume does, too
    MOELORA_TRY_STATUS(load_base([this](std::int64_t done, std::int64_t total) {
        control_.loading("loading model", done, total);
    }));
    for (const Dataset* part : {&train_, &validation_})
        MOELORA_TRY_STATUS(check_lengths(*part, loaded_.text, options_.data, control_));
    MOELORA_TRY_STATUS(check_tasks(train_, validation_, options_.adapter));
    counts_ = count_steps(static_cast<std::int64_t>(train_.samples.size()), options_.train);
    MOELORA_TRY_STATUS(make_adapter(checkpoint));
    trainer_ =
        std::make_unique<Trainer>(*loaded_.model, *adapter_, options_.train, counts_.total_updates);
    evaluation_.emplace(options_, control_, validation_, probes_);
    stamps_.emplace(train_);
    ladder_.emplace(options_, train_);
    return {};
}

Status TrainRun::load_base(const LoadProgress& progress) {
    MOELORA_TRY(loaded_,
                load_model(options_.model.path, options_.model.compute_dtype, options_.device,
                           options_.data, progress, quant_options(options_.model)));
    keep_features(loaded_, options_.device, quant_options(options_.model));
    return {};
}

// A start from an adapter: its axes are those of the run, and its tasks keep their numbers.
Status TrainRun::take_start() {
    if (options_.adapter.init_from.empty()) return {};
    MOELORA_TRY(const ModelConfig config, load_model_config(options_.model.path));
    MOELORA_TRY(AdapterStart start, adapter_start(linear_shapes(config), options_.adapter));
    options_.adapter = std::move(start.options);
    start_folder_ = std::move(start.folder);
    start_issues_ = std::move(start.issues);
    if (options_.data.sample_types.empty()) options_.data.sample_types = start.sample_types;
    std::vector<std::string>& tasks = options_.data.tasks;
    if (tasks.empty()) tasks = start.tasks;
    if (tasks.size() >= start.tasks.size() &&
        std::equal(start.tasks.begin(), start.tasks.end(), tasks.begin()))
        return {};
    std::string known;
    for (const std::string& task : start.tasks) known += (known.empty() ? "" : ", ") + task;
    return fail(ErrorCode::OptionInvalid,
                {{"option", "data.tasks"},
                 {"value", "another order"},
                 {"why", "the adapter that training starts from numbers its tasks " + known}});
}

Status TrainRun::open_data(const std::string& checkpoint) {
    MOELORA_TRY(train_, open_dataset(options_.data, options_.train.seed));
    if (options_.data.on_bad_picture == OnBadPicture::Skip && !checkpoint.empty()) {
        MOELORA_TRY(data_fingerprint_, restore_samples(run_of_adapter(checkpoint), train_));
    }
    if (data_fingerprint_.empty()) data_fingerprint_ = data_fingerprint(train_);
    sample_list_ = sample_list_of(train_, data_fingerprint_);
    validation_ =
        split_validation(train_, validation_wanted(options_.data, train_), options_.train.seed);
    for (Issue& leak : leaks_between(train_, validation_)) train_.issues.push_back(std::move(leak));
    if (train_.samples.empty())
        return fail(ErrorCode::DatasetEmpty, {{"path", options_.data.path}});
    return {};
}

// Those that the run began with; a run without any such file chooses them anew.
Status TrainRun::take_probes(const std::string& checkpoint) {
    if (const std::string run = checkpoint.empty() ? "" : run_of_adapter(checkpoint);
        std::filesystem::exists(join_path(run, probes_file))) {
        MOELORA_TRY(probes_, read_probes(run));
        return {};
    }
    MOELORA_TRY(probes_, choose_probes(options_.data.probes, options_.train.probe_images, train_,
                                       validation_));
    return check_probes();
}

// They are asked all the time, so each is decoded once before anything is loaded.
Status TrainRun::check_probes() {
    for (auto probe = probes_.begin(); probe != probes_.end();) {
        const auto picture =
            probe->image.empty()
                ? Status()
                : load_image(probe->image, options_.data.alpha).map([](const RgbImage&) {});
        if (!picture && options_.data.on_bad_picture == OnBadPicture::Stop)
            return pass(picture.error(), "probe " + probe->id);
        if (!picture)
            start_issues_.push_back({Severity::Warning, picture.error(), {"", 0, probe->id}, 1});
        probe = picture ? probe + 1 : probes_.erase(probe);
    }
    return {};
}

Status TrainRun::make_adapter(const std::string& checkpoint) {
    const auto seed = static_cast<std::uint64_t>(options_.train.seed);
    const std::string& start = checkpoint.empty() ? start_folder_ : checkpoint;
    if (start.empty()) {
        MOELORA_TRY(adapter_, Adapter::create(*loaded_.model, options_.adapter, seed));
    } else {
        MOELORA_TRY(adapter_, load_adapter(loaded_, start, seed));
    }
    adapter_->attach();
    AdapterCard& card = adapter_->card();
    card.base_path = options_.model.path;
    card.base_fingerprint = loaded_.fingerprint;
    card.prompt = options_.data.prompt;
    card.data = options_.data;
    card.data.sample_types = train_.sample_types;
    card.compute_dtype = std::string(name_of_enum(loaded_.device.dtype));
    card.tasks = train_.tasks;
    return {};
}

Status TrainRun::check_inputs(const Json& run, const std::string& folder,
                              std::int64_t updates_made) const {
    const auto recorded = [&](const char* group, const char* key) {
        return run.contains(group) && run.at(group).is_object()
                   ? as_string(run.at(group).value(key, Json())).value_or("")
                   : std::string();
    };
    const struct {
        const char *group, *key;
        std::string now;
        const std::string& found;
    } inputs[] = {
        {"model", "fingerprint", loaded_.fingerprint, options_.model.path},
        {"model", "sha256", loaded_.whole.known(), options_.model.path},
        {"data", "fingerprint", data_fingerprint_, options_.data.path},
    };
    for (const auto& input : inputs) {
        const std::string before = recorded(input.group, input.key);
        if (before.empty() || input.now.empty() || before == input.now) continue;
        return fail(ErrorCode::RunInputChanged,
                    {{"path", folder}, {"what", input.group}, {"found", input.found}});
    }
    if (updates_made > counts_.total_updates)
        return fail(ErrorCode::OptionInvalid,
                    {{"option", "train.max_steps"},
                     {"value", std::to_string(counts_.total_updates)},
                     {"why", "the run has made " + std::to_string(updates_made) + " updates"}});
    return {};
}

RunExtent TrainRun::extent() const {
    RunExtent out;
    out.parameters = count_parameters(*adapter_);
    out.sites = static_cast<std::int64_t>(adapter_->sites().size());
    for (const SiteSpec& site : adapter_->sites())
        out.experts = std::max(out.experts, site.experts);
    out.updates = counts_.total_updates;
    out.evaluates = !validation_.samples.empty();
    out.tasks = static_cast<std::int64_t>(train_.tasks.size());
    out.samples_per_update = options_.train.batch_size * options_.train.gradient_accumulation;
    return out;
}

Status TrainRun::check_disk(const std::string& folder) const {
    const DiskPlan plan = plan_disk(extent(), options_.train, folder);
    return plan.fits ? Status() : check_space(folder, plan.needed_bytes);
}

Json TrainRun::describe(const RunId& id, const std::string& name) const {
    return {{"version", 1},
            {"format", "moelora-run"},
            {"program_version", program_version()},
            {"id", id},
            {"name", name},
            {"started_utc", utc_now()},
            {"config", to_json(options_)},
            {"model",
             {{"path", options_.model.path},
              {"fingerprint", loaded_.fingerprint},
              {"fingerprint_kind", "quick"},
              {"sha256", loaded_.whole.known()}}},
            {"data",
             {{"path", options_.data.path},
              {"fingerprint", data_fingerprint_},
              {"samples", train_.samples.size()},
              {"validation_samples", validation_.samples.size()}}},
            {"tasks", train_.tasks},
            {"total_steps", counts_.total_updates},
            {"trainable_parameters", count_parameters(*adapter_)},
            {"predicted_peak_bytes", predicted_peak_},
            {"sites", adapter_->sites().size()},
            {"device", loaded_.device.name},
            {"dtype", name_of_enum(loaded_.device.dtype)}};
}

Status TrainRun::write_inputs(const std::string& folder) {
    MOELORA_TRY_STATUS(write_probes(folder, probes_));
    return write_text_atomic(join_path(folder, samples_file), std::exchange(sample_list_, {}));
}

void TrainRun::write_to(RunWriter writer, const RunId& id) {
    writer_ = std::move(writer);
    writer_->pause_when_full(!stop_on_disk_full_);
    RunStarted started;
    started.job = control_.job();
    started.run = id;
    started.path = writer_->folder();
    started.total_steps = counts_.total_updates;
    started.trainable_parameters = count_parameters(*adapter_);
    started.sites = static_cast<std::int64_t>(adapter_->sites().size());
    started.device = loaded_.device.note.empty() ? loaded_.device.name : loaded_.device.note;
    started.dtype = std::string(name_of_enum(loaded_.device.dtype));
    control_.publish(started);
}

Status TrainRun::restore(const std::string& checkpoint, const CheckpointState& state,
                         bool finished) {
    MOELORA_TRY_STATUS(restore_optimizer(checkpoint, state, *adapter_, *trainer_));
    cursor_ = state.cursor;
    saved_at_ = cursor_.step;
    if (!finished || !evaluation_->out_of_patience(cursor_)) return {};
    cursor_.evaluations_since_best = 0;
    return write_checkpoint(state.lengths);
}

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

// Nothing is freed that is not saved: where that fails the run pauses as it is.
Status TrainRun::free_memory() {
    if (cursor_.step != saved_at_) MOELORA_TRY_STATUS(save());
    loader_.reset();
    trainer_.reset();
    adapter_.reset();
    loaded_.model.reset();
    loaded_.features.reset();
    give_back_unused_memory(loaded_.device);
    control_.publish(ResourceSampled{control_.job(), resident_bytes(), 0, file_backed_bytes()});
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
    MOELORA_TRY(const CheckpointState state, read_checkpoint_state(checkpoint));
    reset_peak_resident_bytes();
    return load_state(checkpoint, state);
}

// Adapter, optimizer and noise of a checkpoint, on the model that is loaded.
Status TrainRun::load_state(const std::string& checkpoint, const CheckpointState& state) {
    trainer_.reset();
    adapter_.reset();
    MOELORA_TRY_STATUS(make_adapter(checkpoint));
    trainer_ =
        std::make_unique<Trainer>(*loaded_.model, *adapter_, options_.train, counts_.total_updates);
    return restore_optimizer(checkpoint, state, *adapter_, *trainer_);
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
    if (const auto issue = doubt_of_balance(adapter_->options(), train_))
        MOELORA_TRY_STATUS(writer_->issue(*issue));
    reset_peak_resident_bytes();
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
    if (!going) return false;
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
        return true;
    }
    MOELORA_TRY_STATUS(note_changes(group));
    const std::int64_t next = cursor_.step + 1, every = options_.train.router_every;
    const bool record_routers = every > 0 && (next % every == 0 || next == 1);
    auto record = make_update(group, record_routers);
    std::vector<RouterRecord> routers;
    if (record_routers) routers = take_routers(next);
    if (record && record->step == 0) {  // given up: the group is read again after a resume
        loader_.reset();
        return false;
    }
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
    MOELORA_TRY_STATUS(
        after_update(*record, std::move(routers), seconds, samples, count_tokens_of(group)));
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
std::vector<RouterRecord> TrainRun::take_routers(std::int64_t step) try {
    return adapter_->take_statistics(step);
} catch (const std::exception& thrown) {
    if (!memory_error(thrown, "training")) throw;
    writer_->log("no router record of update " + std::to_string(step) + ": the memory is used up");
    return {};
}

// The update changed nothing. It is noted with its samples; then the run goes on or ends, as the
// option says. A whole epoch without one finite update ends it in any case: it would never end.
namespace {

// "a, b" as the trainer's error lists them.
std::vector<std::string> split_names(std::string_view joined) {
    constexpr std::string_view comma = ", ";
    std::vector<std::string> names;
    for (std::size_t end = 0; end != std::string_view::npos;) {
        end = joined.find(comma);
        names.emplace_back(joined.substr(0, end));
        joined.remove_prefix(std::min(joined.size(), end + comma.size()));
    }
    return names;
}

}  // namespace

Status TrainRun::bad_update(Error error) {
    NoteRecord note;
    note.step = cursor_.step + 1;
    note.code = std::string(entry_of(error.code).id);
    note.message = message_of(error);
    note.samples = split_names(error.arg("samples"));
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
    record.peak_mem_bytes =
        peak_resident_bytes() - file_backed_bytes() + loaded_.model->mapped_bytes();
    MOELORA_TRY_STATUS(writer_->step(record));
    MOELORA_TRY_STATUS(writer_->routers(routers));
    record_pending_ = false;
    control_.progress("training", cursor_.step, counts_.total_updates);
    control_.publish(ResourceSampled{control_.job(), resident_bytes(), 0, file_backed_bytes()});

    MOELORA_TRY_STATUS(judge());
    const bool saved = saved_at_ == cursor_.step;  // as the best
    if (train.save_every > 0 && cursor_.step % train.save_every == 0 && !saved)
        MOELORA_TRY_STATUS(save());
    return {};
}

TrainEvaluation::Subject TrainRun::subject() {
    return {loaded_, *adapter_, *trainer_, *writer_, cursor_};
}

Status TrainRun::judge() {
    const bool epoch_ended = cursor_.micro_batch >= counts_.batches_per_epoch;
    MOELORA_TRY(const bool better,
                evaluation_->judge(subject(), epoch_ended, cursor_.step == counts_.total_updates));
    return better && options_.train.keep_best ? save() : Status();
}

// A checkpoint is whole or not there.
Status TrainRun::write_checkpoint(RunWriter::Lengths lengths) {
    adapter_->card().step = cursor_.step;
    adapter_->card().base_sha256 = loaded_.whole.known();
    const DiskPlan plan = plan_disk(extent(), options_.train, writer_->folder());
    return writer_->while_full([&]() -> Status {
        MOELORA_TRY_STATUS(
            check_space(writer_->folder(), plan.checkpoint_bytes + plan.reserve_bytes));
        return save_checkpoint(writer_->folder(), *adapter_, *trainer_, cursor_, lengths);
    });
}

Status TrainRun::save() {
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
    if (auto peft = save_peft(*adapter_, folder.temporary());
        !peft && peft.error().code != ErrorCode::ExportRefused)
        return pass(std::move(peft).error(), "writing the adapter");
    return folder.commit();
}

}  // namespace moelora
