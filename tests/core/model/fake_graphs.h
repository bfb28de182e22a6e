// SPDX-License-Identifier: GPL-3.0-or-later
// A device that records, in place of one: it keeps what it is to run, which it does at each replay,
// and as a real one nothing while it records.
#pragma once

#include <memory>
#include <stdexcept>
#include <vector>

#include "core/ops/recorded_work.h"

namespace moelora::test {

struct FakeGraphs {
    int asked = 0, replays = 0, shared = 0;
    bool refuses = false;

    [[nodiscard]] RecordWork recorder() {
        return [this](const std::function<void()>& work, RecordedWork* beside) {
            ++asked;
            if (refuses) throw std::runtime_error("operation not permitted\nwhile it records");
            if (beside != nullptr) ++shared;
            return std::make_unique<Work>(*this, work);
        };
    }

  private:
    struct Work final : RecordedWork {
        Work(FakeGraphs& graphs, std::function<void()> what)
            : owner(graphs), work(std::move(what)) {}
        void replay() override {
            ++owner.replays;
            work();
        }
        FakeGraphs& owner;
        std::function<void()> work;
    };
};

}  // namespace moelora::test
