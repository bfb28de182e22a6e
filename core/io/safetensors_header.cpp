// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/safetensors_header.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <utility>

#include "core/base/json.h"

namespace moelora {
namespace {

struct DtypeRow {
    std::string_view name;
    Dtype dtype;
    std::uint64_t bits;
};
constexpr DtypeRow dtype_rows[] = {
    {"F32", Dtype::F32, 32},
    {"F16", Dtype::F16, 16},
    {"BF16", Dtype::BF16, 16},
    {"I64", Dtype::I64, 64},
    {"I32", Dtype::I32, 32},
    {"I16", Dtype::I16, 16},
    {"I8", Dtype::I8, 8},
    {"U8", Dtype::U8, 8},
    {"BOOL", Dtype::Bool, 8},
    {"F64", Dtype::F64, 64},
    {"U16", Dtype::U16, 16},
    {"U32", Dtype::U32, 32},
    {"U64", Dtype::U64, 64},
    {"F8_E4M3", Dtype::F8E4M3, 8},
    {"F8_E5M2", Dtype::F8E5M2, 8},
    {"F4", Dtype::Other, 4},
    {"F6_E2M3", Dtype::Other, 6},
    {"F6_E3M2", Dtype::Other, 6},
    {"F8_E8M0", Dtype::Other, 8},
    {"F8_E4M3FNUZ", Dtype::Other, 8},
    {"F8_E5M2FNUZ", Dtype::Other, 8},
    {"C64", Dtype::Other, 64},
};

const DtypeRow* find_dtype(std::string_view name) {
    for (const DtypeRow& row : dtype_rows)
        if (row.name == name) return &row;
    return nullptr;
}

bool multiply(std::uint64_t a, std::uint64_t b, std::uint64_t& out) {
    return !__builtin_mul_overflow(a, b, &out);
}

// Events of the parser in, table out. Depth 1 is the header object, 2 an entry or __metadata__,
// 3 a list of an entry; what lies in fields we do not know is skipped.
class HeaderReader : public nlohmann::json_sax<Json> {
  public:
    explicit HeaderReader(SafetensorsHeader& out) : out_(out) {}
    std::string why;

