// SPDX-License-Identifier: GPL-3.0-or-later
// All options of a run, in the groups of the configuration file (command_line.md, section 3). Plain
// values, torch-free.
#pragma once

#include "core/options/describe.h"

namespace moelora {

// ---- model
// -------------------------------------------------------------------------------------------------------

enum class ComputeDtype { Auto, Fp32, Bf16, Fp16 };
template <>
struct EnumNames<ComputeDtype> {
    static constexpr std::pair<ComputeDtype, std::string_view> table[] = {
        {ComputeDtype::Auto, "auto"},
        {ComputeDtype::Fp32, "fp32"},
        {ComputeDtype::Bf16, "bf16"},
        {ComputeDtype::Fp16, "fp16"}};
};

// How frozen linear layers are held; -dq: the scales in 8 bits too ("double quantisation").
enum class Quantization { None, Nf4, Nf4Dq, Fp4, Fp4Dq, Int8 };
template <>
struct EnumNames<Quantization> {
    static constexpr std::pair<Quantization, std::string_view> table[] = {
        {Quantization::None, "none"},    {Quantization::Nf4, "nf4"},
        {Quantization::Nf4Dq, "nf4-dq"}, {Quantization::Fp4, "fp4"},
        {Quantization::Fp4Dq, "fp4-dq"}, {Quantization::Int8, "int8"}};
};
enum class VisionQuantization { Same, None, Nf4, Nf4Dq, Fp4, Fp4Dq, Int8 };
template <>
struct EnumNames<VisionQuantization> {
    static constexpr std::pair<VisionQuantization, std::string_view> table[] = {
        {VisionQuantization::Same, "same"}, {VisionQuantization::None, "none"},
        {VisionQuantization::Nf4, "nf4"},   {VisionQuantization::Nf4Dq, "nf4-dq"},
        {VisionQuantization::Fp4, "fp4"},   {VisionQuantization::Fp4Dq, "fp4-dq"},
        {VisionQuantization::Int8, "int8"}};
};

struct ModelOptions {
    std::string path;
    ComputeDtype compute_dtype = ComputeDtype::Auto;
    Quantization quantization = Quantization::None;                     // text linears
    VisionQuantization vision_quantization = VisionQuantization::Same;  // vision linears

