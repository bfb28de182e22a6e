// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/train_run.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <set>

#include "core/options/config.h"
#include "core/record/records_json.h"
#include "core/session/captioner.h"
#include "core/session/run_store.h"
#include "core/session/session.h"

namespace moelora {
namespace {

using Clock = std::chrono::steady_clock;

std::int64_t count_parameters(const Adapter& adapter) {
    std::int64_t total = 0;
    for (const SiteSpec& site : adapter.sites()) total += site.parameters();
    return total;
}

std::int64_t count_tokens_of(const std::vector<Batch>& group) {
    std::int64_t tokens = 0;
    for (const Batch& batch : group) tokens += batch.attention_mask.sum().item<std::int64_t>();
    return tokens;
}

}  // namespace

Status TrainRun::prepare(const std::string& checkpoint) {
    control_.progress("reading data", 0, 0);
    MOELORA_TRY_STATUS(open_data());
    MOELORA_TRY(loaded_, load_model(
                             options_.model.path, options_.model.compute_dtype, options_.device,
                             options_.data,
                             [this](std::int64_t done, std::int64_t total) {
                                 control_.progress("loading model", done, total);
                             },
                             quant_options(options_.model)));
    MOELORA_TRY_STATUS(check_lengths());
    MOELORA_TRY_STATUS(check_tasks());
    counts_ = count_steps(static_cast<std::int64_t>(train_.samples.size()), options_.train);
    MOELORA_TRY_STATUS(make_adapter(checkpoint));
    trainer_ =
        std::make_unique<Trainer>(*loaded_.model, *adapter_, options_.train, counts_.total_updates);
    choose_probes();
    return {};
}

Status TrainRun::open_data() {
    MOELORA_TRY(train_, open_dataset(options_.data, options_.train.seed));
    if (options_.data.validation > 0)
        validation_ = split_validation(train_, options_.data.validation, options_.train.seed);
    if (train_.samples.empty())
        return fail(ErrorCode::DatasetEmpty, {{"path", options_.data.path}});
    return {};
}

// Nothing is cut silently: samples over the limit are refused before the first update, all of them
// named.
Status TrainRun::check_lengths() {
    std::optional<Error> first;
    const auto refuse = [&](const DatasetSample& sample, Error error) {
        const Place place{sample.file, sample.line, sample.id};
        control_.publish(IssueRaised{control_.job(), 0, {Severity::Error, error, place, 1}});
        if (!first) first = std::move(error);
    };
    const auto total = static_cast<std::int64_t>(train_.samples.size());
    for (std::int64_t i = 0; i < total; ++i) {
        const DatasetSample& sample = train_.samples[static_cast<std::size_t>(i)];
        auto tokens = loaded_.text.encoder.count_tokens(sample.conversation());
        if (!tokens)
            refuse(sample, std::move(tokens).error());
        else if (*tokens > options_.data.max_length)
            refuse(sample, {ErrorCode::SampleTooLong,
                            {{"sample", sample.id},
                             {"tokens", std::to_string(*tokens)},
                             {"limit", std::to_string(options_.data.max_length)}},
                            {},
                            {}});
        if (i % 256 == 0) control_.progress("measuring samples", i, total);
    }
    return first ? Status(pass(std::move(*first))) : Status();
}

// A task router needs the task of every sample, and as many rows as there are tasks.
Status TrainRun::check_tasks() {
    AdapterOptions& adapter = options_.adapter;
    if (adapter.router != RouterKind::Task) return {};
    std::string names;
    for (const std::string& name : train_.tasks) names += (names.empty() ? "" : ", ") + name;
    for (const Dataset* part : {&train_, &validation_})
        for (const DatasetSample& sample : part->samples)
            if (sample.task.empty())
                return fail(ErrorCode::TaskMissing, {{"sample", sample.id}, {"known", names}});
    const auto found = static_cast<std::int64_t>(train_.tasks.size());
    if (adapter.num_tasks == 0) adapter.num_tasks = found;
    if (found > adapter.num_tasks)
        return fail(ErrorCode::OptionInvalid,
                    {{"option", "adapter.num_tasks"},
                     {"value", std::to_string(adapter.num_tasks)},
                     {"why", "the data set has " + std::to_string(found) + " tasks"}});
    return {};
}

Status TrainRun::make_adapter(const std::string& checkpoint) {
    const auto seed = static_cast<std::uint64_t>(options_.train.seed);
    std::string start = checkpoint;
    if (start.empty() && !options_.adapter.init_from.empty()) {
        MOELORA_TRY(start, resolve_adapter_folder(options_.adapter.init_from));
    }
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
    card.compute_dtype = std::string(name_of_enum(loaded_.device.dtype));
    card.tasks = train_.tasks;
    return {};
}

// Fixed pictures spread over the validation data (over the training data when there is none), so
// that tasks mix.
void TrainRun::choose_probes() {
    const auto all = caption_samples(validation_.samples.empty() ? train_ : validation_);
    const auto wanted = static_cast<std::size_t>(options_.train.probe_images);
    std::set<std::string> pictures;
    const std::size_t stride =
        std::max<std::size_t>(1, all.size() / std::max<std::size_t>(wanted, 1)) | 1U;
    for (std::size_t i = 0; i < all.size() && probes_.size() < wanted; i += stride)
        if (pictures.insert(all[i].image.empty() ? all[i].id : all[i].image).second)
            probes_.push_back(all[i]);
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
              {"fingerprint_kind", "quick"}}},
            {"data",
             {{"path", options_.data.path},
              {"samples", train_.samples.size()},
              {"validation_samples", validation_.samples.size()}}},
            {"tasks", train_.tasks},
            {"total_steps", counts_.total_updates},
            {"trainable_parameters", count_parameters(*adapter_)},
            {"sites", adapter_->sites().size()},
            {"device", loaded_.device.name},
            {"dtype", name_of_enum(loaded_.device.dtype)}};
}

