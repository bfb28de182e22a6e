// SPDX-License-Identifier: GPL-3.0-or-later
// A sample encoder on the committed tokenizer fixture.
#pragma once

#include <memory>

#include "core/data/batch.h"
#include "tests/core/data/data_folder.h"

namespace moelora::test {

struct EncoderFixture {
    EncoderFixture() {
        auto loaded = Tokenizer::load(source_path("tests/golden/text"));
        if (!loaded) throw std::runtime_error(message_of(loaded.error()));
        tokenizer = std::make_unique<Tokenizer>(std::move(*loaded));
        encoder.tokenizer = tokenizer.get();
        encoder.tokens = resolve_chat_tokens(*tokenizer, "<|im_end|>").value();
        encoder.processor.min_pixels = 1024;
        encoder.processor.max_pixels = 4096;
        pad = tokenizer->id_of("<|endoftext|>").value();
    }
    std::unique_ptr<Tokenizer> tokenizer;
    SampleEncoder encoder;
    TokenId pad = 0;
};

}  // namespace moelora::test
