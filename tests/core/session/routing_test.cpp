// SPDX-License-Identifier: GPL-3.0-or-later
// What the routing inspector and the slider of the adapter's scale rest on.
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <gmock/gmock.h>

#include <filesystem>

#include "core/options/presets.h"
#include "core/session/loaded_model.h"
#include "core/session/session.h"
#include "tests/support/shared_data.h"

namespace moelora {
namespace {

std::string demo(const std::string& name) {
    return test::source_path("resources/demo/" + name);
}

struct End {
    std::optional<RoutingTrace> trace;
    std::optional<Comparison> comparison;
    std::optional<Error> error;
};

template <class Spec>
End run(const Spec& spec) {
    const test::TempDir runs;
    Session session(runs.path());
    End out;
    const auto job = session.start(spec);
    if (!job) {
        ADD_FAILURE() << message_of(job.error());
        return out;
    }
    for (int i = 0; i < 6000; ++i) {
        session.wait_for_events(20);
        for (Event& event : session.drain()) {
            if (auto* traced = std::get_if<RoutingTraced>(&event))
                out.trace = std::move(traced->trace);
            if (auto* compared = std::get_if<ComparisonFinished>(&event))
                out.comparison = std::move(compared->comparison);
            const auto* changed = std::get_if<JobStateChanged>(&event);
            if (!changed || !is_terminal(changed->to)) continue;
            out.error = changed->error;
            return out;
        }
    }
    ADD_FAILURE() << "the job did not end";
    return out;
}

// An adapter of random experts in text layers and in the vision tower.
class Routing : public testing::Test {
  protected:
    static constexpr std::int64_t experts = 3;
    static void SetUpTestSuite() {
        folder_ = std::make_unique<test::TempDir>();
        auto loaded = load_model(demo("model"), ComputeDtype::Fp32, {.name = "cpu", .threads = 1},
                                 DataOptions{});
        ASSERT_TRUE(loaded) << message_of(loaded.error());
        RunOptions options;
        options.adapter.preset = "soft";
        ASSERT_TRUE(apply_preset(options));
        options.adapter.num_experts = experts;
        options.adapter.rank = 2;
        options.adapter.targets = {"q_proj", "down_proj", "attn.qkv"};
        auto adapter = Adapter::create(*loaded->model, options.adapter, 1);
        ASSERT_TRUE(adapter) << message_of(adapter.error());
        const at::NoGradGuard no_graph;
        at::manual_seed(3);
        for (const NamedTensor& p : (*adapter)->parameters()) p.tensor.normal_(0, 0.1);
        std::filesystem::create_directories(path());
        const Status saved = save_native(**adapter, path());
        ASSERT_TRUE(saved) << message_of(saved.error());
    }
    static void TearDownTestSuite() { folder_.reset(); }
    static std::string path() { return *folder_ / "adapter"; }

