// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/exact_weights.h"

#include <ATen/ATen.h>

#include <cstring>

#include "core/model/tensor_lookup.h"

namespace moelora {
namespace {

struct FloatType {
    Dtype file;
    at::ScalarType type;
};
constexpr FloatType float_types[] = {
    {Dtype::F32, at::kFloat}, {Dtype::BF16, at::kBFloat16}, {Dtype::F16, at::kHalf}};

}  // namespace

std::optional<at::ScalarType> float_type(Dtype dtype) {
    for (const FloatType& known : float_types)
        if (known.file == dtype) return known.type;
    return {};
}

Dtype file_type(at::ScalarType type) {
    for (const FloatType& known : float_types)
        if (known.type == type) return known.file;
    return Dtype::Other;
}

at::Tensor read_float(const SafetensorsFile& file, const TensorEntry& entry) {
    const at::Tensor stored = at::empty(entry.shape, *float_type(entry.dtype));
    const auto bytes = file.bytes(entry);
    std::memcpy(stored.mutable_data_ptr(), bytes.data(), bytes.size());
    return stored.to(at::kFloat);
}

ExactWeights exact_weights(const std::string& folder) {
    auto files = std::make_shared<std::optional<SafetensorsFolder>>();
    return [folder, files](const LinearShape& layer) -> Result<at::Tensor> {
        if (!*files) {
            MOELORA_TRY(*files, SafetensorsFolder::open(folder));
        }
        const auto found = locate_tensor(**files, layer.path + ".weight");
        const std::vector<std::int64_t> shape = {layer.out, layer.in};
        if (found.entry && float_type(found.entry->dtype) && found.entry->shape == shape)
            return read_float(*found.file, *found.entry);
        return fail(ErrorCode::OptionInvalid,
                    {{"option", "adapter.init"},
                     {"value", "loftq"},
                     {"why", "the model's files hold no unquantised weight of " + layer.path}});
    };
}

}  // namespace moelora
