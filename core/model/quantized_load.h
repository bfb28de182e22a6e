// SPDX-License-Identifier: GPL-3.0-or-later
// Linear weights in few bits, out of a model folder: read as they are, or made piece by piece from
// a float tensor of the mapped file, so that no whole float copy ever exists. Engine thread only.
#pragma once

#include "core/model/stored_quantization.h"
#include "core/options/options.h"
#include "core/quant/quantized_matrix.h"

namespace moelora {

// What becomes of linears that a folder holds in a float type; empty = they stay so.
struct QuantOptions {
    std::optional<QuantSpec> text, vision;
    // Codes of stored layers stay where they are, in the mapped file, on the CPU: for folders that
    // nobody changes while they are in use.
    bool map_stored = false;
};
[[nodiscard]] QuantOptions quant_options(const ModelOptions& options);
[[nodiscard]] QuantOptions quant_options(Quantization both);
[[nodiscard]] std::optional<QuantSpec> quant_spec(Quantization quantization);

// `weight` is present, checked and of a float type. Values are those of the file, whatever type is
// computed in. Errors: QuantizationInvalid (a value that is not finite).
[[nodiscard]] Result<QuantizedMatrix> quantize_stored(const SafetensorsFolder::Located& weight,
                                                      const QuantSpec& spec);
// Copies the tensors out of the file; with `mapping`, which holds the file, all but the codes,
// which are a view.
[[nodiscard]] QuantizedMatrix read_stored_matrix(
    const StoredMatrix& stored, const std::shared_ptr<const SafetensorsFolder>& mapping = {});

[[nodiscard]] at::ScalarType scalar_type_of(Dtype dtype);  // of a float tensor

}  // namespace moelora
