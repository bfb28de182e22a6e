// SPDX-License-Identifier: GPL-3.0-or-later
// A training run of the bundled model that takes moments, and two ways to follow it.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "core/io/files.h"
#include "core/options/presets.h"
#include "core/record/records_json.h"
#include "core/session/session.h"
#include "tests/support/shared_data.h"

namespace moelora::test {

inline RunSpec small_run(const std::string& out) {
    RunSpec spec;
    RunOptions& o = spec.options;
    o.adapter.preset = "soft";
    EXPECT_TRUE(apply_preset(o));
    o.model.path = source_path("resources/demo/model");
    o.model.compute_dtype = ComputeDtype::Fp32;
    o.data.path = source_path("resources/demo/data/data.jsonl");
    o.data.validation = 2;
    o.adapter.num_experts = 2;
    o.adapter.rank = 2;
    o.adapter.targets = {"q_proj", "v_proj"};
    o.adapter.dropout = 0.1;
    o.train.batch_size = 2;
    o.train.gradient_accumulation = 2;
    o.train.max_steps = 4;
    o.train.learning_rate = 1e-3;
    o.train.save_every = 2;
    o.train.probe_images = 1;
    o.train.probe_every = 0;
    o.generate.max_new_tokens = 8;
    o.device = {.name = "cpu", .threads = 1};
    spec.out = out;
    return spec;
}

// Events of the job until its end; `seen` may give commands.
inline std::vector<Event> run_to_end(Session& session, const Result<JobId>& job,
                                     const std::function<void(const Event&)>& seen = {}) {
    std::vector<Event> out;
    if (!job) {
        ADD_FAILURE() << message_of(job.error());
        return out;
    }
    for (int i = 0; i < 6000; ++i) {
        session.wait_for_events(20);
        for (Event& event : session.drain()) {
            if (seen) seen(event);
            out.push_back(std::move(event));
            const auto* changed = std::get_if<JobStateChanged>(&out.back());
            if (changed && is_terminal(changed->to)) {
                if (changed->error) ADD_FAILURE() << message_of(*changed->error);
                return out;
            }
        }
    }
    ADD_FAILURE() << "the job did not end";
    return out;
}

// Stops the job as soon as this update is recorded.
inline auto stop_after(std::int64_t update) {
    return [update](Session& session, JobId job, const Event& event) {
        const auto* step = std::get_if<StepRecorded>(&event);
        if (step && step->record.step == update) (void)session.stop(job);
    };
}

// A record of a messages file without picture.
inline Json question_record(const std::string& text, const std::string& answer) {
    return {
        {"messages",
         {{{"role", "user"}, {"content", text}}, {{"role", "assistant"}, {"content", answer}}}}};
}

inline std::string demo_picture(int i) {
    return source_path("resources/demo/data/images/000" + std::to_string(i) + ".webp");
}

// Four of the demo's pictures with a record each, in temp/data, where they may be spoilt; the last
// is for evaluation where `hold_last`. Gives the record file.
inline std::string own_pictures(const TempDir& temp, bool hold_last = false) {
    std::filesystem::create_directories(temp / "data");
    std::string lines;
    for (int i = 0; i < 4; ++i) {
        const std::string name = std::to_string(i) + ".webp";
        std::filesystem::copy_file(demo_picture(i), temp / ("data/" + name));
        Json record = question_record("<image>What is this?", "A turtle.");
        record["images"] = Json::array({name});
        if (hold_last) record["split"] = i == 3 ? "val" : "train";
        lines += record.dump() + "\n";
    }
    EXPECT_TRUE(write_text_atomic(temp / "data/data.jsonl", lines));
    return temp / "data/data.jsonl";
}

inline JobState end_of(const std::vector<Event>& events) {
    return std::get<JobStateChanged>(events.back()).to;
}

// Step -> loss, of metrics.jsonl.
inline std::map<std::int64_t, double> losses(const std::string& run) {
    std::map<std::int64_t, double> out;
    EXPECT_TRUE(for_each_line(run + "/metrics.jsonl", [&](std::int64_t, std::string_view line) {
        const Json record = Json::parse(line);
        if (record.at("type") == "step") out[record.at("step")] = record.at("loss");
        return true;
    }));
    return out;
}

inline std::string bytes_of(const std::string& path) {
    const auto text = read_text(path);
    EXPECT_TRUE(text) << path;
    return text ? *text : std::string();
}

// All records of one kind, in order.
template <class E>
std::vector<E> all_of(const std::vector<Event>& events) {
    std::vector<E> out;
    for (const Event& event : events)
        if (const auto* one = std::get_if<E>(&event)) out.push_back(*one);
    return out;
}

// A session whose events are looked at on the engine thread, inside publish(): a command that
// `seen` gives there stands before the engine takes its next step.
class WatchedSession {
  public:
    using Seen = std::function<void(Session&, JobId, const Event&)>;
    explicit WatchedSession(const std::string& runs) : session_(runs, [this] { look(); }) {}

    // The events of the job, to its end, whatever that is.
    template <class Spec>
    std::vector<Event> run(const Spec& spec, Seen seen = {}) {
        {
            const std::lock_guard lock(mutex_);
            seen_ = std::move(seen);
            events_.clear();
            ended_ = false;
        }
        const Result<JobId> job = session_.start(spec);
        if (!job) {
            ADD_FAILURE() << message_of(job.error());
            return {};
        }
        for (int i = 0; i < 12000 && !ended_; ++i)
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        EXPECT_TRUE(ended_) << "the job did not end";
        const std::lock_guard lock(mutex_);
        return events_;
    }

  private:
    // A command given by `seen` may publish, too: what comes then is looked at behind the rest.
    void look() {
        if (looking_ == std::this_thread::get_id()) return;
        const std::lock_guard lock(mutex_);
        looking_ = std::this_thread::get_id();
        for (std::vector<Event> found = session_.drain(); !found.empty(); found = session_.drain())
            for (Event& event : found) {
                if (seen_) seen_(session_, job_of(event), event);
                const auto* changed = std::get_if<JobStateChanged>(&event);
                const bool last = changed && is_terminal(changed->to);
                events_.push_back(std::move(event));
                if (last) ended_ = true;
            }
        looking_ = std::thread::id();
    }
    std::atomic<std::thread::id> looking_{};
    std::mutex mutex_;
    Seen seen_;
    std::vector<Event> events_;
    std::atomic<bool> ended_ = false;
    Session session_;  // last: its engine thread looks until it is joined
};

}  // namespace moelora::test
