// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/record_stream.h"

#include <cstdio>
#include <fstream>
#include <utility>

namespace moelora {
namespace {

Result<StreamSum> add_file(const std::string& path) {
    StreamSum sum;
    std::ifstream file(path, std::ios::binary);
    if (!file) return fail(ErrorCode::FileMissing, {{"path", path}});
    std::string piece(std::size_t{1} << 16, '\0');
    while (file.read(piece.data(), static_cast<std::streamsize>(piece.size())), file.gcount() > 0)
        sum.add(std::string_view(piece).substr(0, static_cast<std::size_t>(file.gcount())));
    if (file.bad())
        return fail(ErrorCode::FileUnreadable, {{"path", path}, {"why", "it cannot be read"}});
    return sum;
}

}  // namespace

std::string StreamSum::hex() const {
    char digits[17] = {};
    std::snprintf(digits, sizeof digits, "%016llx", static_cast<unsigned long long>(sum_));
    return digits;
}

Result<RecordStream> RecordStream::open(const std::string& path) {
    MOELORA_TRY(JsonlWriter file, JsonlWriter::open(path));
    MOELORA_TRY(const StreamSum sum, add_file(path));
    return RecordStream(std::move(file), sum);
}

Status RecordStream::append(std::string_view line) {
    MOELORA_TRY_STATUS(file_.append(line));
    sum_.add(line);
    sum_.add("\n");
    return {};
}

Result<std::string> sum_of_file(const std::string& path) {
    MOELORA_TRY(const StreamSum sum, add_file(path));
    return sum.hex();
}

}  // namespace moelora
