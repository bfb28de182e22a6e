// SPDX-License-Identifier: GPL-3.0-or-later
// All samples of a data set for the window's Data page. Torch-free, blocking, any thread.
#pragma once

#include <vector>

#include "core/base/result.h"
#include "core/options/options.h"
#include "core/record/records.h"

namespace moelora {

// One entry a picture, prompt and task, with its captions as references and the ids of all samples
// behind it, in the order of the data; also what data.exclude leaves out.
// Reads records and headers of pictures, decodes nothing. Errors: those of open_dataset.
[[nodiscard]] Result<std::vector<CaptionSample>> list_samples(const DataOptions& data);

// Tokens of every sample, in the order of the data; those that cannot be read are left out. Reads
// the tokenizer and headers of pictures. Errors: those of open_dataset and of the model folder.
[[nodiscard]] Result<std::vector<SampleTokens>> sample_tokens(const DataOptions& data,
                                                              const std::string& model);

// A picture as training would resize it under these options.
struct ResizedPicture {
    Picture picture;
    std::int64_t width = 0, height = 0;  // before
    std::int64_t tokens = 0;             // visual ones
};
// Reads the picture and the processor's file, no tokenizer: fast enough to follow a slider. Errors:
// those of load_image, load_processor_config and smart_resize.
[[nodiscard]] Result<ResizedPicture> resized_picture(const DataOptions& data,
                                                     const std::string& model,
                                                     const std::string& path);

// Where the window keeps corrected captions of this data set (data.edits).
[[nodiscard]] std::string caption_edits_beside(const std::string& data);
// Writes the caption of one sample into that file: `wanted` for what is `shown` now. The caption of
// the data itself takes the sample out of the file again. Errors: those of reading and writing it.
[[nodiscard]] Status edit_caption(const std::string& file, const std::string& sample,
                                  const std::string& shown, const std::string& wanted);

}  // namespace moelora
