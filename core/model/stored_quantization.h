// SPDX-License-Identifier: GPL-3.0-or-later
// Quantised linear layers as bitsandbytes' files hold them (quantization.md sections 8 and 9):
// which tensors belong to one, checked against each other before a byte is used. Torch-free.
#pragma once

#include <optional>

#include "core/base/json.h"
#include "core/model/tensor_lookup.h"
#include "core/quant/quant_format.h"

namespace moelora {

struct StoredMatrix {
    QuantFormat format = QuantFormat::Nf4;
    std::int64_t out = 0, in = 0, blocksize = 64;
    std::string source_type = "float32";  // of the weight it was made from
    float nested_offset = 0;
    // INT8: codes and absmax (SCB) only; the nested ones where the scales are nested.
    SafetensorsFolder::Located codes, absmax, table, nested_absmax, nested_table;
    [[nodiscard]] bool nested() const { return nested_absmax.entry != nullptr; }
};

// The layer behind `weight` ("P.weight" [out, in]); empty when the file holds it unquantised, or
// not at all. Errors: ModelTensorMissing, ModelTensorShape, QuantizationInvalid (state, types,
// sizes).
[[nodiscard]] Result<std::optional<StoredMatrix>> find_stored_matrix(
    const SafetensorsFolder& folder, const std::string& folder_path, const TensorShape& weight);

// "nf4-dq", "int8"; of the first quantised layer, "none" without one.
[[nodiscard]] std::string stored_quantization(const SafetensorsFolder& folder,
                                              const std::string& folder_path,
                                              const ModelConfig& config);

// Text of P.weight.quant_state.bitsandbytes__*, as Python writes it.
[[nodiscard]] std::string quant_state_text(QuantFormat format, std::int64_t blocksize,
                                           const std::string& source_type, std::int64_t out,
                                           std::int64_t in, std::optional<float> nested_offset);

// Why the quantization_config of a config.json cannot be read; "" when it can.
[[nodiscard]] std::string refuse_quantization(const Json& quantization);

}  // namespace moelora
