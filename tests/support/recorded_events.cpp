// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/recorded_events.h"

#include <cmath>
#include <limits>
#include <numbers>

#include "core/eval/captions.h"
#include "tests/support/fake_session.h"
#include "tests/support/recorded_provenance.h"

namespace moelora::test {

namespace {
constexpr const char* modules[] = {"q_proj",    "k_proj",  "v_proj",   "o_proj",
                                   "gate_proj", "up_proj", "down_proj"};
constexpr const char* tasks[] = {"chinese", "count", "tags"};
constexpr const char* kinds[] = {"image", "prompt", "response"};
constexpr std::int64_t probeEvery = 50, probes = 4;

// A repeatable wobble between -1 and 1.
double wobble(std::int64_t i, std::int64_t j = 0) {
    const double x = std::sin(static_cast<double>(i * 127 + j * 311)) * 43758.5453;
    return 2 * (x - std::floor(x)) - 1;
}

std::string imageName(std::int64_t i) {
    std::string number = std::to_string(i);
    return "held_out/images/" + std::string(4 - number.size(), '0') + number + ".webp";
}

struct Texts {
    const char *task, *prompt, *base, *adapted, *reference;
};
constexpr Texts texts[] = {
    {"tags", "List the tags.", "Two cars left of a turtle in the snow.",
     "car x2 | turtle x1 | snow", "car x2 | turtle x1 | snow"},
    {"chinese", "用中文描述图片。", "A pumpkin left of a car at night.",
     "夜空下，一个南瓜在一辆汽车的左边。", "夜空下，一个南瓜在一辆汽车的左边。"},
    {"count", "How many things are there?", "A bus above a mushroom in the meadow.",
     "2 things: 1 bus + 1 mushroom", "2 things: 1 bus + 1 mushroom"},
    {"base", "Describe the picture.", "A strawberry above two turtles on the beach.",
     "A strawberry above two turtles on the beach.",
     "A strawberry above two turtles on the beach."},
    {"count", "How many things are there?", "Three fish in the sea.", "3 things: 3 fishes",
     "3 things: 3 fish"}};
constexpr std::int64_t textCount = sizeof texts / sizeof texts[0];

StepRecord stepAt(std::int64_t step, const Recording& r) {
    const double t = static_cast<double>(step) / static_cast<double>(r.steps);
    StepRecord s;
    s.step = step;
    s.epoch = 4 * t;
    s.loss = step == r.nanStep ? std::numeric_limits<double>::quiet_NaN()
                               : (3.2 * std::exp(-6 * t) + 0.12) * (1 + 0.18 * wobble(step));
    s.grad_norm = 1.2 + 0.4 * wobble(step, 1);
    s.lr =
        5e-3 * (t < 0.05 ? t / 0.05 : 0.5 * (1 + std::cos(std::numbers::pi * (t - 0.05) / 0.95)));
    s.samples_seen = step * 24;
    s.targets = 310;
    s.step_ms = 410 + 20 * wobble(step, 2);
    s.samples_per_s = 24000 / s.step_ms;
    s.tokens_per_s = s.samples_per_s * 38;
    s.peak_mem_bytes = 512000000;
    return s;
}

std::vector<double> weightsAt(std::int64_t site, std::int64_t experts, double sharpness,
                              std::int64_t salt) {
    std::vector<double> w;
    double sum = 0;
    for (std::int64_t e = 0; e < experts; ++e) {
        w.push_back(std::exp(sharpness * wobble(site * 17 + e, salt)));
        sum += w.back();
    }
    for (double& value : w) value /= sum;
    return w;
}

RouterRecorded routerAt(JobId job, std::int64_t step, const Recording& r) {
    RouterRecorded event{.job = job};
    const double sharpness = 1.6 * static_cast<double>(step) / static_cast<double>(r.steps);
    for (std::int64_t layer = 0; layer < r.layers; ++layer)
        for (std::int64_t m = 0; m < 7; ++m) {
            RouterRecord record{.step = step, .layer = layer, .module = modules[m]};
            record.site = "model.language_model.layers." + std::to_string(layer) +
                          (m < 4 ? ".self_attn." : ".mlp.") + modules[m];
            record.weight = weightsAt(layer * 7 + m, r.experts, sharpness, 0);
            record.load = record.weight;
            record.entropy = 1 - 0.2 * sharpness;
            record.effective_experts = 4 - sharpness;
            record.tokens = 1440;
            for (std::int64_t t = 0; t < 3; ++t)
                record.by_task[tasks[t]] = weightsAt(layer * 7 + m, r.experts, sharpness, t + 1);
            for (std::int64_t k = 0; k < 3; ++k)
                record.by_kind[kinds[k]] = weightsAt(layer * 7 + m, r.experts, sharpness, k + 4);
            record.probability = record.weight;
            record.marginal_entropy = 1 - 0.1 * sharpness;
            event.records.push_back(std::move(record));
        }
    return event;
}

void addProbes(std::vector<Event>& events, JobId job, std::int64_t step, std::int64_t steps) {
    for (std::int64_t i = 0; i < probes; ++i) {
        const Texts& t = texts[i];
        Caption caption{.sample = "probe-" + std::to_string(i),
                        .variant = "step " + std::to_string(step),
                        .image = imageName(i),
                        .prompt = t.prompt,
                        .task = t.task};
        caption.text = step == 0 ? t.base
                       : step < steps / 2
                           ? std::string(t.adapted).substr(0, std::string(t.adapted).find(' '))
                           : t.adapted;
        caption.step = step;
        events.push_back(CaptionFinished{.job = job, .caption = std::move(caption)});
    }
}

void number(std::vector<Event>& events) {
    std::int64_t seq = 0;
    for (Event& event : events)
        if (std::int64_t* at = seq_of(event)) *at = ++seq;
}
}  // namespace

std::vector<UpdateSample> recordedUpdate(std::int64_t step) {
    std::vector<UpdateSample> out;
    for (std::int64_t i = 0; i < 4; ++i) {
        const Texts& t = texts[(step + i) % textCount];
        UpdateSample one;
        one.sample = {.id = std::to_string(4 * step + i),
                      .image = imageName(step + i),
                      .prompt = t.prompt,
                      .task = t.task,
                      .references = {t.reference}};
        one.micro_batch = i / 2;
        one.loss = 0.5 + 0.25 * static_cast<double>(i / 2);
        out.push_back(std::move(one));
    }
    return out;
}

HardwareReport recordedHardware() {
    HardwareReport h;
    h.processor = "AMD EPYC 7763";
    h.instructions = "AVX2";
    h.cores = h.threads = 2;
    h.memory_bytes = 8'000'000'000;
    h.free_bytes = 6'000'000'000;
    h.no_gpu = "no NVIDIA driver";
    return h;
}

std::vector<Event> recordedRun(JobId job, const Recording& r) {
    std::vector<Event> events = {
        JobStateChanged{.job = job, .from = JobState::Queued, .to = JobState::Loading},
        StageProgress{job, "loading model", 7, 15},
        RunStarted{.job = job,
                   .run = "20261124-0912-soft",
                   .path = "runs/20261124-0912-soft",
                   .total_steps = r.steps,
                   .trainable_parameters = 374784,
                   .sites = r.layers * 7,
                   .device = "cpu",
                   .dtype = "fp32"},
        JobStateChanged{.job = job, .from = JobState::Loading, .to = JobState::Running}};
    addProbes(events, job, 0, r.steps);
    for (std::int64_t step = 1; step <= r.steps; ++step) {
        events.push_back(StepRecorded{.job = job, .record = stepAt(step, r)});
        if (r.experts > 1) events.push_back(routerAt(job, step, r));
        if (step == r.nanStep)
            events.push_back(
                NoteRaised{.job = job,
                           .note = {step,
                                    "TRAIN-001",
                                    "The loss became nan in update " + std::to_string(step) +
                                        "; the update was skipped.",
                                    {"0007"}}});
        if (step % probeEvery == 0 || step == r.steps) {
            events.push_back(
                EvalRecorded{.job = job, .record = {step, stepAt(step, r).loss * 1.1, 900}});
            addProbes(events, job, step, r.steps);
            events.push_back(CheckpointSaved{
                .job = job, .info = {step, "checkpoints/step-" + std::to_string(step)}});
        }
        events.push_back(ResourceSampled{job, 540000000, 0});
    }
    JobStateChanged last{.job = job,
                         .from = JobState::Running,
                         .to = r.fails ? JobState::Failed : JobState::Finished,
                         .output = "runs/20261124-0912-soft"};
    if (r.fails)
        last.error = Error{ErrorCode::LossNotFinite,
                           {{"value", "nan"}, {"step", "12"}, {"samples", "0007"}},
                           {},
                           {}};
    events.push_back(last);
    number(events);
    return events;
}

namespace {
// The update of a record; -1 for what belongs to the run as a whole.
std::int64_t updateOf(const Event& event) {
    if (const auto* e = std::get_if<StepRecorded>(&event)) return e->record.step;
    if (const auto* e = std::get_if<RouterRecorded>(&event)) return e->records.front().step;
    if (const auto* e = std::get_if<EvalRecorded>(&event)) return e->record.step;
    if (const auto* e = std::get_if<CheckpointSaved>(&event)) return e->info.step;
    if (const auto* e = std::get_if<NoteRaised>(&event)) return e->note.step;
    if (const auto* e = std::get_if<CaptionFinished>(&event)) return e->caption.step;
    return -1;
}
}  // namespace

std::vector<Event> recordedStore(const Recording& r) {
    if (r.interruptedAt == 0) return recordedRun(0, r);
    std::vector<Event> events, captions;
    for (const Event& event : recordedRun(0, r)) {
        if (updateOf(event) > r.interruptedAt || std::holds_alternative<JobStateChanged>(event))
            continue;
        const bool caption = std::holds_alternative<CaptionFinished>(event);
        if (!caption && !captions.empty() && updateOf(event) > updateOf(captions.front())) {
            events.insert(events.end(), captions.begin(), captions.end());
            captions.clear();
        }
        (caption ? captions : events).push_back(event);
    }
    events.insert(events.end(), captions.begin(), captions.end());
    events.push_back(JobStateChanged{
        .job = 0, .from = JobState::Running, .to = JobState::Cancelled, .output = "runs/x"});
    number(events);
    return events;
}

std::vector<Event> recordedResume(JobId job, const Recording& r) {
    if (r.interruptedAt == 0) return recordedRun(job, r);
    const std::int64_t from = r.interruptedAt / probeEvery * probeEvery;
    std::vector<Event> events;
    for (const Event& event : recordedRun(job, r)) {
        if (std::holds_alternative<RunStarted>(event))
            events.push_back(CheckpointSaved{
                .job = job, .info = {from, "checkpoints/step-" + std::to_string(from)}});
        const bool ofTheRun =
            updateOf(event) < 0 && !std::holds_alternative<ResourceSampled>(event);
        if (ofTheRun || updateOf(event) > from) events.push_back(event);
    }
    number(events);
    return events;
}

Comparison recordedComparison() {
    Comparison c;
    for (std::int64_t i = 0; i < 15; ++i) {
        const Texts& t = texts[i % textCount];
        ComparedSample s;
        s.sample = {std::to_string(i), imageName(i), t.prompt, t.task, {t.reference}};
        s.base = {.sample = s.sample.id, .variant = "base", .text = t.base};
        s.adapted = {.sample = s.sample.id, .variant = "adapted", .text = t.adapted};
        s.diff = word_diff(t.base, t.adapted);
        const bool before = exact_match(t.base, s.sample.references),
                   after = exact_match(t.adapted, s.sample.references);
        for (auto [metrics, exact] : {std::pair{&c.base, before}, std::pair{&c.adapted, after}}) {
            metrics->samples += 1;
            metrics->exact += exact;
            auto& [taskExact, taskAll] = metrics->by_task[t.task];
            taskExact += exact;
            taskAll += 1;
        }
        c.samples.push_back(std::move(s));
    }
    c.provenance = recorded_provenance();
    c.self_test = {true, true, 4.1, 28};
    return c;
}

std::vector<Event> recordedCompare(JobId job) {
    std::vector<Event> events = {
        JobStateChanged{.job = job, .from = JobState::Queued, .to = JobState::Loading},
        JobStateChanged{.job = job, .from = JobState::Loading, .to = JobState::Running},
        StageProgress{job, "captioning", 6, 15},
        ComparisonFinished{.job = job, .comparison = recordedComparison(), .folder = "comparison"},
        JobStateChanged{.job = job,
                        .from = JobState::Running,
                        .to = JobState::Finished,
                        .output = "comparison"}};
    number(events);
    return events;
}

std::vector<Event> recordedColumn(JobId job, const CompareSpec& spec) {
    Comparison c = recordedComparison();
    const auto rows = static_cast<std::size_t>(spec.limit);
    if (c.samples.size() > rows) c.samples.resize(rows);
    std::vector<Event> events = {
        JobStateChanged{.job = job, .from = JobState::Queued, .to = JobState::Loading},
        StageProgress{job, "loading model", 3, 15},
        JobStateChanged{.job = job, .from = JobState::Loading, .to = JobState::Running}};
    std::int64_t done = 0;
    for (ComparedSample& s : c.samples) {
        for (Caption* caption : {&s.base, &s.adapted}) {
            caption->image = s.sample.image;
            caption->prompt = s.sample.prompt;
            caption->task = s.sample.task;
        }
        std::string& said = s.adapted.text;
        if (spec.adapter.ends_with("step-20")) said = said.substr(0, said.find(' '));
        if (spec.adapter.ends_with("step-40") && done % 2 == 1) said = s.base.text;
        events.push_back(CaptionProgress{job, s.sample.id, "adapted", said.substr(0, 3)});
        events.push_back(CaptionFinished{.job = job, .caption = s.base});
        events.push_back(CaptionFinished{.job = job, .caption = s.adapted});
        events.push_back(
            StageProgress{job, "captioning", ++done, static_cast<std::int64_t>(c.samples.size())});
    }
    c.provenance.adapter_path = spec.adapter;
    events.push_back(ComparisonFinished{.job = job, .comparison = std::move(c), .folder = {}});
    events.push_back(
        JobStateChanged{.job = job, .from = JobState::Running, .to = JobState::Finished});
    number(events);
    return events;
}

ModelSummary recordedModel(const std::string& path) {
    ModelSummary m{
        .path = path, .family = "qwen3_vl", .dtype = "fp32", .tokenizer = "tokenizer.json"};
    m.parameters_total = 3712384;
    m.parameters_text = 2604288;
    m.parameters_vision = 1108096;
    m.processor = "preprocessor_config.json";
    m.layers = 4;
    m.vision_layers = 2;
    m.hidden = 192;
    m.vocab = 713;
    m.tied = true;
    m.files = {{"config.json", 1830}, {"model.safetensors", 14850000}, {"tokenizer.json", 31000}};
    return m;
}

AdapterPlan recordedPlan(const AdapterOptions& options) {
    AdapterPlan plan;
    for (std::int64_t layer = 0; layer < 4; ++layer)
        for (std::int64_t m = 0; m < 7; ++m) {
            const std::int64_t in = m == 6 ? 576 : 192, out = m == 4 || m == 5 ? 576 : 192;
            SitePlan site{"model.language_model.layers." + std::to_string(layer) + "." + modules[m],
                          modules[m],
                          layer,
                          in,
                          out,
                          options.num_experts,
                          options.rank,
                          options.top_k,
                          0};
            site.parameters = options.num_experts * options.rank * (in + out) +
                              (options.num_experts > 1 ? options.num_experts * in : 0);
            plan.total += site.parameters;
            plan.sites.push_back(std::move(site));
        }
    plan.bytes = plan.total * 4;
    for (std::int64_t m = 0; m < 7; ++m)
        plan.modules.push_back(
            {modules[m], false, m == 6 ? 576 : 192, m == 4 || m == 5 ? 576 : 192, 4, 4});
    plan.modules.push_back({"qkv", true, 128, 384, 2, 0});
    return plan;
}

DatasetSummary recordedDataset(const std::string& path) {
    DatasetSummary d{.path = path,
                     .format = "messages JSONL",
                     .evidence = "data.jsonl has messages[].role",
                     .samples = 1875,
                     .images = 500};
    d.tasks = {{"base", 375}, {"chinese", 500}, {"count", 500}, {"tags", 500}};
    d.tokens = TokenCounts{54, 39, 47, 0};
    d.tokens->limit = 4096;
    constexpr std::int64_t samples[] = {12, 140, 510, 660, 380, 131, 31, 9, 2};
    for (std::int64_t i = 0; i < 9; ++i)
        d.tokens->histogram.push_back({20 + 4 * i, 24 + 4 * i, samples[i]});
    for (std::int64_t i = 0; i < 20; ++i)
        d.tokens->worst.push_back({std::to_string(100 + 37 * i),
                                   "held_out/images/" + std::to_string(100100 + 37 * i) + ".webp",
                                   38 - i, 16});
    d.issues = {Issue{Severity::Warning, Error{ErrorCode::CaptionEmpty, {}, {}, {}},
                      Place{"data.jsonl", 17, {}}, 2}};
    for (std::int64_t i = 0; i < 4; ++i)
        d.preview.push_back({std::to_string(i),
                             imageName(i),
                             texts[i].prompt,
                             texts[i].task,
                             {texts[i].reference}});
    return d;
}

Picture recordedPicture(const std::string& path, std::int64_t max_side) {
    Picture p{max_side, max_side * 3 / 4, {}};
    const auto hash = static_cast<std::int64_t>(std::hash<std::string>{}(path) % 997);
    for (std::int64_t y = 0; y < p.height; ++y)
        for (std::int64_t x = 0; x < p.width; ++x)
            for (std::int64_t c = 0; c < 3; ++c)
                p.rgb.push_back(static_cast<std::uint8_t>(
                    (hash * (c + 1) + x * 90 / p.width + y * 120 / p.height) % 256));
    return p;
}

std::vector<RunSummary> recordedRuns() {
    std::vector<RunSummary> runs;
    const std::pair<const char*, RunStatus> rows[] = {{"soft-e4-r8", RunStatus::Finished},
                                                      {"lora-r8", RunStatus::Finished},
                                                      {"soft-e8-r4", RunStatus::Interrupted},
                                                      {"quick-look", RunStatus::Failed}};
    std::int64_t hour = 9;
    for (const auto& [name, status] : rows) {
        const std::string at =
            "2026112" + std::to_string(hour % 4) + "-0" + std::to_string(hour) + "1200-" + name;
        RunSummary run{.id = at,
                       .path = "runs/" + at,
                       .name = name,
                       .model = "demo/model",
                       .data = "demo/data/data.jsonl",
                       .preset = std::string(name).substr(0, std::string(name).find('-'))};
        run.started_utc = "2026-11-24T0" + std::to_string(hour--) + ":12:00Z";
        run.status = status;
        run.total_steps = 400;
        run.step = status == RunStatus::Finished ? 400 : status == RunStatus::Failed ? 12 : 220;
        run.last_loss = 0.123;
        run.has_adapter = status == RunStatus::Finished;
        if (status != RunStatus::Failed) run.checkpoints = {{run.step, "checkpoints/step"}};
        runs.push_back(std::move(run));
    }
    return runs;
}

}  // namespace moelora::test
