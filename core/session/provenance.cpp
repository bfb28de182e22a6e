// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/provenance.h"

#include "core/session/run_writer.h"
#include "core/session/session.h"

namespace moelora {

Result<Provenance> provenance_of(const LoadedModel& loaded, const std::string& adapter,
                                 const std::string& folder, const std::string& data,
                                 const GenerateOptions& generate) {
    Provenance p;
    p.program_version = program_version();
    p.model_path = loaded.path;
    p.model_fingerprint = loaded.fingerprint;
    p.adapter_path = adapter;
    if (!folder.empty()) {
        MOELORA_TRY(p.adapter_fingerprint, adapter_fingerprint(folder));
    }
    p.data_path = data;
    p.device = loaded.device.note.empty() ? loaded.device.name : loaded.device.note;
    p.dtype = std::string(name_of_enum(loaded.device.dtype));
    p.created_utc = utc_now();
    p.seed = generate.seed;
    p.greedy = !generate.do_sample;
    return p;
}

}  // namespace moelora
