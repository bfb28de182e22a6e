// SPDX-License-Identifier: GPL-3.0-or-later
// The bundled model in 4 bits, through the facade: training, then captions with the adapter.
#include <gtest/gtest.h>

#include "core/io/files.h"
#include "core/options/presets.h"
#include "core/record/records_json.h"
#include "core/session/compare_report.h"
#include "core/session/session.h"
#include "tests/support/shared_data.h"

namespace moelora {
namespace {

// Events of the job until its end.
std::vector<Event> events_of(Session& session, const Result<JobId>& job) {
    std::vector<Event> out;
    if (!job) {
        ADD_FAILURE() << message_of(job.error());
        return out;
    }
    for (int i = 0; i < 6000; ++i) {
        session.wait_for_events(20);
        for (Event& event : session.drain()) {
            out.push_back(std::move(event));
            const auto* changed = std::get_if<JobStateChanged>(&out.back());
            if (!changed || !is_terminal(changed->to)) continue;
            if (changed->error) ADD_FAILURE() << message_of(*changed->error);
            return out;
        }
    }
    ADD_FAILURE() << "the job did not end";
    return out;
}

TEST(QuantizedTraining, LossFallsOnAFourBitBaseAndItsAdapterCaptions) {
    const test::TempDir temp;
    Session session(temp / "runs");
    const std::string base = temp / "nf4";
    QuantizeSpec quantize{test::source_path("resources/demo/model"), base, Quantization::Nf4Dq};
    const auto report = session.quantize_model(quantize);
    MOELORA_ASSERT_OK(report);
    EXPECT_LT(report->bytes_after, report->bytes_before);
    EXPECT_EQ(session.quantize_model(quantize).error().code, ErrorCode::OutputExists);
    EXPECT_EQ(session.inspect_model(base)->quantization, "nf4-dq");

    RunSpec spec;
    RunOptions& o = spec.options;
    o.adapter.preset = "soft";
    ASSERT_TRUE(apply_preset(o));
    o.model.path = base;
    o.model.compute_dtype = ComputeDtype::Fp32;
    o.data.path = test::source_path("resources/demo/data/data.jsonl");
    o.adapter.num_experts = 2;
    o.adapter.rank = 4;
    o.adapter.dropout = 0;
    o.train.batch_size = 2;
    o.train.gradient_accumulation = 2;
    o.train.max_steps = 10;
    o.train.learning_rate = 5e-3;
    o.train.save_every = 0;
    o.train.probe_images = 0;
    o.device = {.name = "cpu", .threads = 1};
    spec.out = temp / "run";
    std::vector<double> losses;
    for (const Event& event : events_of(session, session.start(spec)))
        if (const auto* step = std::get_if<StepRecorded>(&event))
            losses.push_back(step->record.loss);
    ASSERT_EQ(losses.size(), 10U);
    const auto mean = [&](std::size_t first) {
        return (losses[first] + losses[first + 1] + losses[first + 2]) / 3;
    };
    RecordProperty("loss_first", std::to_string(mean(0)));
    RecordProperty("loss_last", std::to_string(mean(7)));
    EXPECT_LT(mean(7), mean(0));

    CaptionSpec caption;
    caption.model = test::source_path("resources/demo/model");
    caption.quantization = Quantization::Nf4Dq;  // the same base, made while loading
    caption.adapter = spec.out;
    caption.generate.max_new_tokens = 4;
    caption.device = o.device;
    caption.images = {test::source_path("resources/demo/data/images/0000.webp")};
    std::int64_t captions = 0;
    for (const Event& event : events_of(session, session.start(caption)))
        captions += std::holds_alternative<CaptionFinished>(event) ? 1 : 0;
    EXPECT_EQ(captions, 1);
}

TEST(QuantizedTraining, AComparisonTakesTheBaseAsTheAdapterLearntOnIt) {
    const test::TempDir temp;
    Session session(temp / "runs");
    RunSpec spec;
    RunOptions& o = spec.options;
    o.adapter.preset = "soft";
    ASSERT_TRUE(apply_preset(o));
    o.model.path = test::source_path("resources/demo/model");
    o.model.quantization = Quantization::Nf4Dq;
    o.model.vision_quantization = VisionQuantization::None;
    o.data.path = test::source_path("resources/demo/data/data.jsonl");
    o.train.batch_size = 2;
    o.train.max_steps = 1;
    o.train.save_every = 0;
    o.train.probe_images = 0;
    o.device = {.name = "cpu", .threads = 1};
    spec.out = temp / "run";
    events_of(session, session.start(spec));

    CompareSpec compare;
    compare.model = o.model.path;
    compare.adapter = spec.out;
    compare.generate.max_new_tokens = 2;
    compare.device = o.device;
    compare.images = {test::source_path("resources/demo/data/images/0000.webp")};
    compare.gate_samples = 0;
    const auto quantization_of = [&](const char* out) {
        compare.out = temp / out;
        events_of(session, session.start(compare));
        const auto comparison = read_comparison(compare.out);
        std::string said;
        for (const std::string& setting : comparison ? comparison->provenance.settings
                                                     : std::vector<std::string>{"no comparison"})
            if (setting.find("quantization") != std::string::npos) said += setting + "; ";
        return said;
    };
    EXPECT_EQ(quantization_of("as-trained"),
              "model.quantization=nf4-dq; model.vision_quantization=none; ");
    compare.quantization = Quantization::None;
    EXPECT_EQ(quantization_of("as-asked"), "");
}

}  // namespace
}  // namespace moelora
