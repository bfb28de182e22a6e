// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/licence.h"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <string_view>

namespace moelora {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t most_lines = 400, most_letters = 80;

// A value of YAML's plain or quoted form, on one line; of anything else nothing.
std::string value_of(std::string_view line, std::string_view key) {
    if (!line.starts_with(key)) return {};
    line.remove_prefix(key.size());
    const auto blank = [](char c) { return c == ' ' || c == '\t' || c == '\r'; };
    while (!line.empty() && blank(line.front())) line.remove_prefix(1);
    while (!line.empty() && blank(line.back())) line.remove_suffix(1);
    if (line.size() > 1 && line.front() == line.back() && (line[0] == '"' || line[0] == '\''))
        line = line.substr(1, line.size() - 2);
    const bool plain = !line.empty() && line.size() <= most_letters &&
                       std::all_of(line.begin(), line.end(), [](char c) {
                           const auto letter = static_cast<unsigned char>(c);
                           return std::isalnum(letter) != 0 ||
                                  std::string_view(" ._+-()").find(c) != std::string_view::npos;
                       });
    return plain ? std::string(line) : std::string();
}

// Of the lines between "---" and "---" at the beginning: "license", or where that is "other" the
// name beside it.
std::string of_front_matter(const std::string& readme) {
    std::ifstream file(readme);
    std::string line, licence, name;
    const auto next = [&] {
        if (!std::getline(file, line)) return false;
        if (!line.empty() && line.back() == '\r') line.pop_back();
        return true;
    };
    if (!next() || line != "---") return {};
    for (std::size_t at = 0; at < most_lines && next() && line != "---"; ++at) {
        if (licence.empty()) licence = value_of(line, "license:");
        if (name.empty()) name = value_of(line, "license_name:");
    }
    return licence == "other" && !name.empty() ? name : licence;
}

}  // namespace

std::string licence_said_in(const std::string& model_folder) {
    std::error_code error;
    const fs::path folder(model_folder);
    if (const std::string said = of_front_matter((folder / "README.md").string()); !said.empty())
        return said + ", as its README.md says";
    for (const char* name : {"LICENSE", "LICENSE.md", "LICENSE.txt", "LICENCE", "COPYING"})
        if (fs::is_regular_file(folder / name, error))
            return std::string("as its file ") + name + " says";
    return "not said in its folder";
}

}  // namespace moelora
