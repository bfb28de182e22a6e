// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/compare_report.h"

#include <cctype>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <string_view>
#include <system_error>

#include "core/eval/captions.h"
#include "core/eval/findings.h"
#include "core/io/atomic_file.h"
#include "core/io/files.h"
#include "core/record/records_json.h"
#include "core/session/caption_files.h"
#include "core/session/compare_html.h"
#include "core/session/csv.h"
#include "core/session/output_folder.h"

namespace moelora {
namespace fs = std::filesystem;
namespace {

// The ending for what the file is by its first bytes; "" for what browsers do not show, and for
// SVG, which is no picture but a document.
std::string_view ending_of(const std::string& path) {
    char head[12] = {};
    std::ifstream file(path, std::ios::binary);
    file.read(head, sizeof head);
    const std::string_view bytes(head, static_cast<std::size_t>(file.gcount()));
    if (bytes.starts_with("\xFF\xD8\xFF")) return ".jpg";
    if (bytes.starts_with("\x89PNG")) return ".png";
    if (bytes.starts_with("RIFF") && bytes.substr(8) == "WEBP") return ".webp";
    if (bytes.starts_with("GIF8")) return ".gif";
    if (bytes.starts_with("BM")) return ".bmp";
    return {};
}

// The stem in characters that every file system and address takes as they are.
std::string safe_stem(const std::string& path) {
    std::string out;
    for (const char c : fs::path(path).stem().string()) {
        const auto byte = static_cast<unsigned char>(c);
        const bool kept = byte < 0x80 && (std::isalnum(byte) || c == '-' || c == '_');
        if (kept)
            out += static_cast<char>(std::tolower(byte));  // some systems do not tell case apart
        else if (!out.empty() && out.back() != '_')
            out += '_';
        if (out.size() >= 60) break;
    }
    return out.empty() ? "picture" : out;
}

// Copies each picture once. Pictures that are missing or that browsers do not show are left out.
Result<std::map<std::string, std::string>> copy_images(const Comparison& comparison,
                                                       const std::string& folder) {
    std::map<std::string, std::string> copied;
    std::set<std::string> names, seen;
    for (const ComparedSample& s : comparison.samples) {
        const std::string& source = s.sample.image;
        if (source.empty() || !seen.insert(source).second) continue;
        const std::string_view ending = ending_of(source);
        if (ending.empty()) continue;
        const std::string stem = safe_stem(source);
        std::string name = stem + std::string(ending);
        for (int n = 2; !names.insert(name).second; ++n)
            name = stem + "-" + std::to_string(n) + std::string(ending);
        std::error_code error;
        fs::create_directories(join_path(folder, "images"), error);
        const std::string relative = "images/" + name, target = join_path(folder, relative);
        if (!error) fs::copy_file(source, target, fs::copy_options::overwrite_existing, error);
        if (error) return write_failure(target, error.value());
        copied[source] = relative;
    }
    return copied;
}

std::string csv_of(const Comparison& comparison) {
    std::string out = csv_line({"id", "image", "task", "prompt", "references", "base", "adapted",
                                "base_exact", "adapted_exact"});
    for (const ComparedSample& s : comparison.samples) {
        const auto& references = s.sample.references;
        std::string lines;  // one reference per line of the field
        for (const std::string& reference : references)
            lines += (lines.empty() ? "" : "\n") + reference;
        const auto judged = [&](const std::string& text) -> std::string_view {
            if (references.empty()) return "";
            return exact_match(text, references) ? "true" : "false";
        };
        out += csv_line({s.sample.id, s.sample.image, s.sample.task, s.sample.prompt, lines,
                         s.base.text, s.adapted.text, judged(s.base.text), judged(s.adapted.text)});
    }
    return out;
}

// Captions of both columns as COCO results.
Status write_coco(const Comparison& comparison, const std::string& folder) {
    std::vector<EvaluatedSample> base, adapted;
    for (const ComparedSample& s : comparison.samples) {
        base.push_back({s.sample, s.base});
        adapted.push_back({s.sample, s.adapted});
    }
    MOELORA_TRY_STATUS(
        write_text_atomic(join_path(folder, "coco_results_base.json"), coco_results(base)));
    return write_text_atomic(join_path(folder, "coco_results_adapted.json"), coco_results(adapted));
}

}  // namespace

Status write_comparison(const Comparison& comparison, const std::string& folder) {
    MOELORA_TRY(const auto images, copy_images(comparison, folder));
    const std::string json =
        to_json(comparison).dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
    MOELORA_TRY_STATUS(write_text_atomic(join_path(folder, "comparison.json"), json));
    MOELORA_TRY_STATUS(write_text_atomic(join_path(folder, "comparison.csv"), csv_of(comparison)));
    MOELORA_TRY_STATUS(write_coco(comparison, folder));
    return write_text_atomic(join_path(folder, "index.html"), comparison_page(comparison, images));
}

Status save_comparison(const Comparison& comparison, const std::string& folder) {
    MOELORA_TRY_STATUS(check_output_folder(folder, false, {}));
    MOELORA_TRY(AtomicFolder out, AtomicFolder::begin(folder, true));  // an empty one gives way
    MOELORA_TRY_STATUS(write_comparison(comparison, out.temporary()));
    return out.commit(false);
}

Result<Comparison> read_comparison(const std::string& folder) {
    MOELORA_TRY(const Json json, read_json(join_path(folder, "comparison.json")));
    auto comparison = comparison_from_json(json);
    if (!comparison) return pass(std::move(comparison).error(), "reading " + folder);
    comparison->issues = comparison_findings(comparison->samples);
    return comparison;
}

}  // namespace moelora
