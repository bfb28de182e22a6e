// SPDX-License-Identifier: GPL-3.0-or-later
// The blocking questions of Session that need no job. Any thread; each call stands alone.
#pragma once

#include "core/session/session.h"

namespace moelora {
struct Dataset;
}

namespace moelora::questions {

[[nodiscard]] Result<ModelSummary> inspect_model(const std::string& path);
[[nodiscard]] Result<AdapterPlan> plan_adapter(const std::string& model,
                                               const AdapterOptions& options);
[[nodiscard]] Result<DatasetSummary> check_dataset(const DataOptions& data,
                                                   const std::string& model,
                                                   std::int64_t seed = TrainOptions{}.seed);
[[nodiscard]] Result<DatasetExamination> examine_dataset(
    const DataOptions& data, const std::string& model,
    const std::function<bool(std::int64_t, std::int64_t)>& go_on,
    std::int64_t seed = TrainOptions{}.seed);
[[nodiscard]] Result<AdapterSummary> inspect_adapter(const std::string& path);
[[nodiscard]] Result<std::vector<std::int64_t>> tokenize(const std::string& model,
                                                         const std::string& text);
[[nodiscard]] Result<std::string> detokenize(const std::string& model,
                                             const std::vector<std::int64_t>& ids);
[[nodiscard]] Status forward(const ForwardSpec& spec);
[[nodiscard]] Result<ExportReport> export_adapter(const ExportSpec& spec);
[[nodiscard]] Result<ExportOffer> offer_export(const ExportSpec& spec);
[[nodiscard]] Result<QuantizeReport> quantize_model(const QuantizeSpec& spec);
[[nodiscard]] Result<MemoryEstimate> estimate(const EstimateSpec& spec);
// The same with spec.options.data read already, before any split.
[[nodiscard]] Result<MemoryEstimate> estimate(const EstimateSpec& spec, const Dataset& data);
[[nodiscard]] Result<DiskPlan> plan_disk(const RunSpec& spec, const std::string& runs_dir);
[[nodiscard]] Result<std::vector<UpdateSample>> samples_of_update(const std::string& folder,
                                                                  std::int64_t step);
[[nodiscard]] Result<SampleView> view_sample(const DataOptions& data, const std::string& model,
                                             const std::string& id);
[[nodiscard]] Result<Picture> load_picture(const std::string& path, std::int64_t max_side);

}  // namespace moelora::questions