    template <class Self, class V>
    static void describe(Self& o, V&& v) {
        v("path", o.path,
          Meta{.label = MOELORA_TEXT("options", "Model folder"),
               .help = MOELORA_TEXT("options",
                                    "A Hugging Face folder of a dense Qwen3-VL model, or of a "
                                    "text model (llama, mistral, qwen2, qwen3): config.json, "
                                    "safetensors, tokenizer."),
               .preset = false});
        v("compute_dtype", o.compute_dtype,
          Meta{.label = MOELORA_TEXT("options", "Compute type"),
               .help = MOELORA_TEXT("options",
                                    "auto takes bf16 where the device does it in hardware, else "
                                    "fp32 on the CPU and fp16 on CUDA.")});
        v("quantization", o.quantization,
          Meta{.label = MOELORA_TEXT("options", "Quantization"),
               .help = MOELORA_TEXT("options",
                                    "How the frozen linear layers are held: nf4 or fp4 in 4 bits "
                                    "(-dq: their scales in 8 bits too), int8, or none. Embedding, "
                                    "head, norms and adapters stay as they are.")});
        v("vision_quantization", o.vision_quantization,
          Meta{.label = MOELORA_TEXT("options", "Quantization of the vision tower"),
               .help = MOELORA_TEXT("options",
                                    "same: as the language model's layers; or a format of its "
                                    "own."),
               .advanced = true});
    }
    bool operator==(const ModelOptions&) const = default;
};

// ---- data
// --------------------------------------------------------------------------------------------------------

enum class Resampler { Torchvision, Pillow };
template <>
struct EnumNames<Resampler> {
    static constexpr std::pair<Resampler, std::string_view> table[] = {
        {Resampler::Torchvision, "torchvision"}, {Resampler::Pillow, "pillow"}};
};
enum class AlphaRule { Drop, White };
template <>
struct EnumNames<AlphaRule> {
    static constexpr std::pair<AlphaRule, std::string_view> table[] = {{AlphaRule::Drop, "drop"},
                                                                       {AlphaRule::White, "white"}};
};
enum class CaptionsPerImage { All, First, Random };
template <>
struct EnumNames<CaptionsPerImage> {
    static constexpr std::pair<CaptionsPerImage, std::string_view> table[] = {
        {CaptionsPerImage::All, "all"},
        {CaptionsPerImage::First, "first"},
        {CaptionsPerImage::Random, "random"}};
};
enum class OnBadPicture { Stop, Skip };
template <>
struct EnumNames<OnBadPicture> {
    static constexpr std::pair<OnBadPicture, std::string_view> table[] = {
        {OnBadPicture::Stop, "stop"}, {OnBadPicture::Skip, "skip"}};
};
// Record files named like other parts of the set ("val.jsonl" beside "train.jsonl").
enum class RecordParts { Alone, Beside };
template <>
struct EnumNames<RecordParts> {
    static constexpr std::pair<RecordParts, std::string_view> table[] = {
        {RecordParts::Alone, "alone"}, {RecordParts::Beside, "beside"}};
};
enum class TextEncoding { Auto, Gb18030, Latin1 };
template <>
struct EnumNames<TextEncoding> {
    static constexpr std::pair<TextEncoding, std::string_view> table[] = {
        {TextEncoding::Auto, "auto"},
        {TextEncoding::Gb18030, "gb18030"},
        {TextEncoding::Latin1, "latin1"}};
};

struct DataOptions {
    std::string path;
    std::string prompt = "Describe the picture.";
    std::vector<std::int64_t>
        resize;  // [height, width] before the processor's own resize; empty = none
    Resampler resampler = Resampler::Torchvision;
    AlphaRule alpha = AlphaRule::Drop;
    CaptionsPerImage captions_per_image = CaptionsPerImage::All;
    double validation = 0;  // below 1 a share, else a count; split by image with the seed
    std::string end_marker = "<|im_end|>";
    std::string chat_template = "auto";  // of text-only models
    std::int64_t max_length = 4096;
    std::int64_t min_pixels = 0, max_pixels = 0;  // 0 = as the model's preprocessor file says
    bool allow_outside_root = false;
    std::string image_root;  // where relative picture paths start, too
    TextEncoding encoding = TextEncoding::Auto;
    std::vector<std::string> columns;  // "image=picture": what a column or key is used for
    std::vector<std::string> tasks;    // known tasks in the order of their numbers
    std::int64_t loader_threads = 1;
    std::vector<std::string> probes{};  // ids, image ids, or picture names; empty = chosen evenly
    std::vector<std::string> sample_types{};  // known sample types in the order of their numbers
    OnBadPicture on_bad_picture{};
    RecordParts parts{};
    std::vector<std::string> exclude{};  // ids, image ids, or picture names; left out of every use
    std::string edits{};                 // a file of corrected captions (core/data/amend.h)
    std::string task{};                  // of samples that name none
    bool task_from_folder = false;       // of pictures with texts: the first folder on their way
    bool inline_in_place = false;        // inline form: the picture stays where its mark stands

