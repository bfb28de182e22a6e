// SPDX-License-Identifier: GPL-3.0-or-later
// A run of the store, read and folded: what the Monitor shows of it. Reading is blocking and may
// run on any thread.
#pragma once

#include <optional>

#include "core/session/session.h"
#include "ui/models/run_model.h"

namespace moelora::ui {

struct StoredRun {
    RunData data;
    std::vector<Event> said;       // what the log has lines for
    std::int64_t checkpoint = -1;  // update up to which it was read; -1 = to its end
};

[[nodiscard]] Result<StoredRun> readStoredRun(const Session& session, const std::string& run);
// Only what stood when its checkpoint of `update` was written, the newest one without a number:
// that is where a resume goes on. No state is left.
[[nodiscard]] Result<StoredRun> readUpToCheckpoint(const Session& session, const std::string& run,
                                                   std::optional<std::int64_t> update);

}  // namespace moelora::ui
