// SPDX-License-Identifier: GPL-3.0-or-later
// The data doctor: what only shows when every picture is decoded and every text is looked at. It
// changes nothing and leaves nothing out; it says what it found. Torch-free.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/data/dataset.h"

namespace moelora {

struct DoctorOptions {
    std::string cache;         // file of earlier findings; "" = none
    std::int64_t threads = 0;  // 0 = as many as the machine has, four at most
    // Called on the calling thread with pictures looked at and pictures in all, some twenty times a
    // second; false ends the examination, at once.
    std::function<bool(std::int64_t, std::int64_t)> go_on = {};
};

struct DoctorReport {
    std::vector<Issue> issues;  // beside those of the data set; the first 200 of a kind in full
    std::vector<Issue> alike;   // every ImageNearDuplicate, for alike_between
    std::int64_t pictures = 0, decoded = 0, cached = 0;
    bool cancelled = false;  // the pictures looked at so far are in the cache
};

// Undecodable pictures and misleading names, equal and nearly equal pictures, pictures without a
// record, hidden files, long captions, names of control tokens in texts, mixed encodings of text
// files. A picture that the cache knows by path, size and time is not read; one that it knows by
// its bytes (SHA-256) is not decoded. A cache that cannot be written is one of the issues.
[[nodiscard]] Result<DoctorReport> examine(const Dataset& dataset, const DataOptions& data,
                                           const DoctorOptions& options);

// Nearly equal pictures of all parts together (ImageNearDuplicate, for alike_between) as far as the
// cache knows the files by path, size and time: none is read. Cost: one system call a picture.
[[nodiscard]] std::vector<Issue> known_alike(const std::vector<const Dataset*>& parts,
                                             const std::string& cache);

// Where findings are kept: pictures.jsonl of default_cache_folder().
[[nodiscard]] std::string default_doctor_cache();

}  // namespace moelora
