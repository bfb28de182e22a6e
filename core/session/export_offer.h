// SPDX-License-Identifier: GPL-3.0-or-later
// What can be exported of an adapter and how large it will be, from its card alone: asked by the
// window before anything is loaded, and by the export itself.
#pragma once

#include "core/adapter/adapter.h"

namespace moelora {

// Bytes that an export in this format writes at most, without its report.
[[nodiscard]] std::int64_t export_bytes(const std::string& format, const AdapterCard& card,
                                        const std::string& model,
                                        ComputeDtype merged_dtype = ComputeDtype::Auto);
// Why there is no such export of this adapter, whatever data and task are given. `model`: the
// folder that it would be merged into. Errors: ExportRefused.
[[nodiscard]] Status check_export(const std::string& format, const AdapterCard& card,
                                  const std::string& model);

}  // namespace moelora
