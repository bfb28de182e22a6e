// SPDX-License-Identifier: GPL-3.0-or-later
// AdamW with moments in 8 bits: a slow twin that reads value by value equals the package bit by bit
// (tests/golden/train/make_adamw8bit_fixture.py) when it codes as the package's CPU library does,
// and equals ours when it takes the nearest code.
#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "core/train/adamw.h"
#include "core/train/moment_codes.h"
#include "core/train/update_rule.h"
#include "tests/core/train/train_fixture.h"

namespace moelora {
namespace {

using Map = std::array<float, 256>;
using Coder = std::function<std::uint8_t(float y, const Map& map)>;

constexpr AdamWOptions settings{
    .beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-8, .weight_decay = 0.1, .eight_bit = true};
constexpr double rate = 0.01;

// ---- slow twin: quantization.md 10

// The package without a GPU: 65536 bins.
std::uint8_t binned(float y, const Map& map) {
    const auto bin = static_cast<std::uint16_t>((y + 1.0f) * 0.5f * 65535.0f + 0.5f);
    const float place = -1.0f + (2.0f * static_cast<float>(bin)) / 65535.0f;
    std::size_t code = 0;
    while (code < 255 && 0.5f * (map[code] + map[code + 1]) < place) ++code;
    return static_cast<std::uint8_t>(code);
}

struct Twin {
    std::vector<float> p, m_scales, v_scales;
    std::vector<std::uint8_t> m, v;

