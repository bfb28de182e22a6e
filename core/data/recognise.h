// SPDX-License-Identifier: GPL-3.0-or-later
// Which form a file or folder has, by content: only the heads of files are read. Deterministic.
// Internal to core/data.
#pragma once

#include <string>
#include <vector>

#include "core/data/importer.h"

namespace moelora {

// A file beside the records whose name differs in the part of the set alone.
struct PartFile {
    std::string file;
    SamplePart part = SamplePart::Validation;
    bool same_form = true;  // as the training records
};
// What else could have been taken.
struct OtherSource {
    std::string file;  // "" for sidecars
    std::string what;
};
struct RecognisedSource {
    std::string form;      // as Dataset::format
    std::string file;      // the record file; "" for sidecars
    std::string evidence;  // what was seen
    std::vector<OtherSource> others{};
    std::vector<PartFile> parts{};  // "val.jsonl", "test.jsonl" beside "train.jsonl"
};

// Errors: FileMissing, DatasetUnrecognised saying what it is instead.
[[nodiscard]] Result<RecognisedSource> recognise_source(const std::string& path,
                                                        const ColumnNames& names,
                                                        TextEncoding encoding);

// Files of a folder down to depth 4, sorted, without hidden files and the leftovers of operating
// systems, which are counted.
struct FileList {
    std::vector<std::string> files;
    std::int64_t ignored = 0;
    std::string first_ignored;
};
[[nodiscard]] FileList list_files(const std::string& folder);
[[nodiscard]] std::string ending_of(const std::string& path);  // ".jpg", lower case
[[nodiscard]] std::string stem_of(const std::string& path);    // the path without its ending
[[nodiscard]] bool is_picture_name(const std::string& path);

}  // namespace moelora
