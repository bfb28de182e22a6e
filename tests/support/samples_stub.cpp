// SPDX-License-Identifier: GPL-3.0-or-later
// list_samples for tests of the window: 10,000 samples of the recorded pictures, or an error for a
// path with "missing" in it.
#include "core/session/samples.h"

#include "tests/support/recorded_events.h"

namespace moelora {

Result<std::vector<CaptionSample>> list_samples(const DataOptions& data) {
    if (data.path.find("missing") != std::string::npos)
        return fail(ErrorCode::FileMissing, {{"path", data.path}});
    constexpr std::size_t count = 10000;
    const std::vector<CaptionSample> some = test::recordedDataset(data.path).preview;
    std::vector<CaptionSample> all;
    for (std::size_t i = 0; i < count; ++i) {
        CaptionSample sample = some[i % some.size()];
        sample.id = std::to_string(i);
        sample.image = "held_out/images/" + std::to_string(100000 + i) + ".webp";
        all.push_back(std::move(sample));
    }
    return all;
}

}  // namespace moelora
