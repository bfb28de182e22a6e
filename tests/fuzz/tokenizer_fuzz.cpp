// SPDX-License-Identifier: GPL-3.0-or-later
// The input is a tokenizer: tokenizer.json where it begins like JSON, else a SentencePiece file.
// What is loaded splits a text into known ids and gives it back.
#include "core/text/tokenizer.h"
#include "tests/fuzz/fuzz_input.h"

namespace {

using namespace moelora;

constexpr std::string_view sample =
    "A red kite, above 2 fields.\n  \xE5\x9B\x9B\xE4\xB8\xAA <|im_end|>e\xCC\x81\t'll";

void use(const Tokenizer& tokenizer) {
    for (const bool parse_added : {true, false}) {
        const auto ids = tokenizer.encode(sample, parse_added);
        if (!ids) continue;
        for (const TokenId id : *ids)
            fuzz::demand(id >= 0 && id < tokenizer.vocabulary_size(), "ids are in the vocabulary");
        (void)tokenizer.decode(*ids, parse_added);
    }
    (void)tokenizer.encode_spans(sample, false);
    (void)tokenizer.decode({-1, 0, 1, tokenizer.vocabulary_size()});
    (void)tokenizer.bos();
    (void)tokenizer.eos();
    (void)tokenizer.drops_first_blank();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const fuzz::Folder folder;
    const std::string_view text = fuzz::text_of(data, size);
    const std::size_t first = text.find_first_not_of(" \t\r\n");
    const bool json = first != std::string_view::npos && text[first] == '{';
    const std::string path = folder.put(json ? "tokenizer.json" : "tokenizer.model", text);
    const fuzz::MemoryBound bound(size, 1 << 25, 2048);
    if (const auto tokenizer = Tokenizer::load(path)) use(*tokenizer);
    return 0;
}
