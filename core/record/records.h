// SPDX-License-Identifier: GPL-3.0-or-later
// What the engine tells the world: plain values without tensors, pointers or translated texts. The
// JSON form of each record (command_line.md, section 4) is written once, in records_json.h.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/base/issue.h"

namespace moelora {

using JobId = std::int64_t;
using RunId = std::string;  // the run's folder name

// ---- training
// ----------------------------------------------------------------------------------------------------

struct MicroBatchRecord {
    std::vector<std::string> samples;  // their ids in the data set
    std::optional<double> loss{};      // mean over its targets; absent without any
    bool operator==(const MicroBatchRecord&) const = default;
};
struct StepRecord {
    std::int64_t step = 0;  // updates made, 1 = after the first
    double epoch = 0;
    double loss = 0;       // optimised cross-entropy of the update, without balance terms
    double aux_loss = 0;   // balance terms, with their coefficient
    double grad_norm = 0;  // before clipping
    double lr = 0;         // the one used
    std::int64_t samples_seen = 0;
    std::int64_t targets = 0;  // tokens with a label in this update
    double tokens_per_s = 0, samples_per_s = 0, step_ms = 0;
    std::int64_t peak_mem_bytes = 0;
    std::vector<MicroBatchRecord> micro_batches{};  // empty in older files
    bool operator==(const StepRecord&) const = default;
};

// Gate statistics of one site over the tokens of one update under the balance mask
// (adapters.md 3.6).
struct RouterRecord {
    std::int64_t step = 0;
    std::string site;  // module path
    std::int64_t layer = 0;
    std::string module;            // last part of the path
    std::vector<double> weight;    // [E] mean mixing weight
    std::vector<double> load;      // [E] share of tokens that select the expert
    double entropy = 0;            // mean over tokens of H(p) / ln E
    double effective_experts = 0;  // mean over tokens of exp H(p)
    std::int64_t tokens = 0;
    std::map<std::string, std::vector<double>> by_task;  // task -> [E] mean mixing weight
    std::vector<double> probability{};  // [E] mean of softmax(z), before the gate chooses
    double marginal_entropy = 0;        // H(probability) / ln E: 1 = no expert preferred over all
    std::map<std::string, std::vector<double>>
        by_kind{};  // image, prompt, response -> [E] mean mixing weight
    bool operator==(const RouterRecord&) const = default;
};

struct EvalRecord {
    std::int64_t step = 0;
    double loss = 0;
    std::int64_t targets = 0;
    // Of the probe captions of this moment, `captions` of them with references; absent without any.
    std::optional<std::int64_t> captions{};
    std::optional<double> bleu4{}, rouge_l{}, cider_d{}, exact_match{};
    bool operator==(const EvalRecord&) const = default;
};

struct CheckpointInfo {
    std::int64_t step = 0;
    std::string path;  // relative to the run folder
    bool operator==(const CheckpointInfo&) const = default;
};

struct NoteRecord {
    std::int64_t step = 0;
    std::string code, message;  // id of the catalogue, English sentence
    std::vector<std::string> samples;
    bool operator==(const NoteRecord&) const = default;
};

// ---- captions
// ----------------------------------------------------------------------------------------------------

enum class StopReason { EndToken, Length, Cancelled };
[[nodiscard]] constexpr std::string_view name_of(StopReason r) {
    return r == StopReason::EndToken ? "end" : r == StopReason::Length ? "length" : "cancelled";
}

// A text, or the absolute path of a picture; the other is "".
struct PromptPart {
    std::string image, text;
    auto operator<=>(const PromptPart&) const = default;
};
struct PromptMessage {
    std::string role;  // system, user, assistant
    std::vector<PromptPart> parts;
    auto operator<=>(const PromptMessage&) const = default;
};

struct CaptionSample {
    std::string id;      // stable within the data set
    std::string image;   // absolute path of the first picture; "" for a text-only sample
    std::string prompt;  // text of the last question
    std::string task;    // "" = none
    std::vector<std::string> references;
    std::string image_id{};  // of the data set's picture, as its form counts them; "" = unknown
    // All that is asked, where it is more than `image` (when there is one) and `prompt` behind it.
    std::vector<PromptMessage> messages{};
    // Where several samples of a data set became this one and it was asked for: their ids, in the
    // order of `references`. Not written to files.
    std::vector<std::string> ids{};
    bool operator==(const CaptionSample&) const = default;
};

// A sample of an update. Where its data set no longer has it, only `sample.id` is known.
struct UpdateSample {
    CaptionSample sample;          // references: the one answer that was learnt
    std::int64_t micro_batch = 0;  // 0 = first
    std::optional<double> loss{};  // of the whole micro-batch
    bool operator==(const UpdateSample&) const = default;
};

struct Caption {
    std::string sample;   // CaptionSample::id
    std::string variant;  // "base", "adapted", or "step 50" for probes
    std::string image, prompt, task;
    std::string text;
    std::vector<std::int64_t> tokens;
    StopReason stop_reason = StopReason::EndToken;
    double ms = 0;
    std::int64_t step = -1;  // of probe captions
    bool operator==(const Caption&) const = default;
};

struct Picture {
    std::int64_t width = 0, height = 0;
    std::vector<std::uint8_t> rgb;  // [height, width, 3]
};

// A stretch of equally treated tokens of a sample; the places of one picture are one stretch.
struct SeenToken {
    std::string text;           // as the tokenizer gives it back; of a picture: its marker
    bool learnt = false;        // it has a label
    std::int64_t count = 1;     // tokens
    std::int64_t picture = -1;  // index into SampleView::pictures
    bool operator==(const SeenToken&) const = default;
};
// A sample as training reads it.
struct SampleView {
    std::string rendered;           // the conversation as the chat template writes it
    std::vector<SeenToken> tokens;  // all of them, in order
    std::vector<Picture> pictures;  // resized as the model is shown them
    std::int64_t text = 0, visual = 0, learnt = 0;  // tokens
};

struct TracedToken {
    std::string text;
    std::string kind;  // "image", "prompt", "response"
    bool operator==(const TracedToken&) const = default;
};
// The mixing weights of one routed site for every token of the text decoder; those of the vision
// tower are means over the patches of a visual token, and absent (empty) for other tokens.
struct SiteTrace {
    std::string site, module;
    std::int64_t layer = 0;
    bool vision = false;
    std::int64_t experts = 0;
    std::vector<float> weight;  // [tokens, experts]; of the vision tower [visual tokens, experts]
};
// Which expert handles which token of one picture, its prompt and its caption.
struct RoutingTrace {
    CaptionSample sample;
    std::string caption;       // what was said, or the text that was given
    std::int64_t forced = -1;  // the expert that stood in for all; -1 = none
    std::vector<TracedToken> tokens;
    // The visual tokens of the picture, row by row from `first_visual` on; 0 without a picture.
    std::int64_t first_visual = 0, grid_rows = 0, grid_columns = 0;
    std::vector<SiteTrace> sites;
};

enum class DiffKind { Equal, Inserted, Deleted };
struct DiffSpan {
    DiffKind kind = DiffKind::Equal;
    std::string text;
    bool operator==(const DiffSpan&) const = default;
};
using WordDiff =
    std::vector<DiffSpan>;  // Equal + Deleted give the first text, Equal + Inserted the second

struct ComparedSample {
    CaptionSample sample;
    Caption base, adapted;
    WordDiff diff;  // base -> adapted
};

struct Provenance {
    std::string program_version, model_path, model_fingerprint, adapter_path, adapter_fingerprint,
        data_path;
    std::string model_sha256{};  // by content; model_fingerprint is the quick one
    std::string device, dtype, created_utc;
    std::int64_t seed = 0;
    bool greedy = true;
    // Where they were not as trained: the factor of the adapter's update, and the one expert that
    // stood in for what the routers say.
    std::optional<double> adapter_scale{};
    std::optional<std::int64_t> forced_expert{};
    std::vector<std::string> prompts{};  // the first few of those asked
    std::int64_t prompt_count = 0;       // different ones
    std::int64_t max_new_tokens = 0;
    std::int64_t min_pixels = 0, max_pixels = 0;  // 0: as the model's preprocessor file says
    std::vector<std::int64_t> resize{};           // [height, width] before it; empty: none
    std::int64_t adapter_step = 0;                // update after which it was saved; 0: not known
    // What else was not as by default, as "data.columns=..." and "generate.top_p=0.9".
    std::vector<std::string> settings{};
};

// Proof that the two columns are what they say (UX trap: a pane that showed the wrong model).
struct SelfTest {
    bool adapter_off_equals_base =
        false;  // logits bit-equal with the adapter switched off and never attached
    bool adapter_on_differs = false;  // logits differ with it on
    double max_logit_difference = 0;
    std::int64_t sites = 0;          // adapted linear layers
    bool picture_ignored = false;    // another picture gives bit-equal logits
    bool columns_swapped = false;    // captions fit the other column's model better
    std::int64_t pictures = 0;       // samples on which picture_ignored was judged
    std::int64_t caption_pairs = 0;  // differing pairs on which columns_swapped was judged
    bool untrained{};  // the logits do not differ because every update of the adapter is still zero
    [[nodiscard]] bool passed() const {
        return adapter_off_equals_base && (adapter_on_differs || untrained) && sites > 0 &&
               !picture_ignored && !columns_swapped;
    }
};

// Corpus scores in [0, 1], CIDEr-D in [0, 10], as core/eval/scores.h defines them.
struct CaptionScores {
    double bleu1 = 0, bleu2 = 0, bleu3 = 0, bleu4 = 0, rouge_l = 0, cider_d = 0;
    bool operator==(const CaptionScores&) const = default;
};

struct CaptionMetrics {
    std::int64_t samples = 0;  // with references
    std::int64_t exact = 0;    // equal to one of the references after trimming
    std::map<std::string, std::pair<std::int64_t, std::int64_t>>
        by_task;  // task -> {exact, samples}
    CaptionScores scores{};
    std::map<std::string, CaptionScores> scores_by_task{};  // each task a corpus of its own
};

// Gates of the adapter, and of a never trained one of the same make, on the same samples; one
// record a routed site, empty without routers.
struct GateSurvey {
    std::int64_t samples = 0;
    std::vector<RouterRecord> trained, untrained;
};

struct Comparison {
    std::vector<ComparedSample> samples;
    CaptionMetrics base, adapted;
    Provenance provenance;
    SelfTest self_test;
    GateSurvey gates;
    std::vector<Issue> issues;  // what stands out in the captions; made anew after reading
};

struct EvaluatedSample {
    CaptionSample sample;
    Caption caption;
};

// Captions and loss of one model against the references of a data set.
struct Evaluation {
    double loss = 0;           // mean over all answer tokens
    std::int64_t targets = 0;  // answer tokens
    CaptionMetrics metrics;
    std::vector<EvaluatedSample> samples;
    Provenance provenance;
    std::vector<Issue> issues;
    std::optional<SelfTest> self_test{};  // with an adapter; it passed, or there is no evaluation
};

// ---- what headers alone tell
// -------------------------------------------------------------------------------------

struct ModelFile {
    std::string name;
    std::int64_t bytes = 0;
};
struct ModelSummary {
    std::string path, family, dtype, tokenizer, quantization;
    std::int64_t parameters_total = 0, parameters_text = 0, parameters_vision = 0;
    std::int64_t layers = 0, hidden = 0, vocab = 0;
    bool tied = false;
    std::vector<ModelFile> files;
    std::vector<std::string> missing;
    std::vector<Issue> issues;
    std::string processor{};         // "preprocessor_config.json"; "" = none is there
    std::int64_t vision_layers = 0;  // 0 = a text-only model
};

struct SitePlan {
    std::string site, module;
    std::int64_t layer = 0, in = 0, out = 0, experts = 0, rank = 0, top_k = 0, parameters = 0;
};
// One kind of linear layer that a model offers to adapters.
struct ModuleKind {
    std::string module;  // "q_proj"
    bool vision = false;
    std::int64_t in = 0, out = 0;
    std::int64_t layers = 0, adapted = 0;  // of this shape, and those among the sites
    bool operator==(const ModuleKind&) const = default;
};
struct AdapterPlan {
    std::vector<SitePlan> sites;
    std::int64_t total = 0, bytes = 0;  // trainable parameters, and their bytes in fp32
    std::vector<Issue> issues;
    std::vector<ModuleKind> modules{};  // all, adapted or not, text first, in forward order
};

// Samples of `from` tokens or more and fewer than `to`.
struct TokenBin {
    std::int64_t from = 0, to = 0, samples = 0;
    bool operator==(const TokenBin&) const = default;
};
// Tokens of one sample: of its pictures, and of all else.
struct SampleTokens {
    std::string id, image;  // as in CaptionSample
    std::int64_t text = 0, visual = 0;
    [[nodiscard]] std::int64_t all() const { return text + visual; }
    bool operator==(const SampleTokens&) const = default;
};
struct TokenCounts {
    std::int64_t max = 0, p50 = 0, p95 = 0, over_limit = 0;
    std::vector<TokenBin> histogram{};  // bins of equal width without gaps; empty without samples
    std::vector<SampleTokens> worst{};  // the longest 20, longest first
    std::int64_t limit = 0;             // data.max_length
};
struct DatasetSummary {
    std::string path, format, evidence;
    std::int64_t samples = 0, images = 0;
    std::map<std::string, std::int64_t> tasks;
    std::vector<Issue> issues;
    std::optional<TokenCounts> tokens;   // with a model
    std::vector<CaptionSample> preview;  // the first ones
    // With their samples, in the order of their numbers.
    std::vector<std::pair<std::string, std::int64_t>> sample_types{};
};

struct AdapterSummary {
    std::string path, format, method;
    std::int64_t experts = 0, rank = 0, tensors = 0, parameters = 0;
    double alpha = 0;
    std::string base_name, base_fingerprint, base_sha256, prompt;
    std::vector<Issue> issues;
    std::string axes_json;    // every axis, as JSON text
    std::string listed_in{};  // the folder whose COMPLETE lists its files; "" = none does
    bool files_whole = true;  // they are what was written; where not, an issue says which
};

// Unreadable: a folder with a run.json that is none.
enum class RunStatus { Running, Paused, Finished, Stopped, Failed, Interrupted, Unreadable };
[[nodiscard]] constexpr std::string_view name_of(RunStatus s) {
    switch (s) {
        case RunStatus::Running:
            return "running";
        case RunStatus::Paused:
            return "paused";
        case RunStatus::Finished:
            return "finished";
        case RunStatus::Stopped:
            return "stopped";
        case RunStatus::Failed:
            return "failed";
        case RunStatus::Interrupted:
            return "interrupted";
        case RunStatus::Unreadable:
            return "unreadable";
    }
    return {};
}
struct RunSummary {
    RunId id;
    std::string path, name, model, data, preset, started_utc, note;
    RunStatus status = RunStatus::Interrupted;
    std::int64_t step = 0, total_steps = 0;
    double last_loss = 0;
    std::vector<CheckpointInfo> checkpoints;
    bool has_adapter = false;
    std::vector<std::string> tags{};
    std::string model_fingerprint{}, data_fingerprint{};
    // Before the start and at most while it ran; 0 = not known.
    std::int64_t predicted_peak_bytes = 0, peak_bytes = 0;
    std::int64_t folder_bytes = 0;
    bool starred = false;
    std::optional<Error>
        unreadable{};  // why the status is Unreadable; then id and path alone are known
};

}  // namespace moelora