    bool null() override { return scalar(); }
    bool boolean(bool) override { return scalar(); }
    bool number_float(number_float_t, const string_t&) override {
        return list_ == List::None ? scalar() : refuse_number();
    }
    bool number_integer(number_integer_t) override {
        return list_ == List::None ? scalar() : refuse_number();  // only negative ones come here
    }
    bool number_unsigned(number_unsigned_t value) override {
        if (list_ == List::None) return scalar();
        if (value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
            return refuse_number();
        return list_ == List::Shape ? add_dimension(value) : add_offset(value);
    }
    bool string(string_t& value) override {
        if (list_ != List::None) return refuse_number();
        if (!skipping() && depth_ == 2 && in_metadata_) return add_metadata(value);
        if (!skipping() && depth_ == 2 && field_ == "dtype") return set_dtype(value);
        return scalar();
    }
    bool binary(binary_t&) override { return scalar(); }
    bool start_object(std::size_t) override {
        if (!enter()) return false;
        if (skipping() || depth_ == 1) return true;
        return depth_ == 2 ? start_entry() : wrong_kind();
    }
    bool key(string_t& name) override {
        if (skipping()) return true;
        if (depth_ == 1) {
            name_ = name;
            field_.clear();
            in_metadata_ = false;
            return true;
        }
        field_ = name;
        const bool known = field_ == "dtype" || field_ == "shape" || field_ == "data_offsets";
        if (!in_metadata_ && !known) skip_from_ = depth_;
        return true;
    }
    bool end_object() override {
        --depth_;
        if (skipping()) return end_skipped();
        return depth_ != 1 || in_metadata_ || end_entry();
    }
    bool start_array(std::size_t) override {
        if (!enter()) return false;
        if (skipping()) return true;
        const bool in_entry = depth_ == 3 && !in_metadata_;
        if (in_entry && field_ == "shape" && !std::exchange(has_shape_, true)) {
            list_ = List::Shape;
            return true;
        }
        if (in_entry && field_ == "data_offsets" && !std::exchange(has_offsets_, true)) {
            list_ = List::Offsets;
            return true;
        }
        return wrong_kind();
    }
    bool end_array() override {
        --depth_;
        if (skipping()) return end_skipped();
        list_ = List::None;
        return true;
    }
    bool parse_error(std::size_t position, const std::string&,
                     const nlohmann::detail::exception&) override {
        return refuse("the header is no valid JSON (byte " + std::to_string(position) + ")");
    }

  private:
    enum class List { None, Shape, Offsets };
    static constexpr int never = std::numeric_limits<int>::max();

    [[nodiscard]] bool skipping() const { return skip_from_ != never; }
    bool refuse(std::string reason) {
        if (why.empty()) why = std::move(reason);
        return false;
    }
    bool refuse_tensor(const std::string& reason) {
        return refuse("tensor " + shown_name(name_) + ": " + reason);
    }
    bool refuse_number() {
        return refuse_tensor(list_ == List::Shape
                                 ? "a dimension is no whole number from 0 to 2^63-1"
                                 : "an offset is no whole number from 0 to 2^63-1");
    }
    bool wrong_kind() {
        if (depth_ <= 1) return refuse("the header is no JSON object");
        if (in_metadata_) return refuse("a value of __metadata__ is no text");
        if (field_.empty()) return refuse("the entry " + shown_name(name_) + " is no object");
        return refuse_tensor("its " + field_ + " is not as the format says, or stands twice");
    }
    bool enter() {
        ++depth_;
        return depth_ <= safetensors_depth_most || refuse("the header is nested too deeply");
    }
    // Called after a value: the unknown field is over when we are back where its name stood.
    bool end_skipped() {
        if (depth_ == skip_from_) skip_from_ = never;
        return true;
    }
    // A single value where none is asked for, or of a field that we do not know.
    bool scalar() {
        if (skipping()) return end_skipped();
        return depth_ == 1 ? refuse("the entry " + shown_name(name_) + " is no object")
                           : wrong_kind();
    }
    bool start_entry() {
        in_metadata_ = name_ == "__metadata__";
        has_shape_ = has_dtype_ = has_offsets_ = false;
        offsets_ = 0;
        if (in_metadata_) {
            if (std::exchange(has_metadata_, true)) return refuse("__metadata__ stands twice");
            return true;
        }
        if (out_.entries.size() >= safetensors_entries_most)
            return refuse("it names more than " + std::to_string(safetensors_entries_most) +
                          " tensors");
        out_.entries.emplace_back();
        out_.entries.back().name = name_;
        return true;
    }
    bool end_entry() {
        if (!has_dtype_) return refuse_tensor("it has no dtype");
        if (!has_shape_) return refuse_tensor("it has no shape");
        return offsets_ == 2 || refuse_tensor("it does not have two data_offsets");
    }
    bool add_metadata(const std::string& value) {
        if (out_.metadata.size() >= safetensors_metadata_most)
            return refuse("its __metadata__ is too long");
        return out_.metadata.emplace(field_, value).second ||
               refuse("__metadata__ names " + shown_name(field_) + " twice");
    }
    bool set_dtype(const std::string& value) {
        if (std::exchange(has_dtype_, true)) return refuse_tensor("its dtype stands twice");
        const DtypeRow* row = find_dtype(value);
        if (!row) return refuse_tensor("its dtype " + shown_name(value) + " is unknown");
        out_.entries.back().dtype = row->dtype;
        out_.entries.back().dtype_name = value;
        return true;
    }
    bool add_dimension(std::uint64_t value) {
        std::vector<std::int64_t>& shape = out_.entries.back().shape;
        if (shape.size() >= safetensors_rank_most)
            return refuse_tensor("it has more than " + std::to_string(safetensors_rank_most) +
                                 " dimensions");
        shape.push_back(static_cast<std::int64_t>(value));
        return true;
    }
    bool add_offset(std::uint64_t value) {
        if (offsets_ == 2) return refuse_tensor("it does not have two data_offsets");
        (offsets_++ == 0 ? out_.entries.back().begin : out_.entries.back().end) = value;
        return true;
    }

    SafetensorsHeader& out_;
    std::string name_, field_;
    int depth_ = 0, skip_from_ = never, offsets_ = 0;
    List list_ = List::None;
    bool in_metadata_ = false, has_metadata_ = false;
    bool has_shape_ = false, has_dtype_ = false, has_offsets_ = false;
};

// Size of one tensor by shape and dtype, without overflow; a zero does not excuse one.
std::string check_size(const TensorEntry& entry) {
    const auto refuse = [&](const std::string& why) {
        return "tensor " + shown_name(entry.name) + ": " + why;
    };
    const DtypeRow* row = find_dtype(entry.dtype_name);
    std::uint64_t bits = row->bits;
    bool empty = false;
    for (const std::int64_t dimension : entry.shape) {
        empty = empty || dimension == 0;
        if (dimension != 0 && !multiply(bits, static_cast<std::uint64_t>(dimension), bits))
            return refuse("its shape has more elements than can be counted");
    }
    if (empty) bits = 0;
    if (bits % 8 != 0) return refuse("its elements do not fill whole bytes");
    if (entry.begin > entry.end) return refuse("its data end before they begin");
    if (entry.end - entry.begin != bits / 8)
        return refuse("shape and dtype ask for " + std::to_string(bits / 8) +
                      " bytes, the offsets give " + std::to_string(entry.end - entry.begin));
    return {};
}

// By offset, the tensors lie side by side from the first byte to the last.
std::string check_tiling(const std::vector<TensorEntry>& entries, std::uint64_t buffer_bytes) {
    std::vector<std::uint32_t> order(entries.size());
    std::iota(order.begin(), order.end(), 0u);
    std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
        return std::pair(entries[a].begin, entries[a].end) <
               std::pair(entries[b].begin, entries[b].end);
    });
    std::uint64_t at = 0;
    for (const std::uint32_t i : order) {
        const TensorEntry& entry = entries[i];
        if (entry.end > buffer_bytes)
            return "tensor " + shown_name(entry.name) +
                   ": its data reach beyond the end of the file";
        if (entry.begin != at)
            return "tensor " + shown_name(entry.name) + ": its data " +
                   (entry.begin < at ? "overlap with those of another tensor"
                                     : "leave a gap before them");
        at = entry.end;
    }
    if (at != buffer_bytes)
        return std::to_string(buffer_bytes - at) + " bytes at the end belong to no tensor";
    return {};
}

std::string check_names(const std::vector<TensorEntry>& entries) {
    std::vector<std::string_view> names;
    names.reserve(entries.size());
    for (const TensorEntry& entry : entries) names.push_back(entry.name);
    std::sort(names.begin(), names.end());
    const auto twice = std::adjacent_find(names.begin(), names.end());
    return twice == names.end() ? std::string{}
                                : "the tensor " + shown_name(*twice) + " stands twice";
}

}  // namespace