    template <class Self, class V>
    static void describe(Self& o, V&& v) {
        v("path", o.path,
          Meta{.label = MOELORA_TEXT("options", "Data"),
               .help = MOELORA_TEXT("options",
                                    "A file of records (COCO captions, messages, ShareGPT, Alpaca, "
                                    "CSV), or a folder that holds one, or pictures with .txt files "
                                    "of the same name."),
               .preset = false});
        v("prompt", o.prompt,
          Meta{.label = MOELORA_TEXT("options", "Prompt"),
               .help = MOELORA_TEXT("options",
                                    "What the user says beside the picture, for data that brings "
                                    "no prompt of its own.")});
        v("resize", o.resize,
          Meta{.label = MOELORA_TEXT("options", "Resize first"),
               .help = MOELORA_TEXT(
                   "options",
                   "Height and width to which every picture is brought before the processor's own "
                   "resize; kept in the adapter and applied at inference too. Empty: none."),
               .unit = "px",
               .min = 1,
               .max = 8192,
               .advanced = true});
        v("resampler", o.resampler,
          Meta{.label = MOELORA_TEXT("options", "Resampler"),
               .help = MOELORA_TEXT(
                   "options",
                   "torchvision equals the default processor of the model family bit for bit, "
                   "pillow its Pillow variant (width first, Pillow up to 12)."),
               .advanced = true});
        v("alpha", o.alpha,
          Meta{.label = MOELORA_TEXT("options", "Transparency"),
               .help = MOELORA_TEXT(
                   "options", "drop ignores the alpha channel, white puts the picture on white."),
               .advanced = true});
        v("captions_per_image", o.captions_per_image,
          Meta{.label = MOELORA_TEXT("options", "Captions per image"),
               .help = MOELORA_TEXT("options",
                                    "Which captions of a picture are used: all, the first, or one "
                                    "at random by the seed.")});
        v("validation", o.validation,
          Meta{.label = MOELORA_TEXT("options", "Validation"),
               .help = MOELORA_TEXT("options",
                                    "Pictures kept for evaluation: below 1 a share, else a count. "
                                    "Split by picture with the seed."),
               .max = 1e9});
        v("end_marker", o.end_marker,
          Meta{.label = MOELORA_TEXT("options", "End marker"),
               .help = MOELORA_TEXT("options",
                                    "The token that closes an answer in training; the published "
                                    "recipe uses <|endoftext|>."),
               .advanced = true});
        v("template", o.chat_template,
          Meta{.label = MOELORA_TEXT("options", "Conversation form"),
               .help = MOELORA_TEXT("options",
                                    "For models that read text only: auto takes the form of the "
                                    "model's own chat template; chatml, llama2, or a text with "
                                    "{prompt}, {answer} and, where wanted, {system}."),
               .advanced = true});
        v("max_length", o.max_length,
          Meta{.label = MOELORA_TEXT("options", "Longest sample"),
               .help = MOELORA_TEXT("options",
                                    "Samples with more tokens are refused before the start; "
                                    "nothing is cut silently."),
               .unit = "tokens",
               .min = 16,
               .max = 262144,
               .advanced = true});
        v("min_pixels", o.min_pixels,
          Meta{.label = MOELORA_TEXT("options", "Fewest pixels"),
               .help = MOELORA_TEXT("options",
                                    "Smaller pictures are enlarged. 0 takes the value of the "
                                    "model's preprocessor file."),
               .unit = "px",
               .max = 1e9,
               .advanced = true});
        v("max_pixels", o.max_pixels,
          Meta{.label = MOELORA_TEXT("options", "Most pixels"),
               .help = MOELORA_TEXT("options",
                                    "Larger pictures are shrunk. 0 takes the value of the model's "
                                    "preprocessor file."),
               .unit = "px",
               .max = 1e9,
               .advanced = true});
        v("allow_outside_root", o.allow_outside_root,
          Meta{
              .label = MOELORA_TEXT("options", "Allow pictures outside the data folder"),
              .help = MOELORA_TEXT(
                  "options",
                  "Off: a path that leads out of the data folder is an issue and is never opened."),
              .advanced = true,
              .preset = false});
        v("image_root", o.image_root,
          Meta{.label = MOELORA_TEXT("options", "Picture folder"),
               .help = MOELORA_TEXT("options",
                                    "A further folder from which picture paths are looked for, for "
                                    "pictures that do not lie beside their records."),
               .advanced = true,
               .preset = false});
        v("encoding", o.encoding,
          Meta{.label = MOELORA_TEXT("options", "Text encoding"),
               .help = MOELORA_TEXT("options",
                                    "auto takes UTF-8, and UTF-16 with a byte order mark; any "
                                    "other encoding is never guessed and must be named."),
               .advanced = true,
               .preset = false});
        v("columns", o.columns,
          Meta{.label = MOELORA_TEXT("options", "Columns"),
               .help = MOELORA_TEXT("options",
                                    "Which column or key holds what, as USE=NAME with the uses "
                                    "image, caption, prompt, task, sample_type, split, id. "
                                    "Empty: found by the usual names."),
               .advanced = true,
               .preset = false});
        v("tasks", o.tasks,
          Meta{.label = MOELORA_TEXT("options", "Task order"),
               .help = MOELORA_TEXT("options",
                                    "Task names in the order of their numbers. Tasks that are not "
                                    "listed get the next numbers; existing numbers never move."),
               .advanced = true,
               .preset = false});
        v("task", o.task,
          Meta{.label = MOELORA_TEXT("options", "Task of all"),
               .help = MOELORA_TEXT("options",
                                    "The task of samples that name none themselves, for data of "
                                    "one task such as a COCO file. Empty: none."),
               .advanced = true,
               .preset = false});
        v("task_from_folder", o.task_from_folder,
          Meta{.label = MOELORA_TEXT("options", "Tasks by folder"),
               .help = MOELORA_TEXT("options",
                                    "Pictures with .txt files: the first folder on the way to a "
                                    "picture names its task."),
               .advanced = true,
               .preset = false});
        v("inline_in_place", o.inline_in_place,
          Meta{.label = MOELORA_TEXT("options", "Inline pictures stay in place"),
               .help = MOELORA_TEXT("options",
                                    "Pictures whose paths stand between vision marks. Off: they "
                                    "come before the text, as the published recipe trains; on: "
                                    "they stay where their marks stand."),
               .advanced = true,
               .preset = false});
        v("sample_types", o.sample_types,
          Meta{.label = MOELORA_TEXT("options", "Sample type order"),
               .help = MOELORA_TEXT("options",
                                    "Sample types in the order of their numbers. Types that are "
                                    "not listed get the next numbers; existing numbers never "
                                    "move."),
               .advanced = true,
               .preset = false});
        v("on_bad_picture", o.on_bad_picture,
          Meta{.label = MOELORA_TEXT("options", "On a picture that cannot be used"),
               .help = MOELORA_TEXT("options",
                                    "While training, of a picture that is damaged or gone: stop "
                                    "saves and ends the run with the picture's name; skip names it "
                                    "and leaves its samples out."),
               .preset = false});
        v("parts", o.parts,
          Meta{.label = MOELORA_TEXT("options", "Record files of other parts"),
               .help = MOELORA_TEXT("options",
                                    "Files beside the records that are named like another part of "
                                    "the set (val.jsonl beside train.jsonl): alone leaves them "
                                    "out, beside evaluates on the validation file and keeps the "
                                    "test file out of training."),
               .advanced = true,
               .preset = false});
        v("loader_threads", o.loader_threads,
          Meta{.label = MOELORA_TEXT("options", "Loader threads"),
               .help = MOELORA_TEXT("options",
                                    "Threads that decode pictures ahead of the training. Order and "
                                    "content do not depend on their number."),
               .min = 1,
               .max = 64,
               .advanced = true,
               .preset = false});
        v("probes", o.probes,
          Meta{.label = MOELORA_TEXT("options", "Chosen probes"),
               .help = MOELORA_TEXT("options",
                                    "Pictures that are captioned while training, and asked again "
                                    "by comparisons and exports: ids of samples or pictures, or "
                                    "file names. Empty: as many as train.probe_images says, "
                                    "spread over the data."),
               .advanced = true,
               .preset = false});
        v("exclude", o.exclude,
          Meta{.label = MOELORA_TEXT("options", "Excluded samples"),
               .help = MOELORA_TEXT("options",
                                    "What is left out of the data: ids of samples or pictures, or "
                                    "file names. The page Data and its data doctor fill it."),
               .advanced = true,
               .preset = false});
        v("edits", o.edits,
          Meta{.label = MOELORA_TEXT("options", "Corrected captions"),
               .help = MOELORA_TEXT("options",
                                    "A file of captions that stand in for those of the data, whose "
                                    "files are never changed. The page Data writes it."),
               .advanced = true,
               .preset = false});
    }
    // What every use of an adapter needs: prompt, pixels, conversation form. How one data set is
    // found and read stays behind.
    [[nodiscard]] DataOptions preprocessing() const {
        DataOptions out = *this;
        const DataOptions plain;
        out.path = plain.path;
        out.image_root = plain.image_root;
        out.encoding = plain.encoding;
        out.columns = plain.columns;
        out.tasks = plain.tasks;
        out.allow_outside_root = plain.allow_outside_root;
        out.captions_per_image = plain.captions_per_image;
        out.validation = plain.validation;
        out.loader_threads = plain.loader_threads;
        out.probes = plain.probes;
        out.exclude = plain.exclude;
        out.edits = plain.edits;
        out.task = plain.task;
        out.task_from_folder = plain.task_from_folder;
        out.inline_in_place = plain.inline_in_place;
        out.parts = plain.parts;
        out.sample_types = plain.sample_types;
        out.on_bad_picture = plain.on_bad_picture;
        return out;
    }
    bool operator==(const DataOptions&) const = default;
};

// ---- adapter: the axes of adapters.md 3.2, with the members implemented so far
// -------------------------------------

enum class Flavour {
    Default,
    Intended,
    AsRun,
    AsWritten,
    Code,
    Paper,
    Global,
    PerSite,
    InvertedTriangle,
    Triangle,
    Diamond,
    Hourglass,
    Rectangle,
    Llava,
    Dynamic
};
template <>
struct EnumNames<Flavour> {
    static constexpr std::pair<Flavour, std::string_view> table[] = {
        {Flavour::Default, "default"},
        {Flavour::Intended, "intended"},
        {Flavour::AsRun, "as-run"},
        {Flavour::AsWritten, "as-written"},
        {Flavour::Code, "code"},
        {Flavour::Paper, "paper"},
        {Flavour::Global, "global"},
        {Flavour::PerSite, "per-site"},
        {Flavour::InvertedTriangle, "inverted-triangle"},
        {Flavour::Triangle, "triangle"},
        {Flavour::Diamond, "diamond"},
        {Flavour::Hourglass, "hourglass"},
        {Flavour::Rectangle, "rectangle"},
        {Flavour::Llava, "llava"},
        {Flavour::Dynamic, "dynamic"}};
};
// SharedA: one A for all experts of a site. Modulation: one low-rank update, whose output each
// expert multiplies channel by channel.
enum class BankKind { Lora, Dora, Vector, SharedA, Modulation };
template <>
struct EnumNames<BankKind> {
    static constexpr std::pair<BankKind, std::string_view> table[] = {
        {BankKind::Lora, "lora"},
        {BankKind::Dora, "dora"},
        {BankKind::Vector, "ia3"},
        {BankKind::SharedA, "lora_shared_a"},
        {BankKind::Modulation, "modulation"}};
};
enum class VectorPlace { BeforeNorm, AfterNorm };
template <>
struct EnumNames<VectorPlace> {
    static constexpr std::pair<VectorPlace, std::string_view> table[] = {
        {VectorPlace::BeforeNorm, "before_norm"}, {VectorPlace::AfterNorm, "after_norm"}};
};
enum class RankRule { PerExpert, Total };
template <>
struct EnumNames<RankRule> {
    static constexpr std::pair<RankRule, std::string_view> table[] = {
        {RankRule::PerExpert, "per_expert"}, {RankRule::Total, "total"}};
};
enum class ScaleRule { AlphaOverRank, AlphaOverTotalRank, AlphaOverSqrtRank, Fixed, GoatTheory };
template <>
struct EnumNames<ScaleRule> {
    static constexpr std::pair<ScaleRule, std::string_view> table[] = {
        {ScaleRule::AlphaOverRank, "alpha/r_expert"},
        {ScaleRule::AlphaOverTotalRank, "alpha/r_total"},
        {ScaleRule::AlphaOverSqrtRank, "alpha/sqrt(r_expert)"},
        {ScaleRule::Fixed, "fixed"},
        {ScaleRule::GoatTheory, "goat_theory"}};
};
// Pissa, SvdPieces and Loftq look at the layer's weight.
enum class ExpertInit {
    KaimingZero,
    NormalZero,
    DefaultBoth,
    Ones,
    Uniform,
    Pissa,
    SvdPieces,
    Loftq
};
template <>
struct EnumNames<ExpertInit> {
    static constexpr std::pair<ExpertInit, std::string_view> table[] = {
        {ExpertInit::KaimingZero, "kaiming_zero"}, {ExpertInit::NormalZero, "normal_zero"},
        {ExpertInit::DefaultBoth, "default_both"}, {ExpertInit::Ones, "ones"},
        {ExpertInit::Uniform, "uniform"},          {ExpertInit::Pissa, "pissa"},
        {ExpertInit::SvdPieces, "svd_pieces"},     {ExpertInit::Loftq, "loftq"}};
};
enum class DropoutSite { Input, Rank };
template <>
struct EnumNames<DropoutSite> {
    static constexpr std::pair<DropoutSite, std::string_view> table[] = {
        {DropoutSite::Input, "input"}, {DropoutSite::Rank, "rank"}};
};
enum class DropoutDraw { Shared, PerExpert };
template <>
struct EnumNames<DropoutDraw> {
    static constexpr std::pair<DropoutDraw, std::string_view> table[] = {
        {DropoutDraw::Shared, "shared"}, {DropoutDraw::PerExpert, "per_expert"}};
};
enum class RouterKind { None, Token, TokenActivation, PerHead, Task, LowRank, Instance, ZeroParam };
template <>
struct EnumNames<RouterKind> {
    static constexpr std::pair<RouterKind, std::string_view> table[] = {
        {RouterKind::None, "none"},
        {RouterKind::Token, "token"},
        {RouterKind::TokenActivation, "token_activation"},
        {RouterKind::PerHead, "per_head"},
        {RouterKind::Task, "task"},
        {RouterKind::LowRank, "low_rank"},
        {RouterKind::Instance, "instance"},
        {RouterKind::ZeroParam, "zero_param"}};
};
// Of zero_param: over what the largest value is taken that its inputs are divided by.
enum class RouterNorm { Token, WholeSlice };
template <>
struct EnumNames<RouterNorm> {
    static constexpr std::pair<RouterNorm, std::string_view> table[] = {
        {RouterNorm::Token, "token"}, {RouterNorm::WholeSlice, "whole_slice"}};
};
enum class RouterScope { PerSite, Global, PerBlock };
template <>
struct EnumNames<RouterScope> {
    static constexpr std::pair<RouterScope, std::string_view> table[] = {
        {RouterScope::PerSite, "per_site"},
        {RouterScope::Global, "global"},
        {RouterScope::PerBlock, "per_block"}};
};
enum class GateKind {
    None,
    Softmax,
    TopK,
    StraightThrough,
    TopP,
    Threshold,
    ThresholdShifted,
    Relative,
    SoftTopK,
    NormalisedSigmoid
};
template <>
struct EnumNames<GateKind> {
    static constexpr std::pair<GateKind, std::string_view> table[] = {
        {GateKind::None, "none"},
        {GateKind::Softmax, "softmax"},
        {GateKind::TopK, "topk"},
        {GateKind::StraightThrough, "straight_through"},
        {GateKind::TopP, "top_p"},
        {GateKind::Threshold, "threshold"},
        {GateKind::ThresholdShifted, "threshold_shifted"},
        {GateKind::Relative, "relative"},
        {GateKind::SoftTopK, "soft_topk"},
        {GateKind::NormalisedSigmoid, "normalised_sigmoid"}};
};
enum class GateJitterOn { Input, Logits };
template <>
struct EnumNames<GateJitterOn> {
    static constexpr std::pair<GateJitterOn, std::string_view> table[] = {
        {GateJitterOn::Input, "input"}, {GateJitterOn::Logits, "logits"}};
};
enum class GateDropoutOn { Logits, Probabilities };
template <>
struct EnumNames<GateDropoutOn> {
    static constexpr std::pair<GateDropoutOn, std::string_view> table[] = {
        {GateDropoutOn::Logits, "logits"}, {GateDropoutOn::Probabilities, "probs"}};
};
enum class BalanceKind {
    None,
    Switch,
    Localized,
    ImportanceCv2,
    ImportanceScv,
    KlUniform,
    ZLoss,
    SwitchThreshold,
    SwitchBySample
};
template <>
struct EnumNames<BalanceKind> {
    static constexpr std::pair<BalanceKind, std::string_view> table[] = {
        {BalanceKind::None, "none"},
        {BalanceKind::Switch, "switch"},
        {BalanceKind::Localized, "localized"},
        {BalanceKind::ImportanceCv2, "importance_cv2"},
        {BalanceKind::ImportanceScv, "importance_scv"},
        {BalanceKind::KlUniform, "kl_uniform"},
        {BalanceKind::ZLoss, "z_loss"},
        {BalanceKind::SwitchThreshold, "switch_threshold"},
        {BalanceKind::SwitchBySample, "switch_by_sample"}};
};
enum class LocalizedForm { Cv2, VarOverMean };
template <>
struct EnumNames<LocalizedForm> {
    static constexpr std::pair<LocalizedForm, std::string_view> table[] = {
        {LocalizedForm::Cv2, "cv2"}, {LocalizedForm::VarOverMean, "var_over_mean"}};
};
enum class TokenMask { All, Attention, Response, Image, Text };
template <>
struct EnumNames<TokenMask> {
    static constexpr std::pair<TokenMask, std::string_view> table[] = {
        {TokenMask::All, "all"},
        {TokenMask::Attention, "attention"},
        {TokenMask::Response, "response"},
        {TokenMask::Image, "image"},
        {TokenMask::Text, "text"}};
};
enum class BalanceReduce { SumSites, MeanSites, PerLayerConcat, GlobalConcat };
template <>
struct EnumNames<BalanceReduce> {
    static constexpr std::pair<BalanceReduce, std::string_view> table[] = {
        {BalanceReduce::SumSites, "sum_sites"},
        {BalanceReduce::MeanSites, "mean_sites"},
        {BalanceReduce::PerLayerConcat, "per_layer_concat"},
        {BalanceReduce::GlobalConcat, "global_concat"}};
};

// What an expert stands beside: single linear layers, or whole feed-forward blocks (gate, up and
// down together), where the weights mix what the blocks put out.
enum class ExpertScope { Linear, FfnBlock };
template <>
struct EnumNames<ExpertScope> {
    static constexpr std::pair<ExpertScope, std::string_view> table[] = {
        {ExpertScope::Linear, "linear"}, {ExpertScope::FfnBlock, "ffn_block"}};
};

struct AdapterOptions {
    std::string preset = "soft";
    Flavour flavour = Flavour::Default;
    std::string init_from;
    std::vector<std::string> targets;  // module patterns; the preset fills it
    BankKind bank = BankKind::Lora;
    std::vector<std::string> input_targets;  // with BankKind::Vector: targets whose input is scaled
    VectorPlace vector_place = VectorPlace::BeforeNorm;  // of k_proj
    std::int64_t num_experts = 4;
    std::int64_t rank = 8;
    double alpha = 16;
    std::int64_t top_k = 2;
    double dropout = 0.05;
    RouterKind router = RouterKind::Token;
    RouterScope router_scope = RouterScope::PerSite;  // Global: with RouterKind::Task
    std::int64_t task_embedding = 64;                 // width
    std::int64_t num_tasks = 0;                       // 0 = as many as the data set has
    GateKind gate = GateKind::Softmax;
    bool gate_renormalise = false;
    bool router_bias = false;
    double router_init_std = 0;  // 0 = default Linear init
    double gate_dropout = 0;
    GateDropoutOn gate_dropout_on = GateDropoutOn::Logits;
    BalanceKind balance = BalanceKind::None;
    double balance_coef = 0.01;
    bool balance_divide_by_k = true;
    TokenMask balance_tokens = TokenMask::Attention;
    BalanceReduce balance_reduce = BalanceReduce::MeanSites;
    double balance_delta = 0.1;  // localized: how much each half is favoured
    LocalizedForm balance_form = LocalizedForm::Cv2;
    bool balance_by_length = true;
    std::vector<std::string> expert_groups;  // localized: names of the two halves
    RankRule rank_rule = RankRule::PerExpert;
    ScaleRule scale_rule = ScaleRule::AlphaOverRank;
    double scale = 1;  // with ScaleRule::Fixed
    ExpertInit init = ExpertInit::KaimingZero;
    double init_std = 0.02;  // with ExpertInit::NormalZero
    DropoutSite dropout_site = DropoutSite::Input;
    DropoutDraw dropout_draw = DropoutDraw::Shared;
    std::vector<std::int64_t>
        layer_experts;                     // one entry a text layer; empty = num_experts everywhere
    std::vector<std::int64_t> allocation;  // experts of equal groups of text layers, low to high
    std::vector<std::int64_t> layer_ranks;  // one entry a text layer; empty = rank everywhere
    std::vector<std::string> site_axes;     // "PATTERN: rank=4, experts=2, top_k=1, alpha=8"
    double gate_level = 0.5;                // P of top_p, tau of a threshold, theta of relative
    double gate_softness = 0.5;             // T of relative and soft_topk; relative with 0 is hard
    double gate_temperature = 1;
    double gate_jitter = 0;
    GateJitterOn gate_jitter_on = GateJitterOn::Logits;
    double init_low = 0.9, init_high = 1.1;  // with ExpertInit::Uniform
    double init_divisor = 10;                // of the singular values, with ExpertInit::SvdPieces
    double init_share = 0;            // of the start that is taken off again; 0 = 1 / experts
    double scale_eta = 1;             // with ScaleRule::GoatTheory
    bool gate_level_learned = false;  // a threshold of each token's own, up to gate_level
    double router_mix = 0.7;          // with RouterKind::ZeroParam: share of the update
    RouterNorm router_norm = RouterNorm::Token;
    bool modulation_shared = false;  // with BankKind::Modulation: one more, always on
    double balance_kl = 0;           // so much of kl_uniform beside the balance term
    ExpertScope scope{};
    bool gate_relaxed{};  // with GateKind::NormalisedSigmoid: relaxed Bernoulli draws

