// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/batch.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cstring>
#include <sstream>

#include "core/base/assert.h"

namespace moelora {
namespace {

// The conversation up to its first answer that is learnt, with the generation prompt.
Conversation question_of(const Conversation& conversation) {
    Conversation out = conversation;
    const auto answer = std::find_if(out.messages.begin(), out.messages.end(), [](const auto& m) {
        return m.role == "assistant" && m.learnt;
    });
    out.messages.erase(answer, out.messages.end());
    out.add_generation_prompt = true;
    return out;
}

Status check_length(std::size_t tokens, std::int64_t limit, const std::string& id) {
    if (static_cast<std::int64_t>(tokens) <= limit) return {};
    return fail(
        ErrorCode::SampleTooLong,
        {{"sample", id}, {"tokens", std::to_string(tokens)}, {"limit", std::to_string(limit)}});
}

at::Tensor filled(std::int64_t rows, std::int64_t columns, std::int64_t value) {
    return at::full({rows, columns}, value, at::TensorOptions().dtype(at::kLong));
}

void copy_row(at::Tensor& to, std::int64_t row, std::int64_t start,
              const std::vector<TokenId>& from) {
    std::copy(from.begin(), from.end(), to.data_ptr<std::int64_t>() + row * to.size(1) + start);
}

// [P, C*t*p*p] and [n, 3] of all pictures, in order.
void add_pictures(const std::vector<EncodedSample>& samples, Batch& batch) {
    std::int64_t rows = 0, count = 0, columns = 0;
    for (const EncodedSample& sample : samples)
        for (const Patches& image : sample.images) {
            MOELORA_ASSERT(count == 0 || image.columns == columns, "patches of two processors");
            rows += image.rows;
            columns = image.columns;
            ++count;
        }
    if (count == 0) return;
    batch.pixel_values = at::empty({rows, columns}, at::TensorOptions().dtype(at::kFloat));
    batch.grid_thw = at::empty({count, 3}, at::TensorOptions().dtype(at::kLong));
    float* pixels = batch.pixel_values.data_ptr<float>();
    auto* grid = batch.grid_thw.data_ptr<std::int64_t>();
    for (const EncodedSample& sample : samples)
        for (const Patches& image : sample.images) {
            pixels = std::copy(image.values.begin(), image.values.end(), pixels);
            for (const std::int64_t side : {image.t, image.h, image.w}) *grid++ = side;
        }
}

template <class Number>
at::Tensor filled_column(const std::vector<EncodedSample>& samples, Number&& number) {
    std::vector<std::int64_t> column;
    for (const EncodedSample& sample : samples) column.push_back(number(sample));
    return at::tensor(column, at::kLong);
}

at::Tensor task_table(const std::vector<EncodedSample>& samples) {
    std::size_t most = 1;
    for (const EncodedSample& sample : samples) most = std::max(most, sample.tasks.size());
    const auto rows = static_cast<std::int64_t>(samples.size());
    const at::Tensor table = filled(rows, static_cast<std::int64_t>(most), -1);
    for (std::int64_t row = 0; row < rows; ++row)
        for (std::size_t m = 0; m < samples[static_cast<std::size_t>(row)].tasks.size(); ++m)
            table[row][static_cast<std::int64_t>(m)] =
                samples[static_cast<std::size_t>(row)].tasks[m];
    return most == 1 ? table.squeeze(1) : table;
}

Status check_pictures(const std::vector<std::string>& pictures, const ChatTokens& tokens) {
    if (pictures.empty() || tokens.style == ChatStyle::Vision) return {};
    return fail(ErrorCode::ImageNotForModel, {{"path", pictures.front()}});
}

}  // namespace

std::vector<std::int64_t> task_numbers(const std::vector<std::string>& names,
                                       const std::string& task) {
    const auto number = [&](const std::string& name) {
        const auto at = std::find(names.begin(), names.end(), name);
        return at == names.end() ? std::int64_t{-1} : at - names.begin();
    };
    if (task.empty()) return {};
    std::vector<std::int64_t> out;
    std::istringstream parts(task);
    for (std::string part; std::getline(parts, part, '|');) out.push_back(number(part));
    return out;
}

Result<EncodedSample> SampleEncoder::encode(const Conversation& conversation, const std::string& id,
                                            bool with_answer) const {
    const Conversation shown = with_answer ? conversation : question_of(conversation);
    EncodedSample out;
    out.id = id;
    std::vector<std::int64_t> counts;
    const auto pictures = shown_images(shown);
    MOELORA_TRY_STATUS(check_pictures(pictures, tokens));
    for (const std::string& path : pictures) {
        MOELORA_TRY(const RgbImage image, load_image(path, data.alpha));
        MOELORA_TRY(Patches patches, make_patches(image, processor, data, path));
        counts.push_back(patches.tokens);
        out.images.push_back(std::move(patches));
    }
    MOELORA_TRY(EncodedChat chat, encode_chat(shown, *tokenizer, tokens, counts));
    MOELORA_TRY_STATUS(check_length(chat.ids.size(), data.max_length, id));
    out.ids = std::move(chat.ids);
    out.labels = std::move(chat.labels);
    out.rendered = std::move(chat.rendered);
    return out;
}

Result<SampleLength> SampleEncoder::measure(const Conversation& conversation) const {
    SampleLength out;
    std::vector<std::int64_t> counts;
    const auto pictures = shown_images(conversation);
    MOELORA_TRY_STATUS(check_pictures(pictures, tokens));
    for (const std::string& path : pictures) {
        MOELORA_TRY(const ImageSize size, probe_image(path));
        MOELORA_TRY(const Patches plan, plan_patches(size, processor, data, path));
        counts.push_back(plan.tokens);
        out.visual += plan.tokens;
    }
    MOELORA_TRY(const EncodedChat chat, encode_chat(conversation, *tokenizer, tokens, counts));
    out.text = static_cast<std::int64_t>(chat.ids.size()) - out.visual;
    return out;
}

Batch collate(const std::vector<EncodedSample>& samples, TokenId pad_id, PadSide side) {
    MOELORA_ASSERT(!samples.empty(), "a batch of no samples");
    std::size_t longest = 0;
    for (const EncodedSample& sample : samples) {
        MOELORA_ASSERT(sample.ids.size() == sample.labels.size(),
                       "ids and labels differ in length");
        longest = std::max(longest, sample.ids.size());
    }
    const auto rows = static_cast<std::int64_t>(samples.size());
    const auto columns = static_cast<std::int64_t>(longest);
    Batch batch;
    batch.input_ids = filled(rows, columns, pad_id);
    batch.attention_mask = filled(rows, columns, 0);
    batch.labels = filled(rows, columns, -100);
    batch.task_ids = task_table(samples);
    batch.sample_types =
        filled_column(samples, [](const EncodedSample& s) { return s.sample_type; });
    batch.patches = filled_column(samples, [](const EncodedSample& s) {
        std::int64_t sum = 0;
        for (const Patches& picture : s.images) sum += picture.rows;
        return sum;
    });
    for (std::int64_t row = 0; row < rows; ++row) {
        const EncodedSample& sample = samples[static_cast<std::size_t>(row)];
        const auto length = static_cast<std::int64_t>(sample.ids.size());
        const std::int64_t start = side == PadSide::Left ? columns - length : 0;
        copy_row(batch.input_ids, row, start, sample.ids);
        copy_row(batch.labels, row, start, sample.labels);
        copy_row(batch.attention_mask, row, start, std::vector<TokenId>(sample.ids.size(), 1));
        batch.sample_ids.push_back(sample.id);
        // The first column predicts nothing after the shift.
        const auto first = sample.labels.begin() + (start == 0 && length > 0 ? 1 : 0);
        batch.targets +=
            std::count_if(first, sample.labels.end(), [](TokenId label) { return label != -100; });
    }
    add_pictures(samples, batch);
    return batch;
}

}  // namespace moelora
