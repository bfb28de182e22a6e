// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/caption_files.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include "core/eval/captions.h"
#include "core/io/files.h"
#include "core/record/records_json.h"
#include "core/session/csv.h"

namespace moelora {
namespace {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

Json image_id_of(const CaptionSample& sample) {
    const auto number = [](const std::string& digits) -> Json {
        const bool whole = !digits.empty() && digits.size() <= 18 &&
                           std::all_of(digits.begin(), digits.end(), is_digit);
        return whole ? Json(std::stoll(digits)) : Json();
    };
    if (Json id = number(sample.image_id); !id.is_null()) return id;
    const std::string stem = std::filesystem::path(sample.image).stem().string();
    const auto end = std::find_if_not(stem.rbegin(), stem.rend(), is_digit).base();
    if (Json id = number({end, stem.end()}); !id.is_null()) return id;
    if (!stem.empty()) return stem;
    return sample.image_id.empty() ? sample.id : sample.image_id;
}

// What tells pictures apart.
const std::string& picture_of(const CaptionSample& sample) {
    if (!sample.image_id.empty()) return sample.image_id;
    return sample.image.empty() ? sample.id : sample.image;
}

std::string captions_csv(const std::vector<EvaluatedSample>& captions) {
    std::string out = csv_line(
        {"id", "image", "task", "prompt", "references", "caption", "stop_reason", "exact"});
    for (const auto& [sample, caption] : captions) {
        std::string lines;  // one reference per line of the field
        for (const std::string& reference : sample.references)
            lines += (lines.empty() ? "" : "\n") + reference;
        const std::string_view exact = sample.references.empty()                      ? ""
                                       : exact_match(caption.text, sample.references) ? "true"
                                                                                      : "false";
        out += csv_line({sample.id, sample.image, sample.task, sample.prompt, lines, caption.text,
                         name_of(caption.stop_reason), exact});
    }
    return out;
}

std::string dumped(const Json& json) {
    return json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace

std::string coco_results(const std::vector<EvaluatedSample>& captions) {
    const auto text = [](const Json& id) {
        return id.dump(-1, ' ', false, Json::error_handler_t::replace);
    };
    std::map<std::string, std::set<std::string>> pictures;  // that an id would stand for
    for (const EvaluatedSample& one : captions)
        pictures[text(image_id_of(one.sample))].insert(picture_of(one.sample));
    Json out = Json::array();
    std::set<std::string> seen;
    for (const auto& [sample, caption] : captions) {
        if (!seen.insert(picture_of(sample)).second) continue;
        Json id = image_id_of(sample);
        if (pictures.at(text(id)).size() > 1) id = picture_of(sample);
        out.push_back({{"image_id", std::move(id)}, {"caption", caption.text}});
    }
    return dumped(out);
}

Status write_evaluation(const Evaluation& evaluation, const std::string& folder) {
    MOELORA_TRY_STATUS(
        write_text_atomic(join_path(folder, evaluation_mark), dumped(to_json(evaluation))));
    MOELORA_TRY_STATUS(
        write_text_atomic(join_path(folder, "captions.csv"), captions_csv(evaluation.samples)));
    return write_text_atomic(join_path(folder, "coco_results.json"),
                             coco_results(evaluation.samples));
}

}  // namespace moelora
