// SPDX-License-Identifier: GPL-3.0-or-later
// Which form a file or folder has, by content: only the heads of files are read. Deterministic.
// Internal to core/data.
#pragma once

#include <string>
#include <vector>

#include "core/data/file_list.h"
#include "core/data/importer.h"

namespace moelora {

// Whether the first letter is that of JSON, not of a table's heading.
[[nodiscard]] bool holds_json(const std::string& path, TextEncoding encoding);

// A file beside the records whose name differs in the part of the set alone.
struct PartFile {
    std::string file;
    SamplePart part = SamplePart::Validation;
    bool same_form = true;  // as the training records
};
inline constexpr const char* not_of_the_form = "it is not of the form of the records beside it";
// What else could have been taken.
struct OtherSource {
    std::string file;  // "" for sidecars
    std::string what;
    std::string form{};  // as Dataset::format
};
// A file of which nothing is read.
struct UnreadFile {
    std::string file, why;
};
struct RecognisedSource {
    // As Dataset::format; "pictures" where there is nothing but pictures, which can be asked about
    // and not learnt: then `refusal` says what is said to whoever wants to learn.
    std::string form;
    std::string file;      // the record file; "" for sidecars
    std::string evidence;  // what was seen
    std::vector<OtherSource> others{};
    std::vector<PartFile> parts{};  // "val.jsonl", "test.jsonl" beside "train.jsonl"
    // The files that are the set, with `file`: "train-00000-of-00004.jsonl" and the others, or the
    // metadata.jsonl of each folder. Of a file that was opened by itself none but it.
    std::vector<std::string> set{};
    std::vector<NotEntered> not_entered{};
    std::vector<std::string> badly_named{};  // file_list.h
    // Shards of the set that are of another form, or of none; with `refusal` all record files.
    std::vector<UnreadFile> unread{};
    std::string refusal{};
};

// Errors: FileMissing, DatasetUnrecognised saying what it is instead.
[[nodiscard]] Result<RecognisedSource> recognise_source(const std::string& path,
                                                        const ColumnNames& names,
                                                        const DataOptions& data,
                                                        Ticker* ticker = nullptr);

}  // namespace moelora
