// SPDX-License-Identifier: GPL-3.0-or-later
// Routing statistics of whole passes against a slow twin: token by token from the recorded weights,
// with kinds read off the ids and the labels.
#include <gmock/gmock.h>

#include <algorithm>
#include <map>

#include "core/train/batch_pass.h"
#include "tests/core/train/train_fixture.h"

namespace moelora {
namespace {

using namespace test;

struct Sums {
    std::vector<double> weight;
    double tokens = 0;
};
using Parts = std::map<std::string, Sums>;  // "" = all

const char* kind_of(const Batch& batch, std::int64_t row, std::int64_t column,
                    std::int64_t image_token) {
    const auto at = [&](const at::Tensor& t) { return t[row][column].item<std::int64_t>(); };
    if (at(batch.attention_mask) == 0) return nullptr;
    if (at(batch.input_ids) == image_token) return "image";
    return at(batch.labels) != -100 ? "response" : "prompt";
}

void add(Parts& parts, const std::string& name, const at::Tensor& weights) {
    Sums& sums = parts[name];
    sums.weight.resize(static_cast<std::size_t>(weights.size(0)));
    for (std::size_t e = 0; e < sums.weight.size(); ++e)
        sums.weight[e] += weights[static_cast<std::int64_t>(e)].item<double>();
    sums.tokens += 1;
}

// Two updates' worth of batches: padding, several pictures, and one without any.
std::vector<Batch> batches() {
    const auto samples = read_samples();
    std::vector<Batch> out;
    EncodedSample several = samples[0];  // the pictures of two samples, one after the other
    for (const auto& [from, to] :
         {std::pair{&samples[1].ids, &several.ids}, std::pair{&samples[1].labels, &several.labels}})
        to->insert(to->end(), from->begin(), from->end());
    several.images.insert(several.images.end(), samples[1].images.begin(), samples[1].images.end());
    out.push_back(collate({several, samples[2]}, 0, PadSide::Right));
    EncodedSample text;
    text.ids = {5, 9, 12, 7, 3};
    text.labels = {-100, -100, -100, 7, 3};
    text.tasks = {1};
    out.push_back(collate({text}, 0, PadSide::Right));
    return out;
}

AdapterOptions soft_options() {
    AdapterOptions o = mixture_options();
    o.gate = GateKind::Softmax;
    o.dropout = 0;
    return o;
}

void expect_parts(const Parts& expected, const std::map<std::string, std::vector<double>>& found,
                  const std::vector<std::string>& names) {
    ASSERT_EQ(found.size(), names.size());
    for (const std::string& name : names) {
        SCOPED_TRACE(name);
        const Sums& sums = expected.at(name);
        for (std::size_t e = 0; e < sums.weight.size(); ++e)
            EXPECT_NEAR(found.at(name)[e], sums.weight[e] / sums.tokens, 1e-6);
    }
}

TEST(RoutingStatisticsOfAPass, EqualASlowCountOverEveryToken) {
    const at::NoGradGuard no_grad;
    const TinyRun run(short_run(), soft_options());
    Adapter& adapter = *run.adapter;
    const auto image = run.model->config().image_token_id;
    adapter.record_weights(true);
    adapter.begin_statistics({"a", "b"});
    std::map<std::string, Parts> twins;
    for (const Batch& batch : batches()) {
        (void)run.model->forward(begin_batch(*run.model, &adapter, batch));
        for (const auto& [site, weights] : adapter.recorded_weights()) {
            if (weights.size(0) != batch.input_ids.size(0)) continue;  // patches
            for (std::int64_t b = 0; b < weights.size(0); ++b)
                for (std::int64_t t = 0; t < weights.size(1); ++t)
                    if (const char* kind = kind_of(batch, b, t, image)) {
                        add(twins[site], "", weights[b][t]);
                        add(twins[site], kind, weights[b][t]);
                        const auto task = batch.task_ids[b].item<std::int64_t>();
                        add(twins[site], task == 0 ? "a" : "b", weights[b][t]);
                    }
        }
    }
    std::int64_t text_sites = 0;
    for (const RouterRecord& record : adapter.take_statistics(1)) {
        if (record.site.find("visual") != std::string::npos) {
            EXPECT_TRUE(record.by_kind.empty()) << record.site;
            continue;
        }
        SCOPED_TRACE(record.site);
        text_sites += 1;
        const Parts& twin = twins.at(record.site);
        const Sums& all = twin.at("");
        EXPECT_EQ(static_cast<double>(record.tokens), all.tokens);
        double entropy = 0;
        for (std::size_t e = 0; e < all.weight.size(); ++e) {
            const double p = all.weight[e] / all.tokens;
            EXPECT_NEAR(record.weight[e], p, 1e-6);
            EXPECT_NEAR(record.probability[e], p, 1e-6) << "this gate mixes by p";
            entropy -= p * std::log(p);
        }
        EXPECT_NEAR(record.marginal_entropy, entropy / std::log(3.0), 1e-6);
        expect_parts(twin, record.by_kind, {"image", "prompt", "response"});
        expect_parts(twin, record.by_task, {"a", "b"});
    }
    EXPECT_EQ(text_sites, 6) << "q, v and down of two layers";
}

TEST(RoutingStatisticsOfAPass, ARecomputedLayerIsCountedOnce) {
    std::vector<RouterRecord> found[2];
    for (const bool recompute : {false, true}) {
        const TinyRun run(short_run(), soft_options());
        run.model->set_gradient_checkpointing(recompute);
        run.adapter->begin_statistics({"a", "b"});
        for (const Batch& batch : batches())
            batch_loss(*run.model, run.adapter.get(), batch, true).loss.backward();
        found[recompute] = run.adapter->take_statistics(1);
    }
    ASSERT_FALSE(found[0].empty());
    EXPECT_EQ(found[0], found[1]);
    EXPECT_EQ(std::count_if(found[0].begin(), found[0].end(),
                            [](const RouterRecord& r) { return r.by_kind.size() == 3; }),
              6)
        << "all but the patches' sites";
}

}  // namespace
}  // namespace moelora
