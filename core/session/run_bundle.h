// SPDX-License-Identifier: GPL-3.0-or-later
// A run as one zip file that opens elsewhere: its records, its adapter and its newest checkpoint,
// without private paths. Torch-free.
#pragma once

#include <string>
#include <vector>

#include "core/base/result.h"

namespace moelora::run_bundle {

// Folders of model, data and run are written as their last names, and so is any other path that
// leads out of them, be it from the root, a drive, the home folder or a variable; COMPLETE files
// are made again for what was changed. The names inside come back. Errors: RunInvalid, RunLocked
// (it is being trained), OutputExists (unless `force`, and then only a zip file is replaced), those
// of files.
[[nodiscard]] Result<std::vector<std::string>> save(const std::string& run_folder,
                                                    const std::string& file, bool force = false);
// Into a new folder of the store, which comes back; named as the run was, or the first free name
// behind it. Only names that a bundle has are taken, and no more of each than an honest one holds:
// what is read into the memory later is bounded by the size of the zip file. Errors: FileMissing,
// ZipInvalid, RunInvalid, CheckpointInvalid, those of writing; nothing is left behind.
[[nodiscard]] Result<std::string> open(const std::string& file, const std::string& store);

}  // namespace moelora::run_bundle
