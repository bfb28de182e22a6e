// SPDX-License-Identifier: GPL-3.0-or-later
// Bytes, scales, nested scales, tables and values against bitsandbytes (tests/golden/quant) and
// against the known answers of quantization.md section 11.
#include <ATen/CPUGeneratorImpl.h>
#include <gtest/gtest.h>

#include "core/quant/quantized_matrix.h"
#include "tests/support/shared_data.h"
#include "tests/support/tensors.h"

namespace moelora {
namespace {

std::uint32_t crc32(const void* data, std::size_t size) {
    std::uint32_t crc = ~0u;
    for (std::size_t i = 0; i < size; ++i) {
        crc ^= static_cast<const std::uint8_t*>(data)[i];
        for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (0xedb88320u & (0u - (crc & 1u)));
    }
    return ~crc;
}
std::uint32_t crc32(const at::Tensor& t) {
    const at::Tensor dense = t.contiguous();
    return crc32(dense.const_data_ptr(), dense.nbytes());
}

QuantSpec spec_of(const std::string& name) {
    QuantSpec spec;
    spec.rule = QuantRule::Cpu;
    spec.format = name.starts_with("nf4")   ? QuantFormat::Nf4
                  : name.starts_with("fp4") ? QuantFormat::Fp4
                                            : QuantFormat::Int8;
    spec.nested = name.find("-dq") != std::string::npos;
    return spec;
}

// Case names of the fixture: "nf4-dq.bf16.33x71".
std::vector<std::string> names_in(const test::TensorMap& tensors) {
    std::vector<std::string> out;
    for (const auto& [name, tensor] : tensors)
        if (name.ends_with(".w")) out.push_back(name.substr(0, name.size() - 2));
    return out;
}

bool same_bits(const at::Tensor& a, const at::Tensor& b) {
    return a.sizes() == b.sizes() && a.scalar_type() == b.scalar_type() && crc32(a) == crc32(b);
}

TEST(Quantize, Bitsandbytes_BytesScalesAndTablesAreEqual) {
    const auto golden =
        test::read_tensors(test::source_path("tests/golden/quant/cases.safetensors"));
    const auto names = names_in(golden);
    ASSERT_EQ(names.size(), 16U);
    for (const std::string& name : names) {
        SCOPED_TRACE(name);
        const auto at = [&](const char* part) { return golden.at(name + "." + part); };
        const QuantizedMatrix got = quantize(at("w"), spec_of(name));
        EXPECT_TRUE(same_bits(got.codes, at("codes")));
        EXPECT_EQ(got.source_type, at("w").scalar_type());
        if (got.format == QuantFormat::Int8) {
            EXPECT_TRUE(same_bits(got.absmax, at("scales")));
            continue;
        }
        EXPECT_TRUE(same_bits(got.absmax, at("absmax")));
        EXPECT_TRUE(same_bits(got.table, at("map")));
        ASSERT_EQ(got.nested(), golden.contains(name + ".offset"));
        if (!got.nested()) continue;
        EXPECT_EQ(got.nested_offset, at("offset").item<float>());
        EXPECT_TRUE(same_bits(got.nested_absmax, at("nested_absmax")));
        EXPECT_TRUE(same_bits(got.nested_table, at("nested_map")));
    }
}

TEST(Quantize, Bitsandbytes_ValuesAreEqual) {
    const auto golden =
        test::read_tensors(test::source_path("tests/golden/quant/cases.safetensors"));
    for (const std::string& name : names_in(golden)) {
        SCOPED_TRACE(name);
        const QuantizedMatrix w = quantize(golden.at(name + ".w"), spec_of(name));
        const at::Tensor value = golden.at(name + ".value");
        EXPECT_TRUE(at::equal(dequantize(w, at::kFloat), value));
        EXPECT_TRUE(at::equal(dequantize_reference(w, at::kFloat), value));
        EXPECT_TRUE(at::equal(dequantize(w, at::kBFloat16), value.to(at::kBFloat16)));
        EXPECT_TRUE(at::equal(dequantize(w, at::kHalf), value.to(at::kHalf)));
        EXPECT_TRUE(at::equal(dequantize_rows(w, 1, 5, at::kFloat), value.narrow(0, 1, 4)));
        if (w.format != QuantFormat::Int8) {
            EXPECT_TRUE(at::equal(scales_of(w), golden.at(name + ".scales")));
        }
    }
}

TEST(Quantize, KnownAnswersOfCudaAreEqual) {
    const at::Tensor i = at::arange(128, at::kFloat);
    const at::Tensor w = ((i - 64) / 64).pow(3).view({2, 64});
    for (const auto& [format, rule, crc] :
         {std::tuple{QuantFormat::Nf4, QuantRule::Cuda, 0xfb1ade43u},
          std::tuple{QuantFormat::Fp4, QuantRule::Cuda, 0x7985818fu},
          std::tuple{QuantFormat::Fp4, QuantRule::Cpu, 0xb1eab238u}}) {
        const QuantizedMatrix got = quantize(w, {format, false, 64, rule});
        EXPECT_EQ(crc32(got.codes), crc);
        EXPECT_EQ(got.absmax[1].item<float>(), 0.9538536071777344f);
    }
}

// V2: odd count, blocks that straddle rows.
TEST(Quantize, OddCountsAndStraddlingBlocksAreEqual) {
    const at::Tensor i = at::arange(33 * 71, at::kLong);
    const at::Tensor w = (((i * 37).remainder(101) - 50).to(at::kFloat) / 64 *
                          (1 + i.div(71, "floor").remainder(5)).to(at::kFloat) / 4)
                             .view({33, 71});
    for (const auto& [format, packed, values] :
         {std::tuple{QuantFormat::Nf4, 0xc3407e54u, 0x009a538bu},
          std::tuple{QuantFormat::Fp4, 0x82652eb7u, 0x62612fa8u}}) {
        const QuantizedMatrix got = quantize(w, {format, false});
        EXPECT_EQ(crc32(got.absmax), 0xbb7fd9b9u);
        EXPECT_EQ(crc32(got.codes), packed);
        EXPECT_EQ(crc32(dequantize(got, at::kFloat)), values);
        EXPECT_EQ(got.codes.size(0), 1172);
    }
}

TEST(Quantize, NestedScalesAreEqual) {
    std::vector<float> scales;
    for (int b = 0; b < 300; ++b)
        scales.push_back(static_cast<float>(1 + 29 * b % 64) / 64 * (b < 256 ? 1.0f : 0.25f));
    const float offset = at::tensor(scales).mean().item<float>();
    EXPECT_NEAR(offset, 0.45195311307907104f, 6e-8);
    for (const QuantRule rule : {QuantRule::Cuda, QuantRule::Cpu}) {
        std::vector<std::uint8_t> codes(300);
        std::vector<float> second(2);
        quantize_scales(scales.data(), 300, 0.45195311307907104f, rule, codes.data(),
                        second.data());
        EXPECT_EQ(crc32(codes.data(), 300), 0xea7dbab4u);
        EXPECT_EQ(second, (std::vector<float>{0.548046886920929f, 0.44804686307907104f}));
    }
    EXPECT_EQ(crc32(dynamic_map().data(), 1024), 0x1b137aebu);
}

TEST(Quantize, Int8KnownAnswersAreEqual) {
    const at::Tensor w = at::tensor({1.0, -2.0, 0.5, 0.25, 0.1, 0.2, -0.3, 0.05}, at::kFloat)
                             .view({2, 4})
                             .to(at::kHalf);
    const QuantizedMatrix got = quantize(w, {QuantFormat::Int8});
    EXPECT_TRUE(at::equal(got.absmax, at::tensor({2.0f, 0.300048828125f})));
    EXPECT_TRUE(at::equal(
        got.codes, at::tensor({64, -127, 32, 16, 42, 85, -127, 21}, at::kChar).view({2, 4})));
}

TEST(Quantize, TwinsAgree) {
    const auto gen = at::make_generator<at::CPUGeneratorImpl>(3);
    const at::Tensor w = at::randn({40, 200}, gen);
    for (const QuantFormat format : {QuantFormat::Nf4, QuantFormat::Fp4, QuantFormat::Int8})
        for (const bool nested : {false, true})
            for (const std::int64_t blocksize : {32, 64, 256}) {
                const QuantSpec spec{format, nested, blocksize, QuantRule::Cuda};
                const QuantizedMatrix got = quantize(w, spec), twin = quantize_reference(w, spec);
                // A sign on a zero is no difference of values.
                EXPECT_TRUE(
                    at::equal(dequantize(got, at::kFloat), dequantize_reference(twin, at::kFloat)))
                    << name_of(format) << nested << blocksize;
            }
}

TEST(Quantize, PiecesGiveTheSameBytes) {
    const auto gen = at::make_generator<at::CPUGeneratorImpl>(5);
    const at::Tensor w = at::randn({33, 130}, gen);
    for (const QuantFormat format : {QuantFormat::Nf4, QuantFormat::Int8}) {
        const QuantSpec spec{format, format == QuantFormat::Nf4};
        Quantizer maker(33, 130, spec, at::kFloat);
        const std::int64_t step = maker.granule() * 3;
        for (std::int64_t at = 0; at < w.numel(); at += step)
            ASSERT_TRUE(
                maker.append(w.const_data_ptr<float>() + at, std::min(step, w.numel() - at)));
        const QuantizedMatrix pieces = maker.finish(), whole = quantize(w, spec);
        EXPECT_TRUE(at::equal(pieces.codes, whole.codes));
        EXPECT_TRUE(at::equal(pieces.absmax, whole.absmax));
    }
}

TEST(Quantize, ZerosStayZeroAndValuesThatAreNotFiniteAreRefused) {
    for (const QuantFormat format : {QuantFormat::Nf4, QuantFormat::Fp4, QuantFormat::Int8})
        for (const QuantRule rule : {QuantRule::Cuda, QuantRule::Cpu}) {
            const QuantSpec spec{format, true, 64, rule};
            EXPECT_TRUE(dequantize(quantize(at::zeros({3, 70}), spec), at::kFloat)
                            .eq(0)
                            .all()
                            .item<bool>());
            for (const double bad : {std::numeric_limits<double>::quiet_NaN(),
                                     std::numeric_limits<double>::infinity()}) {
                at::Tensor w = at::ones({4, 64});
                w[2][5] = bad;
                EXPECT_THROW((void)quantize(w, spec), std::invalid_argument);
            }
        }
}

TEST(Quantize, BytesPerWeightAreAsPublished) {
    const at::Tensor w = at::randn({512, 1024});
    const auto per_weight = [&](const QuantSpec& spec) {
        const QuantizedMatrix q = quantize(w, spec);
        const std::int64_t tables = 64 + (q.nested() ? 1024 : 0);
        return static_cast<double>(q.bytes() - tables) / static_cast<double>(w.numel());
    };
    EXPECT_DOUBLE_EQ(per_weight({QuantFormat::Nf4, false}), 0.5625);
    EXPECT_NEAR(per_weight({QuantFormat::Nf4, true}), 0.515869, 1e-6);
}

}  // namespace
}  // namespace moelora
