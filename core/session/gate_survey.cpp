// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/gate_survey.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <map>
#include <sstream>

#include "core/session/captioner.h"
#include "core/session/exact_weights.h"
#include "core/train/batch_pass.h"

namespace moelora {
namespace {

constexpr std::size_t rows_a_pass = 8;
constexpr std::int64_t fresh_seed = 0;

struct Chosen {
    std::vector<std::string> tasks;
    std::vector<EncodedSample> samples;
};

// A task router is asked with the numbers it was trained with. Other routers know no tasks: there
// the names of the data join those of the adapter, for the statistics, and "" stands for none.
Status number_tasks(EncodedSample& encoded, const Adapter& adapter, const CaptionSample& sample,
                    std::vector<std::string>& names) {
    MOELORA_TRY_STATUS(set_tasks(encoded, &adapter, sample));
    if (adapter.options().router == RouterKind::Task) return {};
    std::vector<std::string> parts{""};
    if (!sample.task.empty()) {
        parts.clear();
        std::istringstream text(sample.task);
        for (std::string part; std::getline(text, part, '|');) parts.push_back(part);
    }
    encoded.tasks.clear();
    for (const std::string& part : parts) {
        if (number_of(names, part) < 0) names.push_back(part);
        encoded.tasks.push_back(number_of(names, part));
    }
    return {};
}

// Spread over the data, in its order.
Result<Chosen> choose(const TextSide& text, const Adapter& adapter,
                      const std::vector<CaptionSample>& samples, std::int64_t per_task) {
    std::map<std::string, std::vector<const CaptionSample*>> of_task;
    for (const CaptionSample& sample : samples) of_task[sample.task].push_back(&sample);
    Chosen out;
    out.tasks = adapter.card().tasks;
    for (const auto& [task, all] : of_task) {
        const auto wanted = std::min(static_cast<std::size_t>(per_task), all.size());
        for (std::size_t i = 0; i < wanted; ++i) {
            const CaptionSample& sample = *all[i * all.size() / wanted];
            Conversation conversation = caption_conversation(sample);
            const bool answer = !sample.references.empty();
            conversation.add_generation_prompt = !answer;
            if (answer)
                conversation.messages.push_back(
                    {"assistant", {{ChatPart::Kind::Text, sample.references.front()}}});
            MOELORA_TRY(EncodedSample encoded,
                        text.encoder.encode(conversation, sample.id, answer));
            MOELORA_TRY_STATUS(number_tasks(encoded, adapter, sample, out.tasks));
            out.samples.push_back(std::move(encoded));
        }
    }
    return out;
}

// `stop` may be empty.
std::vector<RouterRecord> measure(LoadedModel& loaded, Adapter& adapter, const Chosen& chosen,
                                  const std::function<bool()>& stop) {
    const at::NoGradGuard no_graph;
    adapter.begin_statistics(chosen.tasks);
    for (std::size_t first = 0; first < chosen.samples.size(); first += rows_a_pass) {
        if (stop && stop()) break;
        const auto at = chosen.samples.begin() + static_cast<std::ptrdiff_t>(first);
        const std::size_t count = std::min(rows_a_pass, chosen.samples.size() - first);
        const Batch batch = collate({at, at + static_cast<std::ptrdiff_t>(count)},
                                    loaded.text.pad_id, PadSide::Right);
        (void)loaded.model->forward(begin_batch(*loaded.model, &adapter, batch));
    }
    return adapter.take_statistics(adapter.card().step);
}

}  // namespace

Result<GateSurvey> survey_gates(LoadedModel& loaded, Adapter& adapter,
                                const std::vector<CaptionSample>& samples, std::int64_t per_task,
                                JobControl& control) {
    const auto& sites = adapter.sites();
    const bool routed =
        std::any_of(sites.begin(), sites.end(), [](const SiteSpec& site) { return site.routed; });
    if (!routed || per_task <= 0) return GateSurvey{};
    control.progress("measuring gates", 0, 0);
    MOELORA_TRY(const Chosen chosen, choose(loaded.text, adapter, samples, per_task));
    const auto stop = [&] { return control.stop_requested(); };
    GateSurvey out;
    out.samples = static_cast<std::int64_t>(chosen.samples.size());
    out.trained = measure(loaded, adapter, chosen, stop);
    MOELORA_TRY(const auto fresh, Adapter::create(*loaded.model, adapter.options(), fresh_seed,
                                                  exact_weights(loaded.path)));
    fresh->attach();
    out.untrained = measure(loaded, *fresh, chosen, stop);
    fresh->detach();
    adapter.attach();
    if (control.stop_requested()) return GateSurvey{};
    return out;
}

Result<std::vector<RouterRecord>> routing_on(LoadedModel& loaded, Adapter& adapter,
                                             const std::vector<CaptionSample>& samples) {
    MOELORA_TRY(const Chosen chosen,
                choose(loaded.text, adapter, samples, static_cast<std::int64_t>(samples.size())));
    return measure(loaded, adapter, chosen, {});
}

}  // namespace moelora