    static void encode(const std::vector<float>& x, const Map& map, const Coder& coder,
                       std::vector<std::uint8_t>& codes, std::vector<float>& scales) {
        for (std::size_t at = 0; at < x.size(); at += 256) {
            const std::size_t end = std::min(at + 256, x.size());
            float most = 0;
            for (std::size_t i = at; i < end; ++i) most = std::max(most, std::abs(x[i]));
            scales[at / 256] = most;
            const float inverse = 1.0f / most;
            for (std::size_t i = at; i < end; ++i)
                codes[i] = most == 0 ? std::uint8_t{0}
                                     : coder(std::clamp(x[i] * inverse, -1.0f, 1.0f), map);
        }
    }
    void step(const std::vector<float>& g, double t, const Coder& coder) {
        const Map &first = moment_map(Moment::First), &second = moment_map(Moment::Second);
        const auto root = static_cast<float>(std::sqrt(1 - std::pow(settings.beta2, t)));
        const auto size = static_cast<float>(-rate / (1 - std::pow(settings.beta1, t)));
        const auto decay = static_cast<float>(1 - rate * settings.weight_decay);
        std::vector<float> mf(p.size()), vf(p.size());
        for (std::size_t i = 0; i < p.size(); ++i) {
            mf[i] = first[m[i]] * m_scales[i / 256] * 0.9f + g[i] * static_cast<float>(1 - 0.9);
            vf[i] = second[v[i]] * v_scales[i / 256] * 0.999f +
                    g[i] * g[i] * static_cast<float>(1 - 0.999);
            p[i] = p[i] * decay + size * (mf[i] / (std::sqrt(vf[i]) / root + 1e-8f));
        }
        encode(mf, first, coder, m, m_scales);
        encode(vf, second, coder, v, v_scales);
    }
};

at::Tensor leaf(at::IntArrayRef shape, std::uint64_t seed) {
    auto generator = at::detail::createCPUGenerator(seed);
    return (at::randn(shape, generator) * 0.1).requires_grad_();
}
// Over six decades, with more than a block of zeros.
at::Tensor gradient_at(at::IntArrayRef shape, std::int64_t t) {
    auto generator = at::detail::createCPUGenerator(static_cast<std::uint64_t>(100 + t));
    at::Tensor g = at::randn(shape, generator) * at::pow(10, at::rand(shape, generator) * 6 - 6);
    g.flatten().narrow(0, 0, 300).zero_();
    return g;
}
template <class T>
std::vector<T> values(const at::Tensor& t) {
    const at::Tensor flat = t.detach().contiguous();
    return {flat.const_data_ptr<T>(), flat.const_data_ptr<T>() + flat.numel()};
}

// ---- codes and maps

class Package : public testing::Test {
  protected:
    void SetUp() override {
        auto file = SafetensorsFile::open(test::golden("adamw8bit.safetensors"));
        MOELORA_ASSERT_OK(file);
        file_ = std::make_unique<SafetensorsFile>(std::move(*file));
    }
    template <class T>
    std::vector<T> read(const std::string& name, std::int64_t t) {
        auto out = test::values_of<T>(*file_, name + std::to_string(t));
        EXPECT_FALSE(out.empty()) << name << t;
        return out;
    }
    Twin state(std::int64_t t) {
        Twin out;
        out.p = read<float>("large.p", t);
        out.m.resize(out.p.size());
        out.v.resize(out.p.size());
        out.m_scales.resize((out.p.size() + 255) / 256);
        out.v_scales.resize(out.m_scales.size());
        if (t == 0) return out;
        out.m = read<std::uint8_t>("large.m", t);
        out.v = read<std::uint8_t>("large.v", t);
        out.m_scales = read<float>("large.ms", t);
        out.v_scales = read<float>("large.vs", t);
        return out;
    }
    std::unique_ptr<SafetensorsFile> file_;
};

TEST_F(Package, MapsAreItsOwnBitForBit) {
    const auto as_vector = [](Moment moment) {
        const Map& map = moment_map(moment);
        return std::vector<float>(map.begin(), map.end());
    };
    EXPECT_EQ(as_vector(Moment::First), test::values_of<float>(*file_, "map1"));
    EXPECT_EQ(as_vector(Moment::Second), test::values_of<float>(*file_, "map2"));
}

// Each update from the package's own state before it. Its vectors round some products differently,
// so that a value beside the border of two bins may take the other one.
TEST_F(Package, ItsUpdatesAreThoseOfTheTwinWithItsBins) {
    for (std::int64_t t = 1; t <= 4; ++t) {
        Twin twin = state(t - 1);
        const Twin wanted = state(t);
        twin.step(read<float>("large.g", t), static_cast<double>(t), binned);
        std::int64_t apart = 0;
        for (std::size_t i = 0; i < twin.p.size(); ++i) {
            ASSERT_NEAR(twin.p[i], wanted.p[i], 1e-6 * std::abs(wanted.p[i]) + 1e-9)
                << t << " " << i;
            ASSERT_LE(std::abs(twin.m[i] - wanted.m[i]), 1) << t << " " << i;
            ASSERT_LE(std::abs(twin.v[i] - wanted.v[i]), 1) << t << " " << i;
            apart += (twin.m[i] != wanted.m[i]) + (twin.v[i] != wanted.v[i]);
        }
        EXPECT_LE(apart, 2) << t;
        for (std::size_t b = 0; b < twin.m_scales.size(); ++b) {
            EXPECT_FLOAT_EQ(twin.m_scales[b], wanted.m_scales[b]) << t;
            EXPECT_FLOAT_EQ(twin.v_scales[b], wanted.v_scales[b]) << t;
        }
    }
}

TEST_F(Package, OursStaysBesideItOverItsUpdates) {
    const at::Tensor large = at::tensor(read<float>("large.p", 0)).view({12, 358}).requires_grad_();
    const at::Tensor small = at::tensor(read<float>("small.p", 0)).view({7, 9}).requires_grad_();
    AdamW ours({large, small}, settings);
    EXPECT_EQ(ours.first_moments()[0].scalar_type(), at::kByte);
    EXPECT_EQ(ours.first_moments()[1].scalar_type(), at::kFloat);
    for (std::int64_t t = 1; t <= 4; ++t) {
        large.mutable_grad() = at::tensor(read<float>("large.g", t)).view_as(large);
        small.mutable_grad() = at::tensor(read<float>("small.g", t)).view_as(small);
        ours.step(rate);
        const at::Tensor wanted = at::tensor(read<float>("large.p", t)).view_as(large);
        EXPECT_TRUE(at::allclose(large.detach(), wanted, 1e-4, 1e-6)) << t;
        EXPECT_TRUE(at::allclose(small.detach(),
                                 at::tensor(read<float>("small.p", t)).view_as(small), 1e-5, 1e-7))
            << t;
    }
}

TEST(MomentBins, HoldTheCodeOfEachPlaceAndNeverLoseASecondMoment) {
    for (const Moment moment : {Moment::First, Moment::Second}) {
        const Map& map = moment_map(moment);
        for (int i = 0; i <= 4000; ++i) {
            const float y = -1.0f + 2.0f * static_cast<float>(i) / 4000.0f;
            const auto bin = static_cast<std::uint16_t>((y + 1.0f) * 0.5f * 65535.0f + 0.5f);
            ASSERT_EQ(moment_bins(moment)[bin], binned(y, map)) << y;
        }
    }
    EXPECT_GT(moment_map(Moment::Second)[binned(0, moment_map(Moment::Second))], 1e-5f);
}

// ---- updates

TEST(AdamW8bit, EqualsTheSlowTwinBitForBit) {
    const int threads = at::get_num_threads();
    at::set_num_threads(2);
    const at::Tensor p = leaf({41, 1013}, 3);  // the last block is not full
    Twin twin;
    twin.p = values<float>(p);
    twin.m.resize(twin.p.size());
    twin.v.resize(twin.p.size());
    twin.m_scales.resize((twin.p.size() + 255) / 256);
    twin.v_scales.resize(twin.m_scales.size());
    AdamW ours({p}, settings);
    for (std::int64_t t = 1; t <= 12; ++t) {
        const at::Tensor g = gradient_at(p.sizes(), t);
        p.mutable_grad() = g.clone();
        ours.step(rate);
        twin.step(values<float>(g), static_cast<double>(t), binned);
        ASSERT_EQ(values<float>(p), twin.p) << t;
        ASSERT_EQ(values<std::uint8_t>(ours.first_moments()[0]), twin.m) << t;
        ASSERT_EQ(values<std::uint8_t>(ours.second_moments()[0]), twin.v) << t;
        ASSERT_EQ(values<float>(ours.first_scales()[0]), twin.m_scales) << t;
        ASSERT_EQ(values<float>(ours.second_scales()[0]), twin.v_scales) << t;
    }
    at::set_num_threads(threads);
}

// The calls that other devices take are also those of a gradient in another layout.
TEST(AdamW8bit, TheSameInCallsAsInOnePass) {
    const at::Tensor a = leaf({70, 90}, 5), b = a.detach().clone().requires_grad_();
    AdamW one_pass({a}, settings), calls({b}, settings);
    for (std::int64_t t = 1; t <= 6; ++t) {
        const at::Tensor g = gradient_at(a.sizes(), t);
        a.mutable_grad() = g.clone();
        b.mutable_grad() = g.t().contiguous().t();
        ASSERT_FALSE(b.grad().is_contiguous());
        one_pass.step(rate, 0.5);
        calls.step(rate, 0.5);
        EXPECT_TRUE(at::allclose(a, b, 1e-5, 1e-7)) << t;
        const auto apart = [](const at::Tensor& x, const at::Tensor& y) {
            return (x.to(at::kInt) - y.to(at::kInt)).abs();
        };
        for (const at::Tensor& codes :
             {apart(one_pass.first_moments()[0], calls.first_moments()[0]),
              apart(one_pass.second_moments()[0], calls.second_moments()[0])}) {
            EXPECT_LE(codes.max().item<int>(), 1) << t;
            EXPECT_LE(codes.sum().item<std::int64_t>(), 8) << t;
        }
        EXPECT_TRUE(at::allclose(one_pass.first_scales()[0], calls.first_scales()[0], 1e-6));
        EXPECT_TRUE(at::allclose(one_pass.second_scales()[0], calls.second_scales()[0], 1e-6));
    }
}

// A quadratic: with 8 bits the way down is that of full moments.
TEST(AdamW8bit, GoesDownAsFullMomentsDo) {
    const at::Tensor target = leaf({64, 80}, 9).detach();
    const auto distance = [&](bool eight_bit) {
        AdamWOptions options = settings;
        options.weight_decay = 0;
        options.eight_bit = eight_bit;
        const at::Tensor p = at::zeros_like(target).requires_grad_();
        AdamW optimizer({p}, options);
        for (int t = 0; t < 40; ++t) {
            p.mutable_grad() = p.detach() - target;
            optimizer.step(5e-3);
        }
        return (p.detach() - target).norm().item<double>() / target.norm().item<double>();
    };
    const double full = distance(false), small = distance(true);
    EXPECT_LT(full, 0.5);
    EXPECT_NEAR(small, full, 0.05 * full);
}

TEST(AdamW8bit, KeepsAQuarterOfTheBytesAndRestoresThemBitForBit) {
    TrainOptions options = test::short_run();
    options.optimizer = OptimizerKind::AdamW8bit;
    const at::Tensor p = leaf({80, 64}, 1), tiny = leaf({5}, 2);
    UpdateRule rule({{"p", p}, {"tiny", tiny}}, options, 10);
    const auto update = [](UpdateRule& r, const at::Tensor& x, const at::Tensor& y,
                           std::int64_t t) {
        r.begin();
        r.accumulate((x * gradient_at(x.sizes(), t)).sum() + (y * static_cast<double>(t)).sum(), 1);
        r.apply(r.gradient_norm().item<double>());
    };
    update(rule, p, tiny, 1);
    std::vector<NamedTensor> saved;
    std::size_t bytes = 0;
    std::vector<std::string> names;
    for (const auto& s : rule.state()) {
        saved.push_back({s.name, s.tensor.clone()});
        names.push_back(s.name);
        if (s.name.starts_with("p.")) bytes += s.tensor.nbytes();
    }
    EXPECT_EQ(names, (std::vector<std::string>{"p.m", "p.v", "p.m.scale", "p.v.scale", "tiny.m",
                                               "tiny.v", "adamw.steps"}));
    EXPECT_EQ(bytes, 2U * (5120 + 20 * 4));
    const at::Tensor q = p.detach().clone().requires_grad_(),
                     other = tiny.detach().clone().requires_grad_();
    UpdateRule resumed({{"p", q}, {"tiny", other}}, options, 10);
    ASSERT_TRUE(resumed.restore(saved, 1));
    for (std::int64_t t = 2; t < 5; ++t) {
        update(rule, p, tiny, t);
        update(resumed, q, other, t);
    }
    EXPECT_TRUE(at::equal(p, q));
    EXPECT_TRUE(at::equal(tiny, other));
    for (std::size_t i = 0; i < saved.size(); ++i)
        EXPECT_TRUE(at::equal(rule.state()[i].tensor, resumed.state()[i].tensor)) << saved[i].name;
    // Moments of the other kind are refused by name.
    UpdateRule full({{"p", q}, {"tiny", other}}, test::short_run(), 10);
    const auto refused = full.restore(saved, 1);
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().arg("why").find("p.m"), std::string::npos);
}

}  // namespace
}  // namespace moelora
