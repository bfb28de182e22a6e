// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/output_folder.h"

#include <algorithm>
#include <filesystem>

namespace moelora {
namespace fs = std::filesystem;

Status check_output_folder(const std::string& folder, bool force,
                           std::initializer_list<const char*> marks) {
    std::error_code error;
    const fs::file_status status = fs::symlink_status(folder, error);
    if (status.type() == fs::file_type::not_found) return {};
    const bool is_folder = fs::is_directory(folder, error);
    if (is_folder && fs::is_empty(folder, error) && !error) return {};
    const bool same_kind = is_folder && std::any_of(marks.begin(), marks.end(), [&](auto mark) {
                               return fs::is_regular_file(fs::path(folder) / mark, error);
                           });
    if (force && same_kind) return {};
    return fail(force ? ErrorCode::OutputOtherKind : ErrorCode::OutputExists, {{"path", folder}});
}

}  // namespace moelora
