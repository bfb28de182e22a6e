// SPDX-License-Identifier: GPL-3.0-or-later
// Canned views of single samples: as training reads them, and how they are routed.
#include "tests/support/recorded_events.h"

namespace moelora::test {

namespace {
constexpr std::int64_t rows = 6, columns = 8, experts = 4, layers = 4;

// Layer by layer another expert is preferred: by quarters of the picture, then by token.
std::vector<float> weightsOf(std::int64_t tokens, std::int64_t firstVisual, std::int64_t layer,
                             std::int64_t forced) {
    std::vector<float> out;
    for (std::int64_t t = 0; t < tokens; ++t) {
        const std::int64_t place = t - firstVisual;
        const bool visual = place >= 0 && place < rows * columns;
        const std::int64_t quarter =
            (place / columns >= rows / 2 ? 2 : 0) + (place % columns >= columns / 2 ? 1 : 0);
        const std::int64_t best = forced >= 0 ? forced : ((visual ? quarter : t) + layer) % experts;
        for (std::int64_t e = 0; e < experts; ++e)
            out.push_back(forced >= 0 ? (e == best ? 1.0F : 0.0F) : (e == best ? 0.55F : 0.15F));
    }
    return out;
}
}  // namespace

std::vector<Event> recordedRouting(JobId job, const RoutingSpec& spec) {
    RoutingTrace trace;
    trace.sample = spec.sample;
    trace.caption = spec.caption.empty() ? "car x2 | turtle x1 | snow" : spec.caption;
    trace.forced = spec.force_expert;
    trace.grid_rows = rows;
    trace.grid_columns = columns;
    for (const char* text : {"<|im_start|>", "user", "\n", "<|vision_start|>"})
        trace.tokens.push_back({text, "prompt"});
    trace.first_visual = static_cast<std::int64_t>(trace.tokens.size());
    for (std::int64_t i = 0; i < rows * columns; ++i)
        trace.tokens.push_back({"<|image_pad|>", "image"});
    for (const char* text : {"<|vision_end|>", "List", " the", " tags", "."})
        trace.tokens.push_back({text, "prompt"});
    for (const char* text : {"car", " x2", " |", " turtle", " x1", " |", " snow", "<|im_end|>"})
        trace.tokens.push_back({text, "response"});
    const auto tokens = static_cast<std::int64_t>(trace.tokens.size());
    for (std::int64_t layer = 0; layer < layers; ++layer)
        for (const char* module : {"q_proj", "down_proj"})
            trace.sites.push_back(
                {"model.language_model.layers." + std::to_string(layer) + "." + module, module,
                 layer, false, experts,
                 weightsOf(tokens, trace.first_visual, layer, spec.force_expert)});
    std::vector<Event> events = {
        JobStateChanged{.job = job, .from = JobState::Queued, .to = JobState::Loading},
        JobStateChanged{.job = job, .from = JobState::Loading, .to = JobState::Running},
        RoutingTraced{job, 0, std::move(trace)},
        JobStateChanged{.job = job, .from = JobState::Running, .to = JobState::Finished}};
    std::int64_t seq = 0;
    for (Event& event : events) *seq_of(event) = ++seq;
    return events;
}

SampleView recordedView(const std::string& id) {
    SampleView view;
    view.rendered = "<|im_start|>user\nList the tags.<|im_end|>\n<|im_start|>assistant\ncar x2";
    view.pictures = {recordedPicture(id, 64)};
    const std::int64_t visual = rows * columns;
    view.tokens = {{"<|im_start|>", false, 1, -1}, {"user", false, 1, -1},
                   {"\n", false, 1, -1},           {"<|image_pad|>", false, visual, 0},
                   {"List", false, 1, -1},         {" the", false, 1, -1},
                   {" tags", false, 1, -1},        {".", false, 1, -1},
                   {"<|im_end|>", false, 1, -1},   {"car", true, 1, -1},
                   {" x2", true, 1, -1},           {"<|im_end|>", true, 1, -1}};
    view.visual = visual;
    view.learnt = 3;
    view.text = static_cast<std::int64_t>(view.tokens.size()) - 1;
    return view;
}

}  // namespace moelora::test
