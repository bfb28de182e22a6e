// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/piece_model.h"

#include <sentencepiece_processor.h>

#include "core/io/files.h"

namespace moelora {
namespace {

constexpr std::string_view blank_mark = "\u2581";
// A code point that no vocabulary holds and no merge crosses.
constexpr std::string_view barrier = "\U0010FFFF";

std::optional<TokenId> existing(int id) {
    return id >= 0 ? std::optional<TokenId>(id) : std::nullopt;
}

// "<0x0A>" is a byte.
std::string byte_of(const std::string& piece) {
    return std::string(1, static_cast<char>(std::stoi(piece.substr(3, 2), nullptr, 16)));
}

// What is wrong with the file, in the library's words; "" for a model. A piece that begins with
// a zero byte makes the builder of its tables throw.
std::string load_library(sentencepiece::SentencePieceProcessor& processor,
                         const std::string& bytes) {
    try {
        const auto status = processor.LoadFromSerializedProto(bytes);
        return status.ok() ? std::string() : "refused: " + std::string(status.message());
    } catch (const std::exception& error) {
        return std::string("refused: ") + error.what();
    }
}

}  // namespace

class PieceModel::Library {
  public:
    sentencepiece::SentencePieceProcessor processor;
};

Result<PieceModel> PieceModel::load(const std::string& path) {
    MOELORA_TRY(const std::string bytes, read_text(path));
    const auto refuse = [&](const std::string& why) {
        return fail(ErrorCode::TokenizerInvalid, {{"path", path}, {"why", why}});
    };
    if (bytes.empty()) return refuse("it is empty");
    auto library = std::make_shared<Library>();
    auto& processor = library->processor;
    if (std::string detail = load_library(processor, bytes); !detail.empty())
        return fail(ErrorCode::TokenizerInvalid,
                    {{"path", path}, {"why", "it is not a SentencePiece model"}},
                    std::move(detail));
    PieceModel out;
    out.size_ = processor.GetPieceSize();
    if (out.size_ == 0) return refuse("it holds no pieces");
    for (int id = 0; id < processor.GetPieceSize(); ++id)
        if (processor.IsControl(id) || processor.IsUnknown(id))
            out.control_.push_back({processor.IdToPiece(id), id, true});
    out.bos_ = existing(processor.bos_id());
    out.eos_ = existing(processor.eos_id());
    out.hash_ = sha256_hex(bytes);
    std::vector<std::string> probe;
    if (!processor.Encode("a", &probe).ok() || probe.empty())
        return refuse("it cannot split a text");
    out.adds_blank_ = std::string_view(probe.front()).starts_with(blank_mark);
    out.sentencepiece_ = std::move(library);
    return out;
}

void PieceModel::encode(std::string_view text, bool at_start, std::vector<TokenSpan>& out) const {
    if (text.empty()) return;
    const bool bare = adds_blank_ && !at_start;
    const std::size_t skip = bare ? barrier.size() : 0;
    std::string guarded;
    if (bare) text = guarded.append(barrier).append(text);
    const auto pieces =
        sentencepiece_->processor.EncodeAsImmutableProto({text.data(), text.size()});
    for (std::size_t i = 0; i < pieces.pieces_size(); ++i) {
        const auto piece = pieces.pieces(static_cast<int>(i));
        if (piece.end() <= skip && bare) continue;
        out.push_back({static_cast<TokenId>(piece.id()), piece.begin() - skip});
    }
}

std::string PieceModel::bytes_of(TokenId id) const {
    if (id < 0 || id >= size_) return {};
    const int number = static_cast<int>(id);
    const auto& processor = sentencepiece_->processor;
    const std::string& piece = processor.IdToPiece(number);
    if (processor.IsByte(number)) return byte_of(piece);
    if (processor.IsControl(number) || processor.IsUnknown(number)) return {};
    std::string out;
    for (std::size_t at = 0; at < piece.size();) {
        const bool mark = std::string_view(piece).substr(at).starts_with(blank_mark);
        out += mark ? ' ' : piece[at];
        at += mark ? blank_mark.size() : 1;
    }
    return out;
}

std::optional<TokenId> PieceModel::id_of(const std::string& piece) const {
    const int id = sentencepiece_->processor.PieceToId(piece);
    if (id < 0 || (sentencepiece_->processor.IsUnknown(id) &&
                   sentencepiece_->processor.IdToPiece(id) != piece))
        return {};
    return id;
}

}  // namespace moelora
