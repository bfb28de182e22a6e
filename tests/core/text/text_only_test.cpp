// SPDX-License-Identifier: GPL-3.0-or-later
// Tokenizers and conversation forms of the text-only families
// (tests/golden/text/make_text_only_fixture.py).
#include <gmock/gmock.h>
#include <sentencepiece_processor.h>

#include <filesystem>
#include <fstream>

#include "core/text/chat.h"
#include "tests/support/shared_data.h"

namespace moelora {
namespace {

using test::source_path;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Ids = std::vector<TokenId>;

const Json& cases() {
    static const Json json = *read_json(source_path("tests/golden/text/text_only_cases.json"));
    return json;
}

Tokenizer load(const std::string& path) {
    auto loaded = Tokenizer::load(path);
    if (!loaded) throw std::runtime_error(message_of(loaded.error()));
    return std::move(*loaded);
}

// The 46 texts of the public vectors.
std::vector<std::string> vector_texts() {
    std::ifstream file(test::shared_data_dir() + "/tokenizers/vectors/llama-spm.inp",
                       std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    const std::string mark = "\n__ggml_vocab_test__\n";
    std::vector<std::string> out;
    std::size_t at = 0;
    for (std::size_t stop; (stop = text.find(mark, at)) != std::string::npos;
         at = stop + mark.size())
        out.push_back(text.substr(at, stop - at));
    return out;
}

std::string shared(const std::string& name) {
    return test::shared_data_dir() + "/" + name;
}

// A folder with a copy of a SentencePiece file and a tokenizer_config.json.
class PieceFolder {
  public:
    PieceFolder(const std::string& model, const Json& config) {
        std::filesystem::copy_file(shared(model), folder_ / "tokenizer.model");
        std::ofstream(folder_ / "tokenizer_config.json") << config.dump();
    }
    [[nodiscard]] Tokenizer tokenizer() const { return load(folder_.path()); }
    [[nodiscard]] const std::string& path() const { return folder_.path(); }

  private:
    test::TempDir folder_;
};

ChatMessage says(const std::string& role, const std::string& text) {
    return {role, {{ChatPart::Kind::Text, text}}};
}

Ids learnt(const EncodedChat& chat) {
    Ids out;
    for (const TokenId id : chat.labels)
        if (id != -100) out.push_back(id);
    return out;
}

TEST(TextOnly, Tokenizer_PreTokenizersOfGpt2Llama3AndSmolLm2AreEqual) {
    for (const Json& set : cases()["bpe"]) {
        SCOPED_TRACE(set["file"].dump());
        const Tokenizer tokenizer =
            load(source_path("tests/golden/text/" + set["file"].get<std::string>()));
        ASSERT_GT(set["cases"].size(), 80u);
        for (const Json& one : set["cases"]) {
            const auto ids = tokenizer.encode(one["text"].get<std::string>());
            MOELORA_ASSERT_OK(ids);
            EXPECT_EQ(*ids, one["ids"].get<Ids>()) << one["text"].dump();
            EXPECT_EQ(tokenizer.decode(*ids), one["text"].get<std::string>());
        }
        const auto bos = set["bos"].get<std::string>();
        EXPECT_EQ(tokenizer.bos(), bos.empty() ? std::nullopt : tokenizer.id_of(bos));
    }
}

TEST(TextOnly, Tokenizer_Llama2VectorsAreEqual) {
    MOELORA_NEED_SHARED_DATA();
    const Tokenizer tokenizer = load(shared("tokenizers/llama2"));
    std::ifstream expected(shared("tokenizers/vectors/llama-spm.out"));
    const auto texts = vector_texts();
    ASSERT_EQ(texts.size(), 46u);
    for (const std::string& text : texts) {
        std::string line;
        ASSERT_TRUE(std::getline(expected, line));
        std::istringstream numbers(line);
        Ids wanted;
        for (TokenId id = 0; numbers >> id;) wanted.push_back(id);
        const auto ids = tokenizer.encode(text);
        MOELORA_ASSERT_OK(ids);
        EXPECT_EQ(*ids, wanted) << text;
        EXPECT_EQ(tokenizer.decode(*ids), text);
    }
    EXPECT_EQ(tokenizer.bos(), 1);
    EXPECT_EQ(tokenizer.eos(), 2);
    EXPECT_EQ(tokenizer.vocabulary_size(), 32000);
}

TEST(TextOnly, Tokenizer_T5EqualsTheLibraryItself) {
    MOELORA_NEED_SHARED_DATA();
    const Tokenizer tokenizer = load(shared("tokenizers/t5/spiece.model"));
    // Versions of the library break ties differently ("!!!!!!"), so the one that is linked counts.
    sentencepiece::SentencePieceProcessor library;
    ASSERT_TRUE(library.Load(shared("tokenizers/t5/spiece.model")).ok());
    for (const std::string& text : vector_texts()) {
        std::vector<int> wanted;
        ASSERT_TRUE(library.Encode(text, &wanted).ok());
        const auto ids = tokenizer.encode(text);
        MOELORA_ASSERT_OK(ids);
        EXPECT_EQ(*ids, Ids(wanted.begin(), wanted.end())) << text;
        std::string decoded;
        ASSERT_TRUE(library.Decode(wanted, &decoded).ok());
        if (std::count(wanted.begin(), wanted.end(), library.unk_id()) == 0) {
            EXPECT_EQ(tokenizer.decode(*ids), decoded);
        }
    }
}

TEST(TextOnly, Tokenizer_PieceStreamGivesTheSameTextAsDecode) {
    MOELORA_NEED_SHARED_DATA();
    const Tokenizer tokenizer = load(shared("tokenizers/llama2"));
    for (const std::string& text : vector_texts()) {
        const auto ids = tokenizer.encode(text);
        StreamDecoder stream(tokenizer);
        std::string shown;
        for (const TokenId id : *ids) shown += stream.push(id);
        EXPECT_EQ(shown + stream.finish(), tokenizer.decode(*ids, true));
    }
}

TEST(TextOnly, Tokenizer_BehindAControlTokenTheBlankFollowsTheLegacyFlag) {
    MOELORA_NEED_SHARED_DATA();
    const auto ids = [](const Tokenizer& tokenizer, const std::string& text) {
        Ids out;
        const auto spans = tokenizer.encode_spans(text, false);
        for (const TokenSpan& span : spans.value()) out.push_back(span.id);
        return out;
    };
    const Tokenizer modern =
        PieceFolder("tokenizers/llama2/tokenizer.model", {{"legacy", false}}).tokenizer();
    const Tokenizer legacy = load(shared("tokenizers/llama2"));
    for (const Json& one : cases()["llama2_bare"]) {
        const auto text = one["text"].get<std::string>();
        EXPECT_EQ(ids(modern, text), one["ids"].get<Ids>()) << text;
        EXPECT_EQ(ids(legacy, text), *legacy.encode(text));
    }
}

TEST(TextOnly, Tokenizer_AddedTokensOfAPieceModelAreRead) {
    MOELORA_NEED_SHARED_DATA();
    const Json config = {{"add_bos_token", false},
                         {"eos_token", {{"content", "<|im_end|>"}}},
                         {"added_tokens_decoder",
                          {{"32000", {{"content", "<|im_start|>"}, {"special", true}}},
                           {"32001", {{"content", "<|im_end|>"}, {"special", true}}}}}};
    const PieceFolder folder("tokenizers/llama2/tokenizer.model", config);
    const Tokenizer tokenizer = folder.tokenizer();
    EXPECT_EQ(tokenizer.vocabulary_size(), 32002);
    EXPECT_EQ(tokenizer.bos(), std::nullopt);
    EXPECT_EQ(tokenizer.eos(), 32001);
    EXPECT_THAT(*tokenizer.encode("<|im_end|>a</s>"), ElementsAre(32001, 263, 2));
    EXPECT_EQ(tokenizer.decode({32001, 263}, true), "a");
    const auto plain = tokenizer.encode("a</s>", false);
    EXPECT_EQ(std::count(plain->begin(), plain->end(), 2), 0) << "no control token is smuggled in";
}

TEST(TextOnly, Tokenizer_BrokenPieceFilesAreRefused) {
    MOELORA_NEED_SHARED_DATA();
    for (const char* name : {"spm_empty", "spm_garbage", "spm_length_lie"}) {
        const auto loaded =
            Tokenizer::load(shared(std::string("bad/tokenizers/") + name + ".model"));
        ASSERT_FALSE(loaded.has_value()) << name;
        EXPECT_EQ(loaded.error().code, ErrorCode::TokenizerInvalid);
        EXPECT_THAT(message_of(loaded.error()), HasSubstr(name));
    }
}

// Renderings of templates by transformers, from a folder that holds the template.
TEST(TextOnly, Chat_ChatMlWithTheModelsOwnSystemMessageIsEqual) {
    test::TempDir folder;
    std::filesystem::copy_file(source_path("tests/golden/text/tokenizer.json"),
                               folder / "tokenizer.json");
    std::ofstream(folder / "tokenizer_config.json")
        << Json{{"chat_template", cases()["chatml_template"]}}.dump();
    const Tokenizer tokenizer = load(folder.path());
    const auto tokens = resolve_text_chat(tokenizer, "auto", "<|im_end|>", -1);
    MOELORA_ASSERT_OK(tokens);
    EXPECT_EQ(tokens->style, ChatStyle::ChatMl);
    for (const Json& one : cases()["chatml"]) {
        const Conversation conversation{*parse_messages(one["messages"]),
                                        one["add_generation_prompt"].get<bool>(), ""};
        const auto chat = encode_chat(conversation, tokenizer, *tokens, {});
        MOELORA_ASSERT_OK(chat);
        EXPECT_EQ(chat->rendered, one["rendered"].get<std::string>());
        EXPECT_EQ(chat->ids, *tokenizer.encode(chat->rendered));
    }
}

TEST(TextOnly, Chat_Llama2FormIsEqual) {
    MOELORA_NEED_SHARED_DATA();
    const PieceFolder folder("tokenizers/llama2/tokenizer.model",
                             {{"chat_template", "[INST] <<SYS>>"}});
    const Tokenizer tokenizer = folder.tokenizer();
    const auto tokens = resolve_text_chat(tokenizer, "auto", "<|im_end|>", -1);
    MOELORA_ASSERT_OK(tokens);
    EXPECT_EQ(tokens->style, ChatStyle::Llama2);
    EXPECT_EQ(tokens->end_marker, 2);
    for (const Json& one : cases()["llama2"]) {
        const Conversation conversation{*parse_messages(one["messages"]),
                                        one["add_generation_prompt"].get<bool>(), ""};
        const auto chat = encode_chat(conversation, tokenizer, *tokens, {});
        MOELORA_ASSERT_OK(chat);
        EXPECT_EQ(chat->rendered, one["rendered"].get<std::string>());
        EXPECT_EQ(chat->ids, *tokenizer.encode(chat->rendered));
    }
    const auto chat = encode_chat({{says("user", "Hi"), says("assistant", "Good day")}, false, ""},
                                  tokenizer, *tokens, {});
    EXPECT_EQ(tokenizer.decode(learnt(*chat)), "Good day </s>");
}

TEST(TextOnly, Chat_ATemplateIsAnyOtherForm) {
    const Tokenizer tokenizer = load(source_path("tests/golden/text/bpe_llama3.json"));
    const std::string form =
        "<|start_header_id|>user<|end_header_id|>\n\n{prompt}<|eot_id|><|start_header_id|>assistant"
        "<|end_header_id|>\n\n{answer}<|eot_id|>";
    const auto tokens = resolve_text_chat(tokenizer, form, "<|im_end|>", 0);
    MOELORA_ASSERT_OK(tokens);
    EXPECT_EQ(tokens->end_marker, tokenizer.id_of("<|eot_id|>"));
    const auto chat =
        encode_chat({{says("user", "a <|eot_id|>"), says("assistant", "it's 42")}, false, ""},
                    tokenizer, *tokens, {});
    MOELORA_ASSERT_OK(chat);
    EXPECT_EQ(chat->rendered,
              "<|begin_of_text|><|start_header_id|>user<|end_header_id|>\n\na <|eot_id|><|eot_id|>"
              "<|start_header_id|>assistant<|end_header_id|>\n\nit's 42<|eot_id|>");
    EXPECT_EQ(chat->ids.front(), tokenizer.bos());
    EXPECT_EQ(std::count(chat->ids.begin(), chat->ids.end(), tokens->end_marker), 2)
        << "the one in the question is plain text";
    EXPECT_EQ(tokenizer.decode(learnt(*chat)), "it's 42<|eot_id|>");
    const auto question = encode_chat({{says("user", "a")}, true, ""}, tokenizer, *tokens, {});
    EXPECT_THAT(question->rendered, ::testing::EndsWith("<|end_header_id|>\n\n"));
}

TEST(TextOnly, Chat_WithoutAChatTemplateTheTextGoesOn) {
    MOELORA_NEED_SHARED_DATA();
    const Tokenizer tokenizer = load(shared("weights/stories260k/hf"));
    const auto tokens = resolve_text_chat(tokenizer, "auto", "<|im_end|>", 2);
    MOELORA_ASSERT_OK(tokens);
    const auto chat =
        encode_chat({{says("user", "Once upon a time")}, true, ""}, tokenizer, *tokens, {});
    EXPECT_THAT(chat->ids, ElementsAre(1, 403, 407, 261, 378));
    const auto whole =
        encode_chat({{says("user", "Once upon"), says("assistant", " a time")}, false, ""},
                    tokenizer, *tokens, {});
    EXPECT_THAT(whole->ids, ElementsAre(1, 403, 407, 261, 378, 2));
    EXPECT_THAT(whole->labels, ElementsAre(-100, -100, -100, 261, 378, 2));
}

TEST(TextOnly, Chat_WhatAFormCannotHoldIsRefused) {
    const Tokenizer tokenizer = load(source_path("tests/golden/text/bpe_llama3.json"));
    for (const char* bad : {"no mark", "{answer}{prompt}", "{prompt}{prompt}", "{prompt}{system}",
                            "llama3", "chatml"}) {
        const auto tokens = resolve_text_chat(tokenizer, bad, "<|im_end|>", 0);
        ASSERT_FALSE(tokens.has_value()) << bad;
        EXPECT_EQ(tokens.error().code, ErrorCode::OptionInvalid);
    }
    const auto tokens = resolve_text_chat(tokenizer, "{prompt}", "<|eot_id|>", 0);
    MOELORA_ASSERT_OK(tokens);
    const auto code = [&](std::vector<ChatMessage> messages) {
        const auto chat = encode_chat({std::move(messages), false, ""}, tokenizer, *tokens, {});
        return chat ? ErrorCode::Internal : chat.error().code;
    };
    EXPECT_EQ(code({says("system", "s"), says("user", "q")}), ErrorCode::RecordInvalid);
    EXPECT_EQ(code({says("user", "q"), says("user", "q")}), ErrorCode::RecordInvalid);
    EXPECT_EQ(code({says("assistant", "a")}), ErrorCode::RecordInvalid);
    EXPECT_EQ(code({{"user", {{ChatPart::Kind::Image, "/a.jpg"}}}}), ErrorCode::ImageNotForModel);
    EXPECT_EQ(resolve_text_chat(tokenizer, "{prompt}", "<|none|>", 0).error().code,
              ErrorCode::TokenizerInvalid);
}

}  // namespace
}  // namespace moelora
