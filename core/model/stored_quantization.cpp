// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/stored_quantization.h"

#include <algorithm>
#include <charconv>

namespace moelora {
namespace {

tl::unexpected<Error> refuse(const SafetensorsFolder::Located& where, const std::string& why) {
    return fail(ErrorCode::QuantizationInvalid,
                {{"path", where.file->path()}, {"tensor", where.entry->name}, {"why", why}});
}

std::int64_t count_of(const TensorEntry& entry) {
    std::int64_t count = 1;
    for (const std::int64_t side : entry.shape) count *= side;
    return count;
}

// A tensor that must be there, of this type and number of elements.
Result<SafetensorsFolder::Located> need(const SafetensorsFolder& folder,
                                        const std::string& folder_path, const std::string& name,
                                        Dtype dtype, std::int64_t count) {
    const auto found = locate_tensor(folder, name);
    if (!found.entry)
        return fail(ErrorCode::ModelTensorMissing, {{"path", folder_path}, {"tensor", name}});
    if (found.entry->dtype != dtype)
        return refuse(found, "its type is " + found.entry->dtype_name + ", not " +
                                 std::string(name_of(dtype)));
    if (count_of(*found.entry) != count)
        return refuse(found, "it has " + std::to_string(count_of(*found.entry)) + " values, not " +
                                 std::to_string(count));
    return found;
}

// 4-bit codes may be stored under another type's name: only the bytes count.
Status need_codes(const SafetensorsFolder::Located& codes, std::int64_t bytes) {
    const auto found = static_cast<std::int64_t>(codes.entry->end - codes.entry->begin);
    if (found == bytes) return {};
    return refuse(codes,
                  "it has " + std::to_string(found) + " bytes, not " + std::to_string(bytes));
}

Status read_state(const SafetensorsFolder::Located& where, const TensorShape& weight,
                  StoredMatrix& out, bool& nested) {
    const auto bytes = where.file->bytes(*where.entry);
    MOELORA_TRY(
        const Json state,
        parse_json({static_cast<const char*>(static_cast<const void*>(bytes.data())), bytes.size()},
                   where.file->path() + ": " + where.entry->name));
    if (!state.is_object()) return refuse(where, "it is not an object");
    constexpr std::string_view known[] = {"quant_type",   "blocksize",        "dtype",
                                          "shape",        "nested_blocksize", "nested_dtype",
                                          "nested_offset"};
    for (const auto& [key, value] : state.items())
        if (std::find(std::begin(known), std::end(known), key) == std::end(known))
            return refuse(where, "it holds an unknown field");
    const auto text = [&](const char* key) {
        return state.contains(key) ? as_string(state[key]).value_or("") : std::string();
    };
    const auto whole = [&](const char* key) {
        return state.contains(key) ? as_int(state[key]).value_or(0) : 0;
    };
    if (text("quant_type") != name_of(out.format))
        return refuse(where, "its quant_type does not fit its name");
    out.blocksize = whole("blocksize");
    if (out.blocksize < 32 || out.blocksize > 4096 || (out.blocksize & (out.blocksize - 1)) != 0)
        return refuse(where, "its blocksize is no power of two from 32 to 4096");
    out.source_type = text("dtype");
    if (out.source_type != "float32" && out.source_type != "bfloat16" &&
        out.source_type != "float16")
        return refuse(where, "its dtype is unknown");
    if (!state.contains("shape") || state["shape"] != Json(weight.shape))
        return fail(ErrorCode::ModelTensorShape,
                    {{"path", where.file->path()},
                     {"tensor", weight.name},
                     {"found", state.contains("shape") ? state["shape"].dump() : "none"},
                     {"expected", Json(weight.shape).dump()}});
    nested = state.contains("nested_offset");
    if (!nested) return {};
    const auto offset = as_double(state["nested_offset"]);
    if (!offset || whole("nested_blocksize") != nested_blocksize ||
        text("nested_dtype") != "float32")
        return refuse(where, "its nested scales are not float32 in blocks of 256");
    out.nested_offset = static_cast<float>(*offset);
    return {};
}

Result<StoredMatrix> find_four_bit(const SafetensorsFolder& folder, const std::string& path,
                                   const TensorShape& weight, QuantFormat format,
                                   const SafetensorsFolder::Located& state) {
    StoredMatrix out;
    out.format = format;
    out.out = weight.shape[0];
    out.in = weight.shape[1];
    bool nested = false;
    MOELORA_TRY_STATUS(read_state(state, weight, out, nested));
    const std::int64_t count = out.out * out.in,
                       blocks = (count + out.blocksize - 1) / out.blocksize;
    out.codes = locate_tensor(folder, weight.name);
    MOELORA_TRY_STATUS(need_codes(out.codes, (count + 1) / 2));
    MOELORA_TRY(out.absmax, need(folder, path, weight.name + ".absmax",
                                 nested ? Dtype::U8 : Dtype::F32, blocks));
    MOELORA_TRY(out.table, need(folder, path, weight.name + ".quant_map", Dtype::F32, 16));
    if (!nested) return out;
    MOELORA_TRY(out.nested_absmax, need(folder, path, weight.name + ".nested_absmax", Dtype::F32,
                                        (blocks + nested_blocksize - 1) / nested_blocksize));
    MOELORA_TRY(out.nested_table,
                need(folder, path, weight.name + ".nested_quant_map", Dtype::F32, 256));
    return out;
}

Result<StoredMatrix> find_int8(const SafetensorsFolder& folder, const std::string& path,
                               const TensorShape& weight, const std::string& layer) {
    StoredMatrix out;
    out.format = QuantFormat::Int8;
    out.out = weight.shape[0];
    out.in = weight.shape[1];
    out.source_type = "float16";
    MOELORA_TRY(out.codes, need(folder, path, weight.name, Dtype::I8, out.out * out.in));
    if (out.codes.entry->shape != weight.shape)
        return refuse(out.codes, "its shape is not that of the configuration");
    MOELORA_TRY(out.absmax, need(folder, path, layer + ".SCB", Dtype::F32, out.out));
    if (const auto order = locate_tensor(folder, layer + ".weight_format"); order.entry) {
        const auto bytes = order.file->bytes(*order.entry);
        if (bytes.empty() || std::to_integer<int>(bytes[0]) != 0)
            return refuse(order, "the codes are not stored by rows");
    }
    return out;
}

}  // namespace

Result<std::optional<StoredMatrix>> find_stored_matrix(const SafetensorsFolder& folder,
                                                       const std::string& folder_path,
                                                       const TensorShape& weight) {
    constexpr std::string_view end = ".weight";
    if (weight.shape.size() != 2 || !std::string_view(weight.name).ends_with(end) ||
        !locate_tensor(folder, weight.name).entry)
        return std::nullopt;
    std::optional<StoredMatrix> out;
    for (const QuantFormat format : {QuantFormat::Nf4, QuantFormat::Fp4}) {
        const auto state = locate_tensor(
            folder, weight.name + ".quant_state.bitsandbytes__" + std::string(name_of(format)));
        if (!state.entry) continue;
        if (out) return refuse(state, "the layer has two of them");
        MOELORA_TRY(out, find_four_bit(folder, folder_path, weight, format, state));
    }
    const std::string layer = weight.name.substr(0, weight.name.size() - end.size());
    if (!out && locate_tensor(folder, layer + ".SCB").entry) {
        MOELORA_TRY(out, find_int8(folder, folder_path, weight, layer));
    }
    return out;
}

std::string stored_quantization(const SafetensorsFolder& folder, const std::string& folder_path,
                                const ModelConfig& config) {
    for (const LinearShape& linear : linear_shapes(config)) {
        const auto found = find_stored_matrix(
            folder, folder_path, {linear.path + ".weight", {linear.out, linear.in}, linear.vision});
        if (found && *found)
            return std::string(name_of((*found)->format)) + ((*found)->nested() ? "-dq" : "");
    }
    return "none";
}

std::string quant_state_text(QuantFormat format, std::int64_t blocksize,
                             const std::string& source_type, std::int64_t out, std::int64_t in,
                             std::optional<float> nested_offset) {
    std::string text = R"({"quant_type": ")";
    text += name_of(format);
    text += R"(", "blocksize": )" + std::to_string(blocksize) + R"(, "dtype": ")" + source_type +
            R"(", "shape": [)" + std::to_string(out) + ", " + std::to_string(in) + "]";
    if (nested_offset) {
        char number[64];
        const auto end =
            std::to_chars(number, number + sizeof number, static_cast<double>(*nested_offset));
        text += R"(, "nested_blocksize": 256, "nested_dtype": "float32", "nested_offset": )" +
                std::string(number, end.ptr);
    }
    return text + "}";
}

std::string refuse_quantization(const Json& quantization) {
    if (!quantization.is_object()) return "it is not an object";
    const auto method = quantization.contains("quant_method")
                            ? as_string(quantization["quant_method"]).value_or("")
                            : std::string();
    if (method != "bitsandbytes")
        return "weights quantised by " + (method.empty() ? "an unnamed method" : method) +
               " cannot be read";
    return {};
}

}  // namespace moelora
