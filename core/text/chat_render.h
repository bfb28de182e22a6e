// SPDX-License-Identifier: GPL-3.0-or-later
// A conversation as stretches of text and control tokens. Internal to core/text; pure.
#pragma once

#include <string>
#include <vector>

#include "core/text/chat.h"

namespace moelora {

// One stretch of a rendered conversation. The template's own words are either control tokens or
// plain text; a label is wanted where the model speaks. Format is text of a user's template, in
// which control tokens are looked for.
struct Stretch {
    enum class Kind { Text, Control, Image, Format } kind = Kind::Text;
    std::string text;  // of Control: the token
    bool learnt = false;
};

class Renderer {
  public:
    std::vector<Stretch> stretches;
    std::vector<std::string> images;

    static constexpr const char* end = "<|im_end|>";

    // `closing`: what ends an answer that is the last message.
    void vision(const Conversation& conversation, const std::string& closing);
    // Errors of these three: RecordInvalid for what the form cannot hold, pictures among it.
    Status chat_ml(const Conversation& conversation, const std::string& default_system,
                   const std::string& closing);
    Status llama2(const Conversation& conversation, const std::string& bos, const std::string& eos);
    Status by_template(const Conversation& conversation, const ChatTemplate& around,
                       const std::string& bos, const std::string& end_token);

  private:
    void open(const std::string& role);
    void close(bool learnt, bool last_answer, const std::string& closing);
    void text(std::string value, bool learnt);
    void format(const std::string& value, bool learnt);
    void control(const std::string& token, bool learnt);
    void image(const std::string& path);
};

}  // namespace moelora
