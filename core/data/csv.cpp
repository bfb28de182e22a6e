// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/csv.h"

namespace moelora {

CsvReader::CsvReader(std::string_view text, char delimiter) : text_(text), delimiter_(delimiter) {
    constexpr std::size_t length = 5;
    if (!text_.starts_with("sep=") || text_.size() <= length) return;
    at_ = length;
    if (!end_of_line()) at_ = 0;
}

bool CsvReader::end_of_line() {
    if (at_ >= text_.size()) return true;
    if (text_[at_] != '\n' && text_[at_] != '\r') return false;
    if (text_.substr(at_, 2) == "\r\n") ++at_;
    ++at_;
    ++line_;
    return true;
}

bool CsvReader::quoted(std::string& field, std::string& fault) {
    const std::int64_t began = line_;
    for (++at_; at_ < text_.size(); ++at_) {
        const char c = text_[at_];
        if (c == '"' && text_.substr(at_, 2) != "\"\"") break;
        if (c == '"') ++at_;
        if (c == '\n' || (c == '\r' && text_.substr(at_, 2) != "\r\n")) ++line_;
        field += c;
    }
    if (at_ >= text_.size()) {
        open_quote_ = began;
        return false;
    }
    ++at_;
    const std::size_t rest = at_;
    while (at_ < text_.size() && text_[at_] != delimiter_ && text_[at_] != '\n' &&
           text_[at_] != '\r')
        ++at_;
    if (at_ > rest && fault.empty()) fault = "text follows a closing quote";
    return true;
}

bool CsvReader::encloses_field() const {
    std::size_t at = at_ + 1;
    for (; at < text_.size(); ++at) {
        if (text_[at] != '"') continue;
        if (text_.substr(at, 2) != "\"\"") break;
        ++at;
    }
    if (at >= text_.size()) return false;
    return at + 1 == text_.size() || text_[at + 1] == delimiter_ || text_[at + 1] == '\n' ||
           text_[at + 1] == '\r';
}

void CsvReader::plain(std::string& field) {
    const std::size_t start = at_;
    while (at_ < text_.size() && text_[at_] != delimiter_ && text_[at_] != '\n' &&
           text_[at_] != '\r')
        ++at_;
    field = text_.substr(start, at_ - start);
}

bool CsvReader::next(CsvRow& row) {
    row = {};
    while (at_ < text_.size() && (text_[at_] == '\n' || text_[at_] == '\r')) end_of_line();
    if (at_ >= text_.size()) return false;
    row.line = line_;
    for (;;) {
        std::string& field = row.fields.emplace_back();
        const bool begins = at_ < text_.size() && text_[at_] == '"';
        if (begins && (delimiter_ != '\t' || encloses_field())) {
            if (!quoted(field, row.fault)) return false;
        } else {
            plain(field);
        }
        if (end_of_line()) return true;
        ++at_;  // the delimiter
    }
}

}  // namespace moelora
