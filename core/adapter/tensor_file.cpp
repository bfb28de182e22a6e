// SPDX-License-Identifier: GPL-3.0-or-later
// Tensors of adapter folders: read strictly, written as f32.
#include <cstring>
#include <optional>
#include <set>

#include "core/adapter/formats.h"

namespace moelora {
namespace {

std::optional<at::ScalarType> float_type(Dtype dtype) {
    switch (dtype) {
        case Dtype::F32:
            return at::kFloat;
        case Dtype::F64:
            return at::kDouble;
        case Dtype::BF16:
            return at::kBFloat16;
        case Dtype::F16:
            return at::kHalf;
        default:
            return std::nullopt;
    }
}

std::string shown(const std::vector<std::int64_t>& shape) {
    std::vector<std::string> sides;
    for (const auto side : shape) sides.push_back(std::to_string(side));
    return std::string("[") + joined(sides, ", ") + "]";
}

// The file's bytes may be unaligned, so they are copied before torch sees them.
at::Tensor tensor_of(const SafetensorsFile& file, const TensorEntry& entry, at::ScalarType type) {
    const at::Tensor raw = at::empty(entry.shape, type);
    const auto bytes = file.bytes(entry);
    if (!bytes.empty()) std::memcpy(raw.mutable_data_ptr(), bytes.data(), bytes.size());
    return raw.to(at::kFloat);
}

bool is_as_expected(const TensorEntry& entry, const std::vector<std::int64_t>& shape) {
    return float_type(entry.dtype) && entry.shape == shape;
}

void add_list(std::vector<std::string>& parts, const char* title,
              const std::vector<std::string>& names) {
    if (!names.empty())
        parts.push_back(std::string(title) + " (" + std::to_string(names.size()) +
                        "): " + joined(names, ", "));
}

// What the header alone shows to be wrong.
std::vector<std::string> header_faults(const SafetensorsFile& file,
                                       const std::vector<ExpectedTensor>& expected,
                                       const std::vector<std::string>& unused) {
    std::vector<std::string> missing, unexpected, wrong, parts;
    std::set<std::string> known(unused.begin(), unused.end());
    for (const auto& [name, shape] : expected) {
        known.insert(name);
        const TensorEntry* entry = file.find(name);
        if (!entry)
            missing.push_back(name);
        else if (!is_as_expected(*entry, shape))
            wrong.push_back(name + " is " + entry->dtype_name + " " + shown(entry->shape) +
                            ", not " + shown(shape));
    }
    for (const auto& entry : file.entries())
        if (!known.count(entry.name)) unexpected.push_back(entry.name);
    add_list(parts, "missing tensors", missing);
    add_list(parts, "unexpected tensors", unexpected);
    add_list(parts, "wrong tensors", wrong);
    return parts;
}

}  // namespace

std::string joined(const std::vector<std::string>& parts, const char* separator) {
    std::string out;
    for (const auto& part : parts) {
        if (!out.empty()) out += separator;
        out += part;
    }
    return out;
}

tl::unexpected<Error> adapter_invalid(const std::string& path, std::string why) {
    return fail(ErrorCode::AdapterInvalid, {{"path", path}, {"why", std::move(why)}});
}

Result<std::vector<at::Tensor>> read_tensors(const SafetensorsFile& file,
                                             const std::vector<ExpectedTensor>& expected,
                                             const std::vector<std::string>& unused) {
    std::vector<std::string> parts = header_faults(file, expected, unused);
    std::vector<at::Tensor> tensors;
    std::vector<std::string> not_finite;
    for (const auto& [name, shape] : expected) {
        const TensorEntry* entry = file.find(name);
        if (!entry || !is_as_expected(*entry, shape)) continue;
        tensors.push_back(tensor_of(file, *entry, *float_type(entry->dtype)));
        if (!at::isfinite(tensors.back()).all().item<bool>()) not_finite.push_back(name);
    }
    add_list(parts, "tensors with NaN or infinity", not_finite);
    if (parts.empty()) return tensors;
    return adapter_invalid(file.path(), joined(parts, "; "));
}

Status check_tensors(const SafetensorsFile& file, const std::vector<ExpectedTensor>& expected) {
    const std::vector<std::string> parts = header_faults(file, expected, {});
    if (parts.empty()) return {};
    return adapter_invalid(file.path(), joined(parts, "; "));
}

Status write_tensors(const std::string& path, const std::vector<NamedTensor>& tensors) {
    std::vector<at::Tensor> kept;
    std::vector<TensorBytes> rows;
    for (const auto& [name, tensor] : tensors) {
        kept.push_back(tensor.detach().to(at::kCPU, at::kFloat).contiguous());
        const at::Tensor& t = kept.back();
        rows.push_back({name, Dtype::F32, t.sizes().vec(),
                        std::as_bytes(std::span(t.const_data_ptr<float>(),
                                                static_cast<std::size_t>(t.numel())))});
    }
    return write_safetensors(path, std::move(rows));
}

}  // namespace moelora
