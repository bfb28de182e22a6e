// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/provenance.h"

#include <algorithm>

#include "core/session/run_writer.h"
#include "core/session/session.h"

namespace moelora {

Result<Provenance> provenance_of(const LoadedModel& loaded, const std::string& adapter,
                                 const std::string& folder, const std::string& data,
                                 const GenerateOptions& generate, const JobControl& control) {
    Provenance p;
    p.program_version = program_version();
    p.model_path = loaded.path;
    p.model_fingerprint = loaded.fingerprint;
    p.model_sha256 = loaded.whole.wait([&] { return !control.stop_requested(); });
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

void raise_late_base(const LoadedModel& loaded, const Adapter& adapter, const std::string& folder,
                     JobControl& control) {
    const AdapterCard& card = adapter.card();
    const auto said = [](const Issue& issue) {
        return issue.error.code == ErrorCode::AdapterOtherBase;
    };
    if (std::any_of(card.issues.begin(), card.issues.end(), said)) return;
    if (auto issue = other_base(loaded, card, folder)) control.raise({std::move(*issue)});
}

}  // namespace moelora
