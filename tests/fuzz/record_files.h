// SPDX-License-Identifier: GPL-3.0-or-later
// A data folder of two pictures and one file of records, which is the input of a fuzz target.
#pragma once

#include "core/data/dataset.h"
#include "core/io/files.h"
#include "tests/fuzz/fuzz_input.h"

namespace moelora::fuzz {

// One pixel, black.
inline constexpr std::string_view one_pixel_png(
    "\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\2\0\0\0\x90wS\xde\0\0\0\x0cIDATx\xda"
    "c```\0\0\0\4\0\1\xc8\xea\xeb\xf9\0\0\0\0IEND\xae\x42\x60\x82",
    69);

// Opens the folder, then uses all that came out: pictures stay in the folder, texts are UTF-8 that
// can be written, and the split keeps every sample.
inline void read_records(const std::string& name, std::string_view text) {
    static const Folder folder;
    static const bool pictures = [] {
        std::filesystem::create_directory(folder.path() + "/images");
        folder.put("a.png", one_pixel_png);
        folder.put("images/b.png", one_pixel_png);
        return true;
    }();
    demand(pictures, "the pictures are there");
    DataOptions options;
    options.path = folder.put(name, text);
    const MemoryBound bound(text.size(), 1 << 22, 512);
    auto data = open_dataset(options);
    if (!data) return;
    for (const DatasetSample& sample : data->samples) {
        sample.for_each_picture([&](const std::string& path) {
            demand(path.empty() || is_inside(path, folder.path()),
                   "pictures stay in the data folder");
        });
        (void)caption_sample(sample);
    }
    (void)caption_samples(*data);
    const std::size_t all = data->samples.size();
    const Dataset held = split_validation(*data, 0.5, 1);
    demand(held.samples.size() + data->samples.size() <= all, "no sample is on both sides");
}

}  // namespace moelora::fuzz
