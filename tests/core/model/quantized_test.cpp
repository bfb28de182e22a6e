// SPDX-License-Identifier: GPL-3.0-or-later
// Models in few bits: made while loading, written as a folder, read back.
#include <malloc.h>

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <gmock/gmock.h>
#include <torch/csrc/autograd/autograd.h>

#include "core/io/files.h"
#include "core/model/quantize_folder.h"
#include "core/quant/quant_linear.h"
#include "tests/core/model/tiny_model.h"

namespace moelora {
namespace {

class Quantized : public ::testing::TestWithParam<Quantization> {
  protected:
    static std::string source() { return test::source_path("tests/golden/qwen3vl/gqa_one_image"); }
    static ModelOptions options(VisionQuantization vision = VisionQuantization::Same) {
        ModelOptions out;
        out.quantization = GetParam();
        out.vision_quantization = vision;
        return out;
    }
    static Result<std::unique_ptr<Qwen3VL>> load(const std::string& folder,
                                                 const ModelOptions& model) {
        return Qwen3VL::load(folder, ComputeDtype::Fp32, "cpu", {}, quant_options(model));
    }
    static at::Tensor logits(Qwen3VL& model) {
        const at::NoGradGuard frozen;
        return model.logits(model.forward(test::load_tiny("gqa_one_image").inputs()).states);
    }
};

TEST_P(Quantized, LinearsAreHeldInFewBitsAndNothingElse) {
    const auto dense = load(source(), {}), model = load(source(), options());
    MOELORA_ASSERT_OK(model);
    for (std::size_t i = 0; i < (*model)->linears().size(); ++i) {
        const FrozenLinear& one = *(*model)->linears()[i];
        const at::Tensor weight = (*dense)->linears()[i]->weight;
        EXPECT_FALSE(one.weight.defined());
        ASSERT_TRUE(one.quantized);
        const QuantSpec spec = *quant_spec(GetParam());
        EXPECT_TRUE(at::equal(one.dense_weight(), dequantize(quantize(weight, spec), at::kFloat)));
    }
    EXPECT_LT((*model)->weight_bytes(), (*dense)->weight_bytes());
    // The network computes what it would with the unpacked weights, and something else than before.
    const at::Tensor before = logits(**dense), got = logits(**model);
    for (std::size_t i = 0; i < (*model)->linears().size(); ++i)
        (*dense)->linears()[i]->weight = (*model)->linears()[i]->dense_weight();
    EXPECT_LT((got - logits(**dense)).abs().max().item<double>(), 1e-3);
    EXPECT_GT((got - before).abs().max().item<double>(), 1e-3);
}

TEST_P(Quantized, VisionCanStayAsItIs) {
    const auto model = load(source(), options(VisionQuantization::None));
    MOELORA_ASSERT_OK(model);
    for (const FrozenLinear* one : (*model)->linears())
        EXPECT_EQ(one->quantized != nullptr, !one->shape.vision) << one->shape.path;
}

TEST_P(Quantized, FolderEqualsQuantisingWhileLoading) {
    for (const VisionQuantization vision : {VisionQuantization::Same, VisionQuantization::None}) {
        const test::TempDir temp;
        const std::string folder = temp / "out";
        const auto report = quantize_folder(source(), folder, quant_options(options(vision)));
        MOELORA_ASSERT_OK(report);
        EXPECT_EQ(
            report->bytes_after,
            static_cast<std::int64_t>(std::filesystem::file_size(folder + "/model.safetensors")));
        const auto stored = load(folder, {}), made = load(source(), options(vision));
        MOELORA_ASSERT_OK(stored);
        EXPECT_TRUE(at::equal(logits(**stored), logits(**made)));
        EXPECT_EQ((*stored)->weight_bytes(), (*made)->weight_bytes());
        EXPECT_EQ(summarize_model(folder)->quantization, name_of_enum(GetParam()));
        const auto again = quantize_folder(folder, temp / "again", quant_options(options(vision)));
        ASSERT_FALSE(again);
        EXPECT_EQ(again.error().code, ErrorCode::QuantizationInvalid);
    }
}

// The gradient runs through the quantised layers to the first one's input.
TEST_P(Quantized, GradientsReachTheFirstLayer) {
    const auto model = load(source(), options());
    MOELORA_ASSERT_OK(model);
    const FrozenLinear& linear = *(*model)->linears()[0];
    const at::Tensor x = at::randn({3, linear.shape.in}).requires_grad_();
    const at::Tensor dy = at::randn({3, linear.shape.out});
    const at::Tensor got = torch::autograd::grad({linear(x)}, {x}, {dy})[0];
    EXPECT_TRUE(at::allclose(got, at::mm(dy, linear.dense_weight()), 1e-4, 1e-5));
}

INSTANTIATE_TEST_SUITE_P(Formats, Quantized,
                         ::testing::Values(Quantization::Nf4, Quantization::Nf4Dq,
                                           Quantization::Fp4, Quantization::Fp4Dq,
                                           Quantization::Int8));

// Files of the package itself (make_quant_fixture.py) are read as what they were made from, and
// what we would write of the same weight is the same bytes and the same text.
TEST(QuantizedFolder, LayersOfThePackageAreReadAndWouldBeWrittenAsTheyAre) {
    const test::TempDir temp;
    const std::string file = temp / "model.safetensors";
    std::filesystem::copy(test::source_path("tests/golden/quant/forms.safetensors"), file);
    const auto folder = SafetensorsFolder::open(temp.path());
    MOELORA_ASSERT_OK(folder);
    const at::Tensor w = test::read_tensors(file).at("w");
    for (const auto& [name, format, nested] : {std::tuple("nf4", QuantFormat::Nf4, false),
                                               {"nf4-dq", QuantFormat::Nf4, true},
                                               {"fp4", QuantFormat::Fp4, false},
                                               {"fp4-dq", QuantFormat::Fp4, true},
                                               {"nf4-dq-in-bf16", QuantFormat::Nf4, true},
                                               {"int8", QuantFormat::Int8, false}}) {
        SCOPED_TRACE(name);
        const std::string weight = std::string(name) + ".weight";
        const auto found = find_stored_matrix(*folder, temp.path(), {weight, {10, 96}, false});
        MOELORA_ASSERT_OK(found);
        ASSERT_TRUE(*found);
        EXPECT_EQ((*found)->format, format);
        EXPECT_EQ((*found)->nested(), nested);
        const QuantizedMatrix read = read_stored_matrix(**found);
        QuantSpec spec{format, nested};
        spec.rule = QuantRule::Cpu;
        const QuantizedMatrix ours = quantize(w, spec);
        EXPECT_TRUE(at::equal(read.codes.flatten(), ours.codes.flatten()));
        EXPECT_TRUE(at::equal(read.absmax, ours.absmax));
        EXPECT_TRUE(at::equal(dequantize(read, at::kFloat), dequantize(ours, at::kFloat)));
        if (format == QuantFormat::Int8) continue;
        const auto state =
            folder->find(weight + ".quant_state.bitsandbytes__" + std::string(name_of(format)));
        ASSERT_TRUE(state.entry);
        const auto bytes = state.file->bytes(*state.entry);
        const std::string text(static_cast<const char*>(static_cast<const void*>(bytes.data())),
                               bytes.size());
        EXPECT_EQ(text, quant_state_text(
                            format, 64, "bfloat16", 10, 96,
                            nested ? std::optional<float>(ours.nested_offset) : std::nullopt));
    }
}

// As others write them whose list of modules to skip does not name the head.
TEST(QuantizedFolder, AHeadOrAnEmbeddingInFewBitsIsUnpacked) {
    const std::string source = test::source_path("tests/golden/qwen3vl/head_dim_two_images");
    for (const std::string name : {"lm_head.weight", "model.language_model.embed_tokens.weight",
                                   "model.visual.pos_embed.weight"}) {
        SCOPED_TRACE(name);
        const test::TempDir temp;
        const std::string folder = temp / "coded", plain = temp / "plain";
        for (const std::string& to : {folder, plain}) std::filesystem::copy(source, to);
        auto tensors = test::read_tensors(source + "/model.safetensors");
        const QuantizedMatrix w = quantize(tensors.at(name), QuantSpec{QuantFormat::Nf4, true});
        tensors[name] = dequantize(w, at::kFloat);
        ASSERT_TRUE(test::write_tensors(plain + "/model.safetensors", tensors));
        std::string state =
            quant_state_text(w.format, w.blocksize, "float32", w.out, w.in, w.nested_offset);
        tensors[name] = w.codes;
        tensors[name + ".absmax"] = w.absmax;
        tensors[name + ".quant_map"] = w.table;
        tensors[name + ".nested_absmax"] = w.nested_absmax;
        tensors[name + ".nested_quant_map"] = w.nested_table;
        tensors[name + ".quant_state.bitsandbytes__nf4"] =
            at::from_blob(state.data(), {static_cast<std::int64_t>(state.size())}, at::kByte)
                .clone();
        ASSERT_TRUE(test::write_tensors(folder + "/model.safetensors", tensors));
        for (const ComputeDtype dtype : {ComputeDtype::Fp32, ComputeDtype::Bf16}) {
            const auto got = Qwen3VL::load(folder, dtype, "cpu"),
                       want = Qwen3VL::load(plain, dtype, "cpu");
            MOELORA_ASSERT_OK(got);
            MOELORA_ASSERT_OK(want);
            const at::NoGradGuard frozen;
            const auto logits = [](Qwen3VL& model) {
                return model.logits(
                    model.forward(test::load_tiny("head_dim_two_images").inputs()).states);
            };
            EXPECT_TRUE(at::equal(logits(**got), logits(**want)));
        }
    }
}

// Every tensor of a stored layer with a wrong length, type or text is refused by name.
TEST(QuantizedFolder, BrokenLayersAreRefused) {
    const test::TempDir temp;
    ModelOptions options;
    options.quantization = Quantization::Nf4Dq;
    const std::string folder = temp / "out";
    MOELORA_ASSERT_OK(quantize_folder(test::source_path("tests/golden/qwen3vl/gqa_one_image"),
                                      folder, quant_options(options)));
    const auto whole = test::read_tensors(folder + "/model.safetensors");
    const std::string weight = "model.language_model.layers.0.mlp.up_proj.weight";
    const std::string state = weight + ".quant_state.bitsandbytes__nf4";
    const auto load = [&](test::TensorMap tensors) {
        EXPECT_TRUE(test::write_tensors(folder + "/model.safetensors", tensors));
        auto loaded = Qwen3VL::load(folder, ComputeDtype::Fp32, "cpu");
        return loaded ? std::optional<Error>() : std::optional<Error>(loaded.error());
    };
    ASSERT_FALSE(load(whole)) << "the test's own copy is good";
    for (const char* part : {"", ".absmax", ".quant_map", ".nested_absmax", ".nested_quant_map"}) {
        auto broken = whole;
        at::Tensor& t = broken.at(weight + part);
        t = at::cat({t, t.narrow(0, 0, 1)});
        auto error = load(broken);
        ASSERT_TRUE(error) << part;
        EXPECT_EQ(error->code, ErrorCode::QuantizationInvalid) << part;
        EXPECT_EQ(error->arg("tensor"), weight + part);
        if (*part == '\0') continue;
        broken.erase(weight + part);
        error = load(broken);
        ASSERT_TRUE(error) << part;
        EXPECT_EQ(error->code, ErrorCode::ModelTensorMissing) << part;
    }
    const at::Tensor text = whole.at(state);
    const std::string good(static_cast<const char*>(text.const_data_ptr()), text.nbytes());
    const auto with_state = [&](const std::string& from, const std::string& to) {
        std::string changed = good;
        changed.replace(changed.find(from), from.size(), to);
        auto broken = whole;
        broken[state] =
            at::from_blob(changed.data(), {static_cast<std::int64_t>(changed.size())}, at::kByte)
                .clone();
        const auto error = load(broken);
        return error ? error->code : ErrorCode::Internal;
    };
    EXPECT_EQ(with_state("\"nf4\"", "\"fp4\""), ErrorCode::QuantizationInvalid);
    EXPECT_EQ(with_state("64", "63"), ErrorCode::QuantizationInvalid);
    EXPECT_EQ(with_state("\"dtype\"", "\"other\""), ErrorCode::QuantizationInvalid);
    EXPECT_EQ(with_state("256", "128"), ErrorCode::QuantizationInvalid);
    EXPECT_EQ(with_state("{", "["), ErrorCode::JsonInvalid);
    EXPECT_EQ(with_state("\"shape\": [", "\"shape\": [1"), ErrorCode::ModelTensorShape);
}

// What is in use: pages that the C library keeps for later do not count.
std::int64_t anonymous_bytes() {
    malloc_trim(0);
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);)
        if (line.rfind("RssAnon:", 0) == 0) return std::stoll(line.substr(8)) * 1024;
    return -1;
}

