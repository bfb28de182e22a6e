// SPDX-License-Identifier: GPL-3.0-or-later
// Files that are broken or hostile: those of the shared set, and the same faults made here.
#include <filesystem>
#include <fstream>

#include "core/text/tokenizer.h"
#include "tests/support/bad_files.h"

namespace moelora {
namespace {

TEST(TokenizerFiles, TokenizerFiles_EveryRowOfTheManifestIsAnsweredAsItSays) {
    MOELORA_NEED_SHARED_DATA();
    const std::vector<Json> rows = test::bad_rows("tokenizers/");
    EXPECT_EQ(rows.size(), 18U);
    for (const Json& entry : rows) {
        const auto path = entry["path"].get<std::string>();
        const auto tokenizer =
            test::within_limits(entry, [&] { return Tokenizer::load(test::bad_file(path)); });
        if (tokenizer) {
            EXPECT_TRUE(test::allows(entry, "accept")) << path;
            if (!entry["expect"].contains("encode")) continue;
            for (const auto& [text, ids] : entry["expect"]["encode"].items()) {
                const auto got = test::within_limits(
                    entry, [&, &words = text] { return tokenizer->encode(words); });
                MOELORA_ASSERT_OK(got);
                EXPECT_EQ(*got, ids.get<std::vector<TokenId>>()) << path << ": " << text;
            }
        } else {
            EXPECT_TRUE(test::allows(entry, "refuse_with_message"))
                << path << ": " << message_of(tokenizer.error());
            const std::string file = std::filesystem::path(path).filename();
            EXPECT_NE(message_of(tokenizer.error()).find(file), std::string::npos);
        }
    }
}

// The fixture's file with one change.
class ChangedFile : public testing::Test {
  protected:
    void SetUp() override {
        auto json = read_json(test::source_path("tests/golden/text/tokenizer.json"));
        MOELORA_ASSERT_OK(json);
        json_ = *json;
    }
    Result<Tokenizer> load() {
        std::ofstream(dir_ / "tokenizer.json") << json_.dump();
        return Tokenizer::load(dir_.path());
    }
    void expect_refused(const std::string& part_of_reason) {
        const auto tokenizer = load();
        ASSERT_FALSE(tokenizer.has_value()) << part_of_reason;
        EXPECT_EQ(tokenizer.error().code, ErrorCode::TokenizerInvalid);
        EXPECT_NE(message_of(tokenizer.error()).find(part_of_reason), std::string::npos)
            << message_of(tokenizer.error());
    }
    Json json_;
    test::TempDir dir_;
};

TEST_F(ChangedFile, TokenizerFiles_NoByteLevelIsRefused) {
    json_["pre_tokenizer"]["pretokenizers"].erase(1);
    expect_refused("byte-level");
}
TEST_F(ChangedFile, TokenizerFiles_UnknownModelIsRefused) {
    json_["model"]["type"] = "Unigram";
    expect_refused("Unigram");
}
TEST_F(ChangedFile, TokenizerFiles_UnknownNormalizerIsRefused) {
    json_["normalizer"] = {{"type", "Lowercase"}};
    expect_refused("Lowercase");
}
TEST_F(ChangedFile, TokenizerFiles_HugeIdIsRefused) {
    json_["model"]["vocab"]["zz"] = std::int64_t{1} << 40;
    expect_refused("zz");
}
TEST_F(ChangedFile, TokenizerFiles_MergeOfUnknownIsRefused) {
    json_["model"]["merges"].push_back({"never", "seen"});
    expect_refused("never");
}
TEST_F(ChangedFile, TokenizerFiles_EmptyAddedTokenIsRefused) {
    json_["added_tokens"][0]["content"] = "";
    expect_refused("no text");
}
TEST_F(ChangedFile, TokenizerFiles_BrokenPatternIsRefused) {
    json_["pre_tokenizer"]["pretokenizers"][0]["pattern"]["Regex"] = "(a";
    expect_refused("does not compile");
}

TEST_F(ChangedFile, TokenizerFiles_MergesAsTextAreTheSame) {
    const auto before = load();
    MOELORA_ASSERT_OK(before);
    for (Json& merge : json_["model"]["merges"])
        merge = merge[0].get<std::string>() + " " + merge[1].get<std::string>();
    const auto after = load();
    MOELORA_ASSERT_OK(after);
    const std::string text = "the strawberry above two turtles";
    EXPECT_EQ(*before->encode(text), *after->encode(text));
}

TEST_F(ChangedFile, TokenizerFiles_WithoutNfcMarksStayApart) {
    json_["normalizer"] = nullptr;
    const auto tokenizer = load();
    MOELORA_ASSERT_OK(tokenizer);
    EXPECT_EQ(tokenizer->decode(*tokenizer->encode("e\xCC\x81")), "e\xCC\x81");
}

TEST_F(ChangedFile, TokenizerFiles_SlowPatternIsGivenUp) {
    json_["pre_tokenizer"]["pretokenizers"][0]["pattern"]["Regex"] = "(a+)+$";
    const auto tokenizer = load();
    MOELORA_ASSERT_OK(tokenizer);
    const auto ids = tokenizer->encode(std::string(64, 'a') + "b");
    ASSERT_FALSE(ids.has_value());
    EXPECT_EQ(ids.error().code, ErrorCode::TextNotEncodable);
}

TEST_F(ChangedFile, TokenizerFiles_IgnoreMergesTakesWholePieces) {
    // A piece that no merge leads to: only the rule itself can give it.
    json_["model"]["vocab"]["qzqz"] = 5000;
    const auto before = load();
    MOELORA_ASSERT_OK(before);
    EXPECT_NE(*before->encode("qzqz"), std::vector<TokenId>{5000});
    json_["model"]["ignore_merges"] = true;
    const auto after = load();
    MOELORA_ASSERT_OK(after);
    EXPECT_EQ(*after->encode("qzqz"), std::vector<TokenId>{5000});
}

TEST_F(ChangedFile, TokenizerFiles_AddedTokensMaySwallowBlanksBesideThem) {
    json_["added_tokens"][0]["lstrip"] = true;
    json_["added_tokens"][0]["rstrip"] = true;
    const auto tokenizer = load();
    MOELORA_ASSERT_OK(tokenizer);
    const auto ids = tokenizer->encode("a  \n<|endoftext|> \xE3\x80\x80z");
    MOELORA_ASSERT_OK(ids);
    EXPECT_EQ(tokenizer->decode(*ids), "a<|endoftext|>z");
}

// One field of a protocol buffer, of bytes or of a small number.
std::string field(int number, const std::string& bytes) {
    return std::string{static_cast<char>(number << 3 | 2), static_cast<char>(bytes.size())} + bytes;
}
std::string field(int number, int value) {
    return {static_cast<char>(number << 3), static_cast<char>(value)};
}

// A unigram model of these pieces.
std::string library_model(const std::vector<std::string>& pieces) {
    constexpr int normal = 1, unknown = 2;
    std::string out = field(1, field(1, "<unk>") + field(3, unknown));
    for (const std::string& piece : pieces) out += field(1, field(1, piece) + field(3, normal));
    return out + field(2, field(3, 1)) + field(3, field(1, "identity"));
}

// Found by a fuzz target: the library throws.
TEST(TokenizerFiles, TokenizerFiles_APieceThatBeginsWithAZeroByteIsRefused) {
    const test::TempDir dir;
    const std::string path = dir / "tokenizer.model";
    const auto load = [&](const std::vector<std::string>& pieces) {
        std::ofstream(path, std::ios::binary) << library_model(pieces);
        return Tokenizer::load(path);
    };
    MOELORA_ASSERT_OK(load({"a", "b"}));
    const auto refused = load({"a", std::string(1, '\0')});
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().code, ErrorCode::TokenizerInvalid);
}

}  // namespace
}  // namespace moelora
