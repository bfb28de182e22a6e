// SPDX-License-Identifier: GPL-3.0-or-later
// Captions of samples in batches, reported as they grow. Engine thread only.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/session/job_runner.h"
#include "core/session/loaded_model.h"

namespace moelora {

// The sample's messages, else a user turn with the picture first (when there is one) and the text.
[[nodiscard]] Conversation caption_conversation(const CaptionSample& sample);
// Asks `prompt` about the same pictures: it takes the place of the last question's text.
void ask_instead(CaptionSample& sample, const std::string& prompt);
using TellIssues = std::function<void(const std::vector<Issue>&)>;
[[nodiscard]] inline TellIssues raise_in(JobControl& control) {
    return [&control](const std::vector<Issue>& issues) { control.raise(issues); };
}
// The samples of a data set that is read with the options of inference, those without an answer
// too, with `prompt` instead of their own unless it is "", the first `limit` (0 = all). `tell` gets
// what is wrong with the data. Errors: those of open_dataset; DatasetEmpty.
[[nodiscard]] Result<std::vector<CaptionSample>> samples_to_caption(const std::string& data,
                                                                    const DataOptions& options,
                                                                    const std::string& prompt,
                                                                    std::int64_t limit,
                                                                    const TellIssues& tell);

// Errors: TaskUnknown, for an adapter that names its tasks; those of read_card. The task "" and no
// adapter ("") are right.
[[nodiscard]] Status check_task(const std::string& adapter_folder, const std::string& task);
// What training asked for this task: as the adapter's card says, else as its run's probes were
// asked; "" where that is not known. Errors: those of check_task.
[[nodiscard]] Result<std::string> prompt_of_task(const std::string& adapter_folder,
                                                 const std::string& task);

// Samples without a task get this one ("" = none).
void assume_task(std::vector<CaptionSample>& samples, const std::string& task);

// Samples with a picture that is gone or cannot be decoded are told and left out, so that one does
// not end the work on all others. Cost: decodes every picture once. Errors: that of the first
// picture when no sample is left.
[[nodiscard]] Status leave_out_unusable(std::vector<CaptionSample>& samples,
                                        const DataOptions& data, JobControl& control);

// The sample's tasks as the adapter numbers them. Errors, for an adapter that routes by task:
// TaskMissing, TaskUnknown. Without adapter nothing is set.
[[nodiscard]] Status set_tasks(EncodedSample& encoded, const Adapter* adapter,
                               const CaptionSample& sample);

struct CaptionRequest {
    std::string variant;         // written into every Caption
    std::int64_t step = -1;      // of probes
    bool skip_unusable = false;  // a sample that cannot be encoded is an issue and left out
    GenerateOptions generate;
    std::function<Status(const Issue&)> note{};  // takes that issue; else the job raises it
};

// One caption a sample, in order; `finished` is called for each as its batch ends. Publishes
// CaptionProgress through `control`. Stops early (fewer captions) when the job must stop. Errors:
// picture and token errors naming the sample, unless those are skipped.
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
