// SPDX-License-Identifier: GPL-3.0-or-later
// list_samples for tests of the window: 10,000 samples of the recorded pictures, or an error for a
// path with "missing" in it. Corrected captions are kept in memory, of a report one file is
// written.
#include "core/session/samples.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>

#include "core/session/compare_report.h"
#include "tests/support/recorded_events.h"

namespace moelora {

namespace {
std::mutex mutex;
std::map<std::string, std::string> written;  // captions that were corrected, by sample
}  // namespace

Result<std::vector<CaptionSample>> list_samples(const DataOptions& data) {
    if (data.path.find("missing") != std::string::npos)
        return fail(ErrorCode::FileMissing, {{"path", data.path}});
    const std::map<std::string, std::string> edits =
        data.edits.empty() ? std::map<std::string, std::string>() : test::captionEdits();
    constexpr std::size_t count = 10000;
    const std::vector<CaptionSample> some = test::recordedDataset(data.path).preview;
    std::vector<CaptionSample> all;
    for (std::size_t i = 0; i < count; ++i) {
        CaptionSample sample = some[i % some.size()];
        sample.id = std::to_string(i);
        sample.ids = {sample.id};
        if (const auto edit = edits.find(sample.id); edit != edits.end())
            sample.references = {edit->second};
        sample.image = "held_out/images/" + std::to_string(100000 + i) + ".webp";
        all.push_back(std::move(sample));
    }
    return all;
}

// Sample number i has 30 + i / 100 tokens.
Result<std::vector<SampleTokens>> sample_tokens(const DataOptions& data, const std::string&) {
    MOELORA_TRY(const auto samples, list_samples(data));
    std::vector<SampleTokens> out;
    for (std::size_t i = 0; i < samples.size(); ++i)
        out.push_back(
            {samples[i].id, samples[i].image, 14 + static_cast<std::int64_t>(i) / 100, 16});
    return out;
}

// As the processors of the family do it, for a picture of 1280 x 720.
Result<ResizedPicture> resized_picture(const DataOptions& data, const std::string&,
                                       const std::string& path) {
    constexpr std::int64_t width = 1280, height = 720, step = 32;
    ResizedPicture out;
    out.width = width;
    out.height = height;
    double scale = 1;
    if (data.max_pixels > 0 && data.max_pixels < width * height)
        scale =
            std::sqrt(static_cast<double>(data.max_pixels) / static_cast<double>(width * height));
    const auto side = [&](double pixels) {
        return std::max<std::int64_t>(1, static_cast<std::int64_t>(pixels * scale / step)) * step;
    };
    out.picture = test::recordedPicture(path, 64);
    out.picture.width = side(width);
    out.picture.height = side(height);
    out.picture.rgb.resize(static_cast<std::size_t>(out.picture.width * out.picture.height * 3),
                           99);
    out.tokens = out.picture.width * out.picture.height / (step * step);
    return out;
}

std::string caption_edits_beside(const std::string& data) {
    return data + ".edits";
}

Status edit_caption(const std::string&, const std::string& sample, const std::string&,
                    const std::string& wanted) {
    const std::lock_guard lock(mutex);
    written[sample] = wanted;
    return {};
}

Status save_comparison(const Comparison& comparison, const std::string& folder) {
    if (std::filesystem::exists(folder)) return fail(ErrorCode::OutputExists, {{"path", folder}});
    std::filesystem::create_directories(folder);
    std::ofstream(folder + "/index.html") << comparison.samples.size();
    return {};
}

namespace test {
std::map<std::string, std::string> captionEdits() {
    const std::lock_guard lock(mutex);
    return written;
}
}  // namespace test

}  // namespace moelora
