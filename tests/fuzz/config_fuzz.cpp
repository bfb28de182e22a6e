// SPDX-License-Identifier: GPL-3.0-or-later
// The input is a configuration of any kind: a model's, its picture processor's, and one of a run.
#include "core/image/image.h"
#include "core/model/config.h"
#include "core/options/config.h"
#include "tests/fuzz/fuzz_input.h"

namespace {

using namespace moelora;

void as_model(const std::string& path) {
    const auto config = load_model_config(path);
    if (!config) return;
    for (const LinearShape& shape : linear_shapes(*config))
        fuzz::demand(shape.in > 0 && shape.out > 0 && shape.heads > 0, "linears have a size");
    for (const TensorShape& tensor : tensor_shapes(*config))
        for (const std::int64_t side : tensor.shape) fuzz::demand(side > 0, "tensors have a size");
}

void as_processor(const std::string& path) {
    const auto processor = load_processor_config(path);
    if (!processor) return;
    constexpr ImageSize sizes[] = {{1, 1}, {640, 427}, {10'000, 60}};
    for (const ImageSize size : sizes) {
        const auto plan = plan_patches(size, *processor, {}, path);
        fuzz::demand(!plan || plan->tokens > 0, "a picture has tokens");
    }
}

void as_run(std::string_view text, const std::string& path) {
    const auto json = parse_json(text, path);
    if (!json) return;
    RunOptions options;
    bool usable = true;
    for (const Issue& issue : from_json(*json, options, path))
        usable = usable && issue.severity != Severity::Error;
    if (!usable) return;
    (void)validate(options);
    RunOptions again;
    for (const Issue& issue : from_json(to_json(options), again, path))
        fuzz::demand(issue.severity != Severity::Error, "what is accepted can be written and read");
    fuzz::demand(options == again, "a configuration comes back as it was");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const fuzz::Folder folder;
    const std::string_view text = fuzz::text_of(data, size);
    const std::string model = folder.put("config.json", text);
    const std::string processor = folder.put("preprocessor_config.json", text);
    const fuzz::MemoryBound bound(size, 1 << 26, 1024);
    as_model(model);
    as_processor(processor);
    // Each key of a model would be compared with every option's name: slow, and always the same.
    if (text.find("model_type") == text.npos && text.find("image_mean") == text.npos)
        as_run(text, model);
    return 0;
}
