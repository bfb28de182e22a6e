// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/kept_weights.h"

#include <algorithm>
#include <filesystem>

#include "core/io/files.h"
#include "core/model/quantize_folder.h"
#include "core/options/config.h"
#include "core/session/cache_files.h"
#include "core/session/disk_plan.h"

namespace moelora {
namespace fs = std::filesystem;
namespace {

std::int64_t weight_bytes(const std::string& folder) {
    std::int64_t bytes = 0;
    std::error_code code;
    for (const auto& entry : fs::directory_iterator(folder, code))
        if (entry.path().extension() == ".safetensors")
            bytes += static_cast<std::int64_t>(entry.file_size(code));
    return bytes;
}

std::string last_part(const std::string& folder) {
    const fs::path path = fs::path(folder).lexically_normal();
    return (path.has_filename() ? path : path.parent_path()).filename().string();
}

// NAME-nf4-dq-0123456789abcdef
std::string copy_of(const std::string& folder, const QuantOptions& formats) {
    const std::string text = name_of(formats.text), vision = name_of(formats.vision);
    const std::string key = sha256_hex(files_identity(folder) + text + "/" + vision);
    return join_path(quantized_cache_folder(),
                     last_part(folder) + "-" + text + "-" + key.substr(0, 16));
}

// QuantizationInvalid: loading finds the same and says so.
Result<bool> make_copy(const std::string& folder, const std::string& target,
                       const QuantOptions& formats, std::int64_t bytes,
                       const std::function<void(std::int64_t, std::int64_t)>& progress) {
    std::error_code code;
    fs::create_directories(quantized_cache_folder(), code);
    MOELORA_TRY_STATUS(check_space(quantized_cache_folder(), bytes));
    const auto made = quantize_folder(folder, target, formats, false, progress);
    if (made) return true;
    if (made.error().code == ErrorCode::QuantizationInvalid) return false;
    return pass(made.error());
}

}  // namespace

std::string name_of(const std::optional<QuantSpec>& spec) {
    if (!spec) return "none";
    return std::string(name_of(spec->format)) + (spec->nested ? "-dq" : "");
}

std::string files_identity(const std::string& folder) {
    std::vector<std::string> lines;
    std::error_code code;
    for (const auto& entry : fs::directory_iterator(folder, code)) {
        const fs::path& path = entry.path();
        if (path.extension() != ".safetensors" && path.filename() != "config.json") continue;
        lines.push_back(fs::weakly_canonical(path, code).string() + " " +
                        std::to_string(entry.file_size(code)) + " " +
                        std::to_string(entry.last_write_time(code).time_since_epoch().count()));
    }
    std::sort(lines.begin(), lines.end());
    std::string all;
    for (const std::string& line : lines) all += line + "\n";
    return sha256_hex(all);
}

WeightsSource kept_weights(const std::string& folder, const QuantOptions& formats,
                           const std::function<void(std::int64_t, std::int64_t)>& progress,
                           std::int64_t from_bytes) {
    WeightsSource itself{folder, formats, {}};
    const std::int64_t bytes = weight_bytes(folder);
    if (!(formats.text || formats.vision) || bytes < from_bytes || quantized_cache_folder().empty())
        return itself;
    const std::string copy = copy_of(folder, formats);
    WeightsSource kept{copy, formats, {}};
    kept.formats.map_stored = true;
    std::error_code code;
    if (fs::exists(join_path(copy, "config.json"), code)) return kept;
    const Result<bool> made = make_copy(folder, copy, formats, bytes, progress);
    if (!made) itself.issues.push_back({Severity::Warning, made.error(), {}, 1});
    if (!made || !*made) return itself;
    kept.issues.push_back({Severity::Info,
                           {ErrorCode::QuantizedKept,
                            {{"path", copy}, {"needed", text_of_bytes(weight_bytes(copy))}},
                            {},
                            {}},
                           {copy, 0, {}},
                           1});
    return kept;
}

}  // namespace moelora
