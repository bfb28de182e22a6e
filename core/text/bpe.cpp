// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/bpe.h"

#include <queue>
#include <tuple>

#include "core/text/utf8.h"

namespace moelora {
namespace {

tl::unexpected<Error> refuse(const std::string& path, std::string why) {
    return fail(ErrorCode::TokenizerInvalid, {{"path", path}, {"why", std::move(why)}});
}

// Printable bytes stand for themselves, the other 68 for U+0100 onwards in byte order.
std::array<char32_t, 256> make_byte_map() {
    std::array<char32_t, 256> map{};
    char32_t next = 0x100;
    for (char32_t b = 0; b < 256; ++b) {
        const bool printable = (b >= 33 && b <= 126) || (b >= 161 && b <= 172) || b >= 174;
        map[b] = printable ? b : next++;
    }
    return map;
}

const std::array<char32_t, 256>& byte_map() {
    static const std::array<char32_t, 256> map = make_byte_map();
    return map;
}

const std::array<int, 0x144>& character_map() {
    static const std::array<int, 0x144> map = [] {
        std::array<int, 0x144> inverse{};
        inverse.fill(-1);
        for (std::size_t b = 0; b < 256; ++b) inverse[byte_map()[b]] = static_cast<int>(b);
        return inverse;
    }();
    return map;
}

std::uint64_t pair_key(std::int32_t left, std::int32_t right) {
    return (static_cast<std::uint64_t>(static_cast<std::uint32_t>(left)) << 32) |
           static_cast<std::uint32_t>(right);
}

// "a b" or ["a", "b"]; empty for anything else.
std::optional<std::pair<std::string, std::string>> pair_of(const Json& merge) {
    if (merge.is_array() && merge.size() == 2 && merge[0].is_string() && merge[1].is_string())
        return std::pair{merge[0].get<std::string>(), merge[1].get<std::string>()};
    if (!merge.is_string()) return {};
    const auto& text = merge.get_ref<const std::string&>();
    const std::size_t blank = text.find(' ');
    if (blank == 0 || blank == std::string::npos || blank + 1 == text.size() ||
        text.find(' ', blank + 1) != std::string::npos)
        return {};
    return std::pair{text.substr(0, blank), text.substr(blank + 1)};
}

}  // namespace

std::optional<std::string> unmap_bytes(std::string_view piece) {
    std::string out;
    while (!piece.empty()) {
        const Utf8Step step = utf8_step(piece);
        const auto& map = character_map();
        if (step.state != Utf8State::Valid || step.code >= map.size() || map[step.code] < 0)
            return {};
        out += static_cast<char>(map[step.code]);
        piece.remove_prefix(step.length);
    }
    return out;
}

Result<Bpe> Bpe::load(const Json& model, const std::string& path) {
    if (!model.is_object()) return refuse(path, "it has no \"model\"");
    const auto field = [&](const char* name) { return model.value(name, Json{}); };
    const Json type = field("type");
    if (!type.is_null() && type != "BPE")
        return refuse(path, "its model type is " + type.dump() + ", not \"BPE\"");
    if (!model.contains("vocab") || !model.contains("merges"))
        return refuse(path, "its model has no vocab or no merges");
    for (const char* name : {"continuing_subword_prefix", "end_of_word_suffix"}) {
        const Json value = field(name);
        if (!value.is_null() && value != "")
            return refuse(path, std::string(name) + " is not empty");
    }
    for (const char* name : {"byte_fallback", "ignore_merges", "fuse_unk"}) {
        const Json value = field(name);
        if (!value.is_null() && !value.is_boolean())
            return refuse(path, std::string(name) + " is neither true nor false");
    }
    if (field("byte_fallback") == true) return refuse(path, "it is not a byte-level model");
    if (const Json dropout = field("dropout"); !dropout.is_null() && dropout != 0)
        return refuse(path, "it uses merge dropout");
    Bpe bpe;
    bpe.ignore_merges_ = field("ignore_merges") == true;
    MOELORA_TRY_STATUS(bpe.load_vocabulary(model["vocab"], path));
    MOELORA_TRY_STATUS(bpe.load_merges(model["merges"], path));
    return bpe;
}

Status Bpe::load_vocabulary(const Json& vocab, const std::string& path) {
    if (!vocab.is_object() || vocab.empty()) return refuse(path, "its vocab is not a table");
    ids_.reserve(vocab.size());
    pieces_.reserve(vocab.size());
    for (const auto& [piece, value] : vocab.items()) {
        const auto id = as_int(value);
        if (!id || *id < 0 || *id > largest_id)
            return refuse(path, "the piece \"" + piece + "\" has the id " + value.dump());
        const auto small = static_cast<std::int32_t>(*id);
        const auto place = ids_.emplace(piece, small).first;
        if (!pieces_.emplace(small, &place->first).second)
            return refuse(path, "two pieces have the id " + std::to_string(*id));
        largest_ = std::max(largest_, *id);
    }
    for (std::size_t b = 0; b < 256; ++b) {
        std::string character;
        append_utf8(character, byte_map()[b]);
        const auto found = ids_.find(character);
        bytes_[b] = found == ids_.end() ? -1 : found->second;
    }
    if (!ignore_merges_) return {};
    for (const auto& [piece, id] : ids_)
        if (auto raw = unmap_bytes(piece)) whole_.emplace(std::move(*raw), id);
    return {};
}

Status Bpe::load_merges(const Json& merges, const std::string& path) {
    if (!merges.is_array()) return refuse(path, "its merges are not a list");
    merges_.reserve(merges.size());
    std::int32_t rank = 0;
    for (const Json& merge : merges) {
        const auto pair = pair_of(merge);
        const std::string where = "merge " + std::to_string(rank);
        if (!pair) return refuse(path, where + " is not a pair of pieces");
        const auto left = ids_.find(pair->first), right = ids_.find(pair->second),
                   result = ids_.find(pair->first + pair->second);
        if (left == ids_.end() || right == ids_.end() || result == ids_.end())
            return refuse(path, where + " (\"" + pair->first + "\", \"" + pair->second +
                                    "\") uses a piece that is not in the vocabulary");
        merges_.insert_or_assign(pair_key(left->second, right->second),
                                 Merge{rank, result->second});
        ++rank;
    }
    return {};
}

const Bpe::Merge* Bpe::merge_of(std::int32_t left, std::int32_t right) const {
    const auto found = merges_.find(pair_key(left, right));
    return found == merges_.end() ? nullptr : &found->second;
}

int Bpe::encode(std::string_view piece, std::vector<Id>& out) const {
    if (ignore_merges_) {
        if (const auto found = whole_.find(std::string(piece)); found != whole_.end()) {
            out.push_back(found->second);
            return -1;
        }
    }
    struct Symbol {
        std::int32_t id, previous, next;  // neighbours by index, -1 = none
    };
    std::vector<Symbol> symbols;
    symbols.reserve(piece.size());
    for (const char c : piece) {
        const auto byte = static_cast<unsigned char>(c);
        if (bytes_[byte] < 0) return byte;
        const auto n = static_cast<std::int32_t>(symbols.size());
        symbols.push_back({bytes_[byte], n - 1, n + 1});
    }
    symbols.back().next = -1;
    const auto at = [&](std::int32_t i) -> Symbol& { return symbols[static_cast<std::size_t>(i)]; };

    using Candidate = std::tuple<std::int32_t, std::int32_t, std::int32_t>;  // rank, place, result
    std::priority_queue<Candidate, std::vector<Candidate>, std::greater<>> queue;
    const auto offer = [&](std::int32_t left) {
        if (left < 0 || at(left).next < 0) return;
        if (const Merge* merge = merge_of(at(left).id, at(at(left).next).id))
            queue.emplace(merge->rank, left, merge->result);
    };
    for (std::int32_t i = 0; i + 1 < static_cast<std::int32_t>(symbols.size()); ++i) offer(i);
    while (!queue.empty()) {
        const auto [rank, place, result] = queue.top();
        queue.pop();
        Symbol& left = at(place);
        if (left.id < 0 || left.next < 0) continue;  // merged away meanwhile
        Symbol& right = at(left.next);
        const Merge* merge = merge_of(left.id, right.id);
        if (merge == nullptr || merge->result != result) continue;  // a neighbour changed meanwhile
        left.id = result;
        right.id = -1;
        left.next = right.next;
        if (right.next >= 0) at(right.next).previous = place;
        offer(left.previous);
        offer(place);
    }
    for (std::int32_t i = 0; i >= 0; i = at(i).next) out.push_back(at(i).id);
    return -1;
}

const std::string* Bpe::piece_of(Id id) const {
    if (id < 0 || id > largest_id) return nullptr;
    const auto found = pieces_.find(static_cast<std::int32_t>(id));
    return found == pieces_.end() ? nullptr : found->second;
}

std::optional<Bpe::Id> Bpe::id_of(const std::string& piece) const {
    const auto found = ids_.find(piece);
    if (found == ids_.end()) return {};
    return found->second;
}

}  // namespace moelora
