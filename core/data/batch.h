// SPDX-License-Identifier: GPL-3.0-or-later
// Samples as tensors: encoding, collating, loading ahead.
#pragma once

#include <ATen/core/Tensor.h>

#include <memory>
#include <string>
#include <vector>

#include "core/data/dataset.h"
#include "core/image/image.h"

namespace moelora {

// One conversation, encoded. Plain vectors: built on loader threads.
struct EncodedSample {
    std::string id;
    std::vector<TokenId> ids, labels;  // [T]; -100 where nothing is learnt
    std::vector<Patches> images;
    std::vector<std::int64_t> tasks;  // indexes into Dataset::tasks
    std::int64_t sample_type = -1;    // index into Dataset::sample_types, -1 = none
    std::string rendered;
};

// A sample's tasks as indexes into the list of names: "a", or several as "a|b". -1 for a name that
// is not listed; empty for "".
[[nodiscard]] std::vector<std::int64_t> task_numbers(const std::vector<std::string>& names,
                                                     const std::string& task);

// Tokens of a sample: the placeholders of its pictures, and all else.
struct SampleLength {
    std::int64_t text = 0, visual = 0;
    [[nodiscard]] std::int64_t all() const { return text + visual; }
};

// What turns a conversation into ids and patches; the same object in training, evaluation and
// inference.
struct SampleEncoder {
    const Tokenizer* tokenizer = nullptr;  // borrowed
    ChatTokens tokens;
    ProcessorConfig processor;
    DataOptions data;
    // Errors: image and token errors; SampleTooLong. With `with_answer` false the conversation
    // ends before its first answer and the generation prompt is added.
    [[nodiscard]] Result<EncodedSample> encode(const Conversation& conversation,
                                               const std::string& id,
                                               bool with_answer = true) const;
    // Length in tokens from the headers of the pictures, without decoding them; no limit applies.
    [[nodiscard]] Result<SampleLength> measure(const Conversation& conversation) const;
};

// Everything on the CPU; moved by the consumer.
struct Batch {
    at::Tensor input_ids;                 // [B, T] i64
    at::Tensor attention_mask;            // [B, T] i64, 1 = real
    at::Tensor labels;                    // [B, T] i64, -100 = ignored; not shifted
    at::Tensor pixel_values;              // [P, C*t*p*p] f32, or undefined without pictures
    at::Tensor grid_thw;                  // [n, 3] i64, or undefined
    at::Tensor task_ids;                  // [B] i64, -1 = none; [B, M] where one has several
    at::Tensor sample_types;              // [B] i64, -1 = none
    at::Tensor patches;                   // [B] i64, of all pictures of a row
    std::vector<std::string> sample_ids;  // [B]
    std::int64_t targets = 0;             // labels != -100 after the shift
    // Samples that could not be read, with data.on_bad_picture = skip: the reason of each and
    // BadPictureSkipped. A batch of such samples alone has no rows and no tensors.
    std::vector<Issue> left_out{};
    [[nodiscard]] bool ends_epoch() const { return sample_ids.empty() && left_out.empty(); }
};
enum class PadSide { Left, Right };
[[nodiscard]] Batch collate(const std::vector<EncodedSample>& samples, TokenId pad_id,
                            PadSide side);

// Reads ahead on data.loader_threads threads of the encoder, as many batches at most (two at
// least); order and content depend neither on timing nor on the number of threads.
class DataLoader {
  public:
    // `dataset` and `encoder` are borrowed and must outlive the loader. Starts at micro-batch
    // `first` of `epoch`.
    DataLoader(const Dataset& dataset, const SampleEncoder& encoder, std::int64_t batch_size,
               std::int64_t seed, std::int64_t epoch, std::int64_t first, TokenId pad_id);
    ~DataLoader();
    DataLoader(const DataLoader&) = delete;
    DataLoader& operator=(const DataLoader&) = delete;
    [[nodiscard]] static std::int64_t batches_per_epoch(std::int64_t samples,
                                                        std::int64_t batch_size);
    // The next micro-batch; one that ends_epoch() at the end of the epoch. A sample that cannot be
    // read is an error naming it, or is left out.
    [[nodiscard]] Result<Batch> next();

  private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace moelora
