// SPDX-License-Identifier: GPL-3.0-or-later
// Captions of samples in batches, reported as they grow. Engine thread only.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/session/job_runner.h"
#include "core/session/loaded_model.h"

namespace moelora {

// A user turn with the picture first (when there is one) and the text.
[[nodiscard]] Conversation caption_conversation(const CaptionSample& sample);

struct CaptionRequest {
    std::string variant;     // written into every Caption
    std::int64_t step = -1;  // of probes
    GenerateOptions generate;
};

// One caption a sample, in order; `finished` is called for each as its batch ends. Publishes
// CaptionProgress through `control`. Stops early (fewer captions) when the job must stop. Errors:
// picture and token errors naming the sample.
[[nodiscard]] Result<std::vector<Caption>> caption_samples_with(
    Qwen3VL& model, Adapter* adapter, const TextSide& text,
    const std::vector<CaptionSample>& samples, const CaptionRequest& request, JobControl& control,
    const std::function<Status(const Caption&)>& finished);

struct CaptionPair {
    CaptionSample sample;
    Caption base, adapted;
};
// The base's and the adapter's caption of each sample, decoded together (generate_pairs); otherwise
// as above. A batch that was stopped gives nothing.
[[nodiscard]] Status caption_pairs_with(Qwen3VL& model, Adapter& adapter, const TextSide& text,
                                        const std::vector<CaptionSample>& samples,
                                        const GenerateOptions& options, JobControl& control,
                                        const std::function<Status(const CaptionPair&)>& finished);

}  // namespace moelora