    static RoutingSpec routing(std::int64_t expert = -1) {
        RoutingSpec spec;
        spec.model = demo("model");
        spec.adapter = path();
        spec.sample = {"one", demo("held_out/images/0000.webp"), "List the tags.", {}, {}};
        spec.caption = "car x2 | snow";
        spec.device = {.name = "cpu", .threads = 1};
        spec.compute_dtype = ComputeDtype::Fp32;
        spec.force_expert = expert;
        return spec;
    }
    static CompareSpec comparison(double scale) {
        CompareSpec spec;
        spec.model = demo("model");
        spec.adapter = path();
        spec.data = demo("held_out/data.jsonl");
        spec.limit = 3;
        spec.gate_samples = 0;
        spec.generate.max_new_tokens = 12;
        spec.device = {.name = "cpu", .threads = 1};
        spec.compute_dtype = ComputeDtype::Fp32;
        spec.adapter_scale = scale;
        return spec;
    }
    static inline std::unique_ptr<test::TempDir> folder_;
};

TEST_F(Routing, Routing_EveryTokenOfTheSequenceHasItsWeightsAtEverySite) {
    const End end = run(routing());
    ASSERT_TRUE(end.trace) << (end.error ? message_of(*end.error) : "");
    const RoutingTrace& trace = *end.trace;
    const auto tokens = trace.tokens.size();
    std::int64_t visual = 0;
    std::string said;
    for (const TracedToken& token : trace.tokens) {
        visual += token.kind == "image";
        if (token.kind == "response") said += token.text;
    }
    EXPECT_GT(visual, 0);
    EXPECT_EQ(visual, trace.grid_rows * trace.grid_columns);
    EXPECT_EQ(trace.tokens[static_cast<std::size_t>(trace.first_visual)].kind, "image");
    EXPECT_THAT(said, testing::StartsWith("car x2 | snow"));
    std::size_t text_sites = 0, vision_sites = 0;
    for (const SiteTrace& site : trace.sites) {
        const std::size_t rows = site.vision ? static_cast<std::size_t>(visual) : tokens;
        ++(site.vision ? vision_sites : text_sites);
        ASSERT_EQ(site.weight.size(), rows * experts) << site.site;
        for (std::size_t row = 0; row < rows; ++row) {
            double sum = 0;
            for (std::size_t e = 0; e < experts; ++e) sum += site.weight[row * experts + e];
            EXPECT_NEAR(sum, 1, 1e-5) << site.site << " token " << row;
        }
    }
    EXPECT_GT(text_sites, 0U);
    EXPECT_GT(vision_sites, 0U);
}

TEST_F(Routing, Routing_AForcedExpertIsTheOnlyOneAtEverySite) {
    const End end = run(routing(2));
    ASSERT_TRUE(end.trace) << (end.error ? message_of(*end.error) : "");
    EXPECT_EQ(end.trace->forced, 2);
    ASSERT_FALSE(end.trace->sites.empty());
    for (const SiteTrace& site : end.trace->sites)
        for (std::size_t i = 0; i < site.weight.size(); ++i)
            ASSERT_EQ(site.weight[i], i % experts == 2 ? 1.0F : 0.0F) << site.site;
}

TEST_F(Routing, Routing_WithoutACaptionTheAdaptersOwnIsTraced) {
    RoutingSpec spec = routing();
    spec.caption.clear();
    spec.generate.max_new_tokens = 6;
    const End end = run(spec);
    ASSERT_TRUE(end.trace) << (end.error ? message_of(*end.error) : "");
    EXPECT_FALSE(end.trace->caption.empty());
}

TEST_F(Routing, Routing_AnExpertThatIsNotThereIsRefused) {
    const End end = run(routing(experts));
    ASSERT_TRUE(end.error);
    EXPECT_EQ(end.error->code, ErrorCode::OptionInvalid);
}

TEST_F(Routing, Compare_AtScaleZeroTheAdapterSpeaksTokenForTokenAsTheBase) {
    const End zero = run(comparison(0)), whole = run(comparison(1));
    ASSERT_TRUE(zero.comparison) << (zero.error ? message_of(*zero.error) : "");
    ASSERT_TRUE(whole.comparison) << (whole.error ? message_of(*whole.error) : "");
    bool differs = false;
    for (std::size_t i = 0; i < zero.comparison->samples.size(); ++i) {
        const ComparedSample& one = zero.comparison->samples[i];
        EXPECT_EQ(one.base.tokens, one.adapted.tokens) << i;
        differs |= one.adapted.tokens != whole.comparison->samples[i].adapted.tokens;
    }
    EXPECT_TRUE(differs);
    EXPECT_EQ(zero.comparison->provenance.adapter_scale, 0);
    EXPECT_FALSE(whole.comparison->provenance.adapter_scale);
    EXPECT_TRUE(zero.comparison->self_test.passed());
}

TEST_F(Routing, Compare_OnePictureOrAFolderOfPicturesWithoutCaptionsAndAFreePrompt) {
    const test::TempDir folder;
    for (const char* name : {"0000.webp", "0001.webp"})
        std::filesystem::copy(demo(std::string("held_out/images/") + name), folder / name);
    CompareSpec spec = comparison(1);
    spec.prompt = "What is it?";
    spec.data.clear();
    spec.images = {folder / "0001.webp"};
    const End one = run(spec);
    ASSERT_TRUE(one.comparison) << (one.error ? message_of(*one.error) : "");
    ASSERT_EQ(one.comparison->samples.size(), 1U);
    EXPECT_EQ(one.comparison->samples.front().sample.prompt, "What is it?");
    spec.images.clear();
    spec.data = folder.path();
    const End both = run(spec);
    ASSERT_TRUE(both.comparison) << (both.error ? message_of(*both.error) : "");
    EXPECT_EQ(both.comparison->samples.size(), 2U);
}

TEST_F(Routing, Compare_OneExpertAloneIsHeardAndNamed) {
    CompareSpec spec = comparison(1);
    spec.force_expert = 1;
    const End alone = run(spec), mixed = run(comparison(1));
    ASSERT_TRUE(alone.comparison && mixed.comparison);
    EXPECT_EQ(alone.comparison->provenance.forced_expert, 1);
    bool differs = false;
    for (std::size_t i = 0; i < alone.comparison->samples.size(); ++i)
        differs |= alone.comparison->samples[i].adapted.tokens !=
                   mixed.comparison->samples[i].adapted.tokens;
    EXPECT_TRUE(differs);
}

}  // namespace
}  // namespace moelora
