// SPDX-License-Identifier: GPL-3.0-or-later
// A data set folder made on the spot.
#pragma once

#include <filesystem>
#include <fstream>
#include <opencv2/imgcodecs.hpp>
#include <string>

#include "core/data/dataset.h"
#include "tests/support/shared_data.h"

namespace moelora::test {

class DataFolder {
  public:
    void text(const std::string& name, const std::string& content) const {
        std::filesystem::create_directories(std::filesystem::path(dir_ / name).parent_path());
        std::ofstream(dir_ / name, std::ios::binary) << content;
    }
    // A small picture of one colour.
    void picture(const std::string& name, int value = 100, int width = 40, int height = 32) const {
        std::vector<unsigned char> bytes;
        cv::imencode(".png", cv::Mat(height, width, CV_8UC3, cv::Scalar(value, value, value)),
                     bytes);
        text(name, std::string(bytes.begin(), bytes.end()));
    }
    // A PNG file that claims a size and holds no pixels.
    void header_only(const std::string& name, std::int64_t width, std::int64_t height) const {
        const auto chunk = [](const std::string& type, const std::string& body) {
            return number(static_cast<std::int64_t>(body.size())) + type + body + number(0);
        };
        const std::string rgb8("\x08\x02\0\0\0", 5);
        text(name, std::string("\x89PNG\r\n\x1a\n") +
                       chunk("IHDR", number(width) + number(height) + rgb8) + chunk("IEND", ""));
    }
    [[nodiscard]] DataOptions options(const std::string& name = {}) const {
        DataOptions data;
        data.path = name.empty() ? dir_.path() : dir_ / name;
        return data;
    }
    [[nodiscard]] std::string operator/(const std::string& name) const { return dir_ / name; }
    [[nodiscard]] const std::string& path() const { return dir_.path(); }

  private:
    static std::string number(std::int64_t value) {  // four bytes, the highest first
        std::string out;
        for (int shift = 24; shift >= 0; shift -= 8)
            out += static_cast<char>((value >> shift) & 0xFF);
        return out;
    }
    TempDir dir_;
};

inline std::string message_line(const std::string& image, const std::string& answer,
                                const std::string& task = {}, const std::string& prompt = "q") {
    const std::string task_key = task.empty() ? "" : R"("task":")" + task + "\",";
    return "{" + task_key + R"("messages":[{"role":"user","content":"<image>)" + prompt +
           R"("},{"role":"assistant","content":")" + answer + R"("}],"images":[")" + image +
           "\"]}\n";
}

}  // namespace moelora::test
