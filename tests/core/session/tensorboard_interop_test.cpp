// SPDX-License-Identifier: GPL-3.0-or-later
// TensorBoard itself reads what this program writes, over a resume. Runs where
// MOELORA_TENSORBOARD_PYTHON names a Python with tests/golden/tensorboard/requirements.txt.
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <cstdlib>

#include "core/session/event_file.h"
#include "tests/support/shared_data.h"

namespace moelora {
namespace {

std::string output_of(const std::string& command) {
    std::string out;
    FILE* pipe = popen(command.c_str(), "r");
    std::array<char, 4096> buffer{};
    while (pipe && fgets(buffer.data(), static_cast<int>(buffer.size()), pipe))
        out += buffer.data();
    EXPECT_EQ(pipe ? pclose(pipe) : -1, 0) << command;
    return out;
}

TEST(TensorBoardInterop, ItsOwnReaderShowsEverySeriesAndNoUpdateTwice) {
    const char* python = std::getenv("MOELORA_TENSORBOARD_PYTHON");
    if (!python) GTEST_SKIP() << "set MOELORA_TENSORBOARD_PYTHON to a Python with TensorBoard";
    const test::TempDir folder;
    {
        auto file = EventFile::create(folder.path());
        MOELORA_ASSERT_OK(file);
        for (std::int64_t step = 1; step <= 4; ++step)
            MOELORA_ASSERT_OK(
                file->add(step, std::vector<Scalar>{{"train/loss", static_cast<double>(step) / 2},
                                                    {"router/layers.0.q_proj/weight/0", 0.125}}));
    }
    auto resumed = EventFile::create(folder.path(), 3);  // updates 3 and 4 are made again
    MOELORA_ASSERT_OK(resumed);
    for (std::int64_t step = 3; step <= 5; ++step)
        MOELORA_ASSERT_OK(resumed->add(step, std::vector<Scalar>{{"train/loss", 8.0}}));
    const std::string command = std::string(python) + " " +
                                test::source_path("tests/golden/tensorboard/check_events.py") +
                                " " + folder.path() + " 2>/dev/null";
    EXPECT_EQ(output_of(command),
              "router/layers.0.q_proj/weight/0 1 0.125\n"
              "router/layers.0.q_proj/weight/0 2 0.125\n"
              "train/loss 1 0.5\ntrain/loss 2 1.0\n"
              "train/loss 3 8.0\ntrain/loss 4 8.0\ntrain/loss 5 8.0\n");
}

}  // namespace
}  // namespace moelora
