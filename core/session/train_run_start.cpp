// SPDX-License-Identifier: GPL-3.0-or-later
// TrainRun before its first update: data, model, adapter, and what run.json says of them.
#include <algorithm>
#include <filesystem>
#include <set>
#include <utility>

#include "core/options/config.h"
#include "core/session/adapter_start.h"
#include "core/session/device_memory.h"
#include "core/session/environment.h"
#include "core/session/exact_weights.h"
#include "core/session/probes.h"
#include "core/session/sample_list.h"
#include "core/session/session.h"
#include "core/session/train_inputs.h"
#include "core/session/train_run.h"

namespace moelora {
namespace {

std::int64_t count_parameters(const Adapter& adapter) {
    std::int64_t total = 0;
    for (const SiteSpec& site : adapter.sites()) total += site.parameters();
    return total;
}

// What may be the cause: pictures that the import left out.
void add_lost_pictures(Error& error, const std::vector<Issue>& issues) {
    constexpr std::size_t most = 3;
    for (const Issue& issue : issues) {
        if (issue.severity == Severity::Info || issue.error.arg("path").empty()) continue;
        if (error.context.size() == most) break;
        error.context.push_back(message_of(issue.error));
    }
    if (!error.context.empty())
        error.context.push_back("data.on_bad_picture=skip leaves out pictures that are gone");
}

std::map<std::string, std::string> prompts_by_task(const Dataset& data) {
    std::map<std::string, std::string> out;
    for (const DatasetSample& sample : data.samples) {
        if (sample.task.empty() || out.contains(sample.task)) continue;
        Dataset alone;
        alone.samples = {sample};
        out[sample.task] = caption_samples(alone).front().prompt;
    }
    return out;
}

// A run that goes on computes as before, whatever is predicted now; another budget is another wish.
Result<std::optional<std::int64_t>> recorded_recomputation(const std::string& run,
                                                           const std::string& budget) {
    if (run.empty()) return std::nullopt;
    const std::string file = join_path(run, run_mark);
    MOELORA_TRY(const Json json, read_json(file));
    std::optional<std::string> had;
    std::optional<std::int64_t> layers;
    if (json.is_object()) {
        had = as_string(json.value("/config/device/memory_budget"_json_pointer, Json("")));
        layers = as_int(json.value("recomputed_layers", Json(0)));  // older programs: none
    }
    if (!had || !layers || *layers < 0)
        return fail(ErrorCode::RunInvalid, {{"path", file}, {"why", "it has another format"}});
    return *had == budget ? layers : std::nullopt;
}

}  // namespace

Status TrainRun::prepare(const std::string& checkpoint, const std::string& run) {
    prepared_from_ = checkpoint;
    control_.loading("reading data", 0, 0);
    if (checkpoint.empty()) MOELORA_TRY_STATUS(take_start());
    if (const Status data = open_data(run); !data) {
        // The model is looked at all the same: whoever mends one wants to know of the other.
        if (auto model = load_model_config(options_.model.path); !model)
            control_.raise({{Severity::Error, std::move(model).error(), {}, 1}});
        return data;
    }
    MOELORA_TRY_STATUS(take_probes(checkpoint));
    stamps_.emplace(train_, validation_, probes_);  // before a model is loaded, which takes time
    MOELORA_TRY_STATUS(load_base([this](std::int64_t done, std::int64_t total) {
        control_.loading("loading model", done, total);
    }));
    for (const Dataset* part : {&train_, &validation_})
        MOELORA_TRY_STATUS(check_lengths(*part, loaded_.text, options_.data, control_));
    MOELORA_TRY_STATUS(check_tasks(train_, validation_, options_.adapter));
    counts_ = count_steps(static_cast<std::int64_t>(train_.samples.size()), options_.train);
    MOELORA_TRY_STATUS(make_adapter(checkpoint, [this](std::int64_t done, std::int64_t total) {
        control_.loading("decomposing weights", done, total);
    }));
    MOELORA_TRY_STATUS(evict_tower());
    make_trainer();
    evaluation_.emplace(options_, control_, validation_, probes_);
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

// A start from an adapter: its shapes and gates are those of the run, and its tasks keep their
// numbers.
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

Status TrainRun::open_data(const std::string& run) {
    const AtWork at_work = [this](std::int64_t seen) { control_.loading("reading data", seen, 0); };
    MOELORA_TRY(train_, open_dataset(options_.data, options_.train.seed, at_work));
    if (options_.data.on_bad_picture == OnBadPicture::Skip && !run.empty())
        data_fingerprint_ = restore_samples(run, train_);
    if (!run.empty())
        for (Issue& issue : pictures_changed_since(run, train_))
            start_issues_.push_back(std::move(issue));
    if (data_fingerprint_.empty()) data_fingerprint_ = data_fingerprint(train_);
    sample_list_ = sample_list_of(train_, data_fingerprint_);
    MOELORA_TRY(predicted_, predict_peak(options_, train_, control_));
    const auto budget = bytes_of_text(options_.device.memory_budget);
    if (budget && *budget - predicted_.bytes < predicted_.bytes / 4) tight_.emplace();
    MOELORA_TRY(const auto recorded, recorded_recomputation(run, options_.device.memory_budget));
    predicted_.recomputed_layers = recorded.value_or(predicted_.recomputed_layers);
    options_.train.pack_tokens = predicted_.pack_tokens;  // run.json says what a resume does, too
    validation_ =
        split_validation(train_, validation_wanted(options_.data, train_), options_.train.seed);
    for (Issue& leak : leaks_of_split(train_, validation_, at_work))
        train_.issues.push_back(std::move(leak));
    if (train_.samples.empty())
        return fail(ErrorCode::DatasetEmpty, {{"path", options_.data.path}});
    return {};
}

// Those that the run began with; a run without a file of them that can be read chooses them anew,
// and has one again.
Status TrainRun::take_probes(const std::string& checkpoint) {
    if (const std::string run = checkpoint.empty() ? "" : run_of_adapter(checkpoint);
        std::filesystem::exists(join_path(run, probes_file))) {
        auto kept = read_probes(run);
        if (kept) {
            probes_ = std::move(*kept);
            return check_probes();
        }
        start_issues_.push_back({Severity::Warning, std::move(kept).error(), {}, 1});
    }
    MOELORA_TRY(probes_, choose_probes(options_.data.probes, options_.train.probe_images, train_,
                                       validation_));
    probes_unwritten_ = true;
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

Status TrainRun::make_adapter(const std::string& checkpoint, const StartProgress& progress) {
    const auto seed = static_cast<std::uint64_t>(options_.train.seed);
    const std::string& start = checkpoint.empty() ? start_folder_ : checkpoint;
    if (start.empty()) {
        MOELORA_TRY(adapter_, Adapter::create(*loaded_.model, options_.adapter, seed,
                                              exact_weights(options_.model.path), progress));
    } else {
        MOELORA_TRY(adapter_, load_adapter(loaded_, start, seed, &options_.adapter));
    }
    adapter_->attach();
    AdapterCard& card = adapter_->card();
    card.base_path = options_.model.path;
    card.base_fingerprint = loaded_.fingerprint;
    card.prompt = options_.data.prompt;
    card.data = options_.data;
    card.data.sample_types = train_.sample_types;
    card.task_prompts = prompts_by_task(train_);
    card.compute_dtype = std::string(name_of_enum(loaded_.device.dtype));
    card.quantization = options_.model.quantization;
    card.vision_quantization = options_.model.vision_quantization;
    card.tasks = train_.tasks;
    return {};
}

void TrainRun::make_trainer() {
    trainer_ =
        std::make_unique<Trainer>(*loaded_.model, *adapter_, options_.train, counts_.total_updates);
    trainer_->recompute(predicted_.recomputed_layers);
}

// Each picture of the run is seen once, so that its features are kept.
Status TrainRun::evict_tower() {
    if (!options_.device.evict_vision || !loaded_.text.config.has_vision()) return {};
    reset_peaks(loaded_.device.name);  // what is needed here counts, as it is predicted
    std::set<std::string> seen;
    Dataset fresh;
    for (const Dataset* part : {&train_, &validation_})
        for (const DatasetSample& sample : part->samples) {
            const std::size_t before = seen.size();
            sample.for_each_picture([&](const std::string& path) { seen.insert(path); });
            if (seen.size() > before) fresh.samples.push_back(sample);
        }
    DataLoader loader(fresh, loaded_.text.encoder, 1, options_.train.seed, 0, 0,
                      loaded_.text.pad_id);
    for (std::int64_t done = 0; !control_.stop_requested(); ++done) {
        control_.loading("seeing pictures", done, std::ssize(fresh.samples));
        MOELORA_TRY(const Batch batch, loader.next());
        if (batch.ends_epoch()) break;
        if (batch.pixel_values.defined())
            (void)loaded_.model->encode_images(batch.pixel_values, batch.grid_thw);
    }
    loaded_.model->evict_vision();
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
        Error changed{ErrorCode::RunInputChanged,
                      {{"path", folder}, {"what", input.group}, {"found", input.found}},
                      {},
                      {}};
        if (input.found == options_.data.path) add_lost_pictures(changed, train_.issues);
        return pass(std::move(changed));
    }
    if (updates_made > counts_.total_updates)
        return fail(ErrorCode::OptionInvalid,
                    {{"option", "train.max_steps"},
                     {"value", std::to_string(counts_.total_updates)},
                     {"why", "the run has made " + std::to_string(updates_made) + " updates"}});
    return {};
}

std::vector<OptionDifference> TrainRun::elsewhere(const Json& run) const {
    const std::pair<const char*, std::string> facts[] = {
        {"dtype", std::string(name_of_enum(loaded_.device.dtype))},
        {"device", loaded_.device.name},
        {"program_version", std::string(program_version())}};
    std::vector<OptionDifference> out;
    for (const auto& [key, now] : facts) {
        const std::string before = as_string(run.value(key, Json())).value_or("");
        if (!before.empty() && before != now) out.push_back({key, before, now});
    }
    return out;
}

RunExtent TrainRun::extent() const {
    RunExtent out;
    out.parameters = plan_of(adapter_->sites(), adapter_->options()).bytes / 4;
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
    return plan.fits ? Status() : check_space(folder, plan.needed_bytes, plan.reserve_bytes);
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
            {"predicted_peak_bytes", predicted_.bytes},
            {"recomputed_layers", predicted_.recomputed_layers},
            {"sites", adapter_->sites().size()},
            {"device", loaded_.device.name},
            {"dtype", name_of_enum(loaded_.device.dtype)},
            {"environment", environment_record()}};
}

Status TrainRun::write_inputs(const std::string& folder) {
    MOELORA_TRY_STATUS(write_probes(folder, probes_));
    probes_unwritten_ = false;
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

}  // namespace moelora
