// SPDX-License-Identifier: GPL-3.0-or-later
// Caption data sets: an index of samples read from any accepted form, with issues instead of
// crashes. Torch-free.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/base/issue.h"
#include "core/options/options.h"
#include "core/record/records.h"
#include "core/text/chat.h"

namespace moelora {

// A text that many samples have in common, stored once.
class SharedText {
  public:
    SharedText() = default;
    SharedText(std::string text) : text_(std::make_shared<const std::string>(std::move(text))) {}
    operator const std::string&() const { return str(); }
    [[nodiscard]] const std::string& str() const {
        static const std::string none;
        return text_ ? *text_ : none;
    }

  private:
    std::shared_ptr<const std::string> text_;
};

// "train" is every part that is neither of the others.
enum class SamplePart : std::uint8_t { Train, Validation, Test };

// Compact, because a data set has hundreds of thousands of them.
struct DatasetSample {
    std::string id;                       // stable: record number or image id, unique
    std::string image_id;                 // groups captions of one picture (split by it)
    std::string task, sample_type;        // "" = none; several tasks: "a|b"
    SharedText file;                      // where it stands
    std::int64_t line = 0;                // 1 = first
    SamplePart part = SamplePart::Train;  // as the record says

    // With the answer; absolute image paths.
    [[nodiscard]] Conversation conversation() const;
    void set_conversation(Conversation conversation);
    // f(path) for each picture that is shown, without building the conversation.
    template <class F>
    void for_each_picture(F&& f) const {
        if (!other_) return f(image_.str());
        for (const std::string& path : shown_images(*other_)) f(path);
    }
    // One picture, the question, the answer: what most samples are.
    void set_caption(SharedText image, SharedText prompt, std::string caption);
    // Of the first answer that is learnt.
    void set_answer(std::string text);

  private:
    SharedText image_, prompt_;
    std::string caption_;
    std::shared_ptr<const Conversation> other_;  // what is not of that simple kind
};

struct Dataset {
    // format: "coco", "inline", "messages", "sharegpt", "alpaca", "table", "sidecar"
    // (and "pictures" of open_dataset_to_ask)
    std::string path, root, format, evidence;
    std::vector<DatasetSample> samples;
    std::vector<Issue> issues;  // what was left out, and why; with Severity::Info nothing was
    // Names in the order of their numbers: those of data.tasks, of a task_dataset.json beside the
    // records, then new ones by name, so that the order of rows does not matter. Whole numbers keep
    // their value as sample type.
    std::vector<std::string> tasks, sample_types;
    std::int64_t images = 0;
    std::vector<std::string> unused_pictures;  // named by records that were left out
};

// Index in a list of names; -1 when there is none or it is not listed.
[[nodiscard]] std::int64_t number_of(const std::vector<std::string>& names,
                                     const std::string& name);

// `data.path` is a file, or a folder whose form is found by content. Headers of all pictures are
// checked (decoding comes later). Errors: FileMissing, DatasetUnrecognised, JsonInvalid,
// TableInvalid, TextNotUtf8, OptionInvalid (data.columns); those of read_caption_edits (amend.h);
// DatasetEmpty is left to the caller.
[[nodiscard]] Result<Dataset> open_dataset(const DataOptions& data, std::int64_t seed = 42);

// The validation part to ask for: data.validation, or any (1) where a whole file was taken as it.
[[nodiscard]] double validation_wanted(const DataOptions& data, const Dataset& dataset);

// Moves the validation part out of `dataset` by image id with the seed; no picture is on both
// sides. Records that say their part themselves go where they say, and then `validation` only
// decides whether there is a validation part; test records go out of both, and with 0 validation
// records, too.
[[nodiscard]] Dataset split_validation(Dataset& dataset, double validation, std::int64_t seed);

// Pictures that stand on both sides although their ids differ: by path with links resolved, and by
// content (files of equal length and SHA-256). One issue each (SplitLeak, Warning).
[[nodiscard]] std::vector<Issue> leaks_between(const Dataset& train, const Dataset& held);

// The same for pictures that look nearly the same: of the doctor's findings (ImageNearDuplicate),
// those with a picture on either side.
[[nodiscard]] std::vector<Issue> alike_between(const Dataset& train, const Dataset& held,
                                               const std::vector<Issue>& findings);

// Data order of an epoch: torch.randperm(n) of a generator seeded with seed + epoch
// (training_semantics.md 10).
[[nodiscard]] std::vector<std::int64_t> epoch_order(std::int64_t n, std::int64_t seed,
                                                    std::int64_t epoch);

// The caption task: all that stands before the first answer that is learnt, the reference.
[[nodiscard]] CaptionSample caption_sample(const DatasetSample& sample);
// All samples that ask the same of the same pictures, with the same task, become one with several
// references.
// With `name_all` each says which samples became it.
[[nodiscard]] std::vector<CaptionSample> caption_samples(const Dataset& dataset,
                                                         bool name_all = false);

}  // namespace moelora