void TrainRun::write_to(RunWriter writer, const RunId& id) {
    writer_ = std::move(writer);
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

Status TrainRun::restore(const std::string& checkpoint, const CheckpointState& state) {
    MOELORA_TRY_STATUS(restore_optimizer(checkpoint, state, *adapter_, *trainer_));
    cursor_ = state.cursor;
    saved_at_ = cursor_.step;
    return {};
}

bool TrainRun::safe_point() {
    return control_.safe_point([this] {
        if (control_.take_save_request()) (void)save();
        if (control_.take_caption_request()) (void)probe();
    });
}

Result<bool> TrainRun::run() {
    for (const Dataset* part : {&train_, &validation_})
        for (const Issue& issue : part->issues) MOELORA_TRY_STATUS(writer_->issue(issue));
    const std::vector<Issue>& of_model = loaded_.model->config().issues;
    for (const std::vector<Issue>* said : {&of_model, &std::as_const(*adapter_).card().issues})
        for (const Issue& issue : *said) MOELORA_TRY_STATUS(writer_->issue(issue));
    for (const Issue& issue : adapter_warnings(adapter_->sites(), adapter_->options()))
        MOELORA_TRY_STATUS(writer_->issue(issue));
    control_.enter_running();
    MOELORA_TRY_STATUS(cursor_.step == 0 ? probe() : look_at_results());
    bool going = true;
    while (going && cursor_.step < counts_.total_updates) {
        going = safe_point();
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
Result<std::vector<Batch>> TrainRun::next_group() {
    if (cursor_.micro_batch >= counts_.batches_per_epoch) {
        ++cursor_.epoch;
        cursor_.micro_batch = 0;
        loader_.reset();
    }
    if (!loader_)
        loader_ = std::make_unique<DataLoader>(
            train_, loaded_.text.encoder, options_.train.batch_size, options_.train.seed,
            cursor_.epoch, cursor_.micro_batch, loaded_.text.pad_id);
    const std::int64_t wanted = std::min(options_.train.gradient_accumulation,
                                         counts_.batches_per_epoch - cursor_.micro_batch);
    std::vector<Batch> group;
    for (std::int64_t i = 0; i < wanted; ++i) {
        MOELORA_TRY(Batch batch, loader_->next());
        if (batch.sample_ids.empty()) break;
        group.push_back(std::move(batch));
    }
    return group;
}

Result<bool> TrainRun::update() {
    const auto started = Clock::now();
    MOELORA_TRY(const std::vector<Batch> group, next_group());
    const std::int64_t next = cursor_.step + 1, every = options_.train.router_every;
    const bool record_routers = every > 0 && (next % every == 0 || next == 1);
    if (record_routers) adapter_->begin_statistics(train_.tasks);
    auto record = trainer_->step(group, [this] { return !control_.stop_requested(); });
    std::vector<RouterRecord> routers;
    if (record_routers) routers = adapter_->take_statistics(next);
    if (record && record->step == 0) {  // given up: the group is read again after a resume
        loader_.reset();
        return false;
    }
    if (!record) MOELORA_TRY_STATUS(not_finite(std::move(record).error()));
    std::int64_t samples = 0;
    for (const Batch& batch : group) samples += static_cast<std::int64_t>(batch.sample_ids.size());
    cursor_.micro_batch += static_cast<std::int64_t>(group.size());
    cursor_.samples_seen += samples;
    if (!record) return true;  // skipped
    skipped_in_a_row_ = 0;
    cursor_.step = record->step;
    const double seconds = std::chrono::duration<double>(Clock::now() - started).count();
    MOELORA_TRY_STATUS(
        after_update(*record, std::move(routers), seconds, samples, count_tokens_of(group)));
    return true;
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

Status TrainRun::not_finite(Error error) {
    NoteRecord note;
    note.step = cursor_.step + 1;
    note.code = std::string(entry_of(error.code).id);
    note.message = message_of(error);
    note.samples = split_names(error.arg("samples"));
    MOELORA_TRY_STATUS(writer_->note(note));
    if (options_.train.on_nonfinite == OnNonFinite::Skip &&
        ++skipped_in_a_row_ < std::max<std::int64_t>(counts_.updates_per_epoch, 10))
        return {};
    if (cursor_.step > saved_at_) MOELORA_TRY_STATUS(save());
    return pass(std::move(error), "training");
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
    record.peak_mem_bytes = peak_resident_bytes();
    MOELORA_TRY_STATUS(writer_->step(record));
    MOELORA_TRY_STATUS(writer_->routers(routers));
    control_.progress("training", cursor_.step, counts_.total_updates);
    control_.publish(ResourceSampled{control_.job(), resident_bytes(), 0, file_backed_bytes()});

    MOELORA_TRY_STATUS(look_at_results());
    const bool saved = saved_at_ == cursor_.step;  // as the best
    if (train.save_every > 0 && cursor_.step % train.save_every == 0 && !saved)
        MOELORA_TRY_STATUS(save());
    return {};
}

Status TrainRun::look_at_results() {
    const TrainOptions& train = options_.train;
    const bool epoch_end = cursor_.micro_batch >= counts_.batches_per_epoch;
    const bool last = cursor_.step == counts_.total_updates;
    if (!validation_.samples.empty() && cursor_.evaluated_step != cursor_.step &&
        (last || (train.eval_every > 0 ? cursor_.step % train.eval_every == 0 : epoch_end)))
        MOELORA_TRY_STATUS(evaluate());
    if (last || (train.probe_every > 0 && cursor_.step % train.probe_every == 0)) return probe();
    return {};
}

Status TrainRun::evaluate() {
    DataLoader loader(validation_, loaded_.text.encoder, options_.train.batch_size,
                      options_.train.seed, 0, 0, loaded_.text.pad_id);
    EvalRecord record;
    record.step = cursor_.step;
    double sum = 0;
    for (;;) {
        MOELORA_TRY(const Batch batch, loader.next());
        if (batch.sample_ids.empty()) break;
        const LossSum part = trainer_->evaluate(batch);
        sum += part.loss * static_cast<double>(part.targets);
        record.targets += part.targets;
        if (control_.stop_requested()) return {};  // half an evaluation is none
    }
    cursor_.evaluated_step = cursor_.step;
    if (record.targets == 0) return {};
    record.loss = sum / static_cast<double>(record.targets);
    MOELORA_TRY_STATUS(writer_->eval(record));
    if (options_.train.keep_best && (!cursor_.best_loss || record.loss < *cursor_.best_loss)) {
        cursor_.best_loss = record.loss;
        cursor_.best_step = cursor_.step;
        MOELORA_TRY_STATUS(save());
    }
    return {};
}

Status TrainRun::probe() {
    if (probes_.empty() || cursor_.probed_step == cursor_.step) return {};
    CaptionRequest request;
    request.variant = "step " + std::to_string(cursor_.step);
    request.step = cursor_.step;
    request.generate = options_.generate;
    auto captions = caption_samples_with(*loaded_.model, adapter_.get(), loaded_.text, probes_,
                                         request, control_, {});
    if (!captions) return pass(std::move(captions).error(), "probe captions");
    if (control_.stop_requested()) return {};  // all or none: a resume makes them again
    for (const Caption& caption : *captions) MOELORA_TRY_STATUS(writer_->caption(caption));
    cursor_.probed_step = cursor_.step;
    return {};
}

// A checkpoint is whole or not there. On a full disk the run pauses, when it may, and tries again
// after a resume.
Status TrainRun::save() {
    adapter_->card().step = cursor_.step;
    for (;;) {
        auto saved =
            save_checkpoint(writer_->folder(), *adapter_, *trainer_, cursor_, writer_->lengths());
        if (saved) break;
        if (saved.error().code != ErrorCode::DiskFull || stop_on_disk_full_) return saved;
        control_.publish(IssueRaised{control_.job(), 0, {Severity::Error, saved.error(), {}, 1}});
        control_.pause_here();
        if (!control_.safe_point()) return saved;
    }
    saved_at_ = cursor_.step;
    MOELORA_TRY_STATUS(writer_->checkpoint({cursor_.step, checkpoint_name(cursor_.step)}));
    prune_checkpoints(writer_->folder(), options_.train.keep_last, cursor_.best_step);
    return run_store::write_status(writer_->folder(), RunStatus::Running, cursor_.step,
                                   counts_.total_updates);
}

// RUN/adapter: the native format; a plain LoRA in PEFT's layout, too.
Status TrainRun::finish() {
    adapter_->card().step = cursor_.step;
    MOELORA_TRY(AtomicFolder folder,
                AtomicFolder::begin(join_path(writer_->folder(), "adapter"), true));
    MOELORA_TRY_STATUS(save_native(*adapter_, folder.temporary()));
    if (auto peft = save_peft(*adapter_, folder.temporary());
        !peft && peft.error().code != ErrorCode::ExportRefused)
        return pass(std::move(peft).error(), "writing the adapter");
    return folder.commit();
}

}  // namespace moelora
