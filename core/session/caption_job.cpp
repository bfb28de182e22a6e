// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <filesystem>

#include "core/data/file_list.h"
#include "core/session/captioner.h"
#include "core/session/jobs.h"
#include "core/session/probes.h"

namespace moelora {
namespace fs = std::filesystem;

Result<std::vector<std::string>> find_pictures(const std::vector<std::string>& paths) {
    std::vector<std::string> out;
    for (const std::string& path : paths) {
        std::error_code error;
        if (!fs::exists(path, error)) return fail(ErrorCode::FileMissing, {{"path", path}});
        if (!fs::is_directory(path, error)) {
            out.push_back(path);
            continue;
        }
        std::vector<std::string> found;
        for (const fs::directory_entry& entry : fs::directory_iterator(path, error))
            if (entry.is_regular_file(error) && is_picture_name(entry.path().string()) &&
                !entry.path().filename().string().starts_with('.'))
                found.push_back(entry.path().string());
        std::sort(found.begin(), found.end());
        out.insert(out.end(), found.begin(), found.end());
    }
    if (out.empty())
        return fail(ErrorCode::DatasetEmpty, {{"path", paths.empty() ? "" : paths.front()}});
    return out;
}

namespace {

// Pictures with one prompt; or the questions of a data set; or one question without a picture.
Result<std::vector<CaptionSample>> wanted_samples(const CaptionSpec& spec, const DataOptions& data,
                                                  const std::string& adapter, JobControl& control) {
    std::vector<CaptionSample> out;
    DataOptions read = data;
    MOELORA_TRY(const std::string known, prompt_of_task(adapter, spec.task));
    if (!known.empty()) read.prompt = known;
    if (!spec.data.empty()) {
        MOELORA_TRY(out, samples_to_caption(spec.data, read, spec.prompt, 0, raise_in(control)));
        assume_task(out, spec.task);
        return out;
    }
    const std::string prompt = spec.prompt.empty() ? read.prompt : spec.prompt;
    if (spec.images.empty() && !spec.prompt.empty()) {
        out.push_back({"prompt", {}, prompt, spec.task, {}});
        return out;
    }
    MOELORA_TRY(const std::vector<std::string> pictures, find_pictures(spec.images));
    for (const std::string& picture : pictures)
        out.push_back({picture, picture, prompt, spec.task, {}});
    return out;
}

}  // namespace

Result<JobEnd> run_captions(const CaptionSpec& spec, JobControl& control) {
    std::string folder;
    if (!spec.adapter.empty()) {
        MOELORA_TRY(folder, resolve_adapter_folder(spec.adapter));
    }
    MOELORA_TRY(DataOptions data, inference_data(folder, spec.settings));
    if (!spec.chat_template.empty()) data.chat_template = spec.chat_template;
    MOELORA_TRY(const std::vector<CaptionSample> samples,
                wanted_samples(spec, data, folder, control));
    MOELORA_TRY(const ModelOptions base,
                base_beside(spec.model, {spec.compute_dtype, spec.quantization}, folder));
    MOELORA_TRY(LoadedModel loaded,
                load_base(base, spec.device, data, [&](std::int64_t done, std::int64_t total) {
                    control.loading("loading model", done, total);
                }));
    control.raise(loaded.device.issues);
    control.raise(loaded.issues);
    std::unique_ptr<Adapter> adapter;
    if (!folder.empty()) {
        MOELORA_TRY(adapter, load_adapter(loaded, folder));
        control.raise(adapter->card().issues);
        adapter->attach();
    }
    control.enter_running();
    CaptionRequest request;
    request.variant = adapter ? "adapted" : "base";
    request.generate = spec.generate;
    request.skip_unusable = samples.size() > 1;
    std::int64_t done = 0;
    MOELORA_TRY(
        const auto captions,
        caption_samples_with(*loaded.model, adapter.get(), loaded.text, samples, request, control,
                             [&](const Caption& caption) -> Status {
                                 control.publish(CaptionFinished{control.job(), 0, caption});
                                 control.progress("captioning", ++done,
                                                  static_cast<std::int64_t>(samples.size()));
                                 return {};
                             }));
    const bool stopped = control.stop_requested();
    if (captions.empty() && !stopped)
        return fail(ErrorCode::DatasetEmpty,
                    {{"path", spec.images.empty() ? spec.data : spec.images.front()}});
    return JobEnd{stopped, {}};
}

}  // namespace moelora
