// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/captioner.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <unordered_map>

#include "core/data/unanswered.h"
#include "core/image/image.h"
#include "core/infer/generator.h"
#include "core/model/decode_graphs.h"
#include "core/session/data_needs.h"
#include "core/session/picture_stamps.h"
#include "core/session/probes.h"

namespace moelora {
namespace {

using Clock = std::chrono::steady_clock;

using Samples = std::span<const CaptionSample>;

Caption caption_of(const CaptionSample& sample, const std::string& variant, std::int64_t step) {
    Caption out;
    out.sample = sample.id;
    out.variant = variant;
    out.image = sample.image;
    out.prompt = sample.prompt;
    out.task = sample.task;
    out.step = step;
    return out;
}

struct Questions {
    std::vector<CaptionSample> samples;
    std::vector<EncodedSample> prompts;
};

// With `skip_unusable` a sample that cannot be encoded is an issue and left out.
Result<Questions> encode_prompts(const TextSide& text, const Adapter* adapter, Samples samples,
                                 const CaptionRequest& request, JobControl& control) {
    Questions out;
    for (const CaptionSample& sample : samples) {
        auto encoded = text.encoder.encode(caption_conversation(sample), sample.id, false);
        if (!encoded && request.skip_unusable) {
            const Issue issue{Severity::Error, encoded.error(), {sample.image, 0, {}}, 1};
            if (request.note)
                MOELORA_TRY_STATUS(request.note(issue));
            else
                control.raise({issue});
            continue;
        }
        if (!encoded) return pass(std::move(encoded).error(), "sample " + sample.id);
        MOELORA_TRY_STATUS(set_tasks(*encoded, adapter, sample));
        out.samples.push_back(sample);
        out.prompts.push_back(std::move(*encoded));
    }
    return out;
}

// One batch: encode, generate, decode; the rows are all samples of the first variant, then all of
// the second. Progress goes out token by token, per row.
template <class Generate>
Result<std::vector<Caption>> caption_rows(const TextSide& text, const Adapter* adapter,
                                          Samples wanted, const std::vector<std::string>& variants,
                                          const CaptionRequest& request, JobControl& control,
                                          Generate&& generate_rows) {
    const auto started = Clock::now();
    MOELORA_TRY(const Questions asked, encode_prompts(text, adapter, wanted, request, control));
    const auto& [samples, prompts] = asked;
    if (samples.empty()) return std::vector<Caption>{};
    const std::size_t rows = samples.size() * variants.size();
    std::vector<Caption> out;
    for (std::size_t row = 0; row < rows; ++row)
        out.push_back(caption_of(samples[row % samples.size()], variants[row / samples.size()],
                                 request.step));
    std::vector<StreamDecoder> decoders(rows, StreamDecoder(*text.tokenizer));
    const auto on_token = [&](std::size_t row, TokenId id) {
        Caption& caption = out[row];
        caption.text += decoders[row].push(id);
        control.publish(
            CaptionProgress{control.job(), caption.sample, caption.variant, caption.text});
        return !control.stop_requested();
    };
    MOELORA_TRY(const auto generations, generate_rows(prompts, OnToken(on_token)));
    const double ms = std::chrono::duration<double, std::milli>(Clock::now() - started).count();
    for (std::size_t row = 0; row < rows; ++row) {
        out[row].tokens = generations[row].ids;
        out[row].text = text.tokenizer->decode(generations[row].ids, true);
        out[row].stop_reason = generations[row].stop_reason;
        out[row].ms = ms / static_cast<double>(rows);  // its share of the batch
    }
    return out;
}

// Calls caption_part(part, number of its first sample) batch by batch until the job must stop.
template <class CaptionPart>
Status in_batches(const std::vector<CaptionSample>& samples, const GenerateOptions& options,
                  JobControl& control, CaptionPart&& caption_part) {
    const auto width = static_cast<std::size_t>(std::max<std::int64_t>(options.batch_size, 1));
    for (std::size_t first = 0; first < samples.size(); first += width) {
        if (control.stop_requested()) break;
        const Samples part(samples.data() + first, std::min(width, samples.size() - first));
        MOELORA_TRY_STATUS(caption_part(part, first));
    }
    return {};
}

// Once a model: what the device refused, which changes no caption.
Status tell_of_graphs(const Qwen3VL& model, JobControl& control,
                      const std::function<Status(const Issue&)>& note = {}) {
    DecodeGraphs* graphs = model.decode_graphs();
    auto why = graphs ? graphs->take_failure() : std::nullopt;
    if (!why) return {};
    const Issue issue{
        Severity::Warning, {ErrorCode::GraphsFailed, {{"why", std::move(*why)}}, {}, {}}, {}, 1};
    if (note) return note(issue);
    control.raise({issue});
    return {};
}

}  // namespace

Conversation caption_conversation(const CaptionSample& sample) {
    if (!sample.messages.empty()) {
        Conversation out{{}, true, sample.task};
        for (const PromptMessage& message : sample.messages) {
            ChatMessage& to = out.messages.emplace_back(ChatMessage{message.role, {}});
            for (const PromptPart& part : message.parts)
                to.parts.push_back(part.image.empty()
                                       ? ChatPart{ChatPart::Kind::Text, part.text}
                                       : ChatPart{ChatPart::Kind::Image, part.image});
        }
        return out;
    }
    ChatMessage user{"user", {}};
    if (!sample.image.empty()) user.parts.push_back({ChatPart::Kind::Image, sample.image});
    user.parts.push_back({ChatPart::Kind::Text, sample.prompt});
    return {{std::move(user)}, true, sample.task};
}

namespace {

Status knows_task(const AdapterCard& card, const std::string& task) {
    const auto numbers = task_numbers(card.tasks, task);
    if (card.tasks.empty() || std::find(numbers.begin(), numbers.end(), -1) == numbers.end())
        return {};
    return fail(ErrorCode::TaskUnknown,
                {{"task", task}, {"sample", "the question"}, {"known", listed_tasks(card.tasks)}});
}

}  // namespace

Status check_task(const std::string& adapter_folder, const std::string& task) {
    if (task.empty() || adapter_folder.empty()) return {};
    MOELORA_TRY(const AdapterCard card, read_card(adapter_folder));
    return knows_task(card, task);
}

Result<std::string> prompt_of_task(const std::string& adapter_folder, const std::string& task) {
    if (task.empty() || adapter_folder.empty()) return std::string();
    MOELORA_TRY(const AdapterCard card, read_card(adapter_folder));
    MOELORA_TRY_STATUS(knows_task(card, task));
    if (const auto found = card.task_prompts.find(task); found != card.task_prompts.end())
        return found->second;
    for (const CaptionSample& probe : usable_probes(run_of_adapter(adapter_folder)))
        if (probe.task == task) return probe.prompt;
    return std::string();
}

void assume_task(std::vector<CaptionSample>& samples, const std::string& task) {
    for (CaptionSample& sample : samples)
        if (sample.task.empty()) sample.task = task;
}

void ask_instead(CaptionSample& sample, const std::string& prompt) {
    sample.prompt = prompt;
    const auto last = std::find_if(sample.messages.rbegin(), sample.messages.rend(),
                                   [](const PromptMessage& m) { return m.role == "user"; });
    if (last == sample.messages.rend()) return;
    std::erase_if(last->parts, [](const PromptPart& part) { return part.image.empty(); });
    last->parts.push_back({{}, prompt});
}

Result<std::vector<CaptionSample>> samples_to_caption(const std::string& data,
                                                      const DataOptions& options,
                                                      const std::string& prompt, std::int64_t limit,
                                                      const TellIssues& tell) {
    DataOptions read = options;
    read.path = std::filesystem::absolute(data).string();
    MOELORA_TRY(const Dataset dataset, open_dataset_to_ask(read));
    tell(dataset.issues);
    std::vector<CaptionSample> samples = caption_samples(dataset);
    if (!prompt.empty())
        for (CaptionSample& sample : samples) ask_instead(sample, prompt);
    if (limit > 0 && samples.size() > static_cast<std::size_t>(limit))
        samples.resize(static_cast<std::size_t>(limit));
    if (samples.empty()) return fail(ErrorCode::DatasetEmpty, {{"path", data}});
    return samples;
}

Status leave_out_unusable(std::vector<CaptionSample>& samples, const DataOptions& data,
                          JobControl& control) {
    std::unordered_map<std::string, bool> usable;
    std::vector<Issue> issues;
    const auto can_be_seen = [&](const std::string& picture, const std::string& sample) {
        const auto [known, fresh] = usable.try_emplace(picture, true);
        if (!fresh || control.stop_requested()) return known->second;
        const auto image = load_image(picture, data.alpha);
        known->second = image.has_value();
        if (!image) issues.push_back({Severity::Error, image.error(), {picture, 0, sample}, 1});
        return known->second;
    };
    std::erase_if(samples, [&](const CaptionSample& sample) {
        const std::vector<std::string> pictures = pictures_of(sample);
        return !std::all_of(pictures.begin(), pictures.end(), [&](const std::string& picture) {
            return can_be_seen(picture, sample.id);
        });
    });
    if (samples.empty() && !issues.empty()) return tl::make_unexpected(issues.front().error);
    control.raise(issues);
    return {};
}

Status set_tasks(EncodedSample& encoded, const Adapter* adapter, const CaptionSample& sample) {
    if (!adapter) return {};
    const std::vector<std::string>& known = adapter->card().tasks;
    encoded.tasks = task_numbers(known, sample.task);
    if (adapter->options().router != RouterKind::Task) return {};
    const std::string names = listed_tasks(known);
    if (encoded.tasks.empty())
        return fail(ErrorCode::TaskMissing, {{"sample", sample.id}, {"known", names}});
    const auto& tasks = encoded.tasks;
    if (std::find(tasks.begin(), tasks.end(), -1) != tasks.end())
        return fail(ErrorCode::TaskUnknown,
                    {{"task", sample.task}, {"sample", sample.id}, {"known", names}});
    return {};
}

Result<std::vector<Caption>> caption_samples_with(
    Qwen3VL& model, Adapter* adapter, const TextSide& text,
    const std::vector<CaptionSample>& samples, const CaptionRequest& request, JobControl& control,
    const std::function<Status(const Caption&)>& finished) {
    std::vector<Caption> out;
    const auto caption_part = [&](Samples part, std::size_t first) -> Status {
        const auto rows = [&](const auto& prompts, const OnToken& on_token) {
            return generate(model, adapter, prompts, request.generate,
                            text.encoder.tokens.end_marker, on_token, first);
        };
        MOELORA_TRY(auto captions,
                    caption_rows(text, adapter, part, {request.variant}, request, control, rows));
        for (Caption& caption : captions) {
            if (finished) MOELORA_TRY_STATUS(finished(caption));
            out.push_back(std::move(caption));
        }
        return {};
    };
    MOELORA_TRY_STATUS(in_batches(samples, request.generate, control, caption_part));
    MOELORA_TRY_STATUS(tell_of_graphs(model, control, request.note));
    return out;
}

Status caption_pairs_with(Qwen3VL& model, Adapter& adapter, const TextSide& text,
                          const std::vector<CaptionSample>& samples, const GenerateOptions& options,
                          JobControl& control,
                          const std::function<Status(const CaptionPair&)>& finished) {
    const auto caption_part = [&](Samples part, std::size_t first) -> Status {
        const auto rows = [&](const auto& prompts, const OnToken& on_token) {
            return generate_pairs(model, adapter, prompts, options, text.encoder.tokens.end_marker,
                                  on_token, first);
        };
        MOELORA_TRY(auto captions,
                    caption_rows(text, &adapter, part, {"base", "adapted"}, {}, control, rows));
        if (control.stop_requested()) return {};
        for (std::size_t i = 0; i < part.size(); ++i)
            MOELORA_TRY_STATUS(
                finished({part[i], std::move(captions[i]), std::move(captions[part.size() + i])}));
        return {};
    };
    MOELORA_TRY_STATUS(in_batches(samples, options, control, caption_part));
    return tell_of_graphs(model, control);
}

}  // namespace moelora
