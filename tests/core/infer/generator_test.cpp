// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/infer/generator.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>

#include "core/model/decode_graphs.h"
#include "tests/core/model/fake_graphs.h"
#include "tests/core/model/tiny_model.h"

namespace moelora {
namespace {

class Generator : public ::testing::Test {
  protected:
    void SetUp() override {
        tiny_ = test::load_tiny("left_padded_batch");
        options_.max_new_tokens = 5;
        for (const ModelInputs& row : test::single_rows(tiny_)) prompts_.push_back(sample_of(row));
    }
    static std::vector<TokenId> ids_of(const at::Tensor& row) {
        const at::Tensor flat = row.flatten().contiguous();
        return {flat.const_data_ptr<TokenId>(), flat.const_data_ptr<TokenId>() + flat.numel()};
    }
    static EncodedSample sample_of(const ModelInputs& row) {
        EncodedSample out;
        out.ids = ids_of(row.input_ids);
        out.labels.assign(out.ids.size(), -100);
        std::int64_t begin = 0;
        for (std::int64_t n = 0; row.grid_thw.defined() && n < row.grid_thw.size(0); ++n) {
            Patches patches;
            patches.h = row.grid_thw[n][1].item<std::int64_t>();
            patches.w = row.grid_thw[n][2].item<std::int64_t>();
            patches.rows = patches.h * patches.w;
            patches.columns = row.pixel_values.size(1);
            patches.tokens = patches.rows / 4;
            const at::Tensor part = row.pixel_values.narrow(0, begin, patches.rows).contiguous();
            patches.values.assign(part.const_data_ptr<float>(),
                                  part.const_data_ptr<float>() + part.numel());
            begin += patches.rows;
            out.images.push_back(std::move(patches));
        }
        return out;
    }
    [[nodiscard]] std::vector<std::vector<TokenId>> answers(Adapter* adapter = nullptr,
                                                            TokenId extra_end = -1) {
        const auto out = generate(*tiny_.model, adapter, prompts_, options_, extra_end);
        std::vector<std::vector<TokenId>> ids;
        if (!out) ADD_FAILURE() << message_of(out.error());
        for (std::size_t n = 0; out && n < out->size(); ++n) ids.push_back((*out)[n].ids);
        return ids;
    }
    test::TinyModel tiny_;
    GenerateOptions options_;
    std::vector<EncodedSample> prompts_;
};

TEST_F(Generator, EveryBatchSizeGivesTheTokensOfTransformers) {
    for (const std::int64_t width : {1, 2, 3, 8}) {
        options_.batch_size = width;
        const auto ids = answers();
        ASSERT_EQ(ids.size(), 3U);
        for (std::size_t row = 0; row < 3; ++row)
            EXPECT_EQ(ids[row], ids_of(tiny_.find("greedy")[static_cast<std::int64_t>(row)]));
    }
}

TEST_F(Generator, SampledAnswersDoNotDependOnTheBatchSize) {
    options_.do_sample = true;
    options_.seed = 9;
    options_.batch_size = 3;
    const auto together = answers();
    options_.batch_size = 1;
    EXPECT_EQ(answers(), together);
}

TEST_F(Generator, ExtraEndStopsARow) {
    const auto open = answers();
    const auto ended = answers(nullptr, open[1][0]);
    EXPECT_TRUE(ended[1].empty());
}

TEST_F(Generator, CancelLeavesLaterBatchesEmpty) {
    options_.batch_size = 2;
    const auto out = generate(*tiny_.model, nullptr, prompts_, options_, -1,
                              [](std::size_t, TokenId) { return false; });
    MOELORA_ASSERT_OK(out);
    ASSERT_EQ(out->size(), 3U);
    EXPECT_EQ((*out)[0].ids.size(), 1U);
    EXPECT_EQ((*out)[2].ids.size(), 0U);
    for (const Generation& one : *out) EXPECT_EQ(one.stop_reason, StopReason::Cancelled);
}

TEST_F(Generator, NothingToAnswerIsWrongUsage) {
    EXPECT_EQ(generate(*tiny_.model, nullptr, {}, options_).error().code, ErrorCode::UsageInvalid);
    prompts_[1].ids.clear();
    prompts_[1].labels.clear();
    EXPECT_EQ(generate(*tiny_.model, nullptr, prompts_, options_).error().code,
              ErrorCode::UsageInvalid);
    options_.do_sample = true;
    options_.temperature = 0;
    prompts_.resize(1);
    EXPECT_EQ(generate(*tiny_.model, nullptr, prompts_, options_).error().code,
              ErrorCode::OptionInvalid);
}

TEST_F(Generator, RoutedAdapterAnswersTheSameAloneAndInABatch) {
    const auto base = answers();
    AdapterOptions options;
    options.targets = {"q_proj", "down_proj"};
    auto adapter = Adapter::create(*tiny_.model, options, 3);
    MOELORA_ASSERT_OK(adapter);
    (*adapter)->attach();
    EXPECT_EQ(answers(adapter->get()), base) << "a fresh adapter changes nothing";
    {
        const at::NoGradGuard frozen;
        at::manual_seed(4);
        for (const NamedTensor& one : (*adapter)->parameters())
            at::Tensor(one.tensor).copy_(0.3 * at::randn(one.tensor.sizes()));
    }
    const auto changed = answers(adapter->get());
    EXPECT_NE(changed, base);
    options_.batch_size = 1;
    EXPECT_EQ(answers(adapter->get()), changed);
    (*adapter)->detach();
    EXPECT_EQ(answers(), base);
}

// The tower's targets are adapted in the second turn: then it cannot be shared.
TEST_F(Generator, PairsAreTheBaseAndTheAdapterDecodedApart) {
    const auto base = answers();
    for (const bool tower : {false, true}) {
        AdapterOptions options;
        options.targets = {"q_proj", "down_proj"};
        if (tower) options.targets.insert(options.targets.end(), {"attn.qkv", "linear_fc2"});
        auto adapter = Adapter::create(*tiny_.model, options, 3);
        MOELORA_ASSERT_OK(adapter);
        (*adapter)->attach();
        {
            const at::NoGradGuard frozen;
            at::manual_seed(4);
            for (const NamedTensor& one : (*adapter)->parameters())
                at::Tensor(one.tensor).copy_(0.3 * at::randn(one.tensor.sizes()));
        }
        const auto adapted = answers(adapter->get());
        ASSERT_NE(adapted, base);
        for (const std::int64_t width : {1, 2, 3}) {
            options_.batch_size = width;
            std::vector<std::vector<TokenId>> heard(6);
            const auto pairs = generate_pairs(*tiny_.model, **adapter, prompts_, options_, -1,
                                              [&](std::size_t row, TokenId id) {
                                                  heard[row].push_back(id);
                                                  return true;
                                              });
            MOELORA_ASSERT_OK(pairs);
            ASSERT_EQ(pairs->size(), 6U);
            for (std::size_t row = 0; row < 6; ++row) {
                EXPECT_EQ((*pairs)[row].ids, row < 3 ? base[row] : adapted[row - 3]);
                EXPECT_EQ(heard[row], (*pairs)[row].ids);
            }
        }
        (*adapter)->detach();
    }
}

// Invariant 13 of adapters.md 19: the mean of the prompt is taken once, and answers are routed by
// it.
TEST_F(Generator, ARouterOfPromptsAnswersAsFullPassesDo) {
    AdapterOptions options;
    options.targets = {"q_proj", "down_proj"};
    options.router = RouterKind::Instance;
    auto made = Adapter::create(*tiny_.model, options, 3);
    MOELORA_ASSERT_OK(made);
    Adapter& adapter = **made;
    adapter.attach();
    const at::NoGradGuard frozen;
    at::manual_seed(4);
    for (const NamedTensor& one : adapter.parameters())
        at::Tensor(one.tensor).copy_(at::randn(one.tensor.sizes()));
    const auto by_full_passes = [&](EncodedSample sample) {
        const std::size_t prompt = sample.ids.size();
        for (std::int64_t n = 0; n < options_.max_new_tokens; ++n) {
            const Batch batch = collate({sample}, 0, PadSide::Left);
            ForwardInfo info;
            info.attention_mask = batch.attention_mask;
            info.labels = batch.labels;
            info.patches = batch.patches;
            adapter.begin_pass(info);
            const at::Tensor states = tiny_.model
                                          ->forward({batch.input_ids, batch.attention_mask,
                                                     batch.pixel_values, batch.grid_thw})
                                          .states;
            const TokenId next = tiny_.model->logits(states[0][-1]).argmax().item<std::int64_t>();
            const auto& ends = tiny_.model->config().eos_ids;
            if (std::find(ends.begin(), ends.end(), next) != ends.end()) break;
            sample.ids.push_back(next);
            sample.labels.push_back(next);
        }
        return std::vector<TokenId>(sample.ids.begin() + static_cast<std::ptrdiff_t>(prompt),
                                    sample.ids.end());
    };
    const auto together = answers(&adapter);
    const auto pairs = generate_pairs(*tiny_.model, adapter, prompts_, options_);
    MOELORA_ASSERT_OK(pairs);
    for (std::size_t n = 0; n < prompts_.size(); ++n) {
        const auto expected = by_full_passes(prompts_[n]);
        EXPECT_EQ(together[n], expected) << n;
        EXPECT_EQ((*pairs)[prompts_.size() + n].ids, expected) << n;
    }
}

TEST_F(Generator, SampledPairsDrawWhatEachDrawsApart) {
    options_.do_sample = true;
    options_.seed = 9;
    options_.batch_size = 2;
    const auto base = answers();
    AdapterOptions options;
    options.targets = {"q_proj"};
    auto adapter = Adapter::create(*tiny_.model, options, 3);  // B = 0: the same model
    MOELORA_ASSERT_OK(adapter);
    (*adapter)->attach();
    const auto pairs = generate_pairs(*tiny_.model, **adapter, prompts_, options_);
    MOELORA_ASSERT_OK(pairs);
    for (std::size_t row = 0; row < 6; ++row) EXPECT_EQ((*pairs)[row].ids, base[row % 3]);
}

// ---- with recordings (DecodeGraphs) on a device that stands in for one that records

class RecordedGenerator : public Generator {
  protected:
    void SetUp() override {
        Generator::SetUp();
        options_.max_new_tokens = 12;
        tiny_.model->set_decode_graphs(&graphs_);
    }
    // Without, then with recordings. The number that were made meanwhile.
    int expect_the_same_tokens(Adapter* adapter) {
        const int before = device_.asked;
        tiny_.model->set_decode_graphs(nullptr);
        const auto launched = answers(adapter);
        tiny_.model->set_decode_graphs(&graphs_);
        EXPECT_EQ(answers(adapter), launched);
        return device_.asked - before;
    }
    [[nodiscard]] std::unique_ptr<Adapter> adapter_of(RouterKind router) {
        AdapterOptions options;
        options.targets = {"q_proj", "down_proj"};
        options.router = router;
        auto made = Adapter::create(*tiny_.model, options, 3);
        if (!made) throw std::runtime_error(message_of(made.error()));
        change(**made, 4);
        (*made)->attach();
        return std::move(*made);
    }
    static void change(const Adapter& adapter, std::uint64_t seed) {
        const at::NoGradGuard frozen;
        at::manual_seed(seed);
        for (const NamedTensor& one : adapter.parameters())
            at::Tensor(one.tensor).copy_(0.3 * at::randn(one.tensor.sizes()));
    }
    test::FakeGraphs device_;
    DecodeGraphs graphs_{device_.recorder()};
};

TEST_F(RecordedGenerator, TokensAreThoseOfLaunchedPasses) {
    for (const std::int64_t width : {3, 2, 1}) {
        options_.batch_size = width;
        const int before = device_.replays;
        (void)expect_the_same_tokens(nullptr);
        EXPECT_GT(device_.replays, before + 5);
    }
    options_.do_sample = true;
    options_.repetition_penalty = 1.2;
    (void)expect_the_same_tokens(nullptr);
}

TEST_F(RecordedGenerator, AnAdapterIsSeenAsItIs) {
    const auto base = answers();
    const auto adapter = adapter_of(RouterKind::Token);
    EXPECT_EQ(expect_the_same_tokens(adapter.get()), 1);
    change(*adapter, 5);  // as an update does: in place
    EXPECT_EQ(expect_the_same_tokens(adapter.get()), 0);
    EXPECT_NE(answers(adapter.get()), base);
    adapter->set_scale(0.5);
    EXPECT_EQ(expect_the_same_tokens(adapter.get()), 1);
    adapter->set_enabled(false);
    EXPECT_EQ(expect_the_same_tokens(adapter.get()), 1);
    EXPECT_EQ(answers(adapter.get()), base);
    adapter->set_enabled(true);
    MOELORA_ASSERT_OK(adapter->force_expert(1));
    EXPECT_EQ(expect_the_same_tokens(adapter.get()), 1);
    adapter->detach();
    EXPECT_EQ(expect_the_same_tokens(nullptr), 1);
}

TEST_F(RecordedGenerator, PairsAreTheBaseAndTheAdapter) {
    const auto base = answers();
    const auto adapter = adapter_of(RouterKind::Token);
    const auto adapted = answers(adapter.get());
    for (int again = 0; again < 2; ++again) {
        const auto pairs = generate_pairs(*tiny_.model, *adapter, prompts_, options_);
        MOELORA_ASSERT_OK(pairs);
        for (std::size_t row = 0; row < 6; ++row)
            EXPECT_EQ((*pairs)[row].ids, row < 3 ? base[row] : adapted[row - 3]);
    }
}

// Their passes hang on the prompts, and what is counted on the pass.
TEST_F(RecordedGenerator, RoutersOfSamplesAndCountedPassesAreLaunched) {
    const auto of_prompts = adapter_of(RouterKind::Instance);
    EXPECT_FALSE(of_prompts->passes_alike());
    EXPECT_EQ(expect_the_same_tokens(of_prompts.get()), 0);
    const auto of_tokens = adapter_of(RouterKind::Token);
    EXPECT_TRUE(of_tokens->passes_alike());
    of_tokens->begin_statistics({});
    EXPECT_EQ(expect_the_same_tokens(of_tokens.get()), 0);
    EXPECT_FALSE(of_tokens->take_statistics(1).empty());
    of_tokens->record_weights(true);
    EXPECT_EQ(expect_the_same_tokens(of_tokens.get()), 0);
    of_tokens->record_weights(false);
    EXPECT_EQ(expect_the_same_tokens(of_tokens.get()), 1);
}

}  // namespace
}  // namespace moelora
