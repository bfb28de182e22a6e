// SPDX-License-Identifier: GPL-3.0-or-later
// A trained Llama with published text: shared/data/weights/stories260k (its golden.json was
// computed in float64 by two programs, and by transformers in float32).
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "core/model/qwen3vl.h"
#include "core/text/tokenizer.h"
#include "tests/support/shared_data.h"

namespace moelora {
namespace {

using Ids = std::vector<TokenId>;

class Stories : public ::testing::Test {
  protected:
    void SetUp() override {
        MOELORA_NEED_SHARED_DATA();
        at::set_num_threads(1);
        const std::string folder = test::shared_data_dir() + "/weights/stories260k";
        golden_ = *read_json(folder + "/golden.json");
        auto model = Qwen3VL::load(folder + "/hf", ComputeDtype::Fp32, "cpu");
        MOELORA_ASSERT_OK(model);
        model_ = std::move(*model);
        auto tokenizer = Tokenizer::load(folder + "/hf");
        MOELORA_ASSERT_OK(tokenizer);
        tokenizer_ = std::make_unique<Tokenizer>(std::move(*tokenizer));
    }
    static at::Tensor row(const Ids& ids) { return at::tensor(ids, at::kLong).unsqueeze(0); }

    // Token by token through the cache, until an end token or `most` new ones.
    Ids greedy(const Ids& prompt, std::size_t most) {
        const auto& ends = model_->config().eos_ids;
        KVCache cache = model_->make_cache(1, static_cast<std::int64_t>(prompt.size() + most));
        at::Tensor states = model_->forward({row(prompt), {}, {}, {}}, &cache).states;
        Ids out;
        while (true) {
            const at::Tensor logits = model_->logits(states.select(1, states.size(1) - 1));
            const auto next = logits.argmax().item<TokenId>();
            if (std::find(ends.begin(), ends.end(), next) != ends.end()) return out;
            out.push_back(next);
            if (out.size() == most) return out;
            states = model_->forward({row({next}), {}, {}, {}}, &cache).states;
        }
    }
    Json golden_;
    std::unique_ptr<Qwen3VL> model_;
    std::unique_ptr<Tokenizer> tokenizer_;
    const at::NoGradGuard frozen_;
};

TEST_F(Stories, ConfigurationIsRead) {
    EXPECT_EQ(model_->config().family, "llama");
    EXPECT_EQ(model_->config().eos_ids, (Ids{1, 2}));
    EXPECT_TRUE(model_->config().tie_word_embeddings);
    EXPECT_EQ(model_->weight_bytes(), 260032 * 4);
    EXPECT_EQ(tokenizer_->bos(), 1);
}

TEST_F(Stories, EncodingsAreEqual) {
    ASSERT_GE(golden_["encode"].size(), 17u);
    for (const Json& one : golden_["encode"]) {
        const auto text = one["text"].get<std::string>();
        const auto ids = tokenizer_->encode(text, false);  // "<s>" is text there
        MOELORA_ASSERT_OK(ids);
        EXPECT_EQ(*ids, one["ids"].get<Ids>()) << one["text"].dump();
        EXPECT_EQ(tokenizer_->decode(*ids), text);
    }
}

TEST_F(Stories, LossesAreAsRecorded) {
    for (const Json& one : golden_["losses"]) {
        const Ids ids = one["ids"].get<Ids>();
        const auto kept = static_cast<std::int64_t>(ids.size()) - 1;
        const at::Tensor logits = model_->logits(model_->forward({row(ids), {}, {}, {}}).states)[0];
        const at::Tensor losses = at::cross_entropy_loss(
            logits.narrow(0, 0, kept), row(ids)[0].narrow(0, 1, kept), {}, at::Reduction::None);
        EXPECT_NEAR(losses.mean().item<double>(), one["mean"].get<double>(), 1e-5);
        for (std::int64_t i = 0; i < kept; ++i)
            EXPECT_NEAR(losses[i].item<double>(),
                        one["losses"][static_cast<std::size_t>(i)].get<double>(), 5e-5);
    }
}

TEST_F(Stories, GreedyTextIsAsPublished) {
    for (const Json& one : golden_["greedy"]) {
        SCOPED_TRACE(one["prompt"].dump());
        Ids prompt = {*tokenizer_->bos()};
        const auto encoded = tokenizer_->encode(one["prompt"].get<std::string>());
        MOELORA_ASSERT_OK(encoded);
        prompt.insert(prompt.end(), encoded->begin(), encoded->end());
        EXPECT_EQ(prompt, one["prompt_ids"].get<Ids>());
        const Ids expected = one["new_ids"].get<Ids>();
        const Ids fresh = greedy(prompt, one["max_new_tokens"].get<std::size_t>());
        EXPECT_EQ(fresh, expected);
        Ids all = *encoded;
        all.insert(all.end(), fresh.begin(), fresh.end());
        EXPECT_EQ(tokenizer_->decode(all, true), one["text"].get<std::string>());
    }
}

}  // namespace
}  // namespace moelora
