// SPDX-License-Identifier: GPL-3.0-or-later
// What the bundled demo promises, on a part of its held-out pictures: run-demo shows all of them.
#include "tests/e2e/program.h"

namespace moelora {
namespace {

TEST_F(Cli, Demo_ExpertsLearnThreeTasksAndTheBasePromptStays) {
    const std::string adapter = temp_ / "run";
    const Outcome trained =
        run({"train", "--config", demo_ + "/train.json", "--seed", "1", "--out", adapter});
    ASSERT_EQ(trained.code, 0) << trained.err;
    const auto compared = [&](const char* data, const char* limit) {
        const Outcome said =
            run({"compare", model_, "--adapter", adapter, "--data", demo_ + "/held_out/" + data,
                 "--out", temp_ / data, "--limit", limit, "--gates", "20", "--json"});
        EXPECT_EQ(said.code, 0) << said.err;
        return said.code == 0 ? said.document() : Json();
    };
    const auto exact = [](const Json& document, const char* side) {
        return document.at("metrics").at(side).at("exact_match").get<double>();
    };
    const Json tasks = compared("data.jsonl", "90");
    EXPECT_EQ(tasks.at("samples").size(), 90U);
    EXPECT_LE(exact(tasks, "base"), 0.05);
    EXPECT_GE(exact(tasks, "adapted"), 0.80);
    const Json& by_task = tasks.at("metrics").at("adapted").at("by_task");
    for (const char* task : {"chinese", "count", "tags"}) {
        ASSERT_TRUE(by_task.contains(task)) << task;
        EXPECT_GE(by_task.at(task).at("exact_match").get<double>(), 0.6) << task;
    }
    const Json known = compared("base.jsonl", "60");
    EXPECT_GE(exact(known, "base"), 0.95);
    EXPECT_GE(exact(known, "adapted"), 0.80) << "the prompt that the base knew";
}

}  // namespace
}  // namespace moelora
