// SPDX-License-Identifier: GPL-3.0-or-later
// A sample as training reads it: encoded by the same object, then told back.
#include <algorithm>
#include <cmath>
#include <limits>

#include "core/session/loaded_model.h"
#include "core/session/questions.h"
#include "core/session/samples.h"
#include "core/session/token_texts.h"
#include "core/text/utf8.h"

namespace moelora {

std::vector<std::string> token_texts(const Tokenizer& tokenizer, const std::vector<TokenId>& ids) {
    std::vector<std::string> out;
    std::string held;
    for (std::size_t i = 0; i < ids.size(); ++i) {
        held += tokenizer.token_bytes(ids[i]);
        std::string text;
        held.erase(0, append_lossy(text, held, i + 1 < ids.size()));
        out.push_back(std::move(text));
    }
    return out;
}

namespace questions {
namespace {

constexpr TokenId ignored_label = -100;

// The pixels that were put into patches: their order and their normalisation undone.
Picture picture_of(const Patches& patches, const ProcessorConfig& config) {
    const std::int64_t side = config.patch_size, merge = config.merge_size;
    Picture out{patches.w * side, patches.h * side, {}};
    out.rgb.resize(static_cast<std::size_t>(out.width * out.height * 3));
    const auto level = [&](float value, int channel) {
        const double sample = static_cast<double>(value) * config.std[channel];
        const double back = (sample + config.mean[channel]) / config.rescale_factor;
        return static_cast<std::uint8_t>(std::clamp(std::lround(back), 0L, 255L));
    };
    const std::int64_t plane = side * side;
    for (std::int64_t row = 0; row < patches.h * patches.w; ++row) {
        const std::int64_t block = row / (merge * merge), within = row % (merge * merge);
        const std::int64_t across = patches.w / merge;
        const std::int64_t top = (block / across * merge + within / merge) * side;
        const std::int64_t left = (block % across * merge + within % merge) * side;
        const float* from = patches.values.data() + row * patches.columns;
        for (int c = 0; c < 3; ++c)
            for (std::int64_t i = 0; i < plane; ++i) {
                const std::int64_t y = top + i / side, x = left + i % side;
                const float value = from[c * config.temporal_patch_size * plane + i];
                out.rgb[static_cast<std::size_t>((y * out.width + x) * 3 + c)] = level(value, c);
            }
    }
    return out;
}

// Tokens one by one, but the places of each picture as one stretch.
void add_tokens(const EncodedSample& sample, const TextSide& text, SampleView& view) {
    const std::vector<std::string> texts = token_texts(*text.tokenizer, sample.ids);
    const TokenId pad = sample.images.empty() ? -1 : text.encoder.tokens.image_pad;
    std::int64_t picture = -1;
    for (std::size_t i = 0; i < sample.ids.size(); ++i) {
        const bool visual = sample.ids[i] == pad, learnt = sample.labels[i] != ignored_label;
        ++(visual ? view.visual : view.text);
        view.learnt += learnt ? 1 : 0;
        const bool goes_on = visual && i > 0 && sample.ids[i - 1] == pad;
        if (goes_on) {
            ++view.tokens.back().count;
            continue;
        }
        if (visual) ++picture;
        view.tokens.push_back({texts[i], learnt, 1, visual ? picture : -1});
    }
}

}  // namespace

Result<SampleView> view_sample(const DataOptions& data, const std::string& model,
                               const std::string& id) {
    MOELORA_TRY(const Dataset dataset, open_dataset(data));
    const auto found = std::find_if(dataset.samples.begin(), dataset.samples.end(),
                                    [&](const DatasetSample& sample) { return sample.id == id; });
    if (found == dataset.samples.end()) return fail(ErrorCode::SampleUnknown, {{"sample", id}});
    DataOptions whole = data;
    whole.max_length = std::numeric_limits<std::int64_t>::max();  // what is too long is shown, too
    MOELORA_TRY(const TextSide text, load_text_side(model, whole));
    MOELORA_TRY(const EncodedSample encoded, text.encoder.encode(found->conversation(), id));
    SampleView view;
    view.rendered = encoded.rendered;
    for (const Patches& patches : encoded.images)
        view.pictures.push_back(picture_of(patches, text.encoder.processor));
    add_tokens(encoded, text, view);
    return view;
}

}  // namespace questions

Result<ResizedPicture> resized_picture(const DataOptions& data, const std::string& model,
                                       const std::string& path) {
    MOELORA_TRY(const ProcessorConfig config, load_processor_config(model));
    MOELORA_TRY(const RgbImage image, load_image(path, data.alpha));
    MOELORA_TRY(const Patches patches, make_patches(image, config, data, path));
    ResizedPicture out;
    out.picture = questions::picture_of(patches, config);
    out.width = image.width;
    out.height = image.height;
    out.tokens = patches.tokens;
    return out;
}

}  // namespace moelora
