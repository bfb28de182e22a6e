// SPDX-License-Identifier: GPL-3.0-or-later
// Access to tests/golden/image/image_cases.safetensors.
#pragma once

#include <cstring>
#include <string>
#include <vector>

#include "core/image/image.h"
#include "core/io/safetensors.h"
#include "tests/support/shared_data.h"

namespace moelora::test {

class ImageFixture : public testing::Test {
  protected:
    void SetUp() override {
        auto file =
            SafetensorsFile::open(source_path("tests/golden/image/image_cases.safetensors"));
        MOELORA_ASSERT_OK(file);
        file_ = std::make_unique<SafetensorsFile>(std::move(*file));
    }
    [[nodiscard]] bool has(const std::string& name) const { return file_->find(name) != nullptr; }
    template <class T>
    [[nodiscard]] std::vector<T> values(const std::string& name) const {
        const auto bytes = file_->bytes(*file_->find(name));
        std::vector<T> out(bytes.size() / sizeof(T));
        std::memcpy(out.data(), bytes.data(), bytes.size());
        return out;
    }
    [[nodiscard]] RgbImage image(const std::string& name) const {
        const auto& shape = file_->find(name)->shape;
        return {shape[1], shape[0], values<std::uint8_t>(name)};
    }
    std::unique_ptr<SafetensorsFile> file_;
};

}  // namespace moelora::test
