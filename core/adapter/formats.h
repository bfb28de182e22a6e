// SPDX-License-Identifier: GPL-3.0-or-later
// What the readers of adapter folders hand to Adapter. Strict: whatever a file holds is used or
// refused, and a refusal lists everything that is wrong.
#pragma once

#include <string>
#include <vector>

#include "core/adapter/adapter.h"
#include "core/adapter/site_tensors.h"
#include "core/base/json.h"
#include "core/io/safetensors.h"

namespace moelora {

struct StoredAdapter {
    AdapterCard card;                  // with the sites
    std::vector<SiteTensors> tensors;  // one a site, f32 on the CPU
    TaskTensors global;                // the gate that all sites share, where there is one
};

[[nodiscard]] bool is_native_folder(const std::string& folder);
[[nodiscard]] Result<AdapterCard> read_native_card(const std::string& folder);
[[nodiscard]] Result<StoredAdapter> read_native(const std::string& folder);
// Whether the file holds the tensors of the card's sites, from its header. Errors: AdapterInvalid.
[[nodiscard]] Status check_native(const SafetensorsFile& file, const AdapterCard& card);
[[nodiscard]] bool is_peft_folder(const std::string& folder);
[[nodiscard]] Result<AdapterCard> read_peft_card(const std::string& folder);
[[nodiscard]] Result<StoredAdapter> read_peft(const std::string& folder);

// The readers behind read_peft for what is no LoRA. `with_tensors` false: the card alone, from the
// headers. `folder` for messages.
[[nodiscard]] Result<StoredAdapter> read_peft_ia3(const SafetensorsFile& file, const Json& config,
                                                  const std::string& folder, bool with_tensors);
[[nodiscard]] Status save_peft_ia3(const Adapter& adapter, const std::string& folder);
// Name of the published mixture whose keys these are; nullptr for none.
[[nodiscard]] const char* foreign_scheme(const SafetensorsFile& file);
[[nodiscard]] Result<StoredAdapter> read_foreign(const SafetensorsFile& file, const Json& config,
                                                 const std::string& folder, bool with_tensors);

// One tensor that a folder must hold.
struct ExpectedTensor {
    std::string name;
    std::vector<std::int64_t> shape;
};
// The expected tensors of a file as f32 on the CPU, in their order; and nothing else may be in it
// but those `unused`.
// Errors: AdapterInvalid, naming every tensor that is missing, unexpected, of another shape or
// type, or not finite.
[[nodiscard]] Result<std::vector<at::Tensor>> read_tensors(
    const SafetensorsFile& file, const std::vector<ExpectedTensor>& expected,
    const std::vector<std::string>& unused = {});
// The same from the header alone, without a look at values.
[[nodiscard]] Status check_tensors(const SafetensorsFile& file,
                                   const std::vector<ExpectedTensor>& expected);
// f32 tensors of any device into a file. Errors: FileUnwritable, DiskFull.
[[nodiscard]] Status write_tensors(const std::string& path,
                                   const std::vector<NamedTensor>& tensors);

// Text helpers; LibTorch brings a {fmt} of its own, so the files that see it do without.
[[nodiscard]] std::string joined(const std::vector<std::string>& parts, const char* separator);

[[nodiscard]] tl::unexpected<Error> adapter_invalid(const std::string& path, std::string why);

}  // namespace moelora