    template <class Self, class V>
    static void describe(Self& o, V&& v);
    bool operator==(const AdapterOptions&) const = default;
};

// ---- train
// -------------------------------------------------------------------------------------------------------

enum class LrScheduleKind { Linear, Cosine, CosineRestarts, Constant, Polynomial, InverseSqrt };
template <>
struct EnumNames<LrScheduleKind> {
    static constexpr std::pair<LrScheduleKind, std::string_view> table[] = {
        {LrScheduleKind::Linear, "linear"},
        {LrScheduleKind::Cosine, "cosine"},
        {LrScheduleKind::CosineRestarts, "cosine-restarts"},
        {LrScheduleKind::Constant, "constant"},
        {LrScheduleKind::Polynomial, "polynomial"},
        {LrScheduleKind::InverseSqrt, "inverse-sqrt"}};
};
enum class OnNonFinite { Stop, Skip, Rollback };
template <>
struct EnumNames<OnNonFinite> {
    static constexpr std::pair<OnNonFinite, std::string_view> table[] = {
        {OnNonFinite::Stop, "stop"},
        {OnNonFinite::Skip, "skip"},
        {OnNonFinite::Rollback, "rollback"}};
};
enum class OptimizerKind { AdamW, AdamW8bit };
template <>
struct EnumNames<OptimizerKind> {
    static constexpr std::pair<OptimizerKind, std::string_view> table[] = {
        {OptimizerKind::AdamW, "adamw"}, {OptimizerKind::AdamW8bit, "adamw8bit"}};
};
// split only repeats, and is the default; what ladder does on top changes what is learnt.
enum class OnOutOfMemory { Stop, Split, Ladder };
template <>
struct EnumNames<OnOutOfMemory> {
    static constexpr std::pair<OnOutOfMemory, std::string_view> table[] = {
        {OnOutOfMemory::Stop, "stop"},
        {OnOutOfMemory::Split, "split"},
        {OnOutOfMemory::Ladder, "ladder"}};
};

struct TrainOptions {
    std::int64_t batch_size = 1;
    std::int64_t gradient_accumulation = 8;
    double epochs = 3;
    std::int64_t max_steps = 0;  // updates; 0 = as many as epochs ask for
    double learning_rate = 1e-4;
    LrScheduleKind schedule = LrScheduleKind::Linear;
    double warmup_steps = 0;  // below 1 a share of all updates (rounded up)
    double weight_decay = 0;
    double beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8;
    double max_grad_norm = 1;  // 0 = no clipping
    bool gradient_checkpointing = false;
    std::int64_t seed = 42;
    std::int64_t save_every = 100;  // updates; 0 = only at the end
    std::int64_t eval_every =
        0;  // updates; 0 = at the end of each epoch when there is validation data
    std::int64_t router_every = 1;  // updates between router records; 0 = never
    std::int64_t probe_every = 50;  // updates between probe captions; 0 = only at start and end
    std::int64_t probe_images = 4;
    std::int64_t keep_last = 2;
    bool keep_best = true;
    std::int64_t early_stop_patience = 0;  // evaluations without improvement; 0 = off
    OnNonFinite on_nonfinite = OnNonFinite::Stop;
    double schedule_cycles = 0;          // 0 = half a cycle of cosine, one of cosine-restarts
    double schedule_power = 1;           // of polynomial
    double schedule_end = 1e-7;          // learning rate at the end of polynomial
    double schedule_timescale = 0;       // updates, of inverse-sqrt; 0 = the warm-up, else 10,000
    std::string disk_reserve = "200MB";  // as device.memory_budget; "" = none
    OptimizerKind optimizer = OptimizerKind::AdamW;
    OnOutOfMemory on_out_of_memory = OnOutOfMemory::Split;
    // Micro-batches of one update share a pass while they have no more tokens together; 0 = chosen
    // when a run begins (and written down), 1 = each on its own.
    std::int64_t pack_tokens{};

