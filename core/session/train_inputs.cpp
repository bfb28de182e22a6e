// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/train_inputs.h"

#include "core/data/doctor.h"
#include "core/data/issue_list.h"
#include "core/options/config.h"
#include "core/session/data_needs.h"
#include "core/session/questions.h"

namespace moelora {

Result<PredictedPeak> predict_peak(const RunOptions& options, const Dataset& data,
                                   JobControl& control) {
    const auto budget = bytes_of_text(options.device.memory_budget);
    control.loading("estimating memory", 0, 0);
    const auto found = questions::estimate({options, budget.value_or(0), false}, data);
    if (!found && (budget || options.device.evict_vision)) return pass(found.error());
    if (!found) return PredictedPeak{0, std::max<std::int64_t>(options.train.pack_tokens, 1)};
    if (!budget || found->fits)
        return PredictedPeak{found->predicted_peak_bytes, found->pack_tokens,
                             found->recomputed_layers};
    std::string changes;
    for (const MemoryChange& step : found->ladder)
        changes += (changes.empty() ? "" : "; ") + step.change + " (" +
                   text_of_bytes(step.peak_bytes) + ")";
    if (changes.empty()) changes = "a smaller model";
    return fail(ErrorCode::BudgetExceeded, {{"needed", text_of_bytes(found->predicted_peak_bytes)},
                                            {"budget", options.device.memory_budget},
                                            {"changes", changes}});
}

Status check_lengths(const Dataset& data, const TextSide& text, const DataOptions& options,
                     JobControl& control) {
    const std::int64_t limit = options.max_length;
    const bool leave_out_unreadable = options.on_bad_picture == OnBadPicture::Skip;
    std::optional<Error> first;
    const auto refuse = [&](const DatasetSample& sample, Error error) {
        const Place place{sample.file, sample.line, sample.id};
        control.publish(IssueRaised{control.job(), 0, {Severity::Error, error, place, 1}});
        if (!first) first = std::move(error);
    };
    const auto total = static_cast<std::int64_t>(data.samples.size());
    for (std::int64_t i = 0; i < total; ++i) {
        const DatasetSample& sample = data.samples[static_cast<std::size_t>(i)];
        auto length = text.encoder.measure(sample.conversation());
        if (!length && leave_out_unreadable) continue;  // the loader names it when its turn comes
        if (!length)
            refuse(sample, std::move(length).error());
        else if (length->all() > limit)
            refuse(sample, {ErrorCode::SampleTooLong,
                            {{"sample", sample.id},
                             {"tokens", std::to_string(length->all())},
                             {"limit", std::to_string(limit)}},
                            {},
                            {}});
        if (i % 64 == 0) control.loading("measuring samples", i, total);
    }
    return first ? Status(pass(std::move(*first))) : Status();
}

Status check_tasks(const Dataset& train, const Dataset& validation, AdapterOptions& adapter) {
    if (adapter.router != RouterKind::Task) return {};
    for (const Dataset* part : {&train, &validation})
        for (const DatasetSample& sample : part->samples)
            if (sample.task.empty())
                return fail(ErrorCode::TaskMissing,
                            {{"sample", sample.id}, {"known", listed_tasks(train.tasks)}});
    const auto found = static_cast<std::int64_t>(train.tasks.size());
    if (adapter.num_tasks == 0) adapter.num_tasks = found;
    if (found > adapter.num_tasks)
        return fail(ErrorCode::OptionInvalid,
                    {{"option", "adapter.num_tasks"},
                     {"value", std::to_string(adapter.num_tasks)},
                     {"why", "the data set has " + std::to_string(found) + " tasks"}});
    return {};
}

std::vector<Issue> leaks_of_split(const Dataset& train, const Dataset& held,
                                  const AtWork& at_work) {
    std::vector<Issue> out;
    if (held.samples.empty()) return out;
    IssueList list(out);
    const std::vector<Issue> alike = known_alike({&train, &held}, default_doctor_cache());
    for (std::vector<Issue> leaks :
         {leaks_between(train, held, at_work), alike_between(train, held, alike)})
        for (Issue& leak : leaks) list.add(std::move(leak));
    return out;
}

}  // namespace moelora