std::string_view name_of(Dtype dtype) {
    for (const DtypeRow& row : dtype_rows)
        if (row.dtype == dtype && dtype != Dtype::Other) return row.name;
    return "other";
}

std::int64_t bytes_of(Dtype dtype) {
    if (dtype == Dtype::Other) return 0;
    return static_cast<std::int64_t>(find_dtype(name_of(dtype))->bits / 8);
}

std::string shown_name(std::string_view name) {
    constexpr std::size_t most = 120;
    const bool cut = name.size() > most;
    const Json text = std::string(name.substr(0, most));
    std::string out = text.dump(-1, ' ', false, Json::error_handler_t::replace);
    return cut ? out + "..." : out;
}

std::string parse_safetensors_header(std::string_view text, std::uint64_t buffer_bytes,
                                     SafetensorsHeader& out) {
    if (text.empty() || text.front() != '{') return "its header does not begin with {";
    while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
    if (text.back() != '}') return "its header does not end with }";
    HeaderReader reader(out);
    if (!Json::sax_parse(text, &reader)) return reader.why;
    for (const TensorEntry& entry : out.entries)
        if (std::string why = check_size(entry); !why.empty()) return why;
    if (std::string why = check_names(out.entries); !why.empty()) return why;
    return check_tiling(out.entries, buffer_bytes);
}

}  // namespace moelora
