// SPDX-License-Identifier: GPL-3.0-or-later
// Scripts of tests/golden/adapter that open what this program writes in other programs. They run
// where MOELORA_PEFT_PYTHON names a Python with the versions of make_peft_fixture.py there; the
// committed fixtures hold elsewhere. The caller includes torch (precompiled header).
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "tests/core/adapter/tiny_model.h"

namespace moelora::test {

class Interop : public ::testing::Test {
  protected:
    void SetUp() override {
        if (const char* python = std::getenv("MOELORA_PEFT_PYTHON")) python_ = python;
        if (python_.empty())
            GTEST_SKIP() << "set MOELORA_PEFT_PYTHON to a Python with PEFT to run this";
    }
    // Runs a script of tests/golden/adapter on a folder and the logits that it must give.
    void check(const std::string& script, const std::string& folder, const at::Tensor& logits,
               const std::string& more = {}) const {
        const at::Tensor y = logits.detach().contiguous();
        const auto bytes = std::as_bytes(
            std::span(y.const_data_ptr<float>(), static_cast<std::size_t>(y.numel())));
        const std::string file = folder + ".logits.safetensors";
        MOELORA_ASSERT_OK(
            write_safetensors(file, {{"logits", Dtype::F32, y.sizes().vec(), bytes}}));
        const std::string command = python_ + " " + source_path("tests/golden/adapter/" + script) +
                                    " " + folder + " " + file + " " + more;
        EXPECT_EQ(std::system(command.c_str()), 0) << command;
        std::filesystem::remove(file);
    }
    std::string python_;
};

}  // namespace moelora::test
