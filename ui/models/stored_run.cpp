// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/stored_run.h"

#include <algorithm>

namespace moelora::ui {

namespace {
// The update of a record; none for what belongs to the run as a whole.
std::optional<std::int64_t> updateOf(const Event& event) {
    return std::visit(
        [](const auto& e) -> std::optional<std::int64_t> {
            if constexpr (requires { e.record.step; }) return e.record.step;
            if constexpr (requires { e.info.step; }) return e.info.step;
            if constexpr (requires { e.note.step; }) return e.note.step;
            if constexpr (requires { e.caption.step; }) return e.caption.step;
            if constexpr (requires { e.records; })
                if (!e.records.empty()) return e.records.front().step;
            return {};
        },
        event);
}

// Index of the newest checkpoint, or of the last one of `update`; the end when there is none.
std::size_t checkpointIn(const std::vector<Event>& events, std::optional<std::int64_t> update) {
    for (std::size_t i = events.size(); i-- > 0;)
        if (const auto* saved = std::get_if<CheckpointSaved>(&events[i]))
            if (!update || saved->info.step == *update) return i;
    return events.size();
}

// The captions of an update stand behind its checkpoint in a replay.
void cutAt(std::vector<Event>& events, std::size_t checkpoint, std::int64_t update) {
    std::size_t i = 0;
    std::erase_if(events, [&](const Event& event) {
        const bool before = i++ < checkpoint;
        if (std::holds_alternative<JobStateChanged>(event)) return true;
        const auto at = updateOf(event);
        return at && (*at > update || !(before || std::holds_alternative<CaptionFinished>(event)));
    });
}

StoredRun folded(std::vector<Event> events) {
    StoredRun stored;
    for (const Event& event : events) RunModel::fold(stored.data, event);
    std::erase_if(events, [](const Event& event) {
        return std::holds_alternative<StepRecorded>(event) ||
               std::holds_alternative<RouterRecorded>(event) ||
               std::holds_alternative<CaptionFinished>(event);
    });
    stored.said = std::move(events);
    return stored;
}
}  // namespace

Result<StoredRun> readStoredRun(const Session& session, const std::string& run) {
    MOELORA_TRY(std::vector<Event> events, session.replay(run));
    return folded(std::move(events));
}

Result<StoredRun> readUpToCheckpoint(const Session& session, const std::string& run,
                                     std::optional<std::int64_t> update) {
    MOELORA_TRY(std::vector<Event> events, session.replay(run));
    const std::size_t at = checkpointIn(events, update);
    if (!update && at < events.size()) update = std::get<CheckpointSaved>(events[at]).info.step;
    cutAt(events, at, update.value_or(-1));
    StoredRun stored = folded(std::move(events));
    stored.checkpoint = update.value_or(-1);
    return stored;
}

}  // namespace moelora::ui
