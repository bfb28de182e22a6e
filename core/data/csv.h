// SPDX-License-Identifier: GPL-3.0-or-later
// Tables as RFC 4180 has them: quoted fields hold delimiters, doubled quotes and line breaks; lines
// end in LF, CR LF or CR. Many programs write tabs without quoting: there a quote that does not
// enclose its whole field is a letter like any other. Pure. Internal to core/data.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace moelora {

struct CsvRow {
    std::vector<std::string> fields;
    std::int64_t line = 0;  // where it begins; 1 = first
    std::string fault;      // what is wrong with this row alone; "" = nothing
};

class CsvReader {
  public:
    // A first line "sep=;", by which Excel tells itself the separator, is passed over.
    CsvReader(std::string_view text, char delimiter);

    // False at the end, and when a quote never ends (see open_quote; tabs know none). Empty lines
    // are passed over.
    bool next(CsvRow& row);
    // Line where a quote began that never ended; 0 = none.
    [[nodiscard]] std::int64_t open_quote() const { return open_quote_; }

  private:
    // Each leaves at_ behind the field, on its delimiter or line end.
    bool quoted(std::string& field, std::string& fault);
    // Whether the quote at at_ is closed at the end of its field.
    [[nodiscard]] bool encloses_field() const;
    void plain(std::string& field);
    bool end_of_line();
    std::string_view text_;
    char delimiter_;
    std::size_t at_ = 0;
    std::int64_t line_ = 1, open_quote_ = 0;
};

}  // namespace moelora