    template <class Self, class V>
    static void describe(Self& o, V&& v);
    bool operator==(const TrainOptions&) const = default;
};

// ---- generate, device
// --------------------------------------------------------------------------------------------

struct GenerateOptions {
    std::int64_t max_new_tokens = 128;
    bool do_sample = false;
    double temperature = 1;
    std::int64_t top_k = 0;  // 0 = off
    double top_p = 1;
    double repetition_penalty = 1;
    std::int64_t seed = 0;
    std::int64_t batch_size = 8;

    template <class Self, class V>
    static void describe(Self& o, V&& v);
    bool operator==(const GenerateOptions&) const = default;
};

struct DeviceOptions {
    std::string name = "auto";    // auto, cpu, cuda, cuda:N
    std::int64_t threads = 0;     // 0 = physical cores
    std::string memory_budget{};  // "8GiB", "500MB"; "" = none
    // Of frozen picture features, in the host's memory and on disk; "" = none.
    std::string feature_cache = "500MB", feature_cache_disk{};
    bool quantized_cache = true;
    // All pictures of a run are seen before its first update; then the tower's weights leave
    // memory.
    bool evict_vision = false;
    bool cuda_graphs = false;  // one new token for each row is recorded once and replayed

    template <class Self, class V>
    static void describe(Self& o, V&& v);
    bool operator==(const DeviceOptions&) const = default;
};

// ---- all of them
// -------------------------------------------------------------------------------------------------

struct RunOptions {
    ModelOptions model;
    DataOptions data;
    AdapterOptions adapter;
    TrainOptions train;
    GenerateOptions generate;
    DeviceOptions device;

    // Calls v(group name, group) for each group, in file order.
    template <class Self, class V>
    static void describe(Self& o, V&& v) {
        v("model", o.model);
        v("data", o.data);
        v("adapter", o.adapter);
        v("train", o.train);
        v("generate", o.generate);
        v("device", o.device);
    }
    bool operator==(const RunOptions&) const = default;
};

inline constexpr std::int64_t config_version = 1;

}  // namespace moelora

#include "core/options/options_describe.h"
