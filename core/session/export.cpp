// SPDX-License-Identifier: GPL-3.0-or-later
// Adapters for use elsewhere. An export is read back from disk before it counts: every tensor
// equal, and the logits of a prompt equal through the re-loaded adapter.
#include <ATen/ATen.h>
#include <torch/torch.h>

#include <algorithm>
#include <filesystem>
#include <map>

#include "core/io/files.h"
#include "core/options/config.h"
#include "core/session/captioner.h"
#include "core/session/output_folder.h"
#include "core/session/questions.h"

namespace moelora::questions {
namespace {

namespace fs = std::filesystem;

Result<at::Tensor> prompt_logits(Qwen3VL& model, Adapter& adapter, const TextSide& text,
                                 const std::string& prompt) {
    const torch::NoGradGuard no_graph;
    const CaptionSample sample{
        "prompt", {}, prompt.empty() ? "Describe the picture." : prompt, {}, {}};
    MOELORA_TRY(const EncodedSample encoded,
                text.encoder.encode(caption_conversation(sample), sample.id, false));
    const Batch batch = collate({encoded}, text.pad_id, PadSide::Left);
    const at::Device device(model.device());
    const ModelInputs inputs{batch.input_ids.to(device), batch.attention_mask.to(device), {}, {}};
    adapter.attach();
    adapter.begin_pass({inputs.attention_mask, {}, {}, false});
    return model.logits(model.forward(inputs).states).to(at::kFloat).cpu();
}

// The card that a reader of the folder wants first.
std::string readme(const Adapter& adapter, const std::string& format) {
    const AdapterCard& card = adapter.card();
    RunOptions all;
    all.adapter = adapter.options();
    all.data = card.data;
    const Json json = moelora::to_json(all);
    return "# Adapter\n\nWritten by MoE-LoRA Workbench " + program_version() + " in the format `" +
           format + "`.\n\n" + "* base model: " + fs::path(card.base_path).filename().string() +
           ", quick fingerprint `" + card.base_fingerprint + "`\n* prompt: " + card.prompt +
           "\n* update: " + std::to_string(card.step) + "\n\nMethod, every axis:\n\n```json\n" +
           json.at("adapter").dump(2) + "\n```\n\nPreprocessing:\n\n```json\n" +
           json.at("data").dump(2) + "\n```\n";
}

Status write_format(const Adapter& adapter, const std::string& format, const std::string& folder) {
    if (format == "native") return save_native(adapter, folder);
    if (format == "peft") return save_peft(adapter, folder);
    return fail(ErrorCode::UsageInvalid,
                {{"why", "The export formats are native and peft, not " + format + "."}});
}

// By name: a format may list its sites in another order.
bool equal_parameters(const Adapter& a, const Adapter& b) {
    std::map<std::string, at::Tensor> right;
    for (const NamedTensor& n : b.parameters()) right.emplace(n.name, n.tensor);
    const auto left = a.parameters();
    return left.size() == right.size() &&
           std::all_of(left.begin(), left.end(), [&](const NamedTensor& n) {
               const auto found = right.find(n.name);
               return found != right.end() && at::equal(n.tensor, found->second);
           });
}

// Through the folder on disk, not through what is in memory.
Status verify(LoadedModel& loaded, Adapter& original, const std::string& folder,
              ExportReport& report) {
    const std::string prompt = original.card().prompt;
    MOELORA_TRY(const at::Tensor before,
                prompt_logits(*loaded.model, original, loaded.text, prompt));
    original.detach();
    MOELORA_TRY(const std::unique_ptr<Adapter> again, Adapter::load(*loaded.model, folder));
    MOELORA_TRY(const at::Tensor after, prompt_logits(*loaded.model, *again, loaded.text, prompt));
    const bool equal = equal_parameters(original, *again);
    report.max_logit_difference = (after - before).abs().max().item<double>();
    report.verified = equal && report.max_logit_difference == 0;
    report.report = std::string("read back from disk: ") +
                    (equal ? "every tensor equal" : "TENSORS DIFFER") +
                    ", largest logit difference " + std::to_string(report.max_logit_difference);
    return {};
}

}  // namespace

Result<ExportReport> export_adapter(const ExportSpec& spec) {
    MOELORA_TRY(const std::string source, resolve_adapter_folder(spec.adapter));
    MOELORA_TRY(const AdapterCard card, read_card(source));
    MOELORA_TRY(const DataOptions data, inference_data(source));
    MOELORA_TRY_STATUS(
        check_output_folder(spec.out, spec.force, {"adapter.json", "adapter_config.json"}));
    MOELORA_TRY(AtomicFolder out, AtomicFolder::begin(spec.out, true));
    const std::string model = spec.model.empty() ? card.base_path : spec.model;
    MOELORA_TRY(LoadedModel loaded, load_model(model, ComputeDtype::Fp32, {.name = "cpu"}, data));
    MOELORA_TRY(const std::unique_ptr<Adapter> adapter, Adapter::load(*loaded.model, source));
    MOELORA_TRY_STATUS(write_format(*adapter, spec.format, out.temporary()));
    MOELORA_TRY_STATUS(
        write_text_atomic(join_path(out.temporary(), "README.md"), readme(*adapter, spec.format)));
    ExportReport report;
    MOELORA_TRY_STATUS(verify(loaded, *adapter, out.temporary(), report));
    // A folder that does not read back equal is not left behind, nor put over a good one.
    if (!report.verified) return fail(ErrorCode::SelfTestFailed, {{"why", report.report}});
    MOELORA_TRY_STATUS(out.commit(false));
    std::error_code error;
    for (const fs::directory_entry& entry : fs::directory_iterator(spec.out, error))
        report.files.push_back(entry.path().string());
    std::sort(report.files.begin(), report.files.end());
    return report;
}

}  // namespace moelora::questions