// 50 MB of linears in fp32: never in memory beyond their 4 bits.
TEST(QuantizedLoading, AnonymousMemoryIsTheQuantisedModelPlusOneTensor) {
    if (anonymous_bytes() < 0) GTEST_SKIP() << "the kernel does not report RssAnon";
    const test::TempDir temp;
    const std::string source = test::source_path("tests/golden/qwen3vl/gqa_one_image");
    constexpr std::int64_t inner = 16384, layers = 8;
    {
        Json config = *read_json(source + "/config.json");
        config["text_config"]["intermediate_size"] = inner;
        config["text_config"]["num_hidden_layers"] = layers;
        std::ofstream(temp / "config.json") << config.dump();
        test::TensorMap tensors = test::read_tensors(source + "/model.safetensors");
        const std::string root = "model.language_model.layers.";
        for (std::int64_t i = 0; i < layers; ++i) {
            const std::string at = root + std::to_string(i) + ".";
            for (const auto& [name, tensor] : test::TensorMap(tensors))
                if (name.rfind(root + "0.", 0) == 0)
                    tensors[at + name.substr(root.size() + 2)] = tensor;
            for (const char* part : {"gate_proj", "up_proj"})
                tensors[at + "mlp." + part + ".weight"] = at::rand({inner, 32});
            tensors[at + "mlp.down_proj.weight"] = at::rand({32, inner});
        }
        ASSERT_TRUE(test::write_tensors(temp / "model.safetensors", tensors));
    }
    // The first load also starts threads and fills tables of libraries.
    MOELORA_ASSERT_OK(Qwen3VL::load(temp.path(), ComputeDtype::Fp32, "cpu", {},
                                    quant_options(Quantization::Nf4Dq)));
    const std::int64_t before = anonymous_bytes();
    std::int64_t peak = 0;
    const auto model = Qwen3VL::load(
        temp.path(), ComputeDtype::Fp32, "cpu",
        [&](std::int64_t, std::int64_t) { peak = std::max(peak, anonymous_bytes()); },
        quant_options(Quantization::Nf4Dq));
    MOELORA_ASSERT_OK(model);
    // One float matrix of this model has 2 MiB, a piece of one under way at most 8 MiB.
    EXPECT_LE(peak - before, (*model)->weight_bytes() + (12 << 20));
    EXPECT_LT((*model)->weight_bytes(), 12 << 20);
}

TEST(QuantizedFolder, ValuesThatAreNotFiniteAreRefusedByName) {
    const test::TempDir temp;
    const std::string source = test::source_path("tests/golden/qwen3vl/gqa_one_image");
    std::filesystem::copy(source, temp / "bad");
    std::filesystem::permissions(temp / "bad/model.safetensors", std::filesystem::perms::owner_all);
    auto tensors = test::read_tensors(source + "/model.safetensors");
    const std::string name = "model.visual.blocks.0.attn.proj.weight";
    tensors.at(name)[1][2] = std::numeric_limits<float>::quiet_NaN();
    ASSERT_TRUE(test::write_tensors(temp / "bad/model.safetensors", tensors));
    ModelOptions options;
    options.quantization = Quantization::Nf4;
    const auto loaded =
        Qwen3VL::load(temp / "bad", ComputeDtype::Fp32, "cpu", {}, quant_options(options));
    ASSERT_FALSE(loaded);
    EXPECT_EQ(loaded.error().arg("tensor"), name);
    EXPECT_FALSE(quantize_folder(temp / "bad", temp / "out", quant_options(options)));
    EXPECT_FALSE(std::filesystem::exists(temp / "out"));
}

}  // namespace
}  // namespace moelora
