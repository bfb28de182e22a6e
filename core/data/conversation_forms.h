// SPDX-License-Identifier: GPL-3.0-or-later
// The spellings of conversations as one: messages[{role, content}] with <image> marks or image
// parts, and a list of pictures. Pure. Internal to core/data.
#pragma once

#include <string>
#include <vector>

#include "core/base/json.h"
#include "core/data/importer.h"

namespace moelora {

struct MessageRecord {
    Json messages;                    // as parse_messages takes it
    std::vector<std::string> images;  // those that stand in a list beside, in order
};

// `form`: "messages", "sharegpt", "alpaca" or "inline", whose pictures come first or stay in place.
// Errors: RecordInvalid.
[[nodiscard]] Result<MessageRecord> as_messages(const Json& record, const std::string& form,
                                                bool inline_in_place = false);

// The first picture path between vision marks of a text; empty when there is none. A pad between
// the marks is no path.
[[nodiscard]] std::optional<std::string> inline_path(const std::string& text);

// Task, sample type and part of a record, by its keys. Errors: RecordInvalid.
[[nodiscard]] Status read_marks(const Json& record, const ColumnNames& names,
                                DatasetSample& sample);

}  // namespace moelora
