// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/provenance.h"

#include <algorithm>
#include <filesystem>
#include <set>

#include "core/options/config.h"
#include "core/session/run_writer.h"
#include "core/session/session.h"

namespace moelora {

namespace {

std::string absolute(const std::string& path) {
    std::error_code ignored;
    return path.empty() ? path
                        : std::filesystem::absolute(path, ignored).lexically_normal().string();
}

// What the other members do not say, and can have made a difference.
std::vector<std::string> other_settings(const DataOptions& data, const GenerateOptions& generate,
                                        const ModelOptions& base) {
    RunOptions by;
    by.model.quantization = base.quantization;
    by.model.vision_quantization = base.vision_quantization;
    by.data = data;
    by.data.path = RunOptions().data.path;
    by.data.prompt = RunOptions().data.prompt;
    by.data.min_pixels = by.data.max_pixels = 0;
    by.data.resize = {};
    by.data.loader_threads = RunOptions().data.loader_threads;
    by.generate.repetition_penalty = generate.repetition_penalty;
    if (generate.do_sample) {
        by.generate.temperature = generate.temperature;
        by.generate.top_k = generate.top_k;
        by.generate.top_p = generate.top_p;
    }
    return changed_settings(by);
}

}  // namespace

Result<Provenance> provenance_of(const LoadedModel& loaded, const CaptionSetting& by,
                                 const JobControl& control) {
    constexpr std::size_t prompts_kept = 3;
    Provenance p;
    p.program_version = program_version();
    p.model_path = absolute(loaded.path);
    p.model_fingerprint = loaded.fingerprint;
    p.model_sha256 = loaded.whole.wait([&] { return !control.stop_requested(); });
    p.adapter_path = absolute(by.adapter);
    if (!by.folder.empty()) {
        MOELORA_TRY(p.adapter_fingerprint, adapter_fingerprint(by.folder));
    }
    if (by.loaded) p.adapter_step = by.loaded->card().step;
    p.data_path = absolute(by.data);
    p.device = loaded.device.note.empty() ? loaded.device.name : loaded.device.note;
    p.dtype = std::string(name_of_enum(loaded.device.dtype));
    p.created_utc = utc_now();
    p.seed = by.generate.seed;
    p.greedy = !by.generate.do_sample;
    p.max_new_tokens = by.generate.max_new_tokens;
    p.min_pixels = by.reading.min_pixels;
    p.max_pixels = by.reading.max_pixels;
    p.resize = by.reading.resize;
    p.settings = other_settings(by.reading, by.generate, by.base);
    std::set<std::string> prompts;
    for (const CaptionSample& sample : by.samples)
        if (prompts.insert(sample.prompt).second && p.prompts.size() < prompts_kept)
            p.prompts.push_back(sample.prompt);
    p.prompt_count = static_cast<std::int64_t>(prompts.size());
    return p;
}

void raise_late_base(const LoadedModel& loaded, const Adapter& adapter, const std::string& folder,
                     JobControl& control) {
    const AdapterCard& card = adapter.card();
    const auto said = [](const Issue& issue) {
        return issue.error.code == ErrorCode::AdapterOtherBase;
    };
    if (std::any_of(card.issues.begin(), card.issues.end(), said)) return;
    if (auto issue = other_base(loaded, card, folder)) control.raise({std::move(*issue)});
}

}  // namespace moelora
