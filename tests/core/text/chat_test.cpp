// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/chat.h"

#include <algorithm>
#include <fstream>

#include "tests/support/shared_data.h"

namespace moelora {
namespace {

using test::source_path;

class Chat : public testing::Test {
  protected:
    void SetUp() override {
        auto tokenizer = Tokenizer::load(source_path("tests/golden/text"));
        MOELORA_ASSERT_OK(tokenizer);
        tokenizer_ = std::make_unique<Tokenizer>(std::move(*tokenizer));
        auto tokens = resolve_chat_tokens(*tokenizer_, "<|im_end|>");
        MOELORA_ASSERT_OK(tokens);
        tokens_ = *tokens;
    }
    std::string labelled_text(const EncodedChat& chat) const {
        std::vector<TokenId> learnt;
        for (const TokenId id : chat.labels)
            if (id != -100) learnt.push_back(id);
        return tokenizer_->decode(learnt);
    }
    static Conversation sample(const std::string& answer) {
        return {
            {{"user", {{ChatPart::Kind::Image, "/a.jpg"}, {ChatPart::Kind::Text, "Describe it."}}},
             {"assistant", {{ChatPart::Kind::Text, answer}}}},
            false,
            ""};
    }
    std::unique_ptr<Tokenizer> tokenizer_;
    ChatTokens tokens_;
};

TEST_F(Chat, Chat_EqualsApplyChatTemplateOfTransformers) {
    auto cases = read_json(source_path("tests/golden/text/chat_cases.json"));
    MOELORA_ASSERT_OK(cases);
    ASSERT_GT((*cases)["cases"].size(), 100u);
    for (const Json& one : (*cases)["cases"]) {
        auto messages = parse_messages(one["messages"]);
        MOELORA_ASSERT_OK(messages);
        const Conversation conversation{*messages, one["add_generation_prompt"].get<bool>(), ""};
        EXPECT_EQ(render_chat(conversation), one["rendered"].get<std::string>());
        std::int64_t images = 0;
        for (const ChatMessage& message : *messages)
            for (const ChatPart& part : message.parts)
                images += part.kind == ChatPart::Kind::Image ? 1 : 0;
        const auto chat =
            encode_chat(conversation, *tokenizer_, tokens_,
                        std::vector<std::int64_t>(static_cast<std::size_t>(images), 1));
        MOELORA_ASSERT_OK(chat);
        EXPECT_EQ(chat->ids, one["ids"].get<std::vector<TokenId>>()) << one["messages"].dump();
        EXPECT_EQ(chat->rendered, one["rendered"].get<std::string>());
    }
}

TEST_F(Chat, Chat_CheckStringsOfTheReferenceAreEqual) {
    const auto messages = parse_messages(Json::parse(
        R"([{"role":"user","content":[{"type":"image","image":"a"},{"type":"text","text":"COCO Yes:"}]}])"));
    MOELORA_ASSERT_OK(messages);
    EXPECT_EQ(render_chat({*messages, true, ""}),
              "<|im_start|>user\n<|vision_start|><|image_pad|><|vision_end|>COCO Yes:<|im_end|>\n"
              "<|im_start|>assistant\n");
}

TEST_F(Chat, Chat_LabelsAreAnswerAndEndMarkerOnly) {
    const auto chat = encode_chat(sample("A red kite."), *tokenizer_, tokens_, {6});
    MOELORA_ASSERT_OK(chat);
    EXPECT_EQ(labelled_text(*chat), "A red kite.<|im_end|>");
    ASSERT_EQ(chat->labels.size(), chat->ids.size());
    EXPECT_EQ(std::count(chat->ids.begin(), chat->ids.end(), tokens_.image_pad), 6);
    for (std::size_t i = 0; i < chat->ids.size(); ++i) {
        EXPECT_TRUE(chat->labels[i] == -100 || chat->labels[i] == chat->ids[i]);
        EXPECT_TRUE(chat->ids[i] != tokens_.image_pad || chat->labels[i] == -100);
    }
    EXPECT_EQ(chat->images, std::vector<std::string>{"/a.jpg"});
}

TEST_F(Chat, Chat_EveryAnswerIsLearnt) {
    Conversation two = sample("One.");
    const Conversation more = sample("Two.");
    two.messages.insert(two.messages.end(), more.messages.begin(), more.messages.end());
    const auto chat = encode_chat(two, *tokenizer_, tokens_, {1, 1});
    MOELORA_ASSERT_OK(chat);
    EXPECT_EQ(labelled_text(*chat), "One.<|im_end|>Two.<|im_end|>");
}

TEST_F(Chat, Chat_AnAnswerWhoseLossIsFalseIsReadAndNotLearnt) {
    Conversation two = sample("One.");
    const Conversation more = sample("Two.");
    two.messages.insert(two.messages.end(), more.messages.begin(), more.messages.end());
    const auto all = encode_chat(two, *tokenizer_, tokens_, {1, 1});
    two.messages[1].learnt = false;
    const auto chat = encode_chat(two, *tokenizer_, tokens_, {1, 1});
    MOELORA_ASSERT_OK(all);
    MOELORA_ASSERT_OK(chat);
    EXPECT_EQ(labelled_text(*chat), "Two.<|im_end|>");
    EXPECT_EQ(chat->ids, all->ids);
    two.messages[1].learnt = true;
    two.messages[3].learnt = false;
    const auto recipe = resolve_chat_tokens(*tokenizer_, "<|endoftext|>");
    MOELORA_ASSERT_OK(recipe);
    const auto closed = encode_chat(two, *tokenizer_, *recipe, {1, 1});
    MOELORA_ASSERT_OK(closed);
    EXPECT_EQ(labelled_text(*closed), "One.<|im_end|>");
    EXPECT_EQ(closed->ids.back(), recipe->end_marker);
}

TEST_F(Chat, Chat_PublishedRecipeEndsInItsMarkerAlone) {
    const auto tokens = resolve_chat_tokens(*tokenizer_, "<|endoftext|>");
    MOELORA_ASSERT_OK(tokens);
    const auto chat = encode_chat(sample("A red kite."), *tokenizer_, *tokens, {2});
    MOELORA_ASSERT_OK(chat);
    EXPECT_EQ(labelled_text(*chat), "A red kite.<|endoftext|>");
    EXPECT_EQ(chat->ids.back(), tokens->end_marker);
}

TEST_F(Chat, Chat_ControlTokensInACaptionAreText) {
    const auto chat = encode_chat(sample("x<|im_end|><|image_pad|>"), *tokenizer_, tokens_, {1});
    MOELORA_ASSERT_OK(chat);
    EXPECT_EQ(std::count(chat->ids.begin(), chat->ids.end(), tokens_.image_pad), 1);
    EXPECT_EQ(std::count(chat->ids.begin(), chat->ids.end(), tokens_.im_end), 2);
    EXPECT_EQ(labelled_text(*chat), "x<|im_end|><|image_pad|><|im_end|>");
}

TEST_F(Chat, Chat_TokenAcrossTheStartOfAnAnswerBelongsToThePrompt) {
    const auto chat = encode_chat(sample("\n\nA kite."), *tokenizer_, tokens_, {1});
    MOELORA_ASSERT_OK(chat);
    EXPECT_EQ(labelled_text(*chat).substr(labelled_text(*chat).find('A')), "A kite.<|im_end|>");
}

TEST_F(Chat, Chat_WrongNumberOfPicturesIsAnError) {
    const auto chat = encode_chat(sample("x"), *tokenizer_, tokens_, {});
    ASSERT_FALSE(chat.has_value());
    EXPECT_EQ(chat.error().code, ErrorCode::RecordInvalid);
}

TEST_F(Chat, Chat_MissingControlTokenIsNamed) {
    const auto tokens = resolve_chat_tokens(*tokenizer_, "<|eot|>");
    ASSERT_FALSE(tokens.has_value());
    EXPECT_EQ(tokens.error().code, ErrorCode::TokenizerInvalid);
    EXPECT_NE(message_of(tokens.error()).find("<|eot|>"), std::string::npos);
}

TEST(Conversation, Conversation_ImagePathsAreRelativeToTheFile) {
    test::TempDir dir;
    std::ofstream(dir / "c.json")
        << R"({"messages":[{"role":"user","content":[{"type":"image","image":"p/a.jpg"},)"
           R"({"type":"text","text":"q"}]}],"add_generation_prompt":true,"task":null})";
    const auto conversation = read_conversation(dir / "c.json");
    MOELORA_ASSERT_OK(conversation);
    EXPECT_TRUE(conversation->add_generation_prompt);
    EXPECT_EQ(conversation->messages[0].parts[0].value, dir / "p/a.jpg");
}

TEST(Conversation, Conversation_BadRecordsAreRefusedWithAReason) {
    for (const char* messages :
         {"{}", "[1]", R"([{"role":"robot","content":"x"}])", R"([{"role":"user","content":5}])",
          R"([{"role":"user","content":[{"type":"image"}]}])",
          R"([{"role":"user","content":[{"type":"video","video":"v"}]}])",
          R"([{"role":"user","content":[{}]}])"}) {
        const auto parsed = parse_messages(Json::parse(messages));
        ASSERT_FALSE(parsed.has_value()) << messages;
        EXPECT_EQ(parsed.error().code, ErrorCode::RecordInvalid);
    }
}

}  // namespace
}  // namespace moelora
