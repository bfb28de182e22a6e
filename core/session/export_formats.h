// SPDX-License-Identifier: GPL-3.0-or-later
// What an export writes, by format. Engine thread only.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/adapter/merge.h"
#include "core/io/safetensors.h"
#include "core/session/loaded_model.h"
#include "core/session/session.h"

namespace moelora {

struct ExportSource {
    const ExportSpec& spec;
    LoadedModel& loaded;
    Adapter& adapter;                           // attached
    const std::vector<CaptionSample>& samples;  // of --data; empty without
};

// An export that was read back: what it does now, beside the adapter it came from.
struct ExportedAs {
    // Every tensor of the folder, every rank and every scale equals what was to be written.
    bool equal = false;
    std::string note;   // what the reader of the report must know
    bool exact = true;  // the logits must be the adapter's; else the drift is only reported
    // Read back, one a folder that was written; none for a merged model, which is asked alone.
    std::vector<std::unique_ptr<Adapter>> adapters;
    // Of a merged model: what was folded in, on the base and in f32. Its files may hold 16 bits.
    std::unique_ptr<Adapter> folded{};
};

struct ExportFormat {
    const char* name;
    const char* what;  // for help texts
    std::function<Result<ExportedAs>(const ExportSource&, const std::string& folder)> write;
};
[[nodiscard]] const std::vector<ExportFormat>& export_formats();

// An adapter folder as it stands on the disk, held against the adapter that was to be written.
// Errors: those of Adapter::load.
[[nodiscard]] Result<ExportedAs> read_back(Qwen3VL& model, const Adapter& written,
                                           const std::string& folder);

// The same for a file of a merged model. Errors: SelfTestFailed, naming the first other tensor.
[[nodiscard]] Status check_written(const std::string& path,
                                   const std::vector<TensorBytes>& tensors);

// A whole model folder with the adapter folded in, tensor by tensor from the base's own files, in
// their shards; everything else of the folder but weights of other programs is copied. `dtype`: of
// every float tensor, and what config.json says; Auto: as they are, but bf16 where most of the base
// is f32. Holds what changes of one shard in memory. `adapter`: one expert a site.
// Errors: those of reading and writing, ExportRefused when a layer's weight is not in the files
// as a plain float tensor or a value is too large for f16.
// Gives the type that all float tensors have now; none where each kept its own.
[[nodiscard]] Result<std::optional<at::ScalarType>> write_merged_model(const std::string& base,
                                                                       const StoredAdapter& adapter,
                                                                       const std::string& folder,
                                                                       ComputeDtype dtype);
// Bytes of that folder; of all files of `base` where its weights cannot be read.
[[nodiscard]] std::int64_t merged_bytes(const std::string& base, ComputeDtype dtype);

}  // namespace moelora
