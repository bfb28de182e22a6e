// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/samples.h"

#include "core/data/dataset.h"

namespace moelora {

Result<std::vector<CaptionSample>> list_samples(const DataOptions& data) {
    MOELORA_TRY(const Dataset dataset, open_dataset(data));
    return caption_samples(dataset);
}

}  // namespace moelora
