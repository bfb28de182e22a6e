// SPDX-License-Identifier: GPL-3.0-or-later
// A model folder in few bits, for use here and elsewhere.
#include <chrono>

#include "core/model/quantize_folder.h"
#include "core/model/quantized_load.h"
#include "core/session/output_folder.h"
#include "core/session/questions.h"

namespace moelora::questions {

Result<QuantizeReport> quantize_model(const QuantizeSpec& spec) {
    using Clock = std::chrono::steady_clock;
    const auto start = Clock::now();
    MOELORA_TRY_STATUS(check_output_folder(spec.out, spec.force, {"config.json"}));
    ModelOptions options;
    options.quantization = spec.to;
    options.vision_quantization = spec.vision;
    MOELORA_TRY(const QuantizedFolder done,
                quantize_folder(spec.model, spec.out, quant_options(options), true));
    return QuantizeReport{done.bytes_before, done.bytes_after,
                          std::chrono::duration<double, std::milli>(Clock::now() - start).count()};
}

}  // namespace moelora::questions
