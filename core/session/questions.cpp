// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/questions.h"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <mutex>
#include <set>

#include "core/adapter/plan.h"
#include "core/data/at_work.h"
#include "core/data/doctor.h"
#include "core/data/issue_list.h"
#include "core/image/image.h"
#include "core/io/files.h"
#include "core/session/adapter_start.h"
#include "core/session/disk_plan.h"
#include "core/session/loaded_model.h"
#include "core/session/token_budget.h"
#include "core/session/train_inputs.h"
#include "core/session/written_folder.h"
#include "core/train/schedule.h"

namespace moelora::questions {
namespace {

constexpr std::size_t preview_samples = 24, listed_long_samples = 20;

// Lengths of all samples from headers; a sample that cannot be measured becomes an issue.
TokenCounts count_all(const Dataset& dataset, const TextSide& text, std::int64_t limit,
                      std::vector<Issue>& issues, Ticker& ticker) {
    std::vector<SampleTokens> lengths;
    std::size_t listed = 0;
    for (const DatasetSample& sample : dataset.samples) {
        ticker.tick();
        const Place place{sample.file, sample.line, sample.id};
        const Conversation conversation = sample.conversation();
        const auto length = text.encoder.measure(conversation);
        if (!length) {
            issues.push_back({Severity::Error, length.error(), place, 1});
            continue;
        }
        const auto pictures = shown_images(conversation);
        lengths.push_back({sample.id, pictures.empty() ? std::string() : pictures.front(),
                           length->text, length->visual});
        if (length->all() > limit && ++listed <= listed_long_samples)
            issues.push_back({Severity::Error,
                              Error{ErrorCode::SampleTooLong,
                                    {{"sample", sample.id},
                                     {"tokens", std::to_string(length->all())},
                                     {"limit", std::to_string(limit)}},
                                    {},
                                    {}},
                              place, 1});
    }
    return token_budget(std::move(lengths), limit);
}

Result<DatasetSummary> summary_of(const Dataset& dataset, const DataOptions& data,
                                  const std::string& model, const AtWork& at_work) {
    DatasetSummary out;
    out.path = dataset.path;
    out.format = dataset.format;
    out.evidence = dataset.evidence;
    out.samples = static_cast<std::int64_t>(dataset.samples.size());
    out.images = dataset.images;
    out.issues = dataset.issues;
    for (const DatasetSample& sample : dataset.samples)
        if (!sample.task.empty()) ++out.tasks[sample.task];
    for (const std::string& name : dataset.sample_types) {
        const auto is_of = [&](const DatasetSample& sample) { return sample.sample_type == name; };
        out.sample_types.emplace_back(
            name, std::count_if(dataset.samples.begin(), dataset.samples.end(), is_of));
    }
    if (!model.empty()) {
        Ticker ticker(at_work);
        MOELORA_TRY(const TextSide text, load_text_side(model, data));
        out.tokens = count_all(dataset, text, data.max_length, out.issues, ticker);
    }
    out.preview = caption_samples(dataset);
    if (out.preview.size() > preview_samples) out.preview.resize(preview_samples);
    return out;
}

// The last tokenizer asked for, as long as its file is the same: a tokenizer of 150,000 pieces
// takes a second to load, and whole files are tokenized line by line.
Result<std::shared_ptr<const Tokenizer>> tokenizer_of(const std::string& model) {
    namespace fs = std::filesystem;
    static std::mutex mutex;
    static std::string last;
    static std::shared_ptr<const Tokenizer> kept;
    std::error_code error;
    const fs::path file = Tokenizer::file_of(model);
    const std::string key =
        fs::absolute(file, error).string() + '\n' + std::to_string(fs::file_size(file, error)) +
        '\n' + std::to_string(fs::last_write_time(file, error).time_since_epoch().count());
    const std::lock_guard lock(mutex);
    if (!kept || key != last) {
        MOELORA_TRY(Tokenizer loaded, Tokenizer::load(model));
        kept = std::make_shared<const Tokenizer>(std::move(loaded));
        last = key;
    }
    return kept;
}

// Linears of one name and shape are one kind.
std::vector<ModuleKind> module_kinds(const std::vector<LinearShape>& linears,
                                     const std::vector<SitePlan>& sites) {
    std::set<std::string> adapted;
    for (const SitePlan& site : sites) adapted.insert(site.site);
    std::vector<ModuleKind> out;
    for (const LinearShape& linear : linears) {
        auto kind = std::find_if(out.begin(), out.end(), [&](const ModuleKind& k) {
            return k.module == linear.module && k.vision == linear.vision && k.in == linear.in &&
                   k.out == linear.out;
        });
        if (kind == out.end())
            kind =
                out.insert(out.end(), {linear.module, linear.vision, linear.in, linear.out, 0, 0});
        kind->layers += 1;
        kind->adapted += adapted.contains(linear.path) ? 1 : 0;
    }
    return out;
}

// Whether tokenizer and processor can be used with the model; files that are missing are known.
void check_forms(ModelSummary& summary) {
    const std::string& folder = summary.path;
    const auto config = load_model_config(folder);
    if (!config) return;
    const std::size_t before = summary.issues.size();
    const auto add = [&](const auto& checked, const std::string& item) {
        if (!checked)
            summary.issues.push_back({Severity::Error, checked.error(), {folder, 0, item}, 1});
    };
    if (!summary.tokenizer.empty()) add(tokenizer_of(folder), summary.tokenizer);
    if (!config->has_vision()) return;
    const std::string file = "preprocessor_config.json";
    const VisionConfig& vision = config->vision;
    if (std::filesystem::exists(join_path(folder, file))) {
        const auto processor = load_processor_config(folder);
        add(processor, file);
        if (processor)
            add(check_processor(*processor, vision.patch_size, vision.temporal_patch_size,
                                vision.merge_size, folder),
                file);
    }
    if (summary.issues.size() == before && summary.missing.empty())
        add(load_text_side(folder, {}), summary.tokenizer);
}

}  // namespace

Result<ModelSummary> inspect_model(const std::string& path) {
    MOELORA_TRY(ModelSummary summary, summarize_model(path));
    check_forms(summary);
    return summary;
}

Result<AdapterPlan> plan_adapter(const std::string& model, const AdapterOptions& options) {
    MOELORA_TRY(const ModelConfig config, load_model_config(model));
    const std::vector<LinearShape> linears = linear_shapes(config);
    MOELORA_TRY(const AdapterStart start, adapter_start(linears, options));
    AdapterPlan plan = plan_of(start.sites, start.options);
    plan.modules = module_kinds(linears, plan.sites);
    plan.issues.insert(plan.issues.end(), start.issues.begin(), start.issues.end());
    return plan;
}

Result<DiskPlan> plan_disk(const RunSpec& spec, const std::string& runs_dir) {
    const RunOptions& options = spec.options;
    MOELORA_TRY(const AdapterPlan plan, plan_adapter(options.model.path, options.adapter));
    MOELORA_TRY(Dataset data, open_dataset(options.data, options.train.seed));
    const Dataset validation =
        split_validation(data, validation_wanted(options.data, data), options.train.seed);
    const auto samples = static_cast<std::int64_t>(data.samples.size());
    RunExtent extent =
        extent_of(plan, options.train, count_steps(samples, options.train).total_updates);
    extent.evaluates = !validation.samples.empty();
    extent.tasks = static_cast<std::int64_t>(data.tasks.size());
    return moelora::plan_disk(extent, options.train, spec.out.empty() ? runs_dir : spec.out);
}

Result<DatasetSummary> check_dataset(const DataOptions& data, const std::string& model,
                                     std::int64_t seed) {
    MOELORA_TRY(Dataset dataset, open_dataset(data, seed));
    MOELORA_TRY(DatasetSummary out, summary_of(dataset, data, model, {}));
    const double wanted = validation_wanted(data, dataset);
    if (wanted <= 0) return out;
    const Dataset held = split_validation(dataset, wanted, seed);
    for (Issue& leak : leaks_of_split(dataset, held)) out.issues.push_back(std::move(leak));
    return out;
}

namespace {

struct Stopped {};  // leaves an examination; caught there alone

Status examine_in(DatasetExamination& out, const DataOptions& data, const std::string& model,
                  const std::function<bool(std::int64_t, std::int64_t)>& go_on, std::int64_t seed) {
    const AtWork at_work = [&](std::int64_t seen) {
        if (go_on && !go_on(seen, 0)) throw Stopped{};
    };
    MOELORA_TRY(Dataset dataset, open_dataset(data, seed, at_work));
    MOELORA_TRY(out.summary, summary_of(dataset, data, model, at_work));
    DoctorOptions options;
    options.cache = default_doctor_cache();
    options.go_on = go_on;
    MOELORA_TRY(DoctorReport report, examine(dataset, data, options));
    out.decoded = report.decoded;
    out.known = report.cached;
    out.cancelled = report.cancelled;
    std::vector<Issue>& issues = out.summary.issues;
    issues.insert(issues.end(), report.issues.begin(), report.issues.end());
    const double wanted = validation_wanted(data, dataset);
    if (wanted <= 0 || out.cancelled) return {};
    const Dataset held = split_validation(dataset, wanted, seed);
    IssueList list(issues);
    for (std::vector<Issue> leaks :
         {leaks_between(dataset, held, at_work), alike_between(dataset, held, report.alike)})
        for (Issue& leak : leaks) list.add(std::move(leak));
    return {};
}

}  // namespace

Result<DatasetExamination> examine_dataset(
    const DataOptions& data, const std::string& model,
    const std::function<bool(std::int64_t, std::int64_t)>& go_on, std::int64_t seed) {
    DatasetExamination out;
    try {
        MOELORA_TRY_STATUS(examine_in(out, data, model, go_on, seed));
    } catch (const Stopped&) {
        out.cancelled = true;
    }
    return out;
}

Result<AdapterSummary> inspect_adapter(const std::string& path) {
    std::error_code error;
    std::string place = path;
    if (!std::filesystem::is_regular_file(path, error)) {
        MOELORA_TRY(place, resolve_adapter_folder(path));
    }
    MOELORA_TRY(AdapterSummary summary, summarize_adapter(place));
    const WrittenFolder written = written_adapter(summary.path, true);
    summary.listed_in = written.listed_in;
    summary.files_whole = written.whole.has_value();
    if (!summary.files_whole)
        summary.issues.push_back(
            {Severity::Error, written.whole.error(), Place{summary.path, 0, {}}, 1});
    return summary;
}

Result<std::vector<std::int64_t>> tokenize(const std::string& model, const std::string& text) {
    MOELORA_TRY(const auto tokenizer, tokenizer_of(model));
    return tokenizer->encode(text);
}

Result<std::string> detokenize(const std::string& model, const std::vector<std::int64_t>& ids) {
    MOELORA_TRY(const auto tokenizer, tokenizer_of(model));
    const std::int64_t size = tokenizer->vocabulary_size();
    for (const std::int64_t id : ids)
        if (id < 0 || id >= size)
            return fail(
                ErrorCode::UsageInvalid,
                {{"why", "There is no token " + std::to_string(id) +
                             "; those of this model are 0 to " + std::to_string(size - 1) + "."}});
    return tokenizer->decode(ids);
}

Result<Picture> load_picture(const std::string& path, std::int64_t max_side) {
    MOELORA_TRY(RgbImage image, load_image(path, AlphaRule::White));
    const std::int64_t longest = std::max(image.width, image.height);
    if (max_side > 0 && longest > max_side) {
        const auto shrunk = [&](std::int64_t side) {
            return std::max<std::int64_t>(1, side * max_side / longest);
        };
        image = resize_bicubic(image, {shrunk(image.width), shrunk(image.height)},
                               Resampler::Torchvision);
    }
    return Picture{image.width, image.height, std::move(image.pixels)};
}

}  // namespace moelora::questions
