// SPDX-License-Identifier: GPL-3.0-or-later
// The JSON form of records, written once: metrics.jsonl, captions.jsonl, comparison.json, replay
// and --json use it.
#pragma once

#include "core/base/json.h"
#include "core/record/records.h"

namespace moelora {

// Lines of metrics.jsonl, "type" first in the file (see dump_line).
[[nodiscard]] Json to_json(const StepRecord& r);
[[nodiscard]] Json to_json(const RouterRecord& r);
[[nodiscard]] Json to_json(const EvalRecord& r);
[[nodiscard]] Json to_json(const CheckpointInfo& r);
[[nodiscard]] Json to_json(const NoteRecord& r);
[[nodiscard]] Json to_json(const Caption& c);  // line of captions.jsonl
[[nodiscard]] Json to_json(
    const Issue&
        issue);  // {"code","severity","file","line","item","message","hint","args","count"}
[[nodiscard]] Json to_json(const Error& error);  // {"error":{"code","message","where","hint"}}
[[nodiscard]] Json to_json(const CaptionSample& s);
[[nodiscard]] Json to_json(const Comparison& c);  // comparison.json
// {"loss","targets","samples","exact","exact_match","bleu1",...,"by_task","captions",...}
[[nodiscard]] Json to_json(const Evaluation& e);
[[nodiscard]] Json to_json(const ModelSummary& s);
[[nodiscard]] Json to_json(const AdapterPlan& p);
[[nodiscard]] Json to_json(const DatasetSummary& s);
[[nodiscard]] Json to_json(const AdapterSummary& s);
[[nodiscard]] Json to_json(const RunSummary& s);

[[nodiscard]] Result<StepRecord> step_from_json(const Json& j);
[[nodiscard]] Result<RouterRecord> router_from_json(const Json& j);
[[nodiscard]] Result<EvalRecord> eval_from_json(const Json& j);
[[nodiscard]] Result<Issue> issue_from_json(const Json& j);  // without context and detail
[[nodiscard]] Result<CheckpointInfo> checkpoint_from_json(const Json& j);
[[nodiscard]] Result<NoteRecord> note_from_json(const Json& j);
[[nodiscard]] Result<Caption> caption_from_json(const Json& j);
[[nodiscard]] Result<CaptionSample> caption_sample_from_json(const Json& j);
[[nodiscard]] Result<Comparison> comparison_from_json(const Json& j);

// One line with "type" first and numbers in shortest round-trip form; no line end.
[[nodiscard]] std::string dump_line(const Json& record);

}  // namespace moelora
