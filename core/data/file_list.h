// SPDX-License-Identifier: GPL-3.0-or-later
// The files of a folder that a user brings, and what their names say. Internal to core/data.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/data/dataset.h"

namespace moelora {

// A folder that is not looked into. What is not UTF-8 in its path stands as "\xD6".
struct NotEntered {
    std::string path, why;
};

// Files down to depth 4, sorted, without hidden files and the leftovers of operating systems, which
// are counted. Linked folders within the folder are passed over, for what they show is listed where
// it lies, unless that is hidden; those that lead out are named, or followed where `follow_links`
// says so. Names that are not UTF-8 are no names in any record of a run, which is JSON: such files
// and folders are left out and named.
struct FileList {
    std::vector<std::string> files;
    std::int64_t ignored = 0;
    std::string first_ignored;
    std::vector<NotEntered> not_entered;
    std::vector<std::string> badly_named;  // pictures, texts and records, as shown; sorted
};
[[nodiscard]] std::string why_badly_named(const std::string& shown);
[[nodiscard]] FileList list_files(const std::string& folder, bool follow_links = false);

[[nodiscard]] std::string ending_of(const std::string& path);  // ".jpg", lower case
[[nodiscard]] std::string stem_of(const std::string& path);    // the path without its ending
[[nodiscard]] bool is_picture_name(const std::string& path);
[[nodiscard]] bool is_record_name(const std::string& path);

// The part that one of the words of a name says ("captions_val2017"), if any.
struct NamedPart {
    SamplePart part;
    std::string rest;  // the name without ending and number of a shard, with a gap for the word
};
[[nodiscard]] std::optional<NamedPart> part_of_name(const std::string& path);

// "train-00002-of-00005.jsonl": one of several files that are one set.
struct ShardName {
    std::string set;  // the path without the number of this file
    std::int64_t number = 0, count = 0;
};
[[nodiscard]] std::optional<ShardName> shard_of_name(const std::string& path);
// All files of its set that lie beside a shard, sorted; itself alone where it is none.
[[nodiscard]] std::vector<std::string> shards_beside(const std::string& path);

}  // namespace moelora
