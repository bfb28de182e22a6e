// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/feature_cache.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>

#include "core/ops/host_memory.h"
#include "tests/core/model/tiny_model.h"

namespace moelora {
namespace {

namespace fs = std::filesystem;

VisionFeatures some_features(std::int64_t seed) {
    at::manual_seed(static_cast<std::uint64_t>(seed));
    const auto one = [] { return at::randn({5, 8}).to(at::kBFloat16); };
    return {one(), {one(), one()}};
}
constexpr std::int64_t bytes_of_one = 3 * 5 * 8 * 2;

bool equal(const VisionFeatures& a, const VisionFeatures& b) {
    bool same = at::equal(a.merged, b.merged) && a.deepstack.size() == b.deepstack.size();
    for (std::size_t i = 0; same && i < a.deepstack.size(); ++i)
        same = at::equal(a.deepstack[i], b.deepstack[i]);
    return same;
}

std::string key_of(std::int64_t picture) {
    return FeatureCache::key_of(at::full({4, 6}, picture), at::tensor({1, 2, 2}).unsqueeze(0));
}

// The only file below a folder.
std::string file_in(const std::string& folder) {
    std::string found;
    for (const auto& entry : fs::recursive_directory_iterator(folder))
        if (entry.is_regular_file()) found = entry.path().string();
    return found;
}

TEST(FeatureCache, KeepsWhatFitsAndNoMore) {
    FeatureCache cache({.memory_bytes = 2 * bytes_of_one + 1, .tower = "t"});
    for (std::int64_t i = 0; i < 3; ++i) {
        EXPECT_FALSE(cache.find(key_of(i)));
        cache.put(key_of(i), some_features(i));
    }
    for (std::int64_t i = 0; i < 2; ++i) {
        const auto found = cache.find(key_of(i));
        ASSERT_TRUE(found);
        EXPECT_TRUE(equal(*found, some_features(i)));
    }
    EXPECT_FALSE(cache.find(key_of(2)));
    EXPECT_EQ(cache.facts().found, 2);
    EXPECT_EQ(cache.facts().computed, 4);
    EXPECT_EQ(cache.facts().memory_bytes, 2 * bytes_of_one);
}

TEST(FeatureCache, KeyChangesWithEveryPixelAndWithTheGrid) {
    const at::Tensor pixels = at::zeros({4, 6}), grid = at::tensor({1, 2, 2}).unsqueeze(0);
    const std::string key = FeatureCache::key_of(pixels, grid);
    EXPECT_EQ(FeatureCache::key_of(pixels.clone(), grid), key);
    EXPECT_NE(FeatureCache::key_of(pixels, at::tensor({1, 1, 4}).unsqueeze(0)), key);
    at::Tensor other = pixels.clone();
    other[3][5] = 1e-30;
    EXPECT_NE(FeatureCache::key_of(other, grid), key);
}

TEST(FeatureCache, TheNextRunFindsThemOnDiskAndAnotherTowerDoesNot) {
    const test::TempDir temp;
    FeatureCacheLimits limits{.folder = temp / "features", .disk_bytes = 1 << 20, .tower = "t"};
    FeatureCache(limits).put(key_of(1), some_features(1));
    FeatureCache next(limits);
    const auto found = next.find(key_of(1));
    ASSERT_TRUE(found);
    EXPECT_TRUE(equal(*found, some_features(1)));
    EXPECT_FALSE(next.find(key_of(2)));
    limits.tower = "another";
    EXPECT_FALSE(FeatureCache(limits).find(key_of(1)));
}

TEST(FeatureCache, AFileThatIsCutOrChangedIsNoFeature) {
    const test::TempDir temp;
    const FeatureCacheLimits limits{
        .folder = temp / "features", .disk_bytes = 1 << 20, .tower = "t"};
    const auto spoil_and_find = [&](const std::function<void(const std::string&)>& spoil) {
        FeatureCache(limits).put(key_of(1), some_features(1));
        const std::string file = file_in(temp / "features");
        spoil(file);
        EXPECT_FALSE(FeatureCache(limits).find(key_of(1)));
        EXPECT_FALSE(fs::exists(file));
    };
    spoil_and_find([](const std::string& file) { fs::resize_file(file, fs::file_size(file) - 1); });
    spoil_and_find([](const std::string& file) {
        std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
        stream.seekp(-1, std::ios::end);
        stream.put('\x55');
    });
    spoil_and_find([](const std::string& file) { std::ofstream(file) << "nothing of ours"; });
}

TEST(FeatureCache, TheDiskTakesNoMoreThanAllowedNorAFolderThatCannotBeWritten) {
    const test::TempDir temp;
    FeatureCacheLimits limits{
        .folder = temp / "features", .disk_bytes = bytes_of_one, .tower = "t"};
    FeatureCache cache(limits);
    for (std::int64_t i = 0; i < 3; ++i) cache.put(key_of(i), some_features(i));
    EXPECT_TRUE(cache.find(key_of(0)));
    EXPECT_FALSE(cache.find(key_of(1)));
    FeatureCache more(limits);
    more.put(key_of(5), some_features(5));
    EXPECT_FALSE(more.find(key_of(5))) << "what an earlier run left counts, too";
    std::ofstream(temp / "file") << "no folder";
    limits.folder = temp / "file";
    FeatureCache blocked(limits);
    blocked.put(key_of(1), some_features(1));
    EXPECT_FALSE(blocked.find(key_of(1)));
}

class Halves : public SiteAdapter {
  public:
    at::Tensor forward(const FrozenLinear& base, const at::Tensor& x, const at::Tensor&) override {
        return base.base(x) / 2;
    }
};

class FeaturesOfAModel : public ::testing::Test {
  protected:
    test::TinyModel tiny_ = test::load_tiny("head_dim_two_images");
    at::NoGradGuard frozen_;
};

TEST_F(FeaturesOfAModel, AreTheSameKeptOrNotAloneOrInCompany) {
    Qwen3VL& model = *tiny_.model;
    const at::Tensor pixels = tiny_.find("pixel_values"), grid = tiny_.find("image_grid_thw");
    ASSERT_EQ(grid.size(0), 2);
    FeatureCache none({});
    model.set_feature_cache(&none);
    const VisionFeatures both = model.encode_images(pixels, grid);
    const at::Tensor logits = tiny_.logits();
    FeatureCache cache({.memory_bytes = 1 << 20, .tower = "t"});
    model.set_feature_cache(&cache);
    for (int pass = 0; pass < 2; ++pass) {
        EXPECT_TRUE(equal(model.encode_images(pixels, grid), both));
        EXPECT_TRUE(at::equal(tiny_.logits(), logits));
    }
    EXPECT_EQ(cache.facts().computed, 2);
    EXPECT_EQ(cache.facts().found, 6);
    model.set_feature_cache(&none);
    const std::int64_t first = grid[0].prod().item<std::int64_t>();
    const VisionFeatures alone =
        model.encode_images(pixels.narrow(0, 0, first), grid.slice(0, 0, 1));
    EXPECT_TRUE(at::equal(alone.merged, both.merged.narrow(0, 0, alone.merged.size(0))));
}

TEST_F(FeaturesOfAModel, AreNeitherKeptNorTakenWhileAnAdapterSitsInTheTower) {
    Qwen3VL& model = *tiny_.model;
    FeatureCache cache({.memory_bytes = 1 << 20, .tower = "t"});
    model.set_feature_cache(&cache);
    const at::Tensor before = tiny_.logits();
    Halves halves;
    for (FrozenLinear* linear : model.linears())
        if (linear->shape.vision) {
            linear->adapter = &halves;
            break;
        }
    const FeatureCache::Facts facts = cache.facts();
    EXPECT_FALSE(at::equal(tiny_.logits(), before));
    EXPECT_EQ(cache.facts().found, facts.found);
    EXPECT_EQ(cache.facts().computed, facts.computed);
    for (FrozenLinear* linear : model.linears()) linear->adapter = nullptr;
    EXPECT_TRUE(at::equal(tiny_.logits(), before));
}

// A picture that is kept asks for no weight; one that is not brings the tower back for itself
// alone.
TEST_F(FeaturesOfAModel, AreTheSameOfATowerThatLeftMemory) {
    host_memory::count();
    Qwen3VL& model = *tiny_.model;
    const at::Tensor pixels = tiny_.find("pixel_values"), grid = tiny_.find("image_grid_thw");
    const std::int64_t first = grid[0].prod().item<std::int64_t>();
    const at::Tensor other = pixels.narrow(0, 0, first) + 0.125, its_grid = grid.slice(0, 0, 1);
    FeatureCache cache({.memory_bytes = 1 << 20, .tower = "t"}), none({});
    model.set_feature_cache(&none);
    const VisionFeatures of_other = model.encode_images(other, its_grid);
    model.set_feature_cache(&cache);
    const at::Tensor logits = tiny_.logits();
    const std::int64_t whole = model.weight_bytes();
    std::int64_t tower = 0;
    for (const FrozenLinear* linear : model.linears())
        if (linear->shape.vision) tower += static_cast<std::int64_t>(linear->weight.nbytes());
    ASSERT_GT(tower, 0);
    model.evict_vision();
    const std::int64_t text = model.weight_bytes();
    EXPECT_LT(text, whole - tower);
    for (const FrozenLinear* linear : model.linears())
        EXPECT_EQ(linear->weight.defined(), !linear->shape.vision) << linear->shape.path;
    EXPECT_TRUE(at::equal(tiny_.logits(), logits));
    EXPECT_TRUE(equal(model.encode_images(other, its_grid), of_other));
    EXPECT_EQ(model.weight_bytes(), text);
    // Where the memory ends meanwhile, nothing of it stays.
    at::Tensor third = other + 0.125;
    for (const std::int64_t n : {1, 7, 20}) {
        host_memory::fail_at(n);
        EXPECT_ANY_THROW((void)model.encode_images(third, its_grid)) << n;
        host_memory::fail_at(0);
        EXPECT_EQ(model.weight_bytes(), text) << n;
    }
    EXPECT_NO_THROW((void)model.encode_images(third, its_grid));
    // Whoever asks without a cache, or with an adapter in the tower, finds it there.
    model.set_feature_cache(nullptr);
    EXPECT_TRUE(at::allclose(tiny_.logits(), logits, 1e-4, 1e-4));
    EXPECT_EQ(model.weight_bytes(), whole);
}

}  // namespace
}  // namespace moelora
