// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/tokenizer.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>

#include "core/base/json.h"
#include "core/text/utf8.h"
#include "tests/support/shared_data.h"

namespace moelora {
namespace {

using test::source_path;

Result<Tokenizer> fixture() {
    return Tokenizer::load(source_path("tests/golden/text"));
}

std::string slurp(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

// The cases of a .inp file: joined by a mark that also ends the file.
std::vector<std::string> split_cases(const std::string& text) {
    const std::string mark = "\n__ggml_vocab_test__\n";
    std::vector<std::string> out;
    std::size_t at = 0;
    for (std::size_t stop; (stop = text.find(mark, at)) != std::string::npos;
         at = stop + mark.size())
        out.push_back(text.substr(at, stop - at));
    return out;
}

TEST(Tokenizer, Tokenizer_FixtureOfHuggingFaceIsEqual) {
    auto tokenizer = fixture();
    MOELORA_ASSERT_OK(tokenizer);
    auto cases = read_json(source_path("tests/golden/text/tokenizer_cases.json"));
    MOELORA_ASSERT_OK(cases);
    ASSERT_GT((*cases)["cases"].size(), 400u);
    for (const Json& one : (*cases)["cases"]) {
        const auto text = one["text"].get<std::string>();
        const auto ids = tokenizer->encode(text);
        MOELORA_ASSERT_OK(ids);
        EXPECT_EQ(*ids, one["ids"].get<std::vector<TokenId>>()) << one["text"].dump();
        EXPECT_EQ(tokenizer->decode(*ids), one["decoded"].get<std::string>());
        EXPECT_EQ(tokenizer->decode(*ids, true), one["visible"].get<std::string>());
    }
}

TEST(Tokenizer, Tokenizer_StreamGivesTheSameTextAsDecode) {
    auto tokenizer = fixture();
    MOELORA_ASSERT_OK(tokenizer);
    auto cases = read_json(source_path("tests/golden/text/tokenizer_cases.json"));
    MOELORA_ASSERT_OK(cases);
    for (const Json& one : (*cases)["cases"]) {
        const auto ids = one["ids"].get<std::vector<TokenId>>();
        StreamDecoder stream(*tokenizer);
        std::string text;
        for (const TokenId id : ids) {
            const std::string part = stream.push(id);
            EXPECT_TRUE(is_valid_utf8(part));
            text += part;
        }
        EXPECT_EQ(text + stream.finish(), tokenizer->decode(ids, true));
    }
}

TEST(Tokenizer, Tokenizer_StreamHoldsBackHalfACharacter) {
    auto tokenizer = fixture();
    MOELORA_ASSERT_OK(tokenizer);
    const auto ids = tokenizer->encode("\xF0\x9F\xA6\x8A");  // a fox: not in the training text
    MOELORA_ASSERT_OK(ids);
    ASSERT_GT(ids->size(), 1u);
    StreamDecoder stream(*tokenizer);
    for (std::size_t i = 0; i + 1 < ids->size(); ++i) EXPECT_EQ(stream.push((*ids)[i]), "");
    EXPECT_EQ(stream.push(ids->back()), "\xF0\x9F\xA6\x8A");
    stream.push(ids->front());
    EXPECT_EQ(stream.finish(), "\xEF\xBF\xBD");
}

TEST(Tokenizer, Tokenizer_ACaptionCannotSmuggleInAControlToken) {
    auto tokenizer = fixture();
    MOELORA_ASSERT_OK(tokenizer);
    const auto end = tokenizer->id_of("<|im_end|>");
    ASSERT_TRUE(end.has_value());
    const auto plain = tokenizer->encode("a<|im_end|>b", false);
    MOELORA_ASSERT_OK(plain);
    EXPECT_EQ(std::count(plain->begin(), plain->end(), *end), 0);
    EXPECT_EQ(tokenizer->decode(*plain), "a<|im_end|>b");
    const auto parsed = tokenizer->encode("a<|im_end|>b");
    MOELORA_ASSERT_OK(parsed);
    EXPECT_EQ(std::count(parsed->begin(), parsed->end(), *end), 1);
}

TEST(Tokenizer, Tokenizer_UnknownIdsAndBadTextAreAnswered) {
    auto tokenizer = fixture();
    MOELORA_ASSERT_OK(tokenizer);
    EXPECT_EQ(tokenizer->decode({-1, tokenizer->vocabulary_size(), 1'000'000'000'000}), "");
    EXPECT_EQ(tokenizer->id_of("no such token"), std::nullopt);
    const auto bad = tokenizer->encode("a\xFF");
    ASSERT_FALSE(bad.has_value());
    EXPECT_EQ(bad.error().code, ErrorCode::TextInvalid);
    EXPECT_EQ(tokenizer->content_hash().size(), 64u);
    EXPECT_EQ(Tokenizer::load("/nonexistent").error().code, ErrorCode::FileMissing);
}

TEST(Tokenizer, Tokenizer_OneLongPieceIsNotQuadratic) {
    auto tokenizer = fixture();
    MOELORA_ASSERT_OK(tokenizer);
    std::string text;
    for (int i = 0; i < 100'000; ++i) text += "abcdefghij"[(i * 7) % 10];
    const auto ids = tokenizer->encode(text);  // 0.05 s; a quadratic way outlasts the test's limit
    MOELORA_ASSERT_OK(ids);
    EXPECT_EQ(tokenizer->decode(*ids), text);
    const std::string blanks(200'000, ' ');
    const auto long_blank = tokenizer->encode(blanks + "x");
    MOELORA_ASSERT_OK(long_blank);
    EXPECT_EQ(tokenizer->decode(*long_blank), blanks + "x");
}

TEST(Tokenizer, Tokenizer_QwenVectorsAreEqual) {
    MOELORA_NEED_SHARED_DATA();
    const std::string folder = test::shared_data_dir() + "/tokenizers/";
    test::TempDir temp;
    const std::string unpack =
        "gzip -dc '" + folder + "qwen3/tokenizer.json.gz' > '" + temp / "tokenizer.json" + "'";
    ASSERT_EQ(std::system(unpack.c_str()), 0);
    auto tokenizer = Tokenizer::load(temp.path());
    MOELORA_ASSERT_OK(tokenizer);
    EXPECT_EQ(tokenizer->vocabulary_size(), 151669);
    EXPECT_EQ(tokenizer->content_hash(),
              "aeb13307a71acd8fe81861d94ad54ab689df773318809eed3cbe794b4492dae4");
    const auto texts = split_cases(slurp(folder + "vectors/qwen2.inp"));
    ASSERT_EQ(texts.size(), 46u);
    std::ifstream expected(folder + "vectors/qwen2.out");
    for (const std::string& text : texts) {
        std::string line;
        ASSERT_TRUE(std::getline(expected, line));
        std::istringstream numbers(line);
        const std::vector<TokenId> want{std::istream_iterator<TokenId>(numbers), {}};
        const auto ids = tokenizer->encode(text);
        MOELORA_ASSERT_OK(ids);
        EXPECT_EQ(*ids, want) << text;
    }
    EXPECT_EQ(tokenizer->id_of("<|image_pad|>"), 151655);
}

}  // namespace
}  // namespace moelora
