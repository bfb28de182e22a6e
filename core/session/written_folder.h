// SPDX-License-Identifier: GPL-3.0-or-later
// What COMPLETE says of a folder: that this program wrote it whole, and whether its files still are
// what was written. Torch-free; blocking; any thread.
#pragma once

#include <string>

#include "core/base/result.h"

namespace moelora {

struct WrittenFolder {
    std::string listed_in;  // the folder whose COMPLETE lists the files; "" = none does
    Status whole{};         // else AdapterInvalid or FileUnreadable, naming the first other file
};
// The adapter's own files in `folder`, hashed; they are listed there, or in the folder above
// (expert_0 of an export by experts). Files beside them may have come, changed or gone; with `all`,
// those that are listed (its report) count as well, but for its card.
[[nodiscard]] WrittenFolder written_adapter(const std::string& folder, bool all = false);
// All that is listed of a model folder: the sizes, or with `contents` the hashes, which reads every
// byte of the weights.
[[nodiscard]] WrittenFolder written_model(const std::string& folder, bool contents);

// COMPLETE stands and what it lists has its sizes. Errors: CheckpointInvalid.
[[nodiscard]] Status check_sizes(const std::string& folder);

}  // namespace moelora
